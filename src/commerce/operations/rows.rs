//! Operations as the database keeps them.

use diesel::prelude::*;

use super::shapes::{ImportOptions, Operation, OperationError, OperationKind, OperationState};
use crate::commerce::transfer::ImportReport;
use crate::db::tables::operations;
use crate::types::{Json, OperationId, Timestamp};

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = operations, treat_none_as_default_value = false)]
pub(super) struct OperationRow {
    pub id: OperationId,
    pub kind: OperationKind,
    pub state: OperationState,
    pub done: i64,
    pub total: Option<i64>,
    pub parameters: Json<ImportOptions>,
    pub result: Option<Json<ImportReport>>,
    pub error: Option<Json<OperationError>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<OperationRow> for Operation {
    fn from(row: OperationRow) -> Self {
        let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
        Self {
            id: row.id,
            kind: row.kind,
            state: row.state,
            done: small(row.done),
            total: row.total.map(small),
            options: row.parameters.0,
            result: row.result.map(|r| r.0),
            error: row.error.map(|e| e.0),
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
