//! The audit log: who changed what, from where, and how it was before. Every transaction of staff, a key, a job or
//! the operator notes its events there ([`crate::db::Acting`]), in itself; shoppers' do not. Rows are never changed
//! (a trigger refuses) and hold the hash of the row before them; `maru doctor` follows the chain. What people must be
//! able to have forgotten is masked on the way in. [`Difference`] is what `doctor` finds, here and in every room.

mod difference;
mod log;
mod verify;

use std::sync::{Arc, OnceLock};

pub use difference::Difference;
pub use log::{AuditEntry, AuditFilter, list};
pub use verify::verify;

use crate::commerce::auth::{Actor, Caller, Subject, SubjectKind};
use crate::db::{Acting, Tx};

/// On whose behalf a caller's transactions write; none for a shopper, whose doings are their own.
pub fn acting(by: &Caller, door: impl FnOnce() -> String) -> Option<Arc<Acting>> {
    match by.actor {
        Actor::Guest | Actor::Customer { .. } => None,
        Actor::Staff { .. } | Actor::Key { .. } | Actor::System(_) => Some(Arc::new(Acting {
            actor: by.name(),
            address: by.address,
            request_id: by.request_id.clone(),
            door: door(),
            operation: OnceLock::new(),
        })),
    }
}

/// Says that a transaction writes on behalf of an account: of one that proved who it is in a call that was nobody's, or
/// that something happens to. What is a customer's is not kept.
pub fn act_for(tx: &mut Tx, by: &Caller, account: Subject, operation: &'static str) {
    if account.kind == SubjectKind::Staff {
        tx.act_for(Some(Arc::new(Acting {
            actor: account.to_string(),
            address: by.address,
            request_id: by.request_id.clone(),
            door: operation.to_owned(),
            operation: OnceLock::new(),
        })));
    }
}

/// On behalf of the server itself: a job, or a command of its operator.
pub fn acting_system(name: &str, operation: &'static str) -> Arc<Acting> {
    Arc::new(Acting {
        actor: format!("system:{name}"),
        address: None,
        request_id: String::new(),
        door: operation.to_owned(),
        operation: OnceLock::new(),
    })
}
