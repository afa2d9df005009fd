//! Carts and orders of customers: claimed, bought, read by nobody else.

use serde_json::{Value, json};

use crate::support::buyer::{buy, check_out, order_path};
use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop, id, seoul};
use crate::support::{Client, Reply, TestApp, on_both};

async fn cart_of(client: &Client, lines: &[(&str, i64)]) -> Value {
    let lines: Vec<Value> = lines.iter().map(|(variant, quantity)| json!({"variant_id": variant, "quantity": quantity})).collect();
    client.post("/store/v1/carts", json!({"lines": lines})).await.expect(201)
}

fn cart_path(cart: &Value) -> String {
    format!("/store/v1/carts/{}", id(cart))
}

async fn claim(client: &Client, cart: &Value, strategy: &str) -> Reply {
    client.holding_cart(cart).post(&format!("{}/claim", cart_path(cart)), json!({"strategy": strategy})).await
}

/// (variant, quantity wanted) of a cart's lines.
fn held(cart: &Value) -> Vec<(String, i64)> {
    let line = |l: &Value| (l["variant_id"].as_str().unwrap().to_owned(), l["quantity_wanted"].as_i64().unwrap());
    cart["lines"].as_array().unwrap().iter().map(line).collect()
}

async fn two_things(app: &TestApp) -> (String, String) {
    let shop = Shop::open(app).await;
    (shop.sell("찻잔", Item::of(1_000, 100)).await.1, shop.sell("접시", Item::of(2_000, 100)).await.1)
}

on_both!(a_guests_cart_becomes_the_customers, |app| async move {
    let (cup, _) = two_things(&app).await;
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let cart = cart_of(&app.guest(), &[(&cup, 2)]).await;
    // Without its token it is nobody's to claim.
    let path = format!("{}/claim", cart_path(&cart));
    mina.client.post(&path, json!({"strategy": "sum"})).await.problem(404, "not_found");
    app.guest().holding_cart(&cart).post(&path, json!({"strategy": "sum"})).await.problem(401, "unauthenticated");
    let claimed = claim(&mina.client, &cart, "sum").await.expect(200);
    assert_eq!((&claimed["cart"]["id"], &claimed["cart"]["customer_id"]), (&cart["id"], &json!(mina.id())));
    assert_eq!((&claimed["lines"], &claimed["merged_cart_id"]), (&json!([]), &Value::Null));
    // From now on the log-in opens it, and its token does not.
    assert_eq!(mina.client.get(&cart_path(&cart)).await.expect(200)["lines"][0]["quantity"], 2);
    assert_eq!(mina.client.get("/store/v1/me/cart").await.expect(200)["id"], cart["id"]);
    app.guest().holding_cart(&cart).get(&cart_path(&cart)).await.problem(404, "not_found");
    jun.client.holding_cart(&cart).get(&cart_path(&cart)).await.problem(404, "not_found");
    claim(&jun.client, &cart, "guest").await.problem(404, "not_found");
    let line = json!({"variant_id": cup, "quantity": 1});
    jun.client.holding_cart(&cart).post(&format!("{}/lines", cart_path(&cart)), line.clone()).await.problem(404, "not_found");
    jun.client.get("/store/v1/me/cart").await.problem(404, "not_found");
    mina.client.post(&format!("{}/lines", cart_path(&cart)), line).await.expect(200);
    // Claiming what is one's own changes nothing.
    assert_eq!(held(&claim(&mina.client, &cart, "sum").await.expect(200)["cart"]), [(cup, 3)]);
});

on_both!(two_carts_are_put_together_as_asked, |app| async move {
    let (cup, plate) = two_things(&app).await;
    for (strategy, expected, outcomes) in [
        ("sum", vec![(cup.clone(), 5), (plate.clone(), 1)], vec!["changed", "added"]),
        ("max", vec![(cup.clone(), 3), (plate.clone(), 1)], vec!["changed", "added"]),
        ("guest", vec![(cup.clone(), 3), (plate.clone(), 1)], vec!["changed", "added"]),
        ("account", vec![(cup.clone(), 2)], vec!["kept", "left_out"]),
    ] {
        let customer = app.customer(strategy).await;
        let account = cart_of(&customer.client, &[(&cup, 2)]).await;
        assert_eq!((&account["customer_id"], &account["email"]), (&json!(customer.id()), &json!(customer.email)));
        let guest = cart_of(&app.guest(), &[(&cup, 3), (&plate, 1)]).await;
        let claimed = claim(&customer.client, &guest, strategy).await.expect(200);
        assert_eq!((&claimed["cart"]["id"], &claimed["merged_cart_id"]), (&account["id"], &guest["id"]), "{strategy}");
        assert_eq!(held(&claimed["cart"]), expected, "{strategy}");
        let told: Vec<&str> = claimed["lines"].as_array().unwrap().iter().map(|l| l["outcome"].as_str().unwrap()).collect();
        assert_eq!(told, outcomes, "{strategy}");
        assert_eq!((&claimed["lines"][0]["account_quantity"], &claimed["lines"][0]["guest_quantity"]), (&json!(2), &json!(3)));
        app.guest().holding_cart(&guest).get(&cart_path(&guest)).await.problem(404, "not_found");
        assert_eq!(held(&customer.client.get("/store/v1/me/cart").await.expect(200)), expected, "{strategy}");
    }
    let customer = app.customer("mina").await;
    let guest = cart_of(&app.guest(), &[(&cup, 1)]).await;
    claim(&customer.client, &guest, "most").await.problem(400, "malformed");
});

on_both!(carts_claimed_at_once_are_put_together_one_after_the_other, |app| async move {
    let (cup, _) = two_things(&app).await;
    let mina = app.customer("mina").await;
    let mut carts = Vec::new();
    for _ in 0..6 {
        carts.push(cart_of(&app.guest(), &[(&cup, 1)]).await);
    }
    let tries = carts.into_iter().map(|cart| {
        let client = mina.client.clone();
        tokio::spawn(async move { claim(&client, &cart, "sum").await.status })
    });
    for status in futures_util::future::join_all(tries).await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(held(&mina.client.get("/store/v1/me/cart").await.expect(200)), [(cup, 6)]);
});

on_both!(a_cart_is_claimed_at_log_in, |app| async move {
    let (cup, _) = two_things(&app).await;
    let mina = app.customer("mina").await;
    let cart = cart_of(&app.guest(), &[(&cup, 2)]).await;
    let claim =
        |token: Value| json!({"email": mina.email, "password": PASSWORD, "cart": {"id": cart["id"], "token": token, "strategy": "sum"}});
    // A cart that cannot be claimed keeps nobody out.
    let login = app.guest().post("/store/v1/auth/login", claim(json!("ct_wrong"))).await.expect(200);
    assert_eq!(login["claimed"], Value::Null);
    let login = app.guest().post("/store/v1/auth/login", claim(cart["token"].clone())).await.expect(200);
    assert_eq!((&login["claimed"]["cart"]["id"], &login["claimed"]["cart"]["customer_id"]), (&cart["id"], &json!(mina.id())));
    assert!(login["claimed"]["cart"]["token"].is_null());
});

on_both!(an_order_is_its_customers, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let input = json!({"lines": [{"variant_id": cup, "quantity": 1}], "shipping_address": seoul(), "shipping_option_id": shop.parcel});
    let cart = mina.client.post("/store/v1/carts", input).await.expect(201);
    check_out(&jun.client.holding_cart(&cart), &cart, "test", "approve").await.problem(404, "not_found");
    let order = check_out(&mina.client, &cart, "test", "approve").await.expect(201)["order"].clone();
    assert_eq!((&order["customer_id"], &order["email"]), (&json!(mina.id()), &json!(mina.email)));
    assert_eq!(order["timeline"][0]["actor"], "customer");
    // Without its token, by the log-in alone; and to nobody else.
    assert_eq!(mina.client.get(&order_path(&order)).await.expect(200)["number"], order["number"]);
    mina.client.get(&format!("/store/v1/orders/{}", order["number"].as_str().unwrap())).await.expect(200);
    jun.client.get(&order_path(&order)).await.problem(404, "not_found");
    jun.client.once().post(&format!("{}/cancel", order_path(&order)), json!({})).await.problem(404, "not_found");
    app.guest().get(&order_path(&order)).await.problem(404, "not_found");
    let mine = mina.client.get("/store/v1/me/orders?include=total").await.expect(200);
    assert_eq!((mine["data"].as_array().unwrap().len(), &mine["page"]["total"]), (1, &json!(1)));
    assert_eq!(jun.client.get("/store/v1/me/orders").await.expect(200)["data"], json!([]));
    let staff = app.admin().get(&format!("/admin/v1/orders?customer_id={}", mina.id())).await.expect(200);
    assert_eq!(staff["data"][0]["id"], order["id"]);
    mina.client.once().post(&format!("{}/cancel", order_path(&order)), json!({})).await.expect(200);
    app.adds_up().await;
});

on_both!(past_orders_are_claimed_by_proving_the_address, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let (order, _, guest) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    assert_eq!((&order["customer_id"], &order["email"]), (&Value::Null, &json!("mina@example.com")));
    let mina = app.customer("mina").await;
    let mine = mina.client.get("/store/v1/me/orders").await.expect(200);
    assert_eq!((&mine["data"][0]["id"], &mine["data"][0]["customer_id"]), (&order["id"], &json!(mina.id())));
    guest.get(&order_path(&order)).await.expect(200);
    // By changing to an address, too.
    let (second, _, _) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    assert_eq!(second["customer_id"], Value::Null, "a guest's, until it is claimed");
    let jun = app.customer("jun").await;
    assert_eq!(jun.client.get("/store/v1/me/orders").await.expect(200)["data"], json!([]));
});

on_both!(orders_of_an_erased_customer_stay_for_the_law_and_no_longer, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let (order, _, _) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let mina = app.customer("mina").await;
    let export = mina.client.get("/store/v1/me/export").await.expect(200);
    assert_eq!((&export["orders"][0]["id"], &export["has_more_orders"]), (&order["id"], &json!(false)));
    let erased = mina.client.post("/store/v1/me/deletion", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(erased["retained_orders"], 1);
    let path = format!("/admin/v1/orders/{}", id(&order));
    let kept = app.admin().get(&path).await.expect(200);
    assert_eq!((&kept["email"], &kept["customer_id"]), (&json!("mina@example.com"), &json!(mina.id())));
    let until = kept["retain_until"].as_str().unwrap();
    assert!(until.starts_with("2031-11-2"), "{until}");
    app.adds_up().await;
    app.advance(chrono::Duration::days(5 * 365 + 3));
    app.work().await;
    let gone = app.admin().get(&path).await.expect(200);
    assert_eq!((&gone["email"], &gone["shipping_address"], &gone["customer_id"]), (&json!(""), &Value::Null, &Value::Null));
    assert_eq!(gone["totals"], kept["totals"], "what was sold stays");
    let jun = app.customer("jun").await.id().parse().unwrap();
    assert_eq!(app.rule(move |tx, _| maru::commerce::orders::claim_by_email(tx, jun, "")).await, 0, "and is nobody's to claim");
    let events = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    let told: Vec<&Value> = events["data"].as_array().unwrap().iter().filter(|e| e["data"]["id"] == order["id"]).collect();
    assert!(told.len() >= 2, "{events}");
    for event in told {
        let data = &event["data"];
        assert_eq!((&data["email"], &data["shipping_address"], &data["customer_id"]), (&Value::Null, &Value::Null, &Value::Null));
        assert_eq!(data["number"], order["number"], "what happened stays");
    }
    assert!(!events.to_string().contains("mina@example.com"), "{events}");
    app.adds_up().await;
});

on_both!(reading_the_own_orders_takes_as_many_statements_however_many, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let mina = app.customer("mina").await;
    let read = || async {
        mina.client.get("/store/v1/me/orders").await.expect(200);
    };
    read().await;
    let one = app.fewest_statements(read).await;
    for _ in 0..4 {
        let input = json!({"lines": [{"variant_id": cup, "quantity": 1}], "shipping_address": seoul(), "shipping_option_id": shop.parcel});
        let cart = mina.client.post("/store/v1/carts", input).await.expect(201);
        check_out(&mina.client, &cart, "test", "approve").await.expect(201);
    }
    assert_eq!(app.fewest_statements(read).await, one);
});
