//! API keys: secret ones (`msk_`) with permissions, publishable ones (`mpk_`) that name a channel. Only
//! hashes are kept; a key is shown once, when it is made.

use std::net::IpAddr;
use std::sync::Arc;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::grants::{may_grant, may_issue};
use super::{Caller, Permission};
use crate::commerce::events;
use crate::commerce::idempotency::Answer;
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::api_keys;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::network::{Network, Networks};
use crate::types::text::text_enum;
use crate::types::{ChannelId, Json, KeyId, Listing, PageRequest, Timestamp};

text_enum! {
    /// What a key is for.
    pub enum ApiKeyKind {
        /// For servers and staff tools: `msk_...`, never in an app.
        Secret = "secret",
        /// For apps: `mpk_...`, names a channel and opens nothing.
        Publishable = "publishable",
    }
}

/// An API key, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ApiKey {
    /// Id.
    pub id: KeyId,
    /// Secret or publishable.
    pub kind: ApiKeyKind,
    /// For people.
    pub name: String,
    /// The key's first characters, to recognise it.
    pub hint: String,
    /// What it may do; empty for a publishable key.
    pub permissions: Vec<Permission>,
    /// The channel it names, or is limited to.
    pub channel_id: Option<ChannelId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute; null: never.
    #[serde(default)]
    pub last_used_at: Option<Timestamp>,
    /// The ranges of addresses it may be used from; empty: from everywhere.
    #[serde(default)]
    #[schema(required)]
    pub allowed_addresses: Vec<String>,
    /// The key that rotation put in its place.
    #[serde(default)]
    pub replaced_by: Option<KeyId>,
    /// Who made it: the id of staff or of a key, `system:operator`; null of keys from before this was noted.
    #[serde(default)]
    #[schema(example = "usr_01h455vb4pex5vsknk084sn02q")]
    pub created_by: Option<String>,
}

/// Which keys.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct ApiKeyFilter {
    /// Made by this actor: `usr_...`, `key_...`, `system:operator`.
    pub created_by: Option<String>,
}

/// A new key, with its secret: shown this once.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct IssuedKey {
    /// Id.
    pub id: KeyId,
    /// The key itself. It cannot be shown again.
    pub key: String,
    /// Secret or publishable.
    pub kind: ApiKeyKind,
    /// For people.
    pub name: String,
    /// What it may do.
    pub permissions: Vec<Permission>,
    /// The channel it names, or is limited to.
    pub channel_id: Option<ChannelId>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// The ranges of addresses it may be used from; empty: from everywhere.
    #[serde(default)]
    #[schema(required)]
    pub allowed_addresses: Vec<String>,
}

impl Answer for ApiKey {}

impl Answer for IssuedKey {
    fn without_secrets(self) -> Self {
        Self { key: String::new(), ..self }
    }

    fn with_secrets(self, _secret: &ShopSecret) -> Result<Self> {
        Err(Error::new(
            Code::AlreadyExists,
            format!("The key {} was made by an earlier request with this Idempotency-Key; it is shown once.", self.id),
        ))
    }
}

/// A key to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyCreate {
    /// For people: what uses it.
    #[validate(length(min = 1, max = 200))]
    pub name: String,
    /// Secret (default) or publishable.
    #[serde(default = "secret")]
    #[graphql(default_with = "secret()")]
    pub kind: ApiKeyKind,
    /// What a secret key may do. Nobody grants what they do not have.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50))]
    pub permissions: Vec<Permission>,
    /// The channel a publishable key names (the default channel if absent), or whose carts, orders and settings alone a
    /// secret key may see (all of them if absent). The catalog, stock and promotions are shared by all channels.
    #[serde(default)]
    pub channel_id: Option<ChannelId>,
    /// When it stops working; never if absent.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// The ranges of addresses a secret key may be used from, in CIDR notation; from everywhere if empty.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50))]
    #[schema(example = json!(["203.0.113.0/24"]))]
    pub allowed_addresses: Vec<String>,
}

fn secret() -> ApiKeyKind {
    ApiKeyKind::Secret
}

/// What a presented key proves.
#[derive(Debug, Clone)]
pub struct KeyIdentity {
    /// The key.
    pub id: KeyId,
    /// Secret or publishable.
    pub kind: ApiKeyKind,
    /// What it may do.
    pub permissions: Arc<[Permission]>,
    /// The channel it names.
    pub channel_id: Option<ChannelId>,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// Where it may be used from; none said: everywhere.
    pub networks: Networks,
}

impl KeyIdentity {
    /// Whether it may be used from an address.
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        self.networks.is_empty() || address.is_some_and(|address| self.networks.contains(address))
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = api_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub id: KeyId,
    pub kind: ApiKeyKind,
    pub name: String,
    pub hint: String,
    pub hash: String,
    pub permissions: Json<Vec<Permission>>,
    pub channel_id: Option<ChannelId>,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub last_used_at: Option<Timestamp>,
    pub allowed_networks: Json<Vec<String>>,
    pub replaced_by: Option<KeyId>,
    pub created_by: Option<String>,
}

impl From<KeyRow> for ApiKey {
    fn from(row: KeyRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            hint: row.hint,
            permissions: row.permissions.0,
            channel_id: row.channel_id,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.last_used_at,
            allowed_addresses: row.allowed_networks.0,
            replaced_by: row.replaced_by,
            created_by: row.created_by,
        }
    }
}

/// Makes a key. Nobody grants what they do not have. Staff must have given a password or code just now.
pub fn create_key(tx: &mut Tx, by: &Caller, input: ApiKeyCreate) -> Result<IssuedKey> {
    by.require_fresh(tx, Permission::KeysManage)?;
    check(&input)?;
    if input.kind == ApiKeyKind::Secret && input.permissions.is_empty() {
        return Err(Error::invalid_field("/permissions", "required", "A secret key needs at least one permission."));
    }
    if input.kind == ApiKeyKind::Publishable && !input.permissions.is_empty() {
        return Err(Error::invalid_field("/permissions", "forbidden", "A publishable key is public: it can have no permission."));
    }
    may_grant(by, &input.permissions, input.channel_id)?;
    if input.kind == ApiKeyKind::Publishable && !input.allowed_addresses.is_empty() {
        return Err(Error::invalid_field("/allowed_addresses", "forbidden", "A publishable key is used from everywhere."));
    }
    for (position, range) in input.allowed_addresses.iter().enumerate() {
        let wrong = |problem| Error::invalid_field(format!("/allowed_addresses/{position}"), "format", problem);
        range.parse::<Network>().map_err(wrong)?;
    }
    if input.kind == ApiKeyKind::Secret {
        may_issue(by, &input.allowed_addresses, input.expires_at)?;
    }
    if let Some(channel) = input.channel_id {
        crate::commerce::channels::by_id(tx, channel)?
            .ok_or_else(|| Error::invalid_field("/channel_id", "not_found", "There is no such channel."))?;
    }
    if input.expires_at.is_some_and(|at| at <= tx.now()) {
        return Err(Error::invalid_field("/expires_at", "range", "Must be in the future."));
    }
    let key = secrets::generate(match input.kind {
        ApiKeyKind::Secret => "msk",
        ApiKeyKind::Publishable => "mpk",
    })?;
    keep_key(tx, by, input, key)
}

/// What a key may do that works now.
pub fn permissions_of_key(tx: &mut Tx, id: KeyId) -> Result<Option<Vec<Permission>>> {
    let now = tx.now();
    let found: Option<(Json<Vec<Permission>>, Option<Timestamp>)> = on_each!(tx, |c| {
        let live = api_keys::table.find(id).filter(api_keys::revoked_at.is_null());
        live.select((api_keys::permissions, api_keys::expires_at)).first(c).optional()
    })?;
    Ok(found.filter(|(_, expires_at)| expires_at.is_none_or(|at| at > now)).map(|(permissions, _)| permissions.0))
}

/// Makes a key in the place of the live ones of its name and kind, which are revoked.
pub fn renew_key(tx: &mut Tx, by: &Caller, input: ApiKeyCreate) -> Result<IssuedKey> {
    by.require(Permission::KeysManage)?;
    let now = tx.now();
    let earlier = api_keys::table
        .filter(api_keys::name.eq(input.name.clone()))
        .filter(api_keys::kind.eq(input.kind))
        .filter(api_keys::revoked_at.is_null());
    on_each!(tx, |c| diesel::update(earlier).set(api_keys::revoked_at.eq(now)).execute(c))?;
    create_key(tx, by, input)
}

/// A publishable key that can be shown again, for it is made of the shop's secret; one that was revoked gives
/// way to a new one.
pub fn lasting_publishable_key(tx: &mut Tx, by: &Caller, input: ApiKeyCreate, secret: &ShopSecret) -> Result<IssuedKey> {
    by.require(Permission::KeysManage)?;
    let key = secret.token("mpk", &input.name)?;
    let hash = secrets::hash(&key);
    let row: Option<KeyRow> =
        on_each!(tx, |c| api_keys::table.filter(api_keys::hash.eq(&hash)).select(KeyRow::as_select()).first(c).optional())?;
    match row {
        None => keep_key(tx, by, ApiKeyCreate { kind: ApiKeyKind::Publishable, ..input }, key),
        Some(row) if row.revoked_at.is_some() => renew_key(tx, by, ApiKeyCreate { kind: ApiKeyKind::Publishable, ..input }),
        Some(row) => Ok(issued(&row, key)),
    }
}

pub(super) fn keep_key(tx: &mut Tx, by: &Caller, input: ApiKeyCreate, key: String) -> Result<IssuedKey> {
    let row = KeyRow {
        id: tx.new_id(),
        kind: input.kind,
        name: input.name,
        hint: key.chars().take(10).collect(),
        hash: secrets::hash(&key),
        permissions: Json(input.permissions),
        channel_id: input.channel_id,
        created_at: tx.now(),
        expires_at: input.expires_at,
        revoked_at: None,
        last_used_at: None,
        allowed_networks: Json(input.allowed_addresses),
        replaced_by: None,
        created_by: Some(by.name()),
    };
    on_each!(tx, |c| diesel::insert_into(api_keys::table).values(&row).execute(c))?;
    let issued = issued(&row, key);
    events::emit(tx, "key.created", Some(row.id.into()), &ApiKey::from(row))?;
    Ok(issued)
}

fn issued(row: &KeyRow, key: String) -> IssuedKey {
    IssuedKey {
        id: row.id,
        key,
        kind: row.kind,
        name: row.name.clone(),
        permissions: row.permissions.0.clone(),
        channel_id: row.channel_id,
        expires_at: row.expires_at,
        allowed_addresses: row.allowed_networks.0.clone(),
    }
}

/// Lists keys, newest first, revoked ones included.
pub fn list_keys(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &ApiKeyFilter) -> Result<Listing<ApiKey>> {
    const LIST: &str = "keys";
    by.require(Permission::KeysManage)?;
    let after: Option<KeyId> = page.key(LIST)?;
    let forward = page.direction == crate::types::page::Direction::Forward;
    let rows: Vec<KeyRow> = on_each!(tx, |c| {
        let mut query = api_keys::table.select(KeyRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(only) = by.only_channel() {
            query = query.filter(api_keys::channel_id.eq(only));
        }
        if let Some(maker) = &filter.created_by {
            query = query.filter(api_keys::created_by.eq(maker));
        }
        query = match (after, forward) {
            (Some(id), true) => query.filter(api_keys::id.lt(id)),
            (Some(id), false) => query.filter(api_keys::id.gt(id)),
            (None, _) => query,
        };
        query = if forward { query.order(api_keys::id.desc()) } else { query.order(api_keys::id.asc()) };
        query.load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(ApiKey::from))
}

/// Revokes a key: it stops working on every instance within seconds. Doing it again changes nothing. Whoever manages keys
/// revokes any in their reach, of whatever permissions, and is not asked who they are first: in an emergency it must be
/// quick, and it gives nobody anything.
pub fn revoke_key(tx: &mut Tx, by: &Caller, id: KeyId) -> Result<ApiKey> {
    by.require(Permission::KeysManage)?;
    let now = tx.now();
    key_row(tx, by, id)?;
    let revoked = on_each!(tx, |c| {
        diesel::update(api_keys::table.find(id).filter(api_keys::revoked_at.is_null())).set(api_keys::revoked_at.eq(now)).execute(c)
    })?;
    let key = ApiKey::from(key_row(tx, by, id)?);
    if revoked == 1 {
        events::emit(tx, "key.revoked", Some(id.into()), &key)?;
    }
    Ok(key)
}

/// A key in the caller's reach.
pub(super) fn key_row(tx: &mut Tx, by: &Caller, id: KeyId) -> Result<KeyRow> {
    let row: Option<KeyRow> = on_each!(tx, |c| api_keys::table.find(id).select(KeyRow::as_select()).first(c).optional())?;
    let in_reach = |row: &KeyRow| by.only_channel().is_none() || by.only_channel() == row.channel_id;
    row.filter(in_reach).ok_or_else(|| Error::not_found("key"))
}

/// Notes when keys were last used; what is noted already of a later moment stays.
pub fn note_use(tx: &mut Tx, uses: &[(KeyId, Timestamp)]) -> Result<()> {
    for (id, at) in uses {
        let earlier = api_keys::last_used_at.is_null().or(api_keys::last_used_at.lt(*at));
        let key = api_keys::table.filter(api_keys::id.eq(*id)).filter(earlier);
        on_each!(tx, |c| diesel::update(key).set(api_keys::last_used_at.eq(*at)).execute(c))?;
    }
    Ok(())
}

/// The identity that a presented key proves, or none: unknown, revoked and expired keys are alike.
pub fn authenticate(tx: &mut Tx, key: &str) -> Result<Option<KeyIdentity>> {
    let hash = secrets::hash(key);
    let row: Option<KeyRow> = on_each!(tx, |c| {
        api_keys::table
            .filter(api_keys::hash.eq(&hash))
            .filter(api_keys::revoked_at.is_null())
            .select(KeyRow::as_select())
            .first(c)
            .optional()
    })?;
    let now = tx.now();
    let identity = |r: KeyRow| {
        Ok(KeyIdentity {
            id: r.id,
            kind: r.kind,
            permissions: r.permissions.0.into(),
            channel_id: r.channel_id,
            expires_at: r.expires_at,
            // Ranges that cannot be read must not open a key to everywhere.
            networks: Networks::of(&r.allowed_networks.0).map_err(Error::internal)?,
        })
    };
    row.filter(|r| r.expires_at.is_none_or(|at| at > now)).map(identity).transpose()
}
