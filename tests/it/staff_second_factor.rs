//! The second factor: codes and recovery codes, each good once; the log-in in two halves; shops that insist on it.

use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};
use totp_rs::Totp;

use crate::support::staff::{PASSWORD, Staff, authenticator, role};
use crate::support::{Reply, TestApp, Which, on_both, run};

async fn log_in(app: &TestApp, email: &str) -> Value {
    let answer = app.guest().post("/admin/v1/auth/login", json!({"email": email, "password": PASSWORD})).await.expect(200);
    assert!(answer["signed_in"].is_null(), "{answer}");
    answer["challenge"]["token"].clone()
}

async fn second(app: &TestApp, challenge: &Value, code: &str) -> Reply {
    app.guest().post("/admin/v1/auth/second-factor", json!({"challenge": challenge, "code": code})).await
}

async fn recover(app: &TestApp, challenge: &Value, code: &str) -> Reply {
    app.guest().post("/admin/v1/auth/second-factor", json!({"challenge": challenge, "recovery_code": code})).await
}

async fn enrolled(app: &TestApp) -> (Staff, Totp, Vec<String>) {
    let jun = app.member("jun", &[role(BuiltInRole::Admin)]).await;
    let (totp, codes) = jun.enrol(app).await;
    app.advance(chrono::Duration::seconds(30));
    (jun, totp, codes)
}

fn a_wrong(code: &str) -> String {
    let last = if code.ends_with('1') { '2' } else { '1' };
    format!("{}{last}", &code[..5])
}

on_both!(a_second_factor_is_set_up_and_asked_for, |app| async move {
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    jun.client.post("/admin/v1/me/totp/confirm", json!({"code": "123456"})).await.problem(409, "conflict");
    let first = jun.client.post("/admin/v1/me/totp", json!({})).await.expect(200);
    let enrolment = jun.client.post("/admin/v1/me/totp", json!({})).await.expect(200);
    let uri = enrolment["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/Maru:jun%40shop.example?secret=") && uri.contains("issuer=Maru"), "{uri}");
    let (old, totp) = (authenticator(first["secret"].as_str().unwrap()), authenticator(enrolment["secret"].as_str().unwrap()));
    // Until it is confirmed it is not asked for.
    let answer = app.guest().post("/admin/v1/auth/login", json!({"email": jun.email, "password": PASSWORD})).await.expect(200);
    assert!(answer["challenge"].is_null(), "{answer}");
    for wrong in [app.code(&old), a_wrong(&app.code(&totp)), "12".to_owned()] {
        jun.client.post("/admin/v1/me/totp/confirm", json!({"code": wrong})).await.problem(401, "invalid_credentials");
    }
    let codes = jun.client.post("/admin/v1/me/totp/confirm", json!({"code": app.code(&totp)})).await.expect(200);
    assert_eq!(codes["codes"].as_array().unwrap().len(), 10);
    let me = jun.client.get("/admin/v1/me").await.expect(200);
    assert_eq!((&me["staff"]["totp_enabled"], &me["recovery_codes_left"]), (&json!(true), &json!(10)));
    jun.client.post("/admin/v1/me/totp", json!({})).await.problem(409, "conflict");
    // The code that confirmed it is used; the next one is good.
    let challenge = log_in(&app, &jun.email).await;
    second(&app, &challenge, &app.code(&totp)).await.problem(401, "invalid_credentials");
    app.advance(chrono::Duration::seconds(30));
    let signed_in = second(&app, &challenge, &app.code(&totp)).await.expect(200);
    assert_eq!(signed_in["me"]["staff"]["id"], json!(jun.id()));
    app.at_work(&jun.email, signed_in).client.get("/admin/v1/orders").await.expect(200);
    // The challenge is over, whatever comes with it.
    app.advance(chrono::Duration::seconds(30));
    second(&app, &challenge, &app.code(&totp)).await.problem(422, "proof_not_valid");
    // A wrong password gets no challenge, and a challenge is no token.
    let wrong = app.guest().post("/admin/v1/auth/login", json!({"email": jun.email, "password": "wrong"})).await;
    wrong.problem(401, "invalid_credentials");
    app.guest().bearing(challenge.as_str().unwrap()).get("/admin/v1/me").await.problem(401, "unauthenticated");
    for nonsense in [json!({"challenge": "chl_x", "code": "123456"}), json!({"challenge": "", "code": "123456"})] {
        app.guest().post("/admin/v1/auth/second-factor", nonsense).await.problem(422, "proof_not_valid");
    }
    for nothing in [json!({"challenge": challenge}), json!({"challenge": challenge, "code": "1", "recovery_code": "2"})] {
        app.guest().post("/admin/v1/auth/second-factor", nothing).await.problem(422, "invalid");
    }
});

on_both!(a_code_is_good_once_however_many_use_it, |app| async move {
    let (jun, totp, _) = enrolled(&app).await;
    let mut challenges = Vec::new();
    for _ in 0..5 {
        challenges.push(log_in(&app, &jun.email).await);
    }
    let code = app.code(&totp);
    let tries = challenges.iter().map(|challenge| second(&app, challenge, &code));
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.iter().map(|r| r.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401]);
    // Nor is one from before the last that was used.
    app.advance(chrono::Duration::seconds(30));
    let challenge = log_in(&app, &jun.email).await;
    let later = totp.generate(u64::try_from(app.app.clock().now().micros() / 1_000_000).unwrap() + 30).to_string();
    second(&app, &challenge, &later).await.expect(200);
    let challenge = log_in(&app, &jun.email).await;
    second(&app, &challenge, &app.code(&totp)).await.problem(401, "invalid_credentials");
});

on_both!(a_recovery_code_is_good_once_however_many_use_it, |app| async move {
    let (jun, _, codes) = enrolled(&app).await;
    let mut challenges = Vec::new();
    for _ in 0..5 {
        challenges.push(log_in(&app, &jun.email).await);
    }
    let typed = codes[0].to_uppercase().replace('-', " ");
    let tries = challenges.iter().map(|challenge| recover(&app, challenge, &typed));
    let replies = futures_util::future::join_all(tries).await;
    let mut statuses: Vec<u16> = replies.iter().map(|r| r.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401, 401, 401, 401]);
    let signed_in = replies.into_iter().find(|r| r.status == 200).unwrap().json;
    assert_eq!(signed_in["me"]["recovery_codes_left"], 9);
    let client = app.guest().bearing(signed_in["tokens"]["access_token"].as_str().unwrap());
    let renewed = client.post("/admin/v1/me/recovery-codes", json!({})).await.expect(200);
    let renewed = renewed["codes"].as_array().unwrap();
    assert!(renewed.len() == 10 && !renewed.contains(&json!(codes[1])));
    let challenge = log_in(&app, &jun.email).await;
    recover(&app, &challenge, &codes[1]).await.problem(401, "invalid_credentials");
    // With those of before it may be the fifth failure, which waits for a second.
    app.advance(chrono::Duration::seconds(2));
    recover(&app, &challenge, renewed[0].as_str().unwrap()).await.expect(200);
    // Another's code is nobody's.
    let lee = app.member("lee", &[role(BuiltInRole::Support)]).await;
    lee.enrol(&app).await;
    let challenge = log_in(&app, &lee.email).await;
    recover(&app, &challenge, renewed[1].as_str().unwrap()).await.problem(401, "invalid_credentials");
});

on_both!(guesses_at_codes_end_the_log_in_and_wait, |app| async move {
    let (jun, totp, codes) = enrolled(&app).await;
    let wrong = a_wrong(&app.code(&totp));
    let challenge = log_in(&app, &jun.email).await;
    let tries = (0..12).map(|_| second(&app, &challenge, &wrong));
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.iter().map(|r| r.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses[..5], [401; 5], "{statuses:?}");
    assert!(statuses[5..].iter().all(|s| [422, 429].contains(s)), "{statuses:?}");
    // Whoever knows the password begins again, and waits all the same; the right code, too.
    let challenge = log_in(&app, &jun.email).await;
    second(&app, &challenge, &app.code(&totp)).await.problem(429, "too_many_requests");
    recover(&app, &challenge, &codes[0]).await.problem(429, "too_many_requests");
    app.advance(chrono::Duration::seconds(30));
    second(&app, &challenge, &app.code(&totp)).await.expect(200);
    // A log-in that waits for longer is over.
    app.advance(chrono::Duration::seconds(30));
    let challenge = log_in(&app, &jun.email).await;
    app.advance(chrono::Duration::minutes(6));
    second(&app, &challenge, &app.code(&totp)).await.problem(422, "proof_not_valid");
});

on_both!(a_deactivation_between_the_halves_ends_the_log_in, |app| async move {
    let (jun, totp, _) = enrolled(&app).await;
    let challenge = log_in(&app, &jun.email).await;
    app.admin().post(&format!("/admin/v1/staff/{}/deactivate", jun.id()), json!({})).await.expect(200);
    second(&app, &challenge, &app.code(&totp)).await.problem(401, "invalid_credentials");
});

on_both!(with_a_second_factor_a_password_confirms_nothing, |app| async move {
    let (jun, totp, codes) = enrolled(&app).await;
    app.advance(chrono::Duration::minutes(11));
    jun.client.post("/admin/v1/me/totp/disable", json!({})).await.problem(403, "reauthentication_required");
    jun.client.post("/admin/v1/me/recovery-codes", json!({})).await.problem(403, "reauthentication_required");
    let body = json!({"current_password": PASSWORD, "new_password": "another shelf of fir"});
    jun.client.post("/admin/v1/me/password", body).await.problem(403, "reauthentication_required");
    jun.client.post("/admin/v1/auth/step-up", json!({"password": PASSWORD})).await.problem(422, "invalid");
    let wrong = json!({"password": PASSWORD, "code": a_wrong(&app.code(&totp))});
    jun.client.post("/admin/v1/auth/step-up", wrong).await.problem(401, "invalid_credentials");
    let code = json!({"code": app.code(&totp)});
    let tries = (0..4).map(|_| jun.client.post("/admin/v1/auth/step-up", code.clone()));
    let replies = futures_util::future::join_all(tries).await;
    assert_eq!(replies.iter().filter(|r| r.status == 200).count(), 1);
    let tokens = replies.into_iter().find(|r| r.status == 200).unwrap().json;
    let fresh = app.guest().bearing(tokens["access_token"].as_str().unwrap());
    fresh.post("/admin/v1/roles", json!({"name": "x", "permissions": []})).await.expect(201);
    // A recovery code confirms, too.
    app.advance(chrono::Duration::seconds(30));
    let tokens = jun.client.post("/admin/v1/auth/step-up", json!({"recovery_code": codes[0]})).await.expect(200);
    let fresh = app.guest().bearing(tokens["access_token"].as_str().unwrap());
    assert_eq!(fresh.post("/admin/v1/me/totp/disable", json!({})).await.expect(200)["must_enrol_totp"], false);
    fresh.post("/admin/v1/me/totp/disable", json!({})).await.problem(409, "conflict");
    let answer = app.guest().post("/admin/v1/auth/login", json!({"email": jun.email, "password": PASSWORD})).await.expect(200);
    assert!(answer["challenge"].is_null(), "{answer}");
});

on_both!(a_lost_second_factor_is_taken_off_by_who_may, |app| async move {
    let mina = app.owner("mina").await;
    let (jun, totp, _) = enrolled(&app).await;
    let path = format!("/admin/v1/staff/{}/reset-totp", jun.id());
    assert_eq!(mina.client.post(&path, json!({})).await.expect(200)["totp_enabled"], false);
    jun.client.get("/admin/v1/me").await.problem(401, "unauthenticated");
    mina.client.post(&path, json!({})).await.problem(409, "conflict");
    let answer = app.guest().post("/admin/v1/auth/login", json!({"email": jun.email, "password": PASSWORD})).await.expect(200);
    let again = app.at_work(&jun.email, answer["signed_in"].clone());
    let (other, _) = again.enrol(&app).await;
    assert_ne!(app.code(&other), app.code(&totp));
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    for kind in ["staff.totp_enabled", "staff.totp_reset"] {
        assert!(events.contains(kind), "{kind}");
    }
});

on_both!(secrets_lie_sealed_and_hashed, |app| async move {
    use diesel::prelude::*;
    let jun = app.member("jun", &[role(BuiltInRole::Support)]).await;
    let enrolment = jun.client.post("/admin/v1/me/totp", json!({})).await.expect(200);
    let secret = enrolment["secret"].as_str().unwrap();
    let totp = authenticator(secret);
    let codes = jun.client.post("/admin/v1/me/totp/confirm", json!({"code": app.code(&totp)})).await.expect(200);
    #[derive(QueryableByName)]
    struct Kept {
        #[diesel(sql_type = diesel::sql_types::Text)]
        kept: String,
    }
    let query = "SELECT totp_secret AS kept FROM staff UNION ALL SELECT hash AS kept FROM staff_recovery_codes";
    let url = app.database_url();
    let kept: Vec<Kept> = match url.strip_prefix("sqlite://") {
        Some(path) => diesel::sql_query(query).load(&mut diesel::SqliteConnection::establish(path).unwrap()).unwrap(),
        None => diesel::sql_query(query).load(&mut diesel::PgConnection::establish(&url).unwrap()).unwrap(),
    };
    assert_eq!(kept.len(), 11);
    for kept in kept {
        assert!(!kept.kept.contains(secret), "the secret lies open");
        assert!(codes["codes"].as_array().unwrap().iter().all(|c| !kept.kept.contains(c.as_str().unwrap())));
    }
    let record = app.admin().get("/admin/v1/audit-log?limit=100").await.text;
    assert!(!record.contains(secret) && !record.contains(codes["codes"][0].as_str().unwrap()));
});

#[test]
fn a_shop_may_insist_on_a_second_factor() {
    for which in [Which::Sqlite, Which::Postgres] {
        run(async move {
            let app = TestApp::with(which, |config| config.staff_totp_required = true).await;
            let mina = app.owner("mina").await;
            assert_eq!(mina.signed_in["me"]["must_enrol_totp"], true);
            for path in ["/admin/v1/orders", "/admin/v1/staff", "/admin/v1/me/sessions", "/admin/v1/roles"] {
                mina.client.get(path).await.problem(403, "totp_enrolment_required");
            }
            mina.client.post("/admin/v1/keys", json!({"name": "x", "permissions": ["all"]})).await.problem(403, "totp_enrolment_required");
            mina.client.patch("/admin/v1/me", json!({"name": "x"})).await.problem(403, "totp_enrolment_required");
            let change = json!({"current_password": PASSWORD, "new_password": "another shelf of fir"});
            mina.client.post("/admin/v1/me/password", change).await.problem(403, "totp_enrolment_required");
            let query = mina.client.graphql_raw("admin", "{ orders { nodes { id } } }", json!({})).await;
            assert_eq!(query.json["errors"][0]["extensions"]["code"], "totp_enrolment_required", "{}", query.text);
            // What is needed to set one up goes, and then all goes.
            mina.client.get("/admin/v1/me").await.expect(200);
            mina.enrol(&app).await;
            mina.client.get("/admin/v1/orders").await.expect(200);
            // Who takes it off is where they were.
            assert_eq!(mina.client.post("/admin/v1/me/totp/disable", json!({})).await.expect(200)["must_enrol_totp"], true);
            mina.client.get("/admin/v1/orders").await.problem(403, "totp_enrolment_required");
            mina.client.post("/admin/v1/auth/logout", json!({})).await.expect(200);
        });
    }
}
