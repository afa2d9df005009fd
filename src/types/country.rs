//! Countries: ISO 3166-1 alpha-2.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::sql_bridge::text_bridge;

/// An ISO 3166-1 alpha-2 country code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Country([u8; 2]);

impl Country {
    /// South Korea.
    pub const KR: Self = Self(*b"KR");

    /// Reads an upper-case code.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 2] = code.as_bytes().try_into().ok()?;
        let known = bytes.iter().all(u8::is_ascii_uppercase) && celes::Country::from_alpha2(code).is_ok();
        known.then_some(Self(bytes))
    }

    /// The two letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("ZZ")
    }

    fn as_sql(&self) -> Result<&str, std::convert::Infallible> {
        Ok(self.as_str())
    }

    fn from_sql_text(text: &str) -> diesel::deserialize::Result<Self> {
        Self::parse(text).ok_or_else(|| "not a country".into())
    }
}

text_bridge!([] Country);

impl std::fmt::Display for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
impl std::fmt::Debug for Country {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an ISO 3166-1 alpha-2 country code such as KR"))
    }
}
impl utoipa::PartialSchema for Country {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Z]{2}$"))
            .description(Some("ISO 3166-1 alpha-2 country code."))
            .examples(["KR"])
            .into()
    }
}
impl utoipa::ToSchema for Country {
    fn name() -> Cow<'static, str> {
        "Country".into()
    }
}

/// ISO 3166-1 alpha-2 country code, such as KR.
#[async_graphql::Scalar]
impl async_graphql::ScalarType for Country {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match &value {
            async_graphql::Value::String(text) => {
                Self::parse(text).ok_or_else(|| async_graphql::InputValueError::custom("not an ISO 3166-1 alpha-2 country code such as KR"))
            }
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_countries() {
        assert_eq!(Country::parse("KR"), Some(Country::KR));
        assert!(Country::parse("US").is_some());
        assert_eq!(Country::parse("kr"), None);
        assert_eq!(Country::parse("XX"), None);
        assert_eq!(Country::parse("한"), None);
    }
}
