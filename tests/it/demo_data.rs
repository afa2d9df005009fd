//! `maru demo-data`: a made-up catalog is made once, sold as any other, and found in Korean.

use std::process::Output;

use serde_json::{Value, json};

use crate::import::maru;
use crate::support::{Which, on_both};

const N: i64 = 60;

fn demo_data(url: &str, seed: &str) -> Value {
    let Output { status, stdout, stderr } = maru(url, &["demo-data", "--products", "60", "--seed", seed, "--json"]);
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
    serde_json::from_slice(&stdout).unwrap()
}

on_both!(a_made_up_catalog_is_made_once_and_found, |app| async move {
    let url = app.database_url();
    let first = demo_data(&url, "7");
    assert_eq!(first["products"], json!({"created": N, "updated": 0, "unchanged": 0}), "{first}");
    assert_eq!((&first["shop_created"], &first["categories_created"]), (&json!(false), &json!(59)), "{first}");
    let variants = first["variants"].as_i64().unwrap();
    assert!(variants > N && first["stock_set"].as_i64().unwrap() > variants / 2, "{first}");

    // Drafts and what comes later are staff's to see.
    let all = app.admin().get("/admin/v1/products?limit=100").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 60);
    let seen = app.guest().get("/store/v1/products?limit=100").await.expect(200);
    let seen = seen["data"].as_array().unwrap();
    assert!((45..60).contains(&seen.len()), "{}", seen.len());
    let sold = app.admin().get("/admin/v1/variants?include=total&limit=1").await.expect(200);
    assert_eq!(sold["page"]["total"].as_i64(), Some(variants), "{sold}");

    let title = seen[0]["title"].as_str().unwrap();
    let word = title.split(' ').next_back().unwrap();
    assert!(!word.is_ascii(), "{title}");
    let found = app.guest().get(&format!("/store/v1/products?limit=100&q={word}")).await.expect(200);
    assert!(found["data"].as_array().unwrap().iter().any(|p| p["id"] == seen[0]["id"]), "{word}: {found}");
    let english = app.guest().get(&format!("/store/v1/products/{}?locale=en", seen[0]["slug"].as_str().unwrap())).await.expect(200);
    assert!(english["title"].as_str().unwrap().is_ascii(), "{english}");
    assert_eq!(english["breadcrumbs"].as_array().unwrap().len(), 3, "{english}");

    let again = demo_data(&url, "7");
    assert_eq!(again["products"], json!({"created": 0, "updated": 0, "unchanged": N}), "{again}");
    assert_eq!((&again["stock_set"], &again["categories_created"]), (&json!(0), &json!(0)), "{again}");
    assert_eq!(again["variants"], variants);
    let other = demo_data(&url, "8");
    assert_eq!((&other["products"]["created"], &other["products"]["unchanged"]), (&json!(0), &json!(0)), "{other}");
    app.adds_up().await;
});

/// An empty shop gets what it needs to sell them.
fn empty(which: Which) {
    let database = which.fresh();
    let report = demo_data(&database.url(), "1");
    assert_eq!((&report["shop_created"], &report["products"]["created"]), (&json!(true), &json!(N)), "{report}");
    let doctor = maru(&database.url(), &["doctor"]);
    assert!(doctor.status.success(), "{}", String::from_utf8_lossy(&doctor.stdout));
}

#[test]
fn an_empty_shop_gets_channels_on_sqlite() {
    empty(Which::Sqlite);
}

#[test]
fn an_empty_shop_gets_channels_on_postgres() {
    empty(Which::Postgres);
}
