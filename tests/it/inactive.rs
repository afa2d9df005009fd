//! Accounts that nobody uses: told, then put away or erased; whoever comes stays.

use chrono::Duration;
use maru::commerce::customers::{Swept, sweep_inactive};
use maru::config::InactiveBy;
use maru::jobs::JobKind;
use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::shop::seoul;
use crate::support::{TestApp, Which, run};

async fn shop(which: Which, by: InactiveBy) -> TestApp {
    TestApp::with(which, move |config| {
        (config.inactive.by, config.inactive.days, config.inactive.notice_days) = (by, 365, 30);
    })
    .await
}

async fn sweep(app: &TestApp) -> (usize, usize) {
    let Swept { noticed, ended } = sweep_inactive(&app.app).await.unwrap();
    (noticed, ended)
}

async fn put_away(which: Which) {
    let app = shop(which, InactiveBy::Separate).await;
    let mina = app.customer("mina").await;
    app.customer("jun").await;
    let home = json!({"label": "home", "address": seoul(), "is_default_shipping": true});
    mina.client.once().post("/store/v1/me/addresses", home).await.expect(201);
    mina.client.patch("/store/v1/me/consents", json!({"email": true})).await.expect(200);
    let before = mina.client.get("/store/v1/me").await.expect(200);
    app.advance(Duration::days(334));
    assert_eq!(sweep(&app).await, (0, 0));
    app.advance(Duration::days(2));
    assert_eq!(app.work().await.of(JobKind::SweepInactive), Some(2), "by its job");
    assert_eq!(sweep(&app).await, (0, 0), "told once");
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").pop().unwrap().subject.contains("오랫동안"));
    // One comes in between: it is called off.
    app.log_in("jun@example.com", PASSWORD).await;
    app.advance(Duration::days(29));
    assert_eq!(sweep(&app).await, (0, 0));
    app.advance(Duration::days(2));
    assert_eq!(sweep(&app).await, (0, 1));
    let path = format!("/admin/v1/customers/{}", mina.id());
    let away = app.admin().get(&path).await.expect(200);
    assert_eq!((&away["email"], &away["name"], away["separated_at"].is_string()), (&Value::Null, &Value::Null, true), "{away}");
    assert_eq!(away["consents"]["email"]["granted"], false);
    assert_eq!(app.admin().get(&format!("{path}/addresses")).await.expect(200)["data"], json!([]));
    assert!(!app.admin().get("/admin/v1/customers").await.text.contains("mina@"));
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.problem(401, "unauthenticated");
    assert_eq!(sweep(&app).await, (0, 0), "once");
    app.guest()
        .post("/store/v1/auth/login", json!({"email": "mina@example.com", "password": "wrong"}))
        .await
        .problem(401, "invalid_credentials");
    // Whoever comes back has everything as it was.
    let mina = app.log_in("mina@example.com", PASSWORD).await;
    let after = mina.client.get("/store/v1/me").await.expect(200);
    for field in ["id", "email", "name", "locale", "consents", "metadata", "separated_at"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    let addresses = mina.client.get("/store/v1/me/addresses").await.expect(200);
    assert_eq!((&addresses["data"][0]["label"], &addresses["data"][0]["is_default_shipping"]), (&json!("home"), &json!(true)));
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    for kind in ["customer.inactive_noticed", "customer.separated", "customer.restored"] {
        assert!(events.contains(kind), "{kind}");
    }
    assert!(!events.contains("mina@"), "{events}");
    // The job's doings are in the audit log.
    let audit = app.admin().get("/admin/v1/audit-log?limit=100").await.text;
    assert!(audit.contains("customer.inactive_noticed") && audit.contains("system:jobs"), "{audit}");
}

#[test]
fn whoever_does_not_come_is_put_away_and_comes_back_whole_sqlite() {
    run(put_away(Which::Sqlite));
}

#[test]
fn whoever_does_not_come_is_put_away_and_comes_back_whole_postgres() {
    run(put_away(Which::Postgres));
}

async fn erased(which: Which) {
    let app = shop(which, InactiveBy::Erase).await;
    let mina = app.customer("mina").await;
    // A phone alone is told by a message.
    let phone = app.phone_login("01012345678").await;
    // A session that goes on is somebody who comes.
    let mut token = app.customer("sora").await.refresh_token().to_owned();
    for _ in 0..13 {
        app.advance(Duration::days(26));
        let next = app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": token})).await.expect(200);
        token = next["refresh_token"].as_str().unwrap().to_owned();
    }
    assert_eq!(sweep(&app).await, (2, 0));
    assert_eq!(app.send_texts().await, 1);
    assert!(app.texts.to("01012345678").pop().unwrap().contains("삭제"));
    // Nobody is erased who was not told long enough ago, however long they did not come.
    app.advance(Duration::days(29));
    assert_eq!(sweep(&app).await, (0, 0));
    app.advance(Duration::days(2));
    assert_eq!(sweep(&app).await, (0, 2));
    for id in [mina.id(), phone["customer"]["id"].as_str().unwrap()] {
        let gone = app.admin().get(&format!("/admin/v1/customers/{id}")).await.expect(200);
        assert_eq!((&gone["status"], &gone["email"], &gone["login_phone"]), (&json!("erased"), &Value::Null, &Value::Null));
    }
    app.guest()
        .post("/store/v1/auth/login", json!({"email": "mina@example.com", "password": PASSWORD}))
        .await
        .problem(401, "invalid_credentials");
}

#[test]
fn whoever_does_not_come_is_erased_where_the_shop_wants_so_sqlite() {
    run(erased(Which::Sqlite));
}

#[test]
fn whoever_does_not_come_is_erased_where_the_shop_wants_so_postgres() {
    run(erased(Which::Postgres));
}

#[test]
fn nothing_happens_unless_the_shop_wants_it() {
    run(async {
        let app = TestApp::new(Which::Sqlite).await;
        app.customer("mina").await;
        app.advance(Duration::days(3_000));
        assert_eq!(sweep(&app).await, (0, 0));
    });
}
