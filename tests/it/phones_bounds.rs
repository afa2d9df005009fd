//! Codes by phone as an attacker meets them: guesses, floods, messages that cost money.

use serde_json::{Value, json};

use crate::support::{Reply, TestApp, Which, on_both, run};

const MINA: &str = "01012345678";

async fn give(app: &TestApp, challenge: &str, code: &str) -> Reply {
    app.guest().post("/store/v1/auth/phone/finish", json!({"challenge": challenge, "code": code})).await
}

async fn ask(app: &TestApp, phone: &str) -> Reply {
    app.guest().post("/store/v1/auth/phone/start", json!({"phone": phone})).await
}

/// Another code than this one.
fn wrong(code: &str, by: u32) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + by) % 1_000_000)
}

on_both!(a_code_may_be_tried_five_times, |app| async move {
    let (challenge, code) = app.phone_code(MINA).await;
    for n in 1..=5 {
        give(&app, &challenge, &wrong(&code, n)).await.problem(422, "proof_not_valid");
    }
    give(&app, &challenge, &code).await.problem(422, "proof_not_valid");
    // The next code is tried after a wait, which ends.
    app.advance(chrono::Duration::seconds(30));
    let (challenge, code) = app.phone_code(MINA).await;
    give(&app, &challenge, &code).await.expect(200);
});

on_both!(guesses_at_once_are_counted_too, |app| async move {
    let (challenge, code) = app.phone_code(MINA).await;
    let tries = (1..=20).map(|n| {
        let (client, body) = (app.guest(), json!({"challenge": challenge, "code": wrong(&code, n)}));
        tokio::spawn(async move { client.post("/store/v1/auth/phone/finish", body).await.status })
    });
    let statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert!(statuses.iter().all(|status| *status == 422), "{statuses:?}");
    give(&app, &challenge, &code).await.problem(422, "proof_not_valid");
});

on_both!(failures_make_one_wait_longer_and_longer_and_never_for_good, |app| async move {
    let mut waited = Vec::new();
    for _ in 0..3 {
        app.advance(chrono::Duration::minutes(6));
        let (challenge, code) = app.phone_code(MINA).await;
        for n in 1..=5 {
            let reply = give(&app, &challenge, &wrong(&code, n)).await;
            if reply.status == 429 {
                waited.push(reply.header("retry-after").unwrap().parse::<i64>().unwrap());
            }
        }
    }
    assert!(waited.len() > 3 && waited.iter().all(|seconds| (1..=900).contains(seconds)), "{waited:?}");
    app.advance(chrono::Duration::minutes(16));
    let (challenge, code) = app.phone_code(MINA).await;
    give(&app, &challenge, &code).await.expect(200);
});

on_both!(a_strangers_guesses_do_not_spoil_the_owners_code, |app| async move {
    let (owners, code) = app.phone_code(MINA).await;
    app.advance(chrono::Duration::seconds(30));
    let strangers = ask(&app, MINA).await.expect(202)["challenge"].as_str().unwrap().to_owned();
    for n in 1..=4 {
        give(&app, &strangers, &wrong(&code, n)).await.problem(422, "proof_not_valid");
    }
    give(&app, &strangers, &code).await.problem(422, "proof_not_valid");
    app.advance(chrono::Duration::seconds(10));
    give(&app, &owners, &code).await.expect(200);
    // What the stranger asked for is worth nothing any more.
    app.send_texts().await;
    give(&app, &strangers, &app.texts.code(MINA)).await.problem(422, "proof_not_valid");
});

on_both!(a_number_is_not_flooded, |app| async move {
    ask(&app, MINA).await.expect(202);
    let refused = ask(&app, MINA).await;
    let seconds: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    refused.problem(429, "too_many_requests");
    assert!((1..=21).contains(&seconds), "{seconds}");
    // Asking during the wait makes it no longer.
    app.advance(chrono::Duration::seconds(seconds));
    ask(&app, MINA).await.expect(202);
    let mut sent = 2;
    for _ in 0..12 {
        app.advance(chrono::Duration::minutes(4));
        sent += usize::from(ask(&app, MINA).await.status == 202);
    }
    assert_eq!(sent, 6, "in an hour");
    app.send_texts().await;
    app.advance(chrono::Duration::hours(1));
    ask(&app, MINA).await.expect(202);
});

on_both!(many_at_once_are_counted_one_by_one, |app| async move {
    let tries = (0..10).map(|_| {
        let client = app.guest();
        tokio::spawn(async move { client.post("/store/v1/auth/phone/start", json!({"phone": MINA})).await.status })
    });
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!((statuses[0], statuses[1]), (202, 429), "{statuses:?}");
});

on_both!(a_known_device_does_not_wait_for_strangers, |app| async move {
    let login = app.phone_login(MINA).await;
    app.advance(chrono::Duration::minutes(1));
    for _ in 0..8 {
        app.advance(chrono::Duration::minutes(4));
        ask(&app, MINA).await;
    }
    ask(&app, MINA).await.problem(429, "too_many_requests");
    let known = json!({"phone": MINA, "device_token": login["device_token"]});
    let asked = app.guest().post("/store/v1/auth/phone/start", known).await.expect(202);
    app.send_texts().await;
    give(&app, asked["challenge"].as_str().unwrap(), &app.texts.code(MINA)).await.expect(200);
    // It is known to its own account alone.
    let elsewhere = json!({"phone": "01099998888", "device_token": login["device_token"]});
    app.guest().post("/store/v1/auth/phone/start", elsewhere.clone()).await.expect(202);
    app.guest().post("/store/v1/auth/phone/start", elsewhere).await.problem(429, "too_many_requests");
});

fn bounded(which: Which) {
    run(async move {
        let app = TestApp::with(which, |config| (config.sms.per_address, config.sms.per_hour) = (5, 8)).await;
        // Numbers one after the other, from one network.
        for n in 0..5 {
            ask(&app, &format!("0103333000{n}")).await.expect(202);
        }
        ask(&app, "01033330009").await.problem(429, "too_many_requests");
        // From others the shop sends no more than it wants to.
        let elsewhere = |n: u8| app.guest().with("X-Forwarded-For", &format!("203.0.113.{n}"));
        for n in 0..3 {
            elsewhere(n).post("/store/v1/auth/phone/start", json!({"phone": format!("0104444000{n}")})).await.expect(202);
        }
        let refused = elsewhere(9).post("/store/v1/auth/phone/start", json!({"phone": "01044440009"})).await;
        assert!(refused.header("retry-after").is_some());
        refused.problem(503, "unavailable");
        assert_eq!(app.send_texts().await, 8);
        app.advance(chrono::Duration::hours(1));
        ask(&app, "01033330009").await.expect(202);
    });
}

#[test]
fn a_network_and_the_shop_have_ceilings_sqlite() {
    bounded(Which::Sqlite);
}

#[test]
fn a_network_and_the_shop_have_ceilings_postgres() {
    bounded(Which::Postgres);
}

on_both!(an_account_sends_no_floods_either, |app| async move {
    let mina = app.customer("mina").await;
    let mut told = Vec::new();
    for n in 0..8 {
        let body = json!({"phone": format!("0103333000{n}"), "password": crate::support::customer::PASSWORD});
        told.push(mina.client.post("/store/v1/me/phone/start", body).await.status);
    }
    assert_eq!(told, [202, 202, 202, 202, 202, 202, 429, 429]);
});

on_both!(numbers_that_cost_or_reach_nobody_are_refused, |app| async move {
    for (phone, code) in [
        ("+15875302271", "country_not_served"),
        ("+882 16 1234 5678", "phone"),
        ("02-1234-5678", "not_mobile"),
        ("060-700-1234", "not_mobile"),
        ("nobody", "phone"),
        ("", "phone"),
        ("+82 10 1234 5678 ext 9", "phone"),
    ] {
        let reply = ask(&app, phone).await;
        assert_eq!(reply.status, 422, "{phone}: {}", reply.text);
        let found = reply.json["errors"][0].clone();
        assert_eq!(found["pointer"], "/phone", "{phone}");
        assert!(found["code"] == code || code == "phone" || found["code"] == "not_mobile", "{phone}: {found}");
    }
    for body in [json!({}), json!({"phone": 5}), json!({"phone": MINA, "email": "x"}), json!({"phone": "1".repeat(500)}), Value::Null] {
        let status = app.guest().post("/store/v1/auth/phone/start", body.clone()).await.status;
        assert!((400..500).contains(&status), "{body}: {status}");
    }
    for body in [json!({"challenge": "", "code": ""}), json!({"challenge": "phc_x", "code": "0".repeat(10_000)})] {
        app.guest().post("/store/v1/auth/phone/finish", body).await.problem(422, "proof_not_valid");
    }
    assert_eq!(app.send_texts().await, 0);
});
