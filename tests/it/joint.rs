//! Purchases that wait together become one statement on PostgreSQL: all of them hold, or each is told by itself.

use std::collections::HashSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use futures_util::future::join_all;
use maru::types::ids::Id;
use serde_json::{Value, json};

use crate::support::buyer::stock_of;
use crate::support::shop::{Item, Shop, seoul};
use crate::support::{Reply, TestApp, Which, run};

const PATH: &str = "/store/v1/buy-now";

fn order_of(shop: &Shop<'_>, variant: &str) -> Value {
    json!({"lines": [{"variant_id": variant, "quantity": 1}], "email": "mina@example.com", "shipping_address": seoul(),
        "shipping_option_id": shop.parcel, "payment": {"provider": "bank_transfer"}})
}

/// Locks stock (all of it, or what `which` says), and lets it go after so long, having run `last`.
async fn lock_stock(app: &TestApp, which: &str, long: Duration, last: &'static str) -> tokio::task::JoinHandle<()> {
    lock(app, format!("SELECT 1 FROM stock_levels {which} FOR UPDATE"), long, last).await
}

/// Locks something, and lets it go after so long, having run `last`.
async fn lock(app: &TestApp, what: String, long: Duration, last: &'static str) -> tokio::task::JoinHandle<()> {
    let url = app.database_url();
    let mut holder = tokio::task::spawn_blocking(move || {
        let mut holder = PgConnection::establish(&url).unwrap();
        holder.batch_execute(&format!("BEGIN; {what}")).unwrap();
        holder
    })
    .await
    .unwrap();
    tokio::task::spawn_blocking(move || {
        std::thread::sleep(long);
        holder.batch_execute(&format!("{last}; COMMIT")).unwrap();
    })
}

/// Runs purchases while all stock is locked, so that all wait who can; then lets them go.
async fn while_locked(app: &TestApp, buyers: impl Future<Output = Vec<Reply>>) -> Vec<Reply> {
    // Shorter than they have patience.
    let released = lock_stock(app, "", Duration::from_millis(200), "SELECT 1").await;
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
        let mut written = transactions(&app).await;
        assert_eq!(written, 2);
        // A machine may be too slow for all to come while they have patience: then they go by themselves, and another round is due.
        let mut rounds = 0;
        loop {
            let answers = while_locked(&app, join_all((0..12).map(buy))).await;
            let orders: HashSet<String> = answers.into_iter().map(|a| a.expect(201)["order"]["id"].to_string()).collect();
            assert_eq!(orders.len(), 12, "each was told of its own order");
            rounds += 1;
            let before = std::mem::replace(&mut written, transactions(&app).await);
            if written - before <= 7 {
                break;
            }
            assert!(rounds < 10, "12 orders that waited were written by {} transactions", written - before);
        }
        assert_eq!((stock_of(&app, &cup).await, stock_of(&app, &pot).await), ((1000, 1 + 8 * rounds), (1000, 1 + 4 * rounds)));
        app.adds_up().await;
    });
}

/// Buys through a gateway while nothing can be entered in the ledger of money, so that all orders are there and their payments wait
/// to be settled; runs `last` then, and lets them go. Answers how many transactions wrote the twelve orders as they are now.
async fn settled_together(last: &'static str) -> usize {
    let app = TestApp::new(Which::Postgres).await;
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(11_000, 1000)).await;
    let mut input = order_of(&shop, &cup);
    input["payment"] = json!({"provider": "test"});
    let ledger = "LOCK TABLE payment_entries IN EXCLUSIVE MODE".to_owned();
    let released = lock(&app, ledger, Duration::from_millis(200), last).await;
    let buyers: Vec<_> = (0..12).map(|_| (app.guest().once(), input.clone())).collect();
    let answers = join_all(buyers.into_iter().map(|(client, input)| async move { client.post(PATH, input).await })).await;
    released.await.unwrap();
    let mut orders = HashSet::new();
    for answer in answers {
        let answer = answer.expect(201);
        assert_eq!((answer["order"]["status"].as_str(), answer["payment"]["status"].as_str()), (Some("confirmed"), Some("captured")));
        assert_eq!(answer["payment"]["order_id"], answer["order"]["id"], "each was told of its own payment");
        orders.insert(answer["order"]["id"].to_string());
        let kept = app.admin().get(&format!("/admin/v1/orders/{}", answer["order"]["id"].as_str().unwrap())).await.expect(200);
        assert_eq!((kept["status"].as_str(), kept["payment_status"].as_str()), (Some("confirmed"), Some("paid")));
    }
    assert_eq!(orders.len(), 12);
    assert_eq!(stock_of(&app, &cup).await, (1000, 12));
    app.adds_up().await;
    transactions(&app).await
}

#[test]
fn payments_that_wait_to_be_settled_are_settled_together() {
    run(async {
        let mut rounds = 0;
        while settled_together("SELECT 1").await > 7 {
            rounds += 1;
            assert!(rounds < 10, "payments that waited were each settled alone");
        }
    });
}

#[test]
fn an_order_that_was_written_meanwhile_is_settled_as_it_is_then() {
    run(async {
        // One that is to be changed with others is another version by then: none is changed, and each is settled by itself.
        settled_together("UPDATE orders SET version = version + 1 WHERE id = (SELECT id FROM orders ORDER BY id DESC LIMIT 1)").await;
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

#[test]
fn a_locked_row_holds_up_nobody_else_for_long() {
    run(async {
        let app = TestApp::new(Which::Postgres).await;
        let shop = Shop::open(&app).await;
        let (_, cup) = shop.sell("Cup", Item::of(11_000, 1000)).await;
        let (_, pot) = shop.sell("Pot", Item::of(21_000, 1000)).await;
        let buy = |variant: &str| {
            let (client, input) = (app.guest().once(), order_of(&shop, variant));
            async move { client.post(PATH, input).await }
        };
        let of_pots = format!("WHERE variant_id = '{}'", uuid_of(&pot));
        let locked = lock_stock(&app, &of_pots, Duration::from_secs(3), "SELECT 1").await;
        let pots = join_all((0..6).map(|_| buy(&pot)));
        let cups = async {
            // The pots' buyers hold both connections by then.
            tokio::time::sleep(Duration::from_millis(300)).await;
            let answers = join_all((0..6).map(|_| buy(&cup))).await;
            assert!(!locked.is_finished(), "who buys cups need not wait for pots");
            answers
        };
        let (pots, cups) = tokio::join!(pots, cups);
        locked.await.unwrap();
        assert!(cups.iter().chain(&pots).all(|a| a.status == 201), "{:?}", pots.iter().map(|a| &a.text).collect::<Vec<_>>());
        assert_eq!((stock_of(&app, &cup).await, stock_of(&app, &pot).await), ((1000, 6), (1000, 6)));
        app.adds_up().await;
    });
}

#[test]
fn whoever_lost_the_answer_asks_again_and_has_one_order() {
    run(async {
        let app = TestApp::new(Which::Postgres).await;
        let shop = Shop::open(&app).await;
        let (_, cup) = shop.sell("Cup", Item::of(11_000, 1000)).await;
        let buyers: Vec<_> = (0..12).map(|_| (app.guest().once(), order_of(&shop, &cup))).collect();
        // The server loses all that run, shared statements and others.
        let lose = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND state = 'active' AND query LIKE 'WITH w0%' AND pid <> pg_backend_pid()";
        let lost = lock_stock(&app, "", Duration::from_millis(700), lose).await;
        let first = join_all(buyers.iter().map(|(client, input)| client.post(PATH, input.clone()))).await;
        lost.await.unwrap();
        let unanswered = first.iter().filter(|a| a.status != 201).count();
        assert!(unanswered > 0, "nobody lost anything");
        assert!(first.iter().all(|a| a.status == 201 || a.status == 503), "{:?}", first.iter().map(|a| &a.text).collect::<Vec<_>>());
        let again = join_all(buyers.iter().map(|(client, input)| client.post(PATH, input.clone()))).await;
        let orders: HashSet<String> = again.into_iter().map(|a| a.expect(201)["order"]["id"].to_string()).collect();
        assert_eq!(orders.len(), 12);
        for answer in first.iter().filter(|a| a.status == 201) {
            assert!(orders.contains(&answer.json["order"]["id"].to_string()), "what was told is there");
        }
        assert_eq!(stock_of(&app, &cup).await, (1000, 12));
        app.adds_up().await;
    });
}

fn uuid_of(id: &str) -> uuid::Uuid {
    maru::types::VariantId::parse(id).unwrap().into()
}
