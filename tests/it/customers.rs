//! Accounts: registering, proving, changing and forgetting, profiles, addresses, consents, data.

use maru::providers::mail::MailError;
use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::shop::seoul;
use crate::support::{Reply, TestApp, on_both};

async fn register(app: &TestApp, email: &str, password: &str) -> Reply {
    app.guest().post("/store/v1/customers", json!({"email": email, "password": password})).await
}

async fn verify(app: &TestApp, token: &str, password: &str) -> Reply {
    app.guest().post("/store/v1/auth/verify-email", json!({"token": token, "password": password})).await
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.guest().post("/store/v1/auth/login", json!({"email": email, "password": password})).await
}

on_both!(an_account_is_made_when_its_address_is_proved, |app| async move {
    let body = json!({"email": " Mina@Example.com", "password": PASSWORD, "name": "김미나", "locale": "ko", "consents": {"email": true, "sms": false}});
    assert_eq!(app.guest().post("/store/v1/customers", body).await.expect(202), json!({"accepted": true}));
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    assert_eq!(app.send_mail().await, 1);
    let mail = app.mailbox.to("Mina@Example.com").pop().unwrap();
    assert!(mail.subject.contains("이메일 주소를 확인"), "{}", mail.subject);
    let token = app.mailbox.token("Mina@Example.com");
    verify(&app, &token, "not what was chosen").await.problem(401, "invalid_credentials");
    let login = verify(&app, &token, PASSWORD).await.expect(200);
    let customer = &login["customer"];
    assert_eq!(
        (customer["email"].as_str(), customer["email_verified"].as_bool(), customer["name"].as_str()),
        (Some("Mina@Example.com"), Some(true), Some("김미나"))
    );
    assert_eq!(
        (&customer["consents"]["email"]["granted"], &customer["consents"]["email"]["source"]),
        (&json!(true), &json!("registration"))
    );
    assert_eq!((&customer["consents"]["sms"]["granted"], &customer["consents"]["push"]["changed_at"]), (&json!(false), &Value::Null));
    assert!(customer.get("private_metadata").is_none());
    verify(&app, &token, PASSWORD).await.problem(422, "proof_not_valid");
    log_in(&app, "MINA@example.COM", PASSWORD).await.expect(200);
    // Nothing of it is told in the events but ids.
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    assert!(events.contains("customer.registered"));
    assert!(!events.contains("ina@") && !events.contains("김미나") && !events.contains(&token), "{events}");
});

on_both!(registering_tells_nobody_who_is_known, |app| async move {
    app.customer("mina").await;
    let known = app
        .fewest_statements(|| async {
            register(&app, "mina@example.com", "some words of mine").await.expect(202);
        })
        .await;
    let unknown = app
        .fewest_statements(|| async {
            register(&app, "jun@example.com", "some words of mine").await.expect(202);
        })
        .await;
    assert_eq!(known, unknown, "the same statements");
    let (a, b) =
        (register(&app, "mina@example.com", "some words of mine").await, register(&app, "jun@example.com", "some words of mine").await);
    assert_eq!((a.status, &a.text), (b.status, &b.text));
    app.send_mail().await;
    let told = app.mailbox.to("mina@example.com").pop().unwrap();
    assert!(!told.text.contains("reg_"), "{}", told.text);
    log_in(&app, "mina@example.com", "some words of mine").await.problem(401, "invalid_credentials");
    log_in(&app, "mina@example.com", PASSWORD).await.expect(200);
    let known = app
        .fewest_statements(|| async {
            app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
        })
        .await;
    let unknown = app
        .fewest_statements(|| async {
            app.guest().post("/store/v1/auth/password/forgot", json!({"email": "nobody@example.com"})).await.expect(202);
        })
        .await;
    assert_eq!(known, unknown, "the same statements");
    app.send_mail().await;
    assert!(app.mailbox.to("nobody@example.com").is_empty());
});

on_both!(nobody_holds_an_address_that_is_not_theirs, |app| async move {
    // A stranger registers first, then the owner; whatever link is followed, the owner's password counts.
    register(&app, "mina@example.com", "a strangers password").await.expect(202);
    app.send_mail().await;
    let strangers = app.mailbox.token("mina@example.com");
    register(&app, "mina@example.com", PASSWORD).await.expect(202);
    app.send_mail().await;
    let owners = app.mailbox.token("mina@example.com");
    verify(&app, &strangers, PASSWORD).await.problem(401, "invalid_credentials");
    verify(&app, &owners, PASSWORD).await.expect(200);
    verify(&app, &strangers, "a strangers password").await.problem(422, "proof_not_valid");
    log_in(&app, "mina@example.com", "a strangers password").await.problem(401, "invalid_credentials");
    // A link is good for a day.
    register(&app, "jun@example.com", PASSWORD).await.expect(202);
    app.send_mail().await;
    app.advance(chrono::Duration::hours(25));
    verify(&app, &app.mailbox.token("jun@example.com"), PASSWORD).await.problem(422, "proof_not_valid");
});

on_both!(one_link_makes_one_account_however_often_at_once, |app| async move {
    register(&app, "mina@example.com", PASSWORD).await.expect(202);
    app.send_mail().await;
    let token = app.mailbox.token("mina@example.com");
    let tries = (0..4).map(|_| {
        let (client, body) = (app.guest(), json!({"token": token, "password": PASSWORD}));
        tokio::spawn(async move { client.post("/store/v1/auth/verify-email", body).await.status })
    });
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422]);
});

on_both!(passwords_follow_nists_rules, |app| async move {
    for (password, code) in
        [("short", "length"), ("password1", "too_common"), ("mina@example.com", "too_common"), (&"x y".repeat(50), "length")]
    {
        let problem = register(&app, "mina@example.com", password).await.problem(422, "invalid");
        assert_eq!((problem["errors"][0]["pointer"].as_str(), problem["errors"][0]["code"].as_str()), (Some("/password"), Some(code)));
        assert!(!problem.to_string().contains(password) || password == "mina@example.com");
    }
    register(&app, "mina@example.com", "마루 위의 고양이").await.expect(202);
    let problem = register(&app, "no address", PASSWORD).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/email");
});

on_both!(a_forgotten_password_is_set_anew_once, |app| async move {
    let mina = app.customer("mina").await;
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "MINA@example.com"})).await.expect(202);
    app.send_mail().await;
    let token = app.mailbox.token("mina@example.com");
    let reset = |token: String, password: &str| {
        let (client, body) = (app.guest(), json!({"token": token, "password": password}));
        async move { client.post("/store/v1/auth/password/reset", body).await }
    };
    reset(token.clone(), "12345678").await.problem(422, "invalid");
    assert_eq!(reset(token.clone(), "a newer floor of oak").await.expect(200)["ended_sessions"], 1);
    reset(token, "a third floor of ash").await.problem(422, "proof_not_valid");
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    log_in(&app, "mina@example.com", "a newer floor of oak").await.expect(200);
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.problem(401, "unauthenticated");
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").pop().unwrap().text.contains("로그아웃"), "a mail tells of it");
    // Half an hour, and worth nothing once the password was changed another way.
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let token = app.mailbox.token("mina@example.com");
    app.advance(chrono::Duration::minutes(31));
    reset(token, "a third floor of ash").await.problem(422, "proof_not_valid");
    reset("pwr_nonsense".to_owned(), "a third floor of ash").await.problem(422, "proof_not_valid");
});

on_both!(an_address_is_not_flooded_with_mail, |app| async move {
    for _ in 0..9 {
        register(&app, "mina@example.com", PASSWORD).await.expect(202);
    }
    app.send_mail().await;
    assert_eq!(app.mailbox.to("mina@example.com").len(), 5);
    app.advance(chrono::Duration::minutes(61));
    register(&app, "mina@example.com", PASSWORD).await.expect(202);
    app.send_mail().await;
    assert_eq!(app.mailbox.to("mina@example.com").len(), 6);
});

on_both!(a_changed_password_ends_other_sessions, |app| async move {
    let phone = app.customer("mina").await;
    let laptop = app.log_in("mina@example.com", PASSWORD).await;
    let change = |current: Value, new: &str| {
        let (client, body) = (laptop.client.clone(), json!({"current_password": current, "new_password": new}));
        async move { client.post("/store/v1/me/password", body).await }
    };
    change(json!("wrong"), "a newer floor of oak").await.problem(401, "invalid_credentials");
    change(Value::Null, "a newer floor of oak").await.problem(422, "invalid");
    change(json!(PASSWORD), "password1").await.problem(422, "invalid");
    assert_eq!(change(json!(PASSWORD), "a newer floor of oak").await.expect(200)["ended_sessions"], 1);
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": phone.refresh_token()})).await.problem(401, "unauthenticated");
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": laptop.refresh_token()})).await.expect(200);
    log_in(&app, "mina@example.com", "a newer floor of oak").await.expect(200);
});

on_both!(both_addresses_agree_to_a_change, |app| async move {
    let mina = app.customer("mina").await;
    let ask = |email: &str| {
        let (client, body) = (mina.client.clone(), json!({"email": email, "password": PASSWORD}));
        async move { client.post("/store/v1/me/email", body).await }
    };
    let confirm = |token: String| {
        let client = app.guest();
        async move { client.post("/store/v1/auth/confirm-email", json!({"token": token})).await }
    };
    ask("mina@example.com").await.problem(422, "invalid");
    ask("new@example.com").await.expect(202);
    app.send_mail().await;
    let (old, new) = (app.mailbox.token("mina@example.com"), app.mailbox.token("new@example.com"));
    assert_eq!(confirm(new.clone()).await.expect(200)["changed"], false);
    assert_eq!(mina.client.get("/store/v1/me").await.expect(200)["email"], "mina@example.com");
    confirm(new).await.problem(422, "proof_not_valid");
    assert_eq!(confirm(old).await.expect(200)["changed"], true);
    assert_eq!(mina.client.get("/store/v1/me").await.expect(200)["email"], "new@example.com");
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    log_in(&app, "new@example.com", PASSWORD).await.expect(200);
    // An address that has an account is told so, and the answer does not tell.
    app.customer("jun").await;
    ask("jun@example.com").await.expect(202);
    app.send_mail().await;
    assert!(!app.mailbox.to("jun@example.com").pop().unwrap().text.contains("emn_"));
    // A later request makes the tokens of an earlier one worthless.
    let stale = app.mailbox.token("new@example.com");
    ask("third@example.com").await.expect(202);
    confirm(stale).await.problem(422, "proof_not_valid");
});

on_both!(the_profile_is_the_customers_own, |app| async move {
    let mina = app.customer("mina").await;
    let me = mina.client.get("/store/v1/me").await;
    let etag = me.header("etag").unwrap().to_owned();
    let update = json!({"name": "Mina Kim", "phone": "010-1234-5678", "metadata": {"size": "M"}});
    let changed = mina.client.with("If-Match", &etag).patch("/store/v1/me", update.clone()).await.expect(200);
    assert_eq!((changed["name"].as_str(), changed["metadata"]["size"].as_str()), (Some("Mina Kim"), Some("M")));
    mina.client.with("If-Match", &etag).patch("/store/v1/me", update).await.problem(412, "version_mismatch");
    let cleared = mina.client.patch("/store/v1/me", json!({"phone": null})).await.expect(200);
    assert_eq!((&cleared["phone"], &cleared["name"]), (&Value::Null, &json!("Mina Kim")));
    mina.client.patch("/store/v1/me", json!({"email": "other@example.com"})).await.problem(400, "malformed");
    let dry = mina.client.patch("/store/v1/me?dry_run=true", json!({"name": "Nobody"})).await.expect(200);
    assert_eq!(dry["name"], "Nobody");
    assert_eq!(mina.client.get("/store/v1/me").await.expect(200)["name"], "Mina Kim");
    app.guest().post("/store/v1/auth/login?dry_run=true", json!({"email": "a@b.co", "password": "x"})).await.problem(400, "malformed");
});

on_both!(an_address_book_has_one_default_of_each_kind, |app| async move {
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let add = |label: &str, more: Value| {
        let mut body = json!({"label": label, "address": seoul()});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let client = mina.client.once();
        async move { client.post("/store/v1/me/addresses", body).await }
    };
    let home = add("집", json!({"is_default_shipping": true, "is_default_billing": true})).await.expect(201);
    let work = add("회사", json!({"is_default_shipping": true})).await.expect(201);
    let list = mina.client.get("/store/v1/me/addresses").await.expect(200)["data"].as_array().unwrap().clone();
    let defaults: Vec<(bool, bool)> =
        list.iter().map(|a| (a["is_default_shipping"].as_bool().unwrap(), a["is_default_billing"].as_bool().unwrap())).collect();
    assert_eq!(defaults, [(false, true), (true, false)]);
    let path = format!("/store/v1/me/addresses/{}", work["id"].as_str().unwrap());
    // Another customer's is never there.
    for reply in [jun.client.get(&path).await, jun.client.patch(&path, json!({"label": "x"})).await, jun.client.delete(&path).await] {
        reply.problem(404, "not_found");
    }
    assert_eq!(mina.client.patch(&path, json!({"is_default_billing": true, "label": null})).await.expect(200)["is_default_billing"], true);
    let home_path = format!("/store/v1/me/addresses/{}", home["id"].as_str().unwrap());
    assert_eq!(mina.client.get(&home_path).await.expect(200)["is_default_billing"], false);
    mina.client.delete(&path).await.expect(200);
    mina.client.get(&path).await.problem(404, "not_found");
    let many = (0..8).map(|_| {
        let (client, body) = (mina.client.clone(), json!({"address": seoul(), "is_default_shipping": true}));
        tokio::spawn(async move { client.post("/store/v1/me/addresses", body).await.status })
    });
    for status in futures_util::future::join_all(many).await {
        assert_eq!(status.unwrap(), 201);
    }
    let list = mina.client.get("/store/v1/me/addresses").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().iter().filter(|a| a["is_default_shipping"] == true).count(), 1);
});

on_both!(consents_keep_their_history, |app| async move {
    let mina = app.customer("mina").await;
    let set = |body: Value| {
        let client = mina.client.clone();
        async move { client.patch("/store/v1/me/consents", body).await.expect(200) }
    };
    set(json!({"email": true, "push": true, "source": "checkout"})).await;
    app.advance(chrono::Duration::minutes(1));
    let now = set(json!({"email": false})).await;
    set(json!({"email": false})).await;
    assert_eq!((&now["consents"]["email"]["granted"], &now["consents"]["email"]["source"]), (&json!(false), &json!("account")));
    assert_eq!((&now["consents"]["push"]["granted"], &now["consents"]["push"]["source"]), (&json!(true), &json!("checkout")));
    let export = mina.client.get("/store/v1/me/export").await.expect(200);
    let told: Vec<(Value, Value)> =
        export["consents"].as_array().unwrap().iter().map(|c| (c["channel"].clone(), c["granted"].clone())).collect();
    assert_eq!(told, [(json!("email"), json!(true)), (json!("push"), json!(true)), (json!("email"), json!(false))]);
    assert_eq!((export["customer"]["id"].as_str(), export["sessions"].as_array().unwrap().len()), (Some(mina.id()), 1));
});

on_both!(mail_is_tried_again_and_given_up, |app| async move {
    register(&app, "mina@example.com", PASSWORD).await.expect(202);
    app.mailbox.refuse(MailError::Temporary("greylisted".to_owned()));
    assert_eq!(app.send_mail().await, 0);
    assert_eq!(app.send_mail().await, 0, "not before its time");
    app.advance(chrono::Duration::minutes(1));
    assert_eq!(app.send_mail().await, 1);
    app.mailbox.refuse(MailError::Permanent("no such user".to_owned()));
    register(&app, "jun@example.com", PASSWORD).await.expect(202);
    app.send_mail().await;
    app.advance(chrono::Duration::days(1));
    assert_eq!(app.send_mail().await, 0);
    assert!(app.mailbox.to("jun@example.com").is_empty());
});

on_both!(a_shop_without_mail_says_so, |app| async move {
    // A process of the same shop that is configured without mail.
    let beside = app.beside().await;
    let body = json!({"email": "mina@example.com", "password": PASSWORD});
    beside.client.post("/store/v1/customers", body).await.problem(503, "unavailable");
});

on_both!(an_erased_account_leaves_nothing_but_what_the_law_asks_for, |app| async move {
    let mina = app.customer("mina").await;
    mina.client.post("/store/v1/me/addresses", json!({"address": seoul()})).await.expect(201);
    mina.client.post("/store/v1/me/deletion", json!({"password": "wrong"})).await.problem(401, "invalid_credentials");
    mina.client.post("/store/v1/me/deletion", json!({})).await.problem(422, "invalid");
    let erased = mina.client.post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!((erased["id"].as_str(), &erased["retained_orders"]), (Some(mina.id()), &json!(0)));
    mina.client.get("/store/v1/me").await.problem(401, "unauthenticated");
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.problem(401, "unauthenticated");
    let left = app.admin().get(&format!("/admin/v1/customers/{}", mina.id())).await.expect(200);
    assert_eq!((&left["status"], &left["email"], &left["name"]), (&json!("erased"), &Value::Null, &Value::Null));
    // The address is free again.
    app.customer("mina").await;
});
