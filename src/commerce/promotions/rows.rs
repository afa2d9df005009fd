//! Promotions as the database keeps them.

use diesel::prelude::*;

use super::shapes::{Promotion, PromotionKind};
use crate::commerce::pricing::Gift;
use crate::db::tables::promotions;
use crate::types::{Currency, MinorUnits, PromotionId, Timestamp};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = promotions)]
pub(super) struct PromotionRow {
    pub id: PromotionId,
    pub code: String,
    pub name: String,
    pub kind: PromotionKind,
    pub percent_bp: Option<i32>,
    pub currency: Option<Currency>,
    pub amount: Option<i64>,
    pub minimum_spend: Option<i64>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub usage_limit: Option<i32>,
    pub per_customer_limit: Option<i32>,
    pub used: i32,
    pub active: bool,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What staff may change: all but the counter, which other transactions move meanwhile.
#[derive(AsChangeset)]
#[diesel(table_name = promotions, treat_none_as_null = true)]
pub(super) struct PromotionChange {
    pub name: String,
    pub percent_bp: Option<i32>,
    pub currency: Option<Currency>,
    pub amount: Option<i64>,
    pub minimum_spend: Option<i64>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub usage_limit: Option<i32>,
    pub per_customer_limit: Option<i32>,
    pub active: bool,
    pub version: i32,
    pub updated_at: Timestamp,
}

impl PromotionRow {
    /// What it gives.
    pub fn gift(&self) -> Gift {
        match self.kind {
            PromotionKind::Percentage => Gift::Percentage(self.percent_bp.unwrap_or(0)),
            PromotionKind::FixedAmount => Gift::FixedAmount(self.amount.unwrap_or(0)),
            PromotionKind::FreeShipping => Gift::FreeShipping,
        }
    }

    /// What an update writes of it.
    pub fn change(self) -> PromotionChange {
        PromotionChange {
            name: self.name,
            percent_bp: self.percent_bp,
            currency: self.currency,
            amount: self.amount,
            minimum_spend: self.minimum_spend,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            usage_limit: self.usage_limit,
            per_customer_limit: self.per_customer_limit,
            active: self.active,
            version: self.version,
            updated_at: self.updated_at,
        }
    }
}

impl From<PromotionRow> for Promotion {
    fn from(row: PromotionRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            kind: row.kind,
            percent_bp: row.percent_bp,
            currency: row.currency,
            amount: row.amount.map(MinorUnits),
            minimum_spend: row.minimum_spend.map(MinorUnits),
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            usage_limit: row.usage_limit,
            per_customer_limit: row.per_customer_limit,
            used: row.used,
            active: row.active,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
