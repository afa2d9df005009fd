-- How often what shoppers of a channel see has changed: what the fast lane keeps its answers under.
-- Counted up by the last statement of each transaction that changes it.
CREATE TABLE channel_revisions (
    channel_id uuid PRIMARY KEY REFERENCES channels (id) ON DELETE CASCADE,
    revision bigint NOT NULL
);
INSERT INTO channel_revisions (channel_id, revision) SELECT id, 1 FROM channels;
