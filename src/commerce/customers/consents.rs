//! Consents to marketing: how they stand lies with the customer, each change beside it with its time and source.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::inputs::ConsentsUpdate;
use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::{Consent, ConsentChannel, ConsentRecord, Customer};
use crate::commerce::auth::Caller;
use crate::commerce::events;
use crate::db::tables::customer_consents;
use crate::db::{Tx, insert_all, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::{ConsentId, CustomerId, Timestamp};

/// The source of what is agreed to when registering.
pub(super) const REGISTRATION: &str = "registration";
const ACCOUNT: &str = "account";
/// How many changes a customer makes in a day: each is kept as long as the account, for it proves what was agreed to.
const MOST_A_DAY: i64 = 50;
/// How many of them are told.
pub(super) const MOST_TOLD: usize = 1_000;

#[derive(Insertable)]
#[diesel(table_name = customer_consents, treat_none_as_default_value = false)]
pub(super) struct RecordRow {
    id: ConsentId,
    customer_id: CustomerId,
    channel: ConsentChannel,
    granted: bool,
    source: String,
    created_at: Timestamp,
}

/// Gives or takes back consents; one that stands already as it is said changes nothing.
pub fn set_consents(tx: &mut Tx, by: &Caller, input: ConsentsUpdate) -> Result<Customer> {
    let customer = by.customer()?;
    check(&input)?;
    let mut row = rows::take(tx, customer, None, &CustomerChanges::default())?;
    let records = apply(tx, &mut row, input, ACCOUNT);
    if !records.is_empty() {
        refuse_too_many(tx, customer, records.len())?;
        let changes = CustomerChanges { consents: Some(row.consents.clone()), ..CustomerChanges::default() };
        row = rows::take(tx, customer, None, &changes)?;
        insert(tx, &records)?;
        let changed: Vec<_> = records.iter().map(|r| json!({"channel": r.channel, "granted": r.granted})).collect();
        events::emit(tx, "customer.consents_changed", Some(customer.into()), &json!({"customer_id": customer, "changed": changed}))?;
    }
    Ok(row.shape(false))
}

/// The customer is held: of changes at once each counts those before.
fn refuse_too_many(tx: &mut Tx, customer: CustomerId, more: usize) -> Result<()> {
    let since = tx.now().minus(Duration::days(1));
    let lately: i64 = on_each!(tx, |c| {
        let own = customer_consents::table.filter(customer_consents::customer_id.eq(customer));
        own.filter(customer_consents::created_at.gt(since)).count().get_result(c)
    })?;
    if lately.saturating_add(i64::try_from(more).unwrap_or(i64::MAX)) > MOST_A_DAY {
        return Err(Error::new(Code::TooManyRequests, "Consents were changed too often today. Try again later.").retry_after(3_600));
    }
    Ok(())
}

/// Applies changes in memory; answers what is to be recorded.
pub(super) fn apply(tx: &Tx, row: &mut CustomerRow, input: ConsentsUpdate, source: &str) -> Vec<RecordRow> {
    let source = input.source.unwrap_or_else(|| source.to_owned());
    let asked = [(ConsentChannel::Email, input.email), (ConsentChannel::Sms, input.sms), (ConsentChannel::Push, input.push)];
    let mut records = Vec::new();
    for (channel, granted) in asked.into_iter().filter_map(|(channel, granted)| granted.map(|g| (channel, g))) {
        let standing = row.consents.0.of_mut(channel);
        // A refusal that was never asked for is worth recording, too.
        if standing.granted == granted && standing.changed_at.is_some() {
            continue;
        }
        *standing = Consent { granted, changed_at: Some(tx.now()), source: Some(source.clone()) };
        let id = tx.new_id();
        records.push(RecordRow { id, customer_id: row.id, channel, granted, source: source.clone(), created_at: tx.now() });
    }
    records
}

pub(super) fn insert(tx: &mut Tx, records: &[RecordRow]) -> Result<()> {
    if !records.is_empty() {
        insert_all!(tx, customer_consents::table, records)?;
    }
    Ok(())
}

/// What was given and taken back, oldest first: the [`MOST_TOLD`] newest, and whether there are more.
pub(super) fn history(tx: &mut Tx, customer: CustomerId) -> Result<(Vec<ConsentRecord>, bool)> {
    let mut rows: Vec<(ConsentChannel, bool, String, Timestamp)> = on_each!(tx, |c| {
        customer_consents::table
            .filter(customer_consents::customer_id.eq(customer))
            .order(customer_consents::id.desc())
            .limit(i64::try_from(MOST_TOLD).unwrap_or(i64::MAX).saturating_add(1))
            .select((customer_consents::channel, customer_consents::granted, customer_consents::source, customer_consents::created_at))
            .load(c)
    })?;
    let has_more = rows.len() > MOST_TOLD;
    rows.truncate(MOST_TOLD);
    let record = |(channel, granted, source, created_at)| ConsentRecord { channel, granted, source, created_at };
    Ok((rows.into_iter().rev().map(record).collect(), has_more))
}
