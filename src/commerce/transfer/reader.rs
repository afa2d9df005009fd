//! Reading a product CSV row by row: consecutive rows of one handle are one product. A first pass over
//! the file finds the few handles that come again further down, so that the second can hold just those
//! back until they are whole; memory grows by a few bytes a product, not with the file.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder, StringRecord};

use super::columns::{Column, Columns};
use super::report::{IssueAction, Reporter};
use crate::error::{Error, Result};

/// Most rows one product may have: far more than any shop's variants and pictures.
pub const MAX_ROWS_OF_A_PRODUCT: usize = 5_000;

/// Most bytes one row may have.
const MAX_ROW_BYTES: usize = 8 * 1024 * 1024;

/// The rows of one product.
#[derive(Debug, Clone)]
pub struct Group {
    /// As in the file, lower case.
    pub handle: String,
    /// In the file's order.
    pub rows: Vec<Row>,
}

/// A row and where it stands.
#[derive(Debug, Clone)]
pub struct Row {
    /// The line where it begins; the header is line 1.
    pub line: u64,
    /// Its cells.
    pub cells: StringRecord,
}

/// What a first pass finds out.
#[derive(Debug, Default)]
pub struct Survey {
    /// Different handles: what progress counts to.
    pub products: i64,
    /// Whether some price has digits after the point that are not zero.
    pub has_cents: bool,
    /// Handles (hashed) that begin again after others, and how many runs of rows they have.
    runs: HashMap<u64, u32>,
}

impl Survey {
    /// Reads the file once.
    pub fn of(file: impl Read) -> Result<Self> {
        let mut rows = Rows::open(file)?;
        let mut seen: HashMap<u64, u32> = HashMap::new();
        let mut survey = Self::default();
        let mut last = None;
        while let Some(row) = rows.next()? {
            let Ok(row) = row else { continue };
            survey.has_cents |= has_cents(rows.columns.cell(&row.cells, Column::Price));
            let handle = rows.columns.cell(&row.cells, Column::Handle).to_lowercase();
            if handle.is_empty() {
                continue;
            }
            let hashed = hashed(&handle);
            if last != Some(hashed) {
                let runs = seen.entry(hashed).or_default();
                *runs = runs.saturating_add(1);
                last = Some(hashed);
            }
        }
        survey.products = i64::try_from(seen.len()).unwrap_or(i64::MAX);
        seen.retain(|_, runs| *runs > 1);
        survey.runs = seen;
        Ok(survey)
    }
}

fn has_cents(price: &str) -> bool {
    price.parse::<rust_decimal::Decimal>().is_ok_and(|p| !p.fract().is_zero())
}

fn hashed(handle: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    handle.hash(&mut hasher);
    hasher.finish()
}

/// The products of a file, one after the other.
pub struct Groups<R> {
    rows: Rows<R>,
    survey: Survey,
    waiting: Option<Row>,
    held: HashMap<String, Group>,
    ended: bool,
}

impl<R: Read> Groups<R> {
    /// Begins a second pass.
    pub fn open(file: R, survey: Survey) -> Result<Self> {
        Ok(Self { rows: Rows::open(file)?, survey, waiting: None, held: HashMap::new(), ended: false })
    }

    /// Where the columns stand.
    pub fn columns(&self) -> &Columns {
        &self.rows.columns
    }

    /// The next product whose rows have all been read.
    pub fn next(&mut self, report: &mut Reporter) -> Result<Option<Group>> {
        while let Some(group) = self.next_run(report)? {
            let key = hashed(&group.handle);
            let Some(runs) = self.survey.runs.get_mut(&key) else { return Ok(Some(group)) };
            *runs = runs.saturating_sub(1);
            let whole = *runs == 0;
            let handle = group.handle.clone();
            match self.held.get_mut(&handle) {
                None => {
                    self.held.insert(handle.clone(), group);
                }
                Some(begun) => {
                    let (first, again) = (line_of(begun), line_of(&group));
                    let detail = format!("The product {handle} began at line {first}; the rows from here on were added to it.");
                    report.issue(again, Some(Column::Handle), "handle_again", IssueAction::Changed, detail);
                    begun.rows.extend(group.rows);
                }
            }
            if whole && let Some(group) = self.held.remove(&handle) {
                return Ok(Some(group));
            }
        }
        // Two handles with one hash would leave something behind.
        let left = self.held.keys().next().cloned();
        Ok(left.and_then(|handle| self.held.remove(&handle)))
    }

    fn next_run(&mut self, report: &mut Reporter) -> Result<Option<Group>> {
        let mut group: Option<Group> = None;
        loop {
            let Some(row) = self.next_row(report)? else { return Ok(group) };
            let handle = self.rows.columns.cell(&row.cells, Column::Handle).to_lowercase();
            match &mut group {
                None => group = Some(Group { handle, rows: vec![row] }),
                Some(open) if open.handle != handle => {
                    self.waiting = Some(row);
                    return Ok(group);
                }
                Some(open) if open.rows.len() >= MAX_ROWS_OF_A_PRODUCT => {
                    let detail = format!("A product has {MAX_ROWS_OF_A_PRODUCT} rows at most; this row was left out.");
                    report.issue(row.line, None, "too_many_rows", IssueAction::Refused, detail);
                }
                Some(open) => open.rows.push(row),
            }
        }
    }

    /// The next row that belongs to a product.
    fn next_row(&mut self, report: &mut Reporter) -> Result<Option<Row>> {
        if let Some(row) = self.waiting.take() {
            return Ok(Some(row));
        }
        while !self.ended {
            let Some(row) = self.rows.next()? else {
                self.ended = true;
                break;
            };
            report.report.rows = report.report.rows.saturating_add(1);
            match row {
                Err(line) => {
                    let detail = "The row is not UTF-8 text and was left out. Save the file as UTF-8.";
                    report.issue(line, None, "not_utf8", IssueAction::Refused, detail);
                }
                Ok(row) if row.cells.iter().all(|cell| cell.trim().is_empty()) => {}
                Ok(row) if self.rows.columns.cell(&row.cells, Column::Handle).is_empty() => {
                    let detail = "The row names no product and was left out.";
                    report.issue(row.line, Some(Column::Handle), "missing_handle", IssueAction::Refused, detail);
                }
                Ok(row) => return Ok(Some(row)),
            }
        }
        Ok(None)
    }
}

fn line_of(group: &Group) -> u64 {
    group.rows.first().map_or(0, |row| row.line)
}

/// The rows of a file: cells as text, or the line of a row that is none.
struct Rows<R> {
    csv: csv::Reader<Bounded<R>>,
    /// Bytes read since the last row ended.
    since_row: Rc<Cell<usize>>,
    columns: Columns,
    record: ByteRecord,
    /// The reader ends a row at `\r` and counts the `\n` after it to the next one: its lines are one short.
    short_by: u64,
}

impl<R: Read> Rows<R> {
    fn open(file: R) -> Result<Self> {
        let since_row = Rc::new(Cell::new(0));
        let bounded = Bounded { file, since_row: since_row.clone() };
        let mut csv = ReaderBuilder::new().flexible(true).buffer_capacity(64 * 1024).from_reader(bounded);
        let header = csv.headers().map_err(unreadable)?;
        let columns = Columns::of(header)?;
        let short_by = u64::from(csv.position().line() == 1);
        Ok(Self { csv, since_row, columns, record: ByteRecord::new(), short_by })
    }

    fn next(&mut self) -> Result<Option<std::result::Result<Row, u64>>> {
        if !self.csv.read_byte_record(&mut self.record).map_err(unreadable)? {
            return Ok(None);
        }
        self.since_row.set(0);
        let line = self.record.position().map_or(0, csv::Position::line).saturating_add(self.short_by);
        Ok(Some(match StringRecord::from_byte_record(self.record.clone()) {
            Ok(cells) => Ok(Row { line, cells }),
            Err(_) => Err(line),
        }))
    }
}

fn unreadable(error: csv::Error) -> Error {
    let detail = format!("The file cannot be read as CSV: {error}.");
    match error.kind() {
        csv::ErrorKind::Io(io) if io.kind() != std::io::ErrorKind::InvalidData => Error::internal(error),
        _ => Error::invalid_field("", "not_csv", detail),
    }
}

/// A file that is given up when a row has no end: a quote that nobody closed would take in all the rest.
struct Bounded<R> {
    file: R,
    since_row: Rc<Cell<usize>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        let since_row = self.since_row.get().saturating_add(read);
        self.since_row.set(since_row);
        if since_row > MAX_ROW_BYTES {
            let text = "a row has more than 8 MB; is there a quote that is not closed?";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Currency;

    fn groups(text: &str) -> (Vec<(String, Vec<u64>)>, Reporter) {
        let survey = Survey::of(text.as_bytes()).unwrap();
        let mut report = Reporter::new(Currency::KRW, false);
        let mut groups = Groups::open(text.as_bytes(), survey).unwrap();
        let mut all = Vec::new();
        while let Some(group) = groups.next(&mut report).unwrap() {
            all.push((group.handle, group.rows.iter().map(|r| r.line).collect()));
        }
        (all, report)
    }

    #[test]
    fn rows_of_a_handle_are_one_product_wherever_they_stand() {
        let (all, report) = groups("\u{feff}Handle,Title\na,A\na,\nb,\"B\nb\"\n,\nA,\nc,C\nb,\nb,\n");
        assert_eq!(all, [("a".into(), vec![2, 3, 7]), ("c".into(), vec![8]), ("b".into(), vec![4, 9, 10])]);
        let told: Vec<_> = report.report.issues.iter().map(|i| (i.line, i.code.as_str())).collect();
        assert_eq!(told, [(7, "handle_again"), (9, "handle_again")]);
        assert_eq!(report.report.rows, 8);
    }

    #[test]
    fn lines_are_counted_alike_whatever_ends_them() {
        let text = "Handle,Title\na,\"A\nA\"\nb,B\nc,C\n";
        let expected = [("a".to_owned(), vec![2]), ("b".to_owned(), vec![4]), ("c".to_owned(), vec![5])];
        assert_eq!(groups(text).0, expected);
        assert_eq!(groups(&text.replace('\n', "\r\n")).0, expected);
    }

    #[test]
    fn a_row_without_handle_or_text_is_refused_alone() {
        let mut bytes = b"Handle,Title\na,A\n,Orphan\nb,".to_vec();
        bytes.extend([0xbe, 0xcb, b'\n']);
        let survey = Survey::of(bytes.as_slice()).unwrap();
        assert_eq!(survey.products, 1);
        let mut report = Reporter::new(Currency::KRW, false);
        let mut groups = Groups::open(bytes.as_slice(), survey).unwrap();
        assert_eq!(groups.next(&mut report).unwrap().unwrap().handle, "a");
        assert!(groups.next(&mut report).unwrap().is_none());
        let told: Vec<_> = report.report.issues.iter().map(|i| (i.line, i.code.as_str())).collect();
        assert_eq!(told, [(3, "missing_handle"), (4, "not_utf8")]);
        assert_eq!(report.report.rows_refused, 2);
    }

    #[test]
    fn a_quote_that_is_not_closed_ends_the_reading() {
        let text = format!("Handle,Title\na,A\nb,\"B\n{}", "c,C\n".repeat(3_000_000));
        let error = Survey::of(text.as_bytes()).unwrap_err();
        assert!(error.detail.contains("a quote that is not closed"), "{error:?}");
        let many = format!("Handle,Title\n{}", "c,C\n".repeat(3_000_000));
        assert_eq!(Survey::of(many.as_bytes()).unwrap().products, 1);
    }

    #[test]
    fn knows_whether_prices_have_cents() {
        let cents = |price| Survey::of(format!("Handle,Variant Price\na,{price}\n").as_bytes()).unwrap().has_cents;
        assert!(cents("10.99"));
        assert!(!cents("78.00"));
        assert!(!cents("abc"));
    }
}
