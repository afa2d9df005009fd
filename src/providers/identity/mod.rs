//! Providers of identity verification: who somebody is, told by a company that the law trusts with it. The client does
//! it with the provider's SDK, under an id that the shop chose; what came of it is asked of the provider's server and
//! never of the client.

mod portone;
mod sandbox;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::NaiveDate;
use secrecy::SecretString;

pub use portone::PortoneIdentity;
pub use sandbox::SandboxIdentity;

use crate::config::{IdentityBy, IdentitySettings};
use crate::types::Clock;

/// A verification, as it was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Our id of it, which the provider knows it by.
    pub id: String,
    /// The way that the client chose, where the provider has several.
    pub method: Option<String>,
}

/// What the client's SDK needs to know.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientTerms {
    /// The shop's id with the provider.
    pub store_id: Option<String>,
    /// The channel by which people verify themselves.
    pub channel_key: Option<String>,
}

/// A person, as the provider knows them.
#[derive(Debug, Clone)]
pub struct Person {
    /// When they were born.
    pub born: NaiveDate,
    /// What is the same for the same person, everywhere or at this shop (CI, or else DI).
    pub identifier: Option<SecretString>,
}

/// Why it is not known who somebody is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// They have not finished yet: it may be asked again.
    #[error("not finished")]
    Unfinished,
    /// It failed, or does not prove what it must. A code, nothing about the person.
    #[error("refused: {0}")]
    Refused(String),
    /// The provider cannot be asked now.
    #[error("not now: {0}")]
    Unavailable(String),
}

/// Tells who somebody is.
#[async_trait]
pub trait IdentityProvider: Send + Sync {
    /// Its name in configuration and answers.
    fn name(&self) -> &'static str;

    /// What the client's SDK needs to know.
    fn client_terms(&self) -> ClientTerms;

    /// Whether a client may choose this way.
    fn offers(&self, method: &str) -> bool;

    /// What came of a verification.
    async fn outcome(&self, asked: &Asked) -> Result<Person, IdentityError>;
}

/// The provider that is configured, if there is one.
pub fn from_config(settings: &IdentitySettings, clock: Clock) -> Result<Option<Arc<dyn IdentityProvider>>, String> {
    Ok(match settings.by {
        IdentityBy::None => None,
        IdentityBy::Test => Some(Arc::new(SandboxIdentity::new(clock))),
        IdentityBy::Portone => Some(Arc::new(PortoneIdentity::new(settings)?)),
    })
}
