//! What an input makes of a product: pure. Every violation is told at once.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::documents::{MediaDoc, TextDoc};
use super::rows::{ProductRow, ProductState};
use super::shapes::MediaInput;
use super::{CatalogWarning, MediaKind, ProductStatus, ProductTranslation, ProductUpsert, change_options, change_variants, text};
use crate::error::{Error, FieldError, Result};
use crate::types::ids::Id;
use crate::types::json::{check_metadata, merge_metadata};
use crate::types::{CategoryId, CollectionId, Json, Metadata, MetadataPatch, Patch, ProductId, Timestamp, VariantId};

/// Where new ids and the time come from.
pub(super) struct Mint<'a> {
    pub now: Timestamp,
    pub next: &'a dyn Fn() -> uuid::Uuid,
}

impl Mint<'_> {
    pub fn id<I: Id>(&self) -> I {
        (self.next)().into()
    }
}

/// What was looked up for a whole batch of inputs.
#[derive(Default)]
pub(super) struct Known {
    /// Categories by slug and by id, as the inputs name them.
    pub categories: HashMap<String, CategoryId>,
    /// Collections likewise.
    pub collections: HashMap<String, CollectionId>,
    /// The position after the last product of a collection.
    pub collection_ends: RefCell<HashMap<CollectionId, i32>>,
    /// Whose a slug is.
    pub slugs: HashMap<String, ProductId>,
    /// Whose a variant's external key is.
    pub variant_keys: HashMap<String, (ProductId, VariantId)>,
}

impl Known {
    fn next_position(&self, collection: CollectionId) -> i32 {
        let mut ends = self.collection_ends.borrow_mut();
        let end = ends.entry(collection).or_insert(0);
        *end = end.saturating_add(1);
        end.saturating_sub(1)
    }
}

/// What came of applying an input.
#[derive(Default)]
pub(super) struct Applied {
    pub variant_ids: Vec<VariantId>,
    pub warnings: Vec<CatalogWarning>,
}

/// A product before its first input.
pub(super) fn blank(mint: &Mint) -> ProductState {
    ProductState {
        row: ProductRow {
            id: mint.id(),
            slug: String::new(),
            external_key: None,
            status: ProductStatus::Draft,
            published_at: None,
            title: String::new(),
            title_sort: String::new(),
            titles: Json::default(),
            description: String::new(),
            brand: None,
            product_type: None,
            tax_class: "standard".to_owned(),
            tags: Json::default(),
            options: Json::default(),
            media: Json::default(),
            image: None,
            seo: Json::default(),
            translations: Json::default(),
            metadata: Json(Metadata::new()),
            private_metadata: Json(Metadata::new()),
            version: 1,
            created_at: mint.now,
            updated_at: mint.now,
            minimum_age: None,
        },
        variants: Vec::new(),
        categories: Vec::new(),
        collections: BTreeMap::new(),
    }
}

/// Applies an input to a product.
pub(super) fn apply(state: &mut ProductState, input: &ProductUpsert, known: &Known, mint: &Mint) -> Result<Applied> {
    let mut faults = Vec::new();
    let mut applied = Applied::default();
    texts(state, input, known, &mut applied.warnings, &mut faults);
    publication(state, input, mint);
    links(state, input, known, &mut faults);
    if let Some(media) = &input.media {
        arrange(state, media, mint);
    }
    if let Some(options) = &input.options {
        change_options::replace(state, options, mint, &mut faults);
    }
    change_variants::apply(state, input, known, mint, &mut applied, &mut faults);
    change_options::collect_values(state, mint);
    change_options::check(state, &mut faults);
    if let Some(translations) = &input.translations {
        translate(state, translations, &mut faults);
    }
    state.row.image = state.row.media.0.iter().find(|m| m.kind == MediaKind::Image).cloned().map(Json);
    if faults.is_empty() { Ok(applied) } else { Err(Error::invalid(faults)) }
}

fn texts(state: &mut ProductState, input: &ProductUpsert, known: &Known, warnings: &mut Vec<CatalogWarning>, faults: &mut Vec<FieldError>) {
    let row = &mut state.row;
    if let Some(title) = &input.title {
        keep(text::required("/title", title), faults, |title| {
            row.title_sort = text::sort_key(&title);
            row.title = title;
        });
    }
    if row.title.is_empty() && faults.is_empty() {
        faults.push(FieldError::new("/title", "required", "A new product needs a title."));
    }
    if let Some(key) = &input.external_key {
        keep(text::required("/external_key", key), faults, |key| row.external_key = Some(key));
    }
    if let Some(html) = &input.description {
        row.description = text::clean_html(html);
    }
    trimmed(&input.brand).apply(&mut row.brand);
    trimmed(&input.product_type).apply(&mut row.product_type);
    if let Some(class) = &input.tax_class {
        keep(text::required("/tax_class", class), faults, |class| row.tax_class = class);
    }
    match input.minimum_age {
        Patch::Set(age) if !(1..=150).contains(&age) => {
            faults.push(FieldError::new("/minimum_age", "range", "1 to 150 years."));
        }
        age => age.apply(&mut row.minimum_age),
    }
    if let Some(tags) = &input.tags {
        let mut seen = HashSet::new();
        row.tags.0 = tags.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty() && seen.insert(t.to_lowercase())).collect();
    }
    if let Some(seo) = &input.seo {
        trimmed(&seo.title).apply(&mut row.seo.0.title);
        trimmed(&seo.description).apply(&mut row.seo.0.description);
    }
    merge("/metadata", &mut row.metadata.0, &input.metadata, faults);
    merge("/private_metadata", &mut row.private_metadata.0, &input.private_metadata, faults);
    match &input.slug {
        Some(slug) => keep(text::given_slug("/slug", slug), faults, |slug| {
            row.slug = own_slug(row.id, &row.slug, &slug, known);
            if row.slug != slug {
                let detail = format!("Another product has the slug {slug:?}; this one has {:?}.", row.slug);
                warnings.push(CatalogWarning { code: "slug_taken".to_owned(), pointer: "/slug".to_owned(), detail });
            }
        }),
        None if row.slug.is_empty() => row.slug = own_slug(row.id, "", &text::made_slug(&row.title, &row.id.to_string()), known),
        None => {}
    }
}

/// The wanted slug, or the first free one after it. A product that already has one of these keeps it, so that
/// writing the same again changes nothing.
fn own_slug(id: ProductId, present: &str, wanted: &str, known: &Known) -> String {
    let taken = |slug: &str| known.slugs.get(slug).is_some_and(|owner| *owner != id);
    let numbered = present.strip_prefix(wanted).and_then(|rest| rest.strip_prefix('-')).is_some_and(|n| n.parse::<u32>().is_ok());
    if numbered && taken(wanted) { present.to_owned() } else { text::free_slug(wanted, taken) }
}

fn publication(state: &mut ProductState, input: &ProductUpsert, mint: &Mint) {
    let row = &mut state.row;
    let was_active = row.status == ProductStatus::Active;
    if let Some(status) = input.status {
        row.status = status;
    }
    input.published_at.apply(&mut row.published_at);
    let becomes_active = row.status == ProductStatus::Active && !was_active;
    if becomes_active && row.published_at.is_none() && input.published_at.is_keep() {
        row.published_at = Some(mint.now);
    }
}

fn links(state: &mut ProductState, input: &ProductUpsert, known: &Known, faults: &mut Vec<FieldError>) {
    if let Some(names) = &input.categories {
        state.categories = resolve(names, "/categories", "category", &known.categories, faults);
    }
    if let Some(names) = &input.collections {
        let ids = resolve(names, "/collections", "collection", &known.collections, faults);
        let mut present = std::mem::take(&mut state.collections);
        state.collections = ids.into_iter().map(|id| (id, present.remove(&id).unwrap_or_else(|| known.next_position(id)))).collect();
    }
}

fn resolve<I: Copy + PartialEq>(
    names: &[String],
    pointer: &str,
    what: &str,
    known: &HashMap<String, I>,
    faults: &mut Vec<FieldError>,
) -> Vec<I> {
    let mut ids = Vec::new();
    for (index, name) in names.iter().enumerate() {
        match known.get(name) {
            Some(id) if ids.contains(id) => {}
            Some(id) => ids.push(*id),
            None => faults.push(FieldError::new(format!("{pointer}/{index}"), "unknown", format!("There is no {what} {name:?}."))),
        }
    }
    ids
}

/// Puts the media in the order given, with the ids that the same URLs had. Pictures that variants show stay.
fn arrange(state: &mut ProductState, inputs: &[MediaInput], mint: &Mint) {
    let present = std::mem::take(&mut state.row.media.0);
    let mut inputs: Vec<(usize, &MediaInput)> = inputs.iter().enumerate().collect();
    inputs.sort_by_key(|(index, m)| (m.position.and_then(|p| usize::try_from(p).ok()).unwrap_or(*index), *index));
    let mut seen = HashSet::new();
    inputs.retain(|(_, m)| seen.insert(m.url.as_str()));
    for (_, input) in inputs {
        let known = present.iter().find(|m| m.url == input.url);
        state.row.media.0.push(MediaDoc {
            id: known.map_or_else(|| mint.id(), |m| m.id),
            url: input.url.clone(),
            alt: input.alt.as_deref().map(str::trim).filter(|a| !a.is_empty()).map(str::to_owned),
            alts: known.map(|m| m.alts.clone()).unwrap_or_default(),
            kind: input.kind.unwrap_or(MediaKind::Image),
            width: input.width,
            height: input.height,
        });
    }
    let shown: HashSet<_> = state.variants.iter().filter_map(|v| v.row.media_id).collect();
    state.row.media.0.extend(present.into_iter().filter(|m| shown.contains(&m.id) && !seen.contains(m.url.as_str())));
}

fn translate(state: &mut ProductState, translations: &[ProductTranslation], faults: &mut Vec<FieldError>) {
    let row = &mut state.row;
    row.titles.0 = BTreeMap::new();
    row.translations.0 = BTreeMap::new();
    row.media.0.iter_mut().for_each(|m| m.alts.clear());
    for option in &mut row.options.0 {
        option.labels.clear();
        option.values.iter_mut().for_each(|v| v.labels.clear());
    }
    let mut seen = HashSet::new();
    for (index, translation) in translations.iter().enumerate() {
        let locale = &translation.locale;
        if !seen.insert(locale) {
            faults.push(FieldError::new(format!("/translations/{index}/locale"), "duplicate", "Each language once."));
        }
        if let Some(title) = translation.title.as_deref().map(str::trim).filter(|t| !t.is_empty()) {
            row.titles.0.insert(locale.clone(), title.to_owned());
        }
        let texts = TextDoc { description: translation.description.as_deref().map(text::clean_html), seo: translation.seo.clone() };
        row.translations.0.insert(locale.clone(), texts);
        for media in &translation.media {
            for doc in row.media.0.iter_mut().filter(|m| m.url == media.url) {
                doc.alts.insert(locale.clone(), media.alt.clone());
            }
        }
        for option in &translation.options {
            change_options::label(&mut row.options.0, locale, option);
        }
    }
}

/// Merges metadata in, within its bounds.
pub(super) fn merge(pointer: &str, metadata: &mut Metadata, patch: &Patch<MetadataPatch>, faults: &mut Vec<FieldError>) {
    merge_metadata(metadata, patch.clone());
    if let Err(violation) = check_metadata(metadata) {
        faults.push(FieldError::new(pointer, violation.code, violation.message.unwrap_or_default()));
    }
}

/// A text to set, without spaces around it; blank clears.
pub(super) fn trimmed(patch: &Patch<String>) -> Patch<String> {
    match patch {
        Patch::Set(text) if text.trim().is_empty() => Patch::Clear,
        Patch::Set(text) => Patch::Set(text.trim().to_owned()),
        Patch::Keep => Patch::Keep,
        Patch::Clear => Patch::Clear,
    }
}

fn keep<T>(checked: Result<T>, faults: &mut Vec<FieldError>, then: impl FnOnce(T)) {
    match checked {
        Ok(value) => then(value),
        Err(error) => faults.extend(error.fields),
    }
}
