//! What every door keeps: problems, ids, limits, headers.

use serde_json::json;

use crate::support::on_both;

on_both!(everything_that_fails_is_a_problem, |app| async move {
    let (guest, admin) = (app.guest(), app.admin());
    guest.get("/nowhere").await.problem(404, "not_found");
    let wrong_method = guest.delete("/store/v1/channel").await;
    assert_eq!(wrong_method.header("allow"), Some("GET"));
    wrong_method.problem(405, "method_not_allowed");
    admin.get("/admin/v1/channels/chan_nonsense").await.problem(400, "malformed");
    admin.get("/admin/v1/channels/prod_01h455vb4pex5vsknk084sn02q").await.problem(404, "not_found");
    admin.get("/admin/v1/channels/chan_01h455vb4pex5vsknk084sn02q").await.problem(404, "not_found");
    let bytes = |body: &[u8]| Some(body.to_vec());
    admin.send_bytes("POST", "/admin/v1/channels", "application/json", bytes(b"{")).await.problem(400, "malformed");
    admin.send_bytes("POST", "/admin/v1/channels", "application/json", bytes(b"\xff\xfe")).await.problem(400, "malformed");
    admin.send_bytes("POST", "/admin/v1/channels", "text/plain", bytes(b"{}")).await.problem(415, "unsupported_media_type");
    admin
        .send_bytes("POST", "/admin/v1/channels", "application/json", Some(vec![b' '; 10 * 1024 * 1024]))
        .await
        .problem(413, "payload_too_large");
    let nul = json!({"code": "us", "name": "a\u{0}b", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"]});
    let problem = admin.post("/admin/v1/channels", nul).await.problem(400, "malformed");
    assert_eq!(problem["errors"][0]["pointer"], "/name");
});

on_both!(a_request_keeps_its_id, |app| async move {
    let reply = app.guest().with("X-Request-Id", "my-request-0001").get("/nowhere").await;
    assert_eq!(reply.header("x-request-id"), Some("my-request-0001"));
    assert_eq!(reply.json["request_id"], "my-request-0001");
});

on_both!(public_reads_are_cacheable_and_private_ones_are_not, |app| async move {
    let first = app.guest().get("/store/v1/channel").await;
    let etag = first.header("etag").unwrap().to_owned();
    assert!(first.header("cache-control").unwrap().starts_with("public"));
    let again = app.guest().with("If-None-Match", &etag).get("/store/v1/channel").await;
    assert_eq!((again.status, again.text.as_str()), (304, ""));
    assert_eq!(app.admin().get("/admin/v1/channels").await.header("cache-control"), Some("no-store"));
});

on_both!(graphql_is_bounded, |app| async move {
    let guest = app.guest();
    let deep = format!("{{ __schema {{ types {{ {} name {} }} }} }}", "fields { type { ".repeat(10), "} } ".repeat(10));
    let reply = guest.graphql_raw("store", &deep, json!({})).await;
    assert_eq!(reply.json["errors"][0]["extensions"]["code"], "query_too_complex", "{}", reply.text);
    let wide = "a: channels(first: 100) { nodes { id name code } } ".to_owned()
        + &(0..60).map(|n| format!("a{n}: channels(first: 100) {{ nodes {{ id name code }} }} ")).collect::<String>();
    let reply = app.admin().graphql_raw("admin", &format!("{{ {wide} }}"), json!({})).await;
    assert_eq!(reply.json["errors"][0]["extensions"]["code"], "query_too_complex", "{}", reply.text);
    let long = format!("{{ channel {{ id }} }} #{}", "x".repeat(70_000));
    guest.graphql_raw("store", &long, json!({})).await.problem(400, "query_too_complex");
    let nested = format!("{{ __type(name: {}{}) {{ name }} }}", "[".repeat(5_000), "]".repeat(5_000));
    guest.graphql_raw("store", &nested, json!({})).await.problem(400, "query_too_complex");
    let doubling: String = (0..30).map(|n| format!("fragment F{n} on Query {{ ...F{0} ...F{0} }} ", n + 1)).collect();
    let doubling = format!("{{ ...F0 }} {doubling} fragment F30 on Query {{ __typename }}");
    guest.graphql_raw("store", &doubling, json!({})).await.problem(400, "query_too_complex");
    let syntax = guest.graphql_raw("store", "{ channel { ", json!({})).await;
    assert_eq!(syntax.json["errors"][0]["extensions"]["code"], "malformed");
    let strict = guest.with("Accept", "application/graphql-response+json").graphql_raw("store", "{ nothing }", json!({})).await;
    assert_eq!(strict.status, 400);
});

on_both!(graphql_queries_come_by_get_and_mutations_do_not, |app| async move {
    let reply = app.guest().get("/store/graphql?query=%7Bchannel%7Bcode%7D%7D").await.expect(200);
    assert_eq!(reply["data"]["channel"]["code"], "kr");
    let mutation = "/admin/graphql?query=mutation%7BkeyRevoke(id%3A%22key_01h455vb4pex5vsknk084sn02q%22)%7BuserErrors%7Bcode%7D%7D%7D";
    app.admin().get(mutation).await.problem(405, "method_not_allowed");
});

on_both!(the_operator_sees_how_it_is, |app| async move {
    assert_eq!(app.guest().get("/livez").await.expect(200)["status"], "ok");
    assert_eq!(app.guest().get("/readyz").await.expect(200)["status"], "ok");
    assert_eq!(app.guest().get("/metrics").await.status, 200);
    assert_eq!(app.guest().get("/openapi/store.json").await.expect(200)["openapi"], "3.1.0");
});

on_both!(a_persisted_query_needs_its_text_once, |app| async move {
    let text = "{ channel { code } }";
    let hash = "5dd2a3e8d6e9a1d6f5a4c5a4e3a5c5d8c7f3b3a1e1e2c4d6f8a0b2c4d6e8f0a2";
    let unknown = app.guest().post("/store/graphql", json!({"extensions": {"persistedQuery": {"version": 1, "sha256Hash": hash}}})).await;
    unknown.problem(404, "persisted_query_not_found");
    let wrong = app.guest().post("/store/graphql", json!({"query": text, "extensions": {"persistedQuery": {"sha256Hash": hash}}})).await;
    wrong.problem(400, "malformed");
});

on_both!(answers_are_compressed_and_open_to_browsers, |app| async move {
    let http = reqwest::Client::builder().no_proxy().gzip(false).build().unwrap();
    let path = format!("{}/openapi/admin.json", app.base);
    for encoding in ["gzip", "br", "zstd"] {
        let reply = http.get(&path).header("Accept-Encoding", encoding).send().await.unwrap();
        assert_eq!(reply.headers()["content-encoding"], encoding);
    }
    let preflight = http
        .request(reqwest::Method::OPTIONS, format!("{}/store/v1/channel", app.base))
        .header("Origin", "https://shop.example")
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "maru-publishable-key")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status().as_u16(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
});

on_both!(the_reference_pages_need_no_internet, |app| async move {
    for page in ["/docs/store/index.html", "/docs/admin/index.html", "/docs/assets/start.js", "/docs/assets/graphiql.min.js"] {
        let reply = app.guest().get(page).await;
        assert_eq!(reply.status, 200, "{page}");
    }
    let graphiql = app.guest().with("Accept", "text/html").get("/store/graphql").await;
    assert_eq!(graphiql.status, 200);
    assert!(graphiql.text.contains("graphiql") && !graphiql.text.contains("https://"), "{}", graphiql.text);
    let docs = app.guest().get("/docs/store").await;
    assert_eq!(docs.status, 200, "redirects to the page");
});
