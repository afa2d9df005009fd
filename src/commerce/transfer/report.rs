//! What an import tells: counts, what was decided about each row that needed a decision, and notes about
//! the file as a whole.

use serde::{Deserialize, Serialize};

use super::columns::Column;
use crate::types::Currency;
use crate::types::text::text_enum;

/// How many issues a report holds; more are counted, not kept, so that a report stays small.
pub const MAX_ISSUES: usize = 5_000;

text_enum! {
    /// What became of the row or cell that an issue is about.
    pub enum IssueAction {
        /// Loaded as it is; somebody should look at it.
        Kept = "kept",
        /// Loaded with another value.
        Changed = "changed",
        /// Loaded without this value.
        Dropped = "dropped",
        /// Not loaded.
        Refused = "refused",
    }
}

/// Something about a row that the shop's owner should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ImportIssue {
    /// The line of the file where the row begins; the header is line 1.
    pub line: i32,
    /// The column, or null where the whole row is meant.
    pub column: Option<String>,
    /// Stable: `duplicate_sku`, `missing_sku`, `negative_quantity`, `backorder`, `unpublished`, `zero_price`, `no_price`,
    /// `invalid_price`, `currency_digits`, `compare_at_not_higher`, `html_cleaned`, `duplicate_variant`, `handle_again`,
    /// `invalid_product`, and so on.
    pub code: String,
    /// What was found and what was done, for people.
    pub detail: String,
    /// What became of it.
    pub action: IssueAction,
}

/// Something about the file as a whole, or that many rows share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ImportNote {
    /// Stable: `unknown_column`, `spreadsheet_apostrophe`, `image_row`, `stock_kept`, `channel_created`, `currency_not_sold`, and so on.
    pub code: String,
    /// For people.
    pub detail: String,
    /// How often.
    pub count: i32,
    /// Where first: a line of the file.
    pub first_line: Option<i32>,
}

/// How many of a kind were written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ImportCounts {
    /// New ones.
    pub created: i32,
    /// Ones that changed.
    pub updated: i32,
    /// Ones that were so already.
    pub unchanged: i32,
    /// Ones that could not be loaded.
    pub refused: i32,
}

/// How often a code occurred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct IssueCount {
    /// The issues' code.
    pub code: String,
    /// How many there were, kept in `issues` or not.
    pub count: i32,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ImportReport {
    /// Whether nothing was written.
    pub dry_run: bool,
    /// The currency its prices were read in.
    pub currency: Currency,
    /// Rows of the file, the header not counted.
    pub rows: i32,
    /// Products.
    pub products: ImportCounts,
    /// Variants.
    pub variants: ImportCounts,
    /// Variants whose stock changed.
    pub stock_set: i32,
    /// Rows that were not loaded.
    pub rows_refused: i32,
    /// How often each code of `issues` occurred.
    pub issue_counts: Vec<IssueCount>,
    /// What was decided about single rows, in the file's order; the first 5,000.
    pub issues: Vec<ImportIssue>,
    /// How many issues there were beyond those in `issues`.
    pub issues_left_out: i32,
    /// About the file as a whole.
    pub notes: Vec<ImportNote>,
}

/// A report while it is being made.
#[derive(Debug)]
pub struct Reporter {
    pub report: ImportReport,
}

impl Reporter {
    pub fn new(currency: Currency, dry_run: bool) -> Self {
        let none = ImportCounts::default();
        Self {
            report: ImportReport {
                dry_run,
                currency,
                rows: 0,
                products: none,
                variants: none,
                stock_set: 0,
                rows_refused: 0,
                issue_counts: Vec::new(),
                issues: Vec::new(),
                issues_left_out: 0,
                notes: Vec::new(),
            },
        }
    }

    /// Tells something of a row.
    pub fn issue(&mut self, line: u64, column: Option<Column>, code: &str, action: IssueAction, detail: impl Into<String>) {
        let counts = &mut self.report.issue_counts;
        match counts.iter_mut().find(|c| c.code == code) {
            Some(known) => known.count = known.count.saturating_add(1),
            None => counts.push(IssueCount { code: code.to_owned(), count: 1 }),
        }
        if action == IssueAction::Refused {
            self.report.rows_refused = self.report.rows_refused.saturating_add(1);
        }
        if self.report.issues.len() >= MAX_ISSUES {
            self.report.issues_left_out = self.report.issues_left_out.saturating_add(1);
            return;
        }
        self.report.issues.push(ImportIssue {
            line: small(line),
            column: column.map(|c| c.name().to_owned()),
            code: code.to_owned(),
            detail: detail.into(),
            action,
        });
    }

    /// Tells something that many rows share: once, with a count.
    pub fn note(&mut self, code: &str, line: Option<u64>, detail: &str) {
        match self.report.notes.iter_mut().find(|n| n.code == code && n.detail == detail) {
            Some(known) => known.count = known.count.saturating_add(1),
            None => self.report.notes.push(ImportNote {
                code: code.to_owned(),
                detail: detail.to_owned(),
                count: 1,
                first_line: line.map(small),
            }),
        }
    }

    /// The finished report, its issues in the file's order.
    pub fn finish(mut self) -> ImportReport {
        self.report.issues.sort_by_key(|issue| issue.line);
        self.report
    }
}

fn small(line: u64) -> i32 {
    i32::try_from(line).unwrap_or(i32::MAX)
}
