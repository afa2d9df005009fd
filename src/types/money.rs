//! Money: an integer in ISO 4217 minor units and a currency. KRW has no minor unit: 12900 is twelve
//! thousand nine hundred won; 1299 USD is $12.99. Arithmetic is checked, never floating.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::sql_bridge::text_bridge;

/// The largest amount a client may send: room for 90,000 such amounts in an i64.
pub const MAX_AMOUNT: i64 = 100_000_000_000_000;

/// An amount in minor units; `MinorUnits` in GraphQL, because `Int` has only 32 bits there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MinorUnits(pub i64);

/// An integer in the currency's minor units (ISO 4217): 12900 KRW is ₩12,900, 1299 USD is $12.99.
#[async_graphql::Scalar]
impl async_graphql::ScalarType for MinorUnits {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match &value {
            async_graphql::Value::Number(n) => {
                n.as_i64().map(Self).ok_or_else(|| async_graphql::InputValueError::custom("not an integer of 64 bits"))
            }
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::Number(self.0.into())
    }
}

impl utoipa::PartialSchema for MinorUnits {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Integer)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::Int64)))
            .description(Some("Minor units of the currency (ISO 4217): 12900 KRW is ₩12,900, 1299 USD is $12.99."))
            .examples([12900])
            .into()
    }
}

impl utoipa::ToSchema for MinorUnits {
    fn name() -> Cow<'static, str> {
        "MinorUnits".into()
    }
}

/// An ISO 4217 currency that money can be spent in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Currency([u8; 3]);

impl Currency {
    /// South Korean won.
    pub const KRW: Self = Self(*b"KRW");

    /// Reads an upper-case code.
    pub fn parse(code: &str) -> Option<Self> {
        let known = iso_currency::Currency::from_code(code)?;
        // Metals and test codes have no minor unit: nothing can be priced in them.
        known.exponent()?;
        code.as_bytes().try_into().ok().map(Self)
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point of the major unit: 0 for KRW, 2 for USD.
    pub fn exponent(&self) -> u32 {
        iso_currency::Currency::from_code(self.as_str()).and_then(|c| c.exponent()).map_or(2, u32::from)
    }

    /// Reads a decimal in major units, `"12.99"`, exactly; none if it has more digits than the currency.
    pub fn parse_major(&self, text: &str) -> Option<i64> {
        let mut decimal: rust_decimal::Decimal = text.trim().parse().ok()?;
        decimal = decimal.checked_mul(rust_decimal::Decimal::from(10i64.checked_pow(self.exponent())?))?;
        if decimal.fract().is_zero() { rust_decimal::prelude::ToPrimitive::to_i64(&decimal) } else { None }
    }

    /// Writes minor units as a decimal in major units: 1299 USD is `12.99`.
    pub fn format_major(&self, amount: i64) -> String {
        rust_decimal::Decimal::new(amount, self.exponent()).to_string()
    }

    fn as_sql(&self) -> Result<&str, std::convert::Infallible> {
        Ok(self.as_str())
    }

    fn from_sql_text(text: &str) -> diesel::deserialize::Result<Self> {
        Self::parse(text.trim()).ok_or_else(|| "not a currency".into())
    }
}

text_bridge!([] Currency);

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}
impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(d)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("not an ISO 4217 currency code such as KRW"))
    }
}
impl utoipa::PartialSchema for Currency {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^[A-Z]{3}$"))
            .description(Some("ISO 4217 currency code."))
            .examples(["KRW"])
            .into()
    }
}
impl utoipa::ToSchema for Currency {
    fn name() -> Cow<'static, str> {
        "Currency".into()
    }
}

/// ISO 4217 currency code, such as KRW.
#[async_graphql::Scalar]
impl async_graphql::ScalarType for Currency {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match &value {
            async_graphql::Value::String(text) => {
                Self::parse(text).ok_or_else(|| async_graphql::InputValueError::custom("not an ISO 4217 currency code such as KRW"))
            }
            _ => Err(async_graphql::InputValueError::expected_type(value)),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.as_str().to_owned())
    }
}

/// An amount of money in the currency's minor units.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "MoneyInput")]
pub struct Money {
    /// Minor units: 12900 KRW is ₩12,900, 1299 USD is $12.99.
    pub amount: MinorUnits,
    /// ISO 4217.
    pub currency: Currency,
}

impl Money {
    /// Money of minor units.
    pub fn new(amount: i64, currency: Currency) -> Self {
        Self { amount: MinorUnits(amount), currency }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.format_major(self.amount.0), self.currency)
    }
}

/// `amount * numerator / denominator`, rounded half away from zero; none on overflow or a zero denominator.
pub fn mul_div(amount: i64, numerator: i64, denominator: i64) -> Option<i64> {
    if denominator == 0 {
        return None;
    }
    let product = i128::from(amount).checked_mul(i128::from(numerator))?;
    let divisor = i128::from(denominator);
    let (quotient, rest) = (product / divisor, product % divisor);
    let away = if (product < 0) == (divisor < 0) { 1 } else { -1 };
    let rounded = if rest.abs() * 2 >= divisor.abs() { quotient + away } else { quotient };
    i64::try_from(rounded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_major_units_exactly() {
        let usd = Currency::parse("USD").unwrap();
        assert_eq!(usd.parse_major("12.99"), Some(1299));
        assert_eq!(usd.parse_major("12.9"), Some(1290));
        assert_eq!(usd.parse_major("12.990"), Some(1299));
        assert_eq!(usd.parse_major("12.999"), None);
        assert_eq!(usd.parse_major("-3"), Some(-300));
        assert_eq!(Currency::KRW.parse_major("78.00"), Some(78));
        assert_eq!(Currency::KRW.parse_major("78.50"), None);
        assert_eq!(usd.format_major(1299), "12.99");
        assert_eq!(Currency::KRW.format_major(12900), "12900");
        assert_eq!(Currency::parse("XAU"), None);
        assert_eq!(Currency::parse("krw"), None);
    }

    #[test]
    fn rounds_half_away_from_zero() {
        assert_eq!(mul_div(5, 1, 2), Some(3));
        assert_eq!(mul_div(-5, 1, 2), Some(-3));
        assert_eq!(mul_div(4, 1, 3), Some(1));
        assert_eq!(mul_div(i64::MAX, i64::MAX, 1), None);
        assert_eq!(mul_div(1, 1, 0), None);
    }
}
