-- What costs so much or more: few such products are found without going through all.
CREATE INDEX product_price_ranges_most ON product_price_ranges (currency, max_amount, min_amount, product_id);
