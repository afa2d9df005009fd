//! Money: deposits in parts, too much, too late; gateways that say something else; everybody at once.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::buyer::{buy, buy_from, offer_scripted, order_path, staff_path, states, stock_of, story};
use crate::support::gateway::Act;
use crate::support::shop::{Item, Shop, id};
use crate::support::{TestApp, on_both};
use maru::types::{Currency, Money};

fn won(amount: i64) -> Value {
    json!({"amount": amount, "currency": "KRW"})
}

async fn deposit(app: &TestApp, payment: &Value, amount: i64, reference: &str) -> crate::support::Reply {
    let input = json!({"amount": amount, "reference": reference});
    app.admin().once().post(&format!("/admin/v1/payments/{}/deposits", id(payment)), input).await
}

on_both!(a_deposit_comes_in_parts_and_too_much, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let (order, payment, client) = buy_from(&app, &shop, &[(&cup, 1)], "bank_transfer", "virtual_account").await;
    assert_eq!((&payment["status"], &order["payment_status"]), (&json!("awaiting_deposit"), &json!("awaiting_deposit")));
    let instructions = &payment["instructions"];
    assert!(["bank", "account_number", "holder", "due_at"].iter().all(|f| instructions[f].is_string()), "{instructions}");

    let part = deposit(&app, &payment, 4_000, "bank-1").await.expect(201);
    assert_eq!((&part["payment"]["status"], &part["payment"]["received"]), (&json!("awaiting_deposit"), &won(4_000)));
    deposit(&app, &payment, 4_000, "bank-1").await.problem(409, "already_exists");
    deposit(&app, &payment, 0, "bank-0").await.problem(422, "invalid");
    app.adds_up().await;
    let whole = deposit(&app, &payment, 10_000, "bank-2").await.expect(201);
    assert_eq!(states(&whole["order"]), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    let payment = &whole["payment"];
    assert_eq!((&payment["captured"], &payment["received"]), (&won(13_000), &won(14_000)));
    assert_eq!(whole["order"]["attention"], json!(["overpaid"]));
    assert!(story(&client.get(&order_path(&order)).await.expect(200)).ends_with(&["payment_captured".to_owned(), "paid".to_owned()]));
    let more = deposit(&app, payment, 1, "bank-3").await.expect(201);
    assert_eq!((&more["payment"]["captured"], &more["payment"]["received"]), (&won(13_000), &won(14_001)));

    let (_, card, _) = buy(&app, &shop, &[(&cup, 1)], "card_declined").await;
    deposit(&app, &card, 13_000, "bank-4").await.problem(409, "illegal_transition");
    let (_, sandbox, _) = buy(&app, &shop, &[(&cup, 1)], "virtual_account").await;
    let mutation = "mutation($id: ID!) { paymentDepositConfirm(id: $id, input: {amount: 13000, reference: \"r\"}) { order { status } payment { status } userErrors { code } } }";
    let done = app.admin().once().graphql("admin", mutation, json!({"id": sandbox["id"]})).await;
    assert_eq!(done["paymentDepositConfirm"]["payment"]["status"], "CAPTURED");
    app.adds_up().await;
});

on_both!(a_late_deposit_revives_the_order_or_goes_back, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 2)).await;
    let (first, first_payment, first_client) = buy_from(&app, &shop, &[(&cup, 1)], "bank_transfer", "virtual_account").await;
    let (second, second_payment, _) = buy_from(&app, &shop, &[(&cup, 1)], "bank_transfer", "virtual_account").await;
    deposit(&app, &second_payment, 1_000, "part").await.expect(201);
    app.advance(Duration::days(60));
    app.work().await;
    let expired = first_client.get(&order_path(&first)).await.expect(200);
    assert_eq!(states(&expired).0, "expired");
    assert_eq!(stock_of(&app, &cup).await, (2, 0));
    let flagged = app.admin().get(&staff_path(&second)).await.expect(200);
    assert_eq!((states(&flagged).0.as_str(), &flagged["attention"]), ("expired", &json!(["deposit_refund_due"])));

    let revived = deposit(&app, &first_payment, 13_000, "late-1").await.expect(201);
    assert_eq!(states(&revived["order"]), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    assert!(story(&revived["order"]).contains(&"revived".to_owned()));
    assert_eq!(stock_of(&app, &cup).await, (2, 1));

    shop.stock(&cup, -1).await;
    let late = deposit(&app, &second_payment, 12_000, "late-2").await.expect(201);
    assert_eq!((states(&late["order"]).0.as_str(), &late["payment"]["captured"]), ("expired", &won(13_000)));
    assert_eq!(late["order"]["refunds"][0]["status"], "pending");
    app.adds_up().await;
    app.advance(Duration::seconds(90));
    app.work().await;
    let over = app.admin().get(&staff_path(&second)).await.expect(200);
    assert_eq!((states(&over), &over["refunds"][0]["amount"]), (("expired".into(), "refunded".into(), "unfulfilled".into()), &won(13_000)));
    assert!(story(&over).contains(&"late_payment".to_owned()));
    assert_eq!(stock_of(&app, &cup).await, (1, 1));
    app.adds_up().await;
});

on_both!(a_late_capture_of_a_cancelled_order_goes_back, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 2)).await;
    app.gateway.next("create", Act::TakeAndLose).next("inquire", Act::Lose);
    let (order, payment, client) = buy_from(&app, &shop, &[(&cup, 1)], "scripted", "card").await;
    assert_eq!(payment["status"], "unknown");
    let cancelled = client.post(&format!("{}/cancel", order_path(&order)), json!({})).await.expect(200);
    assert_eq!((states(&cancelled).0.as_str(), &cancelled["payments"][0]["status"]), ("cancelled", &json!("cancelled")));
    assert_eq!(app.gateway.calls("cancel").len(), 1);
    // Given up here, but the provider is asked on: it took the money after all.
    for _ in 0..3 {
        app.advance(Duration::seconds(60));
        app.work().await;
    }
    let order = client.get(&order_path(&order)).await.expect(200);
    assert_eq!((&order["payments"][0]["captured"], &order["payments"][0]["refunded"]), (&won(13_000), &won(13_000)));
    assert_eq!((states(&order).0.as_str(), &order["refunds"][0]["status"]), ("cancelled", &json!("succeeded")));
    assert_eq!(app.gateway.calls("refund").len(), 1);
    assert_eq!(stock_of(&app, &cup).await, (2, 0));
    app.adds_up().await;
});

on_both!(everybody_confirms_at_once, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 2)).await;
    let (order, payment, client) = buy(&app, &shop, &[(&cup, 1)], "requires_action").await;
    let confirm = format!("/store/v1/payments/{}/confirm", id(&payment));
    let sent = join_all((0..10).map(|_| {
        let (client, path) = (client.once(), confirm.clone());
        async move { client.post(&path, json!({"result": "success"})).await }
    }))
    .await;
    for reply in sent {
        assert_eq!(reply.expect(200)["payment"]["status"], "captured");
    }
    let order = client.get(&order_path(&order)).await.expect(200);
    assert_eq!(story(&order).iter().filter(|k| *k == "payment_captured").count(), 1);
    assert_eq!(order["payments"][0]["captured"], won(13_000));
    let later = client.once().post(&confirm, json!({"result": "cancel"})).await.expect(200);
    assert_eq!(later["payment"]["status"], "captured", "what is over stays over");
    app.adds_up().await;
});

on_both!(a_confirmation_that_gets_lost_is_found, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 2)).await;
    app.gateway.next("create", Act::Ask).next("confirm", Act::Die { took: true });
    let (_, payment, client) = buy_from(&app, &shop, &[(&cup, 1)], "scripted", "card").await;
    assert_eq!(payment["next_action"]["url"], "https://gateway.example/pay");
    let (confirm, client) = (format!("/store/v1/payments/{}/confirm", id(&payment)), client.once());
    client.post(&confirm, json!({"paymentKey": "k"})).await.problem(500, "internal");
    app.advance(Duration::seconds(61));
    let done = client.post(&confirm, json!({"paymentKey": "k"})).await.expect(200);
    assert_eq!((&done["payment"]["status"], app.gateway.calls("confirm").len()), (&json!("captured"), 1));
    let fields: serde_json::Map<String, Value> = (0..51).map(|n| (format!("f{n}"), json!(n))).collect();
    client.once().post(&confirm, Value::Object(fields)).await.problem(422, "invalid");
    app.adds_up().await;
});

on_both!(what_the_gateway_took_is_what_was_asked_or_goes_back, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 5)).await;
    let euros = Money::new(13_000, Currency::parse("EUR").unwrap());
    for (taken, in_ledger) in [(Money::new(13_001, Currency::KRW), 13_001), (Money::new(1, Currency::KRW), 1), (euros, 0)] {
        app.gateway.next("create", Act::TakeOther(taken));
        let (order, payment, client) = buy_from(&app, &shop, &[(&cup, 1)], "scripted", "card").await;
        assert_eq!((&payment["status"], &payment["failure"]["code"]), (&json!("failed"), &json!("amount_mismatch")));
        let order = client.get(&order_path(&order)).await.expect(200);
        assert_eq!((states(&order).0.as_str(), &order["payments"][0]["captured"]), ("pending", &won(in_ledger)));
        assert_eq!(order["refunds"][0]["amount"], json!(taken));
        assert_eq!(order["refunds"][0]["status"], "succeeded");
        app.adds_up().await;
        let paid = client.once().post(&format!("{}/payments", order_path(&order)), json!({"provider": "scripted"})).await.expect(201);
        assert_eq!(states(&paid["order"]), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    }
    app.adds_up().await;
});
