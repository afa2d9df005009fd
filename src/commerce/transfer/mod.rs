//! Moving catalogs in and out as files: the product CSV of Shopify, as it exists in the wild.
//!
//! An import loads everything that can be loaded, tells what it decided about each odd row, writes nothing
//! when it runs a second time, and holds one chunk of products in memory at a time (and a few bytes for each
//! product and SKU of the file).
//!
//! What it decides, as a shop's owner would: products are found by their handle, which is their slug, and
//! variants by their option values. A column that the file lacks says nothing. A repeated or missing SKU is
//! loaded and told. Less than nothing in stock is nothing. `continue` is backorder. What is not published is
//! loaded and not shown. A price of 0 is kept and told; one that is no amount of the currency is left out, and
//! the variant is not for sale. A price to compare with that is not higher is left out. Two rows with the same
//! option values are one variant, the first. Quantities go to new variants alone: what is there keeps its
//! stock, which has moved since the file was written, unless the caller insists. Nothing is ever deleted.

mod columns;
mod existing;
mod export;
mod import;
mod product;
mod reader;
mod report;
mod upsert;
mod values;

pub use export::{ExportPage, export_page};
pub use import::{OpenFile, Progress, Settings, import};
pub use report::{ImportCounts, ImportIssue, ImportNote, ImportReport, IssueAction, IssueCount};
