//! The least that a checkout writes, straight through diesel: an order, two lines, a payment, stock held.
//! On PostgreSQL in a schema of its own, each thread with a connection; on SQLite in a file beside the
//! shop's, all threads through the one connection that may write, as the server does it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use serde_json::{Value, json};

use super::plan::Dice;
use super::report::Row;

const SCHEMA: &str = "maru_load_limits";
/// Variants in stock.
const MANY: i64 = 1_000;
const WARMUP: Duration = Duration::from_millis(500);
const TABLES: &str = "
    CREATE TABLE orders (id BIGINT PRIMARY KEY, number TEXT NOT NULL, email TEXT NOT NULL, total BIGINT NOT NULL, placed_at BIGINT NOT NULL);
    CREATE TABLE lines (order_id BIGINT NOT NULL, position INTEGER NOT NULL, variant_id BIGINT NOT NULL, quantity INTEGER NOT NULL,
        amount BIGINT NOT NULL, PRIMARY KEY (order_id, position));
    CREATE TABLE payments (id BIGINT PRIMARY KEY, order_id BIGINT NOT NULL, provider TEXT NOT NULL, amount BIGINT NOT NULL);
    CREATE TABLE stock (variant_id BIGINT PRIMARY KEY, on_hand BIGINT NOT NULL, reserved BIGINT NOT NULL);
";

diesel::table! { orders (id) { id -> BigInt, number -> Text, email -> Text, total -> BigInt, placed_at -> BigInt, } }
diesel::table! { lines (order_id, position) { order_id -> BigInt, position -> Integer, variant_id -> BigInt, quantity -> Integer, amount -> BigInt, } }
diesel::table! { payments (id) { id -> BigInt, order_id -> BigInt, provider -> Text, amount -> BigInt, } }
diesel::table! { stock (variant_id) { variant_id -> BigInt, on_hand -> BigInt, reserved -> BigInt, } }

/// What was measured.
pub struct Floor {
    database: &'static str,
    rows: &'static str,
    threads: u32,
    rate: f64,
    latencies: Row,
}

impl Floor {
    pub fn text(&self) -> String {
        let Self { database, rows, threads, rate, latencies } = self;
        let (p50, p99) = (latencies.millis(0.5), latencies.millis(0.99));
        format!("least checkout on {database}, {rows}, {threads} threads: {rate:.0} transactions/s; p50 {p50:.3} ms, p99 {p99:.3} ms")
    }

    pub fn json(&self) -> Value {
        let Self { database, rows, threads, rate, latencies } = self;
        json!({"database": database, "stock": rows, "threads": threads, "rate": rate, "p50_ms": latencies.millis(0.5), "p99_ms": latencies.millis(0.99)})
    }
}

/// Measures with stock in many rows and in one, and leaves nothing behind.
pub fn measure(url: &str, threads: u32, seconds: f64) -> Result<Vec<Floor>, String> {
    let each = |database: &'static str, run: &dyn Fn(i64) -> Result<(f64, Row), String>| {
        [("many rows", MANY), ("one hot row", 1)]
            .into_iter()
            .map(|(rows, variants)| run(variants).map(|(rate, latencies)| Floor { database, rows, threads, rate, latencies }))
            .collect()
    };
    match url.strip_prefix("sqlite://") {
        Some(path) => {
            let path = format!("{path}.{SCHEMA}");
            let found = each("SQLite", &|variants| sqlite(&path, threads, seconds, variants));
            for end in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(format!("{path}{end}"));
            }
            found
        }
        None => {
            let found = each("PostgreSQL", &|variants| postgres(url, threads, seconds, variants));
            postgres_connection(url)?.batch_execute(&format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).map_err(told)?;
            found
        }
    }
}

fn told(error: impl std::fmt::Display) -> String {
    format!("the least transaction: {error}")
}

fn filled(variants: i64) -> String {
    let rows: Vec<String> = (0..variants).map(|id| format!("({id}, 1000000000, 0)")).collect();
    format!("{TABLES} INSERT INTO stock (variant_id, on_hand, reserved) VALUES {};", rows.join(", "))
}

static NEXT: AtomicI64 = AtomicI64::new(1);

/// One transaction's statements, on either connection.
macro_rules! sell {
    ($c:expr, $variant:expr) => {{
        let (c, variant): (_, i64) = ($c, $variant);
        let id = NEXT.fetch_add(1, Ordering::Relaxed);
        let order = (orders::id.eq(id), orders::number.eq("20260101-000000"), orders::email.eq("mina@example.com"));
        diesel::insert_into(orders::table).values((order, orders::total.eq(12_900_i64), orders::placed_at.eq(id))).execute(c)?;
        let line = |position: i32| {
            (
                lines::order_id.eq(id),
                lines::position.eq(position),
                lines::variant_id.eq(variant),
                lines::quantity.eq(1),
                lines::amount.eq(6_450_i64),
            )
        };
        diesel::insert_into(lines::table).values([line(0), line(1)]).execute(c)?;
        let payment = (payments::id.eq(id), payments::order_id.eq(id), payments::provider.eq("test"), payments::amount.eq(12_900_i64));
        diesel::insert_into(payments::table).values(payment).execute(c)?;
        let left = stock::table.filter(stock::variant_id.eq(variant)).filter((stock::on_hand - stock::reserved).ge(1));
        let held = diesel::update(left).set(stock::reserved.eq(stock::reserved + 1)).execute(c)?;
        if held == 1 { Ok(()) } else { Err(Error::RollbackTransaction) }
    }};
}

fn postgres_connection(url: &str) -> Result<PgConnection, String> {
    PgConnection::establish(url).map_err(told)
}

fn postgres(url: &str, threads: u32, seconds: f64, variants: i64) -> Result<(f64, Row), String> {
    let fresh =
        format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE; CREATE SCHEMA {SCHEMA}; SET search_path TO {SCHEMA}; {}", filled(variants));
    postgres_connection(url)?.batch_execute(&fresh).map_err(told)?;
    let connect = || {
        let mut connection = postgres_connection(url)?;
        connection.batch_execute(&format!("SET search_path TO {SCHEMA}")).map_err(told)?;
        Ok(connection)
    };
    let connections = (0..threads).map(|_| connect()).collect::<Result<Vec<_>, String>>()?;
    race(connections, seconds, variants, |connection, variant| connection.transaction(|c| sell!(&mut *c, variant)))
}

fn sqlite(path: &str, threads: u32, seconds: f64, variants: i64) -> Result<(f64, Row), String> {
    let _ = std::fs::remove_file(path);
    let mut connection = SqliteConnection::establish(path).map_err(told)?;
    let pragmas = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; \
                   PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456;";
    connection.batch_execute(&format!("{pragmas} {}", filled(variants))).map_err(told)?;
    let writer = Mutex::new(connection);
    let everybody: Vec<&Mutex<SqliteConnection>> = (0..threads).map(|_| &writer).collect();
    race(everybody, seconds, variants, |writer, variant| writer.lock().unwrap().immediate_transaction(|c| sell!(&mut *c, variant)))
}

/// Every thread sells as fast as it can: transactions a second, and how long each took.
fn race<C: Send>(
    connections: Vec<C>,
    seconds: f64,
    variants: i64,
    sell: impl Fn(&mut C, i64) -> Result<(), Error> + Sync,
) -> Result<(f64, Row), String> {
    let counted = Instant::now() + WARMUP;
    let end = counted + Duration::from_secs_f64(seconds);
    let seller = |number: usize, mut connection: C| {
        let (mut dice, mut row) = (Dice::new(number as u64), Vec::new());
        loop {
            let began = Instant::now();
            if began >= end {
                return Ok(row);
            }
            sell(&mut connection, dice.below(variants as usize) as i64)?;
            if began >= counted {
                row.push(began.elapsed());
            }
        }
    };
    let seller = &seller;
    let found: Result<Vec<Vec<Duration>>, Error> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            connections.into_iter().enumerate().map(|(number, connection)| scope.spawn(move || seller(number, connection))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut latencies = Row::default();
    found.map_err(told)?.into_iter().flatten().for_each(|elapsed| latencies.record(elapsed));
    Ok((latencies.count() as f64 / seconds, latencies))
}
