//! The columns of a Shopify product CSV, found by the names in its header.

use csv::StringRecord;

use crate::error::{Error, Result};

/// What a header of the file must, may and used to be called: the first name is the one exports write.
const NAMES: &[(Column, &[&str])] = &[
    (Column::Handle, &["Handle", "URL handle"]),
    (Column::Title, &["Title"]),
    (Column::Body, &["Body (HTML)", "Body HTML", "Description"]),
    (Column::Vendor, &["Vendor"]),
    (Column::Type, &["Type", "Custom Product Type"]),
    (Column::Tags, &["Tags"]),
    (Column::Published, &["Published", "Published on online store"]),
    (Column::OptionName(0), &["Option1 Name"]),
    (Column::OptionValue(0), &["Option1 Value"]),
    (Column::OptionName(1), &["Option2 Name"]),
    (Column::OptionValue(1), &["Option2 Value"]),
    (Column::OptionName(2), &["Option3 Name"]),
    (Column::OptionValue(2), &["Option3 Value"]),
    (Column::Sku, &["Variant SKU", "SKU"]),
    (Column::Grams, &["Variant Grams", "Weight value (grams)"]),
    (Column::Tracker, &["Variant Inventory Tracker", "Inventory tracker"]),
    (Column::Quantity, &["Variant Inventory Qty", "Inventory quantity"]),
    (Column::Policy, &["Variant Inventory Policy", "Continue selling when out of stock"]),
    (Column::FulfillmentService, &["Variant Fulfillment Service", "Fulfillment service"]),
    (Column::Price, &["Variant Price", "Price"]),
    (Column::CompareAt, &["Variant Compare At Price", "Compare-at price"]),
    (Column::RequiresShipping, &["Variant Requires Shipping", "Requires shipping"]),
    (Column::Taxable, &["Variant Taxable", "Charge tax"]),
    (Column::Barcode, &["Variant Barcode", "Barcode"]),
    (Column::ImageSrc, &["Image Src", "Product image URL"]),
    (Column::ImageAlt, &["Image Alt Text"]),
    (Column::GiftCard, &["Gift Card"]),
    (Column::SeoTitle, &["SEO Title"]),
    (Column::SeoDescription, &["SEO Description"]),
    (Column::Kept(0), &["Google Shopping / Google Product Category"]),
    (Column::Kept(1), &["Google Shopping / Gender"]),
    (Column::Kept(2), &["Google Shopping / Age Group"]),
    (Column::Kept(3), &["Google Shopping / MPN"]),
    (Column::Kept(4), &["Google Shopping / AdWords Grouping"]),
    (Column::Kept(5), &["Google Shopping / AdWords Labels"]),
    (Column::Kept(6), &["Google Shopping / Condition"]),
    (Column::Kept(7), &["Google Shopping / Custom Product"]),
    (Column::Kept(8), &["Google Shopping / Custom Label 0"]),
    (Column::Kept(9), &["Google Shopping / Custom Label 1"]),
    (Column::Kept(10), &["Google Shopping / Custom Label 2"]),
    (Column::Kept(11), &["Google Shopping / Custom Label 3"]),
    (Column::Kept(12), &["Google Shopping / Custom Label 4"]),
    (Column::VariantImage, &["Variant Image"]),
    (Column::WeightUnit, &["Variant Weight Unit", "Weight unit for display"]),
    (Column::Status, &["Status"]),
    (Column::PublishAt, &["Maru / Publish At"]),
    (Column::Weight, &["Variant Weight"]),
    (Column::ImagePosition, &["Image Position"]),
];

/// Columns whose text is kept as the product's metadata, under these keys.
pub const KEPT: [&str; 13] = [
    "google_product_category",
    "google_gender",
    "google_age_group",
    "google_mpn",
    "google_adwords_grouping",
    "google_adwords_labels",
    "google_condition",
    "google_custom_product",
    "google_custom_label_0",
    "google_custom_label_1",
    "google_custom_label_2",
    "google_custom_label_3",
    "google_custom_label_4",
];

/// The metadata key of a product that is a gift card.
pub const GIFT_CARD: &str = "gift_card";

/// How many of the columns an export writes: those from `Handle` to `Maru / Publish At`.
const EXPORTED: usize = 46;

/// A column that an import knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Handle,
    Title,
    Body,
    Vendor,
    Type,
    Tags,
    Published,
    /// `Option1 Name` is 0.
    OptionName(usize),
    /// `Option1 Value` is 0.
    OptionValue(usize),
    Sku,
    Grams,
    Tracker,
    Quantity,
    Policy,
    FulfillmentService,
    Price,
    CompareAt,
    RequiresShipping,
    Taxable,
    Barcode,
    ImageSrc,
    ImageAlt,
    GiftCard,
    SeoTitle,
    SeoDescription,
    /// An index of [`KEPT`].
    Kept(usize),
    VariantImage,
    WeightUnit,
    Status,
    /// When a scheduled product is to be shown: our own, empty for all others.
    PublishAt,
    Weight,
    ImagePosition,
}

impl Column {
    /// The name that exports write and reports tell.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(column, _)| *column == self).and_then(|(_, names)| names.first()).copied().unwrap_or_default()
    }

    /// The columns of an export, in their order.
    pub fn exported() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(column, _)| *column).take(EXPORTED)
    }
}

/// Where each known column stands in a file.
#[derive(Debug, Clone)]
pub struct Columns {
    places: Vec<(Column, usize)>,
    /// Names that mean nothing here.
    pub unknown: Vec<String>,
}

impl Columns {
    /// Reads a header; a file without `Handle` is no product CSV.
    pub fn of(header: &StringRecord) -> Result<Self> {
        let (mut places, mut unknown) = (Vec::new(), Vec::new());
        for (place, name) in header.iter().enumerate() {
            let name = name.trim();
            let known = NAMES.iter().find(|(_, names)| names.iter().any(|n| n.eq_ignore_ascii_case(name)));
            match known {
                // Of two columns with one name the first counts.
                Some((column, _)) if places.iter().all(|(c, _)| c != column) => places.push((*column, place)),
                Some(_) => unknown.push(format!("{name} (a second time)")),
                None if name.is_empty() => {}
                None => unknown.push(name.chars().take(100).collect()),
            }
        }
        let columns = Self { places, unknown };
        if columns.place(Column::Handle).is_none() {
            return Err(Error::invalid_field(
                "",
                "not_shopify_csv",
                "This is no Shopify product CSV: its first line names no column `Handle`.",
            ));
        }
        Ok(columns)
    }

    fn place(&self, column: Column) -> Option<usize> {
        self.places.iter().find(|(c, _)| *c == column).map(|(_, place)| *place)
    }

    /// Whether the file has the column.
    pub fn has(&self, column: Column) -> bool {
        self.place(column).is_some()
    }

    /// A row's cell, trimmed; empty where the file has no such column or the row ends before it.
    pub fn cell<'r>(&self, row: &'r StringRecord, column: Column) -> &'r str {
        self.whole_cell(row, column).trim()
    }

    /// A row's cell with the white space around it.
    pub fn whole_cell<'r>(&self, row: &'r StringRecord, column: Column) -> &'r str {
        self.place(column).and_then(|place| row.get(place)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exports_end_with_the_columns_of_our_own() {
        let names: Vec<_> = Column::exported().map(Column::name).collect();
        assert_eq!(names.len(), EXPORTED);
        assert_eq!(names.first(), Some(&"Handle"));
        assert_eq!(names.last(), Some(&"Maru / Publish At"));
        assert!(names.contains(&"Google Shopping / Custom Label 4"));
    }

    #[test]
    fn finds_columns_by_any_of_their_names_and_tells_the_rest() {
        let header = StringRecord::from(vec!["title", "URL Handle", "Cost per item", "Title", ""]);
        let columns = Columns::of(&header).unwrap();
        let row = StringRecord::from(vec![" Mug ", "mug"]);
        assert_eq!(columns.cell(&row, Column::Handle), "mug");
        assert_eq!(columns.cell(&row, Column::Title), "Mug");
        assert_eq!(columns.cell(&row, Column::Price), "");
        assert_eq!(columns.unknown, ["Cost per item", "Title (a second time)"]);
        assert!(Columns::of(&StringRecord::from(vec!["Name", "Price"])).is_err());
    }
}
