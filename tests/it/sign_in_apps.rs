//! ID tokens that apps got with the providers' own SDKs.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::issuer::with_issuer;
use crate::support::{Reply, TestApp};

async fn present(app: &TestApp, body: Value) -> Reply {
    app.guest().post("/store/v1/auth/id-token", body).await
}

fn google() -> Vec<(&'static str, Value)> {
    vec![("google", json!({"preset": "google", "audiences": ["ios", "android"], "algorithms": "ES256"}))]
}

with_issuer!(each_of_the_shops_apps_may_present_a_token_once, google(), |app, issuer, signer| async move {
    for (audience, azp) in [("ios", "ios"), ("android", "android"), ("shop", "android"), ("shop", "shop")] {
        let mut claims = app.claims(&issuer, "mina", "n");
        (claims["aud"], claims["azp"]) = (json!(audience), json!(azp));
        let body = json!({"provider": "google", "id_token": signer.sign(&claims), "nonce": "n", "device_name": "Mina's phone"});
        present(&app, body.clone()).await.expect(200);
        present(&app, body).await.problem(422, "identity_refused");
        // Nor with another signature of the same.
        let body = json!({"provider": "google", "id_token": signer.sign(&claims), "nonce": "n"});
        present(&app, body).await.problem(422, "identity_refused");
    }
    for (audience, azp) in [("another", "ios"), ("ios", "another")] {
        let mut claims = app.claims(&issuer, "mina", "n");
        (claims["aud"], claims["azp"]) = (json!(audience), json!(azp));
        let body = json!({"provider": "google", "id_token": signer.sign(&claims), "nonce": "n"});
        present(&app, body).await.problem(422, "identity_refused");
    }
    // At once, too.
    let token = signer.sign(&app.claims(&issuer, "jun", "n"));
    let tries = (0..4).map(|_| {
        let (client, body) = (app.guest(), json!({"provider": "google", "id_token": token, "nonce": "n"}));
        tokio::spawn(async move { client.post("/store/v1/auth/id-token", body).await.status })
    });
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422]);
    // A used token is forgotten when it is refused anyway.
    app.advance(chrono::Duration::minutes(13));
    assert!(app.rule(|tx, _| maru::commerce::customers::forget_sign_ins(tx)).await >= 5);
    present(&app, json!({"provider": "google", "id_token": token, "nonce": "n"})).await.problem(422, "identity_refused");
    present(&app, json!({"provider": "nobody", "id_token": token})).await.problem(404, "not_found");
    present(&app, json!({"provider": "google", "id_token": "x".repeat(8_193)})).await.problem(422, "invalid");
});

with_issuer!(a_tokens_nonce_is_the_apps, google(), |app, issuer, signer| async move {
    let token = |nonce: Value| {
        let mut claims = app.claims(&issuer, "mina", "");
        (claims["nonce"], claims["jti"]) = (nonce, json!(uuid::Uuid::new_v4()));
        signer.sign(&claims)
    };
    let hashed = hex::encode(Sha256::digest("n"));
    for (held, presented, status) in [
        (json!("n"), json!("n"), 200),
        (json!(hashed), json!("n"), 200),
        (json!("n"), json!("m"), 422),
        (json!("n"), json!(null), 422),
        (json!(null), json!("n"), 422),
        // An app that binds nothing: the token is still taken once.
        (json!(null), json!(null), 200),
    ] {
        let body = json!({"provider": "google", "id_token": token(held.clone()), "nonce": presented});
        assert_eq!(present(&app, body).await.status, status, "{held} {presented}");
    }
});

fn apple() -> Vec<(&'static str, Value)> {
    vec![("apple", json!({"preset": "apple", "audiences": ["com.example.app"], "algorithms": "ES256"}))]
}

with_issuer!(apples_ways, apple(), |app, issuer, signer| async move {
    let relay = "x7k2@privaterelay.appleid.com";
    let hashed = hex::encode(Sha256::digest("n"));
    let claims = |nonce: &str| {
        let mut claims = app.claims(&issuer, "mina", nonce);
        claims.as_object_mut().unwrap().remove("name");
        (claims["aud"], claims["email"]) = (json!("com.example.app"), json!(relay));
        (claims["email_verified"], claims["is_private_email"], claims["nonce_supported"]) = (json!("true"), json!("true"), json!(true));
        claims["jti"] = json!(uuid::Uuid::new_v4());
        signer.sign(&claims)
    };
    // Who has read the token knows the hash, and that is not enough.
    let body = json!({"provider": "apple", "id_token": claims(&hashed), "nonce": hashed});
    present(&app, body).await.problem(422, "identity_refused");
    let body = json!({"provider": "apple", "id_token": claims("n"), "nonce": "n"});
    present(&app, body).await.problem(422, "identity_refused");
    // The name comes from the app, the first time alone.
    let body = json!({"provider": "apple", "id_token": claims(&hashed), "nonce": "n", "name": " 김미나 "});
    let login = present(&app, body).await.expect(200);
    assert_eq!((login["customer"]["email"].as_str(), login["customer"]["name"].as_str()), (Some(relay), Some("김미나")));
    let body = json!({"provider": "apple", "id_token": claims(&hashed), "nonce": "n", "name": "Somebody else"});
    let again = present(&app, body).await.expect(200);
    assert_eq!((&again["customer"]["id"], &again["customer"]["name"]), (&login["customer"]["id"], &json!("김미나")));
    // Its pages post the code.
    assert_eq!(app.start_sign_in("apple").await.sent("response_mode"), "form_post");
});

fn kakao() -> Vec<(&'static str, Value)> {
    vec![("kakao", json!({"preset": "kakao", "audiences": ["native"], "algorithms": "ES256"}))]
}

with_issuer!(kakao_says_at_userinfo_whether_an_address_is_verified, kakao(), |app, issuer, signer| async move {
    let claims = || {
        let mut claims = app.claims(&issuer, "mina", "n");
        for gone in ["email_verified", "name"] {
            claims.as_object_mut().unwrap().remove(gone);
        }
        (claims["nickname"], claims["sub"], claims["jti"]) = (json!("미나"), json!("1234567890"), json!(uuid::Uuid::new_v4()));
        signer.sign(&claims)
    };
    let body = |access: Option<&str>| json!({"provider": "kakao", "id_token": claims(), "nonce": "n", "access_token": access});
    present(&app, body(None)).await.problem(409, "identity_email_not_verified");
    present(&app, body(Some("unknown"))).await.problem(422, "identity_refused");
    issuer.profile("anothers", json!({"sub": "999", "email": "mina@example.com", "email_verified": true}));
    present(&app, body(Some("anothers"))).await.problem(422, "identity_refused");
    issuer.profile("unverified", json!({"sub": "1234567890", "email": "mina@example.com", "email_verified": false}));
    present(&app, body(Some("unverified"))).await.problem(409, "identity_email_not_verified");
    // The verified address is the one that userinfo names, not what the token says.
    issuer.profile("hers", json!({"sub": "1234567890", "email": "minas@example.com", "email_verified": true}));
    let login = present(&app, body(Some("hers"))).await.expect(200);
    assert_eq!((login["customer"]["email"].as_str(), login["customer"]["name"].as_str()), (Some("minas@example.com"), Some("미나")));
});
