//! Mail providers: how a finished mail leaves. A refusal for good is told from one that is worth another try.

mod log;
mod smtp;

use std::sync::Arc;

use async_trait::async_trait;

pub use log::LogMail;
pub use smtp::SmtpMail;

use crate::config::{Config, MailBy};

/// A mail, ready to leave: plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// Its `Message-ID`, the same at each try: a server that got it twice can tell.
    pub id: String,
    /// To whom.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
}

/// Why a mail did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// Later, perhaps.
    #[error("not now: {0}")]
    Temporary(String),
    /// Never: the address or the mail is refused.
    #[error("refused: {0}")]
    Permanent(String),
}

/// Takes mail.
#[async_trait]
pub trait MailProvider: Send + Sync {
    /// Hands a mail on. An answer that is lost may mean that it left: it is sent again.
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError>;
}

/// The provider that is configured, if mail leaves at all.
pub fn from_config(config: &Config) -> Result<Option<Arc<dyn MailProvider>>, String> {
    Ok(match config.mail {
        MailBy::None => None,
        MailBy::Log => Some(Arc::new(LogMail)),
        MailBy::Smtp => Some(Arc::new(SmtpMail::from_config(config)?)),
    })
}
