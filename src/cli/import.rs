//! `maru import`.

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::keys::acting;
use super::{Failure, Global, Outcome};
use crate::commerce::transfer::{self, ImportCounts, ImportReport, Progress, Settings};
use crate::error::{Code, Error};
use crate::types::Currency;

/// How many issues are printed for people; `--json` has them all.
const SHOWN: usize = 40;

/// Load a catalog from a file. Everything that can be loaded is; what was decided about odd rows is told,
/// row by row. The same file a second time changes nothing.
///
/// An empty shop gets its first channel, a stock location and shipping options. New variants get the file's
/// quantities; variants that are there keep their stock, which has moved since the file was written.
///
/// Exit codes: 0 done, 1 done but some rows were refused, 2 wrong usage, 3 failed.
#[derive(clap::Args)]
pub struct Import {
    /// The file's format.
    #[arg(long, value_enum)]
    format: FormatArgument,
    /// The file.
    file: PathBuf,
    /// Tell what would happen and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The currency of the file's prices; the default channel's if absent.
    #[arg(long, value_name = "XXX", value_parser = parse_currency)]
    currency: Option<Currency>,
    /// Set the stock of variants that are there already too.
    #[arg(long)]
    update_stock: bool,
}

/// A format of files of products.
#[derive(Clone, Copy, ValueEnum)]
pub(super) enum FormatArgument {
    /// The product CSV of Shopify.
    ShopifyCsv,
}

pub(super) fn parse_currency(text: &str) -> Result<Currency, String> {
    Currency::parse(text).ok_or_else(|| format!("{text:?} is no ISO 4217 code such as KRW"))
}

impl Import {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let FormatArgument::ShopifyCsv = self.format;
        if !self.file.is_file() {
            return Err(Failure::Usage(format!("there is no file {} (it is read twice, so it cannot be a pipe)", self.file.display())));
        }
        let app = global.open()?;
        let settings = Settings { currency: self.currency, dry_run: self.dry_run, update_stock: self.update_stock, set_stock: true };
        let bar = ProgressBar::new(0).with_style(style()?);
        let open = || -> crate::error::Result<Box<dyn std::io::Read>> { Ok(Box::new(File::open(&self.file).map_err(Error::internal)?)) };
        let done = transfer::import(app.db(), &open, &settings, &mut |Progress { done, total }| {
            bar.set_length(total.unsigned_abs());
            bar.set_position(done.unsigned_abs());
            Ok(())
        });
        bar.finish_and_clear();
        let report = done.map_err(|error| match error.code {
            Code::Invalid => Failure::Failed(error.detail),
            _ => error.into(),
        })?;
        if !self.dry_run {
            let counts = serde_json::json!({"file": self.file.file_name().map(|n| n.to_string_lossy()), "products": report.products, "variants": report.variants});
            app.db().write(|tx| {
                tx.act_for(acting("import"));
                tx.note("catalog.imported", None, None, &counts);
                Ok(())
            })?;
        }
        global.print(&report, text)?;
        Ok(if report.rows_refused == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

/// Drawn on a terminal alone, on standard error.
fn style() -> Result<ProgressStyle, Failure> {
    let template = "{bar:40} {pos}/{len} products, {per_sec}, {eta} left";
    ProgressStyle::with_template(template).map_err(|e| Failure::Failed(e.to_string()))
}

fn text(report: &ImportReport) -> String {
    let counts = |name: &str, c: &ImportCounts| {
        format!("{name:<9} {} created, {} updated, {} unchanged, {} refused", c.created, c.updated, c.unchanged, c.refused)
    };
    let mut lines: Vec<String> = report
        .issues
        .iter()
        .take(SHOWN)
        .map(|i| format!("line {}, {}: {} [{}, {}]", i.line, i.column.as_deref().unwrap_or("row"), i.detail, i.code, i.action))
        .collect();
    let kept = report.issues.len().saturating_sub(SHOWN);
    if kept > 0 || report.issues_left_out > 0 {
        lines.push(format!("... and {kept} more (--json tells {})", report.issues.len()));
    }
    lines.extend(report.issue_counts.iter().map(|c| format!("{:>6} x {}", c.count, c.code)));
    lines.extend(report.notes.iter().map(|n| format!("note: {} [{}, {} x]", n.detail, n.code, n.count)));
    lines.push(counts("products", &report.products));
    lines.push(counts("variants", &report.variants));
    lines.push(format!("stock of {} variants changed; {} rows read, {} refused", report.stock_set, report.rows, report.rows_refused));
    if report.dry_run {
        lines.push("dry run: nothing was written".to_owned());
    } else if report.products.created == 0 && report.products.updated == 0 && report.variants.updated == 0 && report.stock_set == 0 {
        lines.push("nothing changed".to_owned());
    }
    lines.join("\n")
}
