//! Who customers are, as PortOne tells it, and what is sold from an age on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use maru::config::{AgeRule, IdentityBy};
use serde_json::{Value, json};

use crate::support::buyer::{check_out, full_cart_with};
use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop, id, seoul};
use crate::support::{Client, Reply, TestApp, Which, on_both, run, web};

/// PortOne, as far as the shop needs it: what it says of each verification.
#[derive(Clone, Default)]
struct Portone(Arc<Mutex<HashMap<String, (u16, Value)>>>);

impl Portone {
    async fn shop(&self, which: Which, one_account: bool) -> TestApp {
        let told = self.clone();
        let base = web::serve(move |request| {
            let path = request.path.split('?').next().unwrap();
            let id = path.strip_prefix("/identity-verifications/").unwrap_or_default().to_owned();
            if request.header("authorization") != "PortOne portone secret" || !request.path.ends_with("?storeId=store-1") {
                return Some((401, json!({"type": "UNAUTHORIZED"})));
            }
            let known = told.0.lock().unwrap().get(&id).cloned();
            Some(known.unwrap_or((404, json!({"type": "IDENTITY_VERIFICATION_NOT_FOUND"}))))
        });
        TestApp::with(which, move |config| {
            config.identity.by = IdentityBy::Portone;
            config.identity.secret = Some("portone secret".to_owned().into());
            config.identity.store = Some("store-1".to_owned());
            config.identity.channel = Some("channel-key-1".to_owned());
            config.identity.url = Some(base);
            config.identity.one_account = one_account;
        })
        .await
    }

    /// Says something of a verification.
    fn tell(&self, id: &Value, status: u16, body: Value) {
        self.0.lock().unwrap().insert(id.as_str().unwrap().to_owned(), (status, body));
    }

    /// Says that it was a person.
    fn verify(&self, id: &Value, born: &str, ci: &str) {
        self.tell(id, 200, verified(id, born, ci));
    }
}

fn verified(id: &Value, born: &str, ci: &str) -> Value {
    let customer =
        json!({"name": "김미나", "phoneNumber": "01012345678", "birthDate": born, "gender": "FEMALE", "ci": ci, "di": format!("{ci}-di")});
    let channel = json!({"type": "LIVE", "key": "channel-key-1", "pgProvider": "DANAL"});
    json!({"id": id, "status": "VERIFIED", "channel": channel, "verifiedCustomer": customer, "requestedAt": "2026-11-20T09:00:00Z",
        "updatedAt": "2026-11-20T09:00:00Z", "statusChangedAt": "2026-11-20T09:00:00Z", "verifiedAt": "2026-11-20T09:00:00Z",
        "pgTxId": "x", "pgRawResponse": "{}", "version": "V2"})
}

const PATH: &str = "/store/v1/me/identity-verification";

async fn begin(client: &Client) -> Value {
    client.post(&format!("{PATH}/start"), json!({})).await.expect(200)["identity_verification_id"].clone()
}

async fn finish(client: &Client, id: &Value) -> Reply {
    client.post(PATH, json!({"identity_verification_id": id})).await
}

/// Verifies a customer in the sandbox: `adult`, `minor`, a date.
async fn verify(client: &Client, method: &str) {
    let begun = client.post(&format!("{PATH}/start"), json!({"method": method})).await.expect(200);
    finish(client, &begun["identity_verification_id"]).await.expect(200);
}

async fn portones_word_alone_counts(which: Which) {
    let portone = Portone::default();
    let app = portone.shop(which, true).await;
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let begun = mina.client.post(&format!("{PATH}/start"), json!({})).await.expect(200);
    assert_eq!(
        (begun["provider"].as_str(), begun["store_id"].as_str(), begun["channel_key"].as_str()),
        (Some("portone"), Some("store-1"), Some("channel-key-1"))
    );
    let asked = &begun["identity_verification_id"];
    // Not there yet, not finished, down, nonsense: nothing is known, and it may be asked again.
    finish(&mina.client, asked).await.problem(422, "identity_not_verified");
    portone.tell(asked, 200, json!({"id": asked, "status": "READY", "requestedAt": "2026-11-20T09:00:00Z"}));
    finish(&mina.client, asked).await.problem(422, "identity_not_verified");
    for (status, body) in [(500, json!({})), (401, json!({"type": "UNAUTHORIZED"})), (200, json!("hello")), (302, json!({}))] {
        portone.tell(asked, status, body);
        finish(&mina.client, asked).await.problem(503, "unavailable");
    }
    // Another's verification is not there, and neither is one that nobody began here.
    portone.verify(asked, "1990-05-05", "CI-MINA");
    finish(&jun.client, asked).await.problem(404, "not_found");
    let made_up = json!("idv_01h455vb4pex5vsknk084sn02q");
    portone.verify(&made_up, "1990-05-05", "CI-MINA");
    finish(&mina.client, &made_up).await.problem(404, "not_found");
    assert_eq!(mina.client.get(PATH).await.expect(200)["verified"], false);
    let known = finish(&mina.client, asked).await.expect(200);
    assert_eq!((known["verified"].as_bool(), known["age"].as_i64()), (Some(true), Some(36)));
    assert_eq!(finish(&mina.client, asked).await.expect(200), known, "again");
    assert_eq!(mina.client.get(PATH).await.expect(200), known);
    let graphql = mina.client.graphql("store", "{ me { identity { verified age provider } } }", json!({})).await;
    assert_eq!(graphql["me"]["identity"], json!({"verified": true, "age": 36, "provider": "portone"}));
    // The same person, another account.
    let other = begin(&jun.client).await;
    portone.verify(&other, "1990-05-05", "CI-MINA");
    finish(&jun.client, &other).await.problem(409, "person_in_use");
    // Nothing of the person is told anywhere.
    let told = format!(
        "{}{}{}",
        app.admin().get("/admin/v1/events?limit=100").await.text,
        app.admin().get("/admin/v1/customers").await.text,
        mina.client.get("/store/v1/me/export").await.text
    );
    assert!(told.contains("customer.identity_verified"));
    for secret in ["CI-MINA", "김미나", "1990", "01012345678"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    // Erased with the account: the person may verify another.
    mina.client.post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    let again = begin(&jun.client).await;
    portone.verify(&again, "1990-05-05", "CI-MINA");
    finish(&jun.client, &again).await.expect(200);
}

#[test]
fn portones_word_alone_counts_sqlite() {
    run(portones_word_alone_counts(Which::Sqlite));
}

#[test]
fn portones_word_alone_counts_postgres() {
    run(portones_word_alone_counts(Which::Postgres));
}

async fn what_proves_nothing_ends_a_verification(which: Which) {
    let portone = Portone::default();
    let app = portone.shop(which, true).await;
    let mina = app.customer("mina").await;
    let without = |field: &str, id: &Value| {
        let mut told = verified(id, "1990-05-05", "CI");
        told["verifiedCustomer"].as_object_mut().unwrap().remove(field);
        told
    };
    type Forge = fn(&Value, &dyn Fn(&str, &Value) -> Value) -> Value;
    let forged: [Forge; 7] = [
        |_, _| verified(&json!("idv_01h455vb4pex5vsknk084sn02q"), "1990-05-05", "CI"),
        |id, _| {
            let mut told = verified(id, "1990-05-05", "CI");
            told["channel"] = json!({"type": "TEST", "key": "channel-key-of-the-test"});
            told
        },
        |id, _| {
            let mut told = verified(id, "1990-05-05", "CI");
            told.as_object_mut().unwrap().remove("channel");
            told
        },
        |id, _| json!({"id": id, "status": "FAILED", "failure": {"reason": "no", "pgCode": "9999", "pgMessage": "김미나"}}),
        |id, without| without("birthDate", id),
        |id, _| json!({"id": id, "status": "VERIFIED", "channel": {"type": "LIVE", "key": "channel-key-1"}}),
        |id, _| {
            let mut told = verified(id, "1990-05-05", "");
            told["verifiedCustomer"]["di"] = json!("");
            told
        },
    ];
    for (number, forge) in forged.iter().enumerate() {
        let asked = begin(&mina.client).await;
        portone.tell(&asked, 200, forge(&asked, &without));
        finish(&mina.client, &asked).await.problem(422, "identity_not_verified");
        // Ended: what comes later under the same id counts no more.
        portone.verify(&asked, "1990-05-05", "CI");
        finish(&mina.client, &asked).await.problem(422, "identity_not_verified");
        assert_eq!(mina.client.get(PATH).await.expect(200)["verified"], false, "{number}");
    }
    // Too old, and too many.
    let asked = begin(&mina.client).await;
    portone.verify(&asked, "1990-05-05", "CI");
    app.advance(chrono::Duration::minutes(31));
    let mina = app.log_in("mina@example.com", PASSWORD).await;
    finish(&mina.client, &asked).await.problem(422, "identity_not_verified");
    for _ in 0..2 {
        begin(&mina.client).await;
    }
    mina.client.post(&format!("{PATH}/start"), json!({})).await.problem(429, "too_many_requests");
    mina.client.post(&format!("{PATH}/start"), json!({"method": "adult"})).await.problem(422, "invalid");
    app.guest().post(&format!("{PATH}/start"), json!({})).await.problem(401, "unauthenticated");
}

#[test]
fn what_proves_nothing_ends_a_verification_sqlite() {
    run(what_proves_nothing_ends_a_verification(Which::Sqlite));
}

#[test]
fn what_proves_nothing_ends_a_verification_postgres() {
    run(what_proves_nothing_ends_a_verification(Which::Postgres));
}

#[test]
fn one_person_verifies_one_account_however_many_at_once() {
    for which in [Which::Sqlite, Which::Postgres] {
        run(async move {
            let portone = Portone::default();
            let app = portone.shop(which, true).await;
            let mut clients = Vec::new();
            for name in ["mina", "jun", "sora"] {
                let customer = app.customer(name).await;
                let asked = begin(&customer.client).await;
                portone.verify(&asked, "1990-05-05", "CI-ONE");
                clients.push((customer.client, asked));
            }
            let tries = clients.into_iter().map(|(client, asked)| tokio::spawn(async move { finish(&client, &asked).await.status }));
            let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409, 409]);
            // A shop that does not mind.
            let portone = Portone::default();
            let app = portone.shop(which, false).await;
            for name in ["mina", "jun"] {
                let customer = app.customer(name).await;
                let asked = begin(&customer.client).await;
                portone.verify(&asked, "1990-05-05", "CI-ONE");
                finish(&customer.client, &asked).await.expect(200);
            }
        });
    }
}

on_both!(what_is_sold_from_an_age_on_is_refused_at_every_door, |app| async move {
    let shop = Shop::open(&app).await;
    let (cup_id, cup) = shop.sell("Cup", Item::of(10_000, 100)).await;
    let (wine_id, wine) = shop.sell("Wine", Item::of(30_000, 100)).await;
    let admin = app.admin();
    admin.patch(&format!("/admin/v1/products/{wine_id}"), json!({"minimum_age": 200})).await.problem(422, "invalid");
    let managed = admin.patch(&format!("/admin/v1/products/{wine_id}"), json!({"minimum_age": 19})).await.expect(200);
    assert_eq!(managed["minimum_age"], 19);
    let shown = app.guest().get(&format!("/store/v1/products/{wine_id}")).await.expect(200);
    assert_eq!(shown["minimum_age"], 19);
    let listed = app.guest().graphql("store", "{ products(first: 5) { nodes { title minimumAge } } }", json!({})).await;
    let ages: Vec<(&str, &Value)> =
        listed["products"]["nodes"].as_array().unwrap().iter().map(|p| (p["title"].as_str().unwrap(), &p["minimumAge"])).collect();
    assert!(ages.contains(&("Wine", &json!(19))) && ages.contains(&("Cup", &Value::Null)), "{ages:?}");

    let (mina, minor) = (app.customer("mina").await, app.customer("minor").await);
    verify(&minor.client, "2008-01-01").await;
    assert_eq!(minor.client.get(PATH).await.expect(200)["age"], 18);
    let order = json!({"lines": [{"variant_id": wine, "quantity": 1}], "email": "mina@example.com", "shipping_address": seoul(),
        "shipping_option_id": shop.parcel, "payment": {"provider": "test"}});
    let cart_input = json!({"lines": [{"variant_id": cup, "quantity": 1}, {"variant_id": wine, "quantity": 1}]});
    let guest_cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup, "quantity": 1}]})).await.expect(201);
    let guest = app.guest().holding_cart(&guest_cart);
    let line = json!({"variant_id": wine, "quantity": 1});
    guest.post(&format!("/store/v1/carts/{}/lines", id(&guest_cart)), line.clone()).await.problem(409, "age_restricted");
    let add = "mutation($id: ID!, $variant: ID!) { cartLinesAdd(id: $id, lines: [{variantId: $variant, quantity: 1}]) { cart { id } \
        userErrors { code pointer } } }";
    let told = guest.graphql_raw("store", add, json!({"id": id(&guest_cart), "variant": wine})).await;
    assert!(told.text.contains("age_restricted"), "{}", told.text);
    for client in [&app.guest(), &mina.client, &minor.client] {
        let problem = client.post("/store/v1/carts", cart_input.clone()).await.problem(409, "age_restricted");
        assert_eq!(problem["errors"][0]["pointer"], "/lines/1");
        client.once().post("/store/v1/buy-now", order.clone()).await.problem(409, "age_restricted");
    }

    verify(&mina.client, "adult").await;
    let bought = mina.client.once().post("/store/v1/buy-now", order.clone()).await.expect(201);
    assert_eq!(bought["order"]["status"], "confirmed");
    let cart = mina.client.post("/store/v1/carts", cart_input).await.expect(201);
    assert_eq!(cart["warnings"], json!([]));

    // What was free when it was put into a cart, and is not any more, is told by the cart and refused at checkout.
    let (cart, buyer) = full_cart_with(&app, &shop, &[(&cup, 1)], json!({})).await;
    admin.patch(&format!("/admin/v1/products/{cup_id}"), json!({"minimum_age": 19})).await.expect(200);
    let warned = buyer.get(&format!("/store/v1/carts/{}", id(&cart))).await.expect(200);
    assert_eq!((&warned["warnings"][0]["code"], &warned["warnings"][0]["pointer"]), (&json!("age_restricted"), &json!("/lines/0")));
    check_out(&buyer, &cart, "test", "approve").await.problem(409, "age_restricted");
    let checkout = format!(
        "mutation {{ cartCheckout(id: \"{}\", input: {{payment: {{provider: \"test\"}}}}) {{ order {{ id }} userErrors {{ code }} }} }}",
        id(&cart)
    );
    let told = buyer.once().graphql_raw("store", &checkout, json!({})).await;
    assert!(told.text.contains("age_restricted"), "{}", told.text);
    admin.patch(&format!("/admin/v1/products/{cup_id}"), json!({"minimum_age": null})).await.expect(200);
    check_out(&buyer, &cart, "test", "approve").await.expect(201);

    // A verification holds for a year.
    app.advance(chrono::Duration::days(366));
    let mina = app.log_in("mina@example.com", PASSWORD).await;
    mina.client.once().post("/store/v1/buy-now", order).await.problem(409, "age_restricted");
    assert_eq!(
        mina.client.get(PATH).await.expect(200),
        json!({"verified": false, "provider": null, "age": null, "verified_at": null, "expires_at": null})
    );
});

on_both!(what_everybody_may_buy_costs_no_question, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 1000)).await;
    let mina = app.customer("mina").await;
    let body = json!({"lines": [{"variant_id": cup, "quantity": 1}]});
    let of = async |client: &Client| {
        app.fewest_statements(|| async { drop(client.post("/store/v1/carts", body.clone()).await.expect(201)) }).await
    };
    let (guest, customer) = (of(&app.guest()).await, of(&mina.client).await);
    assert!(customer <= guest + 1, "the own address alone: {guest}, {customer}");
});

#[test]
fn the_shops_rule_says_from_which_day_on() {
    for (rule, method, age) in
        [(AgeRule::CalendarYear, "2007-12-31", 19), (AgeRule::Birthday, "2007-12-31", 18), (AgeRule::Birthday, "2007-11-20", 19)]
    {
        run(async move {
            let app = TestApp::with(Which::Sqlite, |config| config.identity.age_rule = rule).await;
            let mina = app.customer("mina").await;
            verify(&mina.client, method).await;
            assert_eq!(mina.client.get(PATH).await.expect(200)["age"], age, "{rule} {method}");
        });
    }
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.identity.by = IdentityBy::None).await;
        let mina = app.customer("mina").await;
        mina.client.post(&format!("{PATH}/start"), json!({})).await.problem(503, "unavailable");
    });
}
