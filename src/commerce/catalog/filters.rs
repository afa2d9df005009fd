//! Pieces of queries over products that shoppers' and staff's lists share. Macros, because each expands in
//! a query for one database and in one for the other; the tables they name are imported where they are used.

/// Whether a product has a variant that can be bought in a channel now. Looked up per product: the offsets
/// keep PostgreSQL from reading the stock of the whole shop into a hash first, for a list of twenty.
macro_rules! can_be_bought {
    ($channel:expr) => {
        exists(
            variants::table
                .inner_join(prices::table.on(prices::variant_id.eq(variants::id)))
                .filter(prices::currency.eq($channel.currency))
                .filter(variants::product_id.eq(products::id))
                .filter(variants::active.eq(true))
                .filter(
                    variants::track_inventory.eq(false).or(variants::backorder.eq(true)).or(exists(
                        stock_levels::table
                            .inner_join(stock_locations::table.on(stock_locations::id.eq(stock_levels::location_id)))
                            .inner_join(
                                channel_stock_locations::table.on(channel_stock_locations::location_id.eq(stock_levels::location_id)),
                            )
                            .filter(stock_levels::variant_id.eq(variants::id))
                            .filter(stock_levels::on_hand.gt(stock_levels::reserved))
                            .filter(stock_locations::active.eq(true))
                            .filter(channel_stock_locations::channel_id.eq($channel.id))
                            .select(stock_levels::variant_id)
                            .offset(0),
                    )),
                )
                .select(variants::id)
                .offset(0),
        )
    };
}
pub(super) use can_be_bought;

/// The products of a category and its descendants.
macro_rules! of_category {
    ($handle:expr) => {{
        let handle: &str = $handle;
        let id = CategoryId::parse(handle).ok();
        product_categories::table
            .inner_join(category_ancestors::table.on(category_ancestors::category_id.eq(product_categories::category_id)))
            .inner_join(categories::table.on(categories::id.eq(category_ancestors::ancestor_id)))
            .filter(categories::slug.eq(handle).or(categories::id.nullable().eq(id)))
            .select(product_categories::product_id)
    }};
}
pub(super) use of_category;

/// The products of a brand.
macro_rules! of_brand {
    ($brand:expr) => {
        products::table.filter(products::brand.eq($brand)).select(products::id)
    };
}
pub(super) use of_brand;

/// The products that have a tag.
macro_rules! of_tag {
    ($tag:expr) => {
        product_tags::table.filter(product_tags::tag.eq($tag.trim().to_lowercase())).select(product_tags::product_id)
    };
}
pub(super) use of_tag;

/// The products with a variant that has one of these values of an option.
macro_rules! of_option {
    ($name:expr, $values:expr) => {
        variant_options::table
            .filter(variant_options::name.eq($name))
            .filter(variant_options::value.eq_any($values))
            .select(variant_options::product_id)
    };
}
pub(super) use of_option;

/// The products that cost so much or more, in a channel's currency. PostgreSQL takes a range with one end for a third of all,
/// and reads the table; one with two ends it looks up.
macro_rules! of_dear {
    ($channel:expr, $amount:expr) => {
        ranges::table
            .filter(ranges::currency.eq($channel.currency))
            .filter(ranges::max_amount.between($amount, i64::MAX))
            .select(ranges::product_id)
    };
}
pub(super) use of_dear;

/// The products that cost so much or less.
macro_rules! of_cheap {
    ($channel:expr, $amount:expr) => {
        ranges::table
            .filter(ranges::currency.eq($channel.currency))
            .filter(ranges::min_amount.between(i64::MIN, $amount))
            .select(ranges::product_id)
    };
}
pub(super) use of_cheap;

/// Products in a collection.
macro_rules! in_collection {
    ($handle:expr) => {{
        let handle: &str = $handle;
        let id = CollectionId::parse(handle).ok();
        products::id.eq_any(
            collection_products::table
                .inner_join(collections::table.on(collections::id.eq(collection_products::collection_id)))
                .filter(collections::slug.eq(handle).or(collections::id.nullable().eq(id)))
                .select(collection_products::product_id),
        )
    }};
}
pub(super) use in_collection;

/// What `q=` finds; a query without a word finds nothing.
macro_rules! matching {
    ($query:expr, $backend:expr, $matching:expr) => {{
        use diesel::sql_types::{Bool, Text};
        let mut query = $query;
        match $matching {
            Matching::All => {}
            Matching::Nothing => query = query.filter(products::id.eq_any(Vec::<ProductId>::new())),
            Matching::Few(words) => {
                let (head, tail) = matching::found($backend);
                query = query.filter(diesel::dsl::sql::<Bool>(head).bind::<Text, _>(words.query.clone()).sql(tail));
                let (head, tail) = matching::holding($backend);
                for phrase in &words.phrases {
                    query = query.filter(diesel::dsl::sql::<Bool>(head).bind::<Text, _>(phrase.clone()).sql(tail));
                }
            }
            Matching::Many(words) => {
                let (head, tail) = matching::holding($backend);
                for needle in &words.needles {
                    query = query.filter(diesel::dsl::sql::<Bool>(head).bind::<Text, _>(needle.clone()).sql(tail));
                }
            }
        }
        query
    }};
}
pub(super) use matching;

/// Orders a query by a column and an id, and starts it after a key, in either direction.
macro_rules! from_key {
    ($query:expr, $column:expr, $id:expr, $key:expr, $ascending:expr) => {
        match ($key, $ascending) {
            (None, true) => $query.order(($column.asc(), $id.asc())),
            (None, false) => $query.order(($column.desc(), $id.desc())),
            // The first comparison alone lets an index start there.
            (Some((at, id)), true) => {
                $query.filter($column.ge(at.clone()).and($column.gt(at).or($id.gt(id)))).order(($column.asc(), $id.asc()))
            }
            (Some((at, id)), false) => {
                $query.filter($column.le(at.clone()).and($column.lt(at).or($id.lt(id)))).order(($column.desc(), $id.desc()))
            }
        }
    };
}
pub(super) use from_key;
