//! Staff's passkeys: they log in without a code, confirm who one is, and are never good for the Store, as customers'
//! are never good here.

use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::staff::PASSWORD;
use crate::support::{Client, Reply, TestApp, on_both};

async fn add(client: &Client, device: &mut Authenticator) -> Reply {
    let options = client.post("/admin/v1/me/passkeys/options", json!({})).await;
    if options.status != 200 {
        return options;
    }
    let credential = device.create(&options.json["public_key"]);
    client.post("/admin/v1/me/passkeys", json!({"challenge_token": options.json["challenge_token"], "credential": credential})).await
}

async fn options(app: &TestApp, surface: &str) -> Value {
    app.guest().post(&format!("/{surface}/v1/auth/passkey/options"), json!({})).await.expect(200)
}

async fn answer(app: &TestApp, surface: &str, options: &Value, device: &mut Authenticator) -> Reply {
    let body = json!({"challenge_token": options["challenge_token"], "credential": device.get(&options["public_key"])});
    app.guest().post(&format!("/{surface}/v1/auth/passkey/login"), body).await
}

async fn log_in(app: &TestApp, device: &mut Authenticator) -> Reply {
    let options = options(app, "admin").await;
    answer(app, "admin", &options, device).await
}

on_both!(a_passkey_stands_for_both_factors, |app| async move {
    let mina = app.owner("mina").await;
    mina.enrol(&app).await;
    let mut key = Authenticator::new();
    let passkey = add(&mina.client, &mut key).await.expect(201);
    let login = log_in(&app, &mut key).await.expect(200);
    assert_eq!(login["me"]["staff"]["id"].as_str(), Some(mina.id()));
    let client = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    client.get("/admin/v1/orders").await.expect(200);
    app.guest().post("/admin/v1/auth/refresh", json!({"refresh_token": login["tokens"]["refresh_token"]})).await.expect(200);
    // Who does not ask for a finger is none.
    key.verifies = false;
    log_in(&app, &mut key).await.problem(401, "invalid_credentials");
    key.verifies = true;
    app.send_mail().await;
    assert!(app.mailbox.to(&mina.email).iter().any(|mail| mail.subject.contains("패스키")));
    let log = app.admin().get("/admin/v1/audit-log?type=staff.passkey_added").await.expect(200);
    assert_eq!((log["data"][0]["actor"].as_str(), &log["data"][0]["after"]["passkey_id"]), (Some(mina.id()), &passkey["id"]));
    let path = format!("/admin/v1/me/passkeys/{}", passkey["id"].as_str().unwrap());
    assert_eq!(client.patch(&path, json!({"name": "Key ring"})).await.expect(200)["name"], "Key ring");
    let jun = app.member_who_may("jun", &["orders:read"]).await;
    for reply in [jun.client.patch(&path, json!({"name": "x"})).await, jun.client.delete(&path).await] {
        reply.problem(404, "not_found");
    }
    client.delete(&path).await.expect(200);
    assert_eq!(client.get("/admin/v1/me/passkeys").await.expect(200)["data"], json!([]));
    log_in(&app, &mut key).await.problem(401, "invalid_credentials");
});

on_both!(staffs_and_customers_passkeys_are_apart, |app| async move {
    let (jun, mina) = (app.owner("jun").await, app.customer("mina").await);
    let (mut staffs, mut customers) = (Authenticator::new(), Authenticator::new());
    add(&jun.client, &mut staffs).await.expect(201);
    let asked = mina.client.post("/store/v1/me/passkeys/options", json!({})).await.expect(200);
    let body = json!({"challenge_token": asked["challenge_token"], "credential": customers.create(&asked["public_key"])});
    mina.client.post("/store/v1/me/passkeys", body).await.expect(201);
    log_in(&app, &mut customers).await.problem(401, "invalid_credentials");
    let store = options(&app, "store").await;
    answer(&app, "store", &store, &mut staffs).await.problem(401, "invalid_credentials");
    // Nor is a challenge of one good for the other.
    let (store, admin) = (options(&app, "store").await, options(&app, "admin").await);
    answer(&app, "admin", &store, &mut staffs).await.problem(422, "passkey_not_valid");
    answer(&app, "store", &admin, &mut customers).await.problem(422, "passkey_not_valid");
    // Who was kept out stays out.
    let path = format!("/admin/v1/staff/{}", jun.id());
    app.owner("other").await;
    log_in(&app, &mut staffs).await.expect(200);
    app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200);
    log_in(&app, &mut staffs).await.problem(401, "invalid_credentials");
    app.admin().post(&format!("{path}/reactivate"), json!({})).await.expect(200);
    let login = log_in(&app, &mut staffs).await.expect(200);
    // Who lost the second factor lost what stands for it.
    app.admin().post(&format!("{path}/reset-totp"), json!({})).await.expect(200);
    log_in(&app, &mut staffs).await.problem(401, "invalid_credentials");
    app.admin().post(&format!("{path}/reset-totp"), json!({})).await.problem(409, "conflict");
    app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap()).get("/admin/v1/me").await.problem(401, "unauthenticated");
    let again = app.guest().post("/admin/v1/auth/login", json!({"email": jun.email, "password": PASSWORD})).await.expect(200);
    let jun = app.at_work(&jun.email, again["signed_in"].clone());
    add(&jun.client, &mut staffs).await.expect(201);
    log_in(&app, &mut staffs).await.expect(200);
    app.admin().delete(&path).await.expect(200);
    log_in(&app, &mut staffs).await.problem(401, "invalid_credentials");
});

on_both!(a_passkey_confirms_who_one_is, |app| async move {
    let (mina, jun) = (app.owner("mina").await, app.owner("jun").await);
    let (mut key, mut others) = (Authenticator::new(), Authenticator::new());
    add(&mina.client, &mut key).await.expect(201);
    add(&jun.client, &mut others).await.expect(201);
    app.advance(chrono::Duration::minutes(11));
    let new_key = json!({"name": "erp", "permissions": ["orders:read"]});
    mina.client.post("/admin/v1/keys", new_key.clone()).await.problem(403, "reauthentication_required");
    add(&mina.client, &mut Authenticator::new()).await.problem(403, "reauthentication_required");
    let ask = || async { mina.client.post("/admin/v1/auth/step-up/passkey/options", json!({})).await.expect(200) };
    let step_up = async |options: &Value, device: &mut Authenticator| {
        let body = json!({"challenge_token": options["challenge_token"], "credential": device.get(&options["public_key"])});
        mina.client.post("/admin/v1/auth/step-up/passkey", body).await
    };
    let options = ask().await;
    step_up(&options, &mut others).await.problem(401, "invalid_credentials");
    step_up(&options, &mut key).await.problem(422, "passkey_not_valid");
    // A colleague's challenge, answered with one's own, is not theirs either.
    let theirs = jun.client.post("/admin/v1/auth/step-up/passkey/options", json!({})).await.expect(200);
    step_up(&theirs, &mut key).await.problem(401, "invalid_credentials");
    let tokens = step_up(&ask().await, &mut key).await.expect(200);
    let client = app.guest().bearing(tokens["access_token"].as_str().unwrap());
    client.post("/admin/v1/keys", new_key).await.expect(201);
    app.guest().post("/admin/v1/auth/step-up/passkey/options", json!({})).await.problem(401, "unauthenticated");
    app.admin().post("/admin/v1/auth/step-up/passkey/options", json!({})).await.problem(403, "forbidden");
});

on_both!(graphql_does_the_same_for_staff, |app| async move {
    let mina = app.owner("mina").await;
    let selection = "{ options { challengeToken publicKey } userErrors { code } }";
    let asked = mina.client.graphql("admin", &format!("mutation {{ staffPasskeyAddOptions {selection} }}"), json!({})).await;
    let asked = &asked["staffPasskeyAddOptions"]["options"];
    let mut key = Authenticator::new();
    let add = "mutation($input: PasskeyAdd!) { staffPasskeyAdd(input: $input) { passkey { id } userErrors { code } } }";
    let input = json!({"input": {"challengeToken": asked["challengeToken"], "credential": key.create(&asked["publicKey"]), "name": "Key"}});
    let id = mina.client.graphql("admin", add, input).await["staffPasskeyAdd"]["passkey"]["id"].clone();
    let asked = app.guest().graphql("admin", &format!("mutation {{ staffPasskeyLoginOptions {selection} }}"), json!({})).await;
    let asked = &asked["staffPasskeyLoginOptions"]["options"];
    let login = "mutation($input: StaffPasskeyLogin!) { staffPasskeyLogin(input: $input) { signedIn { tokens { accessToken } } userErrors { code } } }";
    let input = json!({"input": {"challengeToken": asked["challengeToken"], "credential": key.get(&asked["publicKey"])}});
    let done = app.guest().graphql("admin", login, input).await;
    let client = app.guest().bearing(done["staffPasskeyLogin"]["signedIn"]["tokens"]["accessToken"].as_str().unwrap());
    assert_eq!(client.graphql("admin", "{ myStaffPasskeys { name } }", json!({})).await["myStaffPasskeys"], json!([{"name": "Key"}]));
    let asked = client.graphql("admin", &format!("mutation {{ staffPasskeyStepUpOptions {selection} }}"), json!({})).await;
    let asked = &asked["staffPasskeyStepUpOptions"]["options"];
    let step_up =
        "mutation($input: StaffPasskeyLogin!) { staffPasskeyStepUp(input: $input) { tokens { accessToken } userErrors { code } } }";
    let input = json!({"input": {"challengeToken": asked["challengeToken"], "credential": key.get(&asked["publicKey"])}});
    assert!(client.graphql("admin", step_up, input).await["staffPasskeyStepUp"]["tokens"]["accessToken"].is_string());
    let rename = "mutation($id: ID!) { staffPasskeyRename(id: $id, input: {name: \"Ring\"}) { passkey { name } userErrors { code } } }";
    assert_eq!(client.graphql("admin", rename, json!({"id": id})).await["staffPasskeyRename"]["passkey"]["name"], "Ring");
    let delete = "mutation($id: ID!) { staffPasskeyDelete(id: $id) { deleted { id } userErrors { code } } }";
    assert_eq!(client.graphql("admin", delete, json!({"id": id})).await["staffPasskeyDelete"]["deleted"]["id"], id);
});

on_both!(a_copy_of_a_passkey_is_on_the_record, |app| async move {
    let mina = app.owner("mina").await;
    let mut key = Authenticator::new();
    add(&mina.client, &mut key).await.expect(201);
    log_in(&app, &mut key).await.expect(200);
    let mut copy = key.clone();
    log_in(&app, &mut key).await.expect(200);
    copy.count = Some(copy.count.unwrap() - 1);
    log_in(&app, &mut copy).await.problem(401, "invalid_credentials");
    let log = app.admin().get("/admin/v1/audit-log?type=passkey.copy_suspected").await.expect(200);
    assert_eq!((log["data"][0]["actor"].as_str(), &log["data"][0]["operation"]), (Some(mina.id()), &json!("log_in_staff_with_passkey")));
});

on_both!(of_many_passkeys_added_at_once_none_is_one_too_many, |app| async move {
    let mina = app.owner("mina").await;
    for _ in 0..18 {
        add(&mina.client, &mut Authenticator::new()).await.expect(201);
    }
    let tries = (0..6).map(|_| {
        let client = mina.client.clone();
        tokio::spawn(async move { add(&client, &mut Authenticator::new()).await.status })
    });
    let statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 2, "{statuses:?}");
});
