//! Connections and pools of the two databases.

use std::time::Duration;

use diesel::connection::{Connection, SimpleConnection};
use diesel::r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection};
use diesel::{PgConnection, SqliteConnection};

use super::DbOptions;
use crate::error::{Error, Result};

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Embedded SQLite.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
}

/// A database URL, checked: the scheme decides, so a mistyped one never makes an SQLite file.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file's path.
    Sqlite(String),
    /// What libpq takes.
    Postgres(String),
}

impl DatabaseUrl {
    /// Which database.
    pub fn backend(&self) -> Backend {
        match self {
            Self::Sqlite(_) => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = String;
    fn from_str(url: &str) -> Result<Self, String> {
        if let Some(path) = url.strip_prefix("sqlite://") {
            if path.is_empty() || path.contains(":memory:") {
                return Err("an SQLite URL names a file: sqlite:///var/lib/maru/shop.db or sqlite://shop.db".to_owned());
            }
            return Ok(Self::Sqlite(path.to_owned()));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let wants_tls = ["require", "verify-ca", "verify-full"].iter().any(|mode| url.contains(&format!("sslmode={mode}")));
            if cfg!(feature = "bundled-pq") && wants_tls {
                return Err("this build has no TLS to PostgreSQL (its libpq is compiled in without OpenSSL); build with \
                            `cargo build --release --no-default-features --features mimalloc,system-pq` and libpq-dev, or use the container image"
                    .to_owned());
            }
            return Ok(Self::Postgres(url.to_owned()));
        }
        Err("expected sqlite:///path/to/file.db or postgres://user:password@host/database".to_owned())
    }
}

impl std::fmt::Debug for DatabaseUrl {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{path}"),
            Self::Postgres(url) => match url::Url::parse(url) {
                Ok(mut parsed) => {
                    if parsed.password().is_some() {
                        let _ = parsed.set_password(Some("***"));
                    }
                    write!(f, "{parsed}")
                }
                Err(_) => f.write_str("postgres://***"),
            },
        }
    }
}

/// A pooled connection of either database.
pub enum Conn {
    /// SQLite.
    Sqlite(PooledConnection<ConnectionManager<SqliteConnection>>),
    /// PostgreSQL.
    Postgres(PooledConnection<ConnectionManager<PgConnection>>),
}

pub(super) enum Pools {
    Sqlite { writer: Pool<ConnectionManager<SqliteConnection>>, readers: Pool<ConnectionManager<SqliteConnection>> },
    Postgres(Pool<ConnectionManager<PgConnection>>),
}

impl Pools {
    pub(super) fn open(options: &DbOptions) -> Result<Self> {
        let wait = options.wait;
        match &options.url {
            DatabaseUrl::Sqlite(path) => {
                let pool = |size, pragmas| {
                    builder(size, wait)
                        .connection_customizer(Box::new(pragmas))
                        .build(ConnectionManager::new(path.as_str()))
                        .map_err(Error::unavailable)
                };
                optimize(path);
                // The writer comes first: it makes the file a WAL database before readers open it.
                let writer = pool(1, SqlitePragmas { read_only: false })?;
                Ok(Self::Sqlite { writer, readers: pool(options.pool_size, SqlitePragmas { read_only: true })? })
            }
            DatabaseUrl::Postgres(url) => Ok(Self::Postgres(postgres(
                url,
                options.pool_size.saturating_sub(joint_size(options)),
                PostgresSettings { joint: false },
                wait,
            )?)),
        }
    }

    /// The connections on which several purchases are one statement: on PostgreSQL, if there are enough.
    pub(super) fn joint(&self, options: &DbOptions) -> Result<Option<Pool<ConnectionManager<PgConnection>>>> {
        match &options.url {
            DatabaseUrl::Postgres(url) if joint_size(options) > 0 => {
                postgres(url, joint_size(options), PostgresSettings { joint: true }, options.wait).map(Some)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn backend(&self) -> Backend {
        match self {
            Self::Sqlite { .. } => Backend::Sqlite,
            Self::Postgres(_) => Backend::Postgres,
        }
    }

    /// How long a caller waits for a connection.
    pub(super) fn wait(&self) -> Duration {
        match self {
            Self::Sqlite { writer, .. } => writer.connection_timeout(),
            Self::Postgres(pool) => pool.connection_timeout(),
        }
    }

    pub(super) fn reader(&self) -> Result<Conn> {
        match self {
            Self::Sqlite { readers, .. } => readers.get().map(Conn::Sqlite),
            Self::Postgres(pool) => pool.get().map(Conn::Postgres),
        }
        .map_err(Error::unavailable)
    }

    pub(super) fn writer(&self) -> Result<Conn> {
        match self {
            Self::Sqlite { writer, .. } => writer.get().map(Conn::Sqlite),
            Self::Postgres(pool) => pool.get().map(Conn::Postgres),
        }
        .map_err(Error::unavailable)
    }

    pub(super) fn state(&self) -> (u32, u32, u32) {
        let (state, size) = match self {
            Self::Sqlite { readers, .. } => (readers.state(), readers.max_size()),
            Self::Postgres(pool) => (pool.state(), pool.max_size()),
        };
        (state.connections.saturating_sub(state.idle_connections), state.idle_connections, size)
    }
}

/// How many of the connections are for purchases that are one statement.
fn joint_size(options: &DbOptions) -> u32 {
    options.pool_size / 8
}

fn postgres(url: &str, size: u32, settings: PostgresSettings, wait: Duration) -> Result<Pool<ConnectionManager<PgConnection>>> {
    builder(size, wait)
        .min_idle(Some(u32::from(!settings.joint)))
        .connection_customizer(Box::new(settings))
        .build(ConnectionManager::new(url))
        .map_err(Error::unavailable)
}

fn builder<M: diesel::r2d2::ManageConnection>(size: u32, wait: Duration) -> diesel::r2d2::Builder<M> {
    // No ping per checkout: a dead connection fails one query, is marked broken and dropped. No ageing:
    // statements stay prepared.
    Pool::builder().max_size(size).min_idle(Some(1)).connection_timeout(wait).test_on_check_out(false).max_lifetime(None).idle_timeout(None)
}

#[derive(Debug)]
struct SqlitePragmas {
    read_only: bool,
}

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for SqlitePragmas {
    fn on_acquire(&self, conn: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        let common = "PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4000;";
        // FULL: an answered order survives a power cut.
        let own = if self.read_only {
            "PRAGMA query_only = ON;"
        } else {
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;"
        };
        conn.batch_execute(common).and_then(|()| conn.batch_execute(own)).map_err(diesel::r2d2::Error::QueryError)?;
        Ok(())
    }
}

/// How the rows of a large catalog are spread, whatever this one holds.
const CATALOG_STATISTICS: &str = include_str!("statistics.sql");

/// Notes how rows are spread, for the planner, from a sample (0x10: the whole of a million variants would take minutes); of the
/// catalog it is told. On a connection of its own, before the pools, which wait for theirs no longer than a request does: of a
/// file that is not in memory even a sample takes seconds. Another process that writes just now makes it fail, which costs
/// only a plan.
fn optimize(path: &str) {
    let sql = format!("PRAGMA busy_timeout = 1000; BEGIN IMMEDIATE; PRAGMA optimize = 0x10012; {CATALOG_STATISTICS} COMMIT;");
    let done = SqliteConnection::establish(path).map(|mut conn| conn.batch_execute(&sql));
    if let Ok(Err(error)) = done {
        tracing::debug!(%error, "the planner's statistics were not looked at");
    }
}

#[derive(Debug)]
struct PostgresSettings {
    /// Whether it is for purchases that share a statement: opened when the first comes, and no long wait for a lock that only one
    /// of them meets.
    joint: bool,
}

impl CustomizeConnection<PgConnection, diesel::r2d2::Error> for PostgresSettings {
    fn on_acquire(&self, conn: &mut PgConnection) -> Result<(), diesel::r2d2::Error> {
        // Prepared statements keep one plan: planning a list of ids anew took ten times as long as running it,
        // and a plan that does not flip with its parameters can be held by a test.
        let lock_timeout = if self.joint { "1s" } else { "10s" };
        // Rows that several purchases change are looked up one by one: a plan made while the table was small would read all of it.
        let by_index =
            if self.joint { "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off;" } else { "" };
        conn.batch_execute(&format!("{by_index} SET plan_cache_mode = force_generic_plan; SET statement_timeout = '30s'; SET lock_timeout = '{lock_timeout}'; SET idle_in_transaction_session_timeout = '60s'; SET TIME ZONE 'UTC'; SET client_min_messages = warning;"))
            .map_err(diesel::r2d2::Error::QueryError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_decides() {
        let parse = |url: &str| url.parse::<DatabaseUrl>();
        assert_eq!(parse("sqlite:///a/b.db").unwrap(), DatabaseUrl::Sqlite("/a/b.db".into()));
        assert_eq!(parse("sqlite://b.db").unwrap(), DatabaseUrl::Sqlite("b.db".into()));
        assert!(parse("postgres://u:p@h/d").is_ok());
        for wrong in ["postgre://u@h/d", "shop.db", "", "sqlite://", "sqlite://:memory:", "mysql://h/d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tls_is_refused_clearly_by_a_build_without_it() {
        let answer = "postgres://u@h/d?sslmode=require".parse::<DatabaseUrl>();
        assert_eq!(answer.is_err(), cfg!(feature = "bundled-pq"));
    }

    #[test]
    fn a_url_is_logged_without_its_password() {
        let url: DatabaseUrl = "postgres://u:hunter2@h/d".parse().unwrap();
        assert!(!format!("{url:?}").contains("hunter2"));
    }
}
