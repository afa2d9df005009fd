//! Products as staff read them: every state, every language, every currency.

use std::collections::HashMap;

use diesel::prelude::*;

use super::documents::{MediaDoc, OptionDoc};
use super::filters::{from_key, in_collection, matching, of_category};
use super::matching::{self, FEW, Matching};
use super::parts::{named_collections, placings_of};
use super::rows::{ProductRow, ProductState, VariantRow, VariantState};
use super::shapes::{MediaTranslation, OptionTranslation, OptionValueTranslation};
use super::{
    ManagedOption, ManagedOptionValue, ManagedProduct, ManagedProductFilter, ManagedProductSort, ManagedVariant, Price, ProductTranslation,
    store,
};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{
    categories, category_ancestors, collection_products, collections, product_categories, product_tags, products, variants,
};
use crate::db::{Tx, any_of, gathered, on_each};
use crate::error::{Error, Result, check};
use crate::types::ids::Id;
use crate::types::page::Direction;
use crate::types::{CategoryId, CollectionId, Listing, Locale, MinorUnits, PageRequest, ProductId, Timestamp};

/// Products in every state, for staff: whole, in a number of statements that does not grow with the page.
pub fn list_managed_products(
    tx: &mut Tx,
    by: &Caller,
    filter: &ManagedProductFilter,
    page: &PageRequest,
) -> Result<Listing<ManagedProduct>> {
    by.require(Permission::CatalogRead)?;
    check(filter)?;
    let (backend, matching) = (tx.backend(), Matching::of(tx, filter.q.as_deref(), FEW)?);
    let few = if matches!(matching, Matching::Few(_)) { None } else { Few::of(tx, filter)? };
    let sort = filter.sort.unwrap_or(ManagedProductSort::Newest);
    let list = format!("managed_products:{sort}");
    let ascending = (page.direction == Direction::Forward) == (sort == ManagedProductSort::Name);
    macro_rules! narrowed {
        ($query:expr, $matching:expr) => {{
            let mut query = $query.into_boxed();
            if let Some(status) = filter.status {
                query = if few == Some(Few::OfStatus) {
                    query.filter(gathered(products::id, of_status!(status)))
                } else {
                    query.filter(products::status.eq(status))
                };
            }
            if let Some(brand) = &filter.brand {
                query = query.filter(products::brand.eq(brand));
            }
            if let Some(tag) = &filter.tag {
                let tagged = product_tags::table.filter(product_tags::tag.eq(tag.trim().to_lowercase()));
                query = query.filter(products::id.eq_any(tagged.select(product_tags::product_id)));
            }
            if let Some(handle) = &filter.category {
                query = query.filter(products::id.eq_any(of_category!(handle)));
            }
            if let Some(handle) = &filter.collection {
                query = query.filter(in_collection!(handle));
            }
            if let Some(sku) = &filter.sku {
                let having = variants::table.filter(variants::sku.eq(sku.trim())).select(variants::product_id);
                query = query.filter(products::id.eq_any(having));
            }
            if let Some(since) = filter.updated_since {
                query = if few == Some(Few::UpdatedSince) {
                    query.filter(gathered(products::id, updated_since!(since)))
                } else {
                    query.filter(products::updated_at.ge(since))
                };
            }
            matching!(query, backend, $matching)
        }};
    }
    let key = Key::of(sort, page, &list)?;
    // By ids alone: what fits may be much, and all of it may have to be sorted for a page.
    let ids: Vec<ProductId> = on_each!(tx, |c| {
        let query = narrowed!(products::table.select(products::id), &matching).limit(page.fetch());
        match &key {
            // Ids are in the order of making; the second comparison never decides.
            Key::Id(key) => from_key!(query, products::id, products::id, key.map(|id| (id, id)), ascending).load(c),
            Key::Title(key) => from_key!(query, products::title_sort, products::id, key.clone(), ascending).load(c),
            Key::Time(key) => from_key!(query, products::updated_at, products::id, *key, ascending).load(c),
        }
    })?;
    let rows: Vec<ProductRow> =
        on_each!(tx, |c| products::table.filter(products::id.eq_any(any_of(&ids))).select(ProductRow::as_select()).load(c))?;
    let mut rows: HashMap<ProductId, ProductRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let rows: Vec<ProductRow> = ids.iter().filter_map(|id| rows.remove(id)).collect();
    let listing = page.listing(&list, rows, |row| match sort {
        ManagedProductSort::Newest => serde_json::json!(row.id),
        ManagedProductSort::Name => serde_json::json!((&row.title_sort, row.id)),
        ManagedProductSort::Updated => serde_json::json!((row.updated_at, row.id)),
    });
    let (has_next, has_previous) = (listing.has_next, listing.has_previous);
    let (cursors, rows): (Vec<String>, Vec<ProductRow>) = listing.items.into_iter().unzip();
    let states = store::with_parts(tx, rows)?;
    let items = cursors.into_iter().zip(managed(tx, by, states)?).collect();
    let matching = matching.of_all();
    let total = if page.with_total { Some(on_each!(tx, |c| narrowed!(products::table.count(), &matching).get_result(c))?) } else { None };
    Ok(Listing { items, has_next, has_previous, total })
}

/// The products in a state. In the order of an index: PostgreSQL, which knows that nearly all are in one state, takes any for that one
/// and would read the table.
macro_rules! of_status {
    ($status:expr) => {
        products::table.filter(products::status.eq($status)).order((products::title_sort, products::id)).select(products::id)
    };
}

/// The products that changed at a moment or later. A range with two ends, which PostgreSQL looks up whatever the values.
macro_rules! updated_since {
    ($since:expr) => {
        products::table.filter(products::updated_at.between($since, Timestamp::LATEST)).select(products::id)
    };
}
use {of_status, updated_since};

/// What few products are, of what a filter asks for: those are gathered first and put in order, instead of asking it of all in
/// their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Few {
    OfStatus,
    UpdatedSince,
}

impl Few {
    fn of(tx: &mut Tx, filter: &ManagedProductFilter) -> Result<Option<Self>> {
        macro_rules! are_few {
            ($what:literal, $of:expr, $products:expr) => {
                tx.guess($what, &$of.to_string(), |tx| {
                    let found: Vec<ProductId> = on_each!(tx, |c| $products.limit(FEW.saturating_add(1)).load(c))?;
                    Ok(i64::try_from(found.len()).map_err(Error::internal)? <= FEW)
                })?
            };
        }
        if let Some(since) = filter.updated_since
            && are_few!("updated since", since, updated_since!(since))
        {
            return Ok(Some(Self::UpdatedSince));
        }
        if let Some(status) = filter.status
            && are_few!("of status", status, of_status!(status))
        {
            return Ok(Some(Self::OfStatus));
        }
        Ok(None)
    }
}

/// Where a page starts.
enum Key {
    Id(Option<ProductId>),
    Title(Option<(String, ProductId)>),
    Time(Option<(Timestamp, ProductId)>),
}

impl Key {
    fn of(sort: ManagedProductSort, page: &PageRequest, list: &str) -> Result<Self> {
        Ok(match sort {
            ManagedProductSort::Newest => Self::Id(page.key(list)?),
            ManagedProductSort::Name => Self::Title(page.key(list)?),
            ManagedProductSort::Updated => Self::Time(page.key(list)?),
        })
    }
}

/// A product in any state, by id or slug, for staff.
pub fn get_managed_product(tx: &mut Tx, by: &Caller, handle: &str) -> Result<ManagedProduct> {
    by.require(Permission::CatalogRead)?;
    let id = super::handle::<ProductId>(handle, "product")?;
    let row: Option<ProductRow> = on_each!(tx, |c| {
        products::table
            .filter(products::slug.eq(handle).or(products::id.nullable().eq(id)))
            .select(ProductRow::as_select())
            .first(c)
            .optional()
    })?;
    let row = row.ok_or_else(|| Error::not_found("product"))?;
    let states = store::with_parts(tx, vec![row])?;
    managed(tx, by, states)?.pop().ok_or_else(|| Error::not_found("product"))
}

/// Products as staff see them, with the names of their categories and collections: two statements.
pub(super) fn managed(tx: &mut Tx, by: &Caller, states: Vec<ProductState>) -> Result<Vec<ManagedProduct>> {
    let ids: Vec<ProductId> = states.iter().map(|s| s.row.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut placings = placings_of(tx, &by.locale, &ids)?;
    let mut collections = named_collections(tx, &by.locale, &ids, false)?;
    let shaped = states.into_iter().map(|state| {
        let id = state.row.id;
        let mut product = shape(state);
        product.categories = placings.remove(&id).unwrap_or_default().categories;
        product.collections = collections.remove(&id).unwrap_or_default();
        product
    });
    Ok(shaped.collect())
}

fn shape(state: ProductState) -> ManagedProduct {
    let row = state.row;
    let translations = translations(&row);
    ManagedProduct {
        id: row.id,
        external_key: row.external_key,
        slug: row.slug,
        title: row.title,
        description: row.description,
        status: row.status,
        published_at: row.published_at,
        brand: row.brand,
        product_type: row.product_type,
        tax_class: row.tax_class,
        minimum_age: row.minimum_age,
        tags: row.tags.0,
        categories: Vec::new(),
        collections: Vec::new(),
        options: row.options.0.into_iter().map(option).collect(),
        variants: state.variants.into_iter().map(|v| variant(v.row, prices(v.prices))).collect(),
        media: row.media.0.iter().map(MediaDoc::base).collect(),
        seo: row.seo.0,
        translations,
        metadata: row.metadata.0,
        private_metadata: row.private_metadata.0,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        warnings: Vec::new(),
    }
}

fn option(doc: OptionDoc) -> ManagedOption {
    let values = doc.values.into_iter().map(|v| ManagedOptionValue { id: v.id, value: v.value }).collect();
    ManagedOption { id: doc.id, name: doc.name, values }
}

fn prices(prices: std::collections::BTreeMap<crate::types::Currency, super::rows::Amounts>) -> Vec<Price> {
    prices
        .into_iter()
        .map(|(currency, p)| Price { currency, amount: MinorUnits(p.amount), compare_at: p.compare_at.map(MinorUnits) })
        .collect()
}

/// A variant as staff see it.
pub(super) fn managed_variant(state: VariantState) -> ManagedVariant {
    variant(state.row, prices(state.prices))
}

fn variant(row: VariantRow, prices: Vec<Price>) -> ManagedVariant {
    ManagedVariant {
        id: row.id,
        product_id: row.product_id,
        external_key: row.external_key,
        sku: row.sku,
        barcode: row.barcode,
        title: row.title,
        option_values: row.option_values.0,
        prices,
        weight_grams: row.weight_grams,
        length_mm: row.length_mm,
        width_mm: row.width_mm,
        height_mm: row.height_mm,
        requires_shipping: row.requires_shipping,
        taxable: row.taxable,
        track_inventory: row.track_inventory,
        backorder: row.backorder,
        max_per_order: row.max_per_order,
        media_id: row.media_id,
        active: row.active,
        metadata: row.metadata.0,
        private_metadata: row.private_metadata.0,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
        warnings: Vec::new(),
    }
}

/// The translations as they were sent: each language with its texts, options and media.
fn translations(row: &ProductRow) -> Vec<ProductTranslation> {
    row.translations
        .0
        .iter()
        .map(|(locale, texts)| ProductTranslation {
            locale: locale.clone(),
            title: row.titles.0.get(locale).cloned(),
            description: texts.description.clone(),
            seo: texts.seo.clone(),
            options: row.options.0.iter().filter_map(|o| option_translation(o, locale)).collect(),
            media: row
                .media
                .0
                .iter()
                .filter_map(|m| Some(MediaTranslation { url: m.url.clone(), alt: m.alts.get(locale)?.clone() }))
                .collect(),
        })
        .collect()
}

fn option_translation(option: &OptionDoc, locale: &Locale) -> Option<OptionTranslation> {
    let values = option.values.iter();
    Some(OptionTranslation {
        name: option.name.clone(),
        label: option.labels.get(locale)?.clone(),
        values: values
            .filter_map(|v| Some(OptionValueTranslation { value: v.value.clone(), label: v.labels.get(locale)?.clone() }))
            .collect(),
    })
}
