//! The demo shop: what `maru serve --demo` fills an empty database with. Its goods and texts are data
//! (`shop.toml`, `products.toml`); everything is made by the same rules that staff use. For trials with more
//! goods, `fill` makes as many as wanted up from word lists.

mod dice;
mod fill;
mod frame;
mod generate;
mod goods;
mod sample;
mod words;

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;

pub use fill::{Filled, FilledCounts, fill};
pub use sample::{Sample, sample};

use crate::app::App;
use crate::commerce::auth::{self, ApiKeyCreate, ApiKeyKind, Caller, IssuedKey, Permission};
use crate::commerce::catalog::{self, UpsertStatus};
use crate::commerce::staff::{self, OwnerInvitation};
use crate::commerce::{channels, inventory, setup};
use crate::db::{Db, Tx};
use crate::error::{Error, Result};
use crate::types::{Currency, VariantId};
use frame::Frame;
use goods::Good;

/// The address of a demo's owner.
const OWNER: &str = "owner@demo.example";

/// A text in Korean and in English.
type Text = (String, String);

/// Fills an empty database, all or nothing; answers whether it did. One with a channel is somebody's shop
/// and is left alone.
pub fn load_if_empty(db: &Db) -> Result<bool> {
    db.write(|tx| {
        if channels::default(tx)?.is_some() {
            return Ok(false);
        }
        load(tx)?;
        Ok(true)
    })
}

fn load(tx: &mut Tx) -> Result<()> {
    let usd = dollars()?;
    let frame: Frame = read(include_str!("shop.toml"))?;
    let shop = setup::ensure(tx, Currency::KRW)?;
    let by = Caller::system("demo", shop.channel.clone());
    frame.load(tx, &by, &shop, usd)?;
    let goods = goods()?;
    let items = goods.iter().map(|good| good.upsert(tx.now(), usd)).collect::<Result<Vec<_>>>()?;
    let outcomes = catalog::upsert_products(tx, &by, items)?;
    if let Some(error) = outcomes.iter().find(|o| o.status == UpsertStatus::Failed).and_then(|o| o.error.as_ref()) {
        return Err(Error::internal(format!("a demo product was refused: {error:?}")));
    }
    let stock: Vec<(VariantId, i32)> =
        outcomes.iter().zip(&goods).flat_map(|(outcome, good)| outcome.variant_ids.iter().copied().zip(good.stock())).collect();
    inventory::set_levels(tx, &by, shop.location, &stock, "demo shop")?;
    Ok(())
}

fn dollars() -> Result<Currency> {
    Currency::parse("USD").ok_or_else(|| Error::internal("no dollars"))
}

fn goods() -> Result<Vec<Good>> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Goods {
        products: Vec<Good>,
    }
    Ok(read::<Goods>(include_str!("products.toml"))?.products)
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    toml::from_str(text).map_err(Error::internal)
}

/// The keys that a demo prints at each start. Secret keys are kept as hashes and cannot be shown again, so
/// each start makes a new one and revokes the one before; the publishable key opens nothing and stays the
/// same, so that an app can be built against it.
#[derive(Debug, Clone)]
pub struct DemoKeys {
    /// Every permission.
    pub admin: IssuedKey,
    /// Names the default channel.
    pub publishable: IssuedKey,
    /// What makes the first owner, until there is one.
    pub owner: Option<OwnerInvitation>,
}

/// Makes the keys of this start.
pub fn keys(app: &App) -> Result<DemoKeys> {
    let (secret, config) = (app.secret().clone(), app.config().clone());
    app.db().write(|tx| {
        let channel = channels::default(tx)?.ok_or_else(|| Error::internal("the demo shop has no channel"))?;
        let id = channel.id;
        let by = Caller::system("demo", Arc::new(channel));
        let key = |name: &str, kind, permissions| ApiKeyCreate {
            name: name.to_owned(),
            kind,
            permissions,
            channel_id: None,
            expires_at: None,
            allowed_addresses: Vec::new(),
        };
        let admin = auth::renew_key(tx, &by, key("demo admin", ApiKeyKind::Secret, vec![Permission::All]))?;
        let storefront = ApiKeyCreate { channel_id: Some(id), ..key("demo storefront", ApiKeyKind::Publishable, Vec::new()) };
        let publishable = auth::lasting_publishable_key(tx, &by, storefront, &secret)?;
        let owner = if staff::has_owner(tx)? { None } else { Some(staff::create_owner(tx, &by, &secret, &config, OWNER)?) };
        Ok(DemoKeys { admin, publishable, owner })
    })
}
