//! Passwords of staff: what a change of one ends, how it is told and recorded, and that nobody keeps the mail away that
//! sets another.

use std::time::Duration;

use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use crate::support::staff::{PASSWORD, Staff, role};
use crate::support::{Held, Reply, TestApp, on_both};

const OTHER: &str = "another shelf of pine";

async fn log_in(app: &TestApp, email: &str, password: &str) -> Reply {
    app.guest().post("/admin/v1/auth/login", json!({"email": email, "password": password})).await
}

async fn forget(app: &TestApp, surface: &str, email: &str) -> usize {
    app.guest().post(&format!("/{surface}/v1/auth/password/forgot"), json!({"email": email})).await.expect(202);
    app.send_mail().await
}

async fn reset(app: &TestApp, email: &str) -> Reply {
    let body = json!({"token": app.mailbox.token(email), "password": OTHER});
    app.guest().post("/admin/v1/auth/password/reset", body).await
}

async fn recorded(app: &TestApp, kind: &str) -> Vec<Value> {
    app.admin().get(&format!("/admin/v1/audit-log?type={kind}")).await.expect(200)["data"].as_array().unwrap().clone()
}

async fn support(app: &TestApp) -> Staff {
    app.member("jun", &[role(BuiltInRole::Support)]).await
}

on_both!(a_log_in_does_not_outlive_the_password_it_began_with, |app| async move {
    let jun = support(&app).await;
    // As a reset that is about to commit: the log-in's first half sees the old hash, its second half waits.
    let set = "UPDATE staff SET password_hash = 'another' WHERE email_key = 'jun@shop.example'";
    let held = Held::begin(&app.database_url(), set);
    let (client, body) = (app.guest(), json!({"email": jun.email, "password": PASSWORD}));
    let waiting = tokio::spawn(async move { client.post("/admin/v1/auth/login", body).await });
    tokio::time::sleep(Duration::from_millis(400)).await;
    held.commit();
    waiting.await.unwrap().problem(401, "invalid_credentials");
});

on_both!(a_first_half_is_worth_nothing_once_the_password_is_another, |app| async move {
    let jun = support(&app).await;
    let (totp, _) = jun.enrol(&app).await;
    app.advance(chrono::Duration::seconds(30));
    let half = log_in(&app, &jun.email, PASSWORD).await.expect(200);
    forget(&app, "admin", &jun.email).await;
    reset(&app, &jun.email).await.expect(200);
    let body = json!({"challenge": half["challenge"]["token"], "code": app.code(&totp)});
    app.guest().post("/admin/v1/auth/second-factor", body).await.problem(422, "proof_not_valid");
});

on_both!(what_happens_to_accounts_is_on_the_record, |app| async move {
    let jun = support(&app).await;
    let (totp, codes) = jun.enrol(&app).await;
    forget(&app, "admin", &jun.email).await;
    let client = app.guest().with("X-Forwarded-For", "203.0.113.7");
    client.post("/admin/v1/auth/password/reset", json!({"token": app.mailbox.token(&jun.email), "password": OTHER})).await.expect(200);
    let of = |entry: &Value| (entry["actor"].clone(), entry["operation"].clone());
    let changed = recorded(&app, "staff.password_changed").await;
    assert_eq!(of(&changed[0]), (json!(jun.id()), json!("reset_staff_password")));
    assert_eq!(changed[0]["address"], "203.0.113.7");
    // A log-in by its second half, and what a refresh token that comes again ends.
    let half = log_in(&app, &jun.email, OTHER).await.expect(200);
    let body = json!({"challenge": half["challenge"]["token"], "recovery_code": codes[0]});
    let signed_in = app.guest().post("/admin/v1/auth/second-factor", body).await.expect(200);
    assert_eq!(of(&recorded(&app, "staff.logged_in").await[0]), (json!(jun.id()), json!("give_second_factor")));
    let used = json!({"refresh_token": signed_in["tokens"]["refresh_token"]});
    app.guest().post("/admin/v1/auth/refresh", used.clone()).await.expect(200);
    app.advance(chrono::Duration::seconds(11));
    app.guest().post("/admin/v1/auth/refresh", used).await.problem(401, "unauthenticated");
    let reused = recorded(&app, "session.reuse_detected").await;
    assert_eq!(of(&reused[0]), (json!(jun.id()), json!("refresh_staff_session")));
    // A customer's is nobody's business here.
    let mina = app.customer("mina").await;
    let used = json!({"refresh_token": mina.refresh_token()});
    app.guest().post("/store/v1/auth/refresh", used.clone()).await.expect(200);
    app.advance(chrono::Duration::seconds(11));
    app.guest().post("/store/v1/auth/refresh", used).await.problem(401, "unauthenticated");
    assert_eq!(recorded(&app, "session.reuse_detected").await.len(), 1);
    // Each is told by mail, too.
    app.advance(chrono::Duration::seconds(30));
    let half = log_in(&app, &jun.email, OTHER).await.expect(200);
    let body = json!({"challenge": half["challenge"]["token"], "code": app.code(&totp)});
    let signed_in = app.guest().post("/admin/v1/auth/second-factor", body).await.expect(200);
    let again = app.at_work(&jun.email, signed_in);
    again.client.post("/admin/v1/me/totp/disable", json!({})).await.expect(200);
    again.enrol(&app).await;
    app.admin().post(&format!("/admin/v1/staff/{}/reset-totp", jun.id()), json!({})).await.expect(200);
    app.send_mail().await;
    let told = |words: &str| app.mailbox.to(&jun.email).iter().filter(|mail| mail.subject.contains(words)).count();
    assert_eq!((told("복구 코드"), told("2단계 인증이 해제")), (1, 2));
});

on_both!(the_operators_way_in_shuts_the_old_one, |app| async move {
    let jun = support(&app).await;
    jun.enrol(&app).await;
    forget(&app, "admin", &jun.email).await;
    let half = log_in(&app, &jun.email, PASSWORD).await.expect(200);
    let shop = app.app.clone();
    let way_in =
        app.rule(move |tx, by| maru::commerce::staff::reset_access(tx, by, shop.secret(), shop.config(), "jun@shop.example")).await;
    // Neither the old password, now that no code guards it, nor a link that was mailed before.
    log_in(&app, &jun.email, PASSWORD).await.problem(401, "invalid_credentials");
    reset(&app, &jun.email).await.problem(422, "proof_not_valid");
    let body = json!({"challenge": half["challenge"]["token"], "code": "123456"});
    app.guest().post("/admin/v1/auth/second-factor", body).await.problem(422, "proof_not_valid");
    app.guest().post("/admin/v1/auth/password/reset", json!({"token": way_in.token, "password": OTHER})).await.expect(200);
    log_in(&app, &jun.email, OTHER).await.expect(200);
});

on_both!(strangers_who_ask_keep_no_reset_away, |app| async move {
    let jun = support(&app).await;
    app.send_mail().await;
    // Every five minutes, for hours: what is withheld does not count, and whenever it is, a link that works has arrived.
    let mut since_the_last = 0;
    for _ in 0..40 {
        since_the_last = if forget(&app, "admin", &jun.email).await == 0 { since_the_last + 1 } else { 0 };
        assert!(since_the_last <= 1, "nothing arrives any more");
        app.advance(chrono::Duration::minutes(5));
    }
    for _ in 0..20 {
        forget(&app, "admin", &jun.email).await;
    }
    reset(&app, &jun.email).await.expect(200);
});

on_both!(mails_of_other_kinds_and_to_others_keep_no_reset_away, |app| async move {
    // Somebody who works here and buys here, with one address.
    let jun = support(&app).await;
    let register = json!({"email": jun.email, "password": "a quiet floor of wood"});
    for _ in 0..8 {
        app.guest().post("/store/v1/customers", register.clone()).await.expect(202);
        app.guest().post("/store/v1/auth/password/forgot", json!({"email": jun.email})).await.expect(202);
    }
    assert_eq!(app.send_mail().await, 5, "registrations; nobody has the address in the Store");
    assert_eq!(forget(&app, "admin", &jun.email).await, 1);
    reset(&app, &jun.email).await.expect(200);
});

on_both!(asking_takes_the_same_work_whoever_is_asked_for, |app| async move {
    let jun = support(&app).await;
    let count = |email: &'static str| {
        let client = app.guest();
        app.fewest_statements(move || {
            let client = client.clone();
            async move {
                client.post("/admin/v1/auth/password/forgot", json!({"email": email})).await.expect(202);
            }
        })
    };
    let (known, unknown) = (count("jun@shop.example").await, count("nobody@shop.example").await);
    assert_eq!(known, unknown);
    for _ in 0..6 {
        forget(&app, "admin", &jun.email).await;
    }
    assert_eq!(count("jun@shop.example").await, unknown, "when it is withheld, too");
});

on_both!(an_account_has_so_many_sessions_and_the_oldest_ends, |app| async move {
    let jun = support(&app).await;
    let mut newest = jun.signed_in.clone();
    for _ in 0..100 {
        app.advance(chrono::Duration::seconds(1));
        newest = log_in(&app, &jun.email, PASSWORD).await.expect(200)["signed_in"].clone();
    }
    jun.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    let client = app.at_work(&jun.email, newest).client;
    assert_eq!(client.get("/admin/v1/me/sessions").await.expect(200)["data"].as_array().unwrap().len(), 100);
    let ended = recorded(&app, "session.ended").await;
    assert_eq!((ended.len(), &ended[0]["after"]["reason"]), (1, &json!("too many sessions")));
});

on_both!(a_session_that_its_owner_ends_is_told, |app| async move {
    let jun = support(&app).await;
    let again = async || app.at_work(&jun.email, log_in(&app, &jun.email, PASSWORD).await.expect(200)["signed_in"].clone());
    let (one, two) = (again().await, again().await);
    let session = one.signed_in["tokens"]["session_id"].as_str().unwrap().to_owned();
    jun.client.delete(&format!("/admin/v1/me/sessions/{session}")).await.expect(200);
    app.guest().post("/admin/v1/auth/logout", json!({"refresh_token": two.refresh_token()})).await.expect(200);
    again().await;
    let last = again().await;
    last.client.post("/admin/v1/auth/logout-everywhere", json!({})).await.expect(200);
    let ended = recorded(&app, "session.ended").await;
    let told: Vec<_> = ended.iter().map(|e| (e["after"]["reason"].as_str().unwrap(), e["after"]["ended"].as_i64().unwrap())).collect();
    assert_eq!(told, [("logged out everywhere", 3), ("logged out", 1), ("ended by its owner", 1)]);
    assert_eq!(ended[2]["after"]["session_id"], session);
    assert!(ended.iter().all(|e| e["actor"] == json!(jun.id())), "{ended:#?}");
    // A customer's are events, and not on the record of those who work here.
    let mina = app.customer("mina").await;
    mina.client.post("/store/v1/auth/logout", json!({})).await.expect(200);
    let events = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    let ended = events["data"].as_array().unwrap().iter().filter(|e| e["type"] == "session.ended").count();
    assert_eq!((ended, recorded(&app, "session.ended").await.len()), (4, 3));
});
