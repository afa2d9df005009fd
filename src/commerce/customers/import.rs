//! Customers who were hashed elsewhere: they log in with the password that they have, and are hashed anew then.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::inputs::ConsentsUpdate;
use super::rows::{CustomerRow, EmailAddress};
use super::{consents, phone};
use crate::commerce::auth::passwords::check_imported;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::commerce::idempotency::Answer;
use crate::db::tables::customers;
use crate::db::{Tx, on_each};
use crate::error::{Error, FieldError, Result, check_at};
use crate::types::json::check_metadata;
use crate::types::text::text_enum;
use crate::types::{CustomerId, Json, Locale, Metadata, Secret, Timestamp};

/// Where an imported customer's consents come from, unless the item says otherwise.
const SOURCE: &str = "import";
/// How many customers one request brings.
const MOST: usize = 1_000;

/// Customers to import.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerImport {
    /// Up to 1,000.
    #[schema(max_items = 1000)]
    pub customers: Vec<CustomerImportItem>,
}

/// A customer to import.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerImportItem {
    /// The address they log in with; absent for whoever logs in with a phone alone.
    #[serde(default)]
    #[schema(example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: Option<String>,
    /// The number they log in with, which the other system had them prove: E.164, or as it is dialled in the channel's
    /// first country.
    #[serde(default)]
    #[schema(example = "+821012345678")]
    #[validate(length(max = 40))]
    pub login_phone: Option<String>,
    /// Whether the other system had them prove it: if so a guest's orders with it become theirs.
    #[serde(default)]
    #[graphql(default)]
    pub email_verified: bool,
    /// The password's hash: argon2 (`$argon2id$...`), bcrypt (`$2b$...`), Django's `pbkdf2_sha256$...`. Absent: they
    /// set one by `password/forgot`.
    #[serde(default)]
    pub password_hash: Option<Secret>,
    /// Name.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Phone.
    #[serde(default)]
    #[validate(length(min = 1, max = 40))]
    pub phone: Option<String>,
    /// The language that mail speaks.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// What marketing they agreed to.
    #[serde(default)]
    #[validate(nested)]
    pub consents: Option<ConsentsUpdate>,
    /// What the app keeps with them.
    #[serde(default)]
    #[graphql(default)]
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Metadata,
    /// When they came; now if absent.
    #[serde(default)]
    pub created_at: Option<Timestamp>,
}

text_enum! {
    /// What became of an item.
    pub enum ImportOutcome {
        /// It is a customer now.
        Created = "created",
        /// A customer with this address or number was there already, and is as before.
        Exists = "exists",
        /// It is not valid; `errors` says why.
        Invalid = "invalid",
    }
}

/// What became of one item.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerImported {
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The customer that was made.
    pub id: Option<CustomerId>,
    /// Every violation; pointers are into the request.
    pub errors: Vec<FieldError>,
}

/// What became of each item, in order.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomersImported {
    /// One for each item.
    pub data: Vec<CustomerImported>,
    /// How many customers were made.
    pub created: i32,
}

impl Answer for CustomersImported {}

/// Imports customers; an item that is not valid, or is there already, keeps no other out. Needs `customers:write`.
pub fn import(tx: &mut Tx, by: &Caller, input: CustomerImport) -> Result<CustomersImported> {
    by.require(Permission::CustomersWrite)?;
    if input.customers.is_empty() || input.customers.len() > MOST {
        return Err(Error::invalid_field("/customers", "length", format!("1 to {MOST} customers at once.")));
    }
    let mut answer = CustomersImported { data: Vec::with_capacity(input.customers.len()), created: 0 };
    for (index, item) in input.customers.into_iter().enumerate() {
        let outcome = match one(tx, by, &format!("/customers/{index}"), item) {
            Ok(Some(id)) => CustomerImported { outcome: ImportOutcome::Created, id: Some(id), errors: Vec::new() },
            Ok(None) => CustomerImported { outcome: ImportOutcome::Exists, id: None, errors: Vec::new() },
            Err(error) if !error.fields.is_empty() => CustomerImported { outcome: ImportOutcome::Invalid, id: None, errors: error.fields },
            Err(error) => return Err(error),
        };
        answer.created = answer.created.saturating_add(i32::from(outcome.outcome == ImportOutcome::Created));
        answer.data.push(outcome);
    }
    events::emit(tx, "customers.imported", None, &json!({"created": answer.created}))?;
    Ok(answer)
}

fn one(tx: &mut Tx, by: &Caller, pointer: &str, item: CustomerImportItem) -> Result<Option<CustomerId>> {
    check_at(pointer, &item)?;
    let email = item.email.as_deref().map(|email| EmailAddress::parse(&format!("{pointer}/email"), email)).transpose()?;
    let login_phone = item.login_phone.as_deref().map(|text| phone::read(by, &format!("{pointer}/login_phone"), text)).transpose()?;
    if email.is_none() && login_phone.is_none() {
        return Err(Error::invalid_field(format!("{pointer}/email"), "required", "An address or a phone number to log in with."));
    }
    if let Some(hash) = &item.password_hash {
        check_imported(hash.expose()).map_err(|why| Error::invalid_field(format!("{pointer}/password_hash"), "password_hash", why))?;
    }
    if item.created_at.is_some_and(|at| at > tx.now()) {
        return Err(Error::invalid_field(format!("{pointer}/created_at"), "range", "Must not be in the future."));
    }
    let mut row = CustomerRow {
        email_verified_at: email.as_ref().filter(|_| item.email_verified).map(|_| tx.now()),
        email_key: email.as_ref().map(|email| email.key.clone()),
        email: email.as_ref().map(|email| email.text.clone()),
        login_phone_verified_at: login_phone.as_ref().map(|_| tx.now()),
        login_phone: login_phone.map(|phone| phone.e164().to_owned()),
        name: item.name,
        phone: item.phone,
        locale: item.locale,
        password_hash: item.password_hash.map(|hash| hash.expose().to_owned()),
        metadata: Json(item.metadata),
        ..CustomerRow::blank(tx)
    };
    row.created_at = item.created_at.unwrap_or(row.created_at);
    let records = item.consents.map(|update| consents::apply(tx, &mut row, update, SOURCE)).unwrap_or_default();
    // Whichever of both another has.
    let made = on_each!(tx, |c| diesel::insert_into(customers::table).values(&row).on_conflict_do_nothing().execute(c))?;
    if made == 0 {
        return Ok(None);
    }
    consents::insert(tx, &records)?;
    if let Some(email) = email.filter(|_| item.email_verified) {
        crate::commerce::orders::claim_by_email(tx, row.id, &email.text)?;
    }
    Ok(Some(row.id))
}
