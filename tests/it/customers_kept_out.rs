//! Accounts that are disabled, erased or put away: what their access tokens are good for still, what orders they leave,
//! what staff sees of them.

use chrono::Duration;
use maru::config::InactiveBy;
use serde_json::{Value, json};

use crate::support::buyer::{buy, check_out, order_path, staff_path};
use crate::support::customer::{Customer, PASSWORD};
use crate::support::shop::{Item, Shop, id, seoul};
use crate::support::{TestApp, Which, counted, damage, on_both, run};

fn named(shop: &Shop<'_>, variant: &str, more: Value) -> Value {
    let mut input = json!({
        "lines": [{"variant_id": variant, "quantity": 1}], "shipping_address": seoul(), "shipping_option_id": shop.parcel,
    });
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    input
}

async fn orders(app: &TestApp) -> usize {
    app.admin().get("/admin/v1/orders").await.expect(200)["data"].as_array().unwrap().len()
}

/// Whoever has the access token of an account that is not active writes nothing of it and orders nothing.
async fn is_kept_out(app: &TestApp, shop: &Shop<'_>, mina: &Customer, variant: &str, cart: Option<&Value>) {
    let client = &mina.client;
    let before = orders(app).await;
    let pay = json!({"payment": {"provider": "test", "method": "approve"}});
    let buy = named(shop, variant, json!({"email": "mina@example.com", "payment": pay["payment"]}));
    client.once().post("/store/v1/buy-now", buy).await.problem(401, "unauthenticated");
    client.post("/store/v1/carts", named(shop, variant, json!({}))).await.problem(401, "unauthenticated");
    client.post("/store/v1/carts", named(shop, variant, json!({"email": "a@example.com"}))).await.problem(401, "unauthenticated");
    let guests = named(shop, variant, json!({"email": "mina@example.com"}));
    let guests = app.guest().post("/store/v1/carts", guests).await.expect(201);
    let claim = format!("/store/v1/carts/{}/claim", id(&guests));
    client.holding_cart(&guests).post(&claim, json!({"strategy": "sum"})).await.problem(401, "unauthenticated");
    // A guest's cart that they hold the secret of would be their order, too.
    check_out(&client.holding_cart(&guests), &guests, "test", "approve").await.problem(401, "unauthenticated");
    if let Some(cart) = cart {
        check_out(client, cart, "test", "approve").await.problem(401, "unauthenticated");
    }
    client.post("/store/v1/me/addresses", json!({"address": seoul()})).await.problem(401, "unauthenticated");
    client.patch("/store/v1/me/consents", json!({"email": true})).await.problem(401, "unauthenticated");
    client.get("/store/v1/me").await.problem(401, "unauthenticated");
    client.get("/store/v1/me/export").await.problem(401, "unauthenticated");
    assert_eq!(orders(app).await, before);
}

on_both!(an_account_that_is_not_active_writes_and_orders_nothing, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let mina = app.customer("mina").await;
    let cart = mina.client.post("/store/v1/carts", named(&shop, &cup, json!({}))).await.expect(201);
    let path = format!("/admin/v1/customers/{}", mina.id());
    app.admin().post(&format!("{path}/disable"), json!({})).await.expect(200);
    is_kept_out(&app, &shop, &mina, &cup, Some(&cart)).await;
    app.admin().post(&format!("{path}/enable"), json!({})).await.expect(200);
    let order = check_out(&mina.client, &cart, "test", "approve").await.expect(201)["order"].clone();
    assert_eq!(mina.client.get(&order_path(&order)).await.expect(200)["customer_id"], mina.id());
    app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200);
    is_kept_out(&app, &shop, &mina, &cup, None).await;
    app.adds_up().await;
});

on_both!(orders_of_whoever_leaves_all_get_their_end, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let mina = app.customer("mina").await;
    // As a guest, with the address that is hers.
    let (order, ..) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    assert_eq!(app.admin().get(&staff_path(&order)).await.expect(200)["customer_id"], Value::Null);
    let erased = mina.client.post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(erased["retained_orders"], 1);
    assert_eq!(counted(&app.database_url(), "orders WHERE retain_until IS NULL"), 0);
    // Whoever proves the address later is somebody else.
    let anew = app.customer("mina").await;
    assert_eq!(anew.client.get("/store/v1/me/orders").await.expect(200)["data"], json!([]));
});

on_both!(orders_with_an_address_that_nobody_proved_stay_the_guests, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let imported = json!({"customers": [{"email": "mina@example.com", "email_verified": false}]});
    let imported = app.admin().post("/admin/v1/customers/import", imported).await.expect(200);
    buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let path = format!("/admin/v1/customers/{}/erase", id(&imported["data"][0]));
    assert_eq!(app.admin().post(&path, json!({})).await.expect(200)["retained_orders"], 0);
});

async fn shop(which: Which, by: InactiveBy) -> TestApp {
    TestApp::with(which, move |config| {
        (config.inactive.by, config.inactive.days, config.inactive.notice_days) = (by, 365, 30);
    })
    .await
}

/// Makes a customer as one who did not come for more than a year, and was told.
fn unseen(app: &TestApp) {
    let (seen, told) = (app.raw_time(400), app.raw_time(31));
    damage(&app.database_url(), &format!("UPDATE customers SET last_seen_at = {seen}, inactive_noticed_at = {told}"));
}

async fn put_away(app: &TestApp) {
    unseen(app);
    assert_eq!(maru::commerce::customers::sweep_inactive(&app.app).await.unwrap().ended, 1);
}

async fn what_was_put_away_is_seen_by_nobody(which: Which) {
    let app = shop(which, InactiveBy::Separate).await;
    let mina = app.customer("mina").await;
    let asked = mina.client.post("/store/v1/me/phone/start", json!({"phone": "01012345678", "password": PASSWORD})).await.expect(202);
    app.send_texts().await;
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code("01012345678")});
    mina.client.post("/store/v1/me/phone/finish", body).await.expect(200);
    app.linked(mina.id(), Some("kim.mina@example.org"));
    let before = mina.client.get("/store/v1/me/export").await.expect(200);
    assert_eq!(
        (&before["identities"][0]["email"], &before["customer"]["login_phone"]),
        (&json!("kim.mina@example.org"), &json!("+821012345678"))
    );
    put_away(&app).await;
    let path = format!("/admin/v1/customers/{}", mina.id());
    let away = app.admin().get(&path).await.text;
    let identities = app.admin().get(&format!("{path}/identities")).await.text;
    for hers in ["mina@example.com", "kim.mina", "1012345678"] {
        assert!(!away.contains(hers) && !identities.contains(hers), "{hers}: {away} {identities}");
    }
    let found =
        async |query: &str| app.admin().get(&format!("/admin/v1/customers?{query}")).await.expect(200)["data"].as_array().unwrap().len();
    for query in ["q=mina", "q=MINA%40", "q=1012345678"] {
        assert_eq!(found(query).await, 0, "{query}");
    }
    // Who names the whole of it knows it already.
    for query in ["email=mina%40example.com", "phone=01012345678"] {
        assert_eq!(found(query).await, 1, "{query}");
    }
    let mina = app.log_in("mina@example.com", PASSWORD).await;
    let after = mina.client.get("/store/v1/me/export").await.expect(200);
    assert_eq!((&after["identities"], &after["customer"]["login_phone"]), (&before["identities"], &before["customer"]["login_phone"]));
    assert_eq!(found("q=mina").await, 1);
    // Erased from there nothing is left of what was sent, however the address was written.
    app.guest().post("/store/v1/customers", json!({"email": "MINA@Example.com", "password": PASSWORD})).await.expect(202);
    app.send_mail().await;
    put_away(&app).await;
    let url = app.database_url();
    let theirs = "mails WHERE lower(recipient) = 'mina@example.com' OR recipient = '+821012345678'";
    assert!(counted(&url, theirs) > 2);
    app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200);
    assert_eq!(counted(&url, theirs), 0);
}

#[test]
fn what_was_put_away_is_seen_by_nobody_sqlite() {
    run(what_was_put_away_is_seen_by_nobody(Which::Sqlite));
}

#[test]
fn what_was_put_away_is_seen_by_nobody_postgres() {
    run(what_was_put_away_is_seen_by_nobody(Which::Postgres));
}

async fn whoever_orders_is_there(which: Which) {
    let app = shop(which, InactiveBy::Erase).await;
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let mina = app.customer("mina").await;
    unseen(&app);
    let buy = named(&shop, &cup, json!({"email": "mina@example.com", "payment": {"provider": "test", "method": "approve"}}));
    mina.client.once().post("/store/v1/buy-now", buy).await.expect(201);
    assert_eq!(maru::commerce::customers::sweep_inactive(&app.app).await.unwrap().ended, 0);
    assert_eq!(mina.client.get("/store/v1/me").await.expect(200)["status"], "active");
}

#[test]
fn whoever_orders_is_there_sqlite() {
    run(whoever_orders_is_there(Which::Sqlite));
}

#[test]
fn whoever_orders_is_there_postgres() {
    run(whoever_orders_is_there(Which::Postgres));
}

on_both!(consents_are_changed_so_often_and_told_so_many, |app| async move {
    app.customer("mina").await;
    let mut given = false;
    for _ in 0..21 {
        let mina = app.log_in("mina@example.com", PASSWORD).await.client;
        let change = async |body: Value| mina.patch("/store/v1/me/consents", body).await;
        for _ in 0..16 {
            given = !given;
            change(json!({"email": given, "sms": given, "push": given})).await.expect(200);
        }
        // All three would be 51 in a day; what changes nothing is not counted.
        change(json!({"email": given})).await.expect(200);
        let refused = change(json!({"email": !given, "sms": !given, "push": !given})).await;
        assert!(refused.header("retry-after").is_some());
        refused.problem(429, "too_many_requests");
        app.advance(Duration::hours(25));
    }
    let mina = app.log_in("mina@example.com", PASSWORD).await.client;
    let export = mina.get("/store/v1/me/export").await.expect(200);
    let told = export["consents"].as_array().unwrap();
    assert_eq!((told.len(), &export["has_more_consents"]), (1_000, &json!(true)));
    assert_eq!(told.last().unwrap()["granted"], given, "the newest come last");
});

on_both!(an_export_holds_carts_messages_and_verifications, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let cart = mina.client.post("/store/v1/carts", named(&shop, &cup, json!({}))).await.expect(201);
    jun.client.post("/store/v1/carts", named(&shop, &cup, json!({}))).await.expect(201);
    mina.client.post("/store/v1/me/identity-verification/start", json!({"method": "adult"})).await.expect(200);
    let export = mina.client.get("/store/v1/me/export").await.expect(200);
    let carts = export["carts"].as_array().unwrap();
    assert_eq!((carts.len(), &carts[0]["id"], &carts[0]["lines"][0]["variant_id"]), (1, &cart["id"], &json!(cup)));
    assert_eq!(carts[0]["shipping_address"]["city"], seoul()["city"]);
    let messages = export["messages"].as_array().unwrap();
    assert_eq!((messages.len(), &messages[0]["template"], &messages[0]["channel"]), (1, &json!("verify_email"), &json!("email")));
    let begun = export["identity_verifications"].as_array().unwrap();
    assert_eq!((begun.len(), &begun[0]["status"], &begun[0]["method"]), (1, &json!("started"), &json!("adult")));
    check_out(&mina.client, &cart, "test", "approve").await.expect(201);
    assert_eq!(mina.client.get("/store/v1/me/export").await.expect(200)["carts"], json!([]), "it is an order");
});
