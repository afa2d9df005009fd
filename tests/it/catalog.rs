//! Products and variants as staff write them, over both doors.

use serde_json::{Value, json};

use crate::support::{Client, on_both};
use maru::commerce::auth::Permission;

/// A shirt in two sizes and one colour, in KRW and USD, in Korean and English.
pub fn shirt(key: &str) -> Value {
    json!({
        "external_key": key, "title": "유기농 면 티셔츠", "slug": format!("shirt-{key}"), "status": "active", "brand": "Maru",
        "description": "<p onclick='x()'>부드러운 <b>면</b><script>alert(1)</script></p>", "product_type": "Top", "tags": ["면", "Sale"],
        "options": [{"name": "색상", "values": ["빨강"]}, {"name": "사이즈"}],
        "media": [{"url": "https://cdn.example.com/front.jpg", "alt": "앞", "width": 800, "height": 600}],
        "seo": {"title": "티셔츠"}, "metadata": {"season": "summer"}, "private_metadata": {"cost": "4000"},
        "translations": [{"locale": "en", "title": "Organic cotton shirt", "description": "<p>Soft<style>p{}</style></p>",
            "seo": {"title": "Shirt"}, "media": [{"url": "https://cdn.example.com/front.jpg", "alt": "Front"}],
            "options": [{"name": "색상", "label": "Color", "values": [{"value": "빨강", "label": "Red"}]}, {"name": "사이즈", "label": "Size"}]}],
        "variants": [variant(key, "M", 12900), variant(key, "L", 13900)],
    })
}

fn variant(key: &str, size: &str, amount: i64) -> Value {
    json!({
        "external_key": format!("{key}-{size}"), "sku": format!("TS-{key}-{size}"), "barcode": "880123",
        "option_values": [{"option": "색상", "value": "빨강"}, {"option": "사이즈", "value": size}],
        "prices": [{"currency": "KRW", "amount": amount, "compare_at": amount + 5000}, {"currency": "USD", "amount": 999}],
        "weight_grams": 200, "length_mm": 300, "track_inventory": false, "max_per_order": 5, "media": "https://cdn.example.com/front.jpg",
    })
}

pub async fn create(admin: &Client, product: Value) -> Value {
    admin.post("/admin/v1/products", product).await.expect(201)
}

fn id(thing: &Value) -> &str {
    thing["id"].as_str().unwrap()
}

on_both!(a_product_is_written_whole_and_read_back, |app| async move {
    let created = create(&app.admin(), shirt("1")).await;
    assert_eq!(created["description"], "<p>부드러운 <b>면</b></p>");
    assert_eq!(created["translations"][0]["description"], "<p>Soft</p>");
    assert_eq!(created["variants"][1]["title"], "빨강 / L");
    assert_eq!(created["variants"][0]["media_id"], created["media"][0]["id"]);
    assert_eq!(created["options"][1]["values"].as_array().unwrap().len(), 2);
    assert_eq!(created["published_at"], created["created_at"], "published when it becomes active");
    assert!(created.get("warnings").is_none());
    for handle in [id(&created), "shirt-1"] {
        let read = app.admin().get(&format!("/admin/v1/products/{handle}")).await;
        assert_eq!(read.header("etag"), Some("\"1\""));
        assert_eq!(read.expect(200), created);
    }
    let query = "query($s: String!) { product(slug: $s) { id slug title status description tags options { name values { value } }
        variants { sku prices { currency amount compareAt } optionValues { option value } } translations { locale title } metadata } }";
    let data = app.admin().graphql("admin", query, json!({"s": "shirt-1"})).await;
    let product = &data["product"];
    assert_eq!((&product["id"], &product["description"]), (&created["id"], &created["description"]));
    assert_eq!(product["variants"][0]["prices"][0], json!({"currency": "KRW", "amount": 12900, "compareAt": 17900}));
    assert_eq!(product["translations"], json!([{"locale": "en", "title": "Organic cotton shirt"}]));
    assert_eq!(product["status"], "ACTIVE");
    app.admin().get("/admin/v1/products/cart_01h455vb4pex5vsknk084sn02q").await.problem(404, "not_found");
    app.admin().get("/admin/v1/products/no-such").await.problem(404, "not_found");
    app.guest().get("/admin/v1/products").await.problem(401, "unauthenticated");
    app.staff(&[Permission::CatalogRead]).await.post("/admin/v1/products", shirt("2")).await.problem(403, "forbidden");
});

on_both!(what_is_so_already_is_not_written_again, |app| async move {
    let items = json!({"items": [shirt("1"), shirt("2"), {"external_key": "bare", "title": "Bare"}]});
    let first = app.admin().post("/admin/v1/products/bulk", items.clone()).await.expect(200);
    assert_eq!((&first["created"], &first["failed"]), (&json!(3), &json!(0)), "{first}");
    let all = app.admin().get("/admin/v1/products?limit=100").await.expect(200);
    let events = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    app.advance(chrono::Duration::hours(1));
    let second = app.admin().post("/admin/v1/products/bulk", items).await.expect(200);
    assert_eq!((&second["unchanged"], &second["updated"]), (&json!(3), &json!(0)), "{second}");
    assert_eq!(second["items"][0]["variant_ids"], first["items"][0]["variant_ids"]);
    assert_eq!(app.admin().get("/admin/v1/products?limit=100").await.expect(200), all);
    assert_eq!(app.admin().get("/admin/v1/events?limit=100").await.expect(200), events);
});

on_both!(an_item_changes_what_it_names_and_nothing_else, |app| async move {
    let before = create(&app.admin(), shirt("1")).await;
    let path = format!("/admin/v1/products/{}", id(&before));
    let patch = json!({"brand": null, "title": "새 이름", "metadata": {"season": null, "year": "2026"}, "seo": {"description": "d"},
        "variants": [{"sku": "TS-1-L", "prices": [{"currency": "KRW", "amount": 9900}]}]});
    app.admin().with("If-Match", "\"7\"").patch(&path, patch.clone()).await.problem(412, "version_mismatch");
    let after = app.admin().with("If-Match", "\"1\"").patch(&path, patch).await.expect(200);
    assert_eq!((&after["brand"], &after["title"], &after["version"]), (&json!(null), &json!("새 이름"), &json!(2)));
    assert_eq!(after["metadata"], json!({"year": "2026"}));
    assert_eq!(after["seo"], json!({"title": "티셔츠", "description": "d"}));
    assert_eq!(after["variants"][0], before["variants"][0]);
    let changed = &after["variants"][1];
    assert_eq!(
        changed["prices"],
        json!([{"currency": "KRW", "amount": 9900, "compare_at": null}, {"currency": "USD", "amount": 999, "compare_at": null}])
    );
    assert_eq!(changed["version"], 2);
    assert_eq!((&after["slug"], &after["options"], &after["translations"]), (&before["slug"], &before["options"], &before["translations"]));
    let archived = app.admin().delete(&path).await.expect(200);
    assert_eq!(archived["status"], "archived");
    app.guest().get(&format!("/store/v1/products/{}", id(&before))).await.problem(404, "not_found");
});

on_both!(slugs_are_made_and_kept_apart, |app| async move {
    let first = create(&app.admin(), json!({"title": "Red Shirt"})).await;
    let second = create(&app.admin(), json!({"title": "Red  shirt!"})).await;
    let third = create(&app.admin(), json!({"title": "x", "slug": "red-shirt"})).await;
    assert_eq!((&first["slug"], &second["slug"], &third["slug"]), (&json!("red-shirt"), &json!("red-shirt-2"), &json!("red-shirt-3")));
    assert_eq!(third["warnings"][0]["code"], "slug_taken");
    let given = create(&app.admin(), json!({"title": "x", "slug": "유기농-티"})).await;
    assert_eq!(given["slug"], "유기농-티");
    app.admin().get("/admin/v1/products/%EC%9C%A0%EA%B8%B0%EB%86%8D-%ED%8B%B0").await.expect(200);
    app.admin().post("/admin/v1/products", json!({"title": "x", "slug": "a b"})).await.problem(422, "invalid");
    let batch = json!({"items": [{"title": "Same"}, {"title": "Same"}, {"external_key": "k", "title": "Same"}]});
    let made = app.admin().post("/admin/v1/products/bulk", batch).await.expect(200);
    assert_eq!(made["created"], 3, "{made}");
    let all = app.admin().get("/admin/v1/products?q=same").await.expect(200);
    let mut slugs: Vec<&str> = all["data"].as_array().unwrap().iter().map(|p| p["slug"].as_str().unwrap()).collect();
    slugs.sort_unstable();
    assert_eq!(slugs, ["same", "same-2", "same-3"]);
});

on_both!(a_repeated_sku_is_told_and_an_ambiguous_one_named, |app| async move {
    let one = create(&app.admin(), json!({"title": "One", "variants": [{"sku": "DUP"}]})).await;
    let two = create(&app.admin(), json!({"title": "Two", "variants": [{"sku": "DUP"}]})).await;
    assert!(one.get("warnings").is_none());
    assert_eq!((&two["warnings"][0]["code"], &two["warnings"][0]["pointer"]), (&json!("duplicate_sku"), &json!("/variants/0/sku")));
    let problem = app.admin().get("/admin/v1/variants/by-sku/DUP").await.problem(409, "ambiguous_sku");
    let candidates = problem["errors"].to_string();
    for product in [&one, &two] {
        assert!(candidates.contains(product["variants"][0]["id"].as_str().unwrap()), "{candidates}");
    }
    app.admin().get("/admin/v1/variants/by-sku/NONE").await.problem(404, "not_found");
    let listed = app.admin().get("/admin/v1/variants?sku=DUP&include=total").await.expect(200);
    assert_eq!(listed["page"]["total"], 2);
    let by_sku = json!({"items": [{"variants": [{"sku": "DUP", "weight_grams": 5}]}]});
    let refused = app.admin().post("/admin/v1/products/bulk", by_sku).await.expect(200);
    assert_eq!(refused["items"][0]["error"]["code"], "ambiguous_sku", "{refused}");
    let path = format!("/admin/v1/variants/{}", two["variants"][0]["id"].as_str().unwrap());
    app.admin().patch(&path, json!({"sku": "OWN"})).await.expect(200);
    assert_eq!(app.admin().get("/admin/v1/variants/by-sku/DUP").await.expect(200)["product_id"], one["id"]);
    let by_sku = json!({"items": [{"variants": [{"sku": "OWN", "weight_grams": 5}]}]});
    let done = app.admin().post("/admin/v1/products/bulk", by_sku).await.expect(200);
    assert_eq!((&done["updated"], &done["items"][0]["id"]), (&json!(1), &two["id"]), "{done}");
    let data = app.admin().graphql("admin", "{ variantBySku(sku: \"OWN\") { weightGrams } }", json!({})).await;
    assert_eq!(data["variantBySku"]["weightGrams"], 5);
});

on_both!(a_bulk_call_answers_each_item_or_refuses_all, |app| async move {
    let items = json!({"items": [
        {"external_key": "good", "title": "Good"}, {"external_key": "bad"}, {"id": "prod_01h455vb4pex5vsknk084sn02q"},
        {"external_key": "worse", "title": "", "categories": ["nowhere"], "variants": [{"prices": [{"currency": "KRW", "amount": -1}]}]},
        {"external_key": "good", "title": "Better"},
    ]});
    let refused = app.admin().post("/admin/v1/products/bulk?atomic=true", items.clone()).await.problem(422, "invalid");
    let pointers: Vec<&str> = refused["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert!(pointers.contains(&"/items/1/title") && pointers.contains(&"/items/3/variants/0/prices/0/amount"), "{pointers:?}");
    assert_eq!(app.admin().get("/admin/v1/products?include=total").await.expect(200)["page"]["total"], 0);
    let done = app.admin().post("/admin/v1/products/bulk?atomic=false", items).await.expect(200);
    let statuses: Vec<&str> = done["items"].as_array().unwrap().iter().map(|i| i["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["created", "failed", "failed", "failed", "updated"], "{done}");
    assert_eq!(app.admin().get("/admin/v1/products").await.expect(200)["data"][0]["title"], "Better");
    app.admin().post("/admin/v1/products/bulk", json!({"items": []})).await.problem(422, "invalid");
    app.admin().post("/admin/v1/products/bulk", json!({"items": vec![json!({"title": "x"}); 1001]})).await.problem(422, "invalid");
    let query =
        "mutation($i: BulkInput!) { productsBulkUpsert(input: $i, atomic: true) { result { created } userErrors { code pointer } } }";
    let data = app.admin().graphql("admin", query, json!({"i": {"items": [{"title": "New"}]}})).await;
    assert_eq!(data["productsBulkUpsert"], json!({"result": {"created": 1}, "userErrors": []}));
});

on_both!(options_and_variants_fit_each_other, |app| async move {
    let refused = |body: Value| {
        let admin = app.admin();
        async move { admin.post("/admin/v1/products", body).await.problem(422, "invalid")["errors"].to_string() }
    };
    let value = |o: &str, v: &str| json!({"option": o, "value": v});
    let options = json!([{"name": "Size"}]);
    assert!(refused(json!({"title": "x", "options": options, "variants": [{}]})).await.contains("option_values"));
    assert!(refused(json!({"title": "x", "variants": [{"option_values": [value("Size", "M")]}]})).await.contains("option_values"));
    let twice = json!([{"option_values": [value("size", "M")]}, {"option_values": [value("Size", "m")]}]);
    assert!(refused(json!({"title": "x", "options": options, "variants": twice})).await.contains("duplicate"));
    assert!(refused(json!({"title": "x", "options": [{"name": "Size"}, {"name": "size "}]})).await.contains("duplicate"));
    assert!(
        refused(json!({"title": "x", "options": [{"name": "a"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]})).await.contains("length")
    );

    let product =
        create(&app.admin(), json!({"title": "x", "options": options, "variants": [{"option_values": [value("Size", "M")]}]})).await;
    let path = format!("/admin/v1/products/{}", id(&product));
    let variants = format!("{path}/variants");
    app.admin().post(&variants, json!({"option_values": [value("size", "m")]})).await.problem(409, "already_exists");
    let large = app.admin().post(&variants, json!({"option_values": [value("size", "L")], "sku": "L"})).await.expect(201);
    assert_eq!((&large["option_values"], &large["title"]), (&json!([{"option": "Size", "value": "L"}]), &json!("L")));
    let renamed = app.admin().patch(&path, json!({"options": [{"id": product["options"][0]["id"], "name": "크기"}]})).await.expect(200);
    assert_eq!(renamed["variants"][1]["option_values"], json!([{"option": "크기", "value": "L"}]));
    assert_eq!(renamed["options"][0]["id"], product["options"][0]["id"]);
    let variant_path = format!("/admin/v1/variants/{}", id(&large));
    let priced =
        app.admin().put(&format!("{variant_path}/prices"), json!({"prices": [{"currency": "KRW", "amount": 5}]})).await.expect(200);
    assert_eq!(priced["prices"].as_array().unwrap().len(), 1);
    let bare = app.admin().put(&format!("{variant_path}/prices"), json!({"prices": []})).await.expect(200);
    assert_eq!(bare["prices"], json!([]));
    assert_eq!(app.admin().delete(&variant_path).await.expect(200)["active"], false);
    let replaced = json!({"replace_variants": true, "variants": [{"option_values": [value("크기", "XL")]}]});
    let after = app.admin().patch(&path, replaced).await.expect(200);
    let active: Vec<&Value> = after["variants"].as_array().unwrap().iter().filter(|v| v["active"] == true).collect();
    assert_eq!((active.len(), &active[0]["title"]), (1, &json!("XL")));
});

on_both!(staffs_list_is_narrowed_and_sorted, |app| async move {
    create(&app.admin(), shirt("1")).await;
    app.advance(chrono::Duration::minutes(1));
    let bag = create(&app.admin(), json!({"title": "Bag", "brand": "Other", "tags": ["new"], "variants": [{"sku": "B-1"}]})).await;
    let found = |query: &'static str| {
        let admin = app.admin();
        async move {
            let page = admin.get(&format!("/admin/v1/products?{query}")).await.expect(200);
            page["data"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    let shirt = "유기농 면 티셔츠";
    assert_eq!(found("").await, ["Bag", shirt]);
    assert_eq!(found("sort=name").await, ["Bag", shirt]);
    for query in ["status=active", "brand=Maru", "tag=sale", "q=TS-1", "sku=TS-1-M"] {
        assert_eq!(found(query).await, [shirt], "{query}");
    }
    for query in ["status=draft", "brand=Other", "tag=NEW", "q=bag", "sku=B-1", "updated_since=2026-11-20T09:00:30Z"] {
        assert_eq!(found(query).await, ["Bag"], "{query}");
    }
    app.advance(chrono::Duration::minutes(1));
    app.admin().patch("/admin/v1/products/no-id", json!({})).await.problem(400, "malformed");
    app.admin().patch(&format!("/admin/v1/products/{}", id(&bag)), json!({"title": "Bag 2"})).await.expect(200);
    assert_eq!(found("sort=updated").await, ["Bag 2", shirt]);
    app.admin().get("/admin/v1/products?colour=red").await.problem(400, "unknown_parameter");
    let first = app.admin().get("/admin/v1/products?limit=1&sort=updated&include=total").await.expect(200);
    assert_eq!(first["page"]["total"], 2);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let second = app.admin().get(&format!("/admin/v1/products?limit=1&sort=updated&cursor={cursor}")).await.expect(200);
    assert_eq!((&second["data"][0]["title"], &second["page"]["has_more"]), (&json!(shirt), &json!(false)));
    app.admin().get(&format!("/admin/v1/products?sort=name&cursor={cursor}")).await.problem(400, "malformed");
});

on_both!(graphql_writes_as_rest_does, |app| async move {
    let input = json!({"title": "Mug", "status": "ACTIVE", "variants": [{"sku": "MUG", "prices": [{"currency": "KRW", "amount": 9000}]}]});
    let query = "mutation($i: ProductUpsert!) { productCreate(input: $i) { product { id version variants { id } } userErrors { code } } }";
    let data = app.admin().graphql("admin", query, json!({"i": input})).await;
    let product = &data["productCreate"]["product"];
    let query = "mutation($id: ID!, $v: Int, $i: ProductUpsert!) { productUpdate(id: $id, expectedVersion: $v, input: $i) {
        product { brand version } userErrors { code pointer } } }";
    let change = |version: i32, input: Value| json!({"id": product["id"], "v": version, "i": input});
    let data = app.admin().graphql("admin", query, change(1, json!({"brand": "Clay"}))).await;
    assert_eq!(data["productUpdate"]["product"], json!({"brand": "Clay", "version": 2}));
    let data = app.admin().graphql("admin", query, change(1, json!({"brand": "Late"}))).await;
    assert_eq!(data["productUpdate"]["userErrors"][0]["code"], "version_mismatch");
    let data = app.admin().graphql("admin", query, change(2, json!({"brand": null, "title": " "}))).await;
    assert_eq!(data["productUpdate"]["userErrors"], json!([{"code": "required", "pointer": "/title"}]));
    let query = "mutation($id: ID!) { variantUpdate(id: $id, input: {weightGrams: 300}) { variant { weightGrams } userErrors { code } }
        pricesSet(variantId: $id, input: {prices: [{currency: \"USD\", amount: 700}]}) { variant { prices { currency } } userErrors { code } }
        variantArchive(id: $id) { variant { active } userErrors { code } } }";
    let data = app.admin().graphql("admin", query, json!({"id": product["variants"][0]["id"]})).await;
    assert_eq!(data["variantUpdate"]["variant"]["weightGrams"], 300);
    assert_eq!(data["pricesSet"]["variant"]["prices"], json!([{"currency": "USD"}]));
    assert_eq!(data["variantArchive"]["variant"]["active"], false);
    let data = app
        .admin()
        .graphql(
            "admin",
            "mutation($id: ID!) { productArchive(id: $id) { product { status } userErrors { code } } }",
            json!({"id": product["id"]}),
        )
        .await;
    assert_eq!(data["productArchive"]["product"]["status"], "ARCHIVED");
});
