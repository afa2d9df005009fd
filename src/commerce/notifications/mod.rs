//! Mail and text messages to accounts: queued in the transaction that needs it, rendered and sent after it by a job, tried again for a
//! day. What is queued holds no secret: the link's secret is made anew when the mail is sent. Withheld mail takes the
//! same work and is never sent, so that nobody learns by time whom a shop knows.

mod rows;
mod send;
mod templates;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use send::{send_due, send_texts_due, shop_name};
pub use templates::{Channel, Template};

use crate::app::App;
use crate::db::tables::mails;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::text::folded;
use crate::types::{AccountTokenId, Json, Locale, PhoneNumber, Timestamp};
use rows::{MailRow, MailState};

/// How long sent mail is kept.
const KEPT_DAYS: i64 = 30;

/// A mail to be sent.
pub struct Mail<'a> {
    /// What it says.
    pub template: Template,
    /// In which language.
    pub locale: &'a Locale,
    /// To whom.
    pub recipient: &'a str,
    /// The proof it asks for.
    pub proof: Option<AccountTokenId>,
    /// Whether it is kept back.
    pub withheld: bool,
}

/// A text message to be sent.
pub struct Text<'a> {
    /// What it says.
    pub template: Template,
    /// In which language.
    pub locale: &'a Locale,
    /// To whom.
    pub recipient: &'a PhoneNumber,
    /// The code it tells.
    pub code: Option<AccountTokenId>,
    /// Until when it is worth sending.
    pub not_after: Option<Timestamp>,
}

/// Refuses what needs text messages where none leaves.
pub fn require_sms(app: &App) -> Result<()> {
    match app.sms() {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::Unavailable, "This shop sends no text messages: its operator sets MARU_SMS.")),
    }
}

/// Refuses what needs mail where none leaves.
pub fn require_mail(app: &App) -> Result<()> {
    match app.mail() {
        Some(_) => Ok(()),
        None => Err(Error::new(Code::Unavailable, "This shop sends no mail: its operator sets MARU_MAIL.")),
    }
}

/// Queues a mail.
pub fn queue(tx: &mut Tx, mail: &Mail) -> Result<()> {
    let row = MailRow {
        id: tx.new_id(),
        template: mail.template,
        locale: mail.locale.clone(),
        recipient: mail.recipient.to_owned(),
        recipient_key: key_of(mail.recipient),
        token_id: mail.proof,
        data: Json(serde_json::json!({})),
        channel: Channel::Email,
        not_after: None,
        provider_reference: None,
        state: if mail.withheld { MailState::Withheld } else { MailState::Queued },
        attempts: 0,
        next_attempt_at: (!mail.withheld).then(|| tx.now()),
        last_error: None,
        created_at: tx.now(),
        finished_at: mail.withheld.then(|| tx.now()),
    };
    on_each!(tx, |c| diesel::insert_into(mails::table).values(&row).execute(c))?;
    Ok(())
}

/// Queues a text message. Whether it may be sent was counted before ([`crate::commerce::auth::codes::allowances`]).
pub fn queue_text(tx: &mut Tx, text: &Text) -> Result<()> {
    let row = MailRow {
        id: tx.new_id(),
        template: text.template,
        locale: text.locale.clone(),
        recipient: text.recipient.e164().to_owned(),
        recipient_key: text.recipient.e164().to_owned(),
        token_id: text.code,
        data: Json(serde_json::json!({})),
        channel: Channel::Sms,
        not_after: text.not_after,
        provider_reference: None,
        state: MailState::Queued,
        attempts: 0,
        next_attempt_at: Some(tx.now()),
        last_error: None,
        created_at: tx.now(),
        finished_at: None,
    };
    on_each!(tx, |c| diesel::insert_into(mails::table).values(&row).execute(c))?;
    Ok(())
}

/// How a recipient is looked up, however the address was written.
fn key_of(recipient: &str) -> String {
    folded(recipient.trim())
}

/// Templates that are not a customer's to be told of, although a customer may have the address.
fn of_staff() -> Vec<Template> {
    Template::ALL.iter().copied().filter(|template| template.is_for_staff()).collect()
}

/// Deletes what a customer was sent, or waits to be sent, at an address or a number.
pub fn erase(tx: &mut Tx, recipient: &str) -> Result<()> {
    let key = key_of(recipient);
    on_each!(tx, |c| {
        let theirs = mails::table.filter(mails::recipient_key.eq(&key)).filter(mails::template.ne_all(of_staff()));
        diesel::delete(theirs).execute(c)
    })?;
    Ok(())
}

/// A message that a customer was sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SentMessage {
    /// By which way: `email` or `sms`.
    #[schema(value_type = String, example = "email")]
    pub channel: Channel,
    /// What it said.
    #[schema(value_type = String, example = "password_changed")]
    pub template: Template,
    /// To whom, as it was written.
    pub recipient: String,
    /// When it left.
    pub sent_at: Timestamp,
}

/// What a customer was sent at these addresses and numbers, newest first, `most` at most. Messages are kept for 30 days.
pub fn sent_to(tx: &mut Tx, recipients: &[&str], most: i64) -> Result<Vec<SentMessage>> {
    let keys: Vec<String> = recipients.iter().map(|recipient| key_of(recipient)).collect();
    let sent: Vec<(Channel, Template, String, Timestamp)> = on_each!(tx, |c| {
        mails::table
            .filter(mails::recipient_key.eq_any(&keys))
            .filter(mails::state.eq(MailState::Sent))
            .filter(mails::template.ne_all(of_staff()))
            .order(mails::id.desc())
            .limit(most)
            .select((mails::channel, mails::template, mails::recipient, mails::finished_at.assume_not_null()))
            .load(c)
    })?;
    let message = |(channel, template, recipient, sent_at)| SentMessage { channel, template, recipient, sent_at };
    Ok(sent.into_iter().map(message).collect())
}

/// Forgets mail that was sent a while ago; answers how many.
pub fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(chrono::Duration::days(KEPT_DAYS));
    Ok(on_each!(tx, |c| diesel::delete(mails::table.filter(mails::created_at.lt(before))).execute(c))?)
}
