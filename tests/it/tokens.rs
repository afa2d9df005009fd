//! Access tokens: what is believed and what is not, how keys are rotated and published.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use maru::app::App;
use maru::commerce::auth::tokens::{Rotation, rotate_signing_key};
use maru::commerce::auth::{Identity, Subject, SubjectKind};
use maru::types::Clock;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both};

/// A token's header and claims.
fn read(token: &str) -> (Value, Value) {
    let part = |n: usize| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(n).unwrap()).unwrap()).unwrap();
    (part(0), part(1))
}

fn encoded(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A token of these parts, with another's signature.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    format!("{}.{}.{signature}", encoded(header), encoded(claims))
}

async fn refused(app: &TestApp, token: &str, why: &str) {
    let reply = app.guest().bearing(token).get("/store/v1/me").await;
    assert_eq!((reply.status, reply.json["code"].as_str()), (401, Some("unauthenticated")), "{why}: {}", reply.text);
    assert_eq!(reply.header("www-authenticate"), Some("Bearer"), "{why}");
}

async fn published(app: &TestApp) -> Vec<Value> {
    app.guest().get("/.well-known/jwks.json").await.expect(200)["keys"].as_array().unwrap().clone()
}

on_both!(a_token_says_who_and_for_how_long, |app| async move {
    let mina = app.customer("mina").await;
    let token = mina.login["tokens"]["access_token"].as_str().unwrap().to_owned();
    let (header, claims) = read(&token);
    assert_eq!((header["alg"].as_str(), header["typ"].as_str()), (Some("EdDSA"), Some("at+jwt")));
    assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some("maru"), Some("store")));
    assert_eq!((claims["sub"].as_str(), claims["sid"].as_str()), (Some(mina.id()), mina.login["tokens"]["session_id"].as_str()));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 900);
    assert_eq!(mina.client.get("/store/v1/me").await.expect(200)["email"], "mina@example.com");
    app.advance(chrono::Duration::seconds(899));
    mina.client.get("/store/v1/me").await.expect(200);
    app.advance(chrono::Duration::seconds(1));
    refused(&app, &token, "expired").await;
});

on_both!(the_first_token_of_a_shop_is_good_while_the_clock_runs, |app| async move {
    let running = App::open(app.app.config().clone(), Clock::System).unwrap();
    let identity = Identity {
        subject: Subject::customer(uuid::Uuid::new_v4().into()),
        session: uuid::Uuid::new_v4().into(),
        authenticated_at: running.clock().now(),
    };
    let token = running.tokens().issue(&running, &identity).await.expect("the key that is made now signs now");
    let proved = running.tokens().verify(&running, SubjectKind::Customer, &token.text).await.unwrap().expect("it is good");
    assert_eq!((proved.subject, proved.session), (identity.subject, identity.session));
});

on_both!(a_forged_token_is_nobodys, |app| async move {
    let mina = app.customer("mina").await;
    let token = mina.login["tokens"]["access_token"].as_str().unwrap().to_owned();
    let (header, claims) = read(&token);
    let signature = token.rsplit('.').next().unwrap();
    let with = |of: &Value, name: &str, value: Value| {
        let mut changed = of.clone();
        changed[name] = value;
        changed
    };
    for (name, value) in [
        ("sub", json!("cus_01h455vb4pex5vsknk084sn02q")),
        ("exp", json!(9_999_999_999_i64)),
        ("aud", json!("admin")),
        ("iss", json!("other")),
        ("sid", json!("ses_01h455vb4pex5vsknk084sn02q")),
    ] {
        refused(&app, &forged(&header, &with(&claims, name, value), signature), name).await;
    }
    // RFC 8725, 2.1: no signature at all, however it is spelt.
    for none in ["none", "None", "NONE", "nOnE"] {
        refused(&app, &forged(&with(&header, "alg", json!(none)), &claims, ""), none).await;
        refused(&app, &forged(&with(&header, "alg", json!(none)), &claims, signature), none).await;
    }
    // The public key as the secret of an HMAC, in each form that a library might take it.
    let key = published(&app).await.remove(0);
    let x = key["x"].as_str().unwrap().to_owned();
    for secret in [x.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&x).unwrap(), key.to_string().into_bytes()] {
        let (header, claims) = (encoded(&with(&header, "alg", json!("HS256"))), encoded(&claims));
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&secret).unwrap();
        mac.update(format!("{header}.{claims}").as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        refused(&app, &format!("{header}.{claims}.{signature}"), "HS256 with the public key").await;
    }
    for (what, header) in [
        ("an unknown kid", with(&header, "kid", json!("AAAAAAAAAAAAAAAA"))),
        ("a kid that is a path", with(&header, "kid", json!("../../dev/null"))),
        ("another type", with(&header, "typ", json!("JWT"))),
        ("RS256", with(&header, "alg", json!("RS256"))),
        ("a key of its own", with(&with(&header, "jwk", key.clone()), "alg", json!("EdDSA"))),
    ] {
        refused(&app, &forged(&header, &claims, signature), what).await;
    }
    let mut without_kid = header.clone();
    without_kid.as_object_mut().unwrap().remove("kid");
    refused(&app, &forged(&without_kid, &claims, signature), "no kid").await;
    let cut = &token[..token.len() - 2];
    for (what, token) in
        [("cut", cut), ("empty parts", ".."), ("one dot", "a.b"), ("many dots", "a.b.c.d.e"), ("no JSON", "AAAA.AAAA.AAAA")]
    {
        refused(&app, token, what).await;
    }
});

on_both!(a_customers_token_opens_nothing_of_staffs, |app| async move {
    let mina = app.customer("mina").await;
    for path in ["/admin/v1/customers", "/admin/v1/orders", "/admin/v1/keys"] {
        mina.client.get(path).await.problem(401, "unauthenticated");
    }
    let reply = mina.client.graphql_raw("admin", "{ keys { nodes { id } } }", json!({})).await;
    assert_eq!((reply.status, reply.json["code"].as_str()), (401, Some("unauthenticated")), "{}", reply.text);
    // And a key is no customer.
    app.admin().get("/store/v1/me").await.problem(403, "forbidden");
    app.guest().get("/store/v1/me").await.problem(401, "unauthenticated");
});

on_both!(a_public_read_needs_no_customer_and_is_never_kept_for_one, |app| async move {
    let mina = app.customer("mina").await;
    let reply = mina.client.get("/store/v1/channel").await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let public = app.guest().get("/store/v1/channel").await;
    assert!(public.header("cache-control").unwrap().starts_with("public"));
    // What belongs to somebody is never public.
    let me = mina.client.get("/store/v1/me").await;
    assert_eq!(me.header("cache-control"), Some("no-store"));
});

on_both!(checking_a_token_costs_no_statement, |app| async move {
    let mina = app.customer("mina").await;
    mina.client.get("/store/v1/me").await.expect(200);
    let read = app
        .fewest_statements(|| async {
            mina.client.get("/store/v1/me").await.expect(200);
        })
        .await;
    // The profile itself: one statement, and on SQLite the transaction around it.
    let profile = if app.database_url().starts_with("sqlite") { 3 } else { 1 };
    assert_eq!(read, profile);
    let forged = mina.login["tokens"]["access_token"].as_str().unwrap().replace('e', "f");
    let refused = app
        .fewest_statements(|| async {
            app.guest().bearing(&forged).get("/store/v1/me").await.problem(401, "unauthenticated");
        })
        .await;
    assert_eq!(refused, 0);
});

on_both!(keys_are_rotated_with_overlap, |app| async move {
    let mina = app.customer("mina").await;
    let old = published(&app).await;
    assert_eq!(old.len(), 1);
    assert_eq!((old[0]["kty"].as_str(), old[0]["crv"].as_str(), old[0]["alg"].as_str()), (Some("OKP"), Some("Ed25519"), Some("EdDSA")));
    assert!(old[0]["d"].is_null(), "no private key is published");
    let inner = app.app.clone();
    app.rule(move |tx, by| rotate_signing_key(tx, by, inner.tokens(), Rotation::Overlapping)).await;
    // Another process learns of it, and publishes it before it signs.
    let beside = app.beside().await;
    let both = beside.client.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(both["keys"].as_array().unwrap().len(), 2);
    let kid = |login: &Value| read(login["tokens"]["access_token"].as_str().unwrap()).0["kid"].clone();
    let login = |client: crate::support::Client| async move {
        let body = json!({"email": "mina@example.com", "password": crate::support::customer::PASSWORD});
        client.post("/store/v1/auth/login", body).await.expect(200)
    };
    assert_eq!(kid(&login(beside.client.clone()).await), old[0]["kid"], "the next key does not sign yet");
    app.advance(chrono::Duration::minutes(11));
    let next = login(beside.client.clone()).await;
    assert_ne!(kid(&next), old[0]["kid"]);
    // The first process has not read it yet: the unknown name makes it look, within a second.
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    let client = app.guest().bearing(next["tokens"]["access_token"].as_str().unwrap());
    client.get("/store/v1/me").await.expect(200);
    // What the old key signed is believed until it expires, and no longer.
    mina.client.get("/store/v1/me").await.expect(200);
    app.advance(chrono::Duration::minutes(20));
    mina.client.get("/store/v1/me").await.problem(401, "unauthenticated");
});

on_both!(a_stolen_key_is_believed_no_longer, |app| async move {
    let mina = app.customer("mina").await;
    let inner = app.app.clone();
    app.rule(move |tx, by| rotate_signing_key(tx, by, inner.tokens(), Rotation::AtOnce)).await;
    let beside = app.beside().await;
    let token = mina.login["tokens"]["access_token"].as_str().unwrap();
    beside.client.bearing(token).get("/store/v1/me").await.problem(401, "unauthenticated");
    // The session goes on: its refresh token is of another key.
    let refreshed = beside.client.post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.expect(200);
    let renewed = beside.client.bearing(refreshed["access_token"].as_str().unwrap());
    renewed.get("/store/v1/me").await.expect(200);
});

on_both!(the_schedule_rotates_keys_and_forgets_old_ones, |app| async move {
    app.customer("mina").await;
    let keys = |app: &TestApp| {
        let app = app.app.clone();
        async move {
            app.read(|tx| {
                maru::commerce::auth::tokens::list_signing_keys(
                    tx,
                    &maru::commerce::auth::Caller::system("test", maru::commerce::channels::Channel::none_yet(tx.now()).into()),
                )
            })
            .await
            .unwrap()
        }
    };
    assert_eq!(keys(&app).await.len(), 1);
    app.advance(chrono::Duration::days(91));
    app.work().await;
    assert_eq!(keys(&app).await.len(), 2, "the next one is there, the old one still believed");
    app.work().await;
    assert_eq!(keys(&app).await.len(), 2, "a slot is taken once");
    app.advance(chrono::Duration::days(3));
    app.work().await;
    assert_eq!(keys(&app).await.len(), 1);
});
