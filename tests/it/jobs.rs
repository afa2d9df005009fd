//! Work for later, with a clock that moves when told.

use chrono::Duration;
use futures_util::future::join_all;
use serde_json::json;

use crate::support::buyer::{buy, buy_from, full_cart, offer_scripted, order_path, states, stock_of};
use crate::support::gateway::Act;
use crate::support::on_both;
use crate::support::shop::{Item, Shop, id};
use maru::jobs::JobKind;

on_both!(unpaid_orders_let_go_of_what_they_held, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 5)).await;
    let coupon = shop.coupon("C", json!({"kind": "percentage", "percent_bp": 1000, "usage_limit": 5})).await;
    let (cart, client) = crate::support::buyer::full_cart_with(&app, &shop, &[(&cup, 2)], json!({"codes": ["C"]})).await;
    let declined = crate::support::buyer::check_out(&client, &cart, "test", "card_declined").await.expect(201)["order"].clone();
    let (waiting, payment, waiting_client) = buy(&app, &shop, &[(&cup, 2)], "requires_action").await;
    let (paid, _, paid_client) = buy(&app, &shop, &[(&cup, 1)], "approve").await;
    app.advance(Duration::minutes(29));
    assert_eq!(app.work().await.of(JobKind::ExpireOrders), Some(0));
    assert_eq!(stock_of(&app, &cup).await, (5, 5));
    app.advance(Duration::minutes(1));
    assert_eq!(app.work().await.of(JobKind::ExpireOrders), Some(2));
    assert_eq!(stock_of(&app, &cup).await, (5, 1));
    assert_eq!(app.admin().get(&format!("/admin/v1/promotions/{coupon}")).await.expect(200)["used"], 0);
    let declined = app.guest().holding_order(&declined).get(&order_path(&declined)).await.expect(200);
    assert_eq!(states(&declined), ("expired".into(), "unpaid".into(), "unfulfilled".into()));
    let waiting = waiting_client.get(&order_path(&waiting)).await.expect(200);
    assert_eq!((states(&waiting).0.as_str(), &waiting["payments"][0]["status"]), ("expired", &json!("cancelled")));
    assert_eq!(states(&paid_client.get(&order_path(&paid)).await.expect(200)).0, "confirmed");
    let confirm = format!("/store/v1/payments/{}/confirm", id(&payment));
    let late = waiting_client.once().post(&confirm, json!({"result": "success"})).await.expect(200);
    assert_eq!(late["payment"]["status"], "cancelled", "a payment that is over answers as it stands");
    let pay = format!("{}/payments", order_path(&waiting));
    waiting_client.once().post(&pay, json!({"provider": "test"})).await.problem(409, "illegal_transition");
    app.adds_up().await;
});

on_both!(an_order_in_doubt_is_not_let_go, |app| async move {
    let shop = Shop::open(&app).await;
    offer_scripted(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 5)).await;
    app.gateway.next("create", Act::TakeAndLose);
    for _ in 0..40 {
        app.gateway.next("inquire", Act::Lose);
    }
    let (order, _, client) = buy_from(&app, &shop, &[(&cup, 1)], "scripted", "card").await;
    for _ in 0..4 {
        app.advance(Duration::hours(1));
        app.work().await;
    }
    let read = client.get(&order_path(&order)).await.expect(200);
    assert_eq!((states(&read).0.as_str(), &read["payments"][0]["status"]), ("pending", &json!("unknown")));
    assert_eq!((read["version"].as_i64(), stock_of(&app, &cup).await), (Some(2), (5, 1)), "asking changes nothing that clients see");
    // After a day it is let go all the same; when the answer comes at last, it comes to life again.
    app.advance(Duration::hours(24));
    app.work().await;
    assert_eq!(states(&client.get(&order_path(&order)).await.expect(200)).0, "expired");
    assert_eq!(stock_of(&app, &cup).await, (5, 0));
    for _ in 0..60 {
        app.advance(Duration::hours(1));
        app.work().await;
    }
    let read = client.get(&order_path(&order)).await.expect(200);
    assert_eq!(states(&read), ("confirmed".into(), "paid".into(), "unfulfilled".into()));
    assert_eq!((stock_of(&app, &cup).await, app.gateway.taken()), ((5, 1), 1));
    app.adds_up().await;
});

on_both!(a_deposit_that_does_not_come_ends_the_order, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 5)).await;
    let (order, _, client) = buy_from(&app, &shop, &[(&cup, 1)], "bank_transfer", "virtual_account").await;
    app.advance(Duration::hours(2));
    app.work().await;
    assert_eq!(states(&client.get(&order_path(&order)).await.expect(200)).0, "pending", "the deposit may still come");
    app.advance(Duration::days(30));
    app.work().await;
    let read = client.get(&order_path(&order)).await.expect(200);
    assert_eq!(states(&read), ("expired".into(), "unpaid".into(), "unfulfilled".into()));
    assert_eq!(stock_of(&app, &cup).await, (5, 0));
    app.adds_up().await;
});

on_both!(a_slot_is_run_once_however_many_workers_there_are, |app| async move {
    Shop::open(&app).await;
    let rounds = join_all((0..4).map(|_| app.work())).await;
    for kind in JobKind::ALL {
        assert_eq!(rounds.iter().filter(|r| r.of(*kind).is_some()).count(), 1, "{kind}");
    }
    assert!(app.work().await.0.is_empty());
    app.advance(Duration::seconds(5));
    assert_eq!(app.work().await.of(JobKind::ReconcilePayments), Some(0));
});

on_both!(what_is_old_is_forgotten, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 5)).await;
    let (cart, client) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    let input = json!({"payment": {"provider": "test"}});
    let client = client.once();
    let path = format!("/store/v1/carts/{}/checkout", id(&cart));
    client.post(&path, input.clone()).await.expect(201);
    app.work().await;
    app.advance(Duration::hours(25));
    let ran = app.work().await;
    assert_eq!(ran.of(JobKind::PurgeIdempotencyKeys), Some(1));
    assert!(ran.of(JobKind::PurgeJobs) >= Some(6));
    client.post(&path, input).await.problem(409, "cart_closed");
    let (stale, holder) = full_cart(&app, &shop, &[(&cup, 1)]).await;
    app.advance(Duration::days(400));
    assert_eq!(app.work().await.of(JobKind::ExpireCarts), Some(1));
    holder.get(&format!("/store/v1/carts/{}", id(&stale))).await.problem(404, "not_found");
});
