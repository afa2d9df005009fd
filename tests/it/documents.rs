//! The committed contract equals what the server serves: `openapi/*.json`, `schema/*.graphql`,
//! `schema/*.sql`. After a change, `MARU_TEST_UPDATE=1 cargo test --test it documents` writes them anew.

use std::path::PathBuf;

use diesel::{Connection, QueryableByName, RunQueryDsl};

use crate::support::Which;

fn held_equal(path: &str, generated: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    if std::env::var("MARU_TEST_UPDATE").is_ok() {
        std::fs::write(&file, generated).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == generated,
        "{path} is stale: run MARU_TEST_UPDATE=1 cargo test --test it documents, and read the difference as a client would"
    );
}

#[test]
fn openapi_documents_are_fresh() {
    let (store, admin) = maru::api::server::documents();
    held_equal("openapi/store.json", &(store.to_pretty_json().unwrap() + "\n"));
    held_equal("openapi/admin.json", &(admin.to_pretty_json().unwrap() + "\n"));
}

#[test]
fn graphql_schemas_are_fresh() {
    let (store, admin) = maru::api::graphql::sdls();
    held_equal("schema/store.graphql", &store);
    held_equal("schema/admin.graphql", &admin);
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

#[test]
fn database_schemas_are_fresh() {
    let sqlite = Which::Sqlite.fresh();
    let mut c = diesel::SqliteConnection::establish(sqlite.url().trim_start_matches("sqlite://")).unwrap();
    let query = "SELECT sql || ';' AS line FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '%diesel%' AND name NOT LIKE 'product_search_index_%' AND name NOT LIKE 'sqlite_stat%' ORDER BY type DESC, name";
    held_equal("schema/sqlite.sql", &text(diesel::sql_query(query).load(&mut c).unwrap()));

    let postgres = Which::Postgres.fresh();
    let mut c = diesel::PgConnection::establish(&postgres.url()).unwrap();
    let columns = "SELECT c.table_name || '.' || c.column_name || ' ' || c.data_type || CASE c.is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END \
        || COALESCE(' COLLATE ' || c.collation_name, '') AS line \
        FROM information_schema.columns c WHERE c.table_schema = 'public' AND c.table_name NOT LIKE '%diesel%' ORDER BY c.table_name, c.ordinal_position";
    let constraints = "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) AS line FROM pg_constraint \
        WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%diesel%' ORDER BY 1";
    let indexes =
        "SELECT indexdef || ';' AS line FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '%diesel%' ORDER BY indexname";
    let all: Vec<String> = [columns, constraints, indexes].iter().map(|q| text(diesel::sql_query(*q).load(&mut c).unwrap())).collect();
    held_equal("schema/postgres.sql", &format!("-- Columns\n{}\n-- Constraints\n{}\n-- Indexes\n{}", all[0], all[1], all[2]));
}

fn text(lines: Vec<Line>) -> String {
    lines.into_iter().map(|l| l.line + "\n").collect()
}
