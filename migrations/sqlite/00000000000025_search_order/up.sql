-- When shoppers see a product, kept beside its words: the newest that hold a word are found without going to the products.
ALTER TABLE product_search ADD COLUMN listed_at timestamptz;
UPDATE product_search SET listed_at = (SELECT published_at FROM products WHERE products.id = product_id AND products.status = 'active');
-- With the words, so that going through them reads nothing else.
CREATE INDEX product_search_newest ON product_search (listed_at, product_id, body);
-- Words that stay are not indexed again.
DROP TRIGGER product_search_update;
CREATE TRIGGER product_search_update AFTER UPDATE OF body ON product_search WHEN old.body IS NOT new.body BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
    INSERT INTO product_search_index (rowid, body) VALUES (new.doc, new.body);
END;
