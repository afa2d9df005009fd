-- No channel is ever deleted, and the check of this foreign key locks the one channel's row for each new order: thousands
-- of buyers at once would write who of them holds it.
ALTER TABLE orders DROP CONSTRAINT orders_channel_id_fkey;
-- What is told of an order, and the answer kept under its Idempotency-Key, are some kilobytes of JSON each: lz4 packs them
-- several times as fast as the default does. A server without it keeps the default.
DO $$
BEGIN
    EXECUTE 'ALTER TABLE events ALTER COLUMN data SET COMPRESSION lz4';
    EXECUTE 'ALTER TABLE idempotency_keys ALTER COLUMN answer SET COMPRESSION lz4';
EXCEPTION
    WHEN feature_not_supported OR syntax_error THEN NULL;
END
$$;
