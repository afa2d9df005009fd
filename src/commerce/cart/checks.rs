//! What a cart's writes refuse, collected so that a client is told everything at once.

use super::price::{AGE_RESTRICTED, Facts, Priced, SHIPPING_OPTION_UNAVAILABLE};
use crate::commerce::address::Address;
use crate::commerce::auth::Caller;
use crate::commerce::catalog::Purchasable;
use crate::commerce::promotions::{self, Applied};
use crate::error::{Code, Error, FieldError, Result, check_at};
use crate::types::Metadata;
use crate::types::json::check_metadata;

/// How many of one variant a cart may hold.
pub(super) const MAX_QUANTITY: i32 = 10_000;
/// How many lines a cart may have.
pub(super) const MAX_LINES: usize = 200;
/// How many codes a cart may hold.
pub(super) const MAX_CODES: usize = 10;
/// The longest code, in characters.
const MAX_CODE_LENGTH: usize = 64;

/// Violations of one request.
#[derive(Default)]
pub(super) struct Violations {
    invalid: Vec<FieldError>,
    age: Vec<FieldError>,
    stock: Vec<FieldError>,
    codes: Vec<FieldError>,
}

impl Violations {
    pub(super) fn invalid(&mut self, pointer: impl Into<String>, code: &str, detail: impl Into<String>) {
        self.invalid.push(FieldError::new(pointer, code, detail));
    }

    /// Those of a failed check of a shape.
    pub(super) fn of_shape(&mut self, checked: Result<()>) {
        if let Err(error) = checked {
            self.invalid.extend(error.fields);
        }
    }

    /// Everything at once: what is invalid weighs most, then ages, then stock, then codes.
    pub(super) fn refuse(self) -> Result<()> {
        let Self { invalid, age, stock, codes } = self;
        let code = match (invalid.is_empty(), age.is_empty(), stock.is_empty(), codes.is_empty()) {
            (true, true, true, true) => return Ok(()),
            (false, ..) => Code::Invalid,
            (_, false, ..) => Code::AgeRestricted,
            (_, _, false, _) => Code::InsufficientStock,
            _ => Code::CodeNotApplicable,
        };
        let fields: Vec<FieldError> = invalid.into_iter().chain(age).chain(stock).chain(codes).collect();
        let detail = fields.first().map(|f| f.detail.clone()).unwrap_or_default();
        Err(Error::new(code, detail).with_fields(fields))
    }

    /// An e-mail address without the blanks around it.
    pub(super) fn email(&mut self, pointer: &str, email: &str) -> String {
        use validator::ValidateEmail;
        let trimmed = email.trim();
        if trimmed.len() > 254 || !trimmed.validate_email() {
            self.invalid(pointer, "email", "Not an e-mail address.");
        }
        trimmed.to_owned()
    }

    /// An address to send to.
    pub(super) fn shipping_address(&mut self, by: &Caller, pointer: &str, address: &Address) {
        self.of_shape(check_at(pointer, address));
        if !by.sells_to(address.country) {
            self.invalid(format!("{pointer}/country"), "not_sold_to", format!("This channel does not ship to {}.", address.country));
        }
    }

    pub(super) fn metadata(&mut self, pointer: &str, metadata: &Metadata) {
        if let Err(error) = check_metadata(metadata) {
            self.invalid(pointer, &error.code, error.message.unwrap_or_default());
        }
    }

    /// Whether an item is sold to the buyer, for their age; `pointer` is the line's.
    pub(super) fn age(&mut self, pointer: &str, item: &Purchasable, facts: &Facts) {
        if let Some(why) = facts.restricted(item) {
            self.age.push(FieldError::new(pointer, AGE_RESTRICTED, why));
        }
    }

    /// How many of an item a line may hold; `pointer` is the line's.
    pub(super) fn quantity(&mut self, pointer: &str, item: &Purchasable, quantity: i32) {
        let pointer = format!("{pointer}/quantity");
        if quantity > MAX_QUANTITY {
            self.invalid(pointer, "range", format!("A cart holds {MAX_QUANTITY} of one variant at most; this makes {quantity}."));
        } else if let Some(max) = item.max_per_order.filter(|max| quantity > *max) {
            self.invalid(pointer, "max_per_order", format!("An order may hold {max} of this at most; this makes {quantity}."));
        } else if let Some(left) = item.left().filter(|left| i64::from(quantity) > *left) {
            let detail = format!("{left} are left; this makes {quantity}.");
            self.stock.push(FieldError::new(pointer, Code::InsufficientStock.as_str(), detail));
        }
    }

    /// Adds codes to those a cart holds, each once; `at` points to the one of an index. Answers where in
    /// the cart the new ones are.
    pub(super) fn add_codes(&mut self, held: &mut Vec<String>, new: &[String], at: impl Fn(usize) -> String) -> Vec<(usize, String)> {
        let mut places = Vec::new();
        for (index, code) in new.iter().enumerate() {
            let code = promotions::normalise(code);
            if code.is_empty() || code.chars().count() > MAX_CODE_LENGTH {
                self.invalid(at(index), "length", format!("A code has 1 to {MAX_CODE_LENGTH} characters."));
            } else if !held.contains(&code) {
                places.push((held.len(), at(index)));
                held.push(code);
            }
        }
        if held.len() > MAX_CODES {
            self.invalid("/codes", "length", format!("A cart holds {MAX_CODES} codes at most."));
        }
        places
    }

    /// Refuses new codes that do not apply.
    pub(super) fn inapplicable(&mut self, priced: &Priced, places: Vec<(usize, String)>) {
        for (index, pointer) in places {
            if let Some(Applied::No { reason, detail, .. }) = priced.codes.get(index) {
                self.codes.push(FieldError::new(pointer, *reason, detail.clone()));
            }
        }
    }

    /// Refuses a shipping option that is not offered.
    pub(super) fn unavailable_option(&mut self, priced: &Priced) {
        if let Some(warning) = priced.warnings.iter().find(|w| w.code == SHIPPING_OPTION_UNAVAILABLE) {
            self.invalid("/shipping_option_id", "not_offered", warning.detail.clone());
        }
    }
}
