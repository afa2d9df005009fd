//! API keys over both doors.

use serde_json::json;

use crate::support::on_both;
use maru::commerce::auth::Permission;

on_both!(a_revoked_key_opens_nothing, |app| async move {
    let issued = app.admin().post("/admin/v1/keys", json!({"name": "erp", "permissions": ["settings:read"]})).await.expect(201);
    let erp = app.guest().with("Authorization", &format!("Bearer {}", issued["key"].as_str().unwrap()));
    erp.get("/admin/v1/channels").await.expect(200);
    let path = format!("/admin/v1/keys/{}/revoke", issued["id"].as_str().unwrap());
    app.admin().post(&path, json!({})).await.expect(200);
    erp.get("/admin/v1/channels").await.problem(401, "unauthenticated");
    // Again: nothing changes.
    let again = app.admin().post(&path, json!({})).await.expect(200);
    assert!(again["revoked_at"].is_string());
});

on_both!(an_expired_key_opens_nothing, |app| async move {
    let input = json!({"name": "erp", "permissions": ["settings:read"], "expires_at": "2026-11-20T10:00:00Z"});
    let issued = app.admin().post("/admin/v1/keys", input).await.expect(201);
    let erp = app.guest().with("Authorization", &format!("Bearer {}", issued["key"].as_str().unwrap()));
    erp.get("/admin/v1/channels").await.expect(200);
    app.advance(chrono::Duration::hours(2));
    erp.get("/admin/v1/channels").await.problem(401, "unauthenticated");
});

on_both!(nobody_grants_what_they_do_not_have, |app| async move {
    let manager = app.staff(&[Permission::KeysManage]).await;
    manager.post("/admin/v1/keys", json!({"name": "x", "permissions": ["orders:refund"]})).await.problem(403, "forbidden");
    manager.post("/admin/v1/keys", json!({"name": "x", "permissions": ["keys:manage"]})).await.expect(201);
});

on_both!(a_publishable_key_names_a_channel_and_opens_nothing, |app| async move {
    let us = json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"]});
    let channel = app.admin().post("/admin/v1/channels", us).await.expect(201);
    let input = json!({"name": "app", "kind": "publishable", "channel_id": channel["id"]});
    let issued = app.admin().post("/admin/v1/keys", input).await.expect(201);
    let key = issued["key"].as_str().unwrap();
    let shopper = app.guest().with("Maru-Publishable-Key", key);
    assert_eq!(shopper.get("/store/v1/channel").await.expect(200)["code"], "us");
    app.guest().with("Authorization", &format!("Bearer {key}")).get("/admin/v1/channels").await.problem(401, "unauthenticated");
    app.guest().with("Maru-Publishable-Key", "mpk_wrong").get("/store/v1/channel").await.problem(401, "unauthenticated");
});

on_both!(a_key_is_shown_once, |app| async move {
    let client = app.admin().once();
    let input = json!({"name": "erp", "permissions": ["settings:read"]});
    client.post("/admin/v1/keys", input.clone()).await.expect(201);
    client.post("/admin/v1/keys", input).await.problem(409, "already_exists");
    let list = app.admin().get("/admin/v1/keys").await;
    assert!(!list.text.contains("msk_") || !list.text.contains("\"key\":"), "{}", list.text);
});
