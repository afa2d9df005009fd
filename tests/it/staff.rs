//! Staff: the first owner, invitations, log-ins, sessions, passwords, leaving.

use std::process::Command;
use std::time::{Duration, Instant};

use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use crate::support::shop::{Item, Shop, id};
use crate::support::staff::{PASSWORD, role};
use crate::support::{Client, Reply, TestApp, on_both};

async fn log_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/admin/v1/auth/login", json!({"email": email, "password": password})).await
}

async fn accept(client: &Client, token: &str) -> Reply {
    let body = json!({"token": token, "name": "Jun", "password": PASSWORD});
    client.post("/admin/v1/auth/accept-invitation", body).await
}

async fn entries(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.admin().get(&format!("/admin/v1/audit-log?limit=100{query}")).await.expect(200);
    page["data"].as_array().unwrap().clone()
}

on_both!(the_first_owner_comes_by_the_operators_hand, |app| async move {
    let first = app.owner_token("mina@shop.example").await;
    // Another one for the same address takes its place.
    let token = app.owner_token("mina@shop.example").await;
    accept(&app.guest(), &first).await.problem(422, "proof_not_valid");
    let mina = accept(&app.guest(), &token).await.expect(200);
    let me = &mina["me"];
    assert_eq!(me["staff"]["roles"][0]["code"], "owner");
    assert_eq!((&me["permissions"], &me["must_enrol_totp"]), (&json!(["all"]), &json!(false)));
    assert_eq!(me["staff"]["email"], "mina@shop.example");
    accept(&app.guest(), &token).await.problem(422, "proof_not_valid");
    let client = app.guest().bearing(mina["tokens"]["access_token"].as_str().unwrap());
    assert_eq!(client.get("/admin/v1/me").await.expect(200)["staff"]["id"], me["staff"]["id"]);
    client.get("/admin/v1/orders").await.expect(200);
    client.post("/admin/v1/keys", json!({"name": "erp", "permissions": ["all"]})).await.expect(201);
    // Who is there is invited no more.
    let again = json!({"email": " Mina@Shop.example", "role_ids": [role(BuiltInRole::Support)]});
    client.post("/admin/v1/staff-invitations", again).await.problem(409, "already_exists");
});

#[test]
fn the_operator_makes_an_owner_by_a_command() {
    crate::support::run(async {
        let app = TestApp::new(crate::support::Which::Sqlite).await;
        let run = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_maru"));
            command.args(arguments).args(["--database-url", &app.database_url(), "--json"]);
            command.env("MARU_STAFF_LINK_BASE", "https://admin.example.com/").output().unwrap()
        };
        let made = run(&["staff", "create-owner", "--email", "mina@shop.example"]);
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let made: Value = serde_json::from_slice(&made.stdout).unwrap();
        let token = made["token"].as_str().unwrap();
        assert_eq!(made["link"], format!("https://admin.example.com/accept-invitation#token={token}"));
        assert!(made["invitation_id"].as_str().unwrap().starts_with("inv_"), "{made}");
        let page = entries(&app, "&type=staff_invitation.created").await;
        assert_eq!((&page[0]["actor"], &page[0]["operation"]), (&json!("system:operator"), &json!("create_owner")));
        assert!(run(&["staff", "create-owner", "--email", "nonsense"]).status.code() == Some(3));
        assert!(run(&["staff", "reset-access", "--email", "mina@shop.example"]).status.code() == Some(3));
    });
}

on_both!(the_operator_lets_somebody_in_again, |app| async move {
    let mina = app.owner("mina").await;
    mina.enrol(&app).await;
    let shop = app.app.clone();
    let reset =
        app.rule(move |tx, by| maru::commerce::staff::reset_access(tx, by, shop.secret(), shop.config(), "mina@shop.example")).await;
    let body = json!({"token": reset.token, "password": "another shelf of pine"});
    app.guest().post("/admin/v1/auth/password/reset", body).await.expect(200);
    mina.client.get("/admin/v1/me").await;
    let answer = log_in(&app.guest(), &mina.email, "another shelf of pine").await.expect(200);
    assert!(answer["signed_in"].is_object() && answer["challenge"].is_null(), "the second factor is off: {answer}");
});

on_both!(of_many_who_accept_an_invitation_at_once_one_does, |app| async move {
    let invite = json!({"email": "jun@shop.example", "role_ids": [role(BuiltInRole::Support)]});
    app.admin().post("/admin/v1/staff-invitations", invite).await.expect(201);
    app.send_mail().await;
    let token = app.mailbox.token("jun@shop.example");
    let tries = (0..8).map(|_| {
        let (client, token) = (app.guest(), token.clone());
        async move { accept(&client, &token).await.status }
    });
    let mut statuses = futures_util::future::join_all(tries).await;
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422, 422, 422, 422, 422]);
    assert_eq!(app.admin().get("/admin/v1/staff").await.expect(200)["data"].as_array().unwrap().len(), 1);
});

on_both!(an_invitation_is_sent_again_taken_back_and_expires, |app| async move {
    let mina = app.owner("mina").await;
    let invite = json!({"email": "jun@shop.example", "role_ids": [role(BuiltInRole::OrderManager)], "locale": "en"});
    let made = mina.client.once().post("/admin/v1/staff-invitations", invite.clone()).await.expect(201);
    assert_eq!((&made["status"], &made["invited_by"]), (&json!("pending"), &json!(mina.id())));
    assert!(made.get("hash").is_none() && made.get("token").is_none());
    mina.client.post("/admin/v1/staff-invitations", invite.clone()).await.problem(409, "already_exists");
    app.send_mail().await;
    let first = app.mailbox.token("jun@shop.example");
    assert!(app.mailbox.to("jun@shop.example")[0].subject.contains("invited"));
    let path = format!("/admin/v1/staff-invitations/{}", id(&made));
    mina.client.post(&format!("{path}/resend"), json!({})).await.expect(200);
    app.send_mail().await;
    let second = app.mailbox.token("jun@shop.example");
    assert_ne!(first, second);
    accept(&app.guest(), &first).await.problem(422, "proof_not_valid");
    let mut flipped = second.clone().into_bytes();
    flipped[10] = if flipped[10] == b'A' { b'B' } else { b'A' };
    accept(&app.guest(), &String::from_utf8(flipped).unwrap()).await.problem(422, "proof_not_valid");
    assert_eq!(mina.client.post(&format!("{path}/revoke"), json!({})).await.expect(200)["status"], "revoked");
    mina.client.post(&format!("{path}/revoke"), json!({})).await.problem(409, "conflict");
    mina.client.post(&format!("{path}/resend"), json!({})).await.problem(409, "conflict");
    accept(&app.guest(), &second).await.problem(422, "proof_not_valid");
    // One that expired makes room for another.
    mina.client.post("/admin/v1/staff-invitations", invite.clone()).await.expect(201);
    app.send_mail().await;
    let third = app.mailbox.token("jun@shop.example");
    app.advance(chrono::Duration::hours(73));
    accept(&app.guest(), &third).await.problem(422, "proof_not_valid");
    app.admin().post("/admin/v1/staff-invitations", invite).await.expect(201);
    let pending = app.admin().get("/admin/v1/staff-invitations?status=pending").await.expect(200);
    assert_eq!(pending["data"].as_array().unwrap().len(), 1);
    let all = app.admin().get("/admin/v1/staff-invitations").await.expect(200);
    assert_eq!(all["data"].as_array().unwrap().len(), 4, "with the owner's");
    // What is chosen is checked before the invitation is used.
    app.send_mail().await;
    let fourth = app.mailbox.token("jun@shop.example");
    for password in ["short", "password1", "jun@shop.example"] {
        let body = json!({"token": fourth, "name": "Jun", "password": password});
        app.guest().post("/admin/v1/auth/accept-invitation", body).await.problem(422, "invalid");
    }
    accept(&app.guest(), &fourth).await.expect(200);
});

on_both!(a_session_goes_on_and_ends_at_once, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    let next = app.guest().post("/admin/v1/auth/refresh", json!({"refresh_token": jun.refresh_token()})).await.expect(200);
    app.guest().bearing(next["access_token"].as_str().unwrap()).get("/admin/v1/me").await.expect(200);
    // The same machinery, and never the other kind's.
    let as_customer = json!({"refresh_token": next["refresh_token"]});
    app.guest().post("/store/v1/auth/refresh", as_customer).await.problem(401, "unauthenticated");
    let mina = app.customer("mina").await;
    let as_staff = json!({"refresh_token": mina.refresh_token()});
    app.guest().post("/admin/v1/auth/refresh", as_staff).await.problem(401, "unauthenticated");
    let answer = log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200);
    let desk = app.at_work(&jun.email, answer["signed_in"].clone());
    let list = desk.client.get("/admin/v1/me/sessions").await.expect(200);
    let list = list["data"].as_array().unwrap();
    assert_eq!(list.len(), 2);
    let other = list.iter().find(|s| s["current"] == false).unwrap();
    assert_eq!(other["device_name"], "jun's desk");
    desk.client.delete(&format!("/admin/v1/me/sessions/{}", id(other))).await.expect(200);
    jun.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    app.guest().post("/admin/v1/auth/logout", json!({"refresh_token": desk.refresh_token()})).await.expect(200);
    desk.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    let again = app.at_work(&jun.email, log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200)["signed_in"].clone());
    let third = app.at_work(&jun.email, log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200)["signed_in"].clone());
    assert_eq!(again.client.post("/admin/v1/auth/logout-everywhere", json!({})).await.expect(200)["ended"], 2);
    third.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    // Unused for a week it ends by itself.
    let last = app.at_work(&jun.email, log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200)["signed_in"].clone());
    app.advance(chrono::Duration::days(8));
    app.guest().post("/admin/v1/auth/refresh", json!({"refresh_token": last.refresh_token()})).await.problem(401, "unauthenticated");
});

on_both!(tokens_are_good_for_their_own_surface_alone, |app| async move {
    let (jun, mina) = (app.owner("jun").await, app.customer("mina").await);
    for path in ["/store/v1/me", "/store/v1/products", "/store/v1/channel"] {
        jun.client.get(path).await.problem(401, "unauthenticated");
    }
    for path in ["/admin/v1/me", "/admin/v1/orders", "/admin/v1/staff"] {
        mina.client.get(path).await.problem(401, "unauthenticated");
    }
    // A token that was changed anywhere, or is another's, opens nothing.
    let (own, other) = (jun.access_token(), app.member("lee", &[role(BuiltInRole::Support)]).await);
    let [head, _, signature]: [&str; 3] = own.split('.').collect::<Vec<_>>().try_into().unwrap();
    let theirs = other.access_token().split('.').nth(1).unwrap();
    for forged in [format!("{head}.{theirs}.{signature}"), format!("{}x", own), format!("{head}.{theirs}."), "a.b.c".to_owned()] {
        app.guest().bearing(&forged).get("/admin/v1/me").await.problem(401, "unauthenticated");
    }
    // A key is no account of staff.
    app.admin().get("/admin/v1/me").await.problem(403, "forbidden");
    app.admin().post("/admin/v1/auth/step-up", json!({"password": "x"})).await.problem(403, "forbidden");
    app.guest().get("/admin/v1/me").await.problem(401, "unauthenticated");
});

on_both!(log_ins_tell_nothing_of_who_works_here, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    app.member("lee", &[role(BuiltInRole::Support)]).await;
    let lee = app.admin().get("/admin/v1/staff?email=lee@shop.example").await.expect(200)["data"][0].clone();
    app.admin().post(&format!("/admin/v1/staff/{}/deactivate", id(&lee)), json!({})).await.expect(200);
    // A customer's password is no password here.
    app.customer("mina").await;
    for email in [jun.email.as_str(), "nobody@shop.example", "lee@shop.example", "mina@example.com", "nonsense"] {
        let password = if email == "lee@shop.example" { PASSWORD } else { crate::support::customer::PASSWORD };
        let mut told = Vec::new();
        for _ in 0..5 {
            told.push(log_in(&app.guest(), email, password).await.problem(401, "invalid_credentials")["detail"].clone());
        }
        assert!(told.iter().all(|t| *t == told[0]));
        let wait = log_in(&app.guest(), email, password).await;
        assert_eq!(wait.header("retry-after"), Some("2"), "{email}: {}", wait.text);
    }
    // A device that was logged in on does not wait for strangers.
    let known = json!({"email": jun.email, "password": PASSWORD, "device_token": jun.signed_in["device_token"]});
    app.guest().post("/admin/v1/auth/login", known).await.expect(200);
    for email in ["jun@shop.example", "nobody@shop.example", "lee@shop.example"] {
        app.guest().post("/admin/v1/auth/password/forgot", json!({"email": email})).await.expect(202);
    }
    app.send_mail().await;
    assert_eq!(app.mailbox.to("jun@shop.example").len(), 2, "the invitation and the reset");
    assert_eq!(app.mailbox.to("nobody@shop.example").len(), 0);
    assert_eq!(app.mailbox.to("lee@shop.example").len(), 1, "the invitation alone");
});

on_both!(staff_log_ins_take_as_many_statements_whoever_is_named, |app| async move {
    app.member("jun", &[role(BuiltInRole::Support)]).await;
    let count = |email: &'static str| {
        let client = app.guest();
        app.fewest_statements(move || {
            let client = client.clone();
            async move {
                log_in(&client, email, "not the password").await.problem(401, "invalid_credentials");
            }
        })
    };
    assert_eq!(count("jun@shop.example").await, count("nobody@shop.example").await);
});

on_both!(guesses_at_staff_at_once_are_counted_too, |app| async move {
    app.member("jun", &[role(BuiltInRole::Support)]).await;
    let tries = (0..20).map(|n| {
        let client = app.guest();
        tokio::spawn(async move { log_in(&client, "jun@shop.example", &format!("guess number {n}")).await.status })
    });
    let statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 5, "{statuses:?}");
});

on_both!(passwords_are_changed_and_set_again_by_mail, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    let other = app.at_work(&jun.email, log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200)["signed_in"].clone());
    let change = |current: &str, new: &str| json!({"current_password": current, "new_password": new});
    jun.client.post("/admin/v1/me/password", change("wrong", "a new shelf of ash")).await.problem(401, "invalid_credentials");
    jun.client.post("/admin/v1/me/password", change(PASSWORD, "12345678")).await.problem(422, "invalid");
    let set = jun.client.post("/admin/v1/me/password", change(PASSWORD, "a new shelf of ash")).await.expect(200);
    assert_eq!(set["ended_sessions"], 1);
    other.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    jun.client.get("/admin/v1/me").await.expect(200);
    log_in(&app.guest(), &jun.email, PASSWORD).await.problem(401, "invalid_credentials");
    app.guest().post("/admin/v1/auth/password/forgot", json!({"email": jun.email})).await.expect(202);
    app.send_mail().await;
    let token = app.mailbox.token(&jun.email);
    // A customer's door does not take it.
    let body = json!({"token": token, "password": "another shelf of fir"});
    app.guest().post("/store/v1/auth/password/reset", body.clone()).await.problem(401, "invalid_credentials");
    app.guest().post("/admin/v1/auth/password/reset", body.clone()).await.expect(200);
    app.guest().post("/admin/v1/auth/password/reset", body).await.problem(422, "proof_not_valid");
    jun.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    log_in(&app.guest(), &jun.email, "another shelf of fir").await.expect(200);
    // Nor does this one take a customer's.
    app.customer("mina").await;
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let theirs = json!({"token": app.mailbox.token("mina@example.com"), "password": "another shelf of fir"});
    app.guest().post("/admin/v1/auth/password/reset", theirs).await.problem(422, "proof_not_valid");
});

on_both!(who_is_deactivated_is_out_at_once, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Admin)]).await;
    let elsewhere = app.beside().await;
    let there = elsewhere.client.bearing(jun.access_token());
    for client in [&jun.client, &there] {
        client.get("/admin/v1/orders").await.expect(200);
    }
    let invite = json!({"email": "lee@shop.example", "role_ids": [role(BuiltInRole::Support)]});
    jun.client.post("/admin/v1/staff-invitations", invite).await.expect(201);
    app.send_mail().await;
    let path = format!("/admin/v1/staff/{}", jun.id());
    assert_eq!(app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200)["status"], "deactivated");
    jun.client.get("/admin/v1/orders").await.problem(401, "unauthenticated");
    let since = Instant::now();
    while there.get("/admin/v1/orders").await.status != 401 {
        assert!(since.elapsed() < Duration::from_secs(2), "another instance believes it for too long");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    app.guest().post("/admin/v1/auth/refresh", json!({"refresh_token": jun.refresh_token()})).await.problem(401, "unauthenticated");
    log_in(&app.guest(), &jun.email, PASSWORD).await.problem(401, "invalid_credentials");
    // What they were about to let in stays out.
    accept(&app.guest(), &app.mailbox.token("lee@shop.example")).await.problem(422, "proof_not_valid");
    app.admin().post(&format!("{path}/reactivate"), json!({})).await.expect(200);
    jun.client.get("/admin/v1/orders").await.problem(401, "unauthenticated");
    log_in(&app.guest(), &jun.email, PASSWORD).await.expect(200);
    // Deleted: all but the id is gone, and the address is free.
    app.admin().delete(&path).await.expect(200);
    let gone = app.admin().get(&path).await.expect(200);
    assert_eq!((&gone["status"], &gone["email"], &gone["name"]), (&json!("deleted"), &Value::Null, &Value::Null));
    app.admin().post(&format!("{path}/reactivate"), json!({})).await.problem(404, "not_found");
    assert_eq!(app.admin().get("/admin/v1/staff").await.expect(200)["data"], json!([]));
    log_in(&app.guest(), &jun.email, PASSWORD).await.problem(401, "invalid_credentials");
    app.member("jun", &[role(BuiltInRole::Support)]).await;
});

on_both!(what_staff_does_is_told_by_their_id, |app| async move {
    let (mina, jun) = (app.owner("mina").await, app.member("jun", &[role(BuiltInRole::OrderManager)]).await);
    let shop = Shop::open(&app).await;
    let (_, variant) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let (order, ..) = crate::support::buyer::buy(&app, &shop, &[(&variant, 1)], "approve").await;
    let path = crate::support::buyer::staff_path(&order);
    jun.client.post(&format!("{path}/notes"), json!({"text": "gift wrap"})).await.expect(201);
    jun.client.once().post(&format!("{path}/refund"), json!({})).await.expect(201);
    let timeline = app.admin().get(&path).await.expect(200)["timeline"].clone();
    for kind in ["note", "refund_promised"] {
        assert!(timeline.as_array().unwrap().iter().any(|e| e["kind"] == kind && e["actor"] == json!(jun.id())), "{kind}: {timeline}");
    }
    let log = entries(&app, &format!("&actor={}", jun.id())).await;
    assert!(log.iter().any(|e| e["operation"] == "refund_order"), "{log:#?}");
    assert!(log.iter().any(|e| e["type"] == "staff.joined") && log.iter().any(|e| e["type"] == "staff.logged_in"), "{log:#?}");
    let invite = json!({"email": "lee@shop.example", "role_ids": [role(BuiltInRole::Support)]});
    mina.client.post("/admin/v1/staff-invitations", invite).await.expect(201);
    mina.client.patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": [role(BuiltInRole::Support)]})).await.expect(200);
    let log = entries(&app, &format!("&subject={}", jun.id())).await;
    assert_eq!((&log[0]["type"], &log[0]["actor"]), (&json!("staff.roles_changed"), &json!(mina.id())));
    assert_eq!(log[0]["before"]["role_ids"], json!([role(BuiltInRole::OrderManager)]));
    assert_eq!(log[0]["after"]["role_ids"], json!([role(BuiltInRole::Support)]));
    // Neither the record nor the events hold secrets, addresses or names.
    let record = app.admin().get("/admin/v1/audit-log?limit=100").await.text;
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    for private in ["shop.example", "sti_", "argon2", PASSWORD, "jun's desk"] {
        assert!(!record.contains(private), "the record holds {private}");
        assert!(!events.contains(private), "the events hold {private}");
    }
});

on_both!(idempotency_keys_are_each_ones_own, |app| async move {
    let (mina, jun) = (app.owner("mina").await, app.owner("jun").await);
    let key = uuid::Uuid::new_v4().to_string();
    let zone = json!({"name": "one", "countries": ["KR"]});
    let by = |client: &Client| client.with("Idempotency-Key", &key);
    let first = by(&mina.client).post("/admin/v1/shipping-zones", zone.clone()).await;
    let again = by(&mina.client).post("/admin/v1/shipping-zones", zone.clone()).await;
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(first.expect(201)["id"], again.expect(201)["id"]);
    let other = by(&jun.client).post("/admin/v1/shipping-zones", json!({"name": "two", "countries": ["US"]})).await.expect(201);
    assert_eq!(other["name"], "two");
});

on_both!(ones_own_account_is_read_and_changed_at_its_version, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    let me = jun.client.get("/admin/v1/me").await;
    assert_eq!(me.header("etag"), Some("\"1\""));
    let changed = jun.client.with("If-Match", "\"1\"").patch("/admin/v1/me", json!({"name": "Jun Park", "locale": "en"})).await.expect(200);
    assert_eq!((&changed["staff"]["name"], &changed["staff"]["locale"]), (&json!("Jun Park"), &json!("en")));
    jun.client.with("If-Match", "\"1\"").patch("/admin/v1/me", json!({"name": "x"})).await.problem(412, "version_mismatch");
    jun.client.patch("/admin/v1/me", json!({"name": " "})).await.problem(422, "invalid");
    jun.client.patch("/admin/v1/me", json!({"role_ids": []})).await.problem(400, "malformed");
    let path = format!("/admin/v1/staff/{}", jun.id());
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"name": "y"})).await.problem(412, "version_mismatch");
    app.admin().with("If-Match", "\"2\"").patch(&path, json!({"name": "Jun"})).await.expect(200);
    jun.client.patch(&path, json!({"name": "z"})).await.problem(403, "forbidden");
});
