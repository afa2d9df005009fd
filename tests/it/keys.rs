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

use crate::support::buyer::{buy, full_cart, staff_path};
use crate::support::shop::{Item, Shop, id};
use crate::support::{Client, TestApp};
use serde_json::Value;

/// A client with a key of these properties, and the key as it was issued.
async fn issue(app: &TestApp, by: &Client, input: Value) -> (Client, Value) {
    let issued = by.post("/admin/v1/keys", input).await.expect(201);
    (app.guest().with("Authorization", &format!("Bearer {}", issued["key"].as_str().unwrap())), issued)
}

on_both!(a_rotated_key_works_on_for_its_overlap, |app| async move {
    let input = json!({"name": "erp", "permissions": ["settings:read"], "allowed_addresses": ["127.0.0.0/8"]});
    let (old, issued) = issue(&app, &app.admin(), input).await;
    let path = format!("/admin/v1/keys/{}/rotate", id(&issued));
    let next = app.admin().post(&path, json!({"overlap_seconds": 3600})).await.expect(201);
    let new = app.guest().with("Authorization", &format!("Bearer {}", next["key"].as_str().unwrap()));
    assert_eq!(
        (&next["name"], &next["permissions"], &next["allowed_addresses"]),
        (&issued["name"], &issued["permissions"], &issued["allowed_addresses"])
    );
    for client in [&old, &new] {
        client.get("/admin/v1/channels").await.expect(200);
    }
    app.advance(chrono::Duration::minutes(61));
    old.get("/admin/v1/channels").await.problem(401, "unauthenticated");
    new.get("/admin/v1/channels").await.expect(200);
    let listed = app.admin().get("/admin/v1/keys").await.expect(200);
    let of_old = listed["data"].as_array().unwrap().iter().find(|k| k["id"] == issued["id"]).unwrap();
    assert_eq!(of_old["replaced_by"], next["id"]);
    app.admin().post(&path, json!({})).await.problem(409, "conflict");
    // Without overlap, by GraphQL: at once.
    let mutation = "mutation($id: ID!) { keyRotate(id: $id, input: {overlapSeconds: 0}) { key { id key } userErrors { code } } }";
    let last = app.admin().graphql("admin", mutation, json!({"id": next["id"]})).await;
    assert!(last["keyRotate"]["key"]["key"].as_str().unwrap().starts_with("msk_"), "{last}");
    new.get("/admin/v1/channels").await.problem(401, "unauthenticated");
    app.admin().post(&path, json!({"overlap_seconds": -1})).await.problem(422, "invalid");
});

on_both!(of_two_who_rotate_a_key_at_once_one_does, |app| async move {
    let (_, issued) = issue(&app, &app.admin(), json!({"name": "erp", "permissions": ["settings:read"]})).await;
    let path = format!("/admin/v1/keys/{}/rotate", id(&issued));
    let tries = (0..8).map(|_| {
        let (admin, path) = (app.admin(), path.clone());
        async move { admin.post(&path, json!({})).await.status }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    let live = app.admin().get("/admin/v1/keys?limit=100").await.expect(200);
    assert_eq!(live["data"].as_array().unwrap().iter().filter(|k| k["name"] == "erp").count(), 2);
});

on_both!(a_key_works_from_its_addresses_alone, |app| async move {
    let input = json!({"name": "erp", "permissions": ["settings:read"], "allowed_addresses": ["203.0.113.0/24", "2001:db8::/32"]});
    let (erp, _) = issue(&app, &app.admin(), input).await;
    for inside in ["203.0.113.7", "2001:db8:1::1"] {
        erp.with("X-Forwarded-For", inside).get("/admin/v1/channels").await.expect(200);
    }
    for outside in ["203.0.114.7", "2001:db9::1", "203.0.113.7, 198.51.100.1"] {
        erp.with("X-Forwarded-For", outside).get("/admin/v1/channels").await.problem(403, "forbidden");
    }
    erp.get("/admin/v1/channels").await.problem(403, "forbidden");
    let wrong = json!({"name": "x", "permissions": ["settings:read"], "allowed_addresses": ["10.0.0.0/8", "everywhere"]});
    let refused = app.admin().post("/admin/v1/keys", wrong).await.problem(422, "invalid");
    assert_eq!(refused["errors"][0]["pointer"], "/allowed_addresses/1");
});

on_both!(the_last_use_of_a_key_is_noted_without_a_write_for_each, |app| async move {
    let (erp, issued) = issue(&app, &app.admin(), json!({"name": "erp", "permissions": ["settings:read"]})).await;
    let last_use = || async {
        let keys = app.admin().get("/admin/v1/keys").await.expect(200);
        keys["data"].as_array().unwrap().iter().find(|k| k["id"] == issued["id"]).unwrap()["last_used_at"].clone()
    };
    assert_eq!(last_use().await, Value::Null);
    erp.get("/admin/v1/channels").await.expect(200);
    app.advance(chrono::Duration::minutes(5));
    let reads = app
        .statements(async {
            erp.get("/admin/v1/channels").await.expect(200);
        })
        .await;
    let again = app
        .statements(async {
            erp.get("/admin/v1/channels").await.expect(200);
        })
        .await;
    assert!(again <= reads, "a use costs a statement: {again} after {reads}");
    app.app.note_key_uses().await.unwrap();
    assert_eq!(last_use().await, "2026-11-20T09:05:00Z");
});

on_both!(a_key_of_a_channel_reaches_nothing_of_another, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, variant) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let (cart, _) = full_cart(&app, &shop, &[(&variant, 1)]).await;
    let (order, payment, _) = buy(&app, &shop, &[(&variant, 1)], "approve").await;
    let us = json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"]});
    let us = app.admin().post("/admin/v1/channels", us).await.expect(201);
    let kr = app.admin().get("/admin/v1/channels").await.expect(200)["data"][0].clone();
    let of = |channel: &Value| json!({"name": "limited", "permissions": ["all"], "channel_id": channel["id"]});
    let (own, _) = issue(&app, &app.admin(), of(&kr)).await;
    let (other, other_key) = issue(&app, &app.admin(), of(&us)).await;

    for path in [
        format!("/admin/v1/carts/{}", id(&cart)),
        staff_path(&order),
        format!("/admin/v1/payments/{}", id(&payment)),
        format!("/admin/v1/channels/{}", id(&kr)),
    ] {
        own.get(&path).await.expect(200);
        other.get(&path).await.problem(404, "not_found");
    }
    for list in ["carts", "orders", "payments"] {
        let all = own.get(&format!("/admin/v1/{list}")).await.expect(200);
        assert_ne!(all["data"], json!([]), "{list}");
        let none = other.get(&format!("/admin/v1/{list}")).await.expect(200);
        assert_eq!(none["data"], json!([]), "{list}");
    }
    assert_eq!(other.get("/admin/v1/orders?include=total").await.expect(200)["page"]["total"], 0);
    let by_number = format!("/admin/v1/orders/{}", order["number"].as_str().unwrap());
    other.get(&by_number).await.problem(404, "not_found");
    let at = staff_path(&order);
    for (path, body) in [
        (format!("{at}/notes"), json!({"text": "x"})),
        (format!("{at}/fulfil"), json!({})),
        (format!("{at}/cancel"), json!({})),
        (format!("{at}/refund"), json!({})),
        (format!("/admin/v1/payments/{}/deposits", id(&payment)), json!({"amount": 1, "reference": "x"})),
    ] {
        let reply = other.once().post(&path, body).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (404, Some("not_found")), "{path}: {}", reply.text);
    }
    other.patch(&at, json!({"metadata": {"a": "b"}})).await.problem(404, "not_found");
    let found = other
        .graphql(
            "admin",
            "query($id: ID!) { order(id: $id) { id } orders { nodes { id } } payments { nodes { id } } carts { nodes { id } } }",
            json!({"id": order["id"]}),
        )
        .await;
    assert_eq!(found, json!({"order": null, "orders": {"nodes": []}, "payments": {"nodes": []}, "carts": {"nodes": []}}));

    // What belongs to all channels is not theirs to change or to read.
    other.post("/admin/v1/tax-rates", json!({"country": "KR", "name": "VAT", "rate_ppm": 1})).await.problem(403, "forbidden");
    other.post("/admin/v1/shipping-zones", json!({"name": "x", "countries": ["KR"]})).await.problem(403, "forbidden");
    other.get("/admin/v1/events").await.problem(403, "forbidden");
    other.get("/admin/v1/audit-log").await.problem(403, "forbidden");
    other.patch(&format!("/admin/v1/channels/{}", id(&kr)), json!({"name": "mine"})).await.problem(404, "not_found");
    other.patch(&format!("/admin/v1/channels/{}", id(&us)), json!({"name": "USA!"})).await.expect(200);
    other.patch(&format!("/admin/v1/channels/{}", id(&us)), json!({"is_default": true})).await.problem(403, "forbidden");
    // Keys: nobody grants more than they have, nor sees what is not theirs.
    other.post("/admin/v1/keys", json!({"name": "x", "permissions": ["orders:read"]})).await.problem(403, "forbidden");
    other.post("/admin/v1/keys", of(&kr)).await.problem(403, "forbidden");
    other.post("/admin/v1/keys", of(&us)).await.expect(201);
    let seen = other.get("/admin/v1/keys").await.expect(200);
    assert!(seen["data"].as_array().unwrap().iter().all(|k| k["channel_id"] == us["id"]), "{seen}");
    let all = app.admin().get("/admin/v1/keys?limit=100").await.expect(200);
    let admin = all["data"].as_array().unwrap().iter().find(|k| k["name"] == "admin").unwrap().clone();
    for verb in ["revoke", "rotate"] {
        other.post(&format!("/admin/v1/keys/{}/{verb}", id(&admin)), json!({})).await.problem(404, "not_found");
    }
    // A publishable key of another channel does not lead out.
    let publishable =
        app.admin().post("/admin/v1/keys", json!({"name": "app", "kind": "publishable", "channel_id": kr["id"]})).await.expect(201);
    let both = other.with("Maru-Publishable-Key", publishable["key"].as_str().unwrap());
    both.get("/admin/v1/orders").await.problem(403, "forbidden");
    assert_eq!(other_key["channel_id"], us["id"]);
});

on_both!(nobody_rotates_into_what_they_do_not_have, |app| async move {
    let (_, strong) = issue(&app, &app.admin(), json!({"name": "strong", "permissions": ["orders:refund"]})).await;
    let manager = app.staff(&[Permission::KeysManage]).await;
    manager.post(&format!("/admin/v1/keys/{}/rotate", id(&strong)), json!({})).await.problem(403, "forbidden");
});

on_both!(a_key_makes_none_that_outlives_it_or_comes_from_elsewhere, |app| async move {
    let own_end = "2026-11-21T09:00:00Z";
    let input = json!({"name": "narrow", "permissions": ["keys:manage", "orders:read"], "expires_at": own_end,
        "allowed_addresses": ["127.0.0.0/8", "203.0.113.0/24"]});
    let (narrow, issued) = issue(&app, &app.admin(), input).await;
    let asked = |end: Value, addresses: Value| json!({"name": "x", "permissions": ["orders:read"], "expires_at": end, "allowed_addresses": addresses});
    for (end, addresses) in [
        (Value::Null, json!(["127.0.0.1"])),
        (json!("2026-11-21T09:00:01Z"), json!(["127.0.0.1"])),
        (json!(own_end), json!([])),
        (json!(own_end), json!(["0.0.0.0/0"])),
        (json!(own_end), json!(["127.0.0.1", "198.51.100.1"])),
    ] {
        let refused = narrow.post("/admin/v1/keys", asked(end, addresses)).await.problem(403, "forbidden");
        assert!(refused["detail"].as_str().unwrap().contains("your own key"), "{refused}");
    }
    narrow.post("/admin/v1/keys", asked(json!(own_end), json!(["203.0.113.7", "127.0.0.0/8"]))).await.expect(201);
    // A publishable key opens nothing.
    narrow.post("/admin/v1/keys", json!({"name": "app", "kind": "publishable"})).await.expect(201);
    // Nor by rotation, of another key or of itself.
    let (_, wide) = issue(&app, &app.admin(), json!({"name": "wide", "permissions": ["orders:read"]})).await;
    narrow.post(&format!("/admin/v1/keys/{}/rotate", id(&wide)), json!({"expires_at": own_end})).await.problem(403, "forbidden");
    app.advance(chrono::Duration::hours(1));
    let itself = format!("/admin/v1/keys/{}/rotate", id(&issued));
    narrow.post(&itself, json!({"expires_at": "2026-11-22T09:00:00Z"})).await.problem(403, "forbidden");
    let next = narrow.post(&itself, json!({})).await.expect(201);
    assert_eq!((&next["expires_at"], &next["allowed_addresses"]), (&json!(own_end), &issued["allowed_addresses"]));
});

on_both!(a_key_says_who_made_it, |app| async move {
    let mina = app.owner("mina").await;
    let (_, hers) = issue(&app, &mina.client, json!({"name": "hers", "permissions": ["orders:read"]})).await;
    let listed = app.admin().get(&format!("/admin/v1/keys?created_by={}", mina.id())).await.expect(200);
    assert_eq!(listed["data"].as_array().unwrap().iter().map(|k| &k["id"]).collect::<Vec<_>>(), [&hers["id"]]);
    assert_eq!(listed["data"][0]["created_by"], json!(mina.id()));
    let query = "query($by: String) { keys(first: 10, filter: {createdBy: $by}) { nodes { id createdBy } } }";
    let found = app.admin().graphql("admin", query, json!({"by": mina.id()})).await;
    assert_eq!(found["keys"]["nodes"], json!([{"id": hers["id"], "createdBy": mina.id()}]));
    // What is put in a key's place is of whoever put it there.
    let next = app.admin().post(&format!("/admin/v1/keys/{}/rotate", id(&hers)), json!({})).await.expect(201);
    let all = app.admin().get("/admin/v1/keys?limit=100").await.expect(200);
    let maker = |id: &Value| all["data"].as_array().unwrap().iter().find(|k| k["id"] == *id).unwrap()["created_by"].clone();
    assert!(maker(&next["id"]).as_str().unwrap().starts_with("key_"), "{all}");
    assert_eq!(app.admin().get("/admin/v1/keys?created_by=system:test").await.expect(200)["data"][0]["name"], "admin");
});

on_both!(whoever_manages_keys_revokes_any_of_them_at_once, |app| async move {
    let jun = app.member_who_may("jun", &["keys:manage"]).await;
    let (strong, issued) = issue(&app, &app.admin(), json!({"name": "strong", "permissions": ["all"]})).await;
    app.advance(chrono::Duration::minutes(11));
    jun.client.post("/admin/v1/keys", json!({"name": "x", "permissions": ["keys:manage"]})).await.problem(403, "reauthentication_required");
    jun.client.post(&format!("/admin/v1/keys/{}/revoke", id(&issued)), json!({})).await.expect(200);
    strong.get("/admin/v1/channels").await.problem(401, "unauthenticated");
});
