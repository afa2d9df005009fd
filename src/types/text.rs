//! Text: what may enter, and enumerations kept as text.

use unicode_normalization::{UnicodeNormalization, is_nfc};

/// Text in NFC, or none if it holds control characters other than tab and line breaks.
pub fn clean(text: &str) -> Option<std::borrow::Cow<'_, str>> {
    if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        None
    } else if is_nfc(text) {
        Some(text.into())
    } else {
        Some(text.nfc().collect::<String>().into())
    }
}

/// Text as it is compared where the way it is written does not matter: NFKC, in lower case.
pub fn folded(text: &str) -> String {
    text.nfkc().collect::<String>().to_lowercase()
}

/// Puts every string of a JSON value into NFC; tells the JSON pointer of the first that holds control
/// characters (NUL among them, which PostgreSQL cannot keep).
pub fn clean_json(value: &mut serde_json::Value) -> Result<(), String> {
    match value {
        serde_json::Value::String(text) => match clean(text) {
            None => Err(String::new()),
            Some(std::borrow::Cow::Owned(nfc)) => {
                *text = nfc;
                Ok(())
            }
            Some(std::borrow::Cow::Borrowed(_)) => Ok(()),
        },
        serde_json::Value::Array(items) => {
            items.iter_mut().enumerate().try_for_each(|(i, item)| clean_json(item).map_err(|rest| format!("/{i}{rest}")))
        }
        serde_json::Value::Object(fields) => {
            if let Some(name) = fields.keys().find(|k| clean(k).is_none()) {
                return Err(format!("/{}", name.escape_default()));
            }
            fields.iter_mut().try_for_each(|(name, item)| clean_json(item).map_err(|rest| format!("/{}{rest}", pointer_escape(name))))
        }
        _ => Ok(()),
    }
}

/// A name as a JSON pointer's token (RFC 6901).
pub fn pointer_escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// An enumeration with one word per case: in JSON, in the database (with a CHECK there), in OpenAPI, and
/// upper case in GraphQL.
macro_rules! text_enum {
    // The word is a `tt`: utoipa does not see through the invisible group that a `literal` arrives in, and would
    // document the case's name instead.
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$case_meta:meta])* $case:ident = $word:tt),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize, utoipa::ToSchema,
                 async_graphql::Enum, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = diesel::sql_types::Text)]
        pub enum $name { $($(#[$case_meta])* #[serde(rename = $word)] $case),+ }

        impl $name {
            /// Every case, in order.
            #[allow(dead_code, reason = "not every enumeration is listed somewhere")]
            pub const ALL: &'static [Self] = &[$(Self::$case),+];

            /// The word.
            pub fn as_str(self) -> &'static str { match self { $(Self::$case => $word),+ } }

            fn as_sql(&self) -> Result<&'static str, std::convert::Infallible> { Ok(self.as_str()) }

            fn from_sql_text(text: &str) -> diesel::deserialize::Result<Self> {
                match text { $($word => Ok(Self::$case),)+ other => Err(format!("not a {}: {other}", stringify!($name)).into()) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str(self.as_str()) }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($word => Ok(Self::$case),)+ _ => Err(format!("expected one of: {}", [$($word),+].join(", "))) }
            }
        }

        crate::types::sql_bridge::text_bridge!([] $name);
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalises_and_refuses_controls() {
        let mut value = serde_json::json!({"a": ["\u{1112}\u{1161}\u{11ab}"]});
        assert_eq!(clean_json(&mut value), Ok(()));
        assert_eq!(value["a"][0], "한");
        let mut bad = serde_json::json!({"a": ["ok", "\u{0}"]});
        assert_eq!(clean_json(&mut bad), Err("/a/1".to_owned()));
    }
}
