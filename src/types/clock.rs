//! Time: UTC to the microsecond, from a clock that tests can hold still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Duration, SecondsFormat, Utc};

/// A moment in UTC with microseconds, RFC 3339 in JSON and `DateTime` in GraphQL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = crate::types::sql::Instant)]
pub struct Timestamp(DateTime<Utc>);

impl Timestamp {
    /// Later than any that a client may send.
    pub const LATEST: Self = Self(DateTime::<Utc>::MAX_UTC);

    /// From microseconds since 1970; none when chrono cannot hold it.
    pub fn from_micros(micros: i64) -> Option<Self> {
        DateTime::from_timestamp_micros(micros).map(Self)
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0.timestamp_micros()
    }

    /// This moment moved by a duration; stays at itself beyond the calendar's end.
    pub fn plus(self, duration: Duration) -> Self {
        Self(self.0.checked_add_signed(duration).unwrap_or(self.0))
    }

    /// This moment moved back by a duration.
    pub fn minus(self, duration: Duration) -> Self {
        self.plus(-duration)
    }

    /// As chrono's type.
    pub fn to_chrono(self) -> DateTime<Utc> {
        self.0
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        // The databases keep microseconds; SQLite would keep more and compare unequal.
        DateTime::from_timestamp_micros(value.timestamp_micros()).map_or(Self(value), Self)
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl std::fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|e| format!("not an RFC 3339 time: {e}"))?;
        let utc = parsed.with_timezone(&Utc);
        // What both databases can hold and clients can read back.
        if (0..=9999).contains(&chrono::Datelike::year(&utc)) { Ok(utc.into()) } else { Err("year out of range".to_owned()) }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .description(Some("RFC 3339, UTC, microseconds at most."))
            .examples(["2026-11-20T09:30:00.123456Z"])
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {
    fn name() -> std::borrow::Cow<'static, str> {
        "Timestamp".into()
    }
}

/// RFC 3339, UTC, microseconds at most.
#[async_graphql::Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl async_graphql::ScalarType for Timestamp {
    fn parse(value: async_graphql::Value) -> async_graphql::InputValueResult<Self> {
        match value {
            async_graphql::Value::String(text) => text.parse().map_err(async_graphql::InputValueError::custom),
            other => Err(async_graphql::InputValueError::expected_type(other)),
        }
    }
    fn to_value(&self) -> async_graphql::Value {
        async_graphql::Value::String(self.to_string())
    }
}

mod sql {
    use super::*;
    use crate::types::sql::Instant;
    use diesel::deserialize::{self, FromSql};
    use diesel::pg::{Pg, PgValue};
    use diesel::serialize::{self, IsNull, Output, ToSql};
    use diesel::sql_types::{BigInt, Timestamptz};
    use diesel::sqlite::{Sqlite, SqliteValue};

    impl ToSql<Instant, Pg> for Timestamp {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
            <DateTime<Utc> as ToSql<Timestamptz, Pg>>::to_sql(&self.0, out)
        }
    }
    impl FromSql<Instant, Pg> for Timestamp {
        fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
            <DateTime<Utc> as FromSql<Timestamptz, Pg>>::from_sql(value).map(Self)
        }
    }
    impl ToSql<Instant, Sqlite> for Timestamp {
        fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
            out.set_value(self.micros());
            Ok(IsNull::No)
        }
    }
    impl FromSql<Instant, Sqlite> for Timestamp {
        fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
            let micros = <i64 as FromSql<BigInt, Sqlite>>::from_sql(value)?;
            Self::from_micros(micros).ok_or_else(|| "time out of range".into())
        }
    }
}

/// Where time comes from. Tests hold it still and move it.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's clock.
    #[default]
    System,
    /// A clock that moves only when told: microseconds since 1970.
    Held(Arc<AtomicI64>),
}

impl Clock {
    /// Now.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Utc::now().into(),
            Self::Held(micros) => Timestamp::from_micros(micros.load(Ordering::SeqCst)).unwrap_or(Timestamp(DateTime::UNIX_EPOCH)),
        }
    }

    /// Moves a held clock; the machine's clock does not move.
    pub fn advance(&self, by: Duration) {
        if let Self::Held(micros) = self {
            micros.fetch_add(by.num_microseconds().unwrap_or(0), Ordering::SeqCst);
        }
    }
}
