//! Values kept as JSON text in one column: documents that are read and written whole.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

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
