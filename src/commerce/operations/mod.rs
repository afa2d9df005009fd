//! Long work that a client asked for and polls: imports. The file is kept in the database in pieces, so
//! that any instance can do the work; whoever does it holds a lease, so that the work of one that crashed
//! is begun again by another.
//!
//! Always: an operation is claimed by one runner at a time (a guarded update); its pieces are gone when it
//! has ended; a file that did not arrive whole is never imported.

mod rows;
mod run;
mod shapes;
mod upload;

use diesel::prelude::*;

pub use run::{run_next, run_queued, take_up, wake};
pub use shapes::{FileFormat, ImportOptions, Operation, OperationError, OperationKind, OperationState};
pub use upload::{PIECE_BYTES, abandon, begin_import, start_import, start_import_of, store_piece};

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::operations;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{Listing, OperationId, PageRequest};
use rows::OperationRow;

/// An operation: how far it is, and what came of it.
pub fn get(tx: &mut Tx, by: &Caller, id: OperationId) -> Result<Operation> {
    by.require(Permission::CatalogRead)?;
    find(tx, id)?.map(Operation::from).ok_or_else(|| Error::not_found("operation"))
}

/// Operations, newest first.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<Operation>> {
    const LIST: &str = "operations";
    by.require(Permission::CatalogRead)?;
    let key: Option<OperationId> = page.key(LIST)?;
    let rows: Vec<OperationRow> = on_each!(tx, |c| {
        let query = operations::table.select(OperationRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(operations::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(operations::id.lt(id)).order(operations::id.desc()),
            (Direction::Backward, None) => query.order(operations::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(operations::id.gt(id)).order(operations::id.asc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(Operation::from))
}

fn find(tx: &mut Tx, id: OperationId) -> Result<Option<OperationRow>> {
    Ok(on_each!(tx, |c| operations::table.find(id).select(OperationRow::as_select()).first(c).optional())?)
}
