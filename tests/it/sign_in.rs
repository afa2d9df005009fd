//! Signing in with others on the web: starting, coming back, whose account it opens.

use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::issuer::{CALLBACK, Started, with_issuer};
use crate::support::shop::{Item, Shop};
use crate::support::{Reply, TestApp};

fn logged_in(login: &Value) -> &str {
    login["tokens"]["access_token"].as_str().unwrap()
}

fn fake() -> Vec<(&'static str, Value)> {
    vec![("fake", json!({"name": "Fake"}))]
}

with_issuer!(a_customer_comes_and_comes_back, fake(), |app, issuer, signer| async move {
    let offered = app.guest().get("/store/v1/auth/providers").await.expect(200);
    assert_eq!(
        offered,
        json!({"data": [{"id": "fake", "name": "Fake", "protocol": "oidc", "client_id": "shop", "redirects": true, "takes_id_tokens": true}]})
    );
    let started = app.start_sign_in("fake").await;
    assert!(started.url.as_str().starts_with(&format!("{}/authorize?tenant=1&response_type=code&client_id=shop&", issuer.base)));
    for (name, value) in
        [("redirect_uri", CALLBACK), ("code_challenge_method", "S256"), ("scope", "openid email profile"), ("ui_locales", "ko")]
    {
        assert_eq!(started.sent(name), value);
    }
    assert_eq!((started.sent("state"), started.sent("code_challenge").len()), (started.state.clone(), 43));
    assert!(!started.url.as_str().contains(&started.flow_secret));
    let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
    let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    let more = json!({"device_name": "Firefox", "locale": "en", "consents": {"email": true}});
    let login = app.finish_sign_in_with(&started, &code, more).await.expect(200);
    let customer = &login["customer"];
    assert_eq!(
        (&customer["email"], &customer["email_verified"], &customer["has_password"], &customer["name"], &customer["locale"]),
        (&json!("mina@example.com"), &json!(true), &json!(false), &json!("mina elsewhere"), &json!("en"))
    );
    assert_eq!(
        (&customer["consents"]["email"]["granted"], &customer["consents"]["email"]["source"]),
        (&json!(true), &json!("registration"))
    );
    let (form, basic) = issuer.last_token_request();
    assert_eq!(basic.as_deref(), Some("Basic c2hvcDpzM2NyZXQ="));
    assert!(!form.contains_key("client_secret") && form["code_verifier"].len() >= 43);
    // The session is one like any other.
    let mina = app.guest().bearing(logged_in(&login));
    assert_eq!(mina.get("/store/v1/me/sessions").await.expect(200)["data"][0]["device_name"], "Firefox");
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": login["tokens"]["refresh_token"]})).await.expect(200);
    // Whoever comes back is the same, whatever address the provider has by now.
    let again = app.sign_in(&issuer, &signer, "fake", "mina", |claims| claims["email"] = json!("new@example.com")).await.expect(200);
    assert_eq!((&again["customer"]["id"], &again["customer"]["email"]), (&customer["id"], &json!("mina@example.com")));
    let linked = mina.get("/store/v1/me/identities").await.expect(200);
    assert_eq!((linked["data"][0]["provider"].as_str(), linked["data"][0]["email"].as_str()), (Some("fake"), Some("new@example.com")));
    assert_eq!(mina.get("/store/v1/me/export").await.expect(200)["identities"], linked["data"]);
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    assert!(events.contains("customer.registered") && !events.contains("example.com") && !events.contains("mina"), "{events}");
    // A password by mail is one more way in.
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token("mina@example.com"), "password": PASSWORD});
    app.guest().post("/store/v1/auth/password/reset", body).await.expect(200);
    assert_eq!(app.log_in("mina@example.com", PASSWORD).await.id(), customer["id"].as_str().unwrap());
});

with_issuer!(a_verified_address_opens_its_account, fake(), |app, issuer, signer| async move {
    let mina = app.customer("mina").await;
    app.send_mail().await;
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |claims| claims["email"] = json!("Mina@Example.com")).await.expect(200);
    assert_eq!(login["customer"]["id"], mina.id());
    assert_eq!(login["customer"]["has_password"], true);
    app.send_mail().await;
    let told = app.mailbox.to("mina@example.com").pop().unwrap();
    assert!(told.subject.contains("연결"), "{}", told.subject);
    assert!(app.admin().get("/admin/v1/events?limit=100").await.text.contains("customer.identity_linked"));
    // Both ways lead in.
    app.log_in("mina@example.com", PASSWORD).await;
});

with_issuer!(without_a_verified_address_nobodys_account_is_opened, fake(), |app, issuer, signer| async move {
    app.customer("mina").await;
    let mut answers = Vec::new();
    for name in ["mina", "nobody"] {
        for verified in [json!(false), json!("false"), json!(1), json!(null)] {
            // Its userinfo endpoint is not asked when the token says anything.
            let reply = app.sign_in(&issuer, &signer, "fake", name, |claims| claims["email_verified"] = verified.clone()).await;
            let mut problem = reply.problem(409, "identity_email_not_verified");
            problem["request_id"] = json!(null);
            answers.push(problem);
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "the same whether the address has an account: {answers:?}");
    let reply = app.sign_in(&issuer, &signer, "fake", "nobody", |claims| claims["email"] = json!("no address")).await;
    reply.problem(409, "identity_email_not_verified");
    // Apple says it as text.
    app.sign_in(&issuer, &signer, "fake", "mina", |claims| claims["email_verified"] = json!("true")).await.expect(200);
});

with_issuer!(an_address_that_nobody_had_proved_is_the_provers, fake(), |app, issuer, signer| async move {
    // An import brought a password along that who knows who chose.
    let hash = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
    let imported = json!({"customers": [{"email": "mina@example.com", "password_hash": hash, "email_verified": false}]});
    app.admin().post("/admin/v1/customers/import", imported).await.expect(200);
    // They link their own account elsewhere.
    let mallory = app.log_in("mina@example.com", "password").await;
    let id_token = signer.sign(&app.claims(&issuer, "mallory", "n"));
    let body = json!({"provider": "fake", "id_token": id_token, "nonce": "n", "password": "password"});
    mallory.client.post("/store/v1/me/identities/id-token", body).await.expect(200);
    app.linked(mallory.id(), None);
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    assert_eq!((&login["customer"]["email_verified"], &login["customer"]["has_password"]), (&json!(true), &json!(false)));
    // It is the owner's from then on, and nobody else's.
    assert_eq!(login["customer"]["id"], mallory.id());
    let own = app.guest().bearing(logged_in(&login)).get("/store/v1/me/identities").await.expect(200);
    let own: Vec<&str> = own["data"].as_array().unwrap().iter().map(|identity| identity["email"].as_str().unwrap()).collect();
    assert_eq!(own, ["mina@example.com"]);
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": mallory.refresh_token()})).await.problem(401, "unauthenticated");
    let elsewhere = app.sign_in(&issuer, &signer, "fake", "mallory", |_| ()).await.expect(200);
    assert_ne!(elsewhere["customer"]["id"], login["customer"]["id"]);
});

with_issuer!(an_account_that_is_kept_out_stays_out, fake(), |app, issuer, signer| async move {
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    let path = format!("/admin/v1/customers/{}", login["customer"]["id"].as_str().unwrap());
    app.admin().post(&format!("{path}/disable"), json!({})).await.expect(200);
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.problem(401, "invalid_credentials");
    app.sign_in(&issuer, &signer, "fake", "mina", |c| c["sub"] = json!("another-1")).await.problem(401, "invalid_credentials");
    app.admin().post(&format!("{path}/enable"), json!({})).await.expect(200);
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    // Erased: nothing is left of whom they were elsewhere, and who comes now is new.
    app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200);
    let anew = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    assert_ne!(anew["customer"]["id"], login["customer"]["id"]);
});

with_issuer!(a_guests_cart_and_orders_come_along, fake(), |app, issuer, signer| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    crate::support::buyer::buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup, "quantity": 2}]})).await.expect(201);
    let started = app.start_sign_in("fake").await;
    let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
    let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    let more = json!({"cart": {"id": cart["id"], "token": cart["token"], "strategy": "sum"}});
    let login = app.finish_sign_in_with(&started, &code, more).await.expect(200);
    assert_eq!(login["claimed"]["cart"]["customer_id"], login["customer"]["id"]);
    let orders = app.guest().bearing(logged_in(&login)).get("/store/v1/me/orders").await.expect(200);
    assert_eq!(orders["data"].as_array().unwrap().len(), 1, "what was ordered with the verified address");
});

with_issuer!(two_at_once_make_one_account, fake(), |app, issuer, signer| async move {
    let mut bodies = Vec::new();
    for _ in 0..4 {
        let started = app.start_sign_in("fake").await;
        let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
        let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
        bodies.push(started.back(&code));
    }
    let tries = bodies.into_iter().map(|body| {
        let client = app.guest();
        tokio::spawn(async move { client.post("/store/v1/auth/oidc/fake/finish", body).await.expect(200)["customer"]["id"].clone() })
    });
    let mut ids: Vec<Value> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "{ids:?}");
});

fn somewhere() -> Vec<(&'static str, Value)> {
    vec![("fake", json!({"redirect_uris": [CALLBACK, "com.example.app:/callback"]})), ("elsewhere", json!({"channels": ["us"]}))]
}

with_issuer!(codes_go_only_where_the_operator_says, somewhere(), |app, _issuer, _signer| async move {
    let start = |provider: &str, uri: &str| {
        let (client, path, body) = (app.guest(), format!("/store/v1/auth/oidc/{provider}/start"), json!({"redirect_uri": uri}));
        async move { client.post(&path, body).await }
    };
    for uri in ["https://evil.example.com/callback", "https://shop.example.com/callback/", "https://shop.example.com/callback?x", "", "x"] {
        let problem = start("fake", uri).await.problem(422, "invalid");
        assert_eq!(problem["errors"][0]["pointer"], "/redirect_uri");
    }
    start("fake", CALLBACK).await.expect(200);
    // What another channel offers is not there, nor is what nobody does.
    start("elsewhere", CALLBACK).await.problem(404, "not_found");
    start("nobody", CALLBACK).await.problem(404, "not_found");
    assert_eq!(app.guest().get("/store/v1/auth/providers").await.expect(200)["data"].as_array().unwrap().len(), 1);
    // A channel with origins of its own lets codes go to those alone.
    let channel = app.admin().get("/admin/v1/channels").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/v1/channels/{channel}");
    app.admin().patch(&path, json!({"allowed_origins": ["https://other.example.com"]})).await.expect(200);
    start("fake", CALLBACK).await.problem(422, "invalid");
    start("fake", "com.example.app:/callback").await.expect(200);
    app.admin().patch(&path, json!({"allowed_origins": ["https://shop.example.com"]})).await.expect(200);
    start("fake", CALLBACK).await.expect(200);
});

/// A server without OpenID Connect, at the issuer's own paths.
async fn at_naver(app: &TestApp, issuer: &crate::support::issuer::Issuer, profile: Value) -> Reply {
    let started = app.start_sign_in("naver").await;
    assert_eq!((started.sent("nonce"), started.sent("code_challenge").len()), (String::new(), 43));
    issuer.profile("at-naver", profile);
    let code = issuer.grant(&started, json!({"access_token": "at-naver", "token_type": "bearer", "expires_in": "3600"}));
    app.finish_sign_in_with(&started, &code, json!({})).await
}

#[test]
fn naver_has_a_profile_and_no_id_token() {
    crate::support::run(async {
        let issuer = crate::support::issuer::Issuer::start();
        let own = |path: &str| format!("{}{path}", issuer.base);
        let settings =
            json!({"preset": "naver", "authorization_url": own("/authorize"), "token_url": own("/token"), "profile_url": own("/profile")});
        let provider = issuer.configured("naver", settings);
        let app = TestApp::with(crate::support::Which::Sqlite, |config| config.sign_in = vec![provider]).await;
        app.customer("mina").await;
        let profile = json!({"resultcode": "00", "message": "success",
            "response": {"id": "n-1", "email": "mina@example.com", "name": "김미나", "mobile": "010-1234-5678"}});
        // Nobody says that the address is hers: the account begins without one, and the other's stays the other's.
        let login = at_naver(&app, &issuer, profile.clone()).await.expect(200);
        let customer = &login["customer"];
        assert_eq!((&customer["email"], &customer["name"], &customer["email_verified"]), (&Value::Null, &json!("김미나"), &json!(false)));
        let (form, basic) = issuer.last_token_request();
        assert_eq!((form["client_secret"].as_str(), form.contains_key("state"), basic), ("s3cret", true, None));
        assert_eq!(at_naver(&app, &issuer, profile).await.expect(200)["customer"]["id"], customer["id"]);
        // It says errors with 200, and a profile without an id is none.
        let started = app.start_sign_in("naver").await;
        let code = issuer.grant(&started, json!({"error": "invalid_request", "error_description": "no valid data in session"}));
        app.finish_sign_in(&started, &code).await.problem(422, "identity_refused");
        at_naver(&app, &issuer, json!({"resultcode": "024", "message": "Authentication failed"}))
            .await
            .problem(503, "identity_provider_unavailable");
        let body = json!({"provider": "naver", "id_token": "x.y.z"});
        app.guest().post("/store/v1/auth/id-token", body).await.problem(422, "identity_refused");
        // An address of her own she proves by mail.
        let client = app.guest().bearing(logged_in(&login));
        client.post("/store/v1/me/email", json!({"email": "minas@example.com"})).await.expect(202);
        app.send_mail().await;
        app.guest().post("/store/v1/auth/confirm-email", json!({"token": app.mailbox.token("minas@example.com")})).await.expect(200);
        assert_eq!(client.get("/store/v1/me").await.expect(200)["email"], "minas@example.com");
    });
}

with_issuer!(the_same_over_graphql, fake(), |app, issuer, signer| async move {
    let guest = app.guest();
    let offered = guest.graphql("store", "{ signInProviders { id name protocol redirects takesIdTokens } }", json!({})).await;
    assert_eq!(
        offered["signInProviders"],
        json!([{"id": "fake", "name": "Fake", "protocol": "OIDC", "redirects": true, "takesIdTokens": true}])
    );
    let start = "mutation($input: SignInStart!) { customerSignInStart(provider: \"fake\", input: $input) \
        { started { authorization_url: authorizationUrl state flow_secret: flowSecret } userErrors { code pointer } } }";
    let refused = guest.graphql("store", start, json!({"input": {"redirectUri": "https://evil.example.com"}})).await;
    assert_eq!(refused["customerSignInStart"]["userErrors"], json!([{"code": "not_allowed", "pointer": "/redirect_uri"}]));
    let started = guest.graphql("store", start, json!({"input": {"redirectUri": CALLBACK}})).await;
    let started = Started::of("fake", &started["customerSignInStart"]["started"]);
    let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
    let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    let finish = "mutation($input: SignInFinish!) { customerSignInFinish(provider: \"fake\", input: $input) \
        { login { tokens { accessToken } customer { email hasPassword } } userErrors { code } } }";
    let input = json!({"input": {"state": started.state, "flowSecret": started.flow_secret, "code": code}});
    let done = guest.graphql("store", finish, input.clone()).await;
    let login = &done["customerSignInFinish"]["login"];
    assert_eq!(login["customer"], json!({"email": "mina@example.com", "hasPassword": false}));
    let again = guest.graphql("store", finish, input).await;
    assert_eq!(again["customerSignInFinish"]["userErrors"], json!([{"code": "sign_in_not_valid"}]));
    let mina = app.guest().bearing(login["tokens"]["accessToken"].as_str().unwrap());
    let me = mina.graphql("store", "{ me { identities { id provider } } }", json!({})).await;
    let id = me["me"]["identities"][0]["id"].as_str().unwrap();
    let unlink = format!("mutation {{ customerIdentityUnlink(id: \"{id}\") {{ unlinked {{ id }} userErrors {{ code }} }} }}");
    let refused = mina.graphql("store", &unlink, json!({})).await;
    assert_eq!(refused["customerIdentityUnlink"]["userErrors"], json!([{"code": "last_sign_in"}]));
    let token =
        "mutation($input: IdTokenSignIn!) { customerSignInWithIdToken(input: $input) { login { customer { id } } userErrors { code } } }";
    let id_token = signer.sign(&app.claims(&issuer, "jun", "n"));
    let input = json!({"input": {"provider": "fake", "idToken": id_token, "nonce": "n"}});
    let done = guest.graphql("store", token, input).await;
    assert!(done["customerSignInWithIdToken"]["login"]["customer"]["id"].is_string(), "{done}");
});
