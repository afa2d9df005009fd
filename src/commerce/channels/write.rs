//! Making and changing channels.

use diesel::prelude::*;

use super::rows::ChannelRow;
use super::{Channel, ChannelCreate, ChannelUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::{channel_revisions as revisions, channels};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result, check};
use crate::types::{ChannelId, Json};

/// How long an unpaid order holds its stock unless the channel says otherwise.
const ORDER_EXPIRY_MINUTES: i32 = 30;

/// Makes a channel. The first one becomes the default whatever was asked.
pub fn create(tx: &mut Tx, by: &Caller, input: ChannelCreate) -> Result<Channel> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let code_is_plain = input.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !code_is_plain {
        return Err(Error::invalid_field("/code", "format", "Lower-case letters, digits and hyphens only."));
    }
    let row = ChannelRow {
        id: tx.new_id(),
        code: input.code,
        name: input.name,
        currency: input.currency,
        default_locale: input.default_locale,
        locales: Json(input.locales),
        countries: Json(input.countries),
        prices_include_tax: input.prices_include_tax,
        payment_providers: Json(input.payment_providers),
        is_default: input.is_default || super::default(tx)?.is_none(),
        active: true,
        order_expiry_minutes: input.order_expiry_minutes.unwrap_or(ORDER_EXPIRY_MINUTES),
        allowed_origins: Json(input.allowed_origins),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check_consistent(&row)?;
    if row.is_default {
        give_up_default(tx)?;
    }
    on_each!(tx, |c| diesel::insert_into(channels::table).values(&row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "A channel has this code already."))?;
    let first = (revisions::channel_id.eq(row.id), revisions::revision.eq(1i64));
    on_each!(tx, |c| diesel::insert_into(revisions::table).values(first).execute(c))?;
    let channel = Channel::from(row);
    events::emit(tx, "channel.created", Some(channel.id.into()), &channel)?;
    Ok(channel)
}

/// Changes a channel. `expected_version` refuses to write over a version not seen (412).
pub fn update(tx: &mut Tx, by: &Caller, id: ChannelId, expected_version: Option<i32>, input: ChannelUpdate) -> Result<Channel> {
    by.require(Permission::SettingsWrite)?;
    check(&input)?;
    let row: Option<ChannelRow> = on_each!(tx, |c| channels::table.find(id).select(ChannelRow::as_select()).first(c).optional())?;
    let mut row = row.filter(|row| by.reaches(row.id)).ok_or_else(|| Error::not_found("channel"))?;
    let seen = row.version;
    if expected_version.is_some_and(|v| v != seen) {
        return Err(Error::new(Code::VersionMismatch, format!("The channel is at version {seen} now.")));
    }
    if row.is_default && (input.is_default == Some(false) || input.active == Some(false)) {
        return Err(Error::new(Code::InUse, "The default channel stays so until another takes its place."));
    }
    if input.is_default == Some(true) && !row.is_default {
        by.require_everywhere(Permission::SettingsWrite)?;
        give_up_default(tx)?;
    }
    apply(&mut row, input);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    check_consistent(&row)?;
    let changed = on_each!(tx, |c| diesel::update(channels::table.find(id).filter(channels::version.eq(seen))).set(&row).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::VersionMismatch, "The channel changed meanwhile."));
    }
    let channel = Channel::from(row);
    events::emit(tx, "channel.updated", Some(channel.id.into()), &channel)?;
    Ok(channel)
}

fn apply(row: &mut ChannelRow, input: ChannelUpdate) {
    fn set<T>(to: &mut T, from: Option<T>) {
        if let Some(value) = from {
            *to = value;
        }
    }
    set(&mut row.name, input.name);
    set(&mut row.default_locale, input.default_locale);
    set(&mut row.locales, input.locales.map(Json));
    set(&mut row.countries, input.countries.map(Json));
    set(&mut row.prices_include_tax, input.prices_include_tax);
    set(&mut row.payment_providers, input.payment_providers.map(Json));
    set(&mut row.is_default, input.is_default);
    set(&mut row.active, input.active);
    set(&mut row.order_expiry_minutes, input.order_expiry_minutes);
    set(&mut row.allowed_origins, input.allowed_origins.map(Json));
}

fn check_consistent(row: &ChannelRow) -> Result<()> {
    if let Some(position) = row.allowed_origins.0.iter().position(|origin| !is_origin(origin)) {
        let detail = "An origin is a scheme, a host and perhaps a port: https://shop.example, http://localhost:5173.";
        return Err(Error::invalid_field(format!("/allowed_origins/{position}"), "format", detail));
    }
    if row.locales.0.contains(&row.default_locale) {
        Ok(())
    } else {
        Err(Error::invalid_field("/default_locale", "not_offered", "Must be one of `locales`."))
    }
}

/// As browsers write it (RFC 6454, 6.2): nothing after the host and port, no default port, lower case.
fn is_origin(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.origin().ascii_serialization() == text)
}

fn give_up_default(tx: &mut Tx) -> Result<()> {
    on_each!(tx, |c| diesel::update(channels::table.filter(channels::is_default.eq(true))).set(channels::is_default.eq(false)).execute(c))?;
    Ok(())
}
