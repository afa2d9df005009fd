//! What of a product is kept as JSON in one column, with its translations inside.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Media, MediaKind, ProductOption, ProductOptionValue, SelectedOption, Seo};
use crate::types::{Locale, MediaId, OptionId};

/// Texts by locale.
pub(super) type ByLocale<T> = BTreeMap<Locale, T>;

/// The text for a locale: its own, or another of its language, or none.
pub(super) fn pick<'a, T>(texts: &'a ByLocale<T>, locale: &Locale) -> Option<&'a T> {
    texts.get(locale).or_else(|| texts.iter().find(|(l, _)| l.language() == locale.language()).map(|(_, text)| text))
}

/// The text for a locale, falling back to the base text.
pub(super) fn text<'a>(texts: &'a ByLocale<String>, locale: &Locale, base: &'a str) -> String {
    pick(texts, locale).map_or(base, String::as_str).to_owned()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OptionDoc {
    pub id: OptionId,
    pub name: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: ByLocale<String>,
    pub values: Vec<OptionValueDoc>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OptionValueDoc {
    pub id: OptionId,
    pub value: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: ByLocale<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MediaDoc {
    pub id: MediaId,
    pub url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub alts: ByLocale<String>,
    #[serde(rename = "type")]
    pub kind: MediaKind,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i32>,
}

/// The heavy part of a product's translation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct TextDoc {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seo: Option<Seo>,
}

impl MediaDoc {
    pub fn localised(&self, locale: &Locale) -> Media {
        let alt = pick(&self.alts, locale).cloned().or_else(|| self.alt.clone());
        Media { id: self.id, url: self.url.clone(), alt, kind: self.kind, width: self.width, height: self.height }
    }

    pub fn base(&self) -> Media {
        Media { id: self.id, url: self.url.clone(), alt: self.alt.clone(), kind: self.kind, width: self.width, height: self.height }
    }
}

impl OptionDoc {
    pub fn localised(&self, locale: &Locale) -> ProductOption {
        let values = self.values.iter().map(|v| ProductOptionValue { id: v.id, value: text(&v.labels, locale, &v.value) }).collect();
        ProductOption { id: self.id, name: text(&self.labels, locale, &self.name), values }
    }
}

/// A variant's option values in a locale.
pub(super) fn localised_values(options: &[OptionDoc], values: &[SelectedOption], locale: &Locale) -> Vec<SelectedOption> {
    values
        .iter()
        .map(|selected| {
            let Some(option) = options.iter().find(|o| o.name == selected.option) else { return selected.clone() };
            let value = option.values.iter().find(|v| v.value == selected.value);
            SelectedOption {
                option: text(&option.labels, locale, &option.name),
                value: value.map_or_else(|| selected.value.clone(), |v| text(&v.labels, locale, &v.value)),
            }
        })
        .collect()
}

/// A variant's title: its option values.
pub(super) fn variant_title(values: &[SelectedOption]) -> String {
    values.iter().map(|v| v.value.as_str()).collect::<Vec<_>>().join(" / ")
}
