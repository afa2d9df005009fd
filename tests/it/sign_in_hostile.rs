//! Issuers, tokens and clients that mean no good: refused with 422 or 503 and a code, never 500, and nobody is let in.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::issuer::{Mood, Signer, forged, with_issuer};

/// What is wrong with a token's claims, at this second.
type Change = fn(&mut Value, i64);
/// A token of these claims that is none.
type Forge<'a> = Box<dyn Fn(&Value) -> String + 'a>;

fn fake() -> Vec<(&'static str, Value)> {
    vec![("fake", json!({}))]
}

fn fake_and_other() -> Vec<(&'static str, Value)> {
    vec![("fake", json!({})), ("other", json!({"client_id": "elsewhere"}))]
}

fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}

with_issuer!(tokens_that_do_not_hold_open_nothing, fake(), |app, issuer, signer| async move {
    let now = app.app.clock().now().micros() / 1_000_000;
    let changes: Vec<(&str, Change)> = vec![
        ("a wrong nonce", |c, _| c["nonce"] = json!("another")),
        ("no nonce", |c, _| c["nonce"] = json!(null)),
        ("another audience", |c, _| c["aud"] = json!("another")),
        ("one audience more", |c, _| c["aud"] = json!(["shop", "another"])),
        ("no audience", |c, _| c["aud"] = json!([])),
        ("asked for by another", |c, _| c["azp"] = json!("another")),
        ("another issuer", |c, _| c["iss"] = json!("https://accounts.google.com")),
        ("expired", |c, now| c["exp"] = json!(now - 61)),
        ("expires at no time", |c, _| c["exp"] = json!("later")),
        ("expires beyond time", |c, _| c["exp"] = json!(i64::MAX)),
        ("issued in the future", |c, now| c["iat"] = json!(now + 120)),
        ("good later", |c, now| c["nbf"] = json!(now + 120)),
        ("of nobody", |c, _| c["sub"] = json!("")),
        ("of somebody with a control character", |c, _| c["sub"] = json!("a\u{0}b")),
        ("of a subject that is too long", |c, _| c["sub"] = json!("x".repeat(256))),
        ("of another access token", |c, _| c["at_hash"] = json!("77QmUPtjPfzWtF2AnpK9RQ")),
    ];
    for (what, change) in changes {
        let reply = app.sign_in(&issuer, &signer, "fake", "mina", |claims| change(claims, now)).await;
        let problem = reply.problem(422, "identity_refused");
        assert!(!problem.to_string().contains("mina"), "{what}: {problem}");
    }
    // An access token that it is of.
    let hash = URL_SAFE_NO_PAD.encode(&<Sha256 as sha2::Digest>::digest(b"at")[..16]);
    app.sign_in(&issuer, &signer, "fake", "mina", |c| c["at_hash"] = json!(hash)).await.expect(200);
});

with_issuer!(signatures_that_are_none_open_nothing, fake(), |app, issuer, signer| async move {
    let strangers = Signer::new("one");
    let unknown = Signer::new("unknown");
    let x = URL_SAFE_NO_PAD.decode(signer.public["x"].as_str().unwrap()).unwrap();
    let forge: Vec<(&str, Forge)> = vec![
        ("alg none", Box::new(|c| forged(&json!({"alg": "none", "kid": "one"}), c, |_| Vec::new()))),
        ("HS256 with the public key", Box::new(|c| forged(&json!({"alg": "HS256", "kid": "one"}), c, |m| hmac(&x, m)))),
        ("HS256 with the client's secret", Box::new(|c| forged(&json!({"alg": "HS256"}), c, |m| hmac(b"s3cret", m)))),
        ("HS256's signature as ES256", Box::new(|c| forged(&json!({"alg": "ES256", "kid": "one"}), c, |m| hmac(&x, m)))),
        ("another algorithm than its key's", Box::new(|c| forged(&json!({"alg": "RS256", "kid": "one"}), c, |m| hmac(&x, m)))),
        ("a stranger's key of the same name", Box::new(|c| strangers.sign(c))),
        ("an unknown key", Box::new(|c| unknown.sign(c))),
        ("a key that it brings along", {
            let header = json!({"alg": "ES256", "jwk": unknown.public, "jku": "https://evil.example.com/jwks"});
            Box::new(move |c| forged(&header, c, |m| m[..64].to_vec()))
        }),
        ("no signature", Box::new(|c| signer.sign(c).rsplit_once('.').unwrap().0.to_owned() + ".")),
        ("claims of another token", {
            let another = signer.sign(&json!({"sub": "x"}));
            Box::new(move |c| {
                let (claims, signature) = (URL_SAFE_NO_PAD.encode(c.to_string()), another.rsplit('.').next().unwrap().to_owned());
                format!("{}.{claims}.{signature}", another.split('.').next().unwrap())
            })
        }),
        ("an access token", Box::new(|c| forged(&json!({"alg": "ES256", "kid": "one", "typ": "at+jwt"}), c, |m| m[..64].to_vec()))),
        ("no token", Box::new(|_| "nonsense".to_owned())),
    ];
    for (what, forge) in forge {
        let started = app.start_sign_in("fake").await;
        let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
        let code = issuer.grant(&started, json!({"access_token": "at", "id_token": forge(&claims)}));
        let reply = app.finish_sign_in(&started, &code).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (422, Some("identity_refused")), "{what}: {}", reply.text);
    }
});

with_issuer!(a_flood_of_unknown_keys_asks_little_and_a_new_key_is_known_at_once, fake(), |app, issuer, signer| async move {
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    assert_eq!(issuer.asked("/jwks"), 1);
    let next = Signer::new("two");
    issuer.publish(&[&signer, &next]);
    app.sign_in(&issuer, &next, "fake", "mina", |_| ()).await.expect(200);
    assert_eq!(issuer.asked("/jwks"), 2);
    let flood = (0..30).map(|n| {
        let token = Signer { kid: format!("flood-{n}"), key: signer.key.clone(), public: json!({}) };
        let token = token.sign(&app.claims(&issuer, "mina", "n"));
        let (client, body) = (app.guest(), json!({"provider": "fake", "id_token": token, "nonce": "n"}));
        async move { client.post("/store/v1/auth/id-token", body).await.status }
    });
    let statuses = futures_util::future::join_all(flood).await;
    assert!(statuses.iter().all(|status| *status == 422), "{statuses:?}");
    assert_eq!((issuer.asked("/jwks"), issuer.asked("/.well-known/openid-configuration")), (2, 1));
    // Keys are kept: an issuer that fails for a while keeps nobody out.
    issuer.mood("/jwks", Some(Mood::Says(500, String::new())));
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
});

with_issuer!(an_attempt_is_its_own_clients_once_and_for_ten_minutes, fake_and_other(), |app, issuer, signer| async move {
    let granted = |started: &crate::support::issuer::Started| {
        let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
        issuer.grant(started, json!({"access_token": "at", "id_token": signer.sign(&claims)}))
    };
    let finish = |provider: &str, body: Value| {
        let (client, path) = (app.guest(), format!("/store/v1/auth/oidc/{provider}/finish"));
        async move { client.post(&path, body).await }
    };
    // Who was lured into an attempt that another started lacks its secret; and cannot spoil it.
    let (started, another) = (app.start_sign_in("fake").await, app.start_sign_in("fake").await);
    let code = granted(&started);
    let mut mixed = started.back(&code);
    mixed["flow_secret"] = json!(another.flow_secret);
    finish("fake", mixed).await.problem(422, "sign_in_not_valid");
    finish("other", started.back(&code)).await.problem(422, "sign_in_not_valid");
    let many = (0..4).map(|_| {
        let (client, body) = (app.guest(), started.back(&code));
        tokio::spawn(async move { client.post("/store/v1/auth/oidc/fake/finish", body).await.status })
    });
    let mut statuses: Vec<u16> = futures_util::future::join_all(many).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422]);
    // A code of another attempt: the provider holds the verifier against what was sent when the code was asked for.
    let (mine, strangers) = (app.start_sign_in("fake").await, app.start_sign_in("fake").await);
    let stolen = granted(&strangers);
    finish("fake", mine.back(&stolen)).await.problem(422, "identity_refused");
    // A provider that does not: the nonce is another's.
    let (mine, strangers) = (app.start_sign_in("fake").await, app.start_sign_in("fake").await);
    let claims = app.claims(&issuer, "mina", &strangers.sent("nonce"));
    let code = issuer.grant(&mine, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    finish("fake", mine.back(&code)).await.problem(422, "identity_refused");
    // Too late.
    let late = app.start_sign_in("fake").await;
    let code = granted(&late);
    app.advance(chrono::Duration::minutes(11));
    finish("fake", late.back(&code)).await.problem(422, "sign_in_not_valid");
    let mut forgotten = 0;
    for _ in 0..2 {
        forgotten = app.rule(|tx, _| maru::commerce::customers::forget_sign_ins(tx)).await.max(forgotten);
    }
    assert!(forgotten >= 6, "{forgotten}");
    // Bounds.
    let started = app.start_sign_in("fake").await;
    finish("fake", started.back(&"x".repeat(4_097))).await.problem(422, "invalid");
    finish("fake", started.back("")).await.problem(422, "invalid");
});

with_issuer!(a_code_of_another_issuer_is_not_taken_to_this_one, fake(), |app, issuer, signer| async move {
    let finish = |iss: Option<&str>| {
        let more = iss.map_or_else(|| json!({}), |iss| json!({"iss": iss}));
        let (app, issuer, signer) = (&app, &issuer, &signer);
        async move {
            let started = app.start_sign_in("fake").await;
            let claims = app.claims(issuer, "mina", &started.sent("nonce"));
            let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
            app.finish_sign_in_with(&started, &code, more).await
        }
    };
    finish(Some(&issuer.base)).await.expect(200);
    finish(None).await.expect(200);
    let asked = issuer.asked("/token");
    finish(Some("https://evil.example.com")).await.problem(422, "identity_refused");
    assert_eq!(issuer.asked("/token"), asked, "the code stays here");
});

with_issuer!(an_issuer_that_names_itself_must, fake(), |app, issuer, signer| async move {
    issuer.says("authorization_response_iss_parameter_supported", json!(true));
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.problem(422, "identity_refused");
});

with_issuer!(providers_that_fail_are_told_apart_from_the_shop, fake(), |app, issuer, signer| async move {
    // Before anything of it is known.
    let start = || {
        let client = app.guest();
        async move { client.post("/store/v1/auth/oidc/fake/start", json!({"redirect_uri": crate::support::issuer::CALLBACK})).await }
    };
    const DISCOVERY: &str = "/.well-known/openid-configuration";
    let another = json!({"issuer": "https://evil.example.com", "authorization_endpoint": "https://evil.example.com/a",
        "token_endpoint": "https://evil.example.com/t", "jwks_uri": "https://evil.example.com/k"});
    let unsafely = json!({"issuer": issuer.base, "authorization_endpoint": "http://evil.example.com/a",
        "token_endpoint": "http://evil.example.com/t", "jwks_uri": "file:///etc/passwd"});
    for mood in [
        Mood::Says(500, "{}".to_owned()),
        Mood::Says(200, "no JSON".to_owned()),
        Mood::Says(200, another.to_string()),
        Mood::Says(200, unsafely.to_string()),
        Mood::Redirects,
        Mood::Long(300 * 1024),
        Mood::Slow(Duration::from_secs(3)),
    ] {
        issuer.mood(DISCOVERY, Some(mood));
        let begun = Instant::now();
        let reply = start().await;
        assert_eq!(reply.header("retry-after"), Some("1"));
        let problem = reply.problem(503, "identity_provider_unavailable");
        assert!(!problem.to_string().contains("evil"), "{problem}");
        assert!(begun.elapsed() < Duration::from_millis(2_500), "{:?}", begun.elapsed());
        // For a second nobody asks again: what waits is told at once.
        let asked = issuer.asked(DISCOVERY);
        start().await.problem(503, "identity_provider_unavailable");
        assert_eq!(issuer.asked(DISCOVERY), asked);
        tokio::time::sleep(Duration::from_millis(1_050)).await;
    }
    assert_eq!(issuer.asked(&format!("/elsewhere{DISCOVERY}")), 0, "nobody is followed elsewhere");
    issuer.mood(DISCOVERY, None);
    // Afterwards: where codes are redeemed.
    for (mood, status, code) in [
        (Mood::Says(500, String::new()), 503, "identity_provider_unavailable"),
        (Mood::Says(429, "{\"error\": \"slow_down\"}".to_owned()), 503, "identity_provider_unavailable"),
        (Mood::Says(401, "{\"error\": \"invalid_client\"}".to_owned()), 503, "identity_provider_unavailable"),
        (Mood::Says(400, "{\"error\": \"invalid_grant\"}".to_owned()), 422, "identity_refused"),
        (Mood::Says(200, "{}".to_owned()), 503, "identity_provider_unavailable"),
        (Mood::Says(200, "[]".to_owned()), 503, "identity_provider_unavailable"),
        (Mood::Says(200, "{\"id_token\": 5}".to_owned()), 503, "identity_provider_unavailable"),
        (Mood::Long(300 * 1024), 503, "identity_provider_unavailable"),
        (Mood::Redirects, 503, "identity_provider_unavailable"),
        (Mood::Slow(Duration::from_secs(3)), 503, "identity_provider_unavailable"),
    ] {
        issuer.mood("/token", Some(mood));
        app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.problem(status, code);
    }
    issuer.mood("/token", None);
    app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
});

with_issuer!(what_the_database_holds_finishes_nothing, fake(), |app, issuer, signer| async move {
    let started = app.start_sign_in("fake").await;
    let claims = app.claims(&issuer, "mina", &started.sent("nonce"));
    let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    app.finish_sign_in(&started, &code).await.expect(200);
    let verifier = issuer.last_token_request().0["code_verifier"].clone();
    let dump = crate::support::stolen(&app.database_url(), "sign_in_attempts");
    for secret in [&started.state, &started.flow_secret, &verifier, &started.sent("nonce")] {
        assert!(!dump.contains(secret.as_str()), "{secret} is kept");
    }
    assert!(dump.contains("https://shop.example.com/callback"), "this looked at what is kept");
});
