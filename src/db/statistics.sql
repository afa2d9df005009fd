-- How the rows of a large catalog are spread, for SQLite's planner: of 340,000 products, nearly all of them active.
-- A sample takes columns of few values (a status, a currency) for choosy ones, and a price list would be sorted whole.
-- Given by hand, plans are those that tests look at, of a shop of any size (https://sqlite.org/lang_analyze.html, 3).
ANALYZE sqlite_schema;
DELETE FROM sqlite_stat1 WHERE tbl IN ('products', 'product_price_ranges', 'variants', 'prices', 'product_categories',
    'product_tags', 'variant_options', 'stock_levels', 'product_search', 'categories', 'category_ancestors');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('products', 'products_by_brand', '340000 1000 1'),
    ('products', 'products_by_update', '340000 500 1'),
    ('products', 'products_by_title', '340000 39 1'),
    ('products', 'products_by_name', '340000 320000 40 1'),
    ('products', 'products_newest', '340000 320000 25 1'),
    ('products', 'sqlite_autoindex_products_3', '340000 1'),
    ('products', 'sqlite_autoindex_products_2', '340000 1'),
    ('products', 'sqlite_autoindex_products_1', '340000 1'),
    ('product_price_ranges', 'product_price_ranges_sort', '680000 340000 1600 1'),
    ('product_price_ranges', 'product_price_ranges_most', '680000 340000 1600 40 1'),
    ('product_price_ranges', 'sqlite_autoindex_product_price_ranges_1', '680000 2 1'),
    ('variants', 'variants_by_sku', '800000 1'),
    ('variants', 'variants_by_product', '800000 3 1'),
    ('variants', 'sqlite_autoindex_variants_1', '800000 1'),
    ('prices', 'sqlite_autoindex_prices_1', '1600000 2 1'),
    ('product_categories', 'product_categories_filter', '400000 4000 1'),
    ('product_categories', 'sqlite_autoindex_product_categories_1', '400000 2 1'),
    ('product_tags', 'product_tags_filter', '800000 4000 1'),
    ('product_tags', 'sqlite_autoindex_product_tags_1', '800000 3 1'),
    ('variant_options', 'variant_options_by_product', '1000000 5'),
    ('variant_options', 'variant_options_filter', '1000000 200000 4000 2'),
    ('variant_options', 'sqlite_autoindex_variant_options_1', '1000000 2 1'),
    ('stock_levels', 'sqlite_autoindex_stock_levels_1', '700000 1 1'),
    ('product_search', 'product_search_newest', '340000 25 1 1'),
    ('product_search', 'sqlite_autoindex_product_search_1', '340000 1'),
    ('categories', 'categories_by_parent', '60 3 1'),
    ('categories', 'sqlite_autoindex_categories_3', '60 1'),
    ('categories', 'sqlite_autoindex_categories_2', '60 1'),
    ('categories', 'sqlite_autoindex_categories_1', '60 1'),
    ('category_ancestors', 'category_ancestors_subtree', '150 3 1'),
    ('category_ancestors', 'sqlite_autoindex_category_ancestors_1', '150 3 1');
