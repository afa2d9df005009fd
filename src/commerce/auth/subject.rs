//! Who has an account: a customer, or staff. Sessions, access tokens and what is proved by mail are the same for
//! both, and never good for the other.

use serde::{Deserialize, Serialize};

use crate::types::ids::Id;
use crate::types::text::text_enum;
use crate::types::{CustomerId, StaffId};

text_enum! {
    /// A kind of account.
    pub enum SubjectKind {
        /// Somebody who buys.
        Customer = "customer",
        /// Somebody who works for the shop.
        Staff = "staff",
    }
}

impl SubjectKind {
    /// The audience of its access tokens (RFC 7519, 4.1.3).
    pub fn audience(self) -> &'static str {
        match self {
            Self::Customer => "store",
            Self::Staff => "admin",
        }
    }
}

/// An account: of which kind, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Customer or staff.
    pub kind: SubjectKind,
    /// Its id.
    pub id: uuid::Uuid,
}

impl Subject {
    /// A customer.
    pub fn customer(id: CustomerId) -> Self {
        Self { kind: SubjectKind::Customer, id: id.into() }
    }

    /// Somebody who works for the shop.
    pub fn staff(id: StaffId) -> Self {
        Self { kind: SubjectKind::Staff, id: id.into() }
    }

    /// Reads what a token of this kind names.
    pub fn parse(kind: SubjectKind, text: &str) -> Option<Self> {
        let id = match kind {
            SubjectKind::Customer => CustomerId::parse(text).ok()?.into(),
            SubjectKind::Staff => StaffId::parse(text).ok()?.into(),
        };
        Some(Self { kind, id })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            SubjectKind::Customer => CustomerId::from(self.id).fmt(f),
            SubjectKind::Staff => StaffId::from(self.id).fmt(f),
        }
    }
}
