//! Purchases that wait together become one statement on PostgreSQL: all of them hold, or each is told by itself.

use std::collections::HashSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::buyer::stock_of;
use crate::support::shop::{Item, Shop, seoul};
use crate::support::{Reply, TestApp, Which, run};

const PATH: &str = "/store/v1/buy-now";

fn order_of(shop: &Shop<'_>, variant: &str) -> Value {
    json!({"lines": [{"variant_id": variant, "quantity": 1}], "email": "mina@example.com", "shipping_address": seoul(),
        "shipping_option_id": shop.parcel, "payment": {"provider": "bank_transfer"}})
}

/// Runs purchases while all stock is locked, so that all wait who can; then lets them go.
async fn while_locked(app: &TestApp, buyers: impl Future<Output = Vec<Reply>>) -> Vec<Reply> {
    let url = app.database_url();
    let mut holder = tokio::task::spawn_blocking(move || {
        let mut holder = PgConnection::establish(&url).unwrap();
        holder.batch_execute("BEGIN; SELECT 1 FROM stock_levels FOR UPDATE").unwrap();
        holder
    })
    .await
    .unwrap();
    let released = tokio::task::spawn_blocking(move || {
        std::thread::sleep(Duration::from_millis(700));
        holder.batch_execute("COMMIT").unwrap();
    });
    let answers = buyers.await;
    released.await.unwrap();
    answers
}

/// Which transactions wrote the orders, each once.
async fn transactions(app: &TestApp) -> usize {
    #[derive(QueryableByName)]
    struct Written {
        #[diesel(sql_type = diesel::sql_types::Text)]
        by: String,
    }
    let url = app.database_url();
    let load = move || -> Vec<Written> {
        diesel::sql_query("SELECT xmin::text AS by FROM orders").load(&mut PgConnection::establish(&url).unwrap()).unwrap()
    };
    tokio::task::spawn_blocking(load).await.unwrap().into_iter().map(|written| written.by).collect::<HashSet<_>>().len()
}

#[test]
fn who_waits_goes_together() {
    run(async {
        let app = TestApp::new(Which::Postgres).await;
        let shop = Shop::open(&app).await;
        let (_, cup) = shop.sell("Cup", Item::of(11_000, 1000)).await;
        let (_, pot) = shop.sell("Pot", Item::of(21_000, 1000)).await;
        let buy = |n: usize| {
            let (client, input) = (app.guest().once(), order_of(&shop, if n.is_multiple_of(3) { &pot } else { &cup }));
            async move { client.post(PATH, input).await }
        };
        // Nothing waits: each is its own transaction.
        for n in 0..2 {
            buy(n).await.expect(201);
        }
        assert_eq!(transactions(&app).await, 2);
        let answers = while_locked(&app, join_all((0..12).map(buy))).await;
        let orders: HashSet<String> = answers.into_iter().map(|a| a.expect(201)["order"]["id"].to_string()).collect();
        assert_eq!(orders.len(), 12, "each was told of its own order");
        let transactions = transactions(&app).await;
        assert!(transactions <= 2 + 7, "12 orders that waited were written by {} transactions", transactions - 2);
        assert_eq!((stock_of(&app, &cup).await, stock_of(&app, &pot).await), ((1000, 9), (1000, 5)));
        app.adds_up().await;
    });
}

#[test]
fn one_that_does_not_hold_harms_no_other() {
    run(async {
        let app = TestApp::new(Which::Postgres).await;
        let shop = Shop::open(&app).await;
        let (_, cup) = shop.sell("Cup", Item::of(11_000, 1000)).await;
        let (_, rare) = shop.sell("Rare", Item::of(21_000, 7)).await;
        let twice = app.guest().once();
        let buyers = (0..12).map(|n| {
            let client = if n < 2 { twice.clone() } else { app.guest().once() };
            let input = order_of(&shop, if n < 3 { &cup } else { &rare });
            async move { client.post(PATH, input).await }
        });
        let answers = while_locked(&app, join_all(buyers)).await;
        let (same, others) = answers.split_at(2);
        assert!(same.iter().all(|a| a.status == 201), "{:?}", same.iter().map(|a| &a.text).collect::<Vec<_>>());
        assert_eq!(same[0].json["order"]["id"], same[1].json["order"]["id"], "one key, one order");
        assert_eq!(others[0].status, 201);
        let sold = others[1..].iter().filter(|a| a.status == 201).count();
        assert_eq!(sold, 7);
        assert!(others[1..].iter().all(|a| a.status == 201 || a.json["code"] == "insufficient_stock"));
        assert_eq!((stock_of(&app, &cup).await, stock_of(&app, &rare).await), ((1000, 2), (7, 7)));
        app.adds_up().await;
    });
}
