//! From cart to paid order over both doors: never oversold, never charged twice, never lost.

use std::collections::HashSet;

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::buyer::{buy, check_out, full_cart, full_cart_with, offer_scripted, order_path, staff_path, states, stock_of, story};
use crate::support::gateway::Act;
use crate::support::on_both;
use crate::support::shop::{Item, Shop, id};
use maru::jobs::JobKind;

fn checkout_path(cart: &Value) -> String {
    format!("/store/v1/carts/{}/checkout", id(cart))
}

fn approve() -> Value {
    json!({"payment": {"provider": "test"}})
}

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

on_both!(a_cart_becomes_a_paid_order, |app| async move {
    let shop = Shop::open(&app).await;
    let (product, cup) = shop.sell("찻잔", Item::with(11_000, 10, json!({"sku": "CUP-1"}))).await;
    shop.coupon("WELCOME10", json!({"kind": "percentage", "percent_bp": 1000})).await;
    let more = json!({"codes": ["welcome10"], "metadata": {"campaign": "spring"}});
    let (cart, client) = full_cart_with(&app, &shop, &[(&cup, 2)], more).await;
    let done = check_out(&client, &cart, "test", "approve").await.expect(201);
    let (order, payment) = (&done["order"], &done["payment"]);
    assert_eq!(states(order), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    assert_eq!(order["totals"]["total"], won(19_800 + 3_000));
    assert_eq!(
        order["totals"],
        json!({"subtotal": won(22_000), "discount": won(2_200), "shipping": won(3_000), "tax": won(2_073),
        "total": won(22_800), "prices_include_tax": true})
    );
    assert_eq!(order["discounts"][0]["code"], "WELCOME10");
    assert_eq!(order["metadata"], json!({"campaign": "spring"}));
    let line = &order["lines"][0];
    assert_eq!((&line["product"]["id"], &line["sku"], &line["quantity"]), (&json!(product), &json!("CUP-1"), &json!(2)));
    assert_eq!(line["product"]["title"], "찻잔");
    assert_eq!((&payment["status"], &payment["captured"], &payment["provider"]), (&json!("captured"), &won(22_800), &json!("test")));
    assert_eq!(story(order), ["placed", "payment_captured", "paid"]);
    let number = order["number"].as_str().unwrap();
    assert!(number.starts_with("261120-") && number.len() == 15, "{number}");
    assert!(order["token"].as_str().unwrap().starts_with("ot_"));
    assert_eq!((&order["private_metadata"], &order["attention"]), (&Value::Null, &json!([])));

    // The order is read with its secret, by id and by number as people write it.
    let holder = app.guest().holding_order(order);
    let read = holder.get(&order_path(order)).await;
    assert_eq!((read.header("etag"), read.header("cache-control")), (Some("\"2\""), Some("no-store")));
    let mut as_given = order.clone();
    as_given.as_object_mut().unwrap().remove("token");
    assert_eq!(read.expect(200), as_given);
    let by_number = format!("/store/v1/orders/{}", number.to_lowercase().replace('-', ""));
    assert_eq!(holder.get(&by_number).await.expect(200)["id"], order["id"]);
    let explained = holder.get(&format!("{}?include=explain", order_path(order))).await.expect(200);
    assert_eq!(explained["totals"]["explain"].as_array().unwrap().last().unwrap()["rule"], "total");

    assert_eq!(stock_of(&app, &cup).await, (10, 2));
    client.get(&format!("/store/v1/carts/{}", id(&cart))).await;
    check_out(&client, &cart, "test", "approve").await.problem(409, "cart_closed");
    let events = app.admin().get("/admin/v1/events?limit=100").await.expect(200);
    let kinds: HashSet<&str> = events["data"].as_array().unwrap().iter().map(|e| e["type"].as_str().unwrap()).collect();
    for kind in ["order.placed", "order.paid", "payment.captured"] {
        assert!(kinds.contains(kind), "{kind} of {kinds:?}");
    }
    assert!(!events.to_string().contains(order["token"].as_str().unwrap()), "a secret in an event");
    app.adds_up().await;
});

on_both!(the_same_over_graphql, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 10)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let checkout = "mutation($id: ID!, $input: CheckoutInput!) { cartCheckout(id: $id, input: $input) {
        order { id number token status paymentStatus totals { total { amount currency } } lines { quantity title } timeline { kind } }
        payment { id status captured { amount } } userErrors { code message pointer } } }";
    let input = json!({"id": cart["id"], "input": {"payment": {"provider": "test", "method": "requires_action"}}});
    let without_key = client.graphql_raw("store", checkout, input.clone()).await;
    assert_eq!(without_key.json["errors"][0]["extensions"]["code"], "idempotency_key_required");
    let done = client.once().graphql("store", checkout, input).await;
    let (order, payment) = (&done["cartCheckout"]["order"], &done["cartCheckout"]["payment"]);
    assert_eq!(done["cartCheckout"]["userErrors"], json!([]));
    assert_eq!((&order["status"], &payment["status"]), (&json!("PENDING"), &json!("REQUIRES_ACTION")));

    let confirm = "mutation($id: ID!, $token: String, $data: JSON) { paymentConfirm(id: $id, token: $token, data: $data) {
        order { status paymentStatus } payment { status } userErrors { code } } }";
    let variables = json!({"id": payment["id"], "token": order["token"], "data": {"result": "success"}});
    let confirmed = app.guest().once().graphql("store", confirm, variables).await;
    assert_eq!(
        confirmed["paymentConfirm"],
        json!({"order": {"status": "CONFIRMED", "paymentStatus": "PAID"},
        "payment": {"status": "CAPTURED"}, "userErrors": []})
    );

    let read = "query($number: String, $token: String) { order(number: $number, token: $token) { id totals { explain { rule } } } }";
    let seen = app.guest().graphql("store", read, json!({"number": order["number"], "token": order["token"]})).await;
    assert_eq!(seen["order"]["id"], order["id"]);
    assert!(!seen["order"]["totals"]["explain"].as_array().unwrap().is_empty());
    let unseen = app.guest().graphql("store", read, json!({"number": order["number"], "token": "ot_wrong"})).await;
    assert_eq!(unseen["order"], Value::Null);

    let again = client.once().graphql("store", checkout, json!({"id": cart["id"], "input": {"payment": {"provider": "test"}}})).await;
    assert_eq!(again["cartCheckout"]["userErrors"][0]["code"], "cart_closed");
    app.adds_up().await;
});

on_both!(a_cart_that_lacks_something_is_told_all_of_it, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 10)).await;
    let (_, song) = shop.sell("Song", Item::with(500, 0, json!({"requires_shipping": false, "track_inventory": false}))).await;
    let make = |input: Value| {
        let guest = app.guest();
        async move { guest.post("/store/v1/carts", input).await.expect(201) }
    };
    let lacks = |problem: &Value| -> Vec<String> {
        problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap().to_owned()).collect()
    };
    let empty = make(json!({})).await;
    let problem = check_out(&app.guest().holding_cart(&empty), &empty, "test", "approve").await.problem(422, "cart_incomplete");
    assert_eq!(lacks(&problem), ["/lines", "/email"]);
    let bare = make(json!({"lines": [{"variant_id": cup, "quantity": 1}]})).await;
    let problem = check_out(&app.guest().holding_cart(&bare), &bare, "test", "approve").await.problem(422, "cart_incomplete");
    assert_eq!(lacks(&problem), ["/email", "/shipping_address", "/shipping_option_id"]);

    // What is not sent needs no address.
    let digital = make(json!({"lines": [{"variant_id": song, "quantity": 1}], "email": "mina@example.com"})).await;
    let done = check_out(&app.guest().holding_cart(&digital), &digital, "test", "approve").await.expect(201);
    assert_eq!((&done["order"]["shipping_address"], &done["order"]["totals"]["total"]), (&Value::Null, &won(500)));

    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let path = checkout_path(&cart);
    client.post(&path, approve()).await.problem(400, "idempotency_key_required");
    client.once().post(&path, json!({})).await.problem(422, "invalid");
    client.once().post(&path, json!({"payment": {"provider": "paypal"}})).await.problem(422, "payment_provider_unavailable");
    client.once().post(&path, json!({"payment": {"provider": "scripted"}})).await.problem(422, "payment_provider_unavailable");
    let problem = client.once().post(&path, json!({"payment": {"provider": "test", "method": "gold"}})).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/payment/method");
    client.once().post(&path, json!({"payment": {"provider": "test"}, "colour": "red"})).await.problem(400, "malformed");
    app.guest().once().post(&path, approve()).await.problem(404, "not_found");
    app.admin().once().post(&path, approve()).await.problem(404, "not_found");
    assert_eq!(stock_of(&app, &cup).await, (10, 0));
    app.adds_up().await;
});

on_both!(what_changed_under_the_customer_stands_in_the_way, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("Cup", Item::of(11_000, 3)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup.1, 3)]).await;
    shop.change(&cup, json!({"prices": [{"currency": "KRW", "amount": 12_000}]})).await;
    let problem = check_out(&client, &cart, "test", "approve").await.problem(409, "cart_changed");
    assert_eq!(problem["errors"][0]["code"], "price_changed");
    let guarded = |total: i64| json!({"payment": {"provider": "test"}, "expected_total": total});
    let old = client.once().post(&checkout_path(&cart), guarded(36_000)).await.problem(409, "cart_changed");
    assert_eq!(old["errors"][0]["pointer"], "/expected_total");
    shop.stock(&cup.1, -1).await;
    client.once().post(&checkout_path(&cart), guarded(39_000)).await.problem(409, "insufficient_stock");
    shop.stock(&cup.1, 1).await;
    client.once().post(&checkout_path(&cart), guarded(39_000)).await.expect(201);

    let coupon = shop.coupon("ONCE", json!({"kind": "fixed_amount", "currency": "KRW", "amount": 500, "usage_limit": 1})).await;
    shop.stock(&cup.1, 10).await;
    let (first, a) = full_cart_with(&app, &shop, &[(&cup.1, 1)], json!({"codes": ["ONCE"]})).await;
    let (second, b) = full_cart_with(&app, &shop, &[(&cup.1, 1)], json!({"codes": ["ONCE"]})).await;
    check_out(&a, &first, "test", "approve").await.expect(201);
    check_out(&b, &second, "test", "approve").await.problem(409, "code_not_applicable");
    let promotion = app.admin().get(&format!("/admin/v1/promotions/{coupon}")).await.expect(200);
    assert_eq!(promotion["used"], 1);
    app.adds_up().await;
});

on_both!(every_magic_value_of_the_sandbox, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 100)).await;
    for code in
        ["card_declined", "insufficient_funds", "expired_card", "incorrect_cvc", "fraud_suspected", "limit_exceeded", "processing_error"]
    {
        let (order, payment, _) = buy(&app, &shop, &[(&cup, 1)], code).await;
        assert_eq!((&payment["status"], &payment["failure"]["code"]), (&json!("failed"), &json!(code)));
        assert_eq!(states(&order), ("pending".into(), "unpaid".into(), "unfulfilled".into()));
    }
    // A failed payment makes room for the next; a live one does not.
    let (order, _, client) = buy(&app, &shop, &[(&cup, 1)], "card_declined").await;
    let pay = format!("{}/payments", order_path(&order));
    app.guest().once().post(&pay, json!({"provider": "test"})).await.problem(404, "not_found");
    client.post(&pay, json!({"provider": "test"})).await.problem(400, "idempotency_key_required");
    let paid = client.once().post(&pay, json!({"provider": "test"})).await.expect(201);
    assert_eq!((&paid["order"]["status"], &paid["payment"]["status"]), (&json!("confirmed"), &json!("captured")));
    assert_eq!((paid["order"]["payments"].as_array().unwrap().len(), &paid["order"]["token"]), (2, &Value::Null));
    client.once().post(&pay, json!({"provider": "test"})).await.problem(409, "illegal_transition");

    let (order, payment, client) = buy(&app, &shop, &[(&cup, 1)], "requires_action").await;
    assert_eq!((&payment["status"], &payment["next_action"]["type"]), (&json!("requires_action"), &json!("confirm")));
    client.once().post(&format!("{}/payments", order_path(&order)), json!({"provider": "test"})).await.problem(409, "payment_in_progress");
    let confirm = format!("/store/v1/payments/{}/confirm", id(&payment));
    app.guest().once().post(&confirm, json!({"result": "success"})).await.problem(404, "not_found");
    let refused = client.once().post(&confirm, json!({"result": "cancel"})).await.expect(200);
    assert_eq!(
        (&refused["payment"]["status"], &refused["payment"]["failure"]["code"]),
        (&json!("failed"), &json!("cancelled_by_customer"))
    );

    let (order, payment, client) = buy(&app, &shop, &[(&cup, 1)], "wrong_amount").await;
    assert_eq!((&payment["status"], &payment["failure"]["code"]), (&json!("failed"), &json!("amount_mismatch")));
    assert_eq!((&payment["captured"], &payment["refunded"]), (&won(3_999), &won(3_999)));
    let order = client.get(&order_path(&order)).await.expect(200);
    assert_eq!((&order["refunds"][0]["status"], &order["refunds"][0]["amount"]), (&json!("succeeded"), &won(3_999)));
    let seen_by_staff = app.admin().get(&staff_path(&order)).await.expect(200);
    assert_eq!(seen_by_staff["attention"], json!(["amount_mismatch"]));

    let (order, payment, _) = buy(&app, &shop, &[(&cup, 1)], "virtual_account").await;
    assert_eq!((&payment["status"], &payment["instructions"]["bank"]), (&json!("awaiting_deposit"), &json!("Sandbox Bank")));
    assert_eq!(
        (&order["payment_status"], &order["expires_at"]),
        (&json!("awaiting_deposit"), &payment["instructions"]["due_at"]),
        "the order waits as long as the deposit may come"
    );

    // No answer: told as it is, settled by the job.
    let (late, payment, late_client) = buy(&app, &shop, &[(&cup, 1)], "late").await;
    assert_eq!((&payment["status"], &late["status"]), (&json!("unknown"), &json!("pending")));
    let (never, payment, never_client) = buy(&app, &shop, &[(&cup, 1)], "never").await;
    assert_eq!(payment["status"], "unknown");
    app.advance(Duration::seconds(6));
    assert!(app.work().await.of(JobKind::ReconcilePayments) >= Some(2));
    assert_eq!(late_client.get(&order_path(&late)).await.expect(200)["payment_status"], "paid");
    let never = never_client.get(&order_path(&never)).await.expect(200);
    assert_eq!((&never["status"], &never["payments"][0]["failure"]["code"]), (&json!("pending"), &json!("not_found")));
    app.adds_up().await;
});

on_both!(one_key_is_one_order_however_often_it_is_sent, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 100)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let client = client.once();
    let sent = join_all((0..20).map(|_| {
        let (client, path) = (client.clone(), checkout_path(&cart));
        async move { client.post(&path, approve()).await }
    }))
    .await;
    let made: Vec<_> = sent.iter().filter(|r| r.status == 201).collect();
    assert!(!made.is_empty());
    assert!(made.iter().all(|r| r.text == made[0].text), "the answers differ");
    for other in sent.iter().filter(|r| r.status != 201) {
        assert_eq!((other.status, other.json["code"].as_str()), (409, Some("idempotency_in_progress")), "{}", other.text);
    }
    let again = client.post(&checkout_path(&cart), approve()).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, Some("true")));
    assert_eq!(again.text, made[0].text, "the replay holds the token too");
    let other = json!({"payment": {"provider": "test", "method": "late"}});
    client.post(&checkout_path(&cart), other).await.problem(422, "idempotency_key_reused");
    let orders = app.admin().get("/admin/v1/orders").await.expect(200);
    assert_eq!(orders["data"].as_array().unwrap().len(), 1);
    assert_eq!(stock_of(&app, &cup).await, (100, 1));
    app.adds_up().await;
});

on_both!(a_cart_becomes_one_order_whatever_the_keys, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 100)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let sent = join_all((0..8).map(|_| check_out(&client, &cart, "test", "approve"))).await;
    let statuses: Vec<u16> = sent.iter().map(|r| r.status).collect();
    assert_eq!(statuses.iter().filter(|s| **s == 201).count(), 1, "{statuses:?}");
    assert!(sent.iter().all(|r| r.status == 201 || ["cart_closed", "cart_changed"].contains(&r.json["code"].as_str().unwrap())));
    assert_eq!(stock_of(&app, &cup).await, (100, 1));
    app.adds_up().await;
});

on_both!(sixty_four_buyers_want_the_last_fifty, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 50)).await;
    let mut carts = Vec::new();
    for _ in 0..64 {
        carts.push(full_cart(&app, &shop, &[(&cup, 1)]).await);
    }
    let sent = join_all(carts.iter().map(|(cart, client)| check_out(client, cart, "test", "approve"))).await;
    let sold = sent.iter().filter(|r| r.status == 201).count();
    assert_eq!(sold, 50);
    for refused in sent.iter().filter(|r| r.status != 201) {
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert!(["insufficient_stock", "cart_changed"].contains(&refused.json["code"].as_str().unwrap()), "{}", refused.text);
    }
    assert_eq!(stock_of(&app, &cup).await, (50, 50));
    app.adds_up().await;
});

on_both!(thirty_two_baskets_hold_the_same_things_in_different_orders, |app| async move {
    let shop = Shop::open(&app).await;
    let mut things = Vec::new();
    for n in 0..4 {
        things.push(shop.sell(&format!("Thing {n}"), Item::of(1_000, 20)).await.1);
    }
    let mut carts = Vec::new();
    for n in 0..32 {
        let lines: Vec<(&str, i64)> = (0..4).map(|i| (things[(n + i * (1 + 2 * (n % 2))) % 4].as_str(), 1)).collect();
        carts.push(full_cart(&app, &shop, &lines).await);
    }
    let sent = join_all(carts.iter().map(|(cart, client)| check_out(client, cart, "test", "approve"))).await;
    assert_eq!(sent.iter().filter(|r| r.status == 201).count(), 20);
    assert!(sent.iter().all(|r| r.status == 201 || r.status == 409), "{:?}", sent.iter().map(|r| r.status).collect::<Vec<_>>());
    for thing in &things {
        assert_eq!(stock_of(&app, thing).await, (20, 20));
    }
    app.adds_up().await;
});

on_both!(a_code_with_ten_uses_is_used_ten_times, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 100)).await;
    let coupon = shop.coupon("TEN", json!({"kind": "percentage", "percent_bp": 1000, "usage_limit": 10})).await;
    let mut carts = Vec::new();
    for _ in 0..24 {
        carts.push(full_cart_with(&app, &shop, &[(&cup, 1)], json!({"codes": ["TEN"]})).await);
    }
    let sent = join_all(carts.iter().map(|(cart, client)| check_out(client, cart, "test", "approve"))).await;
    assert_eq!(sent.iter().filter(|r| r.status == 201).count(), 10);
    let odd = sent.iter().find(|r| r.status != 201 && r.json["code"] != "code_not_applicable");
    assert!(odd.is_none(), "{}", odd.map(|r| r.text.as_str()).unwrap_or_default());
    assert_eq!(app.admin().get(&format!("/admin/v1/promotions/{coupon}")).await.expect(200)["used"], 10);
    assert_eq!(stock_of(&app, &cup).await, (100, 10));
    app.adds_up().await;
});

on_both!(nothing_to_pay_needs_no_gateway, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(60_000, 10)).await;
    shop.coupon("ALL", json!({"kind": "percentage", "percent_bp": 10_000})).await;
    let (cart, client) = full_cart_with(&app, &shop, &[(&cup, 1)], json!({"codes": ["ALL"]})).await;
    let client = client.once();
    // The goods cost nothing, but the parcel does, unless it is free over what the goods would have cost.
    let total = cart["totals"]["total"]["amount"].as_i64().unwrap();
    if total == 0 {
        let done = client.post(&checkout_path(&cart), json!({})).await.expect(201);
        assert_eq!(states(&done["order"]), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
        assert_eq!((&done["payment"]["provider"], &done["payment"]["status"]), (&json!("none"), &json!("captured")));
    }
    let (_, song) = shop.sell("Song", Item::with(0, 0, json!({"requires_shipping": false, "track_inventory": false}))).await;
    let (cart, client) = full_cart(&app, &shop, &[(&song, 1)]).await;
    let done = client.once().post(&checkout_path(&cart), json!({})).await.expect(201);
    assert_eq!(states(&done["order"]), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    assert_eq!((&done["payment"]["provider"], &done["payment"]["amount"]), (&json!("none"), &won(0)));
    assert!(done["order"]["token"].is_string());
    app.adds_up().await;
});

on_both!(a_server_that_dies_in_the_middle_charges_once, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    app.gateway.next("create", Act::Die { took: true }).next("create", Act::Die { took: false });
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let (client, input) = (client.once(), json!({"payment": {"provider": "scripted"}}));
    client.post(&checkout_path(&cart), input.clone()).await.problem(500, "internal");
    client.post(&checkout_path(&cart), input.clone()).await.problem(409, "idempotency_in_progress");
    app.advance(Duration::seconds(61));
    let done = client.post(&checkout_path(&cart), input.clone()).await.expect(201);
    assert_eq!((&done["order"]["payment_status"], &done["payment"]["status"]), (&json!("paid"), &json!("captured")));
    assert!(done["order"]["token"].is_string());
    assert_eq!((app.gateway.calls("create").len(), app.gateway.calls("inquire").len(), app.gateway.taken()), (1, 1, 1));
    assert_eq!(client.post(&checkout_path(&cart), input.clone()).await.expect(201), done);

    // Nobody comes back: the job finds out.
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let client = client.once();
    client.post(&checkout_path(&cart), input.clone()).await.problem(500, "internal");
    app.gateway.next("inquire", Act::Refuse("not_found"));
    app.advance(Duration::seconds(61));
    app.work().await;
    let done = client.post(&checkout_path(&cart), input).await.expect(201);
    assert_eq!((&done["order"]["status"], &done["payment"]["failure"]["code"]), (&json!("pending"), &json!("not_found")));
    assert_eq!(app.gateway.calls("create").len(), 2);
    app.adds_up().await;
});

on_both!(a_gateway_that_does_not_answer_in_time_is_unknown, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    app.gateway.next("create", Act::Hang);
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let done = check_out(&client, &cart, "scripted", "card").await.expect(201);
    assert_eq!((&done["payment"]["status"], &done["order"]["status"]), (&json!("unknown"), &json!("pending")));
    app.gateway.next("inquire", Act::Lose).next("inquire", Act::Think).next("inquire", Act::Take);
    for _ in 0..3 {
        app.advance(Duration::seconds(30));
        app.work().await;
    }
    let order = app.guest().holding_order(&done["order"]).get(&order_path(&done["order"])).await.expect(200);
    assert_eq!(order["payment_status"], "paid");
    assert_eq!(app.gateway.calls("create").len(), 1);
    app.adds_up().await;
});

on_both!(a_dry_run_of_a_checkout_leaves_nothing, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 2)]).await;
    let dry = client.post(&format!("{}?dry_run=true", checkout_path(&cart)), approve()).await.expect(201);
    assert_eq!((&dry["order"]["totals"]["total"], &dry["payment"]["status"]), (&won(5_000), &json!("created")));
    assert_eq!(stock_of(&app, &cup).await, (10, 0));
    app.guest().holding_order(&dry["order"]).get(&order_path(&dry["order"])).await.problem(404, "not_found");
    check_out(&client, &cart, "test", "approve").await.expect(201);
});

on_both!(a_checkout_runs_as_many_statements_whatever_it_holds, |app| async move {
    let shop = Shop::open(&app).await;
    let variants = shop.sell_many(20).await;
    let mut counts = Vec::new();
    // One line is held by one update; several are locked in their order first.
    for lines in [1, 2, 20] {
        let lines: Vec<(&str, i64)> = variants.iter().take(lines).map(|v| (v.as_str(), 2)).collect();
        // The best of three: a cache that forgets after a second may cost a statement now and then.
        let mut least = [u64::MAX; 3];
        for _ in 0..3 {
            let (cart, client) = full_cart(&app, &shop, &lines).await;
            let mut order = Value::Null;
            let checkout =
                app.statements(async { order = check_out(&client, &cart, "test", "approve").await.expect(201)["order"].clone() }).await;
            let holder = app.guest().holding_order(&order);
            let read = app.statements(async { drop(holder.get(&order_path(&order)).await.expect(200)) }).await;
            let path = format!("{}/cancel", order_path(&order));
            let cancel = app.statements(async { drop(holder.post(&path, json!({})).await.expect(200)) }).await;
            least = [least[0].min(checkout), least[1].min(read), least[2].min(cancel)];
        }
        counts.push(least);
    }
    println!("statements of checkout, order read, order cancel: {:?} with 1 line, {:?} with 20", counts[0], counts[2]);
    assert_eq!(counts[1], counts[2]);
    let most = if app.app.db().backend() == maru::db::Backend::Postgres { 17 } else { 33 };
    assert!(counts[0][0] <= counts[1][0] && counts[1][0] <= most, "{counts:?}");
    let mut lists = Vec::new();
    for path in ["/admin/v1/orders?limit=1", "/admin/v1/orders?limit=6"] {
        let mut least = u64::MAX;
        for _ in 0..3 {
            least = least.min(app.statements(async { drop(app.admin().get(path).await.expect(200)) }).await);
        }
        lists.push(least);
    }
    assert_eq!(lists[0], lists[1]);
    app.adds_up().await;
});
