//! Categories and collections as the database keeps them, and what the two have in common.

use diesel::prelude::*;

use super::documents::{ByLocale, MediaDoc, TextDoc, pick, text};
use super::{
    Category, CategoryRef, CategoryTranslation, Collection, CollectionTranslation, ManagedCategory, ManagedCollection, Seo, SeoPatch,
};
use crate::db::tables::{categories, collections};
use crate::types::{CategoryId, CollectionId, Json, Locale, Metadata, Timestamp};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct CategoryRow {
    pub id: CategoryId,
    pub parent_id: Option<CategoryId>,
    pub slug: String,
    pub external_key: Option<String>,
    pub name: String,
    pub names: Json<ByLocale<String>>,
    pub description: String,
    pub position: i32,
    pub seo: Json<Seo>,
    pub translations: Json<ByLocale<TextDoc>>,
    pub metadata: Json<Metadata>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = collections, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct CollectionRow {
    pub id: CollectionId,
    pub slug: String,
    pub external_key: Option<String>,
    pub title: String,
    pub titles: Json<ByLocale<String>>,
    pub description: String,
    pub published: bool,
    pub image: Option<Json<MediaDoc>>,
    pub seo: Json<Seo>,
    pub translations: Json<ByLocale<TextDoc>>,
    pub metadata: Json<Metadata>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Description and SEO in a locale, falling back to the base.
fn localised(description: String, seo: Seo, translations: &ByLocale<TextDoc>, locale: &Locale) -> (String, Seo) {
    let own = pick(translations, locale).cloned().unwrap_or_default();
    let own_seo = own.seo.unwrap_or_default();
    let seo = Seo { title: own_seo.title.or(seo.title), description: own_seo.description.or(seo.description) };
    (own.description.unwrap_or(description), seo)
}

impl CategoryRow {
    pub fn shown(self, locale: &Locale, breadcrumbs: Vec<CategoryRef>, children: Vec<CategoryRef>) -> Category {
        let (description, seo) = localised(self.description, self.seo.0, &self.translations.0, locale);
        Category {
            id: self.id,
            parent_id: self.parent_id,
            slug: self.slug,
            name: text(&self.names.0, locale, &self.name),
            description,
            breadcrumbs,
            children,
            seo,
            metadata: self.metadata.0,
            updated_at: self.updated_at,
        }
    }
}

impl CollectionRow {
    pub fn shown(self, locale: &Locale) -> Collection {
        let (description, seo) = localised(self.description, self.seo.0, &self.translations.0, locale);
        Collection {
            id: self.id,
            slug: self.slug,
            title: text(&self.titles.0, locale, &self.title),
            description,
            image: self.image.map(|m| m.0.localised(locale)),
            seo,
            metadata: self.metadata.0,
            updated_at: self.updated_at,
        }
    }
}

impl From<CategoryRow> for ManagedCategory {
    fn from(row: CategoryRow) -> Self {
        let translated = |(locale, doc): (&Locale, &TextDoc)| CategoryTranslation {
            locale: locale.clone(),
            name: row.names.0.get(locale).cloned(),
            description: doc.description.clone(),
            seo: doc.seo.clone(),
        };
        Self {
            id: row.id,
            parent_id: row.parent_id,
            translations: row.translations.0.iter().map(translated).collect(),
            external_key: row.external_key,
            slug: row.slug,
            name: row.name,
            description: row.description,
            position: row.position,
            seo: row.seo.0,
            metadata: row.metadata.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl From<CollectionRow> for ManagedCollection {
    fn from(row: CollectionRow) -> Self {
        let translated = |(locale, doc): (&Locale, &TextDoc)| CollectionTranslation {
            locale: locale.clone(),
            title: row.titles.0.get(locale).cloned(),
            description: doc.description.clone(),
            seo: doc.seo.clone(),
        };
        Self {
            id: row.id,
            translations: row.translations.0.iter().map(translated).collect(),
            external_key: row.external_key,
            slug: row.slug,
            title: row.title,
            description: row.description,
            published: row.published,
            image: row.image.map(|m| m.0.base()),
            seo: row.seo.0,
            metadata: row.metadata.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Names and heavier texts by locale, as the two columns keep them.
pub(super) fn translated(
    translations: impl Iterator<Item = (Locale, Option<String>, Option<String>, Option<Seo>)>,
) -> (Json<ByLocale<String>>, Json<ByLocale<TextDoc>>) {
    let (mut names, mut texts) = (ByLocale::new(), ByLocale::new());
    for (locale, name, description, seo) in translations {
        if let Some(name) = name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()) {
            names.insert(locale.clone(), name);
        }
        texts.insert(locale, TextDoc { description: description.as_deref().map(super::text::clean_html), seo });
    }
    (Json(names), Json(texts))
}

/// Merges SEO in.
pub(super) fn merge_seo(seo: &mut Seo, patch: SeoPatch) {
    patch.title.apply(&mut seo.title);
    patch.description.apply(&mut seo.description);
}

/// The wanted slug, or the first free one after it.
macro_rules! unique_slug {
    ($tx:expr, $table:ident, $wanted:expr) => {{
        let wanted: String = $wanted;
        let candidates: Vec<String> = $crate::commerce::catalog::text::slug_candidates(&wanted).collect();
        let taken: Vec<String> = on_each!($tx, |c| $table::table.filter($table::slug.eq_any(&candidates)).select($table::slug).load(c))?;
        $crate::commerce::catalog::text::free_slug(&wanted, |slug| taken.iter().any(|t| t == slug))
    }};
}
pub(super) use unique_slug;
