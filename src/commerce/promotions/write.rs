//! Making and changing promotions.

use diesel::prelude::*;

use super::evaluate::normalise;
use super::queries::load;
use super::rows::PromotionRow;
use super::shapes::{Promotion, PromotionCreate, PromotionKind, PromotionUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::promotions;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, OnUnique, Result, check};
use crate::types::PromotionId;
use crate::types::money::MAX_AMOUNT;

/// Makes a promotion; `already_exists` if its code is taken, whatever its case.
pub fn create(tx: &mut Tx, by: &Caller, input: PromotionCreate) -> Result<Promotion> {
    by.require(Permission::PromotionsWrite)?;
    check(&input)?;
    let row = PromotionRow {
        id: tx.new_id(),
        code: normalise(&input.code),
        name: input.name,
        kind: input.kind,
        percent_bp: input.percent_bp,
        currency: input.currency,
        amount: input.amount.map(|m| m.0),
        minimum_spend: input.minimum_spend.map(|m| m.0),
        starts_at: input.starts_at,
        ends_at: input.ends_at,
        usage_limit: input.usage_limit,
        per_customer_limit: input.per_customer_limit,
        used: 0,
        active: true,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check_consistent(&row)?;
    on_each!(tx, |c| diesel::insert_into(promotions::table).values(&row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "A promotion has this code already."))?;
    let promotion = Promotion::from(row);
    events::emit(tx, "promotion.created", Some(promotion.id.into()), &promotion)?;
    Ok(promotion)
}

/// Changes a promotion. `expected_version` refuses to write over a version not seen (412).
pub fn update(tx: &mut Tx, by: &Caller, id: PromotionId, expected_version: Option<i32>, input: PromotionUpdate) -> Result<Promotion> {
    by.require(Permission::PromotionsWrite)?;
    check(&input)?;
    let mut row = load(tx, id)?;
    let seen = row.version;
    if expected_version.is_some_and(|v| v != seen) {
        return Err(Error::new(Code::VersionMismatch, format!("The promotion is at version {seen} now.")));
    }
    apply(&mut row, input);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    check_consistent(&row)?;
    // An order may use it while we look: the limit is compared with the counter as it is then.
    let limit = row.usage_limit.unwrap_or(i32::MAX);
    let change = row.change();
    let changed: Option<PromotionRow> = on_each!(tx, |c| diesel::update(
        promotions::table.find(id).filter(promotions::version.eq(seen)).filter(promotions::used.le(limit))
    )
    .set(&change)
    .returning(PromotionRow::as_returning())
    .get_result(c)
    .optional())?;
    let Some(row) = changed else {
        let now = load(tx, id)?;
        return Err(if now.version == seen {
            Error::invalid_field("/usage_limit", "range", format!("{} orders use it already.", now.used))
        } else {
            Error::new(Code::VersionMismatch, "The promotion changed meanwhile.")
        });
    };
    let promotion = Promotion::from(row);
    events::emit(tx, "promotion.updated", Some(id.into()), &promotion)?;
    Ok(promotion)
}

/// Takes a promotion out of use; orders that used it keep what it gave. Doing it again changes nothing.
pub fn deactivate(tx: &mut Tx, by: &Caller, id: PromotionId, expected_version: Option<i32>) -> Result<Promotion> {
    by.require(Permission::PromotionsWrite)?;
    let row = load(tx, id)?;
    if !row.active {
        return Ok(row.into());
    }
    update(tx, by, id, expected_version, PromotionUpdate { active: Some(false), ..PromotionUpdate::default() })
}

fn apply(row: &mut PromotionRow, input: PromotionUpdate) {
    row.name = input.name.unwrap_or_else(|| std::mem::take(&mut row.name));
    row.percent_bp = input.percent_bp.or(row.percent_bp);
    input.currency.apply(&mut row.currency);
    row.amount = input.amount.map(|m| m.0).or(row.amount);
    input.minimum_spend.map(|m| m.0).apply(&mut row.minimum_spend);
    input.starts_at.apply(&mut row.starts_at);
    input.ends_at.apply(&mut row.ends_at);
    input.usage_limit.apply(&mut row.usage_limit);
    input.per_customer_limit.apply(&mut row.per_customer_limit);
    row.active = input.active.unwrap_or(row.active);
}

/// Each kind has what it needs and nothing else.
fn check_consistent(row: &PromotionRow) -> Result<()> {
    let mut fields = Vec::new();
    let mut refuse = |name: &str, code: &str, detail: &str| fields.push(FieldError::new(format!("/{name}"), code, detail));
    if !row.code.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_') {
        refuse("code", "format", "Letters, digits, `-` and `_` only.");
    }
    match (row.kind == PromotionKind::Percentage, row.percent_bp) {
        (true, None) => refuse("percent_bp", "required", "A percentage needs `percent_bp`."),
        (false, Some(_)) => refuse("percent_bp", "not_of_this_kind", "Only a percentage has `percent_bp`."),
        _ => {}
    }
    match (row.kind == PromotionKind::FixedAmount, row.amount) {
        (true, None) => refuse("amount", "required", "A fixed amount needs `amount`."),
        (false, Some(_)) => refuse("amount", "not_of_this_kind", "Only a fixed amount has `amount`."),
        (_, Some(amount)) if !(1..=MAX_AMOUNT).contains(&amount) => {
            refuse("amount", "range", "Must be at least 1 and not beyond what money can be.")
        }
        _ => {}
    }
    if row.minimum_spend.is_some_and(|m| !(0..=MAX_AMOUNT).contains(&m)) {
        refuse("minimum_spend", "range", "Must be at least 0 and not beyond what money can be.");
    }
    if row.currency.is_none() && (row.amount.is_some() || row.minimum_spend.is_some()) {
        refuse("currency", "required", "`amount` and `minimum_spend` need a currency.");
    }
    if let (Some(starts), Some(ends)) = (row.starts_at, row.ends_at)
        && starts >= ends
    {
        refuse("ends_at", "range", "Must be after `starts_at`.");
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}
