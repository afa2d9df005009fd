//! What clients send of customers.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::address::Address;
use crate::commerce::cart::ClaimStrategy;
use crate::error::{Code, Error, Result};
use crate::types::json::check_metadata;
use crate::types::{CartId, Locale, Metadata, MetadataPatch, Patch, Secret};

/// Somebody who wants an account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerRegister {
    /// The address to log in with. A mail asks to prove it.
    #[schema(example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
    /// 8 to 128 characters of any kind; not one of the commonest.
    pub password: Secret,
    /// Name.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Phone.
    #[serde(default)]
    #[validate(length(min = 1, max = 40))]
    pub phone: Option<String>,
    /// The language that mail shall speak; the call's if absent.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// What marketing they agree to; absent: to none.
    #[serde(default)]
    #[validate(nested)]
    pub consents: Option<ConsentsUpdate>,
    /// What the app keeps with them.
    #[serde(default)]
    #[graphql(default)]
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Metadata,
}

/// Finishes registering.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerVerify {
    /// From the mail.
    pub token: Secret,
    /// The password that was chosen: whoever follows a link that a stranger asked for proves nothing.
    pub password: Secret,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
}

/// Somebody who logs in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerLogin {
    /// The account's address.
    #[schema(example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
    /// Its password.
    pub password: Secret,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// What an earlier log-in on this device answered as `device_token`.
    #[serde(default)]
    pub device_token: Option<Secret>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
}

/// A guest's cart to claim at log-in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct ClaimAtLogin {
    /// The cart.
    pub id: CartId,
    /// Its token; `Maru-Cart-Token` if absent.
    #[serde(default)]
    pub token: Option<Secret>,
    /// How it is put together with the account's cart.
    pub strategy: ClaimStrategy,
}

/// A refresh token to use.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct RefreshInput {
    /// The one that was answered last; absent where a cookie holds it.
    pub refresh_token: Option<Secret>,
}

impl RefreshInput {
    /// The token, where no cookie holds it.
    pub fn given(self) -> Result<Secret> {
        self.refresh_token
            .ok_or_else(|| Error::new(Code::Unauthenticated, "There is no refresh token, in the body or in a cookie: log in."))
    }
}

/// A CSRF token.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CsrfToken {
    /// Send it as `Maru-CSRF-Token` with whatever changes something.
    pub csrf_token: String,
}

/// A session to end.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct Logout {
    /// Names the session where no access token or cookie does, or it has expired.
    pub refresh_token: Option<Secret>,
}

/// An address alone.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct EmailOnly {
    /// E-mail address.
    #[schema(example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
}

/// Another password for an account whose own is forgotten.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// From the mail.
    pub token: Secret,
    /// 8 to 128 characters of any kind; not one of the commonest.
    pub password: Secret,
}

/// Another password for the account that is logged in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    /// The present one; absent where there is none yet.
    #[serde(default)]
    pub current_password: Option<Secret>,
    /// 8 to 128 characters of any kind; not one of the commonest.
    pub new_password: Secret,
}

/// The password, to confirm what cannot be undone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct PasswordConfirm {
    /// The present one; absent where there is none.
    pub password: Option<Secret>,
}

/// Another address for the account that is logged in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct EmailChange {
    /// The new one. Both addresses are asked by mail.
    #[schema(example = "mina.kim@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
    /// The present password; absent where there is none.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// Confirms a half of a change of address.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct EmailConfirm {
    /// From the mail.
    pub token: Secret,
}

/// Somebody who logs in, or registers, with a phone.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PhoneStart {
    /// A mobile number: `+82 10 1234 5678`, or as it is dialled in the channel's first country. It is sent a code.
    #[schema(example = "010-1234-5678")]
    #[validate(length(max = 40))]
    pub phone: String,
    /// What an earlier log-in on this device answered as `device_token`: strangers who have codes sent to the number do
    /// not make this device wait.
    #[serde(default)]
    pub device_token: Option<Secret>,
}

/// The code that a number was sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PhoneFinish {
    /// What asking for the code answered.
    pub challenge: Secret,
    /// From the message.
    pub code: Secret,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
    /// For a number without an account: who registers with it.
    #[serde(default)]
    #[validate(nested)]
    pub profile: Option<PhoneProfile>,
}

/// Somebody who registers with a phone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct PhoneProfile {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The language that messages shall speak; the call's if absent.
    pub locale: Option<Locale>,
    /// What marketing they agree to; absent: to none.
    #[validate(nested)]
    pub consents: Option<ConsentsUpdate>,
    /// What the app keeps with them.
    #[graphql(default)]
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Metadata,
}

/// Another number to log in with, for the account that is logged in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PhoneChangeStart {
    /// A mobile number. It is sent a code.
    #[schema(example = "010-1234-5678")]
    #[validate(length(max = 40))]
    pub phone: String,
    /// The present password; absent where there is none.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// The code that the new number was sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct PhoneChangeFinish {
    /// What asking for the code answered.
    pub challenge: Secret,
    /// From the message.
    pub code: Secret,
}

/// Changes to the own profile (RFC 7396: what is absent stays, null clears).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerUpdate {
    /// Name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 200))]
    pub name: Patch<String>,
    /// Phone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 40))]
    pub phone: Patch<String>,
    /// The language that mail speaks.
    #[serde(default)]
    #[schema(value_type = Option<Locale>)]
    pub locale: Patch<Locale>,
    /// What the app keeps with them: keys given are merged in, null removes a key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Consents that are given or taken back; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ConsentsUpdate {
    /// To marketing by e-mail.
    pub email: Option<bool>,
    /// To marketing by text message.
    pub sms: Option<bool>,
    /// To marketing by an app's notifications.
    pub push: Option<bool>,
    /// Where it was asked: `account` if absent, `registration` when registering.
    #[schema(example = "checkout")]
    #[validate(length(min = 1, max = 100))]
    pub source: Option<String>,
}

/// An address to add to the address book.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddressCreate {
    /// What the customer calls it.
    #[serde(default)]
    #[schema(example = "집")]
    #[validate(length(min = 1, max = 100))]
    pub label: Option<String>,
    /// The address.
    #[validate(nested)]
    pub address: Address,
    /// Makes it the default for shipping, in the place of another.
    #[serde(default)]
    #[graphql(default)]
    pub is_default_shipping: bool,
    /// Makes it the default for billing, in the place of another.
    #[serde(default)]
    #[graphql(default)]
    pub is_default_billing: bool,
}

/// Changes to an address (RFC 7396: what is absent stays, null clears; the address is replaced whole).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddressUpdate {
    /// What the customer calls it.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 100))]
    pub label: Patch<String>,
    /// The address.
    #[serde(default)]
    #[validate(nested)]
    pub address: Option<Address>,
    /// Whether it is the default for shipping.
    #[serde(default)]
    pub is_default_shipping: Option<bool>,
    /// Whether it is the default for billing.
    #[serde(default)]
    pub is_default_billing: Option<bool>,
}
