//! Fills a shop with made-up products, a transaction for each chunk of them, by the rules that staff use.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::Serialize;

use super::generate::{self, Made};
use super::words::{TREE, Word};
use super::{dollars, frame};
use crate::commerce::auth::Caller;
use crate::commerce::catalog::{self, CategoryCreate, CategoryTranslation, UpsertStatus};
use crate::commerce::inventory;
use crate::commerce::setup::{self, Shop, locale};
use crate::db::tables::categories;
use crate::db::{Db, Tx, on_each};
use crate::error::{Error, Result};
use crate::types::{CategoryId, Currency, VariantId};

/// Products of one transaction.
const CHUNK: u32 = 500;

/// What filling a shop did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Filled {
    /// Whether the shop was empty, so that its channels, stock location, shipping and tax were made.
    pub shop_created: bool,
    /// Categories that were made.
    pub categories_created: u32,
    /// Products.
    pub products: FilledCounts,
    /// Variants of all these products.
    pub variants: usize,
    /// Stock levels that were set.
    pub stock_set: usize,
}

/// Products, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct FilledCounts {
    /// New.
    pub created: u32,
    /// Made from another seed before, or changed since.
    pub updated: u32,
    /// As they shall be already.
    pub unchanged: u32,
}

/// Makes the products 1 to `products` of the seed's catalog, matched by their external keys `demo-000001` ...;
/// `progress` hears how many are done. An empty shop gets its channels first, as the demo shop does. A second
/// run writes nothing: products that are as they shall be keep their stock, which orders have moved since.
pub fn fill(db: &Db, products: u32, seed: u64, progress: &mut dyn FnMut(u32)) -> Result<Filled> {
    let usd = dollars()?;
    let (shop, shelves, mut filled) = db.write(|tx| prepare(tx, usd))?;
    let mut done = 0;
    while done < products {
        let numbers = done.saturating_add(1)..=products.min(done.saturating_add(CHUNK));
        done = *numbers.end();
        let chunk = db.write(|tx| {
            let made = numbers.clone().map(|number| generate::product(seed, number, usd)).collect::<Result<Vec<_>>>()?;
            load(tx, &shop, &shelves, made)
        })?;
        filled.add(&chunk);
        progress(done);
    }
    Ok(filled)
}

impl Filled {
    fn add(&mut self, chunk: &Self) {
        let (all, new) = (&mut self.products, &chunk.products);
        all.created = all.created.saturating_add(new.created);
        all.updated = all.updated.saturating_add(new.updated);
        all.unchanged = all.unchanged.saturating_add(new.unchanged);
        self.variants = self.variants.saturating_add(chunk.variants);
        self.stock_set = self.stock_set.saturating_add(chunk.stock_set);
    }
}

fn load(tx: &mut Tx, shop: &Shop, shelves: &HashMap<&str, CategoryId>, made: Vec<Made>) -> Result<Filled> {
    let by = caller(shop);
    let (mut items, mut counts) = (Vec::with_capacity(made.len()), Vec::with_capacity(made.len()));
    for Made { mut item, shelves: names, stock } in made {
        item.categories = Some(names.iter().filter_map(|name| shelves.get(name)).map(ToString::to_string).collect());
        items.push(item);
        counts.push(stock);
    }
    let mut filled = Filled::default();
    let mut levels: Vec<(VariantId, i32)> = Vec::new();
    for (outcome, stock) in catalog::upsert_products(tx, &by, items)?.into_iter().zip(counts) {
        filled.variants = filled.variants.saturating_add(outcome.variant_ids.len());
        let count = match outcome.status {
            UpsertStatus::Created => &mut filled.products.created,
            UpsertStatus::Updated => &mut filled.products.updated,
            UpsertStatus::Unchanged => &mut filled.products.unchanged,
            UpsertStatus::Failed => return Err(Error::internal(format!("a made-up product was refused: {:?}", outcome.error))),
        };
        *count = count.saturating_add(1);
        if outcome.status != UpsertStatus::Unchanged {
            levels.extend(outcome.variant_ids.into_iter().zip(stock));
        }
    }
    if !levels.is_empty() {
        filled.stock_set = inventory::set_levels(tx, &by, shop.location, &levels, "made-up catalog")?;
    }
    Ok(filled)
}

fn caller(shop: &Shop) -> Caller {
    Caller::system("demo-data", shop.channel.clone())
}

type Shelves = HashMap<&'static str, CategoryId>;

/// What products need: a shop, and the categories by their slugs in [`TREE`].
fn prepare(tx: &mut Tx, usd: Currency) -> Result<(Shop, Shelves, Filled)> {
    let shop = setup::ensure(tx, Currency::KRW)?;
    let by = caller(&shop);
    if shop.created {
        frame::american_channel(tx, &by, &shop, usd)?;
    }
    let mut shelves = Carpenter { by: &by, there: known(tx)?, created: 0 };
    for root in TREE {
        let root_id = shelves.ensure(tx, root.slug, root.name, None)?;
        for branch in root.branches {
            let branch_id = shelves.ensure(tx, branch.slug, branch.name, Some(root_id))?;
            for leaf in branch.leaves {
                shelves.ensure(tx, leaf.slug, leaf.name, Some(branch_id))?;
            }
        }
    }
    let filled = Filled { shop_created: shop.created, categories_created: shelves.created, ..Filled::default() };
    let there = shelves.there;
    let slugs = TREE.iter().flat_map(|root| root.branches).flat_map(|branch| branch.leaves).map(|leaf| leaf.slug);
    let named = slugs.filter_map(|slug| Some((slug, there.get(&key(slug)).copied()?))).collect();
    Ok((shop, named, filled))
}

/// What a category is called outside: its slug may have been taken by another.
fn key(slug: &str) -> String {
    format!("demo-{slug}")
}

fn known(tx: &mut Tx) -> Result<HashMap<String, CategoryId>> {
    let slugs = TREE.iter().flat_map(|root| {
        let below = root.branches.iter().flat_map(|branch| std::iter::once(branch.slug).chain(branch.leaves.iter().map(|leaf| leaf.slug)));
        std::iter::once(root.slug).chain(below)
    });
    let keys: Vec<String> = slugs.map(key).collect();
    let rows: Vec<(Option<String>, CategoryId)> = on_each!(tx, |c| {
        categories::table.filter(categories::external_key.eq_any(&keys)).select((categories::external_key, categories::id)).load(c)
    })?;
    Ok(rows.into_iter().filter_map(|(key, id)| Some((key?, id))).collect())
}

/// Makes the categories that are missing.
struct Carpenter<'a> {
    by: &'a Caller,
    there: HashMap<String, CategoryId>,
    created: u32,
}

impl Carpenter<'_> {
    fn ensure(&mut self, tx: &mut Tx, slug: &str, name: Word, parent_id: Option<CategoryId>) -> Result<CategoryId> {
        if let Some(id) = self.there.get(&key(slug)) {
            return Ok(*id);
        }
        let english = CategoryTranslation { locale: locale("en")?, name: Some(name.1.to_owned()), description: None, seo: None };
        let input = CategoryCreate {
            name: name.0.to_owned(),
            slug: Some(slug.to_owned()),
            external_key: Some(key(slug)),
            parent_id,
            translations: vec![english],
            ..CategoryCreate::default()
        };
        let id = catalog::create_category(tx, self.by, input)?.id;
        self.there.insert(key(slug), id);
        self.created = self.created.saturating_add(1);
        Ok(id)
    }
}
