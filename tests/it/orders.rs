//! What becomes of an order: shipped, delivered, cancelled, refunded, looked at.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::buyer::{buy, buy_from, check_out, full_cart, offer_scripted, order_path, staff_path, states, stock_of, story};
use crate::support::gateway::Act;
use crate::support::on_both;
use crate::support::shop::{Item, Shop, id};
use maru::commerce::auth::Permission;

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

on_both!(an_order_opens_to_its_holder_and_to_staff, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (mine, payment, _) = buy(&app, &shop, &[(&cup, 1)], "requires_action").await;
    let (_, _, somebody_else) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let confirm = format!("/store/v1/payments/{}/confirm", id(&payment));
    for stranger in [app.guest(), somebody_else, app.guest().with("Maru-Order-Token", "ot_")] {
        stranger.get(&order_path(&mine)).await.problem(404, "not_found");
        stranger.get(&format!("/store/v1/orders/{}", mine["number"].as_str().unwrap())).await.problem(404, "not_found");
        stranger.post(&format!("{}/cancel", order_path(&mine)), json!({})).await.problem(404, "not_found");
        stranger.once().post(&confirm, json!({"result": "success"})).await.problem(404, "not_found");
        stranger.get(&staff_path(&mine)).await.problem(401, "unauthenticated");
    }
    app.guest().get("/store/v1/orders/ord_nonsense").await.problem(400, "malformed");
    app.guest().get("/store/v1/orders/261120-AAAAAAAA").await.problem(404, "not_found");
    app.guest().get(&format!("/store/v1/orders/{}", id(&payment))).await.problem(404, "not_found");
    let reader = app.staff(&[Permission::OrdersRead]).await;
    assert_eq!(reader.get(&staff_path(&mine)).await.expect(200)["private_metadata"], json!({}));
    assert_eq!(reader.get(&order_path(&mine)).await.expect(200)["token"], Value::Null);
    reader.get(&format!("/admin/v1/payments/{}", id(&payment))).await.expect(200);
    for (path, body) in [("cancel", json!({})), ("fulfil", json!({})), ("notes", json!({"text": "x"})), ("refund", json!({}))] {
        reader.once().post(&format!("{}/{path}", staff_path(&mine)), body).await.problem(403, "forbidden");
    }
    reader.once().post(&confirm, json!({"result": "success"})).await.problem(403, "forbidden");
    reader
        .once()
        .post(&format!("/admin/v1/payments/{}/deposits", id(&payment)), json!({"amount": 1, "reference": "a"}))
        .await
        .problem(403, "forbidden");
    app.staff(&[Permission::CatalogRead]).await.get("/admin/v1/orders").await.problem(403, "forbidden");
});

on_both!(an_order_ships_in_parts_and_arrives, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (_, pot) = shop.sell("Pot", Item::of(2_000, 10)).await;
    let (order, _, client) = buy(&app, &shop, &[(&cup, 3), (&pot, 1)], "approve").await;
    let fulfil = format!("{}/fulfil", staff_path(&order));
    let line = id(&order["lines"][0]);
    let admin = app.admin();
    let too_many = json!({"lines": [{"line_id": line, "quantity": 4}]});
    let problem = admin.post(&fulfil, too_many).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/lines/0/quantity");
    let part = json!({"lines": [{"line_id": line, "quantity": 2}], "carrier": "CJ대한통운", "tracking_number": "1234"});
    let shipped = admin.with("If-Match", "\"2\"").post(&fulfil, part.clone()).await.expect(201);
    assert_eq!(states(&shipped).2, "partially_fulfilled");
    assert_eq!((&shipped["shipments"][0]["carrier"], &shipped["lines"][0]["fulfilled_quantity"]), (&json!("CJ대한통운"), &json!(2)));
    admin.with("If-Match", "\"2\"").post(&fulfil, part).await.problem(412, "version_mismatch");
    assert_eq!(stock_of(&app, &cup).await, (8, 1));
    client.post(&format!("{}/cancel", order_path(&order)), json!({})).await.problem(409, "illegal_transition");
    let rest = admin.post(&fulfil, json!({})).await.expect(201);
    assert_eq!(states(&rest), ("confirmed".into(), "paid".into(), "fulfilled".into()));
    admin.post(&fulfil, json!({})).await.problem(409, "illegal_transition");
    assert_eq!((stock_of(&app, &cup).await, stock_of(&app, &pot).await), ((7, 0), (9, 0)));
    for shipment in rest["shipments"].as_array().unwrap() {
        admin.post(&format!("/admin/v1/shipments/{}/deliver", id(shipment)), json!({})).await.expect(200);
    }
    let done = client.get(&order_path(&order)).await.expect(200);
    assert_eq!(states(&done), ("completed".into(), "paid".into(), "delivered".into()));
    assert_eq!(story(&done), ["placed", "payment_captured", "paid", "shipped", "shipped", "delivered", "delivered", "completed"]);
    assert!(done["timeline"].as_array().unwrap().iter().all(|t| t["actor"] == "guest" || t["actor"] == "shop"));
    admin.post(&format!("/admin/v1/shipments/{}/deliver", id(&rest["shipments"][0])), json!({})).await.expect(200);
    let pending = buy(&app, &shop, &[(&cup, 1)], "card_declined").await.0;
    admin.post(&format!("{}/fulfil", staff_path(&pending)), json!({})).await.problem(409, "illegal_transition");
    app.adds_up().await;
});

on_both!(a_cancelled_order_gives_everything_back, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let coupon = shop.coupon("C", json!({"kind": "percentage", "percent_bp": 1000, "usage_limit": 5})).await;
    let more = json!({"codes": ["C"]});
    let (cart, client) = crate::support::buyer::full_cart_with(&app, &shop, &[(&cup, 2)], more).await;
    let order = check_out(&client, &cart, "test", "approve").await.expect(201)["order"].clone();
    let client = app.guest().holding_order(&order);
    let cancel = format!("{}/cancel", order_path(&order));
    let cancelled = client.post(&cancel, json!({"reason": "마음이 바뀜"})).await.expect(200);
    assert_eq!(states(&cancelled), ("cancelled".into(), "refunded".into(), "unfulfilled".into()));
    assert_eq!((&cancelled["cancel_reason"], &cancelled["refunds"][0]["status"]), (&json!("마음이 바뀜"), &json!("succeeded")));
    assert_eq!(cancelled["payments"][0]["refunded"], cancelled["totals"]["total"]);
    assert_eq!(stock_of(&app, &cup).await, (10, 0));
    assert_eq!(app.admin().get(&format!("/admin/v1/promotions/{coupon}")).await.expect(200)["used"], 0);
    client.post(&cancel, json!({})).await.problem(409, "illegal_transition");

    // Unpaid: its payment is given up.
    let (order, _, client) = buy(&app, &shop, &[(&cup, 2)], "requires_action").await;
    let cancelled = client.post(&format!("{}/cancel", order_path(&order)), json!({})).await.expect(200);
    assert_eq!((states(&cancelled).0.as_str(), &cancelled["payments"][0]["status"]), ("cancelled", &json!("cancelled")));
    assert_eq!(stock_of(&app, &cup).await, (10, 0));

    // Staff needs the right to give money back when there is money; over GraphQL as over REST.
    let (order, ..) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let writer = app.staff(&[Permission::OrdersWrite]).await;
    writer.post(&format!("{}/cancel", staff_path(&order)), json!({})).await.problem(403, "forbidden");
    let mutation =
        "mutation($id: ID!) { orderCancel(id: $id, input: {reason: \"x\"}) { order { status paymentStatus } userErrors { code } } }";
    let done = app.admin().graphql("admin", mutation, json!({"id": order["id"]})).await;
    assert_eq!(done["orderCancel"]["order"], json!({"status": "CANCELLED", "paymentStatus": "REFUNDED"}));
    let again = app.admin().graphql("admin", mutation, json!({"id": order["id"]})).await;
    assert_eq!(again["orderCancel"]["userErrors"][0]["code"], "illegal_transition");
    app.adds_up().await;
});

on_both!(money_goes_back_in_parts_that_sum_to_the_whole, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    shop.coupon("ODD", json!({"kind": "fixed_amount", "currency": "KRW", "amount": 500})).await;
    let (cart, client) = crate::support::buyer::full_cart_with(&app, &shop, &[(&cup, 3)], json!({"codes": ["ODD"]})).await;
    let order = check_out(&client, &cart, "test", "approve").await.expect(201)["order"].clone();
    let (admin, refund, line) = (app.admin(), format!("{}/refund", staff_path(&order)), id(&order["lines"][0]));
    admin.post(&refund, json!({})).await.problem(400, "idempotency_key_required");
    let one = |restock: bool| json!({"lines": [{"line_id": line, "quantity": 1, "restock": restock}]});
    // Not shipped: what was held for it is free again, and it is not sent any more.
    let first = admin.once().post(&refund, one(false)).await.expect(201);
    assert_eq!((&first["payment_status"], &first["lines"][0]["cancelled_quantity"]), (&json!("partially_refunded"), &json!(1)));
    assert_eq!(stock_of(&app, &cup).await, (10, 2));
    let shipped = admin.post(&format!("{}/fulfil", staff_path(&order)), json!({})).await.expect(201);
    assert_eq!((&shipped["lines"][0]["fulfilled_quantity"], states(&shipped).2.as_str()), (&json!(2), "fulfilled"));
    // Shipped and come back: on the shelf again, or not.
    admin.once().post(&refund, one(true)).await.expect(201);
    assert_eq!(stock_of(&app, &cup).await, (9, 0));
    let third = admin.once().post(&refund, one(false)).await.expect(201);
    assert_eq!(stock_of(&app, &cup).await, (9, 0));
    let amounts: Vec<i64> = third["refunds"].as_array().unwrap().iter().map(|r| r["amount"]["amount"].as_i64().unwrap()).collect();
    assert_eq!((amounts.iter().sum::<i64>(), amounts.len()), (2_500, 3), "{amounts:?}");
    let problem = admin.once().post(&refund, one(false)).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/lines/0/quantity");
    admin.once().post(&refund, json!({"amount": 3_001})).await.problem(409, "refund_exceeds_payment");
    admin.once().post(&refund, json!({"amount": 0})).await.problem(422, "invalid");
    admin.once().post(&refund, json!({"amount": 1, "lines": []})).await.problem(422, "invalid");
    let key = admin.once();
    let rest = key.post(&refund, json!({"reason": "late"})).await;
    assert_eq!(rest.json["payment_status"], "refunded", "{}", rest.text);
    assert_eq!(key.post(&refund, json!({"reason": "late"})).await.text, rest.text);
    assert_eq!(rest.json["payments"][0]["refunded"], rest.json["totals"]["total"]);
    admin.once().post(&refund, json!({})).await.problem(409, "refund_exceeds_payment");
    app.adds_up().await;
});

on_both!(parallel_refunds_never_exceed_what_was_paid, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let (order, ..) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    let refund = format!("{}/refund", staff_path(&order));
    let sent = join_all((0..10).map(|_| {
        let (client, path) = (app.admin().once(), refund.clone());
        async move { client.post(&path, json!({"amount": 3_000})).await }
    }))
    .await;
    let done = sent.iter().filter(|r| r.status == 201).count();
    assert_eq!(done, 4, "13,000 were paid");
    assert!(sent.iter().all(|r| r.status == 201 || r.json["code"] == "refund_exceeds_payment"));
    let order = app.admin().get(&staff_path(&order)).await.expect(200);
    assert_eq!(order["payments"][0]["refunded"], won(12_000));
    app.adds_up().await;
});

on_both!(a_refused_refund_leaves_everything_as_it_was, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (order, ..) = buy(&app, &shop, &[(&cup, 2)], "refund_declined").await;
    let line = id(&order["lines"][0]);
    let input = json!({"lines": [{"line_id": line, "quantity": 1}]});
    let answer = app.admin().once().post(&format!("{}/refund", staff_path(&order)), input).await.expect(201);
    assert_eq!((&answer["refunds"][0]["status"], &answer["payment_status"]), (&json!("failed"), &json!("paid")));
    assert_eq!((&answer["lines"][0]["refunded_quantity"], &answer["lines"][0]["cancelled_quantity"]), (&json!(0), &json!(0)));
    assert_eq!((&answer["payments"][0]["refunded"], &answer["attention"]), (&won(0), &json!(["refund_failed"])));
    assert_eq!(stock_of(&app, &cup).await, (10, 2));
    let resolved = app.admin().patch(&staff_path(&order), json!({"attention_resolved": true})).await.expect(200);
    assert_eq!(resolved["attention"], json!([]));
    app.adds_up().await;
});

on_both!(a_lost_refund_is_tried_again_with_the_same_attempt, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 10)).await;
    let (order, ..) = buy_from(&app, &shop, &[(&cup, 2)], "scripted", "card").await;
    app.gateway.next("refund", Act::Lose).next("refund", Act::Lose);
    let refund = format!("{}/refund", staff_path(&order));
    let answer = app.admin().once().post(&refund, json!({})).await.expect(201);
    assert_eq!((&answer["refunds"][0]["status"], &answer["payment_status"]), (&json!("pending"), &json!("paid")));
    app.admin().once().post(&refund, json!({})).await.problem(409, "refund_exceeds_payment");
    app.adds_up().await;
    for _ in 0..2 {
        app.advance(chrono::Duration::seconds(130));
        app.work().await;
    }
    let order = app.admin().get(&staff_path(&order)).await.expect(200);
    assert_eq!((&order["refunds"][0]["status"], &order["payment_status"]), (&json!("succeeded"), &json!("refunded")));
    let calls = app.gateway.calls("refund");
    assert!(calls.len() == 3 && calls.iter().all(|c| *c == calls[0]), "{calls:?}");
    assert_eq!(stock_of(&app, &cup).await, (10, 0));
    app.adds_up().await;
});

on_both!(staff_finds_and_annotates_orders, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(1_000, 100)).await;
    let mut all = Vec::new();
    for method in ["approve", "card_declined", "approve", "virtual_account", "wrong_amount"] {
        all.push(buy(&app, &shop, &[(&cup, 1)], method).await.0);
        app.advance(chrono::Duration::seconds(60));
    }
    let admin = app.admin();
    let ids = |page: &Value| -> Vec<String> { page["data"].as_array().unwrap().iter().map(id).collect() };
    let newest_first: Vec<String> = all.iter().rev().map(id).collect();
    let first = admin.get("/admin/v1/orders?limit=3&include=total").await.expect(200);
    assert_eq!((ids(&first), &first["page"]["total"]), (newest_first[..3].to_vec(), &json!(5)));
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let second = admin.get(&format!("/admin/v1/orders?limit=3&cursor={cursor}")).await.expect(200);
    assert_eq!(ids(&second), newest_first[3..].to_vec());
    let count = |filter: String| {
        let admin = admin.clone();
        async move { admin.get(&format!("/admin/v1/orders?{filter}")).await.expect(200)["data"].as_array().unwrap().len() }
    };
    assert_eq!(count("status=confirmed".into()).await, 2);
    assert_eq!(count("status=pending&payment_status=awaiting_deposit".into()).await, 1);
    assert_eq!(count("email=MINA@example.com".into()).await, 5);
    assert_eq!(count("email=nobody@example.com".into()).await, 0);
    assert_eq!(count(format!("number={}", all[0]["number"].as_str().unwrap().to_lowercase())).await, 1);
    assert_eq!(count("number=zzz".into()).await, 0);
    assert_eq!(count("attention=true".into()).await, 1);
    assert_eq!(count(format!("placed_from={}", all[3]["placed_at"].as_str().unwrap())).await, 2);
    assert_eq!(count(format!("placed_to={}", all[3]["placed_at"].as_str().unwrap())).await, 3);
    admin.get("/admin/v1/orders?colour=red").await.problem(400, "unknown_parameter");
    let payments = admin.get(&format!("/admin/v1/payments?order_id={}", id(&all[0]))).await.expect(200);
    assert_eq!(payments["data"][0]["order_id"], all[0]["id"]);
    let connection = admin
        .graphql("admin", "{ orders(first: 2, filter: {status: CONFIRMED}) { nodes { number } pageInfo { hasNextPage } } }", json!({}))
        .await;
    assert_eq!(connection["orders"]["nodes"][0]["number"], all[2]["number"]);

    let path = staff_path(&all[0]);
    admin.post(&format!("{path}/notes"), json!({"text": "전화함"})).await.expect(201);
    let changed = admin.with("If-Match", "\"3\"").patch(&path, json!({"metadata": {"a": "1"}, "private_metadata": {"erp": "7"}})).await;
    let changed = changed.expect(200);
    assert_eq!((&changed["metadata"], &changed["private_metadata"]), (&json!({"a": "1"}), &json!({"erp": "7"})));
    assert_eq!(admin.patch(&path, json!({"metadata": {"a": null}})).await.expect(200)["metadata"], json!({}));
    admin.with("If-Match", "\"3\"").patch(&path, json!({})).await.problem(412, "version_mismatch");
    admin.patch(&path, json!({"metadata": {"": "x"}})).await.problem(422, "invalid");
    assert!(story(&admin.get(&path).await.expect(200)).contains(&"note".to_owned()));
    let as_guest = app.guest().holding_order(&all[0]).get(&order_path(&all[0])).await.expect(200);
    assert!(!as_guest.to_string().contains("전화함"), "guests do not read notes");
    let (cart, _) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    admin.get(&format!("/admin/v1/orders/{}", id(&cart))).await.problem(404, "not_found");
});
