-- Who changed what: staff, keys, jobs and the operator, never shoppers. Each row's hash is made of its content and
-- the hash of the row before it, so that nothing can be changed, left out or put in later unseen.

CREATE TABLE audit_log (
    seq bigint PRIMARY KEY,              -- 1, 2, 3, ...: no number is missing
    id uuid NOT NULL UNIQUE,
    at timestamptz NOT NULL,
    actor text NOT NULL,                 -- key_..., system:jobs, system:operator
    address text,                        -- where from; null: the server itself
    operation text NOT NULL,             -- what was called
    type text NOT NULL,                  -- what happened
    subject text,                        -- to what
    before text,                         -- JSON, secrets and personal data masked; null: not there, or not known
    after text NOT NULL,                 -- JSON, likewise
    request_id text NOT NULL,
    hash text NOT NULL                   -- SHA-256, hex
);
CREATE INDEX audit_log_by_actor ON audit_log (actor, seq);
CREATE INDEX audit_log_by_operation ON audit_log (operation, seq);
CREATE INDEX audit_log_by_type ON audit_log (type, seq);
CREATE INDEX audit_log_by_subject ON audit_log (subject, seq);
CREATE INDEX audit_log_by_time ON audit_log (at, seq);

-- The last row's number and hash, so that cutting off the end is seen too. One row, locked by whoever appends.
CREATE TABLE audit_head (
    name text PRIMARY KEY CHECK (name = 'head'),
    seq bigint NOT NULL,
    hash text NOT NULL
);
INSERT INTO audit_head (name, seq, hash) VALUES ('head', 0, '');
