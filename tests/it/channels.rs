//! Channels over both doors.

use serde_json::json;

use crate::support::on_both;
use maru::commerce::auth::Permission;

fn usd() -> serde_json::Value {
    json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"]})
}

on_both!(a_channel_is_made_read_and_changed, |app| async move {
    let created = app.admin().post("/admin/v1/channels", usd()).await.expect(201);
    assert_eq!(created["prices_include_tax"], false);
    let path = format!("/admin/v1/channels/{}", created["id"].as_str().unwrap());
    let read = app.admin().get(&path).await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.expect(200), created);

    let changed = app.admin().with("If-Match", "\"1\"").patch(&path, json!({"name": "United States"})).await.expect(200);
    assert_eq!((changed["name"].as_str(), changed["version"].as_i64()), (Some("United States"), Some(2)));
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"name": "Late"})).await.problem(412, "version_mismatch");

    let data =
        app.admin().graphql("admin", "query($id: ID!) { channel(id: $id) { name currency version } }", json!({"id": created["id"]})).await;
    assert_eq!(data["channel"], json!({"name": "United States", "currency": "USD", "version": 2}));
});

on_both!(a_second_default_takes_the_place_of_the_first, |app| async move {
    let mut input = usd();
    input["is_default"] = json!(true);
    app.admin().post("/admin/v1/channels", input).await.expect(201);
    let store = app.guest().get("/store/v1/channel").await;
    assert_eq!(store.header("content-language"), Some("en"));
    assert_eq!(store.expect(200)["code"], "us");
    let all = app.admin().get("/admin/v1/channels").await.expect(200);
    let defaults = all["data"].as_array().unwrap().iter().filter(|c| c["is_default"] == true).count();
    assert_eq!(defaults, 1);
});

on_both!(mistakes_are_told_all_at_once, |app| async move {
    let wrong = json!({"code": "", "name": "", "currency": "USD", "default_locale": "en", "locales": [], "countries": ["US"]});
    let problem = app.admin().post("/admin/v1/channels", wrong).await.problem(422, "invalid");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/code", "/locales", "/name"]);

    let mut unknown = usd();
    unknown["colour"] = json!("red");
    app.admin().post("/admin/v1/channels", unknown).await.problem(400, "malformed");
    app.admin().post("/admin/v1/channels", usd()).await.expect(201);
    app.admin().post("/admin/v1/channels", usd()).await.problem(409, "already_exists");
    let data = app
        .admin()
        .graphql(
            "admin",
            "mutation($i: ChannelCreate!) { channelCreate(input: $i) { channel { id } userErrors { code pointer } } }",
            json!({"i": {
            "code": "us", "name": "x", "currency": "USD", "defaultLocale": "en", "locales": ["en"], "countries": ["US"]}}),
        )
        .await;
    assert_eq!(data["channelCreate"], json!({"channel": null, "userErrors": [{"code": "already_exists", "pointer": null}]}));
});

on_both!(permissions_are_asked_for, |app| async move {
    app.guest().get("/admin/v1/channels").await.problem(401, "unauthenticated");
    let reader = app.staff(&[Permission::SettingsRead]).await;
    reader.get("/admin/v1/channels").await.expect(200);
    reader.post("/admin/v1/channels", usd()).await.problem(403, "forbidden");
    app.guest().with("Authorization", "Bearer msk_wrong").get("/admin/v1/channels").await.problem(401, "unauthenticated");
});

on_both!(a_dry_run_changes_nothing, |app| async move {
    let dry = app.admin().post("/admin/v1/channels?dry_run=true", usd()).await.expect(201);
    assert_eq!(dry["code"], "us");
    assert_eq!(app.admin().get("/admin/v1/channels").await.expect(200)["data"].as_array().unwrap().len(), 1);
});

on_both!(pages_go_on_and_back, |app| async move {
    for n in 0..5 {
        let mut input = usd();
        input["code"] = json!(format!("us-{n}"));
        app.admin().post("/admin/v1/channels", input).await.expect(201);
    }
    let first = app.admin().get("/admin/v1/channels?limit=4").await.expect(200);
    assert_eq!(first["page"]["has_more"], true);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let second = app.admin().get(&format!("/admin/v1/channels?limit=4&cursor={cursor}")).await.expect(200);
    assert_eq!((second["data"].as_array().unwrap().len(), &second["page"]["next_cursor"]), (2, &json!(null)));
    let back = app
        .admin()
        .graphql(
            "admin",
            "query($c: String!) { channels(last: 2, before: $c) { nodes { code } pageInfo { hasPreviousPage hasNextPage } } }",
            json!({"c": cursor}),
        )
        .await;
    assert_eq!(back["channels"]["nodes"].as_array().unwrap().len(), 2);
    assert_eq!(back["channels"]["pageInfo"], json!({"hasPreviousPage": true, "hasNextPage": true}));
    app.admin().get("/admin/v1/channels?cursor=nonsense").await.problem(400, "malformed");
    app.admin().get("/admin/v1/channels?limit=101").await.problem(400, "malformed");
    app.admin().get("/admin/v1/channels?colour=red").await.problem(400, "unknown_parameter");
});

on_both!(a_key_replays_its_first_answer, |app| async move {
    let client = app.admin().with("Idempotency-Key", "f7b1b8a0-6f0b-4d7e-9a3e-0c7b8a1d2e3f");
    let first = client.post("/admin/v1/channels", usd()).await;
    assert_eq!(first.header("idempotency-replayed"), None);
    let again = client.post("/admin/v1/channels", usd()).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!((again.status, again.text.clone()), (first.status, first.text.clone()));
    let mut other = usd();
    other["name"] = json!("Other");
    client.post("/admin/v1/channels", other).await.problem(422, "idempotency_key_reused");
});
