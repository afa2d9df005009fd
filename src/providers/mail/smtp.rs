//! Mail by an SMTP server (RFC 5321), with TLS as its URL says.

use std::time::Duration;

use async_trait::async_trait;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;

use super::{MailError, MailProvider, OutgoingMail};
use crate::config::Config;

/// How long a server may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many connections are kept.
const CONNECTIONS: u32 = 4;

/// Hands mail to an SMTP server.
pub struct SmtpMail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl SmtpMail {
    /// As configured.
    pub fn from_config(config: &Config) -> Result<Self, String> {
        let url = config.mail_smtp_url.as_ref().ok_or("mail_smtp_url is not set")?;
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret()).map_err(|e| format!("mail_smtp_url: {e}"))?;
        let transport = builder.timeout(Some(PATIENCE)).pool_config(PoolConfig::new().max_size(CONNECTIONS)).build();
        Ok(Self { transport, from: config.mail_from.parse().map_err(|e| format!("mail_from: {e}"))? })
    }

    fn message(&self, mail: &OutgoingMail) -> Result<Message, MailError> {
        let refused = |e: &dyn std::fmt::Display| MailError::Permanent(e.to_string());
        let to: Mailbox = mail.to.parse().map_err(|e| refused(&e))?;
        let domain = self.from.email.domain();
        let builder = Message::builder().from(self.from.clone()).to(to).subject(&mail.subject);
        let builder = builder.message_id(Some(format!("<{}@{domain}>", mail.id))).header(ContentType::TEXT_PLAIN);
        builder.body(mail.text.clone()).map_err(|e| refused(&e))
    }
}

#[async_trait]
impl MailProvider for SmtpMail {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        let message = self.message(mail)?;
        match self.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(MailError::Permanent(error.to_string())),
            Err(error) => Err(MailError::Temporary(error.to_string())),
        }
    }
}
