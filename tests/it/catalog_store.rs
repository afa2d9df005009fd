//! Products as shoppers find them: visibility, filters, sorts, search, languages, stock, over both doors.

use serde_json::{Value, json};

use crate::catalog::{create, shirt};
use crate::support::{Client, TestApp, on_both};

fn product(title: &str, price: i64) -> Value {
    json!({"title": title, "status": "active", "variants": [{"track_inventory": false, "prices": [{"currency": "KRW", "amount": price}]}]})
}

/// The titles of a list.
async fn titles(client: &Client, query: &str) -> Vec<String> {
    let page = client.get(&format!("/store/v1/products?{query}")).await.expect(200);
    page["data"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap().to_owned()).collect()
}

fn with(mut product: Value, more: Value) -> Value {
    product.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    product
}

/// Puts stock on a shelf of the default channel.
async fn stock(app: &TestApp, variant: &Value, quantity: i32) {
    let locations = app.admin().get("/admin/v1/stock-locations").await.expect(200);
    let location = match locations["data"].get(0) {
        Some(location) => location["id"].clone(),
        None => app.admin().post("/admin/v1/stock-locations", json!({"code": "seoul", "name": "Seoul"})).await.expect(201)["id"].clone(),
    };
    let body = json!({"variant_id": variant["id"], "location_id": location, "delta": quantity, "reason": "test"});
    let reply = app.admin().once().post("/admin/v1/stock-adjustments", body).await;
    assert!(reply.status < 300, "{}", reply.text);
}

on_both!(shoppers_see_what_is_published_in_their_currency, |app| async move {
    let admin = app.admin();
    create(&admin, product("Shown", 1000)).await;
    create(&admin, with(product("Draft", 1000), json!({"status": "draft"}))).await;
    create(&admin, with(product("Archived", 1000), json!({"status": "archived"}))).await;
    create(&admin, with(product("Unpublished", 1000), json!({"published_at": null}))).await;
    let later = create(&admin, with(product("Later", 1000), json!({"published_at": "2026-11-20T10:00:00Z"}))).await;
    create(&admin, json!({"title": "Dollars", "status": "active", "variants": [{"prices": [{"currency": "USD", "amount": 5}]}]})).await;
    create(&admin, with(product("Inactive", 1), json!({"variants": [{"active": false, "prices": [{"currency": "KRW", "amount": 1}]}]})))
        .await;
    assert_eq!(titles(&app.guest(), "").await, ["Shown"]);
    app.guest().get(&format!("/store/v1/products/{}", later["id"].as_str().unwrap())).await.problem(404, "not_found");
    app.advance(chrono::Duration::hours(1));
    assert_eq!(titles(&app.guest(), "").await, ["Later", "Shown"]);
    app.guest().get("/store/v1/products/later").await.expect(200);
});

on_both!(a_page_speaks_the_callers_language, |app| async move {
    let made = create(&app.admin(), shirt("1")).await;
    let korean = app.guest().get("/store/v1/products/shirt-1").await;
    assert_eq!(korean.header("content-language"), Some("ko"));
    assert!(korean.header("cache-control").unwrap().starts_with("public"));
    let etag = korean.header("etag").unwrap().to_owned();
    let korean = korean.expect(200);
    assert_eq!((&korean["title"], &korean["variants"][0]["title"]), (&json!("유기농 면 티셔츠"), &json!("빨강 / M")));
    assert_eq!(app.guest().with("If-None-Match", &etag).get("/store/v1/products/shirt-1").await.status, 304);
    assert_eq!(korean["price_range"], json!({"min": {"amount": 12900, "currency": "KRW"}, "max": {"amount": 13900, "currency": "KRW"}}));
    assert_eq!(korean["compare_at_price"]["amount"], 17900);
    assert!(korean.get("private_metadata").is_none() && korean["metadata"]["season"] == "summer");
    let variant = &korean["variants"][0];
    assert_eq!((&variant["available"], &variant["quantity_available"], &variant["max_per_order"]), (&json!(true), &json!(null), &json!(5)));

    let path = format!("/store/v1/products/{}?locale=en", made["id"].as_str().unwrap());
    let english = app.guest().get(&path).await.expect(200);
    assert_eq!((&english["title"], &english["description"]), (&json!("Organic cotton shirt"), &json!("<p>Soft</p>")));
    assert_eq!(english["options"][0]["name"], "Color");
    assert_eq!(english["variants"][1]["option_values"], json!([{"option": "Color", "value": "Red"}, {"option": "Size", "value": "L"}]));
    assert_eq!((&english["media"][0]["alt"], &english["seo"]["title"]), (&json!("Front"), &json!("Shirt")));
    let list = app.guest().with("Accept-Language", "en-GB").get("/store/v1/products").await.expect(200);
    assert_eq!(list["data"][0]["title"], "Organic cotton shirt");

    let query =
        "query($s: String) { product(slug: $s) { id title description productType options { name values { value } } media { url alt type }
        variants { sku title price { amount currency } quantityAvailable } seo { title description } metadata priceRange { min { amount } }
        categories { slug } breadcrumbs { slug } collections { slug } available version } }";
    let data = app.guest().with("Accept-Language", "en").graphql("store", query, json!({"s": "shirt-1"})).await;
    let told = &data["product"];
    assert_eq!((&told["title"], &told["description"], &told["available"]), (&english["title"], &english["description"], &json!(true)));
    assert_eq!(told["variants"][0]["title"], "Red / M");
    assert_eq!(told["media"][0]["type"], "IMAGE");
    let none = app.guest().graphql("store", query, json!({"s": "nothing"})).await;
    assert_eq!(none["product"], json!(null));
    app.guest().get("/store/v1/products/cart_01h455vb4pex5vsknk084sn02q").await.problem(404, "not_found");
});

on_both!(what_words_find_is_listed_as_the_shop_lists_it, |app| async move {
    let admin = app.admin();
    for n in 0..90 {
        let at = format!("2026-01-{:02}T00:00:00Z", n % 20 + 1);
        let currency = if n % 9 == 0 { "KRW" } else { "USD" };
        let more =
            json!({"published_at": at, "variants": [{"track_inventory": false, "prices": [{"currency": currency, "amount": 1000}]}]});
        create(&admin, with(product(&format!("Cup {n}"), 1000), more)).await;
    }
    // Where SQLite's index, which is in the order of seconds, tells them apart no more.
    for at in ["1700-01-01T00:00:00Z", "1750-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00.5Z"] {
        let more = json!({"published_at": at, "variants": [{"track_inventory": false, "prices": [{"currency": "KRW", "amount": 1000}]}]});
        create(&admin, with(product(&format!("Cup of {at}"), 1000), more)).await;
    }
    let later = create(&admin, with(product("Cup to come", 1000), json!({"published_at": "2999-01-01T00:00:00Z"}))).await;
    let hidden = create(&admin, with(product("Cup away", 1000), json!({"published_at": "2026-02-01T00:00:00Z"}))).await;
    let path = format!("/admin/v1/products/{}", hidden["id"].as_str().unwrap());
    let everything = |query: String| {
        let client = app.guest();
        async move {
            let (mut all, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = client.get(&format!("/store/v1/products?{query}&limit=4&include=total{cursor}")).await.expect(200);
                all.extend(page["data"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap().to_owned()));
                match page["page"]["next_cursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => return (page["page"]["total"].clone(), all),
                }
            }
        }
    };
    for (status, listed) in [("active", 15), ("archived", 14), ("active", 15)] {
        admin.patch(&path, json!({"status": status})).await.expect(200);
        for sort in ["newest", "oldest", "price_asc"] {
            let (total, found) = everything(format!("q=cup&sort={sort}")).await;
            assert_eq!((total.as_u64().unwrap(), found.len()), (listed, listed as usize), "{sort}: {found:?}");
            assert_eq!(found, everything(format!("sort={sort}")).await.1, "{sort}");
        }
    }
    let path = format!("/admin/v1/products/{}", later["id"].as_str().unwrap());
    admin.patch(&path, json!({"published_at": "2026-03-01T00:00:00Z"})).await.expect(200);
    assert_eq!(titles(&app.guest(), "q=cup&limit=2").await, ["Cup to come", "Cup away"]);
    app.adds_up().await;
});

on_both!(words_find_products_in_any_language, |app| async move {
    let admin = app.admin();
    let rice = json!({"brand": "마루식품", "tags": ["매운맛"], "variants": [{"sku": "TB-300.x", "track_inventory": false,
        "prices": [{"currency": "KRW", "amount": 4000}]}], "translations": [{"locale": "en", "title": "Fiery rice cakes"}]});
    create(&admin, with(product("불맛쌀떡볶이", 4000), rice)).await;
    create(&admin, product("Ｃａｆé 떡국 떡 500g", 4000)).await;
    for (q, expected) in [
        ("떡볶이", vec!["불맛쌀떡볶이"]),
        ("쌀떡", vec!["불맛쌀떡볶이"]),
        ("볶이", vec!["불맛쌀떡볶이"]),
        ("떡볶이 불맛", vec!["불맛쌀떡볶이"]),
        ("볶떡", vec![]),
        ("떡", vec!["Ｃａｆé 떡국 떡 500g", "불맛쌀떡볶이"]),
        ("RICE", vec!["불맛쌀떡볶이"]),
        ("fier", vec!["불맛쌀떡볶이"]),
        ("iery", vec![]),
        ("마루식품 매운", vec!["불맛쌀떡볶이"]),
        ("tb-300", vec!["불맛쌀떡볶이"]),
        ("cafe", vec![]),
        ("café", vec!["Ｃａｆé 떡국 떡 500g"]),
        ("500", vec!["Ｃａｆé 떡국 떡 500g"]),
        ("!!!", vec![]),
    ] {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        let mut found = titles(&app.guest(), &format!("q={q}")).await;
        found.sort();
        let mut expected = expected.clone();
        expected.sort_unstable();
        assert_eq!(found, expected, "{q}");
    }
    for hostile in [
        "\"",
        "'",
        "a\" OR \"b",
        "NEAR(a b)",
        "a*",
        "(((",
        "a & | !",
        "body:떡",
        "^떡",
        "-",
        "\\",
        "'; DROP TABLE products; --",
        "अनुच्छेद",
        "ไทย",
    ] {
        let q: String = url::form_urlencoded::byte_serialize(hostile.as_bytes()).collect();
        app.guest().get(&format!("/store/v1/products?q={q}")).await.expect(200);
    }
    app.guest().get(&format!("/store/v1/products?q={}", "x".repeat(201))).await.problem(422, "invalid");
});

on_both!(filters_narrow_a_list, |app| async move {
    let admin = app.admin();
    let colour = |name: &str, colour: &str, size: &str| {
        json!({"option_values": [{"option": "Color", "value": colour}, {"option": "Size", "value": size}], "sku": name,
            "prices": [{"currency": "KRW", "amount": 1000}]})
    };
    let options = json!([{"name": "Color"}, {"name": "Size"}]);
    let mixed = create(
        &admin,
        json!({"title": "Mixed", "status": "active", "brand": "A", "tags": ["Sale"], "options": options,
            "variants": [colour("m1", "Red", "S"), colour("m2", "Blue", "L")]}),
    )
    .await;
    create(&admin, json!({"title": "Red", "status": "active", "options": options, "variants": [colour("r", "red", "L")]})).await;
    create(&admin, with(product("Dear", 90_000), json!({"brand": "B"}))).await;
    let guest = app.guest();
    let mut all = titles(&guest, "").await;
    all.sort();
    assert_eq!(all, ["Dear", "Mixed", "Red"]);
    for (query, mut expected) in [
        ("brand=A", vec!["Mixed"]),
        ("tag=sale", vec!["Mixed"]),
        ("price_min=2000", vec!["Dear"]),
        ("price_max=2000", vec!["Mixed", "Red"]),
        ("price_min=500&price_max=2000&brand=A", vec!["Mixed"]),
        ("option.color=RED", vec!["Mixed", "Red"]),
        ("option.color=red&option.size=l", vec!["Red"]),
        ("option.color=red&option.color=blue&option.size=L", vec!["Mixed", "Red"]),
        ("option.shape=round", vec![]),
        ("in_stock=true", vec!["Dear"]),
        ("in_stock=false", vec!["Mixed", "Red"]),
    ] {
        let mut found = titles(&guest, query).await;
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
    let total = guest.get("/store/v1/products?price_max=2000&include=total&limit=1").await.expect(200);
    assert_eq!((&total["page"]["total"], &total["page"]["has_more"]), (&json!(2), &json!(true)));

    stock(&app, &mixed["variants"][1], 3).await;
    assert_eq!(titles(&guest, "in_stock=true&sort=name").await, ["Dear", "Mixed"]);
    let page = guest.get("/store/v1/products/mixed").await.expect(200);
    let told: Vec<(bool, i64)> = page["variants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| (v["available"].as_bool().unwrap(), v["quantity_available"].as_i64().unwrap()))
        .collect();
    assert_eq!((told, &page["available"]), (vec![(false, 0), (true, 3)], &json!(true)));
    let path = format!("/admin/v1/variants/{}", mixed["variants"][0]["id"].as_str().unwrap());
    app.admin().patch(&path, json!({"backorder": true})).await.expect(200);
    assert_eq!(guest.get("/store/v1/products/mixed").await.expect(200)["variants"][0]["available"], true);

    for wrong in ["colour=red", "sort=cheapest", "price_min=x", "in_stock=maybe", "options.color=red", "include=everything", "cursor=x"] {
        let reply = guest.get(&format!("/store/v1/products?{wrong}")).await;
        assert_eq!(reply.status, 400, "{wrong}: {}", reply.text);
    }
    let query = "query($f: ProductFilter) { products(filter: $f, sort: NAME) { nodes { title } } }";
    let filter = json!({"f": {"options": [{"option": "color", "value": "red"}, {"option": "size", "value": "L"}], "priceMax": 2000}});
    assert_eq!(guest.graphql("store", query, filter).await["products"]["nodes"], json!([{"title": "Red"}]));
});

on_both!(sorts_go_on_and_back_through_every_product_once, |app| async move {
    let items: Vec<Value> = (0..23)
        .map(|n| {
            with(
                product(&format!("P{:02}", (n * 7) % 23), 1000 * ((n * 5) % 7 + 1)),
                json!({"external_key": format!("k{n}"),
            "published_at": format!("2026-11-{:02}T00:00:00Z", n % 5 + 1)}),
            )
        })
        .collect();
    app.admin().post("/admin/v1/products/bulk?atomic=true", json!({"items": items})).await.expect(200);
    for sort in ["newest", "oldest", "price_asc", "price_desc", "name"] {
        let (mut seen, mut cursor): (Vec<Value>, Option<String>) = (Vec::new(), None);
        loop {
            let after = cursor.as_ref().map(|c| format!("&cursor={c}")).unwrap_or_default();
            let page = app.guest().get(&format!("/store/v1/products?sort={sort}&limit=5{after}")).await.expect(200);
            seen.extend(page["data"].as_array().unwrap().iter().cloned());
            cursor = page["page"]["next_cursor"].as_str().map(str::to_owned);
            if cursor.is_none() {
                break;
            }
        }
        let key = |p: &Value| match sort {
            "newest" | "oldest" => p["published_at"].as_str().unwrap().to_owned(),
            "name" => p["title"].as_str().unwrap().to_owned(),
            _ => format!("{:08}", p["price_range"]["min"]["amount"].as_i64().unwrap()),
        };
        let keys: Vec<String> = seen.iter().map(key).collect();
        let mut sorted = keys.clone();
        sorted.sort();
        if ["newest", "price_desc"].contains(&sort) {
            sorted.reverse();
        }
        assert_eq!(keys, sorted, "{sort}");
        let mut ids: Vec<&str> = seen.iter().map(|p| p["id"].as_str().unwrap()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 23, "{sort}");

        let query = "query($s: ProductSort, $b: String) { products(sort: $s, last: 4, before: $b) { edges { cursor } nodes { id }
            pageInfo { hasPreviousPage hasNextPage startCursor } } }";
        let (mut back, mut before): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let data = app.guest().graphql("store", query, json!({"s": sort.to_uppercase(), "b": before})).await;
            let nodes = data["products"]["nodes"].as_array().unwrap();
            back.splice(0..0, nodes.iter().map(|n| n["id"].as_str().unwrap().to_owned()));
            if data["products"]["pageInfo"]["hasPreviousPage"] == false {
                break;
            }
            before = data["products"]["pageInfo"]["startCursor"].as_str().map(str::to_owned);
        }
        assert_eq!(back, seen.iter().map(|p| p["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>(), "{sort} backwards");
    }
});

/// A product of `variants` variants in a category and a collection.
fn rich(n: usize, variants: usize) -> Value {
    let variants: Vec<Value> = (0..variants)
        .map(|v| json!({"sku": format!("S{n}-{v}"), "option_values": [{"option": "Size", "value": format!("{v}")}], "prices": [{"currency": "KRW", "amount": 100}]}))
        .collect();
    json!({"external_key": format!("rich-{n}"), "slug": format!("rich-{n}"), "title": format!("Rich {n}"), "status": "active",
        "options": [{"name": "Size"}], "categories": ["tops"], "collections": ["sale"], "tags": ["t"], "variants": variants,
        "media": [{"url": "https://cdn.example.com/a.jpg"}]})
}

const EVERYTHING: &str =
    "{ products(first: 100) { nodes { title description available options { name } media { url } seo { title } metadata
    variants { sku price { amount } quantityAvailable } categories { slug } breadcrumbs { slug } collections { slug } } } }";

/// Statements of one call, with the caller's key and channel known already, as they are on a busy server.
async fn counted(app: &TestApp, call: impl Future<Output = ()>) -> u64 {
    app.admin().get("/admin/v1/channels").await.expect(200);
    app.guest().get("/store/v1/channel").await.expect(200);
    app.statements(call).await
}

const READS: &[&str] = &[
    "/store/v1/products?limit=100",
    "/store/v1/products/rich-0",
    "/store/v1/products?limit=100&category=clothes&in_stock=false&q=rich&option.size=0&sort=price_asc",
    "/store/v1/categories",
    "/store/v1/categories/tops",
    "/store/v1/collections",
];

on_both!(statements_do_not_grow_with_the_data, |app| async move {
    let admin = app.admin();
    let root = admin.post("/admin/v1/categories", json!({"name": "Clothes"})).await.expect(201);
    admin.post("/admin/v1/categories", json!({"name": "Tops", "parent_id": root["id"]})).await.expect(201);
    admin.post("/admin/v1/collections", json!({"title": "Sale"})).await.expect(201);
    let mut counts: Vec<Vec<u64>> = Vec::new();
    for (from, to, variants) in [(0, 2, 1), (2, 42, 6)] {
        let items: Vec<Value> = (from..to).map(|n| rich(n, variants)).collect();
        let mut round = Vec::new();
        for status in ["created", "unchanged"] {
            let write = async {
                let done = admin.post("/admin/v1/products/bulk", json!({"items": items})).await.expect(200);
                assert_eq!(done[status], to - from);
            };
            round.push(counted(&app, write).await);
        }
        // The first to ask for a word counts what it matches.
        admin.get(READS[2]).await.expect(200);
        for path in READS {
            // Who says who they are gets no kept answer.
            round.push(counted(&app, async { drop(admin.get(path).await.expect(200)) }).await);
        }
        round.push(counted(&app, async { drop(admin.graphql("store", EVERYTHING, json!({})).await) }).await);
        round.push(counted(&app, async { drop(admin.get("/admin/v1/products?limit=100").await.expect(200)) }).await);
        counts.push(round);
    }
    // SQLite counts the BEGIN and COMMIT around a read too.
    println!("statements: bulk create, bulk unchanged, {}, GraphQL list, staff's list: {counts:?}", READS.join(", "));
    assert_eq!(counts[0], counts[1]);
    let control = if app.app.db().backend() == maru::db::Backend::Sqlite { 2 } else { 0 };
    assert_eq!((counts[1][2], counts[1][3]), (1 + control, 4 + control), "a list is one statement, a product four");
});

on_both!(a_thousand_products_are_written_in_seconds, |app| async move {
    let chunks: Vec<Vec<Value>> = (0..5)
        .map(|c| (c * 200..(c + 1) * 200).map(|n| with(rich(n, 4), json!({"categories": [], "collections": []}))).collect())
        .collect();
    let mut took = Vec::new();
    for round in ["created", "unchanged"] {
        let start = std::time::Instant::now();
        for chunk in &chunks {
            let done = app.admin().post("/admin/v1/products/bulk?atomic=true", json!({"items": chunk})).await.expect(200);
            assert_eq!(done[round], 200, "{done}");
        }
        took.push(start.elapsed());
    }
    println!("1,000 products of 4 variants: created in {:?}, found unchanged in {:?}", took[0], took[1]);
    assert!(took.iter().all(|t| t.as_secs() < 60), "far beyond what an unoptimised build needs: {took:?}");
});
