-- Customers, their sessions, and what is proved by mail. Written as 00000000000001_shop is.

-- The keys that access tokens are signed with. A new key is published before it signs, and an old one stays
-- published until the last token it signed has expired.
CREATE TABLE signing_keys (
    generation integer PRIMARY KEY,      -- two instances cannot both make the next one
    kid text NOT NULL UNIQUE,
    public_key text NOT NULL,            -- Ed25519, base64url
    private_key text NOT NULL,           -- PKCS#8 under AES-256-GCM, base64url: its key is derived from the shop's secret
    signs_from timestamptz NOT NULL,
    verifies_until timestamptz,          -- null: while no newer key has taken over
    created_at timestamptz NOT NULL
);

CREATE TABLE customers (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('active', 'disabled', 'erased')),
    email text,                          -- as it was written; null once erased
    email_key text UNIQUE,               -- the same in lower case and NFKC: what is looked up
    email_verified_at timestamptz,
    name text,
    phone text,
    locale text,
    password_hash text,                  -- PHC string, or what another system wrote until the next log-in; null: none
    password_changed_at timestamptz NOT NULL,
    consents text NOT NULL,              -- JSON: how marketing consent stands now; customer_consents has its history
    metadata text NOT NULL,              -- JSON object of strings
    private_metadata text NOT NULL,      -- JSON object of strings
    version integer NOT NULL,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    erased_at timestamptz
);
CREATE INDEX customers_newest ON customers (created_at, id);

CREATE TABLE customer_addresses (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    label text,
    address text NOT NULL,               -- JSON
    is_default_shipping boolean NOT NULL,
    is_default_billing boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX customer_addresses_by_customer ON customer_addresses (customer_id, id);
CREATE UNIQUE INDEX customer_addresses_shipping ON customer_addresses (customer_id) WHERE is_default_shipping;
CREATE UNIQUE INDEX customer_addresses_billing ON customer_addresses (customer_id) WHERE is_default_billing;

-- Each time a consent was given or taken back: what proves it.
CREATE TABLE customer_consents (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
    granted boolean NOT NULL,
    source text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX customer_consents_by_customer ON customer_consents (customer_id, id);

-- A session is a family of refresh tokens, one device's. No token is kept: each is made anew of the shop's secret,
-- the salt, the session and the generation.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid NOT NULL,
    salt text NOT NULL,                  -- base64url, 32 random bytes
    generation integer NOT NULL,         -- of the one refresh token that is good
    rotated_at timestamptz NOT NULL,
    device_name text,
    user_agent text,
    address_prefix text,                 -- IPv4 /24, IPv6 /48
    authenticated_at timestamptz NOT NULL, -- when a password or another factor was last given
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_reason text
);
CREATE INDEX sessions_by_subject ON sessions (subject_kind, subject_id, id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

-- What is proved by mail: single-use, short-lived. A registration waits here with its password's hash until the
-- address is proved, so that nobody can hold an address that is not theirs.
CREATE TABLE account_tokens (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('registration', 'password_reset', 'email_change_old', 'email_change_new')),
    hash text NOT NULL UNIQUE,           -- SHA-256, hex
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid,                     -- null: nobody yet, or nobody at all
    email_key text NOT NULL,
    change_id uuid,                      -- both halves of a change of address
    payload text NOT NULL,               -- JSON
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX account_tokens_by_email ON account_tokens (email_key, created_at);
CREATE INDEX account_tokens_by_subject ON account_tokens (subject_id);
CREATE INDEX account_tokens_expiry ON account_tokens (expires_at);

-- Failed log-ins, also of names that nobody has: one waits the same for either.
CREATE TABLE login_failures (
    account_key text PRIMARY KEY,        -- a digest of the kind of subject, the name, and the device if it is known
    failures integer NOT NULL CHECK (failures > 0),
    blocked_until timestamptz,
    last_failed_at timestamptz NOT NULL
);
CREATE INDEX login_failures_age ON login_failures (last_failed_at);

-- Mail to be sent, and sent. It holds no secret: a token is made anew when its mail is sent.
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    template text NOT NULL,
    locale text NOT NULL,
    recipient text NOT NULL,
    token_id uuid,
    data text NOT NULL,                  -- JSON
    state text NOT NULL CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'withheld')),
    attempts integer NOT NULL,
    next_attempt_at timestamptz,
    last_error text,
    created_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX mails_age ON mails (created_at);

ALTER TABLE carts ADD COLUMN customer_id uuid;   -- whose it is; null: whoever holds its token
CREATE INDEX carts_by_customer ON carts (customer_id, updated_at) WHERE status = 'active' AND customer_id IS NOT NULL;

ALTER TABLE orders ADD COLUMN customer_id uuid;
ALTER TABLE orders ADD COLUMN retain_until timestamptz; -- of an erased customer: kept for the law until then
CREATE INDEX orders_by_customer ON orders (customer_id, placed_at, id);
CREATE INDEX orders_retained ON orders (retain_until) WHERE retain_until IS NOT NULL;
