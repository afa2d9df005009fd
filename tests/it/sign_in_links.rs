//! Accounts elsewhere that open one's own: linked and unlinked by whoever is logged in.

use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::issuer::{CALLBACK, Issuer, Signer, Started, with_issuer};
use crate::support::{Client, Reply, TestApp};

fn fake() -> Vec<(&'static str, Value)> {
    vec![("fake", json!({}))]
}

async fn start(client: &Client, password: Option<&str>) -> Reply {
    let body = json!({"provider": "fake", "redirect_uri": CALLBACK, "password": password});
    client.post("/store/v1/me/identities/start", body).await
}

/// A link's body, as a provider's customer NAME comes back.
async fn back(app: &TestApp, issuer: &Issuer, signer: &Signer, client: &Client, name: &str) -> Value {
    let started = Started::of("fake", &start(client, Some(PASSWORD)).await.expect(200));
    let claims = app.claims(issuer, name, &started.sent("nonce"));
    let code = issuer.grant(&started, json!({"access_token": "at", "id_token": signer.sign(&claims)}));
    let mut body = started.back(&code);
    body["provider"] = json!("fake");
    body
}

with_issuer!(an_owner_links_and_unlinks, fake(), |app, issuer, signer| async move {
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    // It asks for the password, and guessing at it is counted.
    start(&mina.client, None).await.problem(422, "invalid");
    start(&mina.client, Some("not hers")).await.problem(401, "invalid_credentials");
    start(&app.guest(), Some(PASSWORD)).await.problem(401, "unauthenticated");
    // Whatever address it has there, verified or not.
    let body = back(&app, &issuer, &signer, &mina.client, "other").await;
    // An attempt to link signs nobody in, and links to nobody else.
    let mut login = body.clone();
    login.as_object_mut().unwrap().remove("provider");
    app.guest().post("/store/v1/auth/oidc/fake/finish", login).await.problem(422, "sign_in_not_valid");
    jun.client.post("/store/v1/me/identities", body.clone()).await.problem(422, "sign_in_not_valid");
    app.guest().post("/store/v1/me/identities", body.clone()).await.problem(401, "unauthenticated");
    let linked = mina.client.post("/store/v1/me/identities", body).await.expect(200);
    assert_eq!(linked["email"], "other@example.com");
    let own = app.sign_in(&issuer, &signer, "fake", "other", |_| ()).await.expect(200);
    assert_eq!(own["customer"]["id"], mina.id());
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").pop().unwrap().subject.contains("연결"));
    let seen = app.admin().get(&format!("/admin/v1/customers/{}/identities", mina.id())).await.expect(200);
    assert_eq!(seen["data"][0]["id"], linked["id"]);
    // Once more changes nothing; another's is in use.
    let again = back(&app, &issuer, &signer, &mina.client, "other").await;
    assert_eq!(mina.client.post("/store/v1/me/identities", again).await.expect(200)["id"], linked["id"]);
    let juns = back(&app, &issuer, &signer, &jun.client, "other").await;
    jun.client.post("/store/v1/me/identities", juns).await.problem(409, "identity_in_use");
    // A log-in's attempt links nothing.
    let started = app.start_sign_in("fake").await;
    let mut body = started.back("code");
    body["provider"] = json!("fake");
    jun.client.post("/store/v1/me/identities", body).await.problem(422, "sign_in_not_valid");
    // Nobody unlinks another's.
    let path = format!("/store/v1/me/identities/{}", linked["id"].as_str().unwrap());
    jun.client.delete(&path).await.problem(404, "not_found");
    app.guest().delete(&path).await.problem(401, "unauthenticated");
    mina.client.delete(&format!("{path}?dry_run=true")).await.expect(200);
    mina.client.delete(&path).await.expect(200);
    app.send_mail().await;
    let told = app.mailbox.to("mina@example.com").pop().unwrap();
    assert!(told.subject.contains("해제"), "{}", told.subject);
    mina.client.delete(&path).await.problem(404, "not_found");
    assert_eq!(mina.client.get("/store/v1/me/identities").await.expect(200), json!({"data": []}));
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    assert!(events.contains("customer.identity_linked") && events.contains("customer.identity_unlinked"));
    // And whoever comes by it then is somebody else.
    let anew = app.sign_in(&issuer, &signer, "fake", "other", |_| ()).await.expect(200);
    assert_ne!(anew["customer"]["id"], mina.id());
});

with_issuer!(the_last_way_to_log_in_stays, fake(), |app, issuer, signer| async move {
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    let mina = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    let first = mina.get("/store/v1/me/identities").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    let unlink = |client: &Client, id: &str| {
        let (client, path) = (client.clone(), format!("/store/v1/me/identities/{id}"));
        async move { client.delete(&path).await }
    };
    unlink(&mina, &first).await.problem(409, "last_sign_in");
    // One who has no password has just logged in; ten minutes later they log in again first.
    let token = |name: &str| json!({"provider": "fake", "id_token": signer.sign(&app.claims(&issuer, name, "n")), "nonce": "n"});
    let second = mina.post("/store/v1/me/identities/id-token", token("mina-too")).await.expect(200);
    mina.post("/store/v1/me/identities/id-token", token("mina-too")).await.problem(422, "identity_refused");
    app.advance(chrono::Duration::minutes(11));
    mina.post("/store/v1/me/identities/id-token", token("mina-three")).await.problem(401, "unauthenticated");
    start(&mina, None).await.problem(401, "unauthenticated");
    unlink(&mina, &first).await.problem(401, "unauthenticated");
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    let mina = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    // Of two that are unlinked at once one stays.
    let (a, b) = tokio::join!(unlink(&mina, &first), unlink(&mina, second["id"].as_str().unwrap()));
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", a.text, b.text);
    // With a password both may go.
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token("mina@example.com"), "password": PASSWORD});
    app.guest().post("/store/v1/auth/password/reset", body).await.expect(200);
    let mina = app.log_in("mina@example.com", PASSWORD).await.client;
    let left = mina.get("/store/v1/me/identities").await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
    mina.delete(&format!("/store/v1/me/identities/{left}")).await.expect(200);
});

with_issuer!(a_session_that_ended_links_and_unlinks_nothing, fake(), |app, issuer, signer| async move {
    let mina = app.customer("mina").await;
    let body = back(&app, &issuer, &signer, &mina.client, "mina").await;
    let linked = mina.client.post("/store/v1/me/identities", body).await.expect(200);
    let other = back(&app, &issuer, &signer, &mina.client, "other").await;
    // Its access token is good for some minutes more.
    mina.client.post("/store/v1/auth/logout", json!({})).await.expect(200);
    mina.client.post("/store/v1/me/identities", other).await.problem(401, "unauthenticated");
    mina.client.delete(&format!("/store/v1/me/identities/{}", linked["id"].as_str().unwrap())).await.problem(401, "unauthenticated");
    start(&mina.client, Some(PASSWORD)).await.problem(401, "unauthenticated");
});

with_issuer!(an_account_has_so_many_elsewhere, fake(), |app, issuer, signer| async move {
    let login = app.sign_in(&issuer, &signer, "fake", "mina", |_| ()).await.expect(200);
    let mina = app.guest().bearing(login["tokens"]["access_token"].as_str().unwrap());
    for n in 0..20 {
        let id_token = signer.sign(&app.claims(&issuer, &format!("mina{n}"), "n"));
        let body = json!({"provider": "fake", "id_token": id_token, "nonce": "n"});
        let reply = mina.post("/store/v1/me/identities/id-token", body).await;
        assert_eq!(reply.status, if n < 19 { 200 } else { 422 }, "{n}: {}", reply.text);
    }
    // Nor one more by signing in with the account's address.
    let one_more = app.sign_in(&issuer, &signer, "fake", "another", |claims| claims["email"] = json!("mina@example.com")).await;
    one_more.problem(422, "invalid");
    assert_eq!(mina.get("/store/v1/me/identities").await.expect(200)["data"].as_array().unwrap().len(), 20);
});
