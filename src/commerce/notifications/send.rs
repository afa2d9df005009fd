//! Sending what is queued: taken in one transaction, handed to the provider with none open, noted in another.

use chrono::Duration;

use super::rows::{self, MailRow, MailState};
use super::templates::{self, Words};
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::providers::mail::{MailError, OutgoingMail};
use crate::types::Timestamp;

/// How many mails one round sends at most.
const MOST_A_ROUND: i64 = 50;
/// Minutes to wait after each try that failed; after the last there is none.
const PAUSES: [i64; 6] = [1, 5, 30, 120, 360, 720];

/// Sends mail whose time has come; answers how many left.
pub async fn send_due(app: &App) -> Result<usize> {
    let Some(provider) = app.mail().cloned() else { return Ok(0) };
    let taken = app.write(|tx| rows::take_due(tx, MOST_A_ROUND)).await?;
    let mut sent = 0usize;
    for mail in taken {
        let said = provider.send(&rendered(app, &mail)?).await;
        let now = app.clock().now();
        let (id, attempts) = (mail.id, mail.attempts);
        let (state, next, error) = match said {
            Ok(()) => (MailState::Sent, None, None),
            Err(MailError::Permanent(why)) => (MailState::Failed, None, Some(why)),
            Err(MailError::Temporary(why)) => match next_try(attempts, now) {
                Some(at) => (MailState::Queued, Some(at), Some(why)),
                None => (MailState::Failed, None, Some(why)),
            },
        };
        if let Some(why) = &error {
            tracing::warn!(mail = %id, attempts, why, "a mail did not leave");
        } else {
            sent = sent.saturating_add(1);
        }
        metrics::counter!("maru_mails_total", "state" => state.as_str()).increment(1);
        app.write(move |tx| rows::finish(tx, id, state, next, error.as_deref())).await?;
    }
    Ok(sent)
}

fn next_try(attempts: i32, now: Timestamp) -> Option<Timestamp> {
    let place = usize::try_from(attempts.saturating_sub(1)).ok()?;
    PAUSES.get(place).map(|minutes| now.plus(Duration::minutes(*minutes)))
}

/// What the shop calls itself: the name in the address that its mail is from.
pub fn shop_name(config: &Config) -> &str {
    config.mail_from.split('<').next().map(str::trim).filter(|name| !name.is_empty() && !name.contains('@')).unwrap_or("Maru")
}

fn rendered(app: &App, mail: &MailRow) -> Result<OutgoingMail> {
    let config = app.config();
    let secret = match mail.token_id {
        Some(id) => mail.template.secret(app.secret(), id)?,
        None => None,
    };
    let link_base = if mail.template.is_for_staff() { &config.staff_link_base } else { &config.mail_link_base };
    let words = Words { shop: shop_name(config), link_base: link_base.as_deref(), secret: secret.as_deref() };
    let (subject, text) = templates::render(mail.template, mail.locale.language(), &words);
    Ok(OutgoingMail { id: mail.id.to_string(), to: mail.recipient.clone(), subject, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_is_tried_seven_times_in_a_day() {
        let now = crate::types::Clock::System.now();
        assert_eq!(next_try(1, now), Some(now.plus(Duration::minutes(1))));
        assert_eq!(next_try(6, now), Some(now.plus(Duration::minutes(720))));
        assert_eq!(next_try(7, now), None);
    }
}
