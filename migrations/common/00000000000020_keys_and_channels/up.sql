-- Where a channel may be called from by browsers, and a key from at all.

ALTER TABLE channels ADD COLUMN allowed_origins text NOT NULL DEFAULT '[]';   -- JSON array; empty: as configured
ALTER TABLE api_keys ADD COLUMN allowed_networks text NOT NULL DEFAULT '[]';  -- JSON array of CIDR; empty: from everywhere
ALTER TABLE api_keys ADD COLUMN replaced_by uuid REFERENCES api_keys (id);    -- the key that rotation put in its place
