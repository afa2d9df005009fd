//! A product as its rows tell it: what a shop owner would want of each oddity is decided here, and told.

use std::collections::{HashMap, HashSet};

use super::columns::{Column, Columns, GIFT_CARD, KEPT};
use super::reader::{Group, Row};
use super::report::{IssueAction, Reporter};
use super::values;
use crate::types::{Currency, Metadata, Timestamp};

/// A product of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopifyProduct {
    /// Where it begins.
    pub line: u64,
    pub handle: String,
    pub title: String,
    /// HTML, as in the file.
    pub body: String,
    pub vendor: Option<String>,
    pub product_type: Option<String>,
    pub tags: Vec<String>,
    /// None where the file does not say.
    pub status: Option<Status>,
    pub published: bool,
    /// Shown from then on, where the file says so.
    pub publish_at: Option<Timestamp>,
    pub seo_title: Option<String>,
    pub seo_description: Option<String>,
    pub metadata: Metadata,
    pub options: Vec<String>,
    /// None where no row has anything of a variant: the file is about products alone.
    pub variants: Vec<ShopifyVariant>,
    pub images: Vec<ShopifyImage>,
}

/// `Status` of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Draft,
    Archived,
}

/// A variant of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopifyVariant {
    pub line: u64,
    /// One value for each of the product's options.
    pub values: Vec<String>,
    pub sku: Option<String>,
    pub barcode: Option<String>,
    pub grams: i32,
    pub tracked: bool,
    /// None where the file does not say.
    pub quantity: Option<i32>,
    pub backorder: bool,
    /// Minor units.
    pub price: Option<i64>,
    pub compare_at: Option<i64>,
    pub requires_shipping: bool,
    pub taxable: bool,
    /// The address of one of the product's images.
    pub image: Option<String>,
}

/// A picture of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopifyImage {
    pub line: u64,
    pub url: String,
    pub alt: Option<String>,
}

/// Turns groups of rows into products; remembers the SKUs it saw, to tell repeated ones.
pub struct Parser {
    pub columns: Columns,
    pub currency: Currency,
    /// Hash of a SKU and the line where it was first seen.
    pub skus: HashMap<u64, u64>,
}

impl Parser {
    /// The product that these rows are.
    pub fn product(&mut self, group: &Group, report: &mut Reporter) -> Option<ShopifyProduct> {
        // A product's own cells stand in its first row; one that began with a picture has them further down.
        let columns = self.columns.clone();
        let head = group.rows.iter().find(|row| !columns.cell(&row.cells, Column::Title).is_empty()).or(group.rows.first())?;
        let mut cells = Cells { columns: &columns, row: head, report };
        let title = cells.text(Column::Title, 500).unwrap_or_else(|| {
            cells.issue(Some(Column::Title), "missing_title", IssueAction::Changed, "The product has no title; its handle was taken.");
            group.handle.clone()
        });
        let mut product = ShopifyProduct {
            line: head.line,
            handle: values::handle(&group.handle, &mut cells)?,
            title,
            body: values::body(&mut cells),
            vendor: cells.text(Column::Vendor, 200),
            product_type: cells.text(Column::Type, 200),
            tags: values::tags(&mut cells),
            status: values::status(&mut cells),
            published: values::published(&mut cells),
            publish_at: values::publish_at(&mut cells),
            seo_title: cells.text(Column::SeoTitle, 300),
            seo_description: cells.text(Column::SeoDescription, 1_000),
            metadata: kept(&mut cells),
            options: Vec::new(),
            variants: Vec::new(),
            images: images(&columns, group, report),
        };
        let rows: Vec<&Row> = group.rows.iter().filter(|row| is_variant(&columns, row)).collect();
        let (names, combinations) = options(&columns, head, &rows, report);
        product.options = names;
        let mut taken = HashMap::new();
        for (row, values) in rows.into_iter().zip(combinations) {
            let key: Vec<String> = if columns.has(Column::OptionValue(0)) {
                values.iter().map(|v| v.to_lowercase()).collect()
            } else {
                // A file of SKUs and prices, say: variants are told apart by their SKU.
                vec![columns.cell(&row.cells, Column::Sku).to_owned()]
            };
            if let Some(first) = taken.get(&key) {
                let what = if values.is_empty() { "another variant".to_owned() } else { format!("the variant {}", values.join(" / ")) };
                let detail = format!("Line {first} is {what} of this product already; this row was left out.");
                report.issue(row.line, Some(Column::OptionValue(0)), "duplicate_variant", IssueAction::Refused, detail);
                continue;
            }
            taken.insert(key, row.line);
            let mut cells = Cells { columns: &columns, row, report };
            let variant = self.variant(values, &mut cells);
            attach(&mut product.images, &variant);
            product.variants.push(variant);
        }
        Some(product)
    }

    fn variant(&mut self, option_values: Vec<String>, cells: &mut Cells) -> ShopifyVariant {
        let tracked = !cells.raw(Column::Tracker).is_empty() || !cells.columns.has(Column::Tracker);
        let sku = values::code(cells, Column::Sku);
        self.tell_sku(sku.as_deref(), cells);
        let price = values::price(cells, self.currency);
        ShopifyVariant {
            line: cells.row.line,
            values: option_values,
            sku,
            barcode: values::code(cells, Column::Barcode),
            grams: values::grams(cells),
            tracked,
            quantity: values::quantity(cells, tracked),
            backorder: values::backorder(cells),
            price,
            compare_at: values::compare_at(cells, self.currency, price),
            requires_shipping: values::flag(cells, Column::RequiresShipping, true),
            taxable: values::flag(cells, Column::Taxable, true),
            image: values::url(cells, Column::VariantImage),
        }
    }

    fn tell_sku(&mut self, sku: Option<&str>, cells: &mut Cells) {
        let Some(sku) = sku else {
            let detail = "The variant has no SKU; it was loaded without one.";
            return cells.issue(Some(Column::Sku), "missing_sku", IssueAction::Kept, detail);
        };
        let line = cells.row.line;
        let first = *self.skus.entry(values::hashed(sku)).or_insert(line);
        if first != line {
            let detail = format!("Line {first} has the SKU {sku} too; it was loaded, but looking it up by SKU is ambiguous.");
            cells.issue(Some(Column::Sku), "duplicate_sku", IssueAction::Kept, detail);
        }
    }
}

/// A row with the report it is told in.
pub struct Cells<'a> {
    pub columns: &'a Columns,
    pub row: &'a Row,
    pub report: &'a mut Reporter,
}

impl<'a> Cells<'a> {
    /// A cell, trimmed.
    pub fn raw(&self, column: Column) -> &'a str {
        self.columns.cell(&self.row.cells, column)
    }

    /// A cell as text that may be kept: NFC, no control characters, no longer than the catalog takes.
    pub fn text(&mut self, column: Column, max: usize) -> Option<String> {
        self.clean(column, self.raw(column), max)
    }

    /// A cell with the white space around it, which is part of HTML.
    pub fn html(&mut self, column: Column, max: usize) -> Option<String> {
        let columns = self.columns;
        self.clean(column, columns.whole_cell(&self.row.cells, column), max)
    }

    fn clean(&mut self, column: Column, raw: &str, max: usize) -> Option<String> {
        if raw.trim().is_empty() {
            return None;
        }
        let clean = crate::types::text::clean(raw).map(std::borrow::Cow::into_owned);
        let text = clean.unwrap_or_else(|| {
            self.issue(Some(column), "control_characters", IssueAction::Changed, "The cell holds control characters; they were taken out.");
            let visible: String = raw.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
            crate::types::text::clean(&visible).map(std::borrow::Cow::into_owned).unwrap_or_default()
        });
        if text.chars().count() > max {
            self.issue(
                Some(column),
                "too_long",
                IssueAction::Changed,
                format!("The text is longer than {max} characters; the rest was cut off."),
            );
            return Some(text.chars().take(max).collect::<String>().trim().to_owned());
        }
        Some(text).filter(|t| !t.is_empty())
    }

    /// Tells something of this row.
    pub fn issue(&mut self, column: Option<Column>, code: &str, action: IssueAction, detail: impl Into<String>) {
        self.report.issue(self.row.line, column, code, action, detail);
    }

    /// Tells something that many rows share.
    pub fn note(&mut self, code: &str, detail: &str) {
        self.report.note(code, Some(self.row.line), detail);
    }
}

/// A row that only carries an image is no variant.
fn is_variant(columns: &Columns, row: &Row) -> bool {
    [Column::OptionValue(0), Column::OptionValue(1), Column::OptionValue(2), Column::Price, Column::Sku]
        .into_iter()
        .any(|column| !columns.cell(&row.cells, column).is_empty())
}

/// The product's options and each row's values. An option whose every value is `Default Title` is Shopify's
/// way to say "none".
fn options(columns: &Columns, head: &Row, rows: &[&Row], report: &mut Reporter) -> (Vec<String>, Vec<Vec<String>>) {
    let mut names: Vec<String> = Vec::new();
    let mut combinations = vec![Vec::new(); rows.len()];
    for index in 0..3 {
        let column = Column::OptionValue(index);
        let used = rows.iter().any(|row| !columns.cell(&row.cells, column).is_empty());
        let all_default = rows.iter().all(|row| matches!(columns.cell(&row.cells, column), "Default Title" | ""));
        if !used || all_default {
            continue;
        }
        let mut cells = Cells { columns, row: head, report };
        let name = cells.text(Column::OptionName(index), 100).unwrap_or_else(|| {
            let name = format!("Option {}", index.saturating_add(1));
            let detail = format!("The option has values and no name; it was called {name}.");
            cells.issue(Some(Column::OptionName(index)), "missing_option_name", IssueAction::Changed, detail);
            name
        });
        let name = unused(name, &names, &mut cells, index);
        names.push(name);
        for (row, values) in rows.iter().zip(&mut combinations) {
            let mut cells = Cells { columns, row, report };
            let value = cells.text(column, 200).unwrap_or_else(|| {
                let detail = "The variant has no value for this option of its product; it was called Default.";
                cells.issue(Some(column), "missing_option_value", IssueAction::Changed, detail);
                "Default".to_owned()
            });
            values.push(value);
        }
    }
    (names, combinations)
}

fn unused(name: String, names: &[String], cells: &mut Cells, index: usize) -> String {
    if names.iter().all(|n| n.to_lowercase() != name.to_lowercase()) {
        return name;
    }
    let other = format!("{name} {}", index.saturating_add(1));
    let detail = format!("Two options of the product are called {name}; this one was called {other}.");
    cells.issue(Some(Column::OptionName(index)), "duplicate_option_name", IssueAction::Changed, detail);
    other
}

fn images(columns: &Columns, group: &Group, report: &mut Reporter) -> Vec<ShopifyImage> {
    let mut images: Vec<(i32, ShopifyImage)> = Vec::new();
    let mut seen = HashSet::new();
    for row in &group.rows {
        let mut cells = Cells { columns, row, report };
        let Some(url) = values::url(&mut cells, Column::ImageSrc) else { continue };
        if !is_variant(columns, row) {
            cells.note("image_row", "Rows that only carry a picture: it was added to their product.");
        }
        if seen.insert(url.clone()) {
            let position = cells.raw(Column::ImagePosition).parse().unwrap_or(i32::MAX);
            let alt = cells.text(Column::ImageAlt, 500);
            images.push((position, ShopifyImage { line: row.line, url, alt }));
        }
    }
    // Stable: pictures without a position stay in the file's order, after those with one.
    images.sort_by_key(|(position, _)| *position);
    images.into_iter().map(|(_, image)| image).collect()
}

/// A variant's picture is one of its product's.
fn attach(images: &mut Vec<ShopifyImage>, variant: &ShopifyVariant) {
    if let Some(url) = &variant.image
        && images.iter().all(|image| image.url != *url)
    {
        images.push(ShopifyImage { line: variant.line, url: url.clone(), alt: None });
    }
}

fn kept(cells: &mut Cells) -> Metadata {
    let mut metadata = Metadata::new();
    for (index, key) in KEPT.iter().enumerate() {
        if let Some(text) = cells.text(Column::Kept(index), 500) {
            metadata.insert((*key).to_owned(), text);
        }
    }
    if values::flag(cells, Column::GiftCard, false) {
        metadata.insert(GIFT_CARD.to_owned(), "true".to_owned());
    }
    metadata
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commerce::transfer::reader::{Groups, Survey};

    fn parse(text: &str) -> (Vec<ShopifyProduct>, Vec<String>) {
        let mut report = Reporter::new(Currency::KRW, false);
        let mut groups = Groups::open(text.as_bytes(), Survey::of(text.as_bytes()).unwrap()).unwrap();
        let mut parser = Parser { columns: groups.columns().clone(), currency: Currency::KRW, skus: HashMap::new() };
        let mut products = Vec::new();
        while let Some(group) = groups.next(&mut report).unwrap() {
            products.extend(parser.product(&group, &mut report));
        }
        (products, report.finish().issues.into_iter().map(|i| i.code).collect())
    }

    #[test]
    fn default_title_means_no_options() {
        let (products, _) = parse(
            "Handle,Option1 Name,Option1 Value,Option2 Name,Option2 Value\na,Title,Default Title,,\nb,Title,Olive,,\nc,Color,Red,Title,Default Title\n",
        );
        let options: Vec<_> = products.iter().map(|p| p.options.clone()).collect();
        assert_eq!(options, [vec![], vec!["Title".to_owned()], vec!["Color".to_owned()]]);
        assert_eq!(products[2].variants[0].values, ["Red"]);
    }

    #[test]
    fn pictures_are_kept_once_in_their_order() {
        let (products, _) = parse(
            "Handle,Title,Image Src,Image Position,Variant SKU,Variant Image\na,A,http://i/2,2,s,http://i/3\na,,http://i/1,1,,\na,,http://i/2,,,\n",
        );
        let urls: Vec<_> = products[0].images.iter().map(|i| i.url.as_str()).collect();
        assert_eq!(urls, ["http://i/1", "http://i/2", "http://i/3"]);
        assert_eq!(products[0].variants.len(), 1);
    }

    #[test]
    fn two_options_of_one_name_are_told_apart() {
        let (products, issues) = parse("Handle,Title,Option1 Name,Option1 Value,Option2 Name,Option2 Value\na,A,Size,S,size,Tall\n");
        assert_eq!(products[0].options, ["Size", "size 2"]);
        assert_eq!(issues, ["duplicate_option_name", "missing_sku", "no_price"]);
    }

    #[test]
    fn weights_are_grams_whatever_they_were() {
        let weigh = |grams: &str, weight: &str, unit: &str| {
            let text = format!("Handle,Variant SKU,Variant Grams,Variant Weight,Variant Weight Unit\na,s,{grams},{weight},{unit}\n");
            parse(&text).0[0].variants[0].grams
        };
        assert_eq!(weigh("453.5", "9", "kg"), 454);
        assert_eq!(weigh("", "1", "lb"), 454);
        assert_eq!(weigh("", "1.25", "kg"), 1_250);
        assert_eq!(weigh("", "8", "oz"), 227);
        assert_eq!(weigh("", "1", "stone"), 0);
        assert_eq!(weigh("-5", "", ""), 0);
    }

    proptest::proptest! {
        #[test]
        fn no_cell_stops_the_reading(cells in proptest::collection::vec("\\PC{0,12}", 12)) {
            let header = "Handle,Title,Option1 Name,Option1 Value,Variant Price,Variant Compare At Price,Variant Inventory Qty,Variant Grams,Published,Image Src,Variant SKU,Maru / Publish At";
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(header.split(',')).unwrap();
            writer.write_record(&cells).unwrap();
            let text = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            let (products, _) = parse(&text);
            for variant in products.iter().flat_map(|p| &p.variants) {
                proptest::prop_assert!(variant.price.is_none_or(|p| p >= 0) && variant.grams >= 0 && variant.quantity.is_none_or(|q| q >= 0));
                proptest::prop_assert!(variant.compare_at.is_none_or(|c| Some(c) > variant.price));
            }
        }
    }
}
