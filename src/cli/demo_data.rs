//! `maru demo-data`.

use std::process::ExitCode;
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{Failure, Global, Outcome};
use crate::commerce::demo::{self, Filled};

/// Make a catalog up, for trials and measurements: Korean and English, priced in KRW and USD, with
/// categories, options, stock, drafts and what is published later.
///
/// The same seed makes the same products on every machine; they have the external keys demo-000001 and so
/// on, and a second run changes nothing. An empty shop gets its channels, a stock location and shipping
/// options first.
#[derive(clap::Args)]
pub struct DemoData {
    /// How many products.
    #[arg(long, value_name = "N", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    products: u32,
    /// Which catalog.
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
}

/// What was done, and how fast.
#[derive(Serialize)]
struct Report {
    seed: u64,
    #[serde(flatten)]
    filled: Filled,
    elapsed_ms: u128,
    variants_per_second: u128,
}

impl DemoData {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let app = global.open()?;
        let bar = ProgressBar::new(self.products.into()).with_style(style()?);
        let started = Instant::now();
        let filled = demo::fill(app.db(), self.products, self.seed, &mut |done| bar.set_position(done.into()));
        bar.finish_and_clear();
        let (filled, elapsed_ms) = (filled?, started.elapsed().as_millis());
        let variants = u128::try_from(filled.variants).unwrap_or(0);
        let variants_per_second = variants.saturating_mul(1_000) / elapsed_ms.max(1);
        global.print(&Report { seed: self.seed, filled, elapsed_ms, variants_per_second }, text)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Drawn on a terminal alone, on standard error.
fn style() -> Result<ProgressStyle, Failure> {
    let template = "{bar:40} {pos}/{len} products, {per_sec}, {eta} left";
    ProgressStyle::with_template(template).map_err(|e| Failure::Failed(e.to_string()))
}

fn text(report: &Report) -> String {
    let Filled { shop_created, categories_created, products, variants, stock_set } = &report.filled;
    let mut lines = Vec::new();
    if *shop_created {
        lines.push("the shop was empty: channels in KRW and USD, a stock location, shipping and tax were made".to_owned());
    }
    lines.push(format!("products  {} created, {} updated, {} unchanged", products.created, products.updated, products.unchanged));
    lines.push(format!("variants  {variants}; stock of {stock_set} set; {categories_created} categories created"));
    let (seconds, millis) = (report.elapsed_ms / 1_000, report.elapsed_ms % 1_000);
    lines.push(format!("{seconds}.{millis:03} s, {} variants a second", report.variants_per_second));
    lines.join("\n")
}
