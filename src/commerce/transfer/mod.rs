//! Moving catalogs in and out as files: the product CSV of Shopify, as it exists in the wild.
//!
//! An import loads everything that can be loaded, tells what it decided about each odd row, writes nothing
//! when it runs a second time, and holds one chunk of products in memory at a time. It never touches the
//! stock of a variant that is there already unless it is asked to.

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
