//! What an input makes of a product's variants.

use std::collections::HashSet;

use super::change::{Applied, Known, Mint, merge, trimmed};
use super::change_options::same;
use super::documents::MediaDoc;
use super::rows::{Amounts, ProductState, VariantRow, VariantState};
use super::{MediaKind, PriceInput, ProductUpsert, SelectedOption, VariantUpsert};
use crate::error::FieldError;
use crate::types::ids::Id;
use crate::types::{Json, MediaId, Metadata, Patch, ProductId};

/// Makes and changes the variants that an input lists.
pub(super) fn apply(
    state: &mut ProductState,
    input: &ProductUpsert,
    known: &Known,
    mint: &Mint,
    applied: &mut Applied,
    faults: &mut Vec<FieldError>,
) {
    let Some(inputs) = &input.variants else { return };
    let mut matched: Vec<usize> = Vec::with_capacity(inputs.len());
    let mut taken = HashSet::new();
    for (index, variant) in inputs.iter().enumerate() {
        let pointer = format!("/variants/{index}");
        if is_ambiguous(state, variant) {
            let detail = "Several variants of the product have this SKU: name one by id, external key or option values.";
            faults.push(FieldError::new(format!("{pointer}/sku"), "ambiguous_sku", detail));
            continue;
        }
        let place = match find(state, variant, &taken) {
            Some(place) => place,
            None if variant.id.is_some() => {
                faults.push(FieldError::new(format!("{pointer}/id"), "unknown", "The product has no such variant."));
                continue;
            }
            None => {
                state.variants.push(blank(state.row.id, state.variants.len(), mint));
                state.variants.len() - 1
            }
        };
        taken.insert(place);
        matched.push(place);
        set(state, place, variant, &pointer, known, mint, faults);
    }
    applied.variant_ids = matched.iter().filter_map(|place| state.variants.get(*place)).map(|v| v.row.id).collect();
    if input.replace_variants {
        let unlisted = state.variants.iter_mut().enumerate().filter(|(place, _)| !taken.contains(place));
        unlisted.for_each(|(_, v)| v.row.active = false);
    }
    // A list of all variants also says their order; a list of some does not.
    if state.variants.iter().enumerate().all(|(place, v)| taken.contains(&place) || !v.row.active) {
        reorder(state, &matched);
    }
}

/// The variant of the product that an input means.
pub(super) fn find(state: &ProductState, input: &VariantUpsert, taken: &HashSet<usize>) -> Option<usize> {
    let place =
        |fits: &dyn Fn(&VariantState) -> bool| state.variants.iter().enumerate().position(|(place, v)| !taken.contains(&place) && fits(v));
    if let Some(id) = input.id {
        return place(&|v| v.row.id == id);
    }
    let by_key = input.external_key.as_ref().and_then(|key| place(&|v| v.row.external_key.as_deref() == Some(key.trim())));
    // A variant that another system calls something else is another variant.
    let free = |v: &VariantState| input.external_key.is_none() || v.row.external_key.is_none();
    let by_options = || match &input.option_values {
        Some(values) => place(&|v| free(v) && same_values(&v.row.option_values.0, values)),
        None if state.row.options.0.is_empty() => place(&|v| free(v) && v.row.option_values.0.is_empty()),
        None => None,
    };
    let by_sku = || {
        // Option values that differ say that it is another variant, whatever its SKU.
        let sku = input.sku.value().filter(|_| input.option_values.is_none())?;
        place(&|v| free(v) && v.row.sku.as_deref() == Some(sku.trim()))
    };
    by_key.or_else(by_options).or_else(by_sku)
}

/// Whether only its SKU says which variant is meant, and several have it.
fn is_ambiguous(state: &ProductState, input: &VariantUpsert) -> bool {
    let only_sku = input.id.is_none() && input.external_key.is_none() && input.option_values.is_none();
    let Some(sku) = input.sku.value().filter(|_| only_sku).map(|s| s.trim()) else { return false };
    state.variants.iter().filter(|v| v.row.sku.as_deref() == Some(sku)).nth(1).is_some()
}

fn same_values(a: &[SelectedOption], b: &[SelectedOption]) -> bool {
    a.len() == b.len() && a.iter().all(|x| b.iter().any(|y| same(&x.option, &y.option) && same(&x.value, &y.value)))
}

fn blank(product_id: ProductId, position: usize, mint: &Mint) -> VariantState {
    VariantState {
        row: VariantRow {
            id: mint.id(),
            product_id,
            position: i32::try_from(position).unwrap_or(i32::MAX),
            external_key: None,
            sku: None,
            barcode: None,
            title: String::new(),
            option_values: Json::default(),
            weight_grams: 0,
            length_mm: None,
            width_mm: None,
            height_mm: None,
            requires_shipping: true,
            taxable: true,
            track_inventory: true,
            backorder: false,
            max_per_order: None,
            media_id: None,
            active: true,
            metadata: Json(Metadata::new()),
            private_metadata: Json(Metadata::new()),
            version: 1,
            created_at: mint.now,
            updated_at: mint.now,
        },
        prices: Default::default(),
    }
}

fn set(
    state: &mut ProductState,
    place: usize,
    input: &VariantUpsert,
    pointer: &str,
    known: &Known,
    mint: &Mint,
    faults: &mut Vec<FieldError>,
) {
    let media = input.media.value().map(|reference| media(&mut state.row.media.0, reference, &format!("{pointer}/media"), mint, faults));
    let Some(variant) = state.variants.get_mut(place) else { return };
    let row = &mut variant.row;
    if let Some(key) = input.external_key.as_deref().map(str::trim) {
        if known.variant_keys.get(key).is_some_and(|(_, owner)| *owner != row.id) {
            let detail = format!("Another variant has the external key {key:?}.");
            faults.push(FieldError::new(format!("{pointer}/external_key"), "already_exists", detail));
        }
        row.external_key = Some(key.to_owned());
    }
    trimmed(&input.sku).apply(&mut row.sku);
    trimmed(&input.barcode).apply(&mut row.barcode);
    if let Some(values) = &input.option_values {
        row.option_values.0.clone_from(values);
    }
    input.length_mm.apply(&mut row.length_mm);
    input.width_mm.apply(&mut row.width_mm);
    input.height_mm.apply(&mut row.height_mm);
    input.max_per_order.apply(&mut row.max_per_order);
    row.weight_grams = input.weight_grams.unwrap_or(row.weight_grams);
    row.requires_shipping = input.requires_shipping.unwrap_or(row.requires_shipping);
    row.taxable = input.taxable.unwrap_or(row.taxable);
    row.track_inventory = input.track_inventory.unwrap_or(row.track_inventory);
    row.backorder = input.backorder.unwrap_or(row.backorder);
    row.active = input.active.unwrap_or(row.active);
    match (&input.media, media) {
        (Patch::Clear, _) => row.media_id = None,
        (_, Some(id)) => row.media_id = id,
        _ => {}
    }
    merge(&format!("{pointer}/metadata"), &mut row.metadata.0, &input.metadata, faults);
    merge(&format!("{pointer}/private_metadata"), &mut row.private_metadata.0, &input.private_metadata, faults);
    if input.replace_prices {
        variant.prices.clear();
    }
    if let Some(prices) = &input.prices {
        price(variant, prices, pointer, faults);
    }
}

/// Sets the prices of the currencies given.
fn price(variant: &mut VariantState, prices: &[PriceInput], pointer: &str, faults: &mut Vec<FieldError>) {
    let mut seen = HashSet::new();
    for (index, price) in prices.iter().enumerate() {
        if !seen.insert(price.currency) {
            faults.push(FieldError::new(format!("{pointer}/prices/{index}/currency"), "duplicate", "Each currency once."));
        }
        variant.prices.insert(price.currency, Amounts { amount: price.amount.0, compare_at: price.compare_at.map(|c| c.0) });
    }
}

/// The medium that a variant names, by id or URL; a URL that is new joins the product's media.
fn media(media: &mut Vec<MediaDoc>, reference: &str, pointer: &str, mint: &Mint, faults: &mut Vec<FieldError>) -> Option<MediaId> {
    let known = match MediaId::parse(reference) {
        Ok(id) => media.iter().find(|m| m.id == id),
        Err(_) => media.iter().find(|m| m.url == reference),
    };
    if let Some(known) = known {
        return Some(known.id);
    }
    if super::shapes::check_url(reference).is_err() {
        faults.push(FieldError::new(pointer, "unknown", "Neither one of the product's media nor an http or https URL."));
        return None;
    }
    let id = mint.id();
    let (alts, alt) = (Default::default(), None);
    media.push(MediaDoc { id, url: reference.to_owned(), alt, alts, kind: MediaKind::Image, width: None, height: None });
    Some(id)
}

fn reorder(state: &mut ProductState, first: &[usize]) {
    let rest = (0..state.variants.len()).filter(|place| !first.contains(place));
    let order: Vec<usize> = first.iter().copied().chain(rest).collect();
    let mut places: Vec<Option<VariantState>> = std::mem::take(&mut state.variants).into_iter().map(Some).collect();
    for place in order {
        if let Some(mut variant) = places.get_mut(place).and_then(Option::take) {
            variant.row.position = i32::try_from(state.variants.len()).unwrap_or(i32::MAX);
            state.variants.push(variant);
        }
    }
}
