//! An order in one call: the same rules as cart and checkout, at most once, never more than there is.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::buyer::{check_out, full_cart, states, stock_of};
use crate::support::shop::{Item, Shop, seoul};
use crate::support::{TestApp, on_both};

const PATH: &str = "/store/v1/buy-now";

fn order_of(shop: &Shop<'_>, variant: &str, quantity: i64) -> Value {
    json!({"lines": [{"variant_id": variant, "quantity": quantity}], "email": "mina@example.com", "shipping_address": seoul(),
        "shipping_option_id": shop.parcel, "payment": {"provider": "test"}})
}

async fn carts(app: &TestApp) -> usize {
    app.admin().get("/admin/v1/carts").await.expect(200)["data"].as_array().unwrap().len()
}

on_both!(one_call_makes_the_order_that_a_cart_would, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 10)).await;
    shop.coupon("TEN", json!({"kind": "percentage", "percent_bp": 1000})).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 2)]).await;
    let slow = check_out(&client, &cart, "test", "approve").await.expect(201);
    let done = app.guest().once().post(PATH, order_of(&shop, &cup, 2)).await.expect(201);
    let order = &done["order"];
    assert_eq!(states(order), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    assert_eq!(order["totals"], slow["order"]["totals"]);
    assert_eq!(done["payment"]["status"], "captured");
    assert_eq!(stock_of(&app, &cup).await, (10, 4));
    assert_eq!(carts(&app).await, 1, "only the other order had a cart");
    app.guest().holding_order(order).get(&format!("/store/v1/orders/{}", order["id"].as_str().unwrap())).await.expect(200);

    let mut input = order_of(&shop, &cup, 1);
    input["codes"] = json!(["ten"]);
    input["expected_total"] = json!(9_900 + 3_000);
    assert_eq!(app.guest().once().post(PATH, input.clone()).await.expect(201)["order"]["discounts"][0]["code"], "TEN");
    input["expected_total"] = json!(1);
    app.guest().once().post(PATH, input).await.problem(409, "cart_changed");

    let mutation = "mutation($input: BuyNowInput!) { buyNow(input: $input) { order { status token } payment { status } userErrors { code pointer } } }";
    let input = json!({"lines": [{"variantId": cup, "quantity": 1}], "email": "mina@example.com", "shippingAddress": {"name": "김마루",
        "country": "KR", "postalCode": "04524", "city": "서울", "line1": "세종대로 110"}, "shippingOptionId": shop.parcel, "payment": {"provider": "test"}});
    let done = app.guest().once().graphql("store", mutation, json!({"input": input})).await;
    assert_eq!((&done["buyNow"]["order"]["status"], &done["buyNow"]["userErrors"]), (&json!("CONFIRMED"), &json!([])));
    app.adds_up().await;
});

on_both!(what_is_wrong_is_told_and_nothing_is_kept, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 3)).await;
    app.guest().post(PATH, order_of(&shop, &cup, 1)).await.problem(400, "idempotency_key_required");
    let refused = async |change: Value| {
        let mut input = order_of(&shop, &cup, 1);
        input.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        app.guest().once().post(PATH, input).await
    };
    refused(json!({"lines": []})).await.problem(422, "cart_incomplete");
    refused(json!({"shipping_address": null, "shipping_option_id": null})).await.problem(422, "cart_incomplete");
    assert_eq!(refused(json!({"email": "nobody"})).await.status, 422);
    refused(json!({"codes": ["NOPE"]})).await.problem(409, "code_not_applicable");
    assert_eq!(refused(json!({"lines": [{"variant_id": cup, "quantity": 4}]})).await.json["code"], "insufficient_stock");
    assert_eq!(refused(json!({"payment": null})).await.status, 422);
    assert_eq!(refused(json!({"gift": true})).await.status, 400);
    let dry = app.guest().post(&format!("{PATH}?dry_run=true"), order_of(&shop, &cup, 1)).await.expect(201);
    assert_eq!(dry["payment"]["status"], "created");
    assert_eq!(app.admin().get("/admin/v1/orders").await.expect(200)["data"], json!([]));
    assert_eq!(stock_of(&app, &cup).await, (3, 0));
});

on_both!(a_rush_sells_what_there_is_and_no_more, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 50)).await;
    let buyers = (0..64).map(|_| {
        let client = app.guest().once();
        let input = order_of(&shop, &cup, 1);
        async move { client.post(PATH, input).await }
    });
    let answers = join_all(buyers).await;
    let sold = answers.iter().filter(|a| a.status == 201).count();
    assert_eq!(sold, 50);
    assert!(answers.iter().all(|a| a.status == 201 || a.json["code"] == "insufficient_stock"), "only these two ends");
    assert_eq!(stock_of(&app, &cup).await, (50, 50));
    app.adds_up().await;
});

on_both!(one_key_makes_one_order, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 50)).await;
    let client = app.guest().once();
    let input = order_of(&shop, &cup, 1);
    let answers = join_all((0..20).map(|_| client.post(PATH, input.clone()))).await;
    let orders: std::collections::HashSet<String> = answers.iter().filter(|a| a.status == 201).map(|a| a.text.clone()).collect();
    assert_eq!(orders.len(), 1);
    assert!(answers.iter().all(|a| a.status == 201 || a.json["code"] == "idempotency_in_progress"));
    assert_eq!(stock_of(&app, &cup).await, (50, 1));
    client.post(PATH, order_of(&shop, &cup, 2)).await.problem(422, "idempotency_key_reused");
});

on_both!(what_needs_to_ask_nobody_is_one_transaction, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 100)).await;
    let mut input = order_of(&shop, &cup, 1);
    input["payment"] = json!({"provider": "bank_transfer"});
    let client = app.guest().once();
    let first = client.post(PATH, input.clone()).await.expect(201);
    assert_eq!(states(&first["order"]), ("pending".into(), "awaiting_deposit".into(), "unfulfilled".into()));
    assert_eq!(first["payment"]["status"], "awaiting_deposit");
    assert_eq!(
        first["payment"]["instructions"]["due_at"], first["order"]["expires_at"],
        "its stock is held as long as the deposit may come"
    );
    assert_eq!(client.post(PATH, input.clone()).await.expect(201), first, "the key replays it, token and all");
    let rehearsed = app.guest().once().post(&format!("{PATH}?dry_run=true"), input.clone()).await.expect(201);
    assert_eq!(rehearsed["payment"]["status"], "awaiting_deposit");
    assert_eq!(stock_of(&app, &cup).await, (100, 1), "a rehearsal holds nothing");

    // Staff sees the deposit: the same payment is paid.
    let order = first["order"]["id"].as_str().unwrap();
    let deposit = format!("/admin/v1/payments/{}/deposits", first["payment"]["id"].as_str().unwrap());
    let seen = json!({"amount": first["payment"]["amount"]["amount"], "reference": "bank-1"});
    app.admin().once().post(&deposit, seen).await.expect(201);
    let paid = app.admin().get(&format!("/admin/v1/orders/{order}")).await.expect(200);
    assert_eq!(states(&paid), ("confirmed".into(), "paid".into(), "unfulfilled".into()));

    // On PostgreSQL each is a round trip; the best of a few, because a cache forgets after a while.
    let mut least = u64::MAX;
    for _ in 0..4 {
        let client = app.guest().once();
        least = least.min(app.statements(async { drop(client.post(PATH, input.clone()).await.expect(201)) }).await);
    }
    println!("statements of an order that asks nobody: {least}");
    let most = if app.app.db().backend() == maru::db::Backend::Postgres { 3 } else { 15 };
    assert!(least <= most, "{least}");
    app.adds_up().await;
});
