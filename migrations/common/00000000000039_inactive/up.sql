-- Accounts that nobody uses: told by mail, then put away or erased, if the shop wants so. Written as
-- 00000000000001_shop is.

ALTER TABLE customers ADD COLUMN last_seen_at timestamptz;       -- a log-in, or a session that went on; by the day
ALTER TABLE customers ADD COLUMN inactive_noticed_at timestamptz; -- told that it will be put away or erased
ALTER TABLE customers ADD COLUMN separated_at timestamptz;       -- its data lies in separated_customers
CREATE INDEX customers_seen ON customers (last_seen_at);
UPDATE customers SET last_seen_at = COALESCE(
    (SELECT max(sessions.last_used_at) FROM sessions WHERE sessions.subject_kind = 'customer' AND sessions.subject_id = customers.id),
    last_login_at,
    created_at);

-- What is known of a customer who has not come for long, sealed: no rule reads it but the log-in that brings it back.
CREATE TABLE separated_customers (
    customer_id uuid PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    sealed text NOT NULL,                -- JSON under AES-256-GCM, base64url: its key is derived from the shop's secret
    created_at timestamptz NOT NULL
);
