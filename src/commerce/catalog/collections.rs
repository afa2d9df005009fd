//! Collections: reading for shoppers and staff, writing for staff, and the products in them.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::documents::MediaDoc;
use super::group_rows::{CollectionRow, merge_seo, translated, unique_slug};
use super::rows::CollectionProductRow;
use super::write::at_version;
use super::{
    Collection, CollectionCreate, CollectionProductsInput, CollectionTranslation, CollectionUpdate, ManagedCollection, MediaInput,
    MediaKind, text,
};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::channels::Scope;
use crate::commerce::events;
use crate::db::tables::{collection_products, collections, products};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, OnUnique, Result, check, check_at};
use crate::types::json::{check_metadata, merge_metadata};
use crate::types::page::Direction;
use crate::types::{CollectionId, Json, Listing, PageRequest, Patch, ProductId};

/// Published collections, newest first.
pub fn list_collections(tx: &mut Tx, scope: &Scope, page: &PageRequest) -> Result<Listing<Collection>> {
    Ok(rows(tx, page, true)?.map(|row| row.shown(&scope.locale)))
}

/// A published collection, by id or slug.
pub fn get_collection(tx: &mut Tx, scope: &Scope, handle: &str) -> Result<Collection> {
    let row = read(tx, handle)?;
    if row.published { Ok(row.shown(&scope.locale)) } else { Err(Error::not_found("collection")) }
}

/// Collections, newest first, for staff.
pub fn list_managed_collections(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<ManagedCollection>> {
    by.require(Permission::CatalogRead)?;
    Ok(rows(tx, page, false)?.map(ManagedCollection::from))
}

/// A collection by id or slug, for staff.
pub fn get_managed_collection(tx: &mut Tx, by: &Caller, handle: &str) -> Result<ManagedCollection> {
    by.require(Permission::CatalogRead)?;
    read(tx, handle).map(ManagedCollection::from)
}

fn rows(tx: &mut Tx, page: &PageRequest, only_published: bool) -> Result<Listing<CollectionRow>> {
    const LIST: &str = "collections";
    let key: Option<CollectionId> = page.key(LIST)?;
    let shown = || collections::published.eq(true).or(collections::published.eq(only_published));
    let found: Vec<CollectionRow> = on_each!(tx, |c| {
        let query = collections::table.filter(shown()).select(CollectionRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(collections::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(collections::id.lt(id)).order(collections::id.desc()),
            (Direction::Backward, None) => query.order(collections::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(collections::id.gt(id)).order(collections::id.asc()),
        }
        .load(c)
    })?;
    let mut listing = page.listing(LIST, found, |row| row.id);
    if page.with_total {
        listing.total = Some(on_each!(tx, |c| collections::table.filter(shown()).count().get_result(c))?);
    }
    Ok(listing)
}

fn read(tx: &mut Tx, handle: &str) -> Result<CollectionRow> {
    let id = super::handle::<CollectionId>(handle, "collection")?;
    let row: Option<CollectionRow> = on_each!(tx, |c| {
        collections::table
            .filter(collections::slug.eq(handle).or(collections::id.nullable().eq(id)))
            .select(CollectionRow::as_select())
            .first(c)
            .optional()
    })?;
    row.ok_or_else(|| Error::not_found("collection"))
}

/// Makes a collection.
pub fn create_collection(tx: &mut Tx, by: &Caller, input: CollectionCreate) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let id: CollectionId = tx.new_id();
    let title = text::required("/title", &input.title)?;
    let wanted = match &input.slug {
        Some(slug) => text::given_slug("/slug", slug)?,
        None => text::made_slug(&title, &id.to_string()),
    };
    let slug = unique_slug!(tx, collections, wanted);
    let (titles, translations) = translated(pieces(input.translations));
    let row = CollectionRow {
        id,
        slug,
        external_key: input.external_key,
        title,
        titles,
        description: text::clean_html(&input.description.unwrap_or_default()),
        published: input.published.unwrap_or(true),
        image: input.image.map(|image| picture(tx, image)),
        seo: Json(input.seo.unwrap_or_default()),
        translations,
        metadata: Json(input.metadata),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(collections::table).values(&row).execute(c)).on_unique(taken)?;
    told(tx, "collection.created", row)
}

fn pieces(
    translations: Vec<CollectionTranslation>,
) -> impl Iterator<Item = (crate::types::Locale, Option<String>, Option<String>, Option<super::Seo>)> {
    translations.into_iter().map(|t| (t.locale, t.title, t.description, t.seo))
}

fn picture(tx: &Tx, input: MediaInput) -> Json<MediaDoc> {
    Json(MediaDoc {
        id: tx.new_id(),
        url: input.url,
        alt: input.alt,
        alts: Default::default(),
        kind: input.kind.unwrap_or(MediaKind::Image),
        width: input.width,
        height: input.height,
    })
}

fn taken() -> Error {
    Error::new(Code::AlreadyExists, "Another collection has this slug or external key.")
}

fn told(tx: &mut Tx, event: &str, row: CollectionRow) -> Result<ManagedCollection> {
    let collection = ManagedCollection::from(row);
    events::emit(tx, event, Some(collection.id.into()), &collection)?;
    Ok(collection)
}

fn read_to_write(tx: &mut Tx, id: CollectionId, expected_version: Option<i32>) -> Result<CollectionRow> {
    let row: Option<CollectionRow> = on_each!(tx, |c| collections::table.find(id).select(CollectionRow::as_select()).first(c).optional())?;
    let row = row.ok_or_else(|| Error::not_found("collection"))?;
    at_version("collection", row.version, expected_version)?;
    Ok(row)
}

/// Writes a row one version on; whoever wrote meanwhile makes it fail.
fn save(tx: &mut Tx, row: &mut CollectionRow) -> Result<()> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let written =
        on_each!(tx, |c| diesel::update(collections::table.find(row.id).filter(collections::version.eq(seen))).set(&*row).execute(c))
            .on_unique(taken)?;
    if written == 1 { Ok(()) } else { Err(Error::new(Code::VersionMismatch, "The collection changed meanwhile.")) }
}

/// Changes a collection. `expected_version` refuses to write over a version not seen (412).
pub fn update_collection(
    tx: &mut Tx,
    by: &Caller,
    id: CollectionId,
    expected_version: Option<i32>,
    input: CollectionUpdate,
) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let mut row = read_to_write(tx, id, expected_version)?;
    if let Some(title) = input.title {
        row.title = text::required("/title", &title)?;
    }
    if let Some(slug) = input.slug {
        row.slug = text::given_slug("/slug", &slug)?;
    }
    input.external_key.apply(&mut row.external_key);
    if let Some(html) = input.description {
        row.description = text::clean_html(&html);
    }
    row.published = input.published.unwrap_or(row.published);
    if let Patch::Set(image) = &input.image {
        check_at("/image", image)?;
    }
    input.image.map(|image| picture(tx, image)).apply(&mut row.image);
    if let Some(seo) = input.seo {
        merge_seo(&mut row.seo.0, seo);
    }
    if let Some(translations) = input.translations {
        (row.titles, row.translations) = translated(pieces(translations));
    }
    merge_metadata(&mut row.metadata.0, input.metadata);
    if check_metadata(&row.metadata.0).is_err() {
        return Err(Error::invalid_field("/metadata", "metadata", "At most 50 entries, keys of 1 to 64 characters, values to 2,000."));
    }
    save(tx, &mut row)?;
    told(tx, "collection.updated", row)
}

/// Deletes a collection; its products stay.
pub fn delete_collection(tx: &mut Tx, by: &Caller, id: CollectionId, expected_version: Option<i32>) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    let row = read_to_write(tx, id, expected_version)?;
    on_each!(tx, |c| diesel::delete(collections::table.find(id)).execute(c))?;
    told(tx, "collection.deleted", row)
}

/// Adds products at the end of a collection; those in it stay where they are.
pub fn add_collection_products(tx: &mut Tx, by: &Caller, id: CollectionId, input: CollectionProductsInput) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let mut row = read_to_write(tx, id, None)?;
    // The row's new version holds back who else writes this collection.
    save(tx, &mut row)?;
    let known: Vec<ProductId> =
        on_each!(tx, |c| products::table.filter(products::id.eq_any(&input.product_ids)).select(products::id).load(c))?;
    let known: HashSet<ProductId> = known.into_iter().collect();
    let unknown = input.product_ids.iter().enumerate().filter(|(_, p)| !known.contains(p));
    let faults: Vec<FieldError> =
        unknown.map(|(i, p)| FieldError::new(format!("/product_ids/{i}"), "unknown", format!("There is no product {p}."))).collect();
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let mut order = order(tx, id)?;
    let there: HashSet<ProductId> = order.iter().copied().collect();
    let mut seen = HashSet::new();
    order.extend(input.product_ids.iter().filter(|p| !there.contains(p) && seen.insert(**p)));
    write_order(tx, id, &order)?;
    told(tx, "collection.updated", row)
}

/// Takes products out of a collection.
pub fn remove_collection_products(tx: &mut Tx, by: &Caller, id: CollectionId, input: CollectionProductsInput) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let mut row = read_to_write(tx, id, None)?;
    save(tx, &mut row)?;
    on_each!(tx, |c| {
        diesel::delete(
            collection_products::table
                .filter(collection_products::collection_id.eq(id))
                .filter(collection_products::product_id.eq_any(&input.product_ids)),
        )
        .execute(c)
    })?;
    told(tx, "collection.updated", row)
}

/// Puts products of a collection first, in the order given; the others follow in theirs.
pub fn reorder_collection_products(
    tx: &mut Tx,
    by: &Caller,
    id: CollectionId,
    input: CollectionProductsInput,
) -> Result<ManagedCollection> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let mut row = read_to_write(tx, id, None)?;
    save(tx, &mut row)?;
    let present = order(tx, id)?;
    let there: HashSet<ProductId> = present.iter().copied().collect();
    let strange = input.product_ids.iter().enumerate().filter(|(_, p)| !there.contains(p));
    let faults: Vec<FieldError> =
        strange.map(|(i, p)| FieldError::new(format!("/product_ids/{i}"), "unknown", format!("{p} is not in the collection."))).collect();
    if !faults.is_empty() {
        return Err(Error::invalid(faults));
    }
    let mut seen = HashSet::new();
    let order: Vec<ProductId> = input.product_ids.into_iter().chain(present).filter(|p| seen.insert(*p)).collect();
    write_order(tx, id, &order)?;
    told(tx, "collection.updated", row)
}

fn order(tx: &mut Tx, id: CollectionId) -> Result<Vec<ProductId>> {
    let ids = on_each!(tx, |c| {
        collection_products::table
            .filter(collection_products::collection_id.eq(id))
            .order((collection_products::position, collection_products::product_id))
            .select(collection_products::product_id)
            .load(c)
    })?;
    Ok(ids)
}

fn write_order(tx: &mut Tx, id: CollectionId, order: &[ProductId]) -> Result<()> {
    let rows: Vec<CollectionProductRow> =
        (0i32..).zip(order).map(|(position, product)| CollectionProductRow { collection_id: id, product_id: *product, position }).collect();
    for chunk in rows.chunks(5_000) {
        on_each!(tx, |c| {
            diesel::insert_into(collection_products::table)
                .values(chunk)
                .on_conflict((collection_products::collection_id, collection_products::product_id))
                .do_update()
                .set(collection_products::position.eq(excluded(collection_products::position)))
                .execute(c)
        })?;
    }
    Ok(())
}
