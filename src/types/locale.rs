//! Locales: BCP 47 tags such as `ko` and `en-US`, and choosing among them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::sql_bridge::text_bridge;

/// A BCP 47 language tag of language, optional script and optional region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Locale(String);

impl Locale {
    /// Reads a tag and writes it canonically: `KO-kr` is `ko-KR`.
    pub fn parse(tag: &str) -> Option<Self> {
        let mut canonical = String::with_capacity(tag.len());
        for (index, part) in tag.split(['-', '_']).enumerate() {
            let letters = part.bytes().all(|b| b.is_ascii_alphabetic());
            let digits = part.bytes().all(|b| b.is_ascii_digit());
            match (index, part.len()) {
                (0, 2..=3) if letters => canonical.push_str(&part.to_ascii_lowercase()),
                (1, 4) if letters => {
                    let (first, rest) = part.split_at(1);
                    canonical.push('-');
                    canonical.push_str(&first.to_ascii_uppercase());
                    canonical.push_str(&rest.to_ascii_lowercase());
                }
                (1..=2, 2) if letters => {
                    canonical.push('-');
                    canonical.push_str(&part.to_ascii_uppercase());
                }
                (1..=2, 3) if digits => {
                    canonical.push('-');
                    canonical.push_str(part);
                }
                _ => return None,
            }
        }
        Some(Self(canonical))
    }

    /// Korean.
    pub fn korean() -> Self {
        Self("ko".to_owned())
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `ko` of `ko-KR`.
    pub fn language(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// The best of `offered` for an `Accept-Language` header (RFC 9110 12.5.4), or none.
    pub fn negotiate<'a>(accept_language: &str, offered: &'a [Locale]) -> Option<&'a Locale> {
        let mut wanted: Vec<(u32, usize, Locale)> = accept_language
            .split(',')
            .take(32)
            .enumerate()
            .filter_map(|(order, item)| {
                let mut pieces = item.trim().split(';');
                let locale = Self::parse(pieces.next()?.trim())?;
                let quality = pieces.find_map(|p| p.trim().strip_prefix("q=")).map_or(1000, quality_per_mille);
                (quality > 0).then_some((1000 - quality, order, locale))
            })
            .collect();
        wanted.sort();
        wanted.iter().find_map(|(_, _, want)| {
            offered.iter().find(|o| *o == want).or_else(|| offered.iter().find(|o| o.language() == want.language()))
        })
    }

    fn as_sql(&self) -> Result<&str, std::convert::Infallible> {
        Ok(&self.0)
    }

    fn from_sql_text(text: &str) -> diesel::deserialize::Result<Self> {
        Self::parse(text).ok_or_else(|| "not a locale".into())
    }
}

fn quality_per_mille(text: &str) -> u32 {
    let decimal: rust_decimal::Decimal = text.trim().parse().unwrap_or_default();
    (decimal * rust_decimal::Decimal::from(1000)).trunc().try_into().map_or(0, |q: u32| q.min(1000))
}

text_bridge!([] Locale);

impl std::fmt::Display for Locale {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
impl Serialize for Locale {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}
impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not a BCP 47 language tag such as ko or en-US"))
    }
}
impl utoipa::PartialSchema for Locale {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .description(Some("BCP 47 language tag."))
            .pattern(Some("^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"))
            .examples(["ko"])
            .into()
    }
}
impl utoipa::ToSchema for Locale {
    fn name() -> Cow<'static, str> {
        "Locale".into()
    }
}

/// BCP 47 language tag, such as ko or en-US.
#[async_graphql::Scalar]
impl async_graphql::ScalarType for Locale {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match &value {
            async_graphql::Value::String(text) => {
                Self::parse(text).ok_or_else(|| async_graphql::InputValueError::custom("not a BCP 47 language tag such as ko or en-US"))
            }
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locales(tags: &[&str]) -> Vec<Locale> {
        tags.iter().map(|t| Locale::parse(t).unwrap()).collect()
    }

    #[test]
    fn negotiates_by_quality_then_language() {
        let offered = locales(&["ko", "en-US"]);
        let pick = |header| Locale::negotiate(header, &offered).map(Locale::as_str);
        assert_eq!(pick("en;q=0.5, ko-KR;q=0.9"), Some("ko"));
        assert_eq!(pick("fr, en"), Some("en-US"));
        assert_eq!(pick("fr"), None);
        assert_eq!(pick("ko;q=0"), None);
        assert_eq!(pick(";;;,,q=,*"), None);
    }

    #[test]
    fn writes_tags_canonically() {
        assert_eq!(Locale::parse("ZH_hant_tw").unwrap().as_str(), "zh-Hant-TW");
        assert_eq!(Locale::parse("es-419").unwrap().as_str(), "es-419");
        assert!(Locale::parse("한국어").is_none());
        assert!(Locale::parse("").is_none());
        assert!(Locale::parse("e").is_none());
    }
}
