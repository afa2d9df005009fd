//! How our values enter and leave the two databases, as macros over the types that need them.

/// A newtype over `uuid::Uuid` as [`crate::types::sql::Uuid`].
macro_rules! uuid_bridge {
    ($name:ident) => {
        impl diesel::serialize::ToSql<crate::types::sql::Uuid, diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                std::io::Write::write_all(out, self.0.as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl diesel::serialize::ToSql<crate::types::sql::Uuid, diesel::sqlite::Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>) -> diesel::serialize::Result {
                out.set_value(self.0.as_bytes().as_slice());
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl diesel::deserialize::FromSql<crate::types::sql::Uuid, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                Ok(Self(uuid::Uuid::from_slice(value.as_bytes())?))
            }
        }
        impl diesel::deserialize::FromSql<crate::types::sql::Uuid, diesel::sqlite::Sqlite> for $name {
            fn from_sql(mut value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
                Ok(Self(uuid::Uuid::from_slice(value.read_blob())?))
            }
        }
    };
}
pub(crate) use uuid_bridge;

/// A type with `as_sql(&self) -> impl AsRef<str>` and `from_sql_text(&str) -> Result<Self, _>` as text.
macro_rules! text_bridge {
    ([$($generics:tt)*] $name:ty) => {
        impl<$($generics)*> diesel::serialize::ToSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>) -> diesel::serialize::Result {
                std::io::Write::write_all(out, AsRef::<str>::as_ref(&self.as_sql()?).as_bytes())?;
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl<$($generics)*> diesel::serialize::ToSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $name {
            fn to_sql<'b>(&'b self, out: &mut diesel::serialize::Output<'b, '_, diesel::sqlite::Sqlite>) -> diesel::serialize::Result {
                let text: String = AsRef::<str>::as_ref(&self.as_sql()?).to_owned();
                out.set_value(text);
                Ok(diesel::serialize::IsNull::No)
            }
        }
        impl<$($generics)*> diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::pg::Pg> for $name {
            fn from_sql(value: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
                Self::from_sql_text(std::str::from_utf8(value.as_bytes())?)
            }
        }
        impl<$($generics)*> diesel::deserialize::FromSql<diesel::sql_types::Text, diesel::sqlite::Sqlite> for $name {
            fn from_sql(mut value: diesel::sqlite::SqliteValue<'_, '_, '_>) -> diesel::deserialize::Result<Self> {
                Self::from_sql_text(value.read_text())
            }
        }
    };
}
pub(crate) use text_bridge;
