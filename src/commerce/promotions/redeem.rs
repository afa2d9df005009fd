//! Using promotions up, and giving them back.

use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::db::tables::{promotion_customer_uses as customers, promotion_redemptions as redemptions, promotions};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{OrderId, PromotionId, Timestamp};

/// Uses promotions up for an order: each counter is a guarded update, so a code with ten uses is used ten
/// times however many race; `code_not_applicable` when a limit is reached, the customer's own included
/// (customers are told apart by their normalised e-mail). Three statements a code, in id order.
pub fn redeem(tx: &mut Tx, order: OrderId, email: &str, uses: &[(PromotionId, i64)]) -> Result<()> {
    let customer = customer_key(email);
    let mut uses = uses.to_vec();
    uses.sort_by_key(|(id, _)| *id);
    for (promotion, amount) in uses {
        let (code, per_customer) = count(tx, promotion)?;
        count_customer(tx, promotion, &customer, per_customer)?
            .then_some(())
            .ok_or_else(|| Error::new(Code::CodeNotApplicable, format!("You have used the code {code} as often as you may.")))?;
        record(tx, order, promotion, &customer, amount)?;
    }
    Ok(())
}

/// Gives an order's uses back: cancelled, expired. Doing it again changes nothing. Two statements a code,
/// in id order, after one that takes the redemptions.
pub fn release(tx: &mut Tx, order: OrderId) -> Result<()> {
    let now = tx.now();
    let mut taken: Vec<(PromotionId, String)> = on_each!(tx, |c| diesel::update(
        redemptions::table.filter(redemptions::order_id.eq(order)).filter(redemptions::released_at.is_null())
    )
    .set(redemptions::released_at.eq(Some(now)))
    .returning((redemptions::promotion_id, redemptions::customer_key))
    .get_results(c))?;
    taken.sort();
    for (promotion, customer) in taken {
        on_each!(tx, |c| diesel::update(promotions::table.find(promotion)).set(promotions::used.eq(promotions::used - 1)).execute(c))?;
        on_each!(tx, |c| diesel::update(customers::table.find((promotion, &customer)))
            .set(customers::used.eq(customers::used - 1))
            .execute(c))?;
    }
    Ok(())
}

/// One more use, if there is one left: the code and the limit of each customer.
fn count(tx: &mut Tx, promotion: PromotionId) -> Result<(String, Option<i32>)> {
    let counted: Option<(String, Option<i32>)> = on_each!(tx, |c| diesel::update(
        promotions::table
            .find(promotion)
            .filter(promotions::active.eq(true))
            .filter(promotions::usage_limit.is_null().or(promotions::usage_limit.assume_not_null().gt(promotions::used)))
    )
    .set(promotions::used.eq(promotions::used + 1))
    .returning((promotions::code, promotions::per_customer_limit))
    .get_result(c)
    .optional())?;
    counted.ok_or_else(|| Error::new(Code::CodeNotApplicable, "A code of this cart has been used as often as it may."))
}

/// One more use of this customer; false if there is none left.
fn count_customer(tx: &mut Tx, promotion: PromotionId, customer: &str, limit: Option<i32>) -> Result<bool> {
    let limit = limit.unwrap_or(i32::MAX);
    let row = (customers::promotion_id.eq(promotion), customers::customer_key.eq(customer), customers::used.eq(1));
    let counted = on_each!(tx, |c| {
        let upsert = diesel::insert_into(customers::table)
            .values(row)
            .on_conflict((customers::promotion_id, customers::customer_key))
            .do_update()
            .set(customers::used.eq(customers::used + 1));
        diesel::query_dsl::methods::FilterDsl::filter(upsert, customers::used.lt(limit)).execute(c)
    })?;
    Ok(counted == 1)
}

/// The redemption itself; an order that gave it back and came to life again takes it anew.
fn record(tx: &mut Tx, order: OrderId, promotion: PromotionId, customer: &str, amount: i64) -> Result<()> {
    let now = tx.now();
    let row = (
        redemptions::promotion_id.eq(promotion),
        redemptions::order_id.eq(order),
        redemptions::customer_key.eq(customer),
        redemptions::amount.eq(amount),
        redemptions::created_at.eq(now),
    );
    let recorded = on_each!(tx, |c| {
        let upsert = diesel::insert_into(redemptions::table)
            .values(row)
            .on_conflict((redemptions::promotion_id, redemptions::order_id))
            .do_update()
            .set((
                redemptions::customer_key.eq(customer),
                redemptions::amount.eq(amount),
                redemptions::created_at.eq(now),
                redemptions::released_at.eq(None::<Timestamp>),
            ));
        diesel::query_dsl::methods::FilterDsl::filter(upsert, redemptions::released_at.is_not_null()).execute(c)
    })?;
    if recorded == 1 { Ok(()) } else { Err(Error::new(Code::Conflict, "This order has redeemed this code already.")) }
}

/// Who a customer is to a promotion, without keeping who they are: SHA-256 of the e-mail, trimmed, lower case.
fn customer_key(email: &str) -> String {
    hex::encode(Sha256::digest(email.trim().to_lowercase().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_known_whatever_the_case_of_their_email() {
        assert_eq!(customer_key(" Mina@Example.com"), customer_key("mina@example.com "));
        assert_ne!(customer_key("mina@example.com"), customer_key("mino@example.com"));
        assert_eq!(customer_key("x").len(), 64);
    }
}
