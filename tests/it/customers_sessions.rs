//! Sessions: refresh tokens and their families, devices, logging out, waiting after failures.

use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::{Client, Reply, TestApp, on_both};

async fn refresh(client: &Client, token: &str) -> Reply {
    client.post("/store/v1/auth/refresh", json!({"refresh_token": token})).await
}

async fn log_in(client: &Client, email: &str, password: &str) -> Reply {
    client.post("/store/v1/auth/login", json!({"email": email, "password": password})).await
}

async fn events(app: &TestApp, kind: &str) -> Vec<Value> {
    let all = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    all["data"].as_array().unwrap().iter().filter(|e| e["type"] == kind).cloned().collect()
}

on_both!(a_refresh_token_gives_the_next_one_once, |app| async move {
    let mina = app.customer("mina").await;
    let first = mina.refresh_token().to_owned();
    let second = refresh(&app.guest(), &first).await.expect(200);
    assert_ne!(second["refresh_token"], json!(first));
    app.guest().bearing(second["access_token"].as_str().unwrap()).get("/store/v1/me").await.expect(200);
    // A client that lost the answer asks again, and gets the same.
    app.advance(chrono::Duration::seconds(10));
    let again = refresh(&app.guest(), &first).await.expect(200);
    assert_eq!(again["refresh_token"], second["refresh_token"]);
    // Whoever comes later with it stole it: nobody goes on.
    app.advance(chrono::Duration::seconds(1));
    refresh(&app.guest(), &first).await.problem(401, "unauthenticated");
    refresh(&app.guest(), second["refresh_token"].as_str().unwrap()).await.problem(401, "unauthenticated");
    let told = events(&app, "session.reuse_detected").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (told[0]["data"]["subject"].as_str(), told[0]["data"]["session_id"].clone()),
        (Some(mina.id()), mina.login["tokens"]["session_id"].clone())
    );
});

on_both!(a_hundred_refreshes_at_once_give_one_token, |app| async move {
    let mina = app.customer("mina").await;
    let token = mina.refresh_token().to_owned();
    let tries = (0..100).map(|_| {
        let (client, token) = (app.guest(), token.clone());
        tokio::spawn(async move { refresh(&client, &token).await })
    });
    let mut given = std::collections::BTreeSet::new();
    for reply in futures_util::future::join_all(tries).await {
        given.insert(reply.unwrap().expect(200)["refresh_token"].as_str().unwrap().to_owned());
    }
    assert_eq!(given.len(), 1, "one family, one token");
    let next = given.pop_first().unwrap();
    assert_ne!(next, token);
    assert!(events(&app, "session.reuse_detected").await.is_empty());
    // The family lives, and it is one.
    let sessions = mina.client.get("/store/v1/me/sessions").await.expect(200);
    assert_eq!(sessions["data"].as_array().unwrap().len(), 1);
    refresh(&app.guest(), &next).await.expect(200);
});

on_both!(an_old_token_ends_the_family_even_among_many, |app| async move {
    let mina = app.customer("mina").await;
    let mut tokens = vec![mina.refresh_token().to_owned()];
    for _ in 0..3 {
        let next = refresh(&app.guest(), tokens.last().unwrap()).await.expect(200);
        tokens.push(next["refresh_token"].as_str().unwrap().to_owned());
    }
    // Two generations old: stolen, however soon.
    refresh(&app.guest(), &tokens[1]).await.problem(401, "unauthenticated");
    refresh(&app.guest(), &tokens[3]).await.problem(401, "unauthenticated");
    assert_eq!(events(&app, "session.reuse_detected").await.len(), 1);
});

on_both!(a_refresh_token_that_was_never_given_ends_nothing, |app| async move {
    let mina = app.customer("mina").await;
    let good = mina.refresh_token().to_owned();
    // The session's id and another's signature: ids are no secrets.
    let other = app.customer("jun").await;
    let (head, tail) = (&good[..30], &other.refresh_token()[30..]);
    let mixed = format!("{head}{tail}");
    let mut flipped = good.clone().into_bytes();
    let last = flipped.len() - 5;
    flipped[last] = if flipped[last] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).unwrap();
    for nonsense in [mixed.as_str(), flipped.as_str(), "", "rt_", "rt_AAAA", "nonsense", "rt_%00", &"x".repeat(5_000)] {
        refresh(&app.guest(), nonsense).await.problem(401, "unauthenticated");
    }
    assert!(events(&app, "session.reuse_detected").await.is_empty());
    refresh(&app.guest(), &good).await.expect(200);
});

on_both!(a_session_ends_unused_and_at_the_latest_after_a_year, |app| async move {
    let mina = app.customer("mina").await;
    let mut token = mina.refresh_token().to_owned();
    for _ in 0..12 {
        app.advance(chrono::Duration::days(29));
        token = refresh(&app.guest(), &token).await.expect(200)["refresh_token"].as_str().unwrap().to_owned();
    }
    app.advance(chrono::Duration::days(18));
    refresh(&app.guest(), &token).await.problem(401, "unauthenticated");
    let jun = app.customer("jun").await;
    app.advance(chrono::Duration::days(31));
    refresh(&app.guest(), jun.refresh_token()).await.problem(401, "unauthenticated");
});

on_both!(sessions_are_listed_and_ended_one_by_one_or_all, |app| async move {
    let phone = app.customer("mina").await;
    let laptop = app.log_in("mina@example.com", PASSWORD).await;
    let list = laptop.client.get("/store/v1/me/sessions").await.expect(200);
    let list = list["data"].as_array().unwrap().clone();
    assert_eq!(list.len(), 2);
    let of = |current: bool| list.iter().find(|s| s["current"] == json!(current)).unwrap().clone();
    assert_eq!((of(false)["device_name"].as_str(), of(true)["device_name"].as_str()), (Some("mina's phone"), None));
    assert_eq!(of(true)["address_prefix"], "127.0.0.0/24");
    assert!(of(true).get("salt").is_none());
    // Another customer's session is not there.
    let jun = app.customer("jun").await;
    let id = of(false)["id"].as_str().unwrap().to_owned();
    jun.client.delete(&format!("/store/v1/me/sessions/{id}")).await.problem(404, "not_found");
    laptop.client.delete(&format!("/store/v1/me/sessions/{id}")).await.expect(200);
    laptop.client.delete(&format!("/store/v1/me/sessions/{id}")).await.problem(404, "not_found");
    refresh(&app.guest(), phone.refresh_token()).await.problem(401, "unauthenticated");
    let refreshed = refresh(&app.guest(), laptop.refresh_token()).await.expect(200);
    let tablet = app.log_in("mina@example.com", PASSWORD).await;
    let ended = laptop.client.post("/store/v1/auth/logout-everywhere", json!({})).await.expect(200);
    assert_eq!(ended["ended"], 2);
    for token in [refreshed["refresh_token"].as_str().unwrap(), tablet.refresh_token()] {
        refresh(&app.guest(), token).await.problem(401, "unauthenticated");
    }
});

on_both!(one_logs_out_by_either_token, |app| async move {
    let mina = app.customer("mina").await;
    assert_eq!(mina.client.post("/store/v1/auth/logout", json!({})).await.expect(200)["ended"], 1);
    refresh(&app.guest(), mina.refresh_token()).await.problem(401, "unauthenticated");
    let again = app.log_in("mina@example.com", PASSWORD).await;
    let by_token = json!({"refresh_token": again.refresh_token()});
    assert_eq!(app.guest().post("/store/v1/auth/logout", by_token.clone()).await.expect(200)["ended"], 1);
    assert_eq!(app.guest().post("/store/v1/auth/logout", by_token).await.expect(200)["ended"], 0);
    app.guest().post("/store/v1/auth/logout", json!({})).await.problem(401, "unauthenticated");
    // What must not wait asks the session: the access token outlived it.
    let body = json!({"current_password": PASSWORD, "new_password": "another quiet floor"});
    again.client.post("/store/v1/me/password", body).await.problem(401, "unauthenticated");
});

on_both!(failures_wait_alike_for_names_that_nobody_has, |app| async move {
    let mina = app.customer("mina").await;
    for email in ["mina@example.com", "nobody@example.com"] {
        for _ in 0..5 {
            log_in(&app.guest(), email, "not the password").await.problem(401, "invalid_credentials");
        }
        let wait = log_in(&app.guest(), email, "not the password").await;
        assert_eq!(wait.header("retry-after"), Some("2"), "{}", wait.text);
        wait.problem(429, "too_many_requests");
    }
    // Even the right password waits, unless it comes from a device that is known.
    log_in(&app.guest(), "mina@example.com", PASSWORD).await.problem(429, "too_many_requests");
    let device = mina.login["device_token"].clone();
    let known = json!({"email": "Mina@Example.com ", "password": PASSWORD, "device_token": device});
    app.guest().post("/store/v1/auth/login", known.clone()).await.expect(200);
    // The wait grows, ends by itself, and nothing that comes during it makes it longer.
    for _ in 0..20 {
        log_in(&app.guest(), "nobody@example.com", "x").await.problem(429, "too_many_requests");
    }
    app.advance(chrono::Duration::seconds(2));
    log_in(&app.guest(), "nobody@example.com", "x").await.problem(401, "invalid_credentials");
    let longer = log_in(&app.guest(), "nobody@example.com", "x").await;
    assert_eq!(longer.header("retry-after"), Some("3"));
    log_in(&app.guest(), "mina@example.com", PASSWORD).await.expect(200);
    // Success clears the count.
    for _ in 0..4 {
        log_in(&app.guest(), "mina@example.com", "x").await.problem(401, "invalid_credentials");
    }
    log_in(&app.guest(), "mina@example.com", PASSWORD).await.expect(200);
    // A device's token is its account's alone, and a stranger's failures with it are counted, too.
    app.customer("jun").await;
    for _ in 0..5 {
        let stolen = json!({"email": "jun@example.com", "password": "x", "device_token": device});
        app.guest().post("/store/v1/auth/login", stolen).await.problem(401, "invalid_credentials");
    }
    log_in(&app.guest(), "jun@example.com", "x").await.problem(429, "too_many_requests");
    for _ in 0..5 {
        let wrong = json!({"email": "mina@example.com", "password": "x", "device_token": device});
        app.guest().post("/store/v1/auth/login", wrong).await.problem(401, "invalid_credentials");
    }
    app.guest().post("/store/v1/auth/login", known).await.problem(429, "too_many_requests");
});

on_both!(guesses_at_once_are_counted_too, |app| async move {
    app.customer("mina").await;
    let tries = (0..40).map(|n| {
        let client = app.guest();
        tokio::spawn(async move { log_in(&client, "mina@example.com", &format!("guess number {n}")).await.status })
    });
    let statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 401).count(), 5, "{statuses:?}");
    assert!(statuses.iter().all(|s| [401, 429].contains(s)), "{statuses:?}");
});

on_both!(log_ins_take_as_many_statements_whoever_is_named, |app| async move {
    app.customer("mina").await;
    let count = |email: &'static str| {
        let client = app.guest();
        app.fewest_statements(move || {
            let client = client.clone();
            async move {
                log_in(&client, email, "not the password").await.problem(401, "invalid_credentials");
            }
        })
    };
    assert_eq!(count("mina@example.com").await, count("nobody@example.com").await);
});
