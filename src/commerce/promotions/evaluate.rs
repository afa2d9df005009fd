//! What the codes of a cart do.

use std::collections::HashSet;

use diesel::prelude::*;

use super::rows::PromotionRow;
use crate::commerce::pricing::Gift;
use crate::db::tables::promotions;
use crate::db::{Tx, any_of, look_up};
use crate::error::Result;
use crate::types::{Currency, Money, PromotionId, Timestamp};

/// What decides whether a code applies.
#[derive(Debug, Clone)]
pub struct Basket {
    /// Now.
    pub now: Timestamp,
    /// The cart's currency.
    pub currency: Currency,
    /// Sum of the lines before discounts.
    pub subtotal: i64,
}

/// What became of a code that a cart holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It applies.
    Yes {
        /// The promotion.
        promotion_id: PromotionId,
        /// As written in the shop.
        code: String,
        /// What it gives.
        gift: Gift,
    },
    /// It does not, and why: `unknown`, `not_started`, `ended`, `used_up`, `minimum_spend`, `currency`,
    /// `inactive`, `repeated`.
    No {
        /// As the customer wrote it.
        code: String,
        /// Stable word.
        reason: &'static str,
        /// For people.
        detail: String,
    },
}

/// What each code of a cart does, in the order given: one statement, none without codes. Whether the
/// customer has used it too often is seen when it is redeemed.
pub fn evaluate(tx: &mut Tx, codes: &[String], basket: &Basket) -> Result<Vec<Applied>> {
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<String> = codes.iter().map(|code| normalise(code)).collect();
    let wanted: Vec<&str> = any_of(&asked.iter().map(String::as_str).collect::<Vec<_>>());
    let rows: Vec<PromotionRow> =
        look_up!(tx, |c| promotions::table.filter(promotions::code.eq_any(&wanted)).select(PromotionRow::as_select()).load(c))?;
    let mut seen = HashSet::new();
    let answers = codes.iter().zip(&asked).map(|(code, asked)| {
        let no = |reason, detail: String| Applied::No { code: code.clone(), reason, detail };
        if !seen.insert(asked) {
            return no("repeated", "A code counts once.".to_owned());
        }
        let Some(row) = rows.iter().find(|row| row.code == *asked) else {
            return no("unknown", "There is no such code.".to_owned());
        };
        match refusal(row, basket) {
            Some((reason, detail)) => no(reason, detail),
            None => Applied::Yes { promotion_id: row.id, code: row.code.clone(), gift: row.gift() },
        }
    });
    Ok(answers.collect())
}

/// A code as it is compared: trimmed, upper case.
pub fn normalise(code: &str) -> String {
    code.trim().to_uppercase()
}

/// Why a promotion does not apply, if so.
fn refusal(row: &PromotionRow, basket: &Basket) -> Option<(&'static str, String)> {
    let no = |reason, detail: &str| Some((reason, detail.to_owned()));
    if !row.active {
        return no("inactive", "This code is not in use.");
    }
    if let Some(starts) = row.starts_at.filter(|at| basket.now < *at) {
        return no("not_started", &format!("This code works from {starts} on."));
    }
    if row.ends_at.is_some_and(|at| basket.now >= at) {
        return no("ended", "This code is over.");
    }
    if row.usage_limit.is_some_and(|limit| row.used >= limit) {
        return no("used_up", "This code has been used as often as it may.");
    }
    if let Some(currency) = row.currency.filter(|c| *c != basket.currency) {
        return no("currency", &format!("This code works for {currency}."));
    }
    match row.minimum_spend.filter(|minimum| basket.subtotal < *minimum) {
        Some(minimum) => no("minimum_spend", &format!("This code works from {} on.", Money::new(minimum, basket.currency))),
        None => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::shapes::PromotionKind;
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    fn promotion() -> PromotionRow {
        PromotionRow {
            id: uuid::Uuid::nil().into(),
            code: "TEN".into(),
            name: "Ten".into(),
            kind: PromotionKind::Percentage,
            percent_bp: Some(1_000),
            currency: Some(Currency::KRW),
            amount: None,
            minimum_spend: Some(10_000),
            starts_at: Some(at(100)),
            ends_at: Some(at(200)),
            usage_limit: Some(10),
            per_customer_limit: None,
            used: 9,
            active: true,
            version: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    #[test]
    fn every_condition_has_its_word() {
        let fits = Basket { now: at(150), currency: Currency::KRW, subtotal: 10_000 };
        let why = |row: PromotionRow, basket: &Basket| refusal(&row, basket).map(|(reason, _)| reason);
        assert_eq!(why(promotion(), &fits), None);
        assert_eq!(why(promotion(), &Basket { now: at(100), ..fits.clone() }), None, "from the first moment on");
        assert_eq!(why(promotion(), &Basket { now: at(99), ..fits.clone() }), Some("not_started"));
        assert_eq!(why(promotion(), &Basket { now: at(200), ..fits.clone() }), Some("ended"), "the end is exclusive");
        assert_eq!(why(promotion(), &Basket { subtotal: 9_999, ..fits.clone() }), Some("minimum_spend"));
        assert_eq!(why(promotion(), &Basket { currency: Currency::parse("USD").unwrap(), ..fits.clone() }), Some("currency"));
        assert_eq!(why(PromotionRow { used: 10, ..promotion() }, &fits), Some("used_up"));
        assert_eq!(why(PromotionRow { active: false, ..promotion() }, &fits), Some("inactive"));
    }

    #[test]
    fn codes_are_compared_without_case_and_space() {
        assert_eq!(normalise(" welcome10 "), "WELCOME10");
    }
}
