//! Making, changing, moving, ordering and deleting categories.

use std::collections::HashSet;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::group_rows::{CategoryRow, merge_seo, translated, unique_slug};
use super::write::at_version;
use super::{
    CategoryCreate, CategoryMove, CategoryOrder, CategoryReorder, CategoryTranslation, CategoryUpdate, ManagedCategory, text, tree,
};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::{categories, product_categories};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result, check};
use crate::types::json::{check_metadata, merge_metadata};
use crate::types::{CategoryId, Json};

/// Makes a category.
pub fn create_category(tx: &mut Tx, by: &Caller, input: CategoryCreate) -> Result<ManagedCategory> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    tree::lock(tx)?;
    let id: CategoryId = tx.new_id();
    let name = text::required("/name", &input.name)?;
    let wanted = match &input.slug {
        Some(slug) => text::given_slug("/slug", slug)?,
        None => text::made_slug(&name, &id.to_string()),
    };
    let slug = unique_slug!(tx, categories, wanted);
    let (names, translations) = translated(pieces(input.translations));
    let mut siblings = tree::siblings(tx, input.parent_id)?;
    let place = place(input.position, siblings.len());
    let row = CategoryRow {
        id,
        parent_id: input.parent_id,
        slug,
        external_key: input.external_key,
        name,
        names,
        description: text::clean_html(&input.description.unwrap_or_default()),
        position: i32::try_from(place).unwrap_or(i32::MAX),
        seo: Json(input.seo.unwrap_or_default()),
        translations,
        metadata: Json(input.metadata),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    if let Some(parent) = input.parent_id {
        let found: bool = on_each!(tx, |c| diesel::select(exists(categories::table.find(parent))).get_result(c))?;
        if !found {
            return Err(Error::invalid_field("/parent_id", "unknown", "There is no such category."));
        }
    }
    on_each!(tx, |c| diesel::insert_into(categories::table).values(&row).execute(c)).on_unique(taken)?;
    tree::plant(tx, id, input.parent_id)?;
    siblings.insert(place, row.clone());
    tree::number(tx, &mut siblings, &[])?;
    told(tx, "category.created", row)
}

fn pieces(
    translations: Vec<CategoryTranslation>,
) -> impl Iterator<Item = (crate::types::Locale, Option<String>, Option<String>, Option<super::Seo>)> {
    translations.into_iter().map(|t| (t.locale, t.name, t.description, t.seo))
}

fn place(wanted: Option<i32>, siblings: usize) -> usize {
    wanted.and_then(|p| usize::try_from(p).ok()).map_or(siblings, |p| p.min(siblings))
}

fn taken() -> Error {
    Error::new(Code::AlreadyExists, "Another category has this slug or external key.")
}

fn told(tx: &mut Tx, event: &str, row: CategoryRow) -> Result<ManagedCategory> {
    let category = ManagedCategory::from(row);
    events::emit(tx, event, Some(category.id.into()), &category)?;
    Ok(category)
}

fn read(tx: &mut Tx, id: CategoryId, expected_version: Option<i32>) -> Result<CategoryRow> {
    let row: Option<CategoryRow> = on_each!(tx, |c| categories::table.find(id).select(CategoryRow::as_select()).first(c).optional())?;
    let row = row.ok_or_else(|| Error::not_found("category"))?;
    at_version("category", row.version, expected_version)?;
    Ok(row)
}

/// Changes a category. `expected_version` refuses to write over a version not seen (412).
pub fn update_category(
    tx: &mut Tx,
    by: &Caller,
    id: CategoryId,
    expected_version: Option<i32>,
    input: CategoryUpdate,
) -> Result<ManagedCategory> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    let mut row = read(tx, id, expected_version)?;
    let seen = row.version;
    if let Some(name) = input.name {
        row.name = text::required("/name", &name)?;
    }
    if let Some(slug) = input.slug {
        row.slug = text::given_slug("/slug", &slug)?;
    }
    input.external_key.apply(&mut row.external_key);
    if let Some(html) = input.description {
        row.description = text::clean_html(&html);
    }
    if let Some(seo) = input.seo {
        merge_seo(&mut row.seo.0, seo);
    }
    if let Some(translations) = input.translations {
        (row.names, row.translations) = translated(pieces(translations));
    }
    merge_metadata(&mut row.metadata.0, input.metadata);
    if check_metadata(&row.metadata.0).is_err() {
        return Err(Error::invalid_field("/metadata", "metadata", "At most 50 entries, keys of 1 to 64 characters, values to 2,000."));
    }
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let written = on_each!(tx, |c| diesel::update(categories::table.find(id).filter(categories::version.eq(seen))).set(&row).execute(c))
        .on_unique(taken)?;
    if written == 0 {
        return Err(Error::new(Code::VersionMismatch, "The category changed meanwhile."));
    }
    told(tx, "category.updated", row)
}

/// Moves a category, with all below it, under another one or to the root, to a place among its siblings.
pub fn move_category(
    tx: &mut Tx,
    by: &Caller,
    id: CategoryId,
    expected_version: Option<i32>,
    input: CategoryMove,
) -> Result<ManagedCategory> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    tree::lock(tx)?;
    let mut row = read(tx, id, expected_version)?;
    if row.parent_id != input.parent_id {
        tree::graft(tx, &[id], input.parent_id, "/parent_id")?;
    }
    let mut siblings = tree::siblings(tx, input.parent_id)?;
    siblings.retain(|s| s.id != id);
    let place = place(input.position, siblings.len());
    let moved = [id];
    let changed: &[CategoryId] = if row.parent_id == input.parent_id { &[] } else { &moved };
    row.parent_id = input.parent_id;
    siblings.insert(place, row);
    tree::number(tx, &mut siblings, changed)?;
    let row = siblings.into_iter().nth(place).ok_or_else(|| Error::internal("the category just placed is gone"))?;
    told(tx, "category.updated", row)
}

/// Orders all children of a category, or the roots.
pub fn reorder_categories(tx: &mut Tx, by: &Caller, input: CategoryReorder) -> Result<CategoryOrder> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    tree::lock(tx)?;
    let siblings = tree::siblings(tx, input.parent_id)?;
    let (given, there): (HashSet<_>, HashSet<_>) = (input.ids.iter().copied().collect(), siblings.iter().map(|s| s.id).collect());
    if given != there || given.len() != input.ids.len() {
        return Err(Error::invalid_field("/ids", "mismatch", "List every child of the category once."));
    }
    let mut rows = siblings;
    rows.sort_by_key(|row| input.ids.iter().position(|id| *id == row.id));
    tree::number(tx, &mut rows, &[])?;
    let order = CategoryOrder { categories: rows.into_iter().map(ManagedCategory::from).collect() };
    events::emit(tx, "categories.reordered", input.parent_id.map(Into::into), &serde_json::json!({"ids": input.ids}))?;
    Ok(order)
}

/// Deletes a category. One with products or categories in it is `in_use`, unless `reassign_to` names the
/// category that takes them.
pub fn delete_category(
    tx: &mut Tx,
    by: &Caller,
    id: CategoryId,
    expected_version: Option<i32>,
    reassign_to: Option<CategoryId>,
) -> Result<ManagedCategory> {
    by.require(Permission::CatalogWrite)?;
    tree::lock(tx)?;
    let row = read(tx, id, expected_version)?;
    let children: Vec<CategoryId> = tree::siblings(tx, Some(id))?.iter().map(|c| c.id).collect();
    let has_products: bool =
        on_each!(tx, |c| diesel::select(exists(product_categories::table.filter(product_categories::category_id.eq(id)))).get_result(c))?;
    match reassign_to {
        None if has_products || !children.is_empty() => {
            let detail = "The category holds products or categories: empty it, or name one that takes them (reassign_to).";
            return Err(Error::new(Code::InUse, detail));
        }
        None => {}
        Some(target) => reassign(tx, id, &children, target)?,
    }
    on_each!(tx, |c| diesel::delete(categories::table.find(id)).execute(c))?;
    let mut siblings = tree::siblings(tx, row.parent_id)?;
    tree::number(tx, &mut siblings, &[])?;
    told(tx, "category.deleted", row)
}

fn reassign(tx: &mut Tx, id: CategoryId, children: &[CategoryId], target: CategoryId) -> Result<()> {
    let found: bool = on_each!(tx, |c| diesel::select(exists(categories::table.find(target))).get_result(c))?;
    if !found || target == id {
        return Err(Error::invalid_field("?reassign_to", "unknown", "There is no such other category."));
    }
    on_each!(tx, |c| {
        let moved = product_categories::table.filter(product_categories::category_id.eq(id)).select((
            product_categories::product_id,
            target.into_sql::<crate::types::sql::Uuid>(),
            product_categories::position,
        ));
        diesel::insert_into(product_categories::table)
            .values(moved)
            .into_columns((product_categories::product_id, product_categories::category_id, product_categories::position))
            .on_conflict_do_nothing()
            .execute(c)
    })?;
    if children.is_empty() {
        return Ok(());
    }
    tree::graft(tx, children, Some(target), "?reassign_to")?;
    let mut rows = tree::siblings(tx, Some(target))?;
    let mut orphans = tree::siblings(tx, Some(id))?;
    orphans.iter_mut().for_each(|o| o.parent_id = Some(target));
    rows.append(&mut orphans);
    tree::number(tx, &mut rows, children)
}
