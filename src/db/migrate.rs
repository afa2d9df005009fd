//! Migrations: plain SQL, common to both databases, and a folder for what truly differs. They only add
//! or widen, so that old and new binaries run side by side.

use diesel::migration::{Migration, MigrationSource};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Conn, Db};
use crate::error::{Error, Result};

const COMMON: EmbeddedMigrations = embed_migrations!("migrations/common");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// The common migrations and a backend's own, in one order.
struct Both(EmbeddedMigrations);

impl<DB: diesel::backend::Backend> MigrationSource<DB> for Both
where
    EmbeddedMigrations: MigrationSource<DB>,
{
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        let mut all = MigrationSource::<DB>::migrations(&COMMON)?;
        all.extend(MigrationSource::<DB>::migrations(&self.0)?);
        all.sort_by_key(|m| m.name().version().as_owned());
        Ok(all)
    }
}

impl Db {
    /// Applies what is pending; answers the versions applied.
    pub fn migrate(&self) -> Result<Vec<String>> {
        let applied = match self.pools.writer()? {
            Conn::Sqlite(mut c) => c.run_pending_migrations(Both(SQLITE)).map(|v| v.iter().map(ToString::to_string).collect()),
            Conn::Postgres(mut c) => {
                // Several instances may start at once: one migrates, the others wait for it.
                let c: &mut diesel::PgConnection = &mut c;
                diesel::connection::SimpleConnection::batch_execute(
                    c,
                    "SET statement_timeout = 0; SET lock_timeout = 0; SELECT pg_advisory_lock(7105320)",
                )?;
                let applied = c.run_pending_migrations(Both(POSTGRES)).map(|v| v.iter().map(ToString::to_string).collect());
                diesel::connection::SimpleConnection::batch_execute(
                    c,
                    "SELECT pg_advisory_unlock(7105320); SET statement_timeout = '30s'; SET lock_timeout = '10s'",
                )?;
                applied
            }
        };
        applied.map_err(Error::internal)
    }

    /// How many migrations are pending: 0 when this binary and this database fit.
    pub fn pending_migrations(&self) -> Result<usize> {
        match self.pools.writer()? {
            Conn::Sqlite(mut c) => c.pending_migrations(Both(SQLITE)).map(|p| p.len()),
            Conn::Postgres(mut c) => c.pending_migrations(Both(POSTGRES)).map(|p| p.len()),
        }
        .map_err(Error::internal)
    }
}
