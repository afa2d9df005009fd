//! Who is calling and what they may do. Every rule that needs a right asks for it in its first line
//! with [`Caller::require`] or [`Caller::customer`]. What accounts of every kind are made of lies here: passwords,
//! sessions, access tokens, proofs by mail and by text message, waits after failed log-ins. The accounts themselves have rooms of their own.

pub mod attempts;
pub mod codes;
pub mod csrf;
pub mod devices;
mod grants;
mod keys;
pub mod passkeys;
pub mod passwords;
mod permissions;
pub mod proofs;
mod rotate;
pub mod sealing;
pub mod sessions;
pub mod standing;
mod subject;
pub mod tokens;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use grants::may_grant;
pub use keys::{
    ApiKey, ApiKeyCreate, ApiKeyFilter, ApiKeyKind, IssuedKey, KeyIdentity, authenticate, create_key, lasting_publishable_key, list_keys,
    note_use, permissions_of_key, renew_key, revoke_key,
};
pub use permissions::Permission;
pub use proofs::ProofKind;
pub use rotate::{KeyRotate, rotate_key};
pub use subject::{Subject, SubjectKind};
pub use tokens::Identity;

use crate::commerce::channels::{Channel, Scope};
use crate::commerce::secrets;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::network::Networks;
use crate::types::{ChannelId, Country, CustomerId, KeyId, Locale, SessionId, StaffId, Timestamp};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A shopper without an account.
    Guest,
    /// A shopper who is logged in.
    Customer {
        /// Who.
        id: CustomerId,
        /// The session, one device's.
        session: SessionId,
        /// When that session last gave a password or another factor.
        authenticated_at: Timestamp,
    },
    /// An API key with its permissions.
    Key {
        /// The key.
        id: KeyId,
        /// What it may do.
        permissions: Arc<[Permission]>,
        /// The one channel whose carts, orders and settings it may see, if it is limited to one.
        channel_id: Option<ChannelId>,
        /// The addresses that it may be used from; none said: everywhere.
        networks: Networks,
        /// When it stops working.
        expires_at: Option<Timestamp>,
    },
    /// Somebody who works for the shop and is logged in.
    Staff {
        /// Who.
        id: StaffId,
        /// The session, one device's.
        session: SessionId,
        /// When that session last gave a password or another factor.
        authenticated_at: Timestamp,
        /// Until when that is recent enough for what matters most.
        fresh_until: Timestamp,
        /// What their roles let them do.
        permissions: Arc<[Permission]>,
        /// Whether they must set up a second factor before they do anything else.
        must_enrol: bool,
    },
    /// The server itself: a job or a command of its operator, by name.
    System(&'static str),
}

/// The caller of a rule: who, through which channel, in which language, with which secrets.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who acts.
    pub actor: Actor,
    /// The channel of the call: the publishable key's, or the default one.
    pub channel: Arc<Channel>,
    /// The locale to answer in, one of the channel's.
    pub locale: Locale,
    /// The secret of a guest's cart, from `Maru-Cart-Token`.
    pub cart_token: Option<SecretString>,
    /// The secret of a guest's order, from `Maru-Order-Token`.
    pub order_token: Option<SecretString>,
    /// Where a guest calls from (a digest of address and user agent): never a credential.
    pub origin: String,
    /// The address of the client, past the proxies that are trusted; none for the server itself.
    pub address: Option<IpAddr>,
    /// The id of the request, which finds it in the log; empty for the server itself.
    pub request_id: String,
}

impl Caller {
    /// The server itself, in a channel.
    pub fn system(name: &'static str, channel: Arc<Channel>) -> Self {
        let locale = channel.default_locale.clone();
        Self {
            actor: Actor::System(name),
            channel,
            locale,
            cart_token: None,
            order_token: None,
            origin: String::new(),
            address: None,
            request_id: String::new(),
        }
    }

    /// What the caller's public reads depend on.
    pub fn scope(&self) -> Scope {
        Scope { channel: self.channel.clone(), locale: self.locale.clone() }
    }

    /// Refuses a caller without the permission: 401 for nobody, 403 for a key or staff that lack it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        match &self.actor {
            Actor::System(_) => Ok(()),
            Actor::Guest => {
                Err(Error::new(Code::Unauthenticated, "This needs an API key or a staff access token: Authorization: Bearer ..."))
            }
            Actor::Staff { must_enrol: true, .. } => Err(enrol_first()),
            Actor::Key { permissions, .. } | Actor::Staff { permissions, .. } if permissions.iter().any(|p| p.allows(permission)) => Ok(()),
            Actor::Key { .. } | Actor::Staff { .. } => Err(Error::new(Code::Forbidden, format!("This needs the permission {permission}."))),
            Actor::Customer { .. } => Err(Error::new(Code::Forbidden, "This is for staff.")),
        }
    }

    /// The same of something that belongs to no channel: one who is limited to a channel is refused.
    pub fn require_everywhere(&self, permission: Permission) -> Result<()> {
        self.require(permission)?;
        match self.only_channel() {
            Some(_) => Err(Error::new(Code::Forbidden, "This key is limited to one channel; this concerns all of them.")),
            None => Ok(()),
        }
    }

    /// The same of what matters most, such as money and keys: staff must have given a password or code just now. Keys
    /// are not asked.
    pub fn require_fresh(&self, tx: &Tx, permission: Permission) -> Result<()> {
        self.require(permission)?;
        self.fresh(tx)
    }

    /// Refuses staff whose last password or code is too long ago.
    pub fn fresh(&self, tx: &Tx) -> Result<()> {
        match &self.actor {
            Actor::Staff { fresh_until, .. } if *fresh_until < tx.now() => Err(Error::new(
                Code::ReauthenticationRequired,
                "Confirm who you are first: POST /admin/v1/auth/step-up (GraphQL: staffStepUp), then again with the token that it answers.",
            )),
            _ => Ok(()),
        }
    }

    /// The one channel that the caller is limited to.
    pub fn only_channel(&self) -> Option<ChannelId> {
        match &self.actor {
            Actor::Key { channel_id, .. } => *channel_id,
            Actor::Guest | Actor::Customer { .. } | Actor::Staff { .. } | Actor::System(_) => None,
        }
    }

    /// Whether what belongs to this channel is in the caller's reach. What is not must look as if it were not there.
    pub fn reaches(&self, channel: ChannelId) -> bool {
        self.only_channel().is_none_or(|only| only == channel)
    }

    /// The account that is logged in, a customer's or staff's: 401 for nobody, 403 for a key, which is no account.
    pub fn account(&self) -> Result<Identity> {
        match &self.actor {
            Actor::Customer { id, session, authenticated_at } => {
                Ok(Identity { subject: Subject::customer(*id), session: *session, authenticated_at: *authenticated_at })
            }
            Actor::Staff { id, session, authenticated_at, .. } => {
                Ok(Identity { subject: Subject::staff(*id), session: *session, authenticated_at: *authenticated_at })
            }
            Actor::Guest => Err(Error::new(Code::Unauthenticated, "This needs an account's access token: Authorization: Bearer ...")),
            Actor::Key { .. } | Actor::System(_) => Err(Error::new(Code::Forbidden, "This is an account's own: log in as one.")),
        }
    }

    /// The customer who is logged in: 401 for nobody, 403 for staff and keys.
    pub fn customer(&self) -> Result<CustomerId> {
        match &self.actor {
            Actor::Customer { id, .. } => Ok(*id),
            Actor::Staff { .. } => Err(Error::new(Code::Forbidden, "This is a customer's own.")),
            _ => self.account().map(|identity| identity.subject.id.into()),
        }
    }

    /// Who of the staff is logged in: 401 for nobody, 403 for a key and for who must set up a second factor first.
    pub fn staff(&self) -> Result<StaffId> {
        match &self.actor {
            Actor::Staff { must_enrol: true, .. } => Err(enrol_first()),
            _ => self.enrolling_staff(),
        }
    }

    /// The same of what one does to set up a second factor.
    pub fn enrolling_staff(&self) -> Result<StaffId> {
        match &self.actor {
            Actor::Staff { id, .. } => Ok(*id),
            Actor::Customer { .. } => Err(Error::new(Code::Forbidden, "This is for staff.")),
            _ => self.account().map(|identity| identity.subject.id.into()),
        }
    }

    /// Whose new carts and orders are: the customer's who is logged in, or nobody's.
    pub fn customer_id(&self) -> Option<CustomerId> {
        match &self.actor {
            Actor::Customer { id, .. } => Some(*id),
            Actor::Guest | Actor::Key { .. } | Actor::Staff { .. } | Actor::System(_) => None,
        }
    }

    /// Whether the caller works for the shop: staff, a key, or the server itself.
    pub fn is_staff(&self) -> bool {
        matches!(self.actor, Actor::Key { .. } | Actor::Staff { .. } | Actor::System(_))
    }

    /// Whether the caller has the permission.
    pub fn may(&self, permission: Permission) -> bool {
        self.require(permission).is_ok()
    }

    /// Whether the caller presented this secret for a cart.
    pub fn holds_cart_token(&self, hash: &str) -> bool {
        self.cart_token.as_ref().is_some_and(|t| secrets::matches(t.expose_secret(), hash))
    }

    /// Whether the caller presented this secret for an order.
    pub fn holds_order_token(&self, hash: &str) -> bool {
        self.order_token.as_ref().is_some_and(|t| secrets::matches(t.expose_secret(), hash))
    }

    /// Whether the channel sells to this country.
    pub fn sells_to(&self, country: Country) -> bool {
        self.channel.countries.contains(&country)
    }

    /// Who acts, for ledgers and timelines: `guest`, `cus_...`, `usr_...`, `key_...`, `system:expiry`.
    pub fn name(&self) -> String {
        match &self.actor {
            Actor::Guest => "guest".to_owned(),
            Actor::Customer { id, .. } => id.to_string(),
            Actor::Staff { id, .. } => id.to_string(),
            Actor::Key { id, .. } => id.to_string(),
            Actor::System(name) => format!("system:{name}"),
        }
    }
}

fn enrol_first() -> Error {
    Error::new(
        Code::TotpEnrolmentRequired,
        "This shop's staff needs a second factor: POST /admin/v1/me/totp, then /admin/v1/me/totp/confirm (GraphQL: staffTotpEnrol, staffTotpConfirm).",
    )
}

/// Forgets sessions, proofs, failed log-ins and signing keys past their time; answers how many.
pub fn purge(tx: &mut Tx) -> Result<usize> {
    let forgotten = [
        sessions::purge(tx)?,
        proofs::purge(tx)?,
        codes::purge(tx)?,
        attempts::purge(tx)?,
        passkeys::purge(tx)?,
        tokens::purge_signing_keys(tx)?,
    ];
    Ok(forgotten.iter().sum())
}
