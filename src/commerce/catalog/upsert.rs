//! Making and changing products, many at once. What the whole batch needs is looked up first; then each
//! item is matched and applied in memory; then what differs is written. A second identical run finds every
//! product as it shall be, and writes nothing.

use std::collections::{BTreeSet, HashMap, HashSet};

use diesel::prelude::*;

use super::change::{self, Known, Mint};
use super::rows::ProductState;
use super::store::{self, Change};
use super::{CatalogWarning, ItemError, ProductUpsert, UpsertOutcome, UpsertStatus, text};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{categories, collection_products, collections, products, variants};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, Result, check};
use crate::types::ids::Id;
use crate::types::{CategoryId, CollectionId, ProductId, VariantId};

/// Values a look-up binds at most.
const VALUES: usize = 10_000;

/// Makes and changes products. Each item is matched by id, else by external key, else by slug, else by the
/// SKU of its variants; what matches nothing is made. An item that is refused says so in its outcome and does
/// not stop the others. Fails as a whole only for the permission and the database.
pub fn upsert_products(tx: &mut Tx, by: &Caller, items: Vec<ProductUpsert>) -> Result<Vec<UpsertOutcome>> {
    by.require(Permission::CatalogWrite)?;
    let mut batch = Batch::look_up(tx, &items)?;
    let done = items.iter().map(|item| batch.apply(tx, item, Target::Find)).collect::<Vec<_>>();
    let outcomes = items.iter().zip(done).map(|(item, done)| batch.outcome(item, done)).collect();
    batch.save(tx)?;
    Ok(outcomes)
}

/// Which product an item is for.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// Whichever matches, or a new one.
    Find,
    /// A new one, whatever matches.
    New,
    /// This one, if the guard lets it pass.
    This(ProductId, &'a dyn Fn(&ProductState) -> Result<()>),
}

/// Applies one item and answers the product as it is then, with its outcome.
pub(super) fn apply_one(tx: &mut Tx, item: &ProductUpsert, target: Target) -> Result<(ProductState, UpsertOutcome)> {
    let items = std::slice::from_ref(item);
    let mut batch = match target {
        Target::This(id, _) => Batch::look_up(tx, &[ProductUpsert { id: Some(id), ..item.clone() }])?,
        Target::Find | Target::New => Batch::look_up(tx, items)?,
    };
    let done = batch.apply(tx, item, target)?;
    let place = done.place;
    let outcome = batch.outcome(item, Ok(done));
    let saved = batch.save(tx)?;
    let state = saved.into_iter().nth(place).ok_or_else(|| Error::internal("the product just written is gone"))?;
    Ok((state, outcome))
}

struct Done {
    place: usize,
    status: UpsertStatus,
    variant_ids: Vec<VariantId>,
    warnings: Vec<CatalogWarning>,
}

#[derive(Default)]
struct Batch {
    known: Known,
    work: Vec<Change>,
    by_id: HashMap<ProductId, usize>,
    by_key: HashMap<String, usize>,
    by_slug: HashMap<String, usize>,
    skus: HashMap<String, BTreeSet<(ProductId, VariantId)>>,
}

impl Batch {
    fn look_up(tx: &mut Tx, items: &[ProductUpsert]) -> Result<Self> {
        let mut batch = Self::default();
        batch.look_up_variants(tx, items)?;
        batch.look_up_products(tx, items)?;
        batch.look_up_slugs(tx, items)?;
        batch.look_up_links(tx, items)?;
        Ok(batch)
    }

    fn look_up_variants(&mut self, tx: &mut Tx, items: &[ProductUpsert]) -> Result<()> {
        let inputs = || items.iter().flat_map(|i| i.variants.iter().flatten());
        let skus = distinct(inputs().filter_map(|v| v.sku.value()).map(|s| s.trim().to_owned()));
        for chunk in skus.chunks(VALUES) {
            let rows: Vec<(Option<String>, ProductId, VariantId)> = on_each!(tx, |c| {
                variants::table.filter(variants::sku.eq_any(chunk)).select((variants::sku, variants::product_id, variants::id)).load(c)
            })?;
            for (sku, product, variant) in rows {
                self.skus.entry(sku.unwrap_or_default()).or_default().insert((product, variant));
            }
        }
        let keys = distinct(inputs().filter_map(|v| v.external_key.as_ref()).map(|k| k.trim().to_owned()));
        for chunk in keys.chunks(VALUES) {
            let rows: Vec<(Option<String>, ProductId, VariantId)> = on_each!(tx, |c| {
                variants::table
                    .filter(variants::external_key.eq_any(chunk))
                    .select((variants::external_key, variants::product_id, variants::id))
                    .load(c)
            })?;
            self.known.variant_keys.extend(rows.into_iter().map(|(key, product, variant)| (key.unwrap_or_default(), (product, variant))));
        }
        Ok(())
    }

    fn look_up_products(&mut self, tx: &mut Tx, items: &[ProductUpsert]) -> Result<()> {
        let mut ids: BTreeSet<ProductId> = items.iter().filter_map(|i| i.id).collect();
        let by_sku = items.iter().filter(|i| is_by_sku(i)).flat_map(|i| i.variants.iter().flatten());
        ids.extend(by_sku.filter_map(|v| self.skus.get(v.sku.value()?.trim())).flatten().map(|(product, _)| *product));
        let keys = distinct(items.iter().filter_map(|i| i.external_key.as_ref()).map(|k| k.trim().to_owned()));
        let slugs = distinct(items.iter().filter_map(|i| i.slug.as_ref()).map(|s| s.trim().to_lowercase()));
        if !keys.is_empty() || !slugs.is_empty() {
            let found: Vec<ProductId> = on_each!(tx, |c| {
                products::table.filter(products::external_key.eq_any(&keys).or(products::slug.eq_any(&slugs))).select(products::id).load(c)
            })?;
            ids.extend(found);
        }
        let ids: Vec<ProductId> = ids.into_iter().collect();
        for state in store::load_to_write(tx, &ids)? {
            self.work.push(Change { before: Some(state.clone()), after: state });
            self.index(self.work.len() - 1);
        }
        Ok(())
    }

    /// Which slugs are taken, of those that the items may get.
    fn look_up_slugs(&mut self, tx: &mut Tx, items: &[ProductUpsert]) -> Result<()> {
        let wanted: Vec<String> = items
            .iter()
            .filter_map(|i| match (&i.slug, &i.title) {
                (Some(slug), _) => Some(slug.trim().to_lowercase()),
                (None, Some(title)) => Some(text::made_slug(title, "")),
                (None, None) => None,
            })
            .collect();
        let slugs = distinct(wanted.iter().cloned());
        self.look_up_taken(tx, &slugs)?;
        let mut seen = HashSet::new();
        let clashing: Vec<&String> = wanted.iter().filter(|s| !seen.insert(*s) || self.known.slugs.contains_key(*s)).collect();
        let candidates = distinct(clashing.into_iter().flat_map(|s| text::slug_candidates(s)));
        self.look_up_taken(tx, &candidates)
    }

    fn look_up_taken(&mut self, tx: &mut Tx, slugs: &[String]) -> Result<()> {
        for chunk in slugs.chunks(VALUES) {
            let taken: Vec<(String, ProductId)> =
                on_each!(tx, |c| products::table.filter(products::slug.eq_any(chunk)).select((products::slug, products::id)).load(c))?;
            self.known.slugs.extend(taken);
        }
        Ok(())
    }

    fn look_up_links(&mut self, tx: &mut Tx, items: &[ProductUpsert]) -> Result<()> {
        let names = distinct(items.iter().flat_map(|i| i.categories.iter().flatten().cloned()));
        let ids: Vec<CategoryId> = names.iter().filter_map(|n| CategoryId::parse(n).ok()).collect();
        if !names.is_empty() {
            let rows: Vec<(CategoryId, String)> = on_each!(tx, |c| {
                categories::table
                    .filter(categories::slug.eq_any(&names).or(categories::id.eq_any(&ids)))
                    .select((categories::id, categories::slug))
                    .load(c)
            })?;
            self.known.categories = rows.into_iter().flat_map(|(id, slug)| [(slug, id), (id.to_string(), id)]).collect();
        }
        let names = distinct(items.iter().flat_map(|i| i.collections.iter().flatten().cloned()));
        let ids: Vec<CollectionId> = names.iter().filter_map(|n| CollectionId::parse(n).ok()).collect();
        if !names.is_empty() {
            let rows: Vec<(CollectionId, String, Option<i32>)> = on_each!(tx, |c| {
                collections::table
                    .left_join(collection_products::table.on(collection_products::collection_id.eq(collections::id)))
                    .filter(collections::slug.eq_any(&names).or(collections::id.eq_any(&ids)))
                    .group_by((collections::id, collections::slug))
                    .select((collections::id, collections::slug, diesel::dsl::max(collection_products::position.nullable())))
                    .load(c)
            })?;
            let mut ends = self.known.collection_ends.borrow_mut();
            for (id, slug, last) in rows {
                ends.insert(id, last.map_or(0, |l| l.saturating_add(1)));
                self.known.collections.extend([(slug, id), (id.to_string(), id)]);
            }
        }
        Ok(())
    }

    /// Makes a product findable by what it has now.
    fn index(&mut self, place: usize) {
        let Some(state) = self.work.get(place).map(|c| &c.after) else { return };
        let id = state.row.id;
        self.by_id.insert(id, place);
        self.by_key.extend(state.row.external_key.clone().map(|key| (key, place)));
        self.by_slug.insert(state.row.slug.clone(), place);
        self.known.slugs.insert(state.row.slug.clone(), id);
        for variant in &state.variants {
            if let Some(sku) = &variant.row.sku {
                self.skus.entry(sku.clone()).or_default().insert((id, variant.row.id));
            }
            if let Some(key) = &variant.row.external_key {
                self.known.variant_keys.insert(key.clone(), (id, variant.row.id));
            }
        }
    }

    fn find(&self, item: &ProductUpsert) -> Result<Option<usize>> {
        if let Some(id) = item.id {
            return self.by_id.get(&id).copied().map(Some).ok_or_else(|| Error::not_found("product"));
        }
        let key = item.external_key.as_deref().map(str::trim);
        if let Some(place) = key.and_then(|k| self.by_key.get(k)) {
            return Ok(Some(*place));
        }
        let slug = item.slug.as_ref().map(|s| s.trim().to_lowercase());
        if let Some(place) = slug.and_then(|s| self.by_slug.get(&s)) {
            // A product that another system calls something else is another product.
            let adoptable = key.is_none() || self.work.get(*place).is_some_and(|c| c.after.row.external_key.is_none());
            return Ok(adoptable.then_some(*place));
        }
        if is_by_sku(item) { self.find_by_sku(item) } else { Ok(None) }
    }

    fn find_by_sku(&self, item: &ProductUpsert) -> Result<Option<usize>> {
        let inputs = item.variants.iter().flatten().enumerate();
        let owners = inputs.filter_map(|(i, v)| Some((i, self.skus.get(v.sku.value()?.trim())?)));
        let owners: Vec<(usize, ProductId)> = owners.flat_map(|(i, set)| set.iter().map(move |(product, _)| (i, *product))).collect();
        let products: BTreeSet<ProductId> = owners.iter().map(|(_, product)| *product).collect();
        if products.len() > 1 {
            let candidate =
                |(i, product): &(usize, ProductId)| FieldError::new(format!("/variants/{i}/sku"), "candidate", product.to_string());
            return Err(Error::new(Code::AmbiguousSku, "Several products have variants with this SKU.")
                .with_fields(owners.iter().map(candidate).collect()));
        }
        Ok(products.first().and_then(|id| self.by_id.get(id)).copied())
    }

    fn apply(&mut self, tx: &Tx, item: &ProductUpsert, target: Target) -> Result<Done> {
        check(item)?;
        let found = match target {
            Target::Find => self.find(item)?,
            Target::New => self.refuse_taken_key(item).map(|()| None)?,
            Target::This(id, _) => Some(self.by_id.get(&id).copied().ok_or_else(|| Error::not_found("product"))?),
        };
        let next = || tx.new_id::<ProductId>().into();
        let mint = Mint { now: tx.now(), next: &next };
        let old = found.and_then(|place| self.work.get(place)).map(|c| &c.after);
        if let (Target::This(_, guard), Some(old)) = (target, old) {
            guard(old)?;
        }
        if let Some(key) = &item.external_key
            && self.by_key.get(key.trim()).is_some_and(|place| Some(*place) != found)
        {
            return Err(key_taken(key));
        }
        let mut state = old.cloned().unwrap_or_else(|| change::blank(&mint));
        let applied = change::apply(&mut state, item, &self.known, &mint)?;
        let status = match old {
            None => UpsertStatus::Created,
            Some(old) if *old == state => UpsertStatus::Unchanged,
            Some(_) => UpsertStatus::Updated,
        };
        let place = found.unwrap_or(self.work.len());
        match self.work.get_mut(place) {
            Some(change) => change.after = state,
            None => self.work.push(Change { before: None, after: state }),
        }
        self.index(place);
        Ok(Done { place, status, variant_ids: applied.variant_ids, warnings: applied.warnings })
    }

    fn refuse_taken_key(&self, item: &ProductUpsert) -> Result<()> {
        match &item.external_key {
            Some(key) if self.by_key.contains_key(key.trim()) => Err(key_taken(key)),
            _ => Ok(()),
        }
    }

    fn outcome(&self, item: &ProductUpsert, done: Result<Done>) -> UpsertOutcome {
        match done {
            Err(error) => UpsertOutcome {
                id: None,
                status: UpsertStatus::Failed,
                variant_ids: Vec::new(),
                warnings: Vec::new(),
                error: Some(ItemError::from(&error)),
            },
            Ok(mut done) => {
                done.warnings.extend(self.repeated_skus(item, &done.variant_ids));
                let id = self.work.get(done.place).map(|c| c.after.row.id);
                UpsertOutcome { id, status: done.status, variant_ids: done.variant_ids, warnings: done.warnings, error: None }
            }
        }
    }

    /// A SKU that another variant has too is told, not refused: real catalogs hold them.
    fn repeated_skus(&self, item: &ProductUpsert, ids: &[VariantId]) -> Vec<CatalogWarning> {
        let inputs = item.variants.iter().flatten().zip(ids).enumerate();
        inputs
            .filter_map(|(index, (input, id))| {
                let sku = input.sku.value()?.trim();
                let others: Vec<String> =
                    self.skus.get(sku)?.iter().filter(|(_, v)| v != id && self.has_sku(*v, sku)).map(|(_, v)| v.to_string()).collect();
                let first = others.first()?;
                let more = if others.len() > 1 { format!(" and {} more", others.len() - 1) } else { String::new() };
                Some(CatalogWarning {
                    code: "duplicate_sku".to_owned(),
                    pointer: format!("/variants/{index}/sku"),
                    detail: format!("The SKU {sku:?} is also that of {first}{more}."),
                })
            })
            .collect()
    }

    /// Whether a variant has a SKU after all items are applied; those out of the batch have what they had.
    fn has_sku(&self, variant: VariantId, sku: &str) -> bool {
        let owner = self.skus.get(sku).and_then(|set| set.iter().find(|(_, v)| *v == variant)).map(|(product, _)| product);
        let state = owner.and_then(|p| self.by_id.get(p)).and_then(|place| self.work.get(*place)).map(|c| &c.after);
        state.is_none_or(|s| s.variants.iter().any(|v| v.row.id == variant && v.row.sku.as_deref() == Some(sku)))
    }

    /// Writes what differs; answers every product of the batch as it is now.
    fn save(self, tx: &mut Tx) -> Result<Vec<ProductState>> {
        let mut states: Vec<Option<ProductState>> = Vec::with_capacity(self.work.len());
        let (mut changes, mut places) = (Vec::new(), Vec::new());
        for change in self.work {
            if change.is_real() {
                places.push(states.len());
                states.push(None);
                changes.push(change);
            } else {
                states.push(Some(change.after));
            }
        }
        if !changes.is_empty() {
            store::save(tx, &mut changes)?;
        }
        for (place, change) in places.into_iter().zip(changes) {
            if let Some(state) = states.get_mut(place) {
                *state = Some(change.after);
            }
        }
        Ok(states.into_iter().flatten().collect())
    }
}

/// Whether only the SKUs of its variants say which product an item is for.
fn is_by_sku(item: &ProductUpsert) -> bool {
    item.id.is_none() && item.external_key.is_none() && item.slug.is_none()
}

fn key_taken(key: &str) -> Error {
    Error::new(Code::AlreadyExists, format!("Another product has the external key {key:?}."))
}

fn distinct(values: impl Iterator<Item = String>) -> Vec<String> {
    let set: BTreeSet<String> = values.collect();
    set.into_iter().collect()
}
