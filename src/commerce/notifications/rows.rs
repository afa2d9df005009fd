//! Mail and text messages as the database keeps them.

use chrono::Duration;
use diesel::prelude::*;

use super::{Channel, Template};
use crate::db::tables::mails;
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::text::text_enum;
use crate::types::{AccountTokenId, Json, Locale, MailId, Timestamp};

/// How long a try may take before another process may try, too.
const LEASE_MINUTES: i64 = 5;

text_enum! {
    /// Where a mail stands.
    pub enum MailState {
        /// Waits for its next try.
        Queued = "queued",
        /// Is being sent.
        Sending = "sending",
        /// Was taken by the provider.
        Sent = "sent",
        /// Was refused, or tried too often.
        Failed = "failed",
        /// Is never sent.
        Withheld = "withheld",
    }
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
pub(super) struct MailRow {
    pub id: MailId,
    pub template: Template,
    pub locale: Locale,
    pub recipient: String,
    pub token_id: Option<AccountTokenId>,
    pub data: Json<serde_json::Value>,
    pub state: MailState,
    pub attempts: i32,
    pub next_attempt_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
    pub channel: Channel,
    pub not_after: Option<Timestamp>,
    pub provider_reference: Option<String>,
    pub recipient_key: String,
}

/// Takes up to `most` of a channel whose time has come, each by a guarded update.
pub(super) fn take_due(tx: &mut Tx, channel: Channel, most: i64) -> Result<Vec<MailRow>> {
    let now = tx.now();
    let due: Vec<MailRow> = on_each!(tx, |c| {
        mails::table
            .filter(mails::next_attempt_at.le(now))
            .filter(mails::channel.eq(channel))
            .order(mails::next_attempt_at.asc())
            .limit(most)
            .select(MailRow::as_select())
            .load(c)
    })?;
    let mut taken = Vec::new();
    for mail in due {
        let change = (
            mails::state.eq(MailState::Sending),
            mails::attempts.eq(mails::attempts + 1),
            mails::next_attempt_at.eq(now.plus(Duration::minutes(LEASE_MINUTES))),
        );
        let ours = on_each!(tx, |c| {
            diesel::update(mails::table.find(mail.id).filter(mails::next_attempt_at.eq(mail.next_attempt_at))).set(change).execute(c)
        })?;
        if ours == 1 {
            taken.push(MailRow { attempts: mail.attempts.saturating_add(1), ..mail });
        }
    }
    Ok(taken)
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outcome {
    pub state: MailState,
    pub next: Option<Timestamp>,
    pub error: Option<String>,
    pub reference: Option<String>,
}

/// Notes what came of a try.
pub(super) fn finish(tx: &mut Tx, id: MailId, outcome: &Outcome) -> Result<()> {
    let finished_at = outcome.next.is_none().then(|| tx.now());
    let change = (
        mails::state.eq(outcome.state),
        mails::next_attempt_at.eq(outcome.next),
        mails::last_error.eq(&outcome.error),
        mails::provider_reference.eq(&outcome.reference),
        mails::finished_at.eq(finished_at),
    );
    on_each!(tx, |c| diesel::update(mails::table.find(id)).set(change).execute(c))?;
    Ok(())
}
