//! The fast lane: kept answers are the same bytes, seen by everybody, and never older than they may be.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::catalog::create;
use crate::support::shop::{Item, Shop};
use crate::support::{Client, TestApp, on_both};

/// Statements of a call, the best of a few: the watch that opens the lane needs a moment at first.
async fn statements(app: &TestApp, call: impl AsyncFn()) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..20 {
        least = least.min(app.statements(call()).await);
        if least == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    least
}

async fn title(client: &Client, path: &str) -> String {
    client.get(path).await.expect(200)["title"].as_str().unwrap().to_owned()
}

fn cup() -> Value {
    json!({"title": "Cup", "slug": "cup", "status": "active",
        "translations": [{"locale": "en", "title": "English cup"}],
        "variants": [{"track_inventory": false, "prices": [{"currency": "KRW", "amount": 1000}]}]})
}

on_both!(what_is_kept_costs_no_statement_and_is_the_same, |app| async move {
    create(&app.admin(), cup()).await;
    for path in ["/store/v1/products", "/store/v1/products/cup", "/store/v1/products?q=cup", "/store/v1/categories", "/store/v1/channel"] {
        let first = app.guest().get(path).await;
        assert_eq!(statements(&app, async || drop(app.guest().get(path).await.expect(200))).await, 0, "{path}");
        let kept = app.guest().get(path).await;
        for name in ["etag", "content-language", "content-type", "cache-control"] {
            assert_eq!(first.header(name), kept.header(name), "{path} {name}");
        }
        assert_eq!(first.text, kept.text);
        assert!(kept.header("x-request-id").is_some() && kept.header("cache-control").unwrap().starts_with("public"));
        assert!(kept.header("vary").unwrap().contains("Maru-Publishable-Key"));
        let unchanged = app.guest().with("If-None-Match", kept.header("etag").unwrap()).get(path).await;
        assert_eq!((unchanged.status, unchanged.text.as_str()), (304, ""));
    }
    // Refusals are made anew, and another language is another answer.
    app.guest().get("/store/v1/products/nothing").await.problem(404, "not_found");
    app.guest().get("/store/v1/products?colour=red").await.problem(400, "unknown_parameter");
    assert_eq!(title(&app.guest(), "/store/v1/products/cup").await, "Cup");
    assert_eq!(title(&app.guest().with("Accept-Language", "en"), "/store/v1/products/cup").await, "English cup");
    assert_eq!(title(&app.guest(), "/store/v1/products/cup?locale=en").await, "English cup");
    let page = app.guest().with("Origin", "https://shop.example").get("/store/v1/products").await;
    assert_eq!(page.header("access-control-allow-origin"), Some("*"));
});

on_both!(a_head_is_a_get_without_its_body, |app| async move {
    create(&app.admin(), cup()).await;
    for path in ["/store/v1/products/cup", "/store/v1/products/none", "/livez"] {
        let (get, head) = (app.guest().get(path).await, app.guest().send("HEAD", path, None).await);
        assert_eq!((head.status, head.text.as_str(), head.header("content-type")), (get.status, "", get.header("content-type")), "{path}");
    }
});

on_both!(a_change_is_seen_at_once_here, |app| async move {
    let made = create(&app.admin(), cup()).await;
    let path = format!("/admin/v1/products/{}", made["id"].as_str().unwrap());
    let query = "{ product(slug: \"cup\") { title priceRange { min { amount } } } }";
    for n in 0..10 {
        let name = format!("Cup {n}");
        app.admin().patch(&path, json!({"title": name})).await.expect(200);
        assert_eq!(title(&app.guest(), "/store/v1/products/cup").await, name);
        assert_eq!(app.guest().graphql("store", query, json!({})).await["product"]["title"], json!(name));
        let list = app.guest().get("/store/v1/products").await.expect(200);
        assert_eq!(list["data"][0]["title"], json!(name));
    }
    app.admin().patch(&path, json!({"status": "draft"})).await.expect(200);
    app.guest().get("/store/v1/products/cup").await.problem(404, "not_found");
    assert_eq!(app.guest().get("/store/v1/products").await.expect(200)["data"], json!([]));
});

on_both!(a_change_is_seen_within_a_second_elsewhere, |app| async move {
    let made = create(&app.admin(), cup()).await;
    let path = format!("/admin/v1/products/{}", made["id"].as_str().unwrap());
    let other = app.beside().await;
    for n in 0..3 {
        title(&other.client, "/store/v1/products/cup").await;
        let name = format!("Cup {n}");
        app.admin().patch(&path, json!({"title": name})).await.expect(200);
        let changed = Instant::now();
        while title(&other.client, "/store/v1/products/cup").await != name {
            assert!(changed.elapsed() < Duration::from_secs(1), "{n}: not seen within a second");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
});

on_both!(a_publication_is_seen_at_its_second, |app| async move {
    let later = json!({"title": "Later", "slug": "later", "status": "active", "published_at": "2026-11-20T10:00:00Z",
        "variants": [{"prices": [{"currency": "KRW", "amount": 1000}]}]});
    create(&app.admin(), later).await;
    let query = "{ products { nodes { title } } }";
    let titles = async || app.guest().graphql("store", query, json!({})).await["products"]["nodes"].clone();
    assert_eq!((titles().await, titles().await), (json!([]), json!([])));
    assert_eq!(app.guest().get("/store/v1/products").await.expect(200)["data"], json!([]));
    app.advance(chrono::Duration::minutes(59));
    assert_eq!(app.guest().get("/store/v1/products").await.expect(200)["data"], json!([]));
    app.advance(chrono::Duration::minutes(1));
    assert_eq!(app.guest().get("/store/v1/products").await.expect(200)["data"][0]["title"], "Later");
    assert_eq!(titles().await, json!([{"title": "Later"}]));
});

on_both!(stock_is_seen_when_a_shopper_sees_it, |app| async move {
    let shop = Shop::open(&app).await;
    let (product, variant) = shop.sell("Cup", Item::of(1_000, 100)).await;
    let path = format!("/store/v1/products/{product}");
    let left = async || app.guest().get(&path).await.expect(200)["variants"][0]["quantity_available"].clone();
    assert_eq!(left().await, 5);
    assert_eq!(statements(&app, async || assert_eq!(left().await, 5)).await, 0);
    // What nobody can see leaves what is kept in place.
    shop.stock(&variant, -50).await;
    assert_eq!(app.statements(async { assert_eq!(left().await, 5) }).await, 0);
    shop.stock(&variant, -46).await;
    assert_eq!(left().await, 4);
    let buy = json!({"lines": [{"variant_id": variant, "quantity": 4}], "email": "a@example.com", "shipping_option_id": shop.parcel,
        "shipping_address": crate::support::shop::seoul(), "payment": {"provider": "test"}});
    app.guest().once().post("/store/v1/buy-now", buy).await.expect(201);
    let page = app.guest().get(&path).await.expect(200);
    assert_eq!((&page["variants"][0]["quantity_available"], &page["available"]), (&json!(0), &json!(false)));
});

on_both!(requests_that_mean_the_same_share_an_answer, |app| async move {
    create(&app.admin(), cup()).await;
    let query = "query Q($s: String) { product(slug: $s) { title } }";
    app.guest().graphql("store", query, json!({"s": "cup"})).await;
    assert_eq!(statements(&app, async || drop(app.guest().graphql("store", query, json!({"s": "cup"})).await)).await, 0);
    // Written differently, it costs what asking whether anything changed does not: nothing that is counted.
    let spaced = "query Q($s: String)  {\n  product(slug: $s) { title } # a cup\n}";
    assert_eq!(app.statements(async { drop(app.guest().graphql("store", spaced, json!({"s": "cup"})).await) }).await, 0);
    let missing = app.guest().graphql("store", query, json!({"s": "none"})).await;
    assert_eq!(missing["product"], Value::Null);

    let by_get = app.guest().get("/store/graphql?query=%7Bproduct(slug:%22cup%22)%7Btitle%7D%7D").await;
    assert!(by_get.header("cache-control").unwrap().starts_with("public"));
    let again = app.guest().with("If-None-Match", by_get.header("etag").unwrap());
    assert_eq!(again.get("/store/graphql?query=%7Bproduct(slug:%22cup%22)%7Btitle%7D%7D").await.status, 304);
    assert_eq!(app.guest().graphql_raw("store", query, json!({"s": "cup"})).await.header("cache-control"), Some("no-store"));
    let wrong = app.guest().graphql_raw("store", "{ product(slug: \"cup\") { nonsense } }", json!({})).await;
    assert!(wrong.json["errors"][0]["extensions"]["code"].is_string());
});

on_both!(nothing_private_is_kept, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup}], "email": "mina@example.com"})).await.expect(201);
    let query = "query($id: ID!) { channel { code } cart(id: $id) { email } }";
    let variables = json!({"id": cart["id"]});
    let held = app.guest().holding_cart(&cart).graphql("store", query, variables.clone()).await;
    assert_eq!(held["cart"]["email"], "mina@example.com");
    let other = app.guest().graphql("store", query, variables).await;
    assert_eq!(other["cart"], Value::Null);
    let path = format!("/store/v1/carts/{}", cart["id"].as_str().unwrap());
    let read = app.guest().holding_cart(&cart).get(&path).await;
    assert_eq!(read.header("cache-control"), Some("no-store"));
    app.guest().get(&path).await.problem(404, "not_found");
    // A key's channel is not everybody's.
    assert_eq!(app.admin().get("/store/v1/products").await.header("cache-control"), Some("no-store"));
});

on_both!(a_revoked_key_names_no_channel_for_long, |app| async move {
    let key = app.admin().post("/admin/v1/keys", json!({"name": "shop", "kind": "publishable"})).await.expect(201);
    let client = app.guest().with("Maru-Publishable-Key", key["key"].as_str().unwrap());
    client.get("/store/v1/products").await.expect(200);
    app.admin().post(&format!("/admin/v1/keys/{}/revoke", key["id"].as_str().unwrap()), json!({})).await.expect(200);
    let revoked = Instant::now();
    while client.get("/store/v1/products").await.status == 200 {
        assert!(revoked.elapsed() < Duration::from_millis(1_300), "a revoked key still works");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    client.get("/store/v1/products").await.problem(401, "unauthenticated");
});
