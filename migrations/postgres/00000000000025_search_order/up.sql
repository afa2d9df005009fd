-- When shoppers see a product, kept beside its words: the newest that hold a word are found without going to the products.
ALTER TABLE product_search ADD COLUMN listed_at timestamptz;
UPDATE product_search SET listed_at = products.published_at FROM products WHERE products.id = product_id AND products.status = 'active';
CREATE INDEX product_search_newest ON product_search (listed_at, product_id);
