-- What is written waits in a list before it is sorted into the index, and whoever asks the index reads that list from end to end. By default
-- it grows to 4 MB, and stays until the next vacuum: milliseconds for each `q=`.
ALTER INDEX product_search_index SET (gin_pending_list_limit = 64);
SELECT gin_clean_pending_list('product_search_index'::regclass);
