//! What strangers cannot do with an account: be given an address they do not read, stay in an account whose owner came,
//! log in with a password that is another by then, learn from what a mail server said.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use maru::providers::mail::MailError;
use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop};
use crate::support::{Client, Reply, TestApp, Which, counted, damage, on_both, run};

async fn confirm(app: &TestApp, token: &str) -> Reply {
    app.guest().post("/store/v1/auth/confirm-email", json!({"token": token})).await
}

async fn ask_to_move(client: &Client, email: &str) {
    client.post("/store/v1/me/email", json!({"email": email, "password": PASSWORD})).await.expect(202);
}

on_both!(an_address_whose_owner_leaves_is_given_to_nobody, |app| async move {
    let (mallory, mina) = (app.customer("mallory").await, app.customer("mina").await);
    ask_to_move(&mallory.client, "mina@example.com").await;
    app.send_mail().await;
    let old = app.mailbox.token("mallory@example.com");
    mina.client.post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    confirm(&app, &old).await.problem(422, "proof_not_valid");
    let me = mallory.client.get("/store/v1/me").await.expect(200);
    assert_eq!((&me["email"], &me["email_verified"]), (&json!("mallory@example.com"), &json!(true)));
    // That one half is not there is not that it was given.
    ask_to_move(&mallory.client, "jun@example.com").await;
    app.send_mail().await;
    damage(&app.database_url(), "DELETE FROM account_tokens WHERE kind = 'email_change_new'");
    assert_eq!(confirm(&app, &app.mailbox.token("mallory@example.com")).await.expect(200), json!({"changed": false}));
    assert_eq!(mallory.client.get("/store/v1/me").await.expect(200)["email"], "mallory@example.com");
});

on_both!(who_leaves_as_a_customer_stays_with_the_staff, |app| async move {
    app.owner("mina").await;
    // The same address has an account at the Store.
    let email = "mina@shop.example";
    app.guest().post("/store/v1/customers", json!({"email": email, "password": PASSWORD})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token(email), "password": PASSWORD});
    let login = app.guest().post("/store/v1/auth/verify-email", body).await.expect(200);
    app.guest().post("/admin/v1/auth/password/forgot", json!({"email": email})).await.expect(202);
    app.bearing(&login).post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token(email), "password": "a taller shelf of oak"});
    app.guest().post("/admin/v1/auth/password/reset", body).await.expect(200);
});

/// Somebody who knows an imported account's password makes themselves at home: (who they are, their passkey).
async fn settle_in(app: &TestApp) -> (Client, Value, Authenticator) {
    let hash = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
    let imported = json!({"customers": [{"email": "mina@example.com", "password_hash": hash, "email_verified": false}]});
    app.admin().post("/admin/v1/customers/import", imported).await.expect(200);
    let mallory = app.log_in("mina@example.com", "password").await;
    let asked = mallory.client.post("/store/v1/me/passkeys/options", json!({"password": "password"})).await.expect(200);
    let mut device = Authenticator::new();
    let credential = device.create(&asked["public_key"]);
    let body = json!({"challenge_token": asked["challenge_token"], "credential": credential});
    mallory.client.post("/store/v1/me/passkeys", body).await.expect(201);
    let phone = json!({"phone": "01012345678", "password": "password"});
    let asked = mallory.client.post("/store/v1/me/phone/start", phone).await.expect(202);
    app.send_texts().await;
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code("01012345678")});
    mallory.client.post("/store/v1/me/phone/finish", body).await.expect(200);
    let path = "/store/v1/me/identity-verification";
    let begun = mallory.client.post(&format!("{path}/start"), json!({"method": "adult"})).await.expect(200);
    let body = json!({"identity_verification_id": begun["identity_verification_id"]});
    assert_eq!(mallory.client.post(path, body).await.expect(200)["verified"], true);
    app.linked(mallory.id(), Some("mallory@example.com"));
    app.advance(chrono::Duration::minutes(1));
    (mallory.client, mallory.login, device)
}

on_both!(a_strangers_ways_into_an_imported_account_end_when_its_owner_resets, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    crate::support::buyer::buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let (mallory, login, mut device) = settle_in(&app).await;
    assert_eq!(mallory.get("/store/v1/me/orders").await.expect(200)["data"], json!([]), "nobody has proved the address");
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token("mina@example.com"), "password": PASSWORD});
    let set = app.guest().post("/store/v1/auth/password/reset", body).await.expect(200);
    assert_eq!(set["ended_sessions"], 1);
    let mina = app.log_in("mina@example.com", PASSWORD).await.client;
    let me = mina.get("/store/v1/me").await.expect(200);
    assert_eq!((&me["email_verified"], &me["login_phone"]), (&json!(true), &Value::Null));
    for path in ["passkeys", "identities"] {
        assert_eq!(mina.get(&format!("/store/v1/me/{path}")).await.expect(200)["data"], json!([]), "{path}");
    }
    assert_eq!(mina.get("/store/v1/me/identity-verification").await.expect(200)["verified"], false);
    assert_eq!(mina.get("/store/v1/me/orders").await.expect(200)["data"].as_array().unwrap().len(), 1, "what she ordered as a guest");
    // No way of the stranger's leads in.
    let token = json!({"refresh_token": login["tokens"]["refresh_token"]});
    app.guest().post("/store/v1/auth/refresh", token).await.problem(401, "unauthenticated");
    let options = app.guest().post("/store/v1/auth/passkey/options", json!({})).await.expect(200);
    let body = json!({"challenge_token": options["challenge_token"], "credential": device.get(&options["public_key"])});
    app.guest().post("/store/v1/auth/passkey/login", body).await.problem(401, "invalid_credentials");
    assert_ne!(app.phone_login("01012345678").await["customer"]["id"], me["id"]);
    // What the owner has by now a later reset leaves alone.
    app.linked(me["id"].as_str().unwrap(), None);
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token("mina@example.com"), "password": "a newer floor of oak"});
    app.guest().post("/store/v1/auth/password/reset", body).await.expect(200);
    let mina = app.log_in("mina@example.com", "a newer floor of oak").await.client;
    assert_eq!(mina.get("/store/v1/me/identities").await.expect(200)["data"].as_array().unwrap().len(), 1);
});

/// Changes a customer's row while `work` waits for it: what it read before is past when it goes on.
async fn meanwhile(app: &TestApp, change: &str, work: impl Future<Output = Reply> + Send + 'static) -> Reply {
    let mut held = PgConnection::establish(&app.database_url()).unwrap();
    held.batch_execute("BEGIN").unwrap();
    held.batch_execute(&format!("UPDATE customers SET {change}")).unwrap();
    let working = tokio::spawn(work);
    let waiting = "pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..200 {
        if working.is_finished() || counted(&app.database_url(), waiting) > 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    held.batch_execute("COMMIT").unwrap();
    working.await.unwrap()
}

#[test]
fn a_log_in_that_a_change_overtakes_comes_to_nothing() {
    run(async {
        let app = TestApp::new(Which::Postgres).await;
        let mina = app.customer("mina").await;
        let log_in = || {
            let client = app.guest();
            async move { client.post("/store/v1/auth/login", json!({"email": "mina@example.com", "password": PASSWORD})).await }
        };
        let url = app.database_url();
        damage(&url, "CREATE TABLE kept AS SELECT password_hash FROM customers");
        meanwhile(&app, "status = 'disabled'", log_in()).await.problem(401, "invalid_credentials");
        damage(&url, "UPDATE customers SET status = 'active'");
        // As a reset does.
        meanwhile(&app, "password_hash = 'another'", log_in()).await.problem(401, "invalid_credentials");
        assert_eq!(counted(&url, "customers WHERE password_hash = 'another'"), 1, "nothing is written back");
        damage(&url, "UPDATE customers SET password_hash = (SELECT password_hash FROM kept)");
        let body = json!({"current_password": PASSWORD, "new_password": "a newer floor of oak"});
        let client = mina.client.clone();
        let change = async move { client.post("/store/v1/me/password", body).await };
        meanwhile(&app, "password_hash = 'another'", change).await.problem(401, "invalid_credentials");
        assert_eq!(counted(&url, "customers WHERE password_hash = 'another'"), 1);
        assert_eq!(counted(&url, "sessions"), 1, "the one that she registered with");
    });
}

on_both!(what_a_mail_server_says_is_kept_without_the_address, |app| async move {
    app.guest().post("/store/v1/customers", json!({"email": "Mina@example.com", "password": PASSWORD})).await.expect(202);
    app.mailbox.refuse(MailError::Permanent("550 5.1.1 <mina@EXAMPLE.com>: no such mailbox".to_owned()));
    app.send_mail().await;
    let url = app.database_url();
    assert_eq!(counted(&url, "mails WHERE last_error = '550 5.1.1 <***>: no such mailbox'"), 1);
});
