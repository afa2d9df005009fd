//! Values kept as JSON text in one column: documents that are read and written whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Patch;
use super::sql_bridge::text_bridge;

/// A value kept as JSON text.
#[derive(Debug, Clone, Default, PartialEq, Eq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Json<T>(pub T);

impl<T: Serialize + DeserializeOwned> Json<T> {
    fn as_sql(&self) -> serde_json::Result<String> {
        serde_json::to_string(&self.0)
    }

    fn from_sql_text(text: &str) -> diesel::deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(text)?))
    }
}

text_bridge!([T: Serialize + DeserializeOwned + std::fmt::Debug] Json<T>);

/// What an app keeps with a thing: at most 50 entries, keys to 64 characters, values to 2,000.
pub type Metadata = BTreeMap<String, String>;

/// Checks the bounds of [`Metadata`], for `#[validate(custom(function = "check_metadata"))]`.
pub fn check_metadata(metadata: &Metadata) -> Result<(), validator::ValidationError> {
    let fits = |text: &str, max: usize| text.chars().count() <= max;
    if metadata.len() <= 50 && metadata.iter().all(|(key, value)| !key.is_empty() && fits(key, 64) && fits(value, 2_000)) {
        Ok(())
    } else {
        Err(validator::ValidationError::new("metadata")
            .with_message("At most 50 entries, keys of 1 to 64 characters, values to 2,000.".into()))
    }
}

/// Changes to metadata (RFC 7396): keys given are merged in, null removes a key.
pub type MetadataPatch = BTreeMap<String, Option<String>>;

/// Applies changes to metadata; a patch that is null empties it.
pub fn merge_metadata(metadata: &mut Metadata, patch: Patch<MetadataPatch>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => metadata.clear(),
        Patch::Set(changes) => {
            for (key, value) in changes {
                match value {
                    Some(value) => metadata.insert(key, value),
                    None => metadata.remove(&key),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_metadata_key_by_key() {
        let mut metadata = Metadata::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        merge_metadata(&mut metadata, Patch::Set([("a".into(), None), ("c".into(), Some("3".into()))].into()));
        assert_eq!(metadata, Metadata::from([("b".into(), "2".into()), ("c".into(), "3".into())]));
        merge_metadata(&mut metadata, Patch::Keep);
        assert_eq!(metadata.len(), 2);
        merge_metadata(&mut metadata, Patch::Clear);
        assert!(metadata.is_empty());
    }
}
