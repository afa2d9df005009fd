//! `maru export`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::import::{FormatArgument, parse_currency};
use super::keys::operator;
use super::{Failure, Global, Outcome};
use crate::commerce::auth::Caller;
use crate::commerce::transfer;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::Currency;

/// Write all products to a file that imports back to the same catalog. All of it is one state of the shop.
///
/// Archived variants, translations, categories and collections have no place in the format; stock is that of
/// the default location.
#[derive(clap::Args)]
pub struct Export {
    /// The file's format.
    #[arg(long, value_enum)]
    format: FormatArgument,
    /// Where to; - or nothing is standard output.
    file: Option<PathBuf>,
    /// The currency of the prices; the default channel's if absent.
    #[arg(long, value_name = "XXX", value_parser = parse_currency)]
    currency: Option<Currency>,
}

#[derive(Serialize)]
struct Report {
    products: i64,
    bytes: usize,
}

impl Export {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let FormatArgument::ShopifyCsv = self.format;
        let app = global.open()?;
        let by = operator(&app)?;
        let currency = self.currency;
        match self.file.filter(|f| f.as_os_str() != "-") {
            None => {
                app.db().snapshot(|tx| write(tx, &by, currency, &mut BufWriter::new(std::io::stdout().lock())))?;
            }
            Some(file) => {
                // Whole or not at all: a reader never finds half a file under its name.
                let part = file.with_added_extension("part");
                let mut to = BufWriter::new(File::create(&part)?);
                let report = app.db().snapshot(|tx| write(tx, &by, currency, &mut to))?;
                to.into_inner().map_err(|e| Failure::Failed(e.to_string()))?.sync_all()?;
                std::fs::rename(&part, &file)?;
                global.print(&report, |r| format!("{} products, {} bytes, to {}", r.products, r.bytes, file.display()))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write(tx: &mut Tx, by: &Caller, currency: Option<Currency>, to: &mut dyn Write) -> Result<Report> {
    let mut report = Report { products: 0, bytes: 0 };
    let mut cursor = None;
    loop {
        let page = transfer::export_page(tx, by, currency, cursor)?;
        to.write_all(page.content.as_bytes()).map_err(Error::internal)?;
        report.products = report.products.saturating_add(page.products.into());
        report.bytes = report.bytes.saturating_add(page.content.len());
        if page.next_cursor.is_none() {
            to.flush().map_err(Error::internal)?;
            return Ok(report);
        }
        cursor = page.next_cursor;
    }
}
