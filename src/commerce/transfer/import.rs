//! The import: two passes over the file, a transaction for each chunk of products.

use std::collections::HashMap;
use std::io::Read;

use super::columns::Columns;
use super::existing::{self, Existing};
use super::product::{Parser, ShopifyProduct, ShopifyVariant};
use super::reader::{Groups, Survey};
use super::report::{ImportCounts, ImportReport, IssueAction, Reporter};
use super::upsert::Converter;
use crate::commerce::auth::Caller;
use crate::commerce::catalog::{self, ProductUpsert, UpsertOutcome, UpsertStatus};
use crate::commerce::setup::{self, Shop};
use crate::commerce::{channels, inventory};
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::types::{Currency, VariantId};

/// Products of one transaction; fewer if they have very many variants.
const CHUNK_PRODUCTS: usize = 200;
const CHUNK_VARIANTS: usize = 2_000;

/// How to import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Settings {
    /// The currency of the file's prices; the default channel's if none.
    pub currency: Option<Currency>,
    /// Tell what would happen and write nothing.
    pub dry_run: bool,
    /// Set the stock of variants that are there already too.
    pub update_stock: bool,
    /// Set the stock of new variants.
    pub set_stock: bool,
}

/// How far an import is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Products done.
    pub done: i64,
    /// Products of the file.
    pub total: i64,
}

/// Opens the file from its beginning: an import reads it twice.
pub type OpenFile<'a> = &'a dyn Fn() -> Result<Box<dyn Read + 'a>>;

/// Loads a product CSV, telling of progress after each chunk; `progress` may end it with an error. Run again
/// with the same file it changes nothing.
pub fn import(db: &Db, open: OpenFile, settings: &Settings, progress: &mut dyn FnMut(Progress) -> Result<()>) -> Result<ImportReport> {
    let survey = Survey::of(open()?)?;
    let total = survey.products;
    progress(Progress { done: 0, total })?;
    let default = db.read(channels::default)?;
    let currency = settings.currency.or(default.as_ref().map(|c| c.currency)).unwrap_or_else(|| setup::first_currency(survey.has_cents));
    let mut report = Reporter::new(currency, settings.dry_run);
    tell_channel(db, default.is_none(), currency, survey.has_cents, &mut report)?;
    let mut groups = Groups::open(open()?, survey)?;
    for name in &groups.columns().unknown {
        report.note("unknown_column", None, &format!("The column {name:?} means nothing here and was left out."));
    }
    let mut parser = Parser { columns: groups.columns().clone(), currency, skus: HashMap::new() };
    let mut done = 0i64;
    loop {
        let chunk = next_chunk(&mut groups, &mut parser, &mut report)?;
        if chunk.is_empty() {
            break;
        }
        let load = |tx: &mut Tx| load(tx, settings, currency, &parser.columns, &chunk);
        let loaded = if settings.dry_run { db.rehearse(load)? } else { db.write(load)? };
        loaded.tell(&chunk, &mut report);
        done = done.saturating_add(i64::try_from(chunk.len()).unwrap_or(0));
        progress(Progress { done, total })?;
    }
    Ok(report.finish())
}

fn next_chunk(groups: &mut Groups<Box<dyn Read + '_>>, parser: &mut Parser, report: &mut Reporter) -> Result<Vec<ShopifyProduct>> {
    let (mut chunk, mut variants) = (Vec::new(), 0usize);
    while chunk.len() < CHUNK_PRODUCTS && variants < CHUNK_VARIANTS {
        let Some(group) = groups.next(report)? else { break };
        match parser.product(&group, report) {
            Some(product) => {
                variants = variants.saturating_add(product.variants.len());
                chunk.push(product);
            }
            None => report.report.products.refused = report.report.products.refused.saturating_add(1),
        }
    }
    Ok(chunk)
}

fn tell_channel(db: &Db, first: bool, currency: Currency, has_cents: bool, report: &mut Reporter) -> Result<()> {
    if first {
        let detail = format!("The shop was empty: its first channel, in {currency}, a stock location and shipping options were made.");
        report.note("channel_created", None, &detail);
    } else if !db.read(|tx| channels::sells_in(tx, currency))? {
        let detail = format!("No channel sells in {currency}: the products cannot be bought until one does.");
        report.note("currency_not_sold", None, &detail);
    }
    if has_cents && currency.exponent() == 0 {
        let detail =
            format!("Prices of the file have cents, which {currency} has not: import it with --currency and the file's own currency.");
        report.note("currency_mismatch", None, &detail);
    }
    Ok(())
}

/// What a chunk's transaction did.
struct Loaded {
    outcomes: Vec<UpsertOutcome>,
    before: HashMap<VariantId, i32>,
    after: HashMap<VariantId, i32>,
    stock_set: usize,
    stock_kept: usize,
}

fn load(tx: &mut Tx, settings: &Settings, currency: Currency, columns: &Columns, chunk: &[ShopifyProduct]) -> Result<Loaded> {
    let shop = setup::ensure(tx, currency)?;
    let by = Caller::system("import", shop.channel.clone());
    let slugs: Vec<String> = chunk.iter().map(|p| p.handle.clone()).collect();
    let known: HashMap<String, Existing> = existing::products(tx, &slugs)?;
    let before = existing::variant_versions(tx, &slugs)?;
    let converter = Converter { columns, currency, now: tx.now() };
    let items: Vec<ProductUpsert> = chunk.iter().map(|product| converter.product(product, known.get(&product.handle))).collect();
    let outcomes = catalog::upsert_products(tx, &by, items)?;
    let ids: Vec<_> = outcomes.iter().filter_map(|o| o.id).collect();
    let after = existing::versions_of(tx, &ids)?;
    let mut loaded = Loaded { outcomes, before, after, stock_set: 0, stock_kept: 0 };
    if settings.set_stock {
        set_stock(tx, &by, &shop, settings, chunk, &mut loaded)?;
    }
    Ok(loaded)
}

/// New variants get the file's quantities. What is there already keeps its stock, which has moved since the
/// file was written, unless the caller insists.
fn set_stock(tx: &mut Tx, by: &Caller, shop: &Shop, settings: &Settings, chunk: &[ShopifyProduct], loaded: &mut Loaded) -> Result<()> {
    let told: Vec<(VariantId, i32)> =
        loaded.pairs(chunk).filter_map(|(id, variant)| variant.quantity.map(|quantity| (id, quantity))).collect();
    let is_new = |id: &VariantId| !loaded.before.contains_key(id);
    let old: Vec<VariantId> = told.iter().map(|(id, _)| *id).filter(|id| !is_new(id)).collect();
    let on_hand = if old.is_empty() { HashMap::new() } else { existing::on_hand(tx, shop.location, &old)? };
    let differs = |id: &VariantId, quantity: i32| on_hand.get(id).copied().unwrap_or(0) != quantity;
    let wanted: Vec<(VariantId, i32)> =
        told.iter().copied().filter(|(id, quantity)| is_new(id) || (settings.update_stock && differs(id, *quantity))).collect();
    let kept = told.iter().filter(|(id, quantity)| !is_new(id) && !settings.update_stock && differs(id, *quantity)).count();
    let set = if wanted.is_empty() { 0 } else { inventory::set_levels(tx, by, shop.location, &wanted, "import")? };
    (loaded.stock_set, loaded.stock_kept) = (set, kept);
    Ok(())
}

impl Loaded {
    /// The variants that were written, beside what the file says of each.
    fn pairs<'a>(&'a self, chunk: &'a [ShopifyProduct]) -> impl Iterator<Item = (VariantId, &'a ShopifyVariant)> {
        self.outcomes.iter().zip(chunk).flat_map(|(outcome, product)| outcome.variant_ids.iter().copied().zip(&product.variants))
    }

    /// Counts and tells.
    fn tell(&self, chunk: &[ShopifyProduct], report: &mut Reporter) {
        for (outcome, product) in self.outcomes.iter().zip(chunk) {
            count(&mut report.report.products, outcome.status);
            if outcome.status == UpsertStatus::Failed {
                tell_refused(outcome, product, report);
            }
            for warning in outcome.warnings.iter().filter(|w| w.code != "duplicate_sku") {
                report.issue(line_at(product, &warning.pointer), None, &warning.code, IssueAction::Changed, warning.detail.clone());
            }
        }
        for id in self.outcomes.iter().flat_map(|outcome| &outcome.variant_ids) {
            let status = match (self.before.get(id), self.after.get(id)) {
                (None, _) => UpsertStatus::Created,
                (before, after) if before == after => UpsertStatus::Unchanged,
                _ => UpsertStatus::Updated,
            };
            count(&mut report.report.variants, status);
        }
        report.report.stock_set = report.report.stock_set.saturating_add(i32::try_from(self.stock_set).unwrap_or(i32::MAX));
        for _ in 0..self.stock_kept {
            report.note("stock_kept", None, "The file's quantity differs from the stock of a variant that was there; the stock was left alone (--update-stock sets it).");
        }
    }
}

fn count(counts: &mut ImportCounts, status: UpsertStatus) {
    let of = match status {
        UpsertStatus::Created => &mut counts.created,
        UpsertStatus::Updated => &mut counts.updated,
        UpsertStatus::Unchanged => &mut counts.unchanged,
        UpsertStatus::Failed => &mut counts.refused,
    };
    *of = of.saturating_add(1);
}

fn tell_refused(outcome: &UpsertOutcome, product: &ShopifyProduct, report: &mut Reporter) {
    let variants = i32::try_from(product.variants.len()).unwrap_or(i32::MAX);
    report.report.variants.refused = report.report.variants.refused.saturating_add(variants);
    let Some(error) = &outcome.error else { return };
    if error.errors.is_empty() {
        let detail = format!("The product {} was left out: {}", product.handle, error.detail);
        return report.issue(product.line, None, "invalid_product", IssueAction::Refused, detail);
    }
    for violation in &error.errors {
        let detail = format!("The product {} was left out: {} ({})", product.handle, violation.detail, violation.pointer);
        report.issue(line_at(product, &violation.pointer), None, "invalid_product", IssueAction::Refused, detail);
    }
}

/// The line that a pointer into an upsert means.
fn line_at(product: &ShopifyProduct, pointer: &str) -> u64 {
    let mut parts = pointer.split('/').skip(1);
    let index = |part: Option<&str>| part.and_then(|p| p.parse::<usize>().ok());
    let line = match parts.next() {
        Some("variants") => index(parts.next()).and_then(|i| product.variants.get(i)).map(|v| v.line),
        Some("media") => index(parts.next()).and_then(|i| product.images.get(i)).map(|i| i.line),
        _ => None,
    };
    line.unwrap_or(product.line)
}
