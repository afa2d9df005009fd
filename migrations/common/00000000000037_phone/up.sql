-- Logging in by phone, and text messages. Written as 00000000000001_shop is.

ALTER TABLE customers ADD COLUMN login_phone text;   -- E.164; proved by a code; null: none
ALTER TABLE customers ADD COLUMN login_phone_verified_at timestamptz;
CREATE UNIQUE INDEX customers_login_phone ON customers (login_phone);

-- What is proved by a code in a text message. No code is kept, nor its hash: each is made anew of the shop's secret
-- and the row's id.
CREATE TABLE phone_codes (
    id uuid PRIMARY KEY,
    purpose text NOT NULL CHECK (purpose IN ('log_in', 'change')),
    phone text NOT NULL,                 -- E.164
    hash text NOT NULL UNIQUE,           -- of the challenge that whoever asked was given: SHA-256, hex
    customer_id uuid,                    -- whose number is to change; null: whoever logs in
    asked_from text NOT NULL,            -- a keyed digest: the known device, or the network
    attempts integer NOT NULL CHECK (attempts >= 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX phone_codes_by_phone ON phone_codes (phone, created_at);
CREATE INDEX phone_codes_expiry ON phone_codes (expires_at);

-- How many messages somebody may still have sent: a number, a network, the shop.
CREATE TABLE sms_allowances (
    allowance_key text PRIMARY KEY,      -- a keyed digest of what is counted
    used integer NOT NULL CHECK (used > 0),
    since timestamptz NOT NULL,          -- when its hour began
    next_at timestamptz NOT NULL         -- when the next one may be sent
);
CREATE INDEX sms_allowances_age ON sms_allowances (since);

-- Mail and text messages are kept and sent alike.
ALTER TABLE mails ADD COLUMN channel text NOT NULL DEFAULT 'email' CHECK (channel IN ('email', 'sms'));
ALTER TABLE mails ADD COLUMN not_after timestamptz;  -- worth nothing later; null: always worth something
ALTER TABLE mails ADD COLUMN provider_reference text; -- what the provider calls it
