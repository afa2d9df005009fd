//! A fresh database per test, from a template that is migrated once per schema: an SQLite file copied, a
//! PostgreSQL database created with TEMPLATE on a throwaway cluster (or `MARU_TEST_POSTGRES_URL`).

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, RunQueryDsl};
use maru::db::{Db, DbOptions};
use maru::types::Clock;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Sqlite,
    Postgres,
}

impl Which {
    /// A migrated, empty database.
    pub fn fresh(self) -> TestDatabase {
        TestDatabase::new(self)
    }
}

/// A database that is removed when the test ends.
pub enum TestDatabase {
    Sqlite { folder: tempfile::TempDir },
    Postgres { server: String, name: String },
}

impl TestDatabase {
    pub fn new(which: Which) -> Self {
        match which {
            Which::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                std::fs::copy(sqlite_template(), folder.path().join("shop.db")).unwrap();
                Self::Sqlite { folder }
            }
            Which::Postgres => {
                let server = postgres_server();
                let template = postgres_template(&server);
                let name = format!("t_{}", uuid::Uuid::new_v4().simple());
                execute(&server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
                Self::Postgres { server, name }
            }
        }
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite { folder } => format!("sqlite://{}", folder.path().join("shop.db").display()),
            Self::Postgres { server, name } => with_database(server, name),
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres { server, name } = self {
            let _ = PgConnection::establish(server).map(|mut c| c.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        }
    }
}

/// Names a template by the migrations it holds.
fn schema_version() -> String {
    let mut hasher = std::hash::DefaultHasher::new();
    let mut files: Vec<PathBuf> = Vec::new();
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("migrations")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    for file in files {
        std::hash::Hash::hash(&std::fs::read(file).unwrap(), &mut hasher);
    }
    format!("{:016x}", std::hash::Hasher::finish(&hasher))
}

fn migrate(url: &str) {
    let options = DbOptions { url: url.parse().unwrap(), pool_size: 1, wait: Duration::from_secs(20) };
    Db::open(&options, Clock::System).unwrap().migrate().unwrap();
}

fn sqlite_template() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let template = folder.join(format!("template-{}.db", schema_version()));
    if !template.exists() {
        // Test processes run side by side: each makes its own and the last rename wins.
        let own = folder.join(format!("template-{}.db", uuid::Uuid::new_v4()));
        migrate(&format!("sqlite://{}", own.display()));
        // Only a checkpointed file can be copied without its log.
        diesel::SqliteConnection::establish(own.to_str().unwrap()).unwrap().batch_execute("PRAGMA journal_mode = DELETE").unwrap();
        std::fs::rename(own, &template).unwrap();
    }
    template
}

fn postgres_server() -> String {
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    if let Ok(url) = std::env::var("MARU_TEST_POSTGRES_URL") {
        return url;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cluster");
    let output = Command::new(script).arg("start").output().expect("tests/cluster runs");
    assert!(output.status.success(), "tests/cluster: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn postgres_template(server: &str) -> String {
    let name = format!("maru_template_{}", schema_version());
    let mut c = PgConnection::establish(server).unwrap();
    // One process makes it; the others wait.
    c.batch_execute("SELECT pg_advisory_lock(7105321)").unwrap();
    let there: i64 = diesel::select(diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!(
        "(SELECT count(*) FROM pg_database WHERE datname = '{name}')"
    )))
    .get_result(&mut c)
    .unwrap();
    if there == 0 {
        let making = format!("{name}_making");
        c.batch_execute(&format!("DROP DATABASE IF EXISTS {making}")).unwrap();
        c.batch_execute(&format!("CREATE DATABASE {making}")).unwrap();
        migrate(&with_database(server, &making));
        // The migration's pool closes its connections in the background; renaming needs them gone.
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{making}'");
        c.batch_execute(&end).unwrap();
        let renamed = (0..50).any(|_| {
            let done = c.batch_execute(&format!("ALTER DATABASE {making} RENAME TO {name}")).is_ok();
            if !done {
                std::thread::sleep(Duration::from_millis(100));
            }
            done
        });
        assert!(renamed, "the template database could not be renamed");
    }
    c.batch_execute("SELECT pg_advisory_unlock(7105321)").unwrap();
    name
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(name);
    url.to_string()
}

/// Runs SQL behind the shop's back.
pub fn damage(url: &str, sql: &str) {
    match url.strip_prefix("sqlite://") {
        Some(path) => diesel::SqliteConnection::establish(path).unwrap().batch_execute(sql).unwrap(),
        None => PgConnection::establish(url).unwrap().batch_execute(sql).unwrap(),
    }
}

/// A transaction behind the shop's back that is open: what it changed waits with it.
pub enum Held {
    Sqlite(diesel::SqliteConnection),
    Postgres(PgConnection),
}

impl Held {
    /// Runs SQL in a transaction that stays open.
    pub fn begin(url: &str, sql: &str) -> Self {
        match url.strip_prefix("sqlite://") {
            Some(path) => {
                let mut c = diesel::SqliteConnection::establish(path).unwrap();
                c.batch_execute(&format!("PRAGMA busy_timeout = 5000; BEGIN IMMEDIATE; {sql}")).unwrap();
                Self::Sqlite(c)
            }
            None => {
                let mut c = PgConnection::establish(url).unwrap();
                c.batch_execute(&format!("BEGIN; {sql}")).unwrap();
                Self::Postgres(c)
            }
        }
    }

    /// Ends it.
    pub fn commit(self) {
        match self {
            Self::Sqlite(mut c) => c.batch_execute("COMMIT").unwrap(),
            Self::Postgres(mut c) => c.batch_execute("COMMIT").unwrap(),
        }
    }
}

/// How many rows there are: `counted(&url, "mails WHERE ...")`.
pub fn counted(url: &str, of: &str) -> i64 {
    use diesel::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Counted {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        n: i64,
    }
    let query = diesel::sql_query(format!("SELECT count(*) AS n FROM {of}"));
    let found: Counted = match url.strip_prefix("sqlite://") {
        Some(path) => query.get_result(&mut diesel::SqliteConnection::establish(path).unwrap()).unwrap(),
        None => query.get_result(&mut PgConnection::establish(url).unwrap()).unwrap(),
    };
    found.n
}

/// All that a database holds of a table, as whoever stole it would read it.
pub fn stolen(url: &str, table: &str) -> String {
    use diesel::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    match url.strip_prefix("sqlite://") {
        // The whole file, and what has not come to it yet.
        Some(path) => {
            let bytes = |path: String| std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
            bytes(path.to_owned()) + &bytes(format!("{path}-wal"))
        }
        None => {
            let mut c = PgConnection::establish(url).unwrap();
            let rows: Vec<Line> = diesel::sql_query(format!("SELECT row_to_json(t)::text AS line FROM {table} t")).load(&mut c).unwrap();
            rows.into_iter().map(|row| row.line).collect()
        }
    }
}

fn execute(server: &str, sql: &str) {
    let mut c = PgConnection::establish(server).unwrap();
    // Another test copying the same template holds it for a moment.
    let done = (0..100).any(|_| {
        let done = c.batch_execute(sql).is_ok();
        if !done {
            std::thread::sleep(Duration::from_millis(50));
        }
        done
    });
    assert!(done, "{sql}");
}
