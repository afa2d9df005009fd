//! Who is calling and what they may do. Every rule that needs a right asks for it in its first line
//! with [`Caller::require`]. Customer accounts and staff log-in are not here yet: store callers are
//! guests who hold the secret of their cart or order.

mod keys;
mod permissions;
mod rotate;

use std::net::IpAddr;
use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

pub use keys::{
    ApiKey, ApiKeyCreate, ApiKeyKind, IssuedKey, KeyIdentity, authenticate, create_key, lasting_publishable_key, list_keys, note_use,
    renew_key, revoke_key,
};
pub use permissions::Permission;
pub use rotate::{KeyRotate, rotate_key};

use crate::commerce::channels::{Channel, Scope};
use crate::commerce::secrets;
use crate::error::{Code, Error, Result};
use crate::types::{ChannelId, Country, KeyId, Locale};

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// A shopper without an account.
    Guest,
    /// An API key with its permissions.
    Key {
        /// The key.
        id: KeyId,
        /// What it may do.
        permissions: Arc<[Permission]>,
        /// The one channel whose carts, orders and settings it may see, if it is limited to one.
        channel_id: Option<ChannelId>,
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

    /// Refuses a caller without the permission: 401 for nobody, 403 for a key that lacks it.
    pub fn require(&self, permission: Permission) -> Result<()> {
        match &self.actor {
            Actor::System(_) => Ok(()),
            Actor::Guest => Err(Error::new(Code::Unauthenticated, "This needs an API key: Authorization: Bearer msk_...")),
            Actor::Key { permissions, .. } if permissions.iter().any(|p| p.allows(permission)) => Ok(()),
            Actor::Key { .. } => Err(Error::new(Code::Forbidden, format!("This needs the permission {permission}."))),
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

    /// The one channel that the caller is limited to.
    pub fn only_channel(&self) -> Option<ChannelId> {
        match &self.actor {
            Actor::Key { channel_id, .. } => *channel_id,
            Actor::Guest | Actor::System(_) => None,
        }
    }

    /// Whether what belongs to this channel is in the caller's reach. What is not must look as if it were not there.
    pub fn reaches(&self, channel: ChannelId) -> bool {
        self.only_channel().is_none_or(|only| only == channel)
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

    /// Who acts, for ledgers and timelines: `guest`, `key_...`, `system:expiry`.
    pub fn name(&self) -> String {
        match &self.actor {
            Actor::Guest => "guest".to_owned(),
            Actor::Key { id, .. } => id.to_string(),
            Actor::System(name) => format!("system:{name}"),
        }
    }
}
