-- The number of a document tells when its product is listed: the second since 1970 (0 if it is not listed; those before 1834 and after
-- 2106 share one), times 2^30, and a place in that second. The full-text index goes through documents by their numbers, so the newest
-- that hold a word are met first, and a page of them needs no more.
DROP TRIGGER product_search_insert;
DROP TRIGGER product_search_update;
DROP TRIGGER product_search_delete;
DROP INDEX product_search_newest;
CREATE TABLE product_search_placed (
    doc INTEGER PRIMARY KEY,
    product_id uuid NOT NULL UNIQUE REFERENCES products (id) ON DELETE CASCADE,
    body text NOT NULL,
    listed_at timestamptz
);
INSERT INTO product_search_placed (doc, product_id, body, listed_at)
    SELECT second + row_number() OVER (PARTITION BY second ORDER BY product_id) - 1, product_id, body, listed_at
    FROM (SELECT *, max(min(coalesce(listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 AS second FROM product_search)
    ORDER BY 1;
DROP TABLE product_search;
ALTER TABLE product_search_placed RENAME TO product_search;
-- With the words, so that going through them reads nothing else.
CREATE INDEX product_search_newest ON product_search (listed_at, product_id, body);
INSERT INTO product_search_index (product_search_index) VALUES ('rebuild');
CREATE TRIGGER product_search_insert AFTER INSERT ON product_search BEGIN
    UPDATE product_search SET doc = coalesce((
        SELECT placed.doc + 1 FROM product_search placed
        WHERE placed.doc BETWEEN max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824
            AND max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 + 1073741823
            AND placed.doc <> new.doc
        ORDER BY placed.doc DESC LIMIT 1
    ), max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824) WHERE doc = new.doc;
    INSERT INTO product_search_index (rowid, body) SELECT doc, body FROM product_search WHERE product_id = new.product_id;
END;
CREATE TRIGGER product_search_delete AFTER DELETE ON product_search BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
END;
-- Words that stay, in the same second, are not indexed again.
CREATE TRIGGER product_search_update AFTER UPDATE OF body, listed_at ON product_search
WHEN old.body IS NOT new.body OR coalesce(old.listed_at, 0) / 1000000 <> coalesce(new.listed_at, 0) / 1000000 BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
    UPDATE product_search SET doc = coalesce((
        SELECT placed.doc + 1 FROM product_search placed
        WHERE placed.doc BETWEEN max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824
            AND max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 + 1073741823
            AND placed.doc <> new.doc
        ORDER BY placed.doc DESC LIMIT 1
    ), max(min(coalesce(new.listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824) WHERE doc = new.doc;
    INSERT INTO product_search_index (rowid, body) SELECT doc, body FROM product_search WHERE product_id = new.product_id;
END;
