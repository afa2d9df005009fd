//! Providers of text messages. A refusal for good is told from one that is worth another try, and both from an answer
//! that was lost: then the message may have left, and is looked for before it is sent again where the gateway can say.

mod log;
mod sens;
mod solapi;

use std::sync::Arc;

use async_trait::async_trait;

pub use log::LogSms;
pub use sens::SensSms;
pub use solapi::SolapiSms;

use crate::config::{SmsBy, SmsSettings};
use crate::types::{Clock, PhoneNumber};

/// A message, ready to leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingSms {
    /// Ours, the same at each try.
    pub id: String,
    /// To whom.
    pub to: PhoneNumber,
    /// Text.
    pub text: String,
    /// Whether an earlier try may have left.
    pub is_retry: bool,
}

/// Why a message did not leave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SmsError {
    /// Later, perhaps.
    #[error("not now: {0}")]
    Temporary(String),
    /// The answer was lost: it may have left.
    #[error("unknown: {0}")]
    Unknown(String),
    /// Never: the number or the message is refused.
    #[error("refused: {0}")]
    Permanent(String),
}

/// Takes text messages.
#[async_trait]
pub trait SmsProvider: Send + Sync {
    /// Hands a message on; answers what the gateway calls it.
    async fn send(&self, sms: &OutgoingSms) -> Result<String, SmsError>;
}

/// The provider that is configured, if messages leave at all.
pub fn from_config(settings: &SmsSettings, clock: Clock) -> Result<Option<Arc<dyn SmsProvider>>, String> {
    Ok(match settings.by {
        SmsBy::None => None,
        SmsBy::Log => Some(Arc::new(LogSms)),
        SmsBy::Solapi => Some(Arc::new(SolapiSms::new(settings, clock)?)),
        SmsBy::Sens => Some(Arc::new(SensSms::new(settings, clock)?)),
    })
}

/// A number as Korean gateways want it: as it is dialled in Korea, or a foreign one without its country's code.
fn dialled(number: &PhoneNumber) -> String {
    if number.calling_code() == KOREA { format!("0{}", number.national()) } else { number.national().to_owned() }
}

/// Korea's calling code, which gateways take for granted.
const KOREA: u16 = 82;

/// Whether a text fits a short message: 90 bytes, of which a letter beyond ASCII takes two (EUC-KR).
fn is_short(text: &str) -> bool {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>() <= 90
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_as_gateways_dial_them() {
        let number = |text| PhoneNumber::parse(text, None).unwrap();
        assert_eq!(dialled(&number("+821012345678")), "01012345678");
        assert_eq!(dialled(&number("+15875302271")), "5875302271");
    }

    #[test]
    fn a_short_message_has_ninety_bytes() {
        assert!(is_short(&"a".repeat(90)) && !is_short(&"a".repeat(91)));
        assert!(is_short(&"가".repeat(45)) && !is_short(&"가".repeat(46)));
    }
}
