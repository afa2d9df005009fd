//! A mailbox that takes every mail, or refuses as it is told.

use std::sync::Mutex;

use maru::providers::mail::{MailError, MailProvider, OutgoingMail};

/// What was sent, and what the next mails are refused with.
#[derive(Default)]
pub struct Mailbox {
    sent: Mutex<Vec<OutgoingMail>>,
    refusals: Mutex<Vec<MailError>>,
}

#[async_trait::async_trait]
impl MailProvider for Mailbox {
    async fn send(&self, mail: &OutgoingMail) -> Result<(), MailError> {
        if let Some(refusal) = self.refusals.lock().unwrap().pop() {
            return Err(refusal);
        }
        self.sent.lock().unwrap().push(mail.clone());
        Ok(())
    }
}

impl Mailbox {
    /// Refuses the next mail.
    pub fn refuse(&self, with: MailError) {
        self.refusals.lock().unwrap().push(with);
    }

    /// What an address was sent, oldest first.
    pub fn to(&self, address: &str) -> Vec<OutgoingMail> {
        self.sent.lock().unwrap().iter().filter(|m| m.to == address).cloned().collect()
    }

    /// The token in the last mail to an address.
    #[track_caller]
    pub fn token(&self, address: &str) -> String {
        let mail = self.to(address).pop().unwrap_or_else(|| panic!("no mail to {address}"));
        let prefixes = ["reg_", "pwr_", "emo_", "emn_", "sti_"];
        let word = mail.text.split(|c: char| c.is_whitespace() || c == '=').find(|w| prefixes.iter().any(|p| w.starts_with(p)));
        word.unwrap_or_else(|| panic!("no token in {}", mail.text)).to_owned()
    }
}
