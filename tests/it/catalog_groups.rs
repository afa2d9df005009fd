//! The category tree and collections, over both doors.

use serde_json::{Value, json};

use crate::catalog::create;
use crate::support::{TestApp, on_both};

async fn category(app: &TestApp, name: &str, parent: Option<&Value>) -> Value {
    let body = json!({"name": name, "parent_id": parent.map(|p| p["id"].clone())});
    app.admin().post("/admin/v1/categories", body).await.expect(201)
}

fn path(kind: &str, thing: &Value) -> String {
    format!("/admin/v1/{kind}/{}", thing["id"].as_str().unwrap())
}

/// `a(b(c) d)` of the store's tree.
async fn tree(app: &TestApp) -> String {
    fn drawn(nodes: &Value) -> String {
        let nodes = nodes.as_array().unwrap().iter().map(|n| match drawn(&n["children"]) {
            below if below.is_empty() => n["slug"].as_str().unwrap().to_owned(),
            below => format!("{}({below})", n["slug"].as_str().unwrap()),
        });
        nodes.collect::<Vec<_>>().join(" ")
    }
    drawn(&app.guest().get("/store/v1/categories").await.expect(200)["data"])
}

async fn products_in(app: &TestApp, query: &str) -> Vec<String> {
    let page = app.guest().get(&format!("/store/v1/products?{query}")).await.expect(200);
    page["data"].as_array().unwrap().iter().map(|p| p["slug"].as_str().unwrap().to_owned()).collect()
}

fn product(slug: &str, categories: &[&str]) -> Value {
    json!({"title": slug, "slug": slug, "status": "active", "categories": categories,
        "variants": [{"track_inventory": false, "prices": [{"currency": "KRW", "amount": 1000}]}]})
}

on_both!(a_tree_grows_moves_and_is_cut, |app| async move {
    let a = category(&app, "A", None).await;
    let b = category(&app, "B", Some(&a)).await;
    let c = category(&app, "C", Some(&b)).await;
    let d = category(&app, "D", None).await;
    assert_eq!(tree(&app).await, "a(b(c)) d");
    create(&app.admin(), product("deep", &["c"])).await;
    create(&app.admin(), product("flat", &["d", "a"])).await;
    assert_eq!(products_in(&app, "category=a&sort=name").await, ["deep", "flat"]);
    let page = app.guest().get("/store/v1/products/deep").await.expect(200);
    let crumbs: Vec<&str> = page["breadcrumbs"].as_array().unwrap().iter().map(|c| c["slug"].as_str().unwrap()).collect();
    assert_eq!((crumbs, page["categories"].as_array().unwrap().len()), (vec!["a", "b", "c"], 1));
    let page = app.guest().get("/store/v1/products/flat").await.expect(200);
    assert_eq!((&page["categories"][0]["slug"], &page["categories"][1]["slug"]), (&json!("d"), &json!("a")));
    assert_eq!(page["breadcrumbs"], json!([{"id": d["id"], "slug": "d", "name": "D"}]));

    let refused =
        app.admin().post(&format!("{}/move", path("categories", &a)), json!({"parent_id": c["id"]})).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["code"], "cycle");
    app.admin().post(&format!("{}/move", path("categories", &a)), json!({"parent_id": a["id"]})).await.problem(422, "invalid");
    let moved =
        app.admin().post(&format!("{}/move", path("categories", &b)), json!({"parent_id": d["id"], "position": 0})).await.expect(200);
    assert_eq!((&moved["parent_id"], &moved["version"]), (&d["id"], &json!(2)));
    assert_eq!(tree(&app).await, "a d(b(c))");
    assert_eq!(products_in(&app, "category=a").await, ["flat"]);
    assert_eq!(products_in(&app, &format!("category={}&sort=name", d["id"].as_str().unwrap())).await, ["deep", "flat"]);
    let shown = app.guest().get("/store/v1/categories/c").await.expect(200);
    let crumbs: Vec<&str> = shown["breadcrumbs"].as_array().unwrap().iter().map(|c| c["slug"].as_str().unwrap()).collect();
    assert_eq!(crumbs, ["d", "b", "c"]);

    let e = app.admin().post("/admin/v1/categories", json!({"name": "E", "position": 0})).await.expect(201);
    assert_eq!(tree(&app).await, "e a d(b(c))");
    let order = json!({"ids": [d["id"], a["id"], e["id"]]});
    let ordered = app.admin().post("/admin/v1/categories/reorder", order).await.expect(200);
    assert_eq!(ordered["categories"][2]["position"], 2);
    assert_eq!(tree(&app).await, "d(b(c)) a e");
    app.admin().post("/admin/v1/categories/reorder", json!({"ids": [d["id"]]})).await.problem(422, "invalid");

    app.admin().delete(&path("categories", &d)).await.problem(409, "in_use");
    app.admin().delete(&path("categories", &c)).await.problem(409, "in_use");
    let inside = format!("{}?reassign_to={}", path("categories", &d), c["id"].as_str().unwrap());
    app.admin().delete(&inside).await.problem(422, "invalid");
    app.admin().delete(&format!("{}?reassign_to={}", path("categories", &d), a["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(tree(&app).await, "a(b(c)) e");
    assert_eq!(products_in(&app, "category=a&sort=name").await, ["deep", "flat"]);
    app.admin().delete(&path("categories", &e)).await.expect(200);
    app.guest().get("/store/v1/categories/e").await.problem(404, "not_found");
});

on_both!(a_category_is_changed_and_translated, |app| async move {
    let input = json!({"name": "상의", "slug": "tops", "description": "<b>x</b><script>y</script>", "seo": {"title": "s"},
        "translations": [{"locale": "en", "name": "Tops", "description": "All <i>tops</i>"}], "metadata": {"icon": "shirt"}});
    let made = app.admin().post("/admin/v1/categories", input).await.expect(201);
    assert_eq!((&made["description"], &made["translations"][0]["name"]), (&json!("<b>x</b>"), &json!("Tops")));
    let english = app.guest().get("/store/v1/categories/tops?locale=en").await.expect(200);
    assert_eq!(
        (&english["name"], &english["description"], &english["seo"]["title"]),
        (&json!("Tops"), &json!("All <i>tops</i>"), &json!("s"))
    );
    let path = path("categories", &made);
    let patch = json!({"name": "옷", "metadata": {"icon": null}, "seo": {"title": null}});
    app.admin().with("If-Match", "\"9\"").patch(&path, patch.clone()).await.problem(412, "version_mismatch");
    let after = app.admin().with("If-Match", "\"1\"").patch(&path, patch).await.expect(200);
    assert_eq!(
        (&after["name"], &after["slug"], &after["metadata"], &after["version"]),
        (&json!("옷"), &json!("tops"), &json!({}), &json!(2))
    );
    let other = category(&app, "Tops", None).await;
    assert_eq!(other["slug"], "tops-2");
    app.admin().patch(&self::path("categories", &other), json!({"slug": "tops"})).await.problem(409, "already_exists");
    app.admin()
        .post("/admin/v1/categories", json!({"name": "x", "parent_id": "cat_01h455vb4pex5vsknk084sn02q"}))
        .await
        .problem(422, "invalid");
    let query = "mutation($p: ID!) { categoryCreate(input: {name: \"Knit\", parentId: $p}) { category { id slug } userErrors { code } } }";
    let data = app.admin().graphql("admin", query, json!({"p": made["id"]})).await;
    let knit = &data["categoryCreate"]["category"];
    let query = "mutation($k: ID!, $t: ID!) { categoryUpdate(id: $k, input: {name: \"Knits\"}) { category { name } userErrors { code } }
        categoryMove(id: $k, input: {parentId: null}) { category { parentId } userErrors { code } }
        loop: categoryMove(id: $k, input: {parentId: $k}) { category { id } userErrors { code pointer } }
        categoriesReorder(input: {ids: [$k, $t]}) { order { categories { id } } userErrors { code pointer } }
        categoryDelete(id: $k) { category { slug } userErrors { code } } }";
    let data = app.admin().graphql("admin", query, json!({"k": knit["id"], "t": made["id"]})).await;
    assert_eq!(data["categoryUpdate"]["category"]["name"], "Knits");
    assert_eq!(data["categoryMove"], json!({"category": {"parentId": null}, "userErrors": []}));
    assert_eq!(data["loop"]["userErrors"], json!([{"code": "cycle", "pointer": "/parent_id"}]));
    assert_eq!(data["categoriesReorder"]["userErrors"][0]["code"], "mismatch", "a root is missing from the list");
    assert_eq!(data["categoryDelete"]["category"]["slug"], "knit");
    let data = app
        .guest()
        .graphql(
            "store",
            "{ categories { slug children { slug } } category(slug: \"tops\") { name breadcrumbs { slug } children { slug } } }",
            json!({}),
        )
        .await;
    assert_eq!(data["category"], json!({"name": "옷", "breadcrumbs": [{"slug": "tops"}], "children": []}));
    assert_eq!(data["categories"].as_array().unwrap().len(), 2);
    let all = app.admin().graphql("admin", "{ categories(first: 1) { nodes { slug } pageInfo { hasNextPage } } }", json!({})).await;
    assert_eq!(all["categories"]["pageInfo"]["hasNextPage"], true);
});

on_both!(a_collection_holds_products_in_its_own_order, |app| async move {
    let input = json!({"title": "여름 세일", "slug": "summer", "image": {"url": "https://cdn.example.com/s.jpg"},
        "translations": [{"locale": "en", "title": "Summer sale"}]});
    let made = app.admin().post("/admin/v1/collections", input).await.expect(201);
    let mut ids = Vec::new();
    for slug in ["p1", "p2", "p3"] {
        ids.push(create(&app.admin(), product(slug, &[])).await["id"].clone());
    }
    let path = path("collections", &made);
    app.admin().post(&format!("{path}/products/add"), json!({"product_ids": [ids[1], ids[0]]})).await.expect(200);
    app.admin().post(&format!("{path}/products/add"), json!({"product_ids": [ids[2], ids[1]]})).await.expect(200);
    assert_eq!(products_in(&app, "collection=summer&sort=manual").await, ["p2", "p1", "p3"]);
    app.admin().post(&format!("{path}/products/reorder"), json!({"product_ids": [ids[2]]})).await.expect(200);
    assert_eq!(products_in(&app, "collection=summer&sort=manual").await, ["p3", "p2", "p1"]);
    let first = app.guest().get("/store/v1/products?collection=summer&sort=manual&limit=2").await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    assert_eq!(products_in(&app, &format!("collection=summer&sort=manual&limit=2&cursor={cursor}")).await, ["p1"]);
    app.guest().get("/store/v1/products?sort=manual").await.problem(422, "invalid");
    app.admin().post(&format!("{path}/products/remove"), json!({"product_ids": [ids[1]]})).await.expect(200);
    assert_eq!(products_in(&app, "collection=summer&sort=manual").await, ["p3", "p1"]);
    let strange = json!({"product_ids": ["prod_01h455vb4pex5vsknk084sn02q"]});
    for verb in ["add", "reorder"] {
        app.admin().post(&format!("{path}/products/{verb}"), strange.clone()).await.problem(422, "invalid");
    }
    // A product joins at the end when its own write names the collection.
    let product_path = format!("/admin/v1/products/{}", ids[1].as_str().unwrap());
    let joined = app.admin().patch(&product_path, json!({"collections": ["summer"]})).await.expect(200);
    assert_eq!(joined["collections"][0]["slug"], "summer");
    assert_eq!(products_in(&app, "collection=summer&sort=manual").await, ["p3", "p1", "p2"]);

    let shown = app.guest().get("/store/v1/collections/summer?locale=en").await.expect(200);
    assert_eq!((&shown["title"], &shown["image"]["url"]), (&json!("Summer sale"), &json!("https://cdn.example.com/s.jpg")));
    assert_eq!(app.guest().get("/store/v1/products/p1").await.expect(200)["collections"][0]["slug"], "summer");
    app.admin().patch(&path, json!({"image": {"url": "javascript:x"}})).await.problem(422, "invalid");
    let hidden = app.admin().patch(&path, json!({"published": false, "image": null})).await.expect(200);
    assert_eq!((&hidden["published"], &hidden["image"]), (&json!(false), &json!(null)));
    app.guest().get("/store/v1/collections/summer").await.problem(404, "not_found");
    assert_eq!(app.guest().get("/store/v1/collections").await.expect(200)["data"], json!([]));
    assert_eq!(app.guest().get("/store/v1/products/p1").await.expect(200)["collections"], json!([]));
    assert_eq!(app.admin().get(&product_path).await.expect(200)["collections"][0]["slug"], "summer");
    app.admin().delete(&path).await.expect(200);
    app.guest().get("/store/v1/products/p1").await.expect(200);

    let query = "mutation($p: [ID!]!) { collectionCreate(input: {title: \"Gifts\"}) { collection { id } userErrors { code } } }";
    let data = app.admin().graphql("admin", &query.replace("($p: [ID!]!)", ""), json!({})).await;
    let gifts = data["collectionCreate"]["collection"]["id"].clone();
    let query = "mutation($c: ID!, $i: CollectionProductsInput!) {
        collectionProductsAdd(id: $c, input: $i) { collection { version } userErrors { code } }
        collectionProductsReorder(id: $c, input: $i) { collection { version } userErrors { code } }
        collectionUpdate(id: $c, input: {title: \"Presents\"}) { collection { title } userErrors { code } }
        collectionProductsRemove(id: $c, input: $i) { collection { version } userErrors { code } } }";
    let data = app.admin().graphql("admin", query, json!({"c": gifts, "i": {"productIds": [ids[0]]}})).await;
    assert_eq!(data["collectionProductsRemove"], json!({"collection": {"version": 5}, "userErrors": []}));
    let data =
        app.guest().graphql("store", "{ collections { nodes { slug title } } collection(slug: \"gifts\") { title } }", json!({})).await;
    assert_eq!(data, json!({"collections": {"nodes": [{"slug": "gifts", "title": "Presents"}]}, "collection": {"title": "Presents"}}));
    let data = app
        .admin()
        .graphql("admin", "mutation($c: ID!) { collectionDelete(id: $c) { collection { slug } userErrors { code } } }", json!({"c": gifts}))
        .await;
    assert_eq!(data["collectionDelete"]["collection"]["slug"], "gifts");
});
