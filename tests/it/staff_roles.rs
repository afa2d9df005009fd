//! Roles: what they allow, who may give them, and that the shop always has an owner.

use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use crate::support::shop::{Item, Shop, id};
use crate::support::staff::{PASSWORD, role};
use crate::support::{Reply, on_both};

on_both!(roles_are_made_changed_and_deleted, |app| async move {
    let mina = app.owner("mina").await;
    let all = mina.client.get("/admin/v1/roles").await.expect(200);
    let codes: Vec<&Value> = all["data"].as_array().unwrap().iter().map(|r| &r["code"]).collect();
    assert_eq!(codes, ["owner", "admin", "catalog_manager", "order_manager", "support"]);
    let input = json!({"name": "Returns desk", "permissions": ["orders:write", "orders:read", "orders:write"]});
    let made = mina.client.once().post("/admin/v1/roles", input.clone()).await.expect(201);
    assert_eq!(made["permissions"], json!(["orders:read", "orders:write"]));
    mina.client.post("/admin/v1/roles", json!({"name": "returns DESK", "permissions": []})).await.problem(409, "already_exists");
    mina.client.post("/admin/v1/roles", json!({"name": "Owner", "permissions": []})).await.problem(409, "already_exists");
    let refused = mina.client.post("/admin/v1/roles", json!({"name": "x", "permissions": ["orders:read", "all"]})).await;
    assert_eq!(refused.problem(422, "invalid")["errors"][0]["pointer"], "/permissions/1");
    let path = format!("/admin/v1/roles/{}", id(&made));
    let etag = mina.client.get(&path).await;
    assert_eq!(etag.header("etag"), Some("\"1\""));
    let changed = mina.client.with("If-Match", "\"1\"").patch(&path, json!({"description": "Takes goods back"})).await.expect(200);
    assert_eq!((&changed["version"], &changed["permissions"]), (&json!(2), &made["permissions"]));
    mina.client.with("If-Match", "\"1\"").patch(&path, json!({"name": "x"})).await.problem(412, "version_mismatch");
    assert_eq!(mina.client.patch(&path, json!({"description": null})).await.expect(200)["description"], Value::Null);
    // Who has it may do what it says, at once.
    let jun = app.member("jun", &[made["id"].clone()]).await;
    jun.client.get("/admin/v1/orders").await.expect(200);
    jun.client.get("/admin/v1/customers").await.problem(403, "forbidden");
    mina.client.patch(&path, json!({"permissions": ["customers:read"]})).await.expect(200);
    jun.client.get("/admin/v1/customers").await.expect(200);
    jun.client.get("/admin/v1/orders").await.problem(403, "forbidden");
    mina.client.delete(&path).await.problem(409, "in_use");
    mina.client.patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": []})).await.expect(200);
    jun.client.get("/admin/v1/customers").await.problem(403, "forbidden");
    mina.client.delete(&path).await.expect(200);
    mina.client.get(&path).await.problem(404, "not_found");
    let missing = json!({"email": "x@shop.example", "role_ids": [made["id"]]});
    let missing = mina.client.post("/admin/v1/staff-invitations", missing).await.problem(422, "invalid");
    assert_eq!(missing["errors"][0]["pointer"], "/role_ids/0");
    for method in ["PATCH", "DELETE"] {
        let own = format!("/admin/v1/roles/{}", BuiltInRole::Support.id());
        mina.client.send(method, &own, Some(json!({}))).await.problem(409, "conflict");
    }
});

on_both!(roles_allow_what_they_say, |app| async move {
    let support = app.member("support", &[role(BuiltInRole::Support)]).await;
    let orders = app.member("orders", &[role(BuiltInRole::OrderManager)]).await;
    let catalog = app.member("catalog", &[role(BuiltInRole::CatalogManager)]).await;
    let both = app.member("both", &[role(BuiltInRole::OrderManager), role(BuiltInRole::CatalogManager)]).await;
    let (status, product) = (|reply: Reply| reply.status, json!({"title": "Cup", "slug": "cup"}));
    assert_eq!(status(support.client.get("/admin/v1/orders").await), 200);
    for client in [&support.client, &orders.client] {
        client.post("/admin/v1/products", product.clone()).await.problem(403, "forbidden");
    }
    let draft = |slug: &str| json!({"title": "Cup", "slug": slug, "variants": [{"title": "One", "sku": slug}]});
    for (client, slug) in [(&catalog.client, "one"), (&both.client, "two")] {
        let made = client.post("/admin/v1/products", draft(slug)).await;
        assert_ne!(made.status, 403, "{}", made.text);
    }
    catalog.client.get("/admin/v1/orders").await.problem(403, "forbidden");
    assert_eq!(status(both.client.get("/admin/v1/orders").await), 200);
    for client in [&support.client, &orders.client, &catalog.client, &both.client] {
        for path in ["/admin/v1/staff", "/admin/v1/roles", "/admin/v1/staff-invitations", "/admin/v1/keys", "/admin/v1/audit-log"] {
            client.get(path).await.problem(403, "forbidden");
        }
    }
});

on_both!(nobody_gives_or_takes_what_they_do_not_have, |app| async move {
    let mina = app.owner("mina").await;
    let admin = app.member("admin", &[role(BuiltInRole::Admin)]).await;
    let jun = app.member_who_may("jun", &["staff:manage", "keys:manage", "orders:write"]).await;
    let orders = app.member_who_may("orders", &["orders:read"]).await;
    let support = app.member("support", &[role(BuiltInRole::Support)]).await;
    let invite = |role: Value| json!({"email": "new@shop.example", "role_ids": [role]});
    // Roles that allow more cannot be given, by invitation or by change, to others or to oneself.
    for too_much in [BuiltInRole::Owner, BuiltInRole::Admin, BuiltInRole::OrderManager, BuiltInRole::Support] {
        jun.client.post("/admin/v1/staff-invitations", invite(role(too_much))).await.problem(403, "forbidden");
        for who in [jun.id(), orders.id()] {
            let change = json!({"role_ids": [role(too_much)]});
            jun.client.patch(&format!("/admin/v1/staff/{who}"), change).await.problem(403, "forbidden");
        }
    }
    for client in [&admin.client, &jun.client] {
        client.post("/admin/v1/staff-invitations", invite(role(BuiltInRole::Owner))).await.problem(403, "forbidden");
        client.post("/admin/v1/roles", json!({"name": "x", "permissions": ["all"]})).await.problem(422, "invalid");
        client.post("/admin/v1/keys", json!({"name": "x", "permissions": ["all"]})).await.problem(403, "forbidden");
        // Nor can who has them be changed, kept out or deleted.
        let path = format!("/admin/v1/staff/{}", mina.id());
        client.patch(&path, json!({"role_ids": []})).await.problem(403, "forbidden");
        client.post(&format!("{path}/deactivate"), json!({})).await.problem(403, "forbidden");
        client.post(&format!("{path}/reset-totp"), json!({})).await.problem(403, "forbidden");
        client.delete(&path).await.problem(403, "forbidden");
    }
    jun.client.patch(&format!("/admin/v1/staff/{}", support.id()), json!({"name": "x"})).await.problem(403, "forbidden");
    jun.client.post("/admin/v1/roles", json!({"name": "x", "permissions": ["catalog:read"]})).await.problem(403, "forbidden");
    jun.client.post("/admin/v1/keys", json!({"name": "x", "permissions": ["orders:refund"]})).await.problem(403, "forbidden");
    // A role that allows more is neither widened, narrowed nor deleted; one's own is not widened.
    let wide = mina.client.post("/admin/v1/roles", json!({"name": "wide", "permissions": ["catalog:write"]})).await.expect(201);
    let wide = format!("/admin/v1/roles/{}", id(&wide));
    jun.client.patch(&wide, json!({"permissions": ["orders:read"]})).await.problem(403, "forbidden");
    jun.client.delete(&wide).await.problem(403, "forbidden");
    let own = app.admin().get("/admin/v1/roles").await.expect(200);
    let own = own["data"].as_array().unwrap().iter().find(|r| r["name"] == "jun's role").unwrap().clone();
    let more = json!({"permissions": ["staff:manage", "keys:manage", "orders:write", "catalog:read"]});
    jun.client.patch(&format!("/admin/v1/roles/{}", id(&own)), more).await.problem(403, "forbidden");
    // What they have they can give, and take from who has no more.
    let own_role = own["id"].clone();
    jun.client.post("/admin/v1/staff-invitations", invite(own_role)).await.expect(201);
    jun.client.post("/admin/v1/keys", json!({"name": "x", "permissions": ["orders:read"]})).await.expect(201);
    jun.client.post(&format!("/admin/v1/staff/{}/deactivate", orders.id()), json!({})).await.expect(200);
    admin.client.post(&format!("/admin/v1/staff/{}/deactivate", support.id()), json!({})).await.expect(200);
    // A key that is limited to a channel decides about nobody.
    let channel = app.admin().get("/admin/v1/channels").await.expect(200)["data"][0]["id"].clone();
    let input = json!({"name": "limited", "permissions": ["all"], "channel_id": channel});
    let key = app.admin().post("/admin/v1/keys", input).await.expect(201);
    let limited = app.guest().bearing(key["key"].as_str().unwrap());
    limited.get("/admin/v1/staff").await.problem(403, "forbidden");
    limited.post("/admin/v1/staff-invitations", invite(role(BuiltInRole::Support))).await.problem(403, "forbidden");
});

on_both!(the_last_active_owner_stays_one, |app| async move {
    let mina = app.owner("mina").await;
    let path = format!("/admin/v1/staff/{}", mina.id());
    for client in [&mina.client, &app.admin()] {
        client.patch(&path, json!({"role_ids": [role(BuiltInRole::Admin)]})).await.problem(409, "last_owner");
        client.post(&format!("{path}/deactivate"), json!({})).await.problem(409, "last_owner");
        client.delete(&path).await.problem(409, "last_owner");
    }
    mina.client.patch(&path, json!({"role_ids": [role(BuiltInRole::Owner), role(BuiltInRole::Support)]})).await.expect(200);
    // One who is kept out is no owner who could be left.
    let jun = app.owner("jun").await;
    app.admin().post(&format!("/admin/v1/staff/{}/deactivate", jun.id()), json!({})).await.expect(200);
    app.admin().post(&format!("{path}/deactivate"), json!({})).await.problem(409, "last_owner");
    app.admin().post(&format!("/admin/v1/staff/{}/reactivate", jun.id()), json!({})).await.expect(200);
    mina.client.patch(&path, json!({"role_ids": []})).await.expect(200);
    mina.client.get("/admin/v1/orders").await.problem(403, "forbidden");
});

on_both!(of_owners_who_leave_at_once_one_stays, |app| async move {
    for round in 0..3 {
        let mut owners = Vec::new();
        for name in ["a", "b", "c", "d"] {
            owners.push(app.owner(&format!("{name}{round}")).await);
        }
        let leave = owners.iter().enumerate().map(|(n, owner)| {
            let (admin, path) = (app.admin(), format!("/admin/v1/staff/{}", owner.id()));
            async move {
                match n % 3 {
                    0 => admin.post(&format!("{path}/deactivate"), json!({})).await,
                    1 => admin.patch(&path, json!({"role_ids": []})).await,
                    _ => admin.delete(&path).await,
                }
            }
        });
        let replies = futures_util::future::join_all(leave).await;
        let statuses: Vec<u16> = replies.iter().map(|r| r.status).collect();
        let stayed = replies.iter().filter(|r| r.json["code"] == "last_owner").count();
        // In the first round nobody else is an owner; later the one who stayed is.
        assert_eq!(stayed, usize::from(round == 0), "{statuses:?}");
        let all = app.admin().get("/admin/v1/staff?status=active&limit=100").await.expect(200);
        let left = all["data"].as_array().unwrap().iter().filter(|s| s["roles"].as_array().unwrap().iter().any(|r| r["code"] == "owner"));
        assert_eq!(left.count(), 1, "{all}");
    }
});

on_both!(who_was_dismissed_meanwhile_decides_nothing, |app| async move {
    app.owner("mina").await;
    let (jun, lee) = (app.owner("jun").await, app.member("lee", &[role(BuiltInRole::Admin)]).await);
    let tool = app.staff(&[maru::commerce::auth::Permission::StaffManage, maru::commerce::auth::Permission::KeysManage]).await;
    for client in [&jun.client, &lee.client, &tool] {
        client.get("/admin/v1/staff").await.expect(200);
    }
    // As a colleague's deactivations that are about to commit: what the dismissed ask for meanwhile waits for them.
    let dismissals = "UPDATE settings SET value = value WHERE name = 'staff_authority';
        UPDATE staff SET status = 'deactivated' WHERE email_key = 'jun@shop.example';
        DELETE FROM staff_member_roles WHERE staff_id = (SELECT id FROM staff WHERE email_key = 'lee@shop.example');
        UPDATE api_keys SET revoked_at = created_at WHERE name = 'limited'";
    let held = crate::support::Held::begin(&app.database_url(), dismissals);
    let mut waiting = Vec::new();
    for (client, told) in [(&jun.client, (401, "unauthenticated")), (&lee.client, (403, "forbidden")), (&tool, (401, "unauthenticated"))] {
        let invite = json!({"email": format!("x{}@shop.example", waiting.len()), "role_ids": [role(BuiltInRole::Support)]});
        for (method, path, body) in [
            ("POST", format!("/admin/v1/staff/{}/reactivate", jun.id()), json!({})),
            ("PATCH", format!("/admin/v1/staff/{}", lee.id()), json!({"role_ids": [role(BuiltInRole::Admin)]})),
            ("POST", "/admin/v1/staff-invitations".to_owned(), invite),
            ("POST", "/admin/v1/roles".to_owned(), json!({"name": format!("x{}", waiting.len()), "permissions": []})),
            ("POST", "/admin/v1/keys".to_owned(), json!({"name": "left behind", "permissions": ["keys:manage"]})),
        ] {
            let client = client.clone();
            let asked = format!("{method} {path} as {}", told.0);
            waiting.push((asked, told, tokio::spawn(async move { client.send(method, &path, Some(body)).await })));
        }
    }
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    held.commit();
    for (asked, told, reply) in waiting {
        let reply = reply.await.unwrap();
        assert_eq!((reply.status, reply.json["code"].as_str()), (told.0, Some(told.1)), "{asked}: {}", reply.text);
    }
    let left = app.admin().get(&format!("/admin/v1/staff/{}", jun.id())).await.expect(200);
    assert_eq!(left["status"], "deactivated");
});

on_both!(what_matters_most_asks_who_it_is, |app| async move {
    let mina = app.owner("mina").await;
    let shop = Shop::open(&app).await;
    let (_, variant) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let (order, ..) = crate::support::buyer::buy(&app, &shop, &[(&variant, 1)], "approve").await;
    let refund = format!("{}/refund", crate::support::buyer::staff_path(&order));
    let cancel = format!("{}/cancel", crate::support::buyer::staff_path(&order));
    let invite = json!({"email": "jun@shop.example", "role_ids": [role(BuiltInRole::Support)]});
    let key = app.admin().post("/admin/v1/keys", json!({"name": "erp", "permissions": ["orders:read"]})).await.expect(201);
    let rotate = format!("/admin/v1/keys/{}/rotate", id(&key));
    let itself = format!("/admin/v1/staff/{}", mina.id());
    app.advance(chrono::Duration::minutes(11));
    let asked = [
        (refund.as_str(), json!({})),
        (cancel.as_str(), json!({})),
        ("/admin/v1/keys", json!({"name": "x", "permissions": ["orders:read"]})),
        (rotate.as_str(), json!({})),
        ("/admin/v1/staff-invitations", invite.clone()),
        ("/admin/v1/roles", json!({"name": "x", "permissions": []})),
        ("/admin/v1/me/totp", json!({})),
        ("/admin/v1/me/password", json!({"current_password": PASSWORD, "new_password": "another shelf of fir"})),
    ];
    for (path, body) in &asked {
        let told = mina.client.once().post(path, body.clone()).await.problem(403, "reauthentication_required");
        assert!(told["detail"].as_str().unwrap().contains("/admin/v1/auth/step-up"), "{told}");
    }
    mina.client.patch(&itself, json!({"name": "x"})).await.problem(403, "reauthentication_required");
    // The rest goes on, and keys are not asked.
    mina.client.get("/admin/v1/orders").await.expect(200);
    app.admin().post("/admin/v1/keys", json!({"name": "y", "permissions": ["orders:read"]})).await.expect(201);
    mina.client.post("/admin/v1/auth/step-up", json!({"password": "wrong"})).await.problem(401, "invalid_credentials");
    mina.client.post("/admin/v1/auth/step-up", json!({})).await.problem(422, "invalid");
    let tokens = mina.client.post("/admin/v1/auth/step-up", json!({"password": PASSWORD})).await.expect(200);
    let fresh = app.guest().bearing(tokens["access_token"].as_str().unwrap());
    // Without a body that changes what the later ones need.
    for (path, body) in asked.iter().filter(|(path, _)| !path.ends_with("/cancel") && !path.contains("/me/")) {
        let done = fresh.once().post(path, body.clone()).await;
        assert!(done.status < 300, "{path}: {}", done.text);
    }
    // The token from before is worth what it was: whoever holds that one gave no password.
    mina.client.post("/admin/v1/roles", json!({"name": "z", "permissions": []})).await.problem(403, "reauthentication_required");
    // Going on keeps when it was, and it passes again.
    let next = app.guest().post("/admin/v1/auth/refresh", json!({"refresh_token": tokens["refresh_token"]})).await.expect(200);
    let next = app.guest().bearing(next["access_token"].as_str().unwrap());
    next.post("/admin/v1/roles", json!({"name": "z", "permissions": []})).await.expect(201);
    app.advance(chrono::Duration::minutes(11));
    next.post("/admin/v1/roles", json!({"name": "zz", "permissions": []})).await.problem(403, "reauthentication_required");
    // Guesses wait as log-ins do.
    for _ in 0..5 {
        next.post("/admin/v1/auth/step-up", json!({"password": "wrong"})).await.problem(401, "invalid_credentials");
    }
    next.post("/admin/v1/auth/step-up", json!({"password": PASSWORD})).await.problem(429, "too_many_requests");
});
