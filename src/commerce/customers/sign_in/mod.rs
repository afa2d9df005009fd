//! Signing in with others: customers whom a provider knows ([`crate::providers::sign_in`]). An identity is an issuer
//! and a subject, never an address. One that is not known yet opens the account whose address the provider says it
//! verified, or a new one; without such an address nobody's account is opened, and the answer is the same whether the
//! address has one. Linking and unlinking are for whoever is logged in; the last way to log in stays.

mod attempts;
mod finish;
mod inputs;
mod link;
mod rows;
mod shapes;
mod start;

pub use finish::{finish_sign_in, sign_in_with_id_token};
pub use inputs::{IdTokenSignIn, IdentityLink, IdentityLinkIdToken, IdentityLinkStart, SignInFinish, SignInStart};
pub use link::{identities_of_customer, link_id_token, link_identity, list_identities, unlink_identity};
pub(super) use rows::{bring_addresses_back, count, erase, of as identities_of, take_addresses_away};
pub use shapes::{
    CustomerIdentities, CustomerIdentity, IdentityUnlinked, SignInProtocolKind, SignInProviderInfo, SignInProviderList, SignInStarted,
};
pub use start::{list_sign_in_providers, start_link, start_sign_in};

use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::providers::sign_in::SignInError;

/// Forgets attempts and used tokens past their time; answers how many.
pub fn forget_sign_ins(tx: &mut Tx) -> Result<usize> {
    Ok(attempts::purge(tx)?.saturating_add(rows::purge_used_tokens(tx)?))
}

impl From<SignInError> for Error {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Refused(why) => Self::new(Code::IdentityRefused, why),
            SignInError::Unavailable(_) => Self {
                cause: Some(Box::new(error)),
                ..Self::new(Code::IdentityProviderUnavailable, "The provider does not answer as it should. Try again shortly.")
            },
        }
    }
}
