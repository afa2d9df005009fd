-- Who customers are, as a provider of identity verification told, and what is sold to grown-ups only. Written as
-- 00000000000001_shop is.

-- Verifications that were begun. The provider is asked by this id, and whoever did not begin it cannot use it.
CREATE TABLE identity_verifications (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    provider text NOT NULL,
    method text,
    status text NOT NULL CHECK (status IN ('started', 'verified', 'refused')),
    failure text,                        -- why it was refused: a code, nothing about the person
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX identity_verifications_by_customer ON identity_verifications (customer_id, created_at);
CREATE INDEX identity_verifications_expiry ON identity_verifications (expires_at);

-- What is kept of a verified person: no name, no number, no identifier in the clear.
CREATE TABLE verified_customers (
    customer_id uuid PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    verification_id uuid NOT NULL,
    provider text NOT NULL,
    person_hash text,                    -- a keyed hash of the CI, or of the DI: the same for the same person
    exclusive_hash text UNIQUE,          -- the same while the shop lets a person verify one account only
    birth_year integer NOT NULL,
    birth_day text,                      -- MM-DD; null where the shop's rule counts years alone
    age_rule text NOT NULL CHECK (age_rule IN ('calendar_year', 'birthday')), -- as it was when this was told
    utc_offset_minutes integer NOT NULL, -- where a day begins
    verified_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX verified_customers_by_person ON verified_customers (person_hash);

ALTER TABLE products ADD COLUMN minimum_age integer CHECK (minimum_age BETWEEN 1 AND 150);
