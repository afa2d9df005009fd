-- Staff: who works for the shop, what they may do, and their second factor. Written as 00000000000001_shop is.

-- Roles that the shop made. Those that every shop has are in the code (commerce/staff/roles.rs) and have fixed ids.
CREATE TABLE staff_roles (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    name_key text NOT NULL UNIQUE,       -- the name in lower case and NFKC
    description text,
    permissions text NOT NULL,           -- JSON array
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE TABLE staff (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('active', 'deactivated', 'deleted')),
    email text,                          -- as it was written; null once deleted
    email_key text UNIQUE,               -- the same in lower case and NFKC: what is looked up
    name text,
    locale text,
    password_hash text,                  -- PHC string
    password_changed_at timestamptz NOT NULL,
    totp_secret text,                    -- under AES-256-GCM, base64url: its key is derived from the shop's secret
    totp_confirmed_at timestamptz,       -- null: none, or not confirmed by a code yet
    totp_last_step bigint NOT NULL,      -- the last 30 seconds whose code was used: none before them is good
    version integer NOT NULL,
    last_login_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

-- Who has which role; a role of the code has no row in staff_roles. Written under one lock (commerce/staff/authority.rs).
CREATE TABLE staff_member_roles (
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    role_id uuid NOT NULL,
    PRIMARY KEY (staff_id, role_id)
);
CREATE INDEX staff_member_roles_by_role ON staff_member_roles (role_id);

CREATE TABLE staff_invitations (
    id uuid PRIMARY KEY,
    status text NOT NULL CHECK (status IN ('pending', 'accepted', 'revoked')),
    email text NOT NULL,
    email_key text NOT NULL,
    role_ids text NOT NULL,              -- JSON array
    locale text,
    hash text NOT NULL UNIQUE,           -- SHA-256, hex, of the secret that the mail holds; another one with each mail
    invited_by text NOT NULL,            -- usr_..., key_..., system:...
    staff_id uuid REFERENCES staff (id), -- who accepted it
    created_at timestamptz NOT NULL,
    sent_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX staff_invitations_pending ON staff_invitations (email_key) WHERE status = 'pending';

-- Log-ins whose password was right and whose second factor is awaited.
CREATE TABLE staff_challenges (
    id uuid PRIMARY KEY,
    hash text NOT NULL UNIQUE,           -- SHA-256, hex
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    device_name text,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX staff_challenges_expiry ON staff_challenges (expires_at);

-- What opens an account whose second factor is lost, each once.
CREATE TABLE staff_recovery_codes (
    staff_id uuid NOT NULL REFERENCES staff (id) ON DELETE CASCADE,
    hash text NOT NULL,                  -- HMAC-SHA256, hex, with a key that is derived from the shop's secret
    used_at timestamptz,
    PRIMARY KEY (staff_id, hash)
);
