-- Signing in with others: whom an account is elsewhere, and attempts under way. Written as 00000000000001_shop is.

-- An account at another provider that opens a customer's account here. Its issuer and subject name it for good
-- (OpenID Connect Core, 5.7); the address is what the provider said last and names nobody.
CREATE TABLE customer_identities (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    provider text NOT NULL,              -- its name in the configuration when it was linked
    issuer text NOT NULL,
    subject text NOT NULL,
    email text,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    UNIQUE (issuer, subject)
);
CREATE INDEX customer_identities_by_customer ON customer_identities (customer_id, id);

-- Attempts that were started: single-use, ten minutes. The verifier of PKCE and the nonce are not kept: they are made
-- anew of the shop's secret and of the secret that only the client holds.
CREATE TABLE sign_in_attempts (
    id uuid PRIMARY KEY,
    state_hash text NOT NULL UNIQUE,     -- SHA-256, hex
    secret_hash text NOT NULL,           -- of what the client that started it holds
    provider text NOT NULL,
    channel_id uuid NOT NULL,
    customer_id uuid,                    -- whose account is linked; null: somebody signs in
    redirect_uri text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX sign_in_attempts_by_customer ON sign_in_attempts (customer_id);
CREATE INDEX sign_in_attempts_expiry ON sign_in_attempts (expires_at);

-- ID tokens that apps presented: each is good once.
CREATE TABLE used_id_tokens (
    hash text PRIMARY KEY,               -- SHA-256, hex, of what is signed: one token can have several signatures
    expires_at timestamptz NOT NULL      -- of the token: from then on it is refused anyway
);
CREATE INDEX used_id_tokens_expiry ON used_id_tokens (expires_at);
