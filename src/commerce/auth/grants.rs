//! Nobody grants what they do not have: no permission, no channel, no address and no time.

use super::{Actor, Caller, Permission};
use crate::error::{Code, Error, Result};
use crate::types::network::Networks;
use crate::types::{ChannelId, Timestamp};

/// Nobody grants what they do not have: no permission, and no channel beside their own.
pub fn may_grant(by: &Caller, permissions: &[Permission], channel: Option<ChannelId>) -> Result<()> {
    if let Some(missing) = permissions.iter().find(|p| !by.may(**p)) {
        return Err(Error::new(Code::Forbidden, format!("You cannot grant {missing}: you do not have it.")));
    }
    if by.only_channel().is_some() && by.only_channel() != channel {
        return Err(Error::new(Code::Forbidden, "You cannot grant more than your own channel: set channel_id."));
    }
    Ok(())
}

/// A key makes no secret key that is good for longer, or from elsewhere, than itself. Publishable ones open nothing, so it
/// does not matter where and until when.
pub(super) fn may_issue(by: &Caller, allowed_addresses: &[String], expires_at: Option<Timestamp>) -> Result<()> {
    let Actor::Key { networks, expires_at: own_end, .. } = &by.actor else { return Ok(()) };
    if own_end.is_some_and(|end| expires_at.is_none_or(|at| at > end)) {
        return Err(Error::new(Code::Forbidden, "You cannot grant more time than your own key has: set expires_at."));
    }
    let asked = Networks::of(allowed_addresses).map_err(|problem| Error::invalid_field("/allowed_addresses", "format", problem))?;
    if !networks.is_empty() && (asked.is_empty() || !networks.include(&asked)) {
        return Err(Error::new(Code::Forbidden, "You cannot grant other addresses than your own key's: set allowed_addresses."));
    }
    Ok(())
}

/// A time that is no later than the caller's own, if they are a key that has one.
pub(super) fn no_later(by: &Caller, at: Option<Timestamp>) -> Option<Timestamp> {
    let own = match &by.actor {
        Actor::Key { expires_at, .. } => *expires_at,
        _ => None,
    };
    at.into_iter().chain(own).min()
}
