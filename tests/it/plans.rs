//! How the databases go about the catalog's reads when it is large: 100,000 products, and no table read from end
//! to end. The plans of the very statements that the server ran are looked at, not the clock.

use std::sync::Mutex;

use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection, set_default_instrumentation};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::support::{TestApp, Which, damage, run};

/// What the server ran.
static RAN: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn listen() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            RAN.lock().unwrap().push(text.split("-- binds").next().unwrap_or_default().trim().to_owned());
        }
    }))
}

/// A catalog of 100,000 products with a variant each, straight into the tables.
fn catalog(which: Which) -> String {
    let (id, other, at, yes, no) = match which {
        Which::Sqlite => ("unhex(printf('%032x', i))", "unhex(printf('f%031x', i))", "1767225600000000 + i * 1000000", "1", "0"),
        Which::Postgres => (
            "lpad(to_hex(i), 32, '0')::uuid",
            "('f' || lpad(to_hex(i), 31, '0'))::uuid",
            "timestamptz '2026-01-01Z' + i * interval '1 s'",
            "true",
            "false",
        ),
    };
    let numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)";
    format!(
        "{numbers} INSERT INTO products (id, slug, status, published_at, title, title_sort, titles, description, tax_class, tags, options,
            media, seo, translations, metadata, private_metadata, version, created_at, updated_at)
            SELECT {id}, 'cup-' || i, 'active', {at}, 'Cup ' || i, 'cup ' || i, '{{}}', '', 'standard', '[]', '[]', '[]', '{{}}', '{{}}', '{{}}',
            '{{}}', 1, {at}, {at} FROM n;
        {numbers} INSERT INTO variants (id, product_id, position, title, option_values, weight_grams, requires_shipping, taxable,
            track_inventory, backorder, active, metadata, private_metadata, version, created_at, updated_at)
            SELECT {other}, {id}, 0, '', '[]', 0, {yes}, {yes}, {yes}, {no}, {yes}, '{{}}', '{{}}', 1, {at}, {at} FROM n;
        {numbers} INSERT INTO prices (variant_id, currency, amount) SELECT {other}, 'KRW', 1000 + i % 5000 FROM n;
        {numbers} INSERT INTO product_price_ranges (product_id, currency, min_amount, max_amount)
            SELECT {id}, 'KRW', 1000 + i % 5000, 1000 + i % 5000 FROM n;
        {numbers} INSERT INTO stock_levels (variant_id, location_id, on_hand, reserved, backordered, updated_at)
            SELECT {other}, (SELECT id FROM stock_locations), 10, 0, 0, {at} FROM n;
        {numbers} INSERT INTO product_search (product_id, body, listed_at) SELECT {id}, 'cup word' || (i % 1000) || ' tone' || (i % 50) || 'x', {at} FROM n;
        {}",
        // SQLite is told how a catalog is spread.
        if which == Which::Postgres { "ANALYZE;" } else { "" }
    )
}

#[derive(QueryableByName)]
struct SqliteLine {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PostgresLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The plan of a statement, whatever its values.
fn plan(url: &str, sql: &str) -> Vec<String> {
    if let Some(path) = url.strip_prefix("sqlite://") {
        let mut c = SqliteConnection::establish(path).unwrap();
        let lines: Vec<SqliteLine> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut c).unwrap();
        return lines.into_iter().map(|l| l.detail).collect();
    }
    let mut c = PgConnection::establish(url).unwrap();
    let values = (1..).take_while(|n| sql.contains(&format!("${n}"))).count();
    c.batch_execute(&format!("SET plan_cache_mode = force_generic_plan; PREPARE looked_at AS {sql}")).unwrap();
    let nothing = if values == 0 { String::new() } else { format!("({})", vec!["NULL"; values].join(", ")) };
    let lines: Vec<PostgresLine> = diesel::sql_query(format!("EXPLAIN EXECUTE looked_at{nothing}")).load(&mut c).unwrap();
    lines.into_iter().map(|l| l.detail).collect()
}

/// Whether a line of a plan reads a large table from end to end.
fn reads_all(line: &str) -> bool {
    ["products", "variants", "prices", "product_price_ranges", "stock_levels", "product_search"].iter().any(|table| {
        let whole = line.trim() == format!("SCAN {table}") || line.starts_with(&format!("SCAN {table} USING AUTOMATIC"));
        whole || line.contains(&format!("Seq Scan on {table} ")) || line.trim_end().ends_with(&format!("Seq Scan on {table}"))
    })
}

/// Whether it sorts what an index could give in order.
fn sorts(line: &str) -> bool {
    line.contains("TEMP B-TREE FOR ORDER BY") || line.contains("Sort Key")
}

async fn look(which: Which) {
    set_default_instrumentation(listen).unwrap();
    let app = TestApp::new(which).await;
    app.admin().post("/admin/v1/stock-locations", serde_json::json!({"code": "seoul", "name": "Seoul"})).await.expect(201);
    let url = app.database_url();
    tokio::task::spawn_blocking({
        let url = url.clone();
        move || damage(&url, &catalog(which))
    })
    .await
    .unwrap();
    let second = app.admin().get("/store/v1/products?limit=20").await.expect(200)["page"]["next_cursor"].as_str().unwrap().to_owned();
    let paths = [
        ("/store/v1/products?limit=20".to_owned(), true),
        (format!("/store/v1/products?limit=20&cursor={second}"), true),
        ("/store/v1/products?limit=20&sort=oldest".to_owned(), true),
        ("/store/v1/products?limit=20&sort=price_asc".to_owned(), true),
        ("/store/v1/products?limit=20&sort=name".to_owned(), true),
        ("/store/v1/products?limit=20&in_stock=true".to_owned(), true),
        ("/store/v1/products?limit=20&q=word777".to_owned(), false),
        ("/store/v1/products?limit=20&q=word777&sort=price_asc".to_owned(), false),
        ("/admin/v1/products?limit=20&q=word777".to_owned(), false),
        // Many match: the order is gone through.
        ("/store/v1/products?limit=20&q=cup".to_owned(), true),
        ("/store/v1/products?limit=20&q=cup+word7&sort=price_asc".to_owned(), true),
        ("/admin/v1/products?limit=20&q=cup".to_owned(), true),
        // None match: nobody goes through all to find that out.
        ("/store/v1/products?limit=19&brand=nobody".to_owned(), false),
        ("/store/v1/products?limit=19&tag=nothing".to_owned(), false),
        ("/store/v1/products?limit=19&category=nowhere".to_owned(), false),
        ("/store/v1/products?limit=19&option.size=none".to_owned(), false),
        ("/store/v1/products?limit=19&price_min=99999999".to_owned(), false),
        ("/store/v1/products?limit=19&price_max=1&sort=name".to_owned(), false),
        ("/store/v1/products?limit=19&q=nothing&sort=price_desc".to_owned(), false),
        ("/store/v1/products?limit=20&sort=price_desc&in_stock=true".to_owned(), true),
        ("/store/v1/products/cup-777".to_owned(), false),
        ("/admin/v1/products?limit=20".to_owned(), true),
        ("/admin/v1/products?limit=18&status=archived".to_owned(), false),
        ("/admin/v1/products?limit=18&updated_since=2999-01-01T00:00:00Z".to_owned(), false),
    ];
    for sort in ["newest", "oldest"] {
        let listed = app.admin().get(&format!("/store/v1/products?limit=20&sort={sort}")).await.expect(200);
        assert_eq!(
            app.admin().get(&format!("/store/v1/products?limit=20&sort={sort}&q=cup")).await.expect(200)["data"],
            listed["data"],
            "all are cups"
        );
    }
    pages_of_words(&app).await;
    for (path, in_order) in paths {
        RAN.lock().unwrap().clear();
        let answer = app.admin().get(&path).await.expect(200);
        assert!(!path.contains("limit=20") || answer["data"].as_array().unwrap().len() == 20, "{path}: {answer}");
        let of_products = |sql: &&String| {
            sql.starts_with("SELECT")
                && (sql.contains("products") || sql.contains("product_search"))
                && !sql.starts_with("SELECT count(*) AS some")
                && !sql.contains("(1=0)")
        };
        let ran: Vec<String> = RAN.lock().unwrap().iter().filter(of_products).cloned().collect();
        assert!(!ran.is_empty(), "{path}: nothing was run");
        let (mut by_words, mut by_few) = (false, !path.contains("limit=18"));
        for (index, sql) in ran.iter().enumerate() {
            let plan = tokio::task::spawn_blocking({
                let (url, sql) = (url.clone(), sql.clone());
                move || plan(&url, &sql)
            })
            .await
            .unwrap();
            let told = || format!("{path}\n{sql}\n{}", plan.join("\n"));
            assert!(!plan.iter().any(|line| reads_all(line)), "a whole table is read: {}", told());
            let of_few = if path.contains("updated_since") { ["products_by_update"; 2] } else { ["products_newest", "products_by_name"] };
            by_few |= sql.contains("ORDER BY") && plan.iter().any(|line| of_few.iter().any(|index| line.contains(index)));
            by_words |= plan.iter().any(|line| line.contains("product_search_index"));
            let goes_through = |line: &String| ["products_newest", "products_by_name"].iter().any(|index| line.contains(index));
            let gathers = sql.contains("LIMIT 20");
            assert!(!path.contains("limit=19") || !gathers || !plan.iter().any(goes_through), "all are gone through: {}", told());
            assert!(!in_order || index > 0 || !plan.iter().any(|line| sorts(line)), "a list is sorted: {}", told());
        }
        assert!(by_few, "{path}: what few are is not looked up by its index");
        assert!(by_words || !path.contains("q=word777"), "{path}: the words are not looked up in their index");
    }
}

/// Looks at pages of what words find, however many hold them: one in a thousand, in fifty, each.
async fn pages_of_words(app: &TestApp) {
    for (word, every, first) in
        [("word777", 1000, 777), ("tone7x", 50, 7), ("cup+word777", 1000, 777), ("tone7x+word777", 0, 0), ("cup", 1, 1)]
    {
        let all: Vec<usize> = if every == 0 { Vec::new() } else { (first..=100_000).step_by(every).collect() };
        for (sort, oldest_first) in [("newest", false), ("oldest", true)] {
            let mut expected: Vec<String> = all.iter().map(|i| format!("Cup {i}")).collect();
            if !oldest_first {
                expected.reverse();
            }
            let mut cursor = String::new();
            // Twice: the second time it is known which way is the best, and the fast lane does not have the answer.
            for (page, include) in [(0, ""), (1, ""), (0, "&include=total"), (1, "&include=total")] {
                let from = if page == 0 { "" } else { &cursor };
                let path = format!("/store/v1/products?limit=20&sort={sort}&q={word}{include}{from}");
                let answer = app.admin().get(&path).await.expect(200);
                let found: Vec<&str> = answer["data"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap()).collect();
                let expected: Vec<&str> = expected.iter().skip(page * 20).take(20).map(String::as_str).collect();
                assert_eq!(found, expected, "{path}");
                cursor = answer["page"]["next_cursor"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
                assert!(include.is_empty() || answer["page"]["total"] == all.len(), "{path}: {}", answer["page"]);
                if every == 0 {
                    break;
                }
            }
        }
    }
}

#[test]
fn large_catalogs_are_read_by_their_indexes_on_sqlite() {
    run(look(Which::Sqlite));
}

#[test]
fn large_catalogs_are_read_by_their_indexes_on_postgres() {
    run(look(Which::Postgres));
}
