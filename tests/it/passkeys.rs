//! Passkeys: added, used, listed, deleted, by an authenticator in software over real HTTP; and everything that must not
//! pass for one.

use serde_json::{Value, json};

use crate::support::authenticator::{ANDROID, Authenticator};
use crate::support::browser::Browser;
use crate::support::customer::{Customer, PASSWORD};
use crate::support::shop::{Item, Shop};
use crate::support::{Client, Reply, TestApp, Which, damage, on_both, run};

/// Asks for a new passkey's options, as who logged in just now.
async fn add_options(client: &Client) -> Value {
    client.post("/store/v1/me/passkeys/options", json!({})).await.expect(200)
}

async fn add(client: &Client, device: &mut Authenticator) -> Value {
    let options = add_options(client).await;
    let credential = device.create(&options["public_key"]);
    let body = json!({"challenge_token": options["challenge_token"], "credential": credential, "name": "phone"});
    client.post("/store/v1/me/passkeys", body).await.expect(201)
}

async fn login_options(app: &TestApp) -> Value {
    app.guest().post("/store/v1/auth/passkey/options", json!({})).await.expect(200)
}

async fn answer(client: &Client, options: &Value, credential: Value) -> Reply {
    let body = json!({"challenge_token": options["challenge_token"], "credential": credential});
    client.post("/store/v1/auth/passkey/login", body).await
}

async fn log_in(app: &TestApp, device: &mut Authenticator) -> Reply {
    let options = login_options(app).await;
    let credential = device.get(&options["public_key"]);
    answer(&app.guest(), &options, credential).await
}

/// A customer with a passkey.
async fn with_passkey(app: &TestApp, name: &str) -> (Customer, Authenticator, Value) {
    let (customer, mut device) = (app.customer(name).await, Authenticator::new());
    let passkey = add(&customer.client, &mut device).await;
    (customer, device, passkey)
}

async fn events(app: &TestApp, kind: &str) -> Vec<Value> {
    let all = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    all["data"].as_array().unwrap().iter().filter(|e| e["type"] == kind).cloned().collect()
}

on_both!(a_passkey_is_added_and_opens_the_account, |app| async move {
    let mina = app.customer("mina").await;
    let options = add_options(&mina.client).await;
    let asked = &options["public_key"];
    assert_eq!((asked["rp"]["id"].as_str(), asked["attestation"].as_str()), (Some("shop.example"), Some("none")));
    let selection = &asked["authenticatorSelection"];
    assert_eq!((&selection["residentKey"], &selection["userVerification"]), (&json!("required"), &json!("required")));
    assert_eq!((asked["user"]["name"].as_str(), asked["user"]["displayName"].as_str()), (Some("mina@example.com"), Some("mina")));
    let mut phone = Authenticator::new();
    let body = json!({"challenge_token": options["challenge_token"], "credential": phone.create(asked), "name": "Mina's phone"});
    let passkey = mina.client.post("/store/v1/me/passkeys", body).await.expect(201);
    assert_eq!(
        (passkey["name"].as_str(), passkey["backed_up"].as_bool(), &passkey["last_used_at"]),
        (Some("Mina's phone"), Some(true), &Value::Null)
    );
    // Nobody types a name: the device says who.
    let asked = login_options(&app).await;
    assert_eq!((&asked["public_key"]["allowCredentials"], &asked["public_key"]["userVerification"]), (&json!([]), &json!("required")));
    let login = log_in(&app, &mut phone).await.expect(200);
    assert_eq!(login["customer"]["id"].as_str(), Some(mina.id()));
    let client = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    assert_eq!(client.get("/store/v1/me").await.expect(200)["email"], "mina@example.com");
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": login["tokens"]["refresh_token"]})).await.expect(200);
    log_in(&app, &mut phone).await.expect(200);
    let list = client.get("/store/v1/me/passkeys").await.expect(200);
    assert!(list["data"][0]["last_used_at"].is_string());
    // A second one is not made on the device that has one: it is told of it.
    let again = add_options(&client).await;
    assert_eq!(again["public_key"]["excludeCredentials"].as_array().unwrap().len(), 1);
    let mut key = Authenticator::new();
    key.count = None;
    add(&client, &mut key).await;
    // One that does not count may go on at nought.
    log_in(&app, &mut key).await.expect(200);
    log_in(&app, &mut key).await.expect(200);
    // Told by mail, and as an event without personal data.
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").iter().any(|mail| mail.subject.contains("패스키")));
    let told = events(&app, "customer.passkey_added").await;
    assert_eq!((told.len(), &told[1]["data"]["passkey_id"]), (2, &passkey["id"]));
    assert!(!told[0].to_string().contains("@"));
});

on_both!(logging_in_with_a_passkey_claims_the_cart_and_fills_cookies, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (mina, mut phone, _) = with_passkey(&app, "mina").await;
    let cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup, "quantity": 2}]})).await.expect(201);
    let mut browser = Browser::new(&app);
    let options = login_options(&app).await;
    let body = json!({
        "challenge_token": options["challenge_token"], "credential": phone.get(&options["public_key"]), "device_name": "laptop",
        "cart": {"id": cart["id"], "token": cart["token"], "strategy": "sum"},
    });
    let login = browser.wanting_cookies().post("/store/v1/auth/passkey/login", body).await;
    browser.keep(&login);
    assert_eq!(login.without_tokens()["claimed"]["cart"]["customer_id"].as_str(), Some(mina.id()), "{}", login.text);
    assert_eq!(browser.bare().get("/store/v1/me/cart").await.expect(200)["lines"][0]["quantity"], 2);
    let sessions = browser.bare().get("/store/v1/me/sessions").await.expect(200);
    assert_eq!(sessions["data"][0]["device_name"], "laptop");
    // Another site's page logs nobody in with its own passkey.
    let options = login_options(&app).await;
    let credential = phone.get(&options["public_key"]);
    let foreign = app.guest().with("Maru-Token-Transport", "cookie").with("Origin", "https://evil.example");
    answer(&foreign, &options, credential).await.problem(403, "csrf_failed");
});

on_both!(nothing_else_passes_for_a_passkey, |app| async move {
    let (_, mut phone, _) = with_passkey(&app, "mina").await;
    let (_, mut others, _) = with_passkey(&app, "jun").await;
    log_in(&app, &mut others).await.expect(200);
    log_in(&app, &mut phone).await.expect(200);
    let (user, id, count) = (phone.user.clone(), phone.id.clone(), phone.count);
    let change = |how: &dyn Fn(&mut Authenticator)| {
        let mut phone = phone.clone();
        how(&mut phone);
        phone
    };
    let lies: [(&str, Authenticator); 11] = [
        ("another page", change(&|p| p.origin = "https://evil.example".to_owned())),
        ("a page below the right one", change(&|p| p.origin = "https://x.www.shop.example".to_owned())),
        ("the right page by HTTP", change(&|p| p.origin = "http://www.shop.example".to_owned())),
        ("another port", change(&|p| p.origin = "https://www.shop.example:8443".to_owned())),
        ("another app", change(&|p| p.origin = "android:apk-key-hash:AAAA".to_owned())),
        ("another shop's", change(&|p| p.rp_id = "evil.example".to_owned())),
        ("nobody's finger", change(&|p| p.verifies = false)),
        ("another ceremony", change(&|p| p.kind = Some("webauthn.create".to_owned()))),
        ("a count that went back", change(&|p| p.count = Some(count.unwrap() - 1))),
        ("an unknown passkey", change(&|p| p.id = vec![7; 16])),
        ("another account's user handle", change(&|p| p.user = others.user.clone())),
    ];
    for (lie, mut device) in lies {
        let reply = log_in(&app, &mut device).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (401, Some("invalid_credentials")), "{lie}: {}", reply.text);
    }
    // Somebody's own key under another's name, and another's answer under one's own.
    let mut impostor = Authenticator::new();
    (impostor.id, impostor.user, impostor.count) = (id, user, Some(100));
    log_in(&app, &mut impostor).await.problem(401, "invalid_credentials");
    let options = login_options(&app).await;
    let (mut mixed, own) = (phone.get(&options["public_key"]), others.get(&options["public_key"]));
    mixed["response"]["signature"] = own["response"]["signature"].clone();
    answer(&app.guest(), &options, mixed).await.problem(401, "invalid_credentials");
    let options = login_options(&app).await;
    let mut nobody = phone.get(&options["public_key"]);
    nobody["response"].as_object_mut().unwrap().remove("userHandle");
    answer(&app.guest(), &options, nobody).await.problem(401, "invalid_credentials");
    let told = events(&app, "passkey.copy_suspected").await;
    assert_eq!(told.len(), 1, "the count that went back is told");
    // None of it keeps the right one out, from the page and from the app.
    log_in(&app, &mut phone).await.expect(200);
    phone.origin = ANDROID.to_owned();
    log_in(&app, &mut phone).await.expect(200);
});

on_both!(a_challenge_is_answered_once_by_whom_it_was_given, |app| async move {
    let (mina, mut phone, _) = with_passkey(&app, "mina").await;
    let jun = app.customer("jun").await;
    let options = login_options(&app).await;
    let credential = phone.get(&options["public_key"]);
    answer(&app.guest(), &options, credential.clone()).await.expect(200);
    answer(&app.guest(), &options, credential).await.problem(422, "passkey_not_valid");
    // Twenty at once: one.
    let options = login_options(&app).await;
    let credential = phone.get(&options["public_key"]);
    let tries = (0..20).map(|_| {
        let (client, options, credential) = (app.guest(), options.clone(), credential.clone());
        tokio::spawn(async move { answer(&client, &options, credential).await.status })
    });
    let all: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    assert_eq!((all.iter().filter(|s| **s == 200).count(), all.iter().filter(|s| **s == 422).count()), (1, 19), "{all:?}");
    // Another instance is asked the same.
    let beside = app.beside().await;
    let options = login_options(&app).await;
    let credential = phone.get(&options["public_key"]);
    let body = json!({"challenge_token": options["challenge_token"], "credential": credential});
    beside.client.post("/store/v1/auth/passkey/login", body.clone()).await.expect(200);
    app.guest().post("/store/v1/auth/passkey/login", body).await.problem(422, "passkey_not_valid");
    // A challenge of another, of another kind, changed, made up, or of yesterday.
    let (one, other) = (login_options(&app).await, login_options(&app).await);
    let mut crossed = one.clone();
    crossed["challenge_token"] = other["challenge_token"].clone();
    answer(&app.guest(), &crossed, phone.get(&one["public_key"])).await.problem(401, "invalid_credentials");
    let adding = add_options(&mina.client).await;
    answer(&app.guest(), &adding, phone.get(&adding["public_key"])).await.problem(422, "passkey_not_valid");
    let options = login_options(&app).await;
    for token in ["", "AAAA", "nonsense", &"A".repeat(15_000), &options["challenge_token"].as_str().unwrap().replace('A', "B")] {
        let mut made_up = options.clone();
        made_up["challenge_token"] = json!(format!("{token}x"));
        answer(&app.guest(), &made_up, phone.get(&options["public_key"])).await.problem(422, "passkey_not_valid");
    }
    let late = phone.get(&options["public_key"]);
    app.advance(chrono::Duration::minutes(5));
    answer(&app.guest(), &options, late).await.problem(422, "passkey_not_valid");
    // What Mina's session asked for, no other may finish: not Jun, nor another device of hers.
    let asked = add_options(&mina.client).await;
    let body = json!({"challenge_token": asked["challenge_token"], "credential": Authenticator::new().create(&asked["public_key"])});
    let laptop = app.log_in("mina@example.com", PASSWORD).await;
    for client in [&jun.client, &laptop.client] {
        client.post("/store/v1/me/passkeys", body.clone()).await.problem(422, "passkey_not_valid");
    }
    app.guest().post("/store/v1/me/passkeys", body.clone()).await.problem(401, "unauthenticated");
    mina.client.post("/store/v1/me/passkeys", body.clone()).await.expect(201);
    mina.client.post("/store/v1/me/passkeys", body).await.problem(422, "passkey_not_valid");
    // Answered challenges are forgotten in time.
    app.advance(chrono::Duration::hours(2));
    app.work().await;
});

on_both!(what_devices_make_is_checked_as_well, |app| async move {
    let (mina, phone, _) = with_passkey(&app, "mina").await;
    let jun = app.customer("jun").await;
    let refused = async |client: &Client, lie: &str, how: &dyn Fn(&mut Authenticator), edit: &dyn Fn(&mut Value)| {
        let options = add_options(client).await;
        let mut device = Authenticator::new();
        how(&mut device);
        let mut credential = device.create(&options["public_key"]);
        edit(&mut credential);
        let body = json!({"challenge_token": options["challenge_token"], "credential": credential});
        let reply = client.post("/store/v1/me/passkeys", body).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (422, Some("passkey_not_valid")), "{lie}: {}", reply.text);
    };
    let same = |_: &mut Value| {};
    let honest = |_: &mut Authenticator| {};
    refused(&mina.client, "another page", &|d| d.origin = "https://evil.example".to_owned(), &same).await;
    refused(&mina.client, "another shop", &|d| d.rp_id = "evil.example".to_owned(), &same).await;
    refused(&mina.client, "nobody's finger", &|d| d.verifies = false, &same).await;
    refused(&mina.client, "another ceremony", &|d| d.kind = Some("webauthn.get".to_owned()), &same).await;
    // A passkey is one account's: neither another's nor twice.
    refused(&jun.client, "another's", &|d| d.id = phone.id.clone(), &same).await;
    refused(&mina.client, "a second time", &|d| d.id = phone.id.clone(), &same).await;
    refused(&mina.client, "no object", &honest, &|c| *c = json!("x")).await;
    refused(&mina.client, "nothing", &honest, &|c| *c = json!({})).await;
    refused(&mina.client, "no bytes", &honest, &|c| c["response"]["attestationObject"] = json!("!!")).await;
    refused(&mina.client, "no CBOR", &honest, &|c| c["response"]["attestationObject"] = json!("AAAA")).await;
    refused(&mina.client, "deep CBOR", &honest, &|c| c["response"]["attestationObject"] = json!("gYGBgYGBgYGB".repeat(1_000))).await;
    refused(&mina.client, "long CBOR", &honest, &|c| c["response"]["attestationObject"] = json!("W_________8AAA")).await;
    refused(&mina.client, "no JSON", &honest, &|c| c["response"]["clientDataJSON"] = json!("AAAA")).await;
    // What is larger than any device's answer is not read.
    let options = add_options(&mina.client).await;
    let body = json!({"challenge_token": options["challenge_token"], "credential": {"id": "A".repeat(20_000)}});
    mina.client.post("/store/v1/me/passkeys", body.clone()).await.problem(413, "payload_too_large");
    let mutation = "mutation($input: PasskeyAdd!) { customerPasskeyAdd(input: $input) { passkey { id } userErrors { code } } }";
    let input = json!({"input": {"challengeToken": options["challenge_token"], "credential": body["credential"]}});
    let refused = mina.client.graphql("store", mutation, input).await;
    assert_eq!(refused["customerPasskeyAdd"]["userErrors"][0]["code"], "passkey_not_valid");
    assert_eq!(mina.client.get("/store/v1/me/passkeys").await.expect(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(jun.client.get("/store/v1/me/passkeys").await.expect(200)["data"], json!([]));
});

on_both!(adding_and_deleting_need_a_recent_log_in, |app| async move {
    let (mina, mut phone, passkey) = with_passkey(&app, "mina").await;
    app.advance(chrono::Duration::minutes(11));
    let ask = |body: Value| {
        let client = mina.client.clone();
        async move { client.post("/store/v1/me/passkeys/options", body).await }
    };
    ask(json!({})).await.problem(401, "unauthenticated");
    ask(json!({"password": "wrong"})).await.problem(401, "invalid_credentials");
    ask(json!({"password": PASSWORD})).await.expect(200);
    let path = format!("/store/v1/me/passkeys/{}", passkey["id"].as_str().unwrap());
    mina.client.delete(&path).await.problem(401, "unauthenticated");
    // A passkey is a recent log-in as good as a password.
    let login = log_in(&app, &mut phone).await.expect(200);
    let fresh = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    add(&fresh, &mut Authenticator::new()).await;
    // A session that has ended adds nothing, although its access token is still good.
    let options = add_options(&fresh).await;
    let body = json!({"challenge_token": options["challenge_token"], "credential": Authenticator::new().create(&options["public_key"])});
    fresh.post("/store/v1/auth/logout", json!({})).await.expect(200);
    fresh.post("/store/v1/me/passkeys", body).await.problem(401, "unauthenticated");
    fresh.post("/store/v1/me/passkeys/options", json!({})).await.problem(401, "unauthenticated");
    fresh.delete(&path).await.problem(401, "unauthenticated");
});

on_both!(the_last_way_in_stays, |app| async move {
    let (mina, mut phone, passkey) = with_passkey(&app, "mina").await;
    let jun = app.customer("jun").await;
    let path = format!("/store/v1/me/passkeys/{}", passkey["id"].as_str().unwrap());
    let renamed = mina.client.patch(&path, json!({"name": "Old phone"})).await.expect(200);
    assert_eq!(renamed["name"], "Old phone");
    mina.client.patch(&path, json!({"name": ""})).await.problem(422, "invalid");
    for reply in [jun.client.patch(&path, json!({"name": "x"})).await, jun.client.delete(&path).await] {
        reply.problem(404, "not_found");
    }
    let dry = mina.client.delete(&format!("{path}?dry_run=true")).await;
    dry.expect(200);
    // With a password the passkey may go; what it opened stays open, and it opens nothing more.
    mina.client.delete(&path).await.expect(200);
    mina.client.delete(&path).await.problem(404, "not_found");
    log_in(&app, &mut phone).await.problem(401, "invalid_credentials");
    mina.client.get("/store/v1/me").await.expect(200);
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").iter().any(|mail| mail.subject.contains("삭제")));
    assert_eq!(events(&app, "customer.passkey_removed").await.len(), 1);
    // Without one, the last of several stays, however many are deleted at once.
    let mut devices = [Authenticator::new(), Authenticator::new(), Authenticator::new()];
    let mut paths = Vec::new();
    for device in &mut devices {
        let added = add(&mina.client, device).await;
        paths.push(format!("/store/v1/me/passkeys/{}", added["id"].as_str().unwrap()));
    }
    forget_passwords(&app).await;
    let tries = paths.iter().map(|path| {
        let (client, path) = (mina.client.clone(), path.clone());
        tokio::spawn(async move { client.delete(&path).await.status })
    });
    let mut all: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    all.sort_unstable();
    assert_eq!(all, [200, 200, 409]);
    let left = mina.client.get("/store/v1/me/passkeys").await.expect(200);
    let path = format!("/store/v1/me/passkeys/{}", left["data"][0]["id"].as_str().unwrap());
    mina.client.delete(&path).await.problem(409, "last_sign_in");
});

/// Takes every account's password away, as of one that was made by signing in elsewhere.
async fn forget_passwords(app: &TestApp) {
    let url = app.database_url();
    tokio::task::spawn_blocking(move || damage(&url, "UPDATE customers SET password_hash = NULL")).await.unwrap();
}

on_both!(an_account_that_is_gone_or_kept_out_opens_to_no_passkey, |app| async move {
    let (mina, mut phone, _) = with_passkey(&app, "mina").await;
    let export = mina.client.get("/store/v1/me/export").await.expect(200);
    assert_eq!(export["passkeys"][0]["name"], "phone");
    let path = format!("/admin/v1/customers/{}", mina.id());
    app.admin().post(&format!("{path}/disable"), json!({})).await.expect(200);
    log_in(&app, &mut phone).await.problem(401, "invalid_credentials");
    app.admin().post(&format!("{path}/enable"), json!({})).await.expect(200);
    log_in(&app, &mut phone).await.expect(200);
    app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200);
    log_in(&app, &mut phone).await.problem(401, "invalid_credentials");
    // Nothing of it is left: another account may have what the device made.
    let jun = app.customer("jun").await;
    add(&jun.client, &mut phone).await;
    assert_eq!(log_in(&app, &mut phone).await.expect(200)["customer"]["id"].as_str(), Some(jun.id()));
});

on_both!(an_account_has_twenty_at_most, |app| async move {
    let mina = app.customer("mina").await;
    for _ in 0..20 {
        add(&mina.client, &mut Authenticator::new()).await;
    }
    let options = add_options(&mina.client).await;
    let body = json!({"challenge_token": options["challenge_token"], "credential": Authenticator::new().create(&options["public_key"])});
    mina.client.post("/store/v1/me/passkeys", body).await.problem(422, "invalid");
});

on_both!(graphql_does_the_same, |app| async move {
    let mina = app.customer("mina").await;
    let options = "options { challengeToken publicKey expiresAt } userErrors { code }";
    let asked = mina.client.graphql("store", &format!("mutation {{ customerPasskeyAddOptions {{ {options} }} }}"), json!({})).await;
    let asked = &asked["customerPasskeyAddOptions"]["options"];
    let mut phone = Authenticator::new();
    let add = "mutation($input: PasskeyAdd!) { customerPasskeyAdd(input: $input) { passkey { id name } userErrors { code } } }";
    let input = json!({"input": {"challengeToken": asked["challengeToken"], "credential": phone.create(&asked["publicKey"])}});
    let added = mina.client.graphql("store", add, input).await["customerPasskeyAdd"]["passkey"].clone();
    assert_eq!(added["name"], "Passkey");
    let asked = app.guest().graphql("store", &format!("mutation {{ customerPasskeyLoginOptions {{ {options} }} }}"), json!({})).await;
    let asked = &asked["customerPasskeyLoginOptions"]["options"];
    let login = "mutation($input: PasskeyLogin!) { customerPasskeyLogin(input: $input) { login { customer { id } tokens { accessToken } } \
        userErrors { code } } }";
    let input = json!({"input": {"challengeToken": asked["challengeToken"], "credential": phone.get(&asked["publicKey"])}});
    let done = app.guest().graphql("store", login, input.clone()).await;
    assert_eq!(done["customerPasskeyLogin"]["login"]["customer"]["id"].as_str(), Some(mina.id()));
    let again = app.guest().graphql("store", login, input).await;
    assert_eq!(again["customerPasskeyLogin"], json!({"login": null, "userErrors": [{"code": "passkey_not_valid"}]}));
    let rename = "mutation($id: ID!) { customerPasskeyRename(id: $id, input: {name: \"Key\"}) { passkey { name } userErrors { code } } }";
    let renamed = mina.client.graphql("store", rename, json!({"id": added["id"]})).await;
    assert_eq!(renamed["customerPasskeyRename"]["passkey"]["name"], "Key");
    let me = mina.client.graphql("store", "{ me { passkeys { name lastUsedAt } } }", json!({})).await;
    assert_eq!(me["me"]["passkeys"][0]["name"], "Key");
    let delete = "mutation($id: ID!) { customerPasskeyDelete(id: $id) { deleted { id } userErrors { code } } }";
    let deleted = mina.client.graphql("store", delete, json!({"id": added["id"]})).await;
    assert_eq!(deleted["customerPasskeyDelete"]["deleted"]["id"], added["id"]);
});

#[test]
fn a_shop_without_passkeys_says_so() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.passkeys = None).await;
        app.guest().post("/store/v1/auth/passkey/options", json!({})).await.problem(503, "unavailable");
        let mina = app.customer("mina").await;
        mina.client.post("/store/v1/me/passkeys/options", json!({})).await.problem(503, "unavailable");
        assert_eq!(mina.client.get("/store/v1/me/passkeys").await.expect(200)["data"], json!([]));
    });
}
