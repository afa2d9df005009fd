//! Mail into the log, for development: with its links and codes, so never where a shop is open.

use async_trait::async_trait;

use super::{MailError, MailProvider, OutgoingMail};

/// Prints mail.
#[derive(Debug, Clone, Copy)]
pub struct LogMail;

#[async_trait]
impl MailProvider for LogMail {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        tracing::info!(target: "maru::mail", "mail to {}: {}\n{}", mail.to, mail.subject, mail.text);
        Ok(())
    }
}
