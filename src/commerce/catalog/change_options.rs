//! A product's options: at most three, each variant with one value of each, no two variants alike.

use std::collections::{HashMap, HashSet};

use super::OptionInput;
use super::change::Mint;
use super::documents::{OptionDoc, OptionValueDoc, variant_title};
use super::rows::ProductState;
use super::shapes::OptionTranslation;
use crate::error::FieldError;
use crate::types::Locale;

/// Whether two names or values are the same to a shopper.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b || a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// Replaces the options. Those that stay keep their ids and translations; one renamed by id renames its
/// value in every variant.
pub(super) fn replace(state: &mut ProductState, inputs: &[OptionInput], mint: &Mint, faults: &mut Vec<FieldError>) {
    let present = std::mem::take(&mut state.row.options.0);
    for (index, input) in inputs.iter().enumerate() {
        let name = input.name.trim();
        if name.is_empty() {
            faults.push(FieldError::new(format!("/options/{index}/name"), "required", "Must not be blank."));
        }
        if state.row.options.0.iter().any(|o| same(&o.name, name)) {
            faults.push(FieldError::new(format!("/options/{index}/name"), "duplicate", format!("The option {name:?} is there twice.")));
            continue;
        }
        let known = match input.id {
            Some(id) => present.iter().find(|o| o.id == id),
            None => present.iter().find(|o| same(&o.name, name)),
        };
        if input.id.is_some() && known.is_none() {
            faults.push(FieldError::new(format!("/options/{index}/id"), "unknown", "The product has no such option."));
        }
        let mut option = known.cloned().unwrap_or_else(|| OptionDoc {
            id: mint.id(),
            name: name.to_owned(),
            labels: Default::default(),
            values: Vec::new(),
        });
        rename(state, &mut option, name);
        order_values(&mut option, &input.values, mint);
        state.row.options.0.push(option);
    }
}

fn rename(state: &mut ProductState, option: &mut OptionDoc, name: &str) {
    if option.name != name {
        let values = state.variants.iter_mut().flat_map(|v| v.row.option_values.0.iter_mut());
        values.filter(|v| v.option == option.name).for_each(|v| name.clone_into(&mut v.option));
        name.clone_into(&mut option.name);
    }
}

/// Puts the values in the order given; those that are not given follow.
fn order_values(option: &mut OptionDoc, given: &[String], mint: &Mint) {
    let mut rest = std::mem::take(&mut option.values);
    for value in given.iter().map(|v| v.trim()) {
        if option.values.iter().any(|v| same(&v.value, value)) {
            continue;
        }
        match rest.iter().position(|v| same(&v.value, value)) {
            Some(index) => option.values.push(rest.remove(index)),
            None => option.values.push(OptionValueDoc { id: mint.id(), value: value.to_owned(), labels: Default::default() }),
        }
    }
    option.values.append(&mut rest);
}

/// Adds the values that variants have, writes them as the option does, in the order of the options, and
/// titles the variants.
pub(super) fn collect_values(state: &mut ProductState, mint: &Mint) {
    let options = &mut state.row.options.0;
    for variant in &mut state.variants {
        let mut values = std::mem::take(&mut variant.row.option_values.0);
        values.sort_by_key(|v| options.iter().position(|o| same(&o.name, &v.option)).unwrap_or(usize::MAX));
        for selected in &mut values {
            let Some(option) = options.iter_mut().find(|o| same(&o.name, &selected.option)) else { continue };
            selected.option.clone_from(&option.name);
            match option.values.iter().find(|v| same(&v.value, &selected.value)) {
                Some(value) => selected.value.clone_from(&value.value),
                None => {
                    let value = selected.value.trim().to_owned();
                    option.values.push(OptionValueDoc { id: mint.id(), value: value.clone(), labels: Default::default() });
                    selected.value = value;
                }
            }
        }
        variant.row.title = variant_title(&values);
        variant.row.option_values.0 = values;
    }
}

/// Every active variant has one value of each option and no other, and differs from the others.
pub(super) fn check(state: &ProductState, faults: &mut Vec<FieldError>) {
    let options = &state.row.options.0;
    let mut seen: HashMap<Vec<String>, usize> = HashMap::new();
    for (index, variant) in state.variants.iter().enumerate().filter(|(_, v)| v.row.active) {
        let values = &variant.row.option_values.0;
        let pointer = format!("/variants/{index}/option_values");
        let names: HashSet<&str> = values.iter().map(|v| v.option.as_str()).collect();
        if names.len() != values.len() || names.len() != options.len() || !options.iter().all(|o| names.contains(o.name.as_str())) {
            let wanted = options.iter().map(|o| o.name.as_str()).collect::<Vec<_>>().join(", ");
            let detail = format!("Variant {} needs one value of each of the product's options ({wanted}).", variant.row.id);
            faults.push(FieldError::new(pointer, "option_values", detail));
            continue;
        }
        let key: Vec<String> = values.iter().map(|v| v.value.to_lowercase()).collect();
        if seen.insert(key, index).is_some() {
            faults.push(FieldError::new(pointer, "duplicate", "Another variant has the same option values."));
        }
    }
}

/// Writes an option's translation into it.
pub(super) fn label(options: &mut [OptionDoc], locale: &Locale, translation: &OptionTranslation) {
    let Some(option) = options.iter_mut().find(|o| same(&o.name, &translation.name)) else { return };
    option.labels.insert(locale.clone(), translation.label.clone());
    for value in &translation.values {
        if let Some(known) = option.values.iter_mut().find(|v| same(&v.value, &value.value)) {
            known.labels.insert(locale.clone(), value.label.clone());
        }
    }
}
