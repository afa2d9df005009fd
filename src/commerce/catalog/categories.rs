//! Reading categories: the tree and one category with its place for shoppers, all of each for staff.

use std::collections::HashMap;

use diesel::prelude::*;

use super::documents::{ByLocale, text};
use super::group_rows::CategoryRow;
use super::{Category, CategoryNode, CategoryRef, ManagedCategory};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::channels::Scope;
use crate::db::tables::{categories, category_ancestors};
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{CategoryId, Json, Listing, Locale, PageRequest};

/// All categories as a tree, in one statement.
pub fn category_tree(tx: &mut Tx, scope: &Scope) -> Result<Vec<CategoryNode>> {
    type Row = (CategoryId, Option<CategoryId>, String, String, Json<ByLocale<String>>);
    let rows: Vec<Row> = on_each!(tx, |c| {
        categories::table
            .order((categories::position, categories::id))
            .select((categories::id, categories::parent_id, categories::slug, categories::name, categories::names))
            .load(c)
    })?;
    let mut below: HashMap<Option<CategoryId>, Vec<CategoryNode>> = HashMap::new();
    for (id, parent, slug, name, names) in rows {
        let node = CategoryNode { id, slug, name: text(&names.0, &scope.locale, &name), children: Vec::new() };
        below.entry(parent).or_default().push(node);
    }
    Ok(grown(&mut below, None))
}

fn grown(below: &mut HashMap<Option<CategoryId>, Vec<CategoryNode>>, parent: Option<CategoryId>) -> Vec<CategoryNode> {
    let mut nodes = below.remove(&parent).unwrap_or_default();
    for node in &mut nodes {
        node.children = grown(below, Some(node.id));
    }
    nodes
}

/// A category by id or slug, with the way to it and what is right below it.
pub fn get_category(tx: &mut Tx, scope: &Scope, handle: &str) -> Result<Category> {
    let row = read(tx, handle)?;
    let id = row.id;
    let crumbs: Vec<NameRow> = on_each!(tx, |c| {
        categories::table
            .inner_join(category_ancestors::table.on(category_ancestors::ancestor_id.eq(categories::id)))
            .filter(category_ancestors::category_id.eq(id))
            .order(category_ancestors::depth)
            .select((categories::id, categories::slug, categories::name, categories::names))
            .load(c)
    })?;
    let children: Vec<NameRow> = on_each!(tx, |c| {
        categories::table
            .filter(categories::parent_id.eq(id))
            .order((categories::position, categories::id))
            .select((categories::id, categories::slug, categories::name, categories::names))
            .load(c)
    })?;
    Ok(row.shown(&scope.locale, named(crumbs, &scope.locale), named(children, &scope.locale)))
}

type NameRow = (CategoryId, String, String, Json<ByLocale<String>>);

fn named(rows: Vec<NameRow>, locale: &Locale) -> Vec<CategoryRef> {
    rows.into_iter().map(|(id, slug, name, names)| CategoryRef { id, slug, name: text(&names.0, locale, &name) }).collect()
}

fn read(tx: &mut Tx, handle: &str) -> Result<CategoryRow> {
    let id = super::handle::<CategoryId>(handle, "category")?;
    let row: Option<CategoryRow> = on_each!(tx, |c| {
        categories::table
            .filter(categories::slug.eq(handle).or(categories::id.nullable().eq(id)))
            .select(CategoryRow::as_select())
            .first(c)
            .optional()
    })?;
    row.ok_or_else(|| Error::not_found("category"))
}

/// Categories, oldest first, for staff.
pub fn list_categories(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<ManagedCategory>> {
    const LIST: &str = "categories";
    by.require(Permission::CatalogRead)?;
    let key: Option<CategoryId> = page.key(LIST)?;
    let rows: Vec<CategoryRow> = on_each!(tx, |c| {
        let query = categories::table.select(CategoryRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(categories::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(categories::id.gt(id)).order(categories::id.asc()),
            (Direction::Backward, None) => query.order(categories::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(categories::id.lt(id)).order(categories::id.desc()),
        }
        .load(c)
    })?;
    let mut listing = page.listing(LIST, rows, |row| row.id).map(ManagedCategory::from);
    if page.with_total {
        listing.total = Some(on_each!(tx, |c| categories::table.count().get_result(c))?);
    }
    Ok(listing)
}

/// A category by id or slug, for staff.
pub fn get_managed_category(tx: &mut Tx, by: &Caller, handle: &str) -> Result<ManagedCategory> {
    by.require(Permission::CatalogRead)?;
    read(tx, handle).map(ManagedCategory::from)
}
