//! Taking a file in: pieces as they arrive, then the operation is queued in one step.

use std::io::{Cursor, Read};

use diesel::prelude::*;

use super::rows::OperationRow;
use super::shapes::{ImportOptions, Operation, OperationKind, OperationState};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::{operation_uploads, operations};
use crate::db::{Db, Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{Json, OperationId};

/// The size of a stored piece of a file.
pub const PIECE_BYTES: usize = 256 * 1024;

/// Makes the operation that a file is uploaded for; it waits, unclaimed, until the file is whole.
pub fn begin_import(tx: &mut Tx, by: &Caller, options: ImportOptions) -> Result<Operation> {
    by.require(Permission::CatalogWrite)?;
    if options.update_stock {
        by.require(Permission::StockWrite)?;
    }
    let row = OperationRow {
        id: tx.new_id(),
        kind: OperationKind::Import,
        state: OperationState::Uploading,
        done: 0,
        total: None,
        parameters: Json(ImportOptions { may_set_stock: by.may(Permission::StockWrite), ..options }),
        result: None,
        error: None,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(operations::table).values(&row).execute(c))?;
    Ok(row.into())
}

/// Keeps a piece of the file.
pub fn store_piece(tx: &mut Tx, by: &Caller, id: OperationId, position: i32, bytes: &[u8]) -> Result<()> {
    by.require(Permission::CatalogWrite)?;
    let now = tx.now();
    let arriving = operations::table.find(id).filter(operations::state.eq(OperationState::Uploading));
    let touched = on_each!(tx, |c| diesel::update(arriving).set(operations::updated_at.eq(now)).execute(c))?;
    if touched == 0 {
        return Err(Error::new(Code::Conflict, "The operation takes no file any more."));
    }
    let row = (operation_uploads::operation_id.eq(id), operation_uploads::position.eq(position), operation_uploads::bytes.eq(bytes));
    on_each!(tx, |c| diesel::insert_into(operation_uploads::table).values(row).execute(c))?;
    Ok(())
}

/// Queues an import whose file has arrived whole.
pub fn start_import(tx: &mut Tx, by: &Caller, id: OperationId) -> Result<Operation> {
    by.require(Permission::CatalogWrite)?;
    let now = tx.now();
    let arriving = operations::table.find(id).filter(operations::state.eq(OperationState::Uploading));
    let queued = (operations::state.eq(OperationState::Queued), operations::updated_at.eq(now));
    let changed = on_each!(tx, |c| diesel::update(arriving).set(queued).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::Conflict, "The operation takes no file any more."));
    }
    let operation: Operation = super::find(tx, id)?.ok_or_else(|| Error::not_found("operation"))?.into();
    events::emit(tx, "operation.queued", Some(id.into()), &operation)?;
    Ok(operation)
}

/// Queues an import of a text that came whole.
pub fn start_import_of(tx: &mut Tx, by: &Caller, options: ImportOptions, content: &str) -> Result<Operation> {
    let operation = begin_import(tx, by, options)?;
    for (position, piece) in content.as_bytes().chunks(PIECE_BYTES).enumerate() {
        store_piece(tx, by, operation.id, i32::try_from(position).unwrap_or(i32::MAX), piece)?;
    }
    start_import(tx, by, operation.id)
}

/// Forgets an operation whose file did not arrive, or arrived before.
pub fn abandon(tx: &mut Tx, by: &Caller, id: OperationId) -> Result<()> {
    by.require(Permission::CatalogWrite)?;
    let arriving = operations::table.find(id).filter(operations::state.eq(OperationState::Uploading));
    on_each!(tx, |c| diesel::delete(arriving).execute(c))?;
    Ok(())
}

/// An uploaded file, read a piece at a time.
pub(super) struct UploadedFile {
    db: Db,
    id: OperationId,
    next: i32,
    piece: Cursor<Vec<u8>>,
}

impl UploadedFile {
    pub(super) fn open(db: &Db, id: OperationId) -> Self {
        Self { db: db.clone(), id, next: 0, piece: Cursor::new(Vec::new()) }
    }
}

impl Read for UploadedFile {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let read = self.piece.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let (id, position) = (self.id, self.next);
            let piece: Option<Vec<u8>> = self
                .db
                .read(|tx| {
                    let query = operation_uploads::table.find((id, position)).select(operation_uploads::bytes);
                    Ok(on_each!(tx, |c| query.first(c).optional())?)
                })
                .map_err(std::io::Error::other)?;
            let Some(piece) = piece else { return Ok(0) };
            self.next = self.next.saturating_add(1);
            self.piece = Cursor::new(piece);
        }
    }
}
