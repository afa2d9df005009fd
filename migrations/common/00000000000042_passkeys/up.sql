-- Passkeys of accounts of either kind (Web Authentication). Written as 00000000000001_shop is.

CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    subject_kind text NOT NULL CHECK (subject_kind IN ('customer', 'staff')),
    subject_id uuid NOT NULL,
    credential_id text NOT NULL UNIQUE,  -- the authenticator's name for it, base64url
    credential text NOT NULL,            -- JSON: the public key and what else its answers are checked against
    sign_count bigint NOT NULL,          -- of the last answer; stays 0 where the authenticator does not count
    backed_up boolean NOT NULL,
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz
);
CREATE INDEX passkeys_by_subject ON passkeys (subject_kind, subject_id, id);

-- Challenges that were answered, until they would have expired: each is answered once. A challenge itself is not
-- kept: it travels sealed.
CREATE TABLE answered_challenges (
    hash text PRIMARY KEY,               -- SHA-256, hex
    expires_at timestamptz NOT NULL
);
CREATE INDEX answered_challenges_expiry ON answered_challenges (expires_at);
