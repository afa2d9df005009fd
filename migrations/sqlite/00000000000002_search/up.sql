-- What `q=` looks through: words and CJK bigrams of a product's texts, kept by the application.
CREATE TABLE product_search (
    doc INTEGER PRIMARY KEY,
    product_id uuid NOT NULL UNIQUE REFERENCES products (id) ON DELETE CASCADE,
    body text NOT NULL
);
CREATE VIRTUAL TABLE product_search_index USING fts5 (body, content = 'product_search', content_rowid = 'doc', tokenize = "unicode61 remove_diacritics 0");
CREATE TRIGGER product_search_insert AFTER INSERT ON product_search BEGIN
    INSERT INTO product_search_index (rowid, body) VALUES (new.doc, new.body);
END;
CREATE TRIGGER product_search_delete AFTER DELETE ON product_search BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
END;
CREATE TRIGGER product_search_update AFTER UPDATE OF body ON product_search BEGIN
    INSERT INTO product_search_index (product_search_index, rowid, body) VALUES ('delete', old.doc, old.body);
    INSERT INTO product_search_index (rowid, body) VALUES (new.doc, new.body);
END;
