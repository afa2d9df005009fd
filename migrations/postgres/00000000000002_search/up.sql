-- What `q=` looks through: words and CJK bigrams of a product's texts, kept by the application.
CREATE TABLE product_search (
    doc bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id uuid NOT NULL UNIQUE REFERENCES products (id) ON DELETE CASCADE,
    body text NOT NULL
);
CREATE INDEX product_search_index ON product_search USING gin (to_tsvector('simple', body));
-- Order by code point, as SQLite does.
ALTER TABLE products ALTER COLUMN title_sort TYPE text COLLATE "C";
