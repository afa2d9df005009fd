//! The shape of the category tree: the closure table that answers "who is above" and "who is below" without
//! recursion, and the order of siblings. Every writer of the tree's shape takes its lock first.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::group_rows::CategoryRow;
use crate::db::tables::{categories, category_ancestors as above};
use crate::db::{Conn, Tx, on_each};
use crate::error::{Error, Result};
use crate::types::CategoryId;

/// Categories above one another at most.
const MAX_DEPTH: i32 = 32;

/// One writer of the tree at a time: two moves at once could make a circle. SQLite has one writer anyway.
pub(super) fn lock(tx: &mut Tx) -> Result<()> {
    if let Conn::Postgres(c) = tx.conn()? {
        diesel::sql_query("LOCK TABLE categories IN SHARE ROW EXCLUSIVE MODE").execute(&mut **c)?;
    }
    Ok(())
}

/// A category itself or one above it.
#[derive(Debug, Clone, PartialEq, Eq, Insertable, Queryable)]
#[diesel(table_name = above, treat_none_as_default_value = false)]
struct Above {
    category_id: CategoryId,
    ancestor_id: CategoryId,
    depth: i32,
}

fn ways_to(tx: &mut Tx, ids: &[CategoryId]) -> Result<Vec<Above>> {
    let rows = on_each!(tx, |c| {
        above::table.filter(above::category_id.eq_any(ids)).select((above::category_id, above::ancestor_id, above::depth)).load(c)
    })?;
    Ok(rows)
}

/// A new category under a parent.
pub(super) fn plant(tx: &mut Tx, id: CategoryId, parent: Option<CategoryId>) -> Result<()> {
    let way = way_to_parent(tx, parent)?;
    save(tx, grafted(&[Above { category_id: id, ancestor_id: id, depth: 0 }], &[id], &way))
}

fn way_to_parent(tx: &mut Tx, parent: Option<CategoryId>) -> Result<Vec<Above>> {
    let Some(parent) = parent else { return Ok(Vec::new()) };
    let way = ways_to(tx, &[parent])?;
    if way.is_empty() { Err(Error::invalid_field("/parent_id", "unknown", "There is no such category.")) } else { Ok(way) }
}

/// Puts siblings, with all below them, under another parent; refuses to put one below itself.
pub(super) fn graft(tx: &mut Tx, roots: &[CategoryId], parent: Option<CategoryId>, pointer: &str) -> Result<()> {
    let below: Vec<CategoryId> =
        on_each!(tx, |c| above::table.filter(above::ancestor_id.eq_any(roots)).select(above::category_id).load(c))?;
    if parent.is_some_and(|p| below.contains(&p)) {
        return Err(Error::invalid_field(pointer, "cycle", "A category cannot stand below itself."));
    }
    let way = way_to_parent(tx, parent)?;
    let old = ways_to(tx, &below)?;
    for chunk in below.chunks(5_000) {
        on_each!(tx, |c| diesel::delete(above::table.filter(above::category_id.eq_any(chunk))).execute(c))?;
    }
    save(tx, grafted(&old, &below, &way))
}

/// The closure of moved categories: their ways to each other as they were, under the way to the new parent.
fn grafted(old: &[Above], moved: &[CategoryId], way: &[Above]) -> Vec<Above> {
    let moved: HashSet<CategoryId> = moved.iter().copied().collect();
    let inside: Vec<&Above> = old.iter().filter(|a| moved.contains(&a.ancestor_id)).collect();
    let top = inside.iter().map(|a| a.depth).min().unwrap_or(0);
    let down = i32::try_from(way.len()).unwrap_or(i32::MAX);
    let kept = inside.iter().map(|a| Above { depth: a.depth.saturating_sub(top).saturating_add(down), ..(*a).clone() });
    let hung = moved.iter().flat_map(|id| way.iter().map(move |w| Above { category_id: *id, ..w.clone() }));
    kept.chain(hung).collect()
}

fn save(tx: &mut Tx, rows: Vec<Above>) -> Result<()> {
    if rows.iter().any(|a| a.depth >= MAX_DEPTH) {
        return Err(Error::invalid_field("/parent_id", "depth", format!("Categories stand {MAX_DEPTH} deep at most.")));
    }
    for chunk in rows.chunks(5_000) {
        on_each!(tx, |c| diesel::insert_into(above::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// The children of a category, or the roots, in order.
pub(super) fn siblings(tx: &mut Tx, parent: Option<CategoryId>) -> Result<Vec<CategoryRow>> {
    let rows = on_each!(tx, |c| {
        let query = categories::table.select(CategoryRow::as_select()).order((categories::position, categories::id)).into_boxed();
        match parent {
            Some(parent) => query.filter(categories::parent_id.eq(parent)),
            None => query.filter(categories::parent_id.is_null()),
        }
        .load(c)
    })?;
    Ok(rows)
}

/// Numbers siblings in the order given and writes those whose parent or place differs, in one statement.
pub(super) fn number(tx: &mut Tx, rows: &mut [CategoryRow], changed: &[CategoryId]) -> Result<()> {
    let now = tx.now();
    let mut stale: Vec<&CategoryRow> = Vec::new();
    for (position, row) in (0i32..).zip(rows.iter_mut()) {
        if row.position != position || changed.contains(&row.id) {
            row.position = position;
            row.version = row.version.saturating_add(1);
            row.updated_at = now;
            stale.push(row);
        }
    }
    for chunk in stale.chunks(1_000) {
        on_each!(tx, |c| {
            diesel::insert_into(categories::table)
                .values(chunk.to_vec())
                .on_conflict(categories::id)
                .do_update()
                .set((
                    categories::parent_id.eq(excluded(categories::parent_id)),
                    categories::position.eq(excluded(categories::position)),
                    categories::version.eq(excluded(categories::version)),
                    categories::updated_at.eq(excluded(categories::updated_at)),
                ))
                .execute(c)
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u128) -> CategoryId {
        uuid::Uuid::from_u128(n).into()
    }

    fn row(category: u128, ancestor: u128, depth: i32) -> Above {
        Above { category_id: id(category), ancestor_id: id(ancestor), depth }
    }

    #[test]
    fn a_subtree_keeps_its_shape_under_its_new_parent() {
        // 1 / 2 / 3 becomes 8 / 9 / 2 / 3.
        let old = [row(2, 1, 0), row(2, 2, 1), row(3, 1, 0), row(3, 2, 1), row(3, 3, 2)];
        let way = [row(9, 8, 0), row(9, 9, 1)];
        let mut new = grafted(&old, &[id(2), id(3)], &way);
        new.sort_by_key(|a| (a.category_id, a.depth));
        assert_eq!(new, [row(2, 8, 0), row(2, 9, 1), row(2, 2, 2), row(3, 8, 0), row(3, 9, 1), row(3, 2, 2), row(3, 3, 3)]);
        let root = grafted(&old, &[id(2), id(3)], &[]);
        assert!(root.contains(&row(2, 2, 0)) && root.contains(&row(3, 2, 0)) && root.contains(&row(3, 3, 1)));
        assert_eq!(root.len(), 3);
    }
}
