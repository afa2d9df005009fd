//! Sending what is queued: taken in one transaction, handed to the provider with none open, noted in another.

use chrono::Duration;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::rows::{self, MailRow, MailState, Outcome};
use super::templates::{self, Channel, Words};
use crate::app::App;
use crate::commerce::auth::codes;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::providers::mail::{MailError, OutgoingMail};
use crate::providers::sms::{OutgoingSms, SmsError};
use crate::types::{PhoneNumber, Timestamp};

/// How many of a channel one round sends at most.
const MOST_A_ROUND: i64 = 50;
/// How many text messages are on their way at once: a gateway that hangs must not keep the round long.
const TEXTS_AT_ONCE: usize = 10;
/// Seconds to wait after each try of a mail that failed; after the last there is none.
const MAIL_PAUSES: [i64; 6] = [60, 300, 1_800, 7_200, 21_600, 43_200];
/// The same of a text message: a code is worth nothing after minutes.
const TEXT_PAUSES: [i64; 4] = [5, 15, 45, 90];

/// Sends mail whose time has come; answers how many left.
pub async fn send_due(app: &App) -> Result<usize> {
    if app.mail().is_none() {
        return Ok(0);
    }
    let taken = app.write(|tx| rows::take_due(tx, Channel::Email, MOST_A_ROUND)).await?;
    let mut sent = 0usize;
    for mail in taken {
        sent = sent.saturating_add(send(app, &mail).await?);
    }
    Ok(sent)
}

/// Sends text messages whose time has come; answers how many left.
pub async fn send_texts_due(app: &App) -> Result<usize> {
    if app.sms().is_none() {
        return Ok(0);
    }
    let taken = app.write(|tx| rows::take_due(tx, Channel::Sms, MOST_A_ROUND)).await?;
    let each = taken.into_iter().map(|text| async move { send(app, &text).await });
    let sent: Vec<usize> = stream::iter(each).buffer_unordered(TEXTS_AT_ONCE).try_collect().await?;
    Ok(sent.into_iter().sum())
}

/// Sends one and notes what came of it; answers whether it left, as 1 or 0.
async fn send(app: &App, mail: &MailRow) -> Result<usize> {
    let outcome = if mail.not_after.is_some_and(|until| app.clock().now() >= until) {
        ended("too late to be worth anything".to_owned())
    } else {
        match mail.channel {
            Channel::Email => mailed(app, mail).await?,
            Channel::Sms => texted(app, mail).await?,
        }
    };
    // What a provider answers may hold whom it was for: neither logs nor the table of messages need it twice.
    let outcome = Outcome { error: outcome.error.map(|why| without(&why, mail)), ..outcome };
    let (id, attempts, state) = (mail.id, mail.attempts, outcome.state);
    if let Some(why) = &outcome.error {
        tracing::warn!(mail = %id, channel = %mail.channel, attempts, why, "a message did not leave");
    }
    match mail.channel {
        Channel::Email => metrics::counter!("maru_mails_total", "state" => state.as_str()).increment(1),
        Channel::Sms => metrics::counter!("maru_sms_total", "state" => state.as_str()).increment(1),
    }
    app.write(move |tx| rows::finish(tx, id, &outcome)).await?;
    Ok(usize::from(state == MailState::Sent))
}

async fn mailed(app: &App, mail: &MailRow) -> Result<Outcome> {
    let Some(provider) = app.mail() else { return Ok(again(app, mail, &MAIL_PAUSES, "no mail leaves".to_owned())) };
    Ok(match provider.send(&rendered(app, mail)?).await {
        Ok(()) => Outcome { state: MailState::Sent, next: None, error: None, reference: None },
        Err(MailError::Permanent(why)) => ended(why),
        Err(MailError::Temporary(why)) => again(app, mail, &MAIL_PAUSES, why),
    })
}

async fn texted(app: &App, mail: &MailRow) -> Result<Outcome> {
    let Some(provider) = app.sms() else { return Ok(again(app, mail, &TEXT_PAUSES, "no messages leave".to_owned())) };
    let code = mail.token_id.map(|id| codes::code(app.secret(), id)).transpose()?;
    let sms = OutgoingSms {
        id: mail.id.to_string(),
        to: PhoneNumber::parse(&mail.recipient, None).map_err(Error::internal)?,
        text: templates::render_text(mail.template, mail.locale.language(), shop_name(app.config()), code.as_deref()),
        is_retry: mail.attempts > 1,
    };
    Ok(match provider.send(&sms).await {
        Ok(reference) => Outcome { state: MailState::Sent, next: None, error: None, reference: Some(reference) },
        Err(SmsError::Permanent(why)) => ended(why),
        Err(SmsError::Temporary(why) | SmsError::Unknown(why)) => again(app, mail, &TEXT_PAUSES, why),
    })
}

/// What went wrong, without the recipient in any spelling of it.
fn without(why: &str, mail: &MailRow) -> String {
    const MOST_CHARS: usize = 500;
    let spellings = match mail.channel {
        Channel::Email => {
            let name = mail.recipient.rsplit_once('@').map(|(name, _)| format!("{name}@")).unwrap_or_default();
            vec![mail.recipient.clone(), name]
        }
        Channel::Sms => {
            let national = PhoneNumber::parse(&mail.recipient, None).map(|number| number.national().to_owned()).unwrap_or_default();
            vec![mail.recipient.clone(), mail.recipient.trim_start_matches('+').to_owned(), format!("0{national}"), national]
        }
    };
    let why: String = why.chars().take(MOST_CHARS).collect();
    spellings.iter().filter(|text| text.len() > 1).fold(why, |why, text| blanked(&why, text))
}

/// A text without another, in upper or lower case of ASCII.
fn blanked(text: &str, secret: &str) -> String {
    let (lower, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
    let mut kept = String::new();
    let mut from = 0usize;
    // The same bytes begin characters in both: only ASCII changed.
    for (at, found) in lower.match_indices(&secret) {
        kept.push_str(text.get(from..at).unwrap_or_default());
        kept.push_str("***");
        from = at.saturating_add(found.len());
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept
}

fn ended(why: String) -> Outcome {
    Outcome { state: MailState::Failed, next: None, error: Some(why), reference: None }
}

fn again(app: &App, mail: &MailRow, pauses: &[i64], why: String) -> Outcome {
    match next_try(mail.attempts, app.clock().now(), pauses) {
        Some(at) => Outcome { state: MailState::Queued, next: Some(at), error: Some(why), reference: None },
        None => ended(why),
    }
}

fn next_try(attempts: i32, now: Timestamp, pauses: &[i64]) -> Option<Timestamp> {
    let place = usize::try_from(attempts.saturating_sub(1)).ok()?;
    pauses.get(place).map(|seconds| now.plus(Duration::seconds(*seconds)))
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
        assert_eq!(next_try(1, now, &MAIL_PAUSES), Some(now.plus(Duration::minutes(1))));
        assert_eq!(next_try(6, now, &MAIL_PAUSES), Some(now.plus(Duration::minutes(720))));
        assert_eq!(next_try(7, now, &MAIL_PAUSES), None);
    }

    fn to(channel: Channel, recipient: &str) -> MailRow {
        let now = crate::types::Clock::System.now();
        MailRow {
            id: uuid::Uuid::nil().into(),
            template: templates::Template::PasswordReset,
            locale: crate::types::Locale::korean(),
            recipient: recipient.to_owned(),
            recipient_key: recipient.to_lowercase(),
            token_id: None,
            data: crate::types::Json(serde_json::json!({})),
            state: MailState::Sending,
            attempts: 1,
            next_attempt_at: None,
            last_error: None,
            created_at: now,
            finished_at: None,
            channel,
            not_after: None,
            provider_reference: None,
        }
    }

    #[test]
    fn what_a_provider_answers_is_kept_without_the_recipient() {
        let mail = to(Channel::Email, "Mina.Kim@Example.com");
        let why = "550 5.1.1 <mina.kim@example.com>: mailbox of MINA.KIM@EXAMPLE.COM unavailable, 없는 주소 Mina.Kim@Example.com";
        assert_eq!(without(why, &mail), "550 5.1.1 <***>: mailbox of *** unavailable, 없는 주소 ***");
        assert_eq!(without("550 mina.kim@other.example", &mail), "550 ***other.example", "as another host calls it");
        let text = to(Channel::Sms, "+821012345678");
        assert_eq!(without("3103: to 01012345678 (+821012345678, 821012345678, 1012345678)", &text), "3103: to *** (***, ***, ***)");
        assert_eq!(without(&"x".repeat(9_000), &mail).len(), 500);
    }

    #[test]
    fn a_text_message_is_tried_for_as_long_as_its_code_is_good() {
        let whole: i64 = TEXT_PAUSES.iter().sum();
        assert!(whole < codes::LIFE_MINUTES * 60, "{whole}");
    }
}
