//! Customers as clients see them.

use serde::{Deserialize, Serialize};

use crate::commerce::address::Address;
pub use crate::commerce::auth::standing::CustomerStatus;
use crate::commerce::cart::CartClaim;
use crate::commerce::idempotency::Answer;
use crate::types::text::text_enum;
use crate::types::{CustomerAddressId, CustomerId, Locale, Metadata, SessionId, Timestamp};

text_enum! {
    /// A way that marketing reaches a customer.
    pub enum ConsentChannel {
        /// E-mail.
        Email = "email",
        /// Text messages.
        Sms = "sms",
        /// Notifications of an app.
        Push = "push",
    }
}

/// A customer's account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Customer {
    /// Id.
    pub id: CustomerId,
    /// Where it stands.
    pub status: CustomerStatus,
    /// The address they log in with; null for whoever logs in another way, and once erased.
    #[schema(example = "mina@example.com")]
    pub email: Option<String>,
    /// Whether they proved to read it.
    pub email_verified: bool,
    /// Name.
    #[schema(example = "김미나")]
    pub name: Option<String>,
    /// Phone, as they wrote it: for parcels and questions.
    pub phone: Option<String>,
    /// The number they log in with, proved by a code (E.164); null: none.
    #[serde(default)]
    #[schema(required, example = "+821012345678")]
    pub login_phone: Option<String>,
    /// Since when their data is put away, because nobody came for long; null: it is here. A log-in brings it back.
    #[serde(default)]
    #[schema(required)]
    pub separated_at: Option<Timestamp>,
    /// The language that mail speaks to them.
    pub locale: Option<Locale>,
    /// Whether they can log in with a password.
    pub has_password: bool,
    /// What marketing they agreed to.
    pub consents: CustomerConsents,
    /// What the app keeps with them.
    pub metadata: Metadata,
    /// What staff tools keep with them; only staff sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub private_metadata: Option<Metadata>,
    /// Changes with every write.
    pub version: i32,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
    /// When the account was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for Customer {}

/// What marketing a customer agreed to, by the way it reaches them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerConsents {
    /// By e-mail.
    pub email: Consent,
    /// By text message.
    pub sms: Consent,
    /// By an app's notifications.
    pub push: Consent,
}

/// A consent as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Consent {
    /// Whether it is given.
    pub granted: bool,
    /// When it was last given or taken back; null: never asked.
    pub changed_at: Option<Timestamp>,
    /// Where: `registration`, `account`, `checkout`, ...
    pub source: Option<String>,
}

/// A consent that was given or taken back.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ConsentRecord {
    /// To what.
    pub channel: ConsentChannel,
    /// Given, or taken back.
    pub granted: bool,
    /// Where.
    pub source: String,
    /// When.
    pub created_at: Timestamp,
}

/// An address of a customer's address book.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerAddress {
    /// Id.
    pub id: CustomerAddressId,
    /// What the customer calls it.
    #[schema(example = "집")]
    pub label: Option<String>,
    /// The address.
    pub address: Address,
    /// Whether carts are sent there unless they say otherwise.
    pub is_default_shipping: bool,
    /// Whether bills go there unless carts say otherwise.
    pub is_default_billing: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for CustomerAddress {}

/// A customer's address book.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerAddresses {
    /// In the order they were added; 100 at most.
    pub data: Vec<CustomerAddress>,
}

/// A request that was taken. It says nothing about whom the shop knows.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Accepted {
    /// Always true: if there is something to do, a mail says what.
    pub accepted: bool,
}

/// A code was sent to a number. It says nothing about whom the shop knows.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PhoneChallenge {
    /// Send it back with the code. It opens nothing alone.
    pub challenge: String,
    /// How many digits the code has.
    #[schema(example = 6)]
    pub digits: i32,
    /// Until when both are good.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for PhoneChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PhoneChallenge(***, {})", self.expires_at)
    }
}

/// What a session calls with.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct AuthTokens {
    /// `Bearer`, or `Cookie` where cookies hold the tokens.
    #[schema(example = "Bearer")]
    pub token_type: String,
    /// Send it as `Authorization: Bearer ...`. It is good for 15 minutes. Null where a cookie holds it.
    pub access_token: Option<String>,
    /// For how many seconds it is good.
    pub expires_in: i32,
    /// When it stops being good.
    pub access_expires_at: Timestamp,
    /// Gives the next two tokens, once. Keep it where the device keeps secrets. Null where a cookie holds it.
    pub refresh_token: Option<String>,
    /// When it stops being good unless it is used.
    pub refresh_expires_at: Timestamp,
    /// The session: one device's.
    pub session_id: SessionId,
    /// Where cookies hold the tokens: send it as `Maru-CSRF-Token` with whatever changes something. Null otherwise.
    pub csrf_token: Option<String>,
}

impl std::fmt::Debug for AuthTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuthTokens({}, ***)", self.session_id)
    }
}

/// A customer who just logged in.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct LoggedIn {
    /// What to call with from now on.
    pub tokens: AuthTokens,
    /// Keep it, and send it with the next log-in on this device: strangers' failed log-ins do not slow it down then.
    pub device_token: String,
    /// Who.
    pub customer: Customer,
    /// What became of the guest's cart that was to be claimed; null: none was, or it is not there any more.
    pub claimed: Option<CartClaim>,
}

impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoggedIn({}, ***)", self.customer.id)
    }
}

/// A password that was set.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PasswordIsSet {
    /// How many other sessions ended with the old one.
    pub ended_sessions: i32,
}

/// A half of a change of address that was confirmed.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct EmailConfirmed {
    /// Whether both addresses have agreed, and the account's is the new one.
    pub changed: bool,
}

/// An address that was deleted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerDeleted {
    /// Its id.
    pub id: CustomerAddressId,
}

impl Answer for CustomerDeleted {}

/// An account that was erased.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerErased {
    /// Its id, which is all that is left.
    pub id: CustomerId,
    /// How many orders are kept, as the law asks, each until its `retain_until`.
    pub retained_orders: i32,
}

impl Answer for CustomerErased {}
