//! Promotions over both doors, and their counters under races.

use serde_json::{Value, json};

use crate::stock::race;
use crate::support::{TestApp, on_both};
use maru::commerce::auth::Permission;
use maru::commerce::promotions::{self, Applied, Basket};
use maru::error::Code;
use maru::types::{Currency, OrderId, PromotionId};

async fn promotion(app: &TestApp, own: Value) -> Value {
    let mut input = json!({"code": "ten", "name": "Ten", "kind": "percentage", "percent_bp": 1000});
    input.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    app.admin().post("/admin/v1/promotions", input).await.expect(201)
}

fn id(promotion: &Value) -> PromotionId {
    promotion["id"].as_str().unwrap().parse().unwrap()
}

fn order() -> OrderId {
    uuid::Uuid::new_v4().into()
}

async fn used(app: &TestApp, promotion: &Value) -> i64 {
    app.admin().get(&format!("/admin/v1/promotions/{}", id(promotion))).await.expect(200)["used"].as_i64().unwrap()
}

async fn all_is_well(app: &TestApp) {
    let db = app.app.db().clone();
    let differences = tokio::task::spawn_blocking(move || db.snapshot(promotions::audit)).await.unwrap().unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// The word each code is refused with; `yes` if it is not.
async fn evaluated(app: &TestApp, codes: &[&str], subtotal: i64) -> Vec<&'static str> {
    let codes: Vec<String> = codes.iter().map(|c| (*c).to_owned()).collect();
    let applied = app
        .rule(move |tx, _| {
            let basket = Basket { now: tx.now(), currency: Currency::KRW, subtotal };
            promotions::evaluate(tx, &codes, &basket)
        })
        .await;
    applied
        .iter()
        .map(|a| match a {
            Applied::Yes { .. } => "yes",
            Applied::No { reason, .. } => reason,
        })
        .collect()
}

on_both!(a_promotion_is_made_read_changed_and_taken_out_of_use, |app| async move {
    let made = promotion(&app, json!({"minimum_spend": 10_000, "currency": "KRW", "ends_at": "2026-12-01T00:00:00Z"})).await;
    assert_eq!((made["code"].clone(), made["used"].clone(), made["active"].clone()), (json!("TEN"), json!(0), json!(true)));
    let again = json!({"code": " Ten", "name": "x", "kind": "free_shipping"});
    app.admin().post("/admin/v1/promotions", again).await.problem(409, "already_exists");
    let path = format!("/admin/v1/promotions/{}", id(&made));
    assert_eq!(app.admin().get(&path).await.header("etag"), Some("\"1\""));
    let changed = app.admin().with("If-Match", "\"1\"").patch(&path, json!({"ends_at": null, "percent_bp": 2000})).await.expect(200);
    assert_eq!(
        (changed["ends_at"].clone(), changed["percent_bp"].clone(), changed["minimum_spend"].clone()),
        (json!(null), json!(2000), json!(10_000))
    );
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"name": "Late"})).await.problem(412, "version_mismatch");
    assert_eq!(evaluated(&app, &["ten "], 10_000).await, ["yes"]);
    let off = app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200);
    assert_eq!(app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200), off);
    assert_eq!(evaluated(&app, &["TEN", "nothing", "ten"], 10_000).await, ["inactive", "unknown", "repeated"]);

    promotion(&app, json!({"code": "SHIP", "kind": "free_shipping", "percent_bp": null})).await;
    let list = app.admin().get("/admin/v1/promotions?active=true").await.expect(200);
    assert_eq!(list["data"].as_array().unwrap().iter().map(|p| p["code"].as_str().unwrap()).collect::<Vec<_>>(), ["SHIP"]);
    let data = app.admin().graphql("admin", "{ promotions(code: \"ten\") { nodes { code kind used active } } }", json!({})).await;
    assert_eq!(data["promotions"]["nodes"], json!([{"code": "TEN", "kind": "PERCENTAGE", "used": 0, "active": false}]));
});

on_both!(each_kind_has_what_it_needs_and_nothing_else, |app| async move {
    let refused = |input: Value| {
        let admin = app.admin();
        async move {
            let problem = admin.post("/admin/v1/promotions", input).await.problem(422, "invalid");
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(refused(json!({"code": "A B", "name": "x", "kind": "percentage"})).await, ["/code", "/percent_bp"]);
    assert_eq!(refused(json!({"code": "A", "name": "x", "kind": "percentage", "percent_bp": 10_001})).await, ["/percent_bp"]);
    assert_eq!(refused(json!({"code": "A", "name": "x", "kind": "fixed_amount", "percent_bp": 5})).await, ["/percent_bp", "/amount"]);
    assert_eq!(refused(json!({"code": "A", "name": "x", "kind": "fixed_amount", "amount": 5})).await, ["/currency"]);
    assert_eq!(refused(json!({"code": "A", "name": "x", "kind": "free_shipping", "amount": -5, "currency": "KRW"})).await, ["/amount"]);
    let dates =
        json!({"code": "A", "name": "x", "kind": "free_shipping", "starts_at": "2026-12-01T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z"});
    assert_eq!(refused(dates).await, ["/ends_at"]);
    assert_eq!(refused(json!({"code": "A", "name": "x", "kind": "free_shipping", "usage_limit": 0})).await, ["/usage_limit"]);
    let reader = app.staff(&[Permission::PromotionsRead]).await;
    reader.get("/admin/v1/promotions").await.expect(200);
    reader.post("/admin/v1/promotions", json!({"code": "A", "name": "x", "kind": "free_shipping"})).await.problem(403, "forbidden");
});

on_both!(ten_uses_are_used_ten_times, |app| async move {
    let code = promotion(&app, json!({"usage_limit": 10})).await;
    let (promotion, orders): (_, Vec<OrderId>) = (id(&code), (0..40).map(|_| order()).collect());
    let answers = race(&app, 40, |n, tx, _| promotions::redeem(tx, orders[n], &format!("buyer{n}@example.com"), &[(promotion, 100)])).await;
    let refused: Vec<_> = answers.iter().filter_map(|a| a.as_ref().err().map(|e| e.code)).collect();
    assert_eq!(refused, vec![Code::CodeNotApplicable; 30]);
    assert_eq!(used(&app, &code).await, 10);
    assert_eq!(evaluated(&app, &["TEN"], 1).await, ["used_up"]);
    let path = format!("/admin/v1/promotions/{promotion}");
    app.admin().patch(&path, json!({"usage_limit": 9})).await.problem(422, "invalid");
    all_is_well(&app).await;

    // Every order gives back, several times at once: each use comes back once.
    let released = race(&app, 80, |n, tx, _| promotions::release(tx, orders[n % 40])).await;
    assert!(released.iter().all(|r| r.is_ok()), "{released:?}");
    assert_eq!(used(&app, &code).await, 0);
    all_is_well(&app).await;
});

on_both!(a_customer_uses_a_code_as_often_as_they_may, |app| async move {
    let code = promotion(&app, json!({"per_customer_limit": 2})).await;
    let (promotion, orders): (_, Vec<OrderId>) = (id(&code), (0..12).map(|_| order()).collect());
    let mails = ["mina@example.com", " Mina@Example.COM"];
    let answers = race(&app, 12, |n, tx, _| promotions::redeem(tx, orders[n], mails[n % 2], &[(promotion, 1)])).await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 2);
    assert_eq!(used(&app, &code).await, 2, "who was refused used nothing up");
    app.rule(move |tx, _| promotions::redeem(tx, order(), "other@example.com", &[(promotion, 1)])).await;
    let winner = orders[answers.iter().position(Result::is_ok).unwrap()];
    app.rule(move |tx, _| promotions::release(tx, winner)).await;
    all_is_well(&app).await;
    // An order that comes to life again takes its use anew, once.
    app.rule(move |tx, _| promotions::redeem(tx, winner, mails[0], &[(promotion, 1)])).await;
    let twice = race(&app, 1, |_, tx, _| promotions::redeem(tx, winner, "third@example.com", &[(promotion, 1)])).await.remove(0);
    assert_eq!(twice.unwrap_err().code, Code::Conflict);
    assert_eq!(used(&app, &code).await, 3);
    all_is_well(&app).await;
});

on_both!(several_codes_in_any_order_do_not_deadlock, |app| async move {
    let mut codes = Vec::new();
    for n in 0..4 {
        codes.push(id(&promotion(&app, json!({"code": format!("C{n}"), "usage_limit": 20})).await));
    }
    let orders: Vec<OrderId> = (0..32).map(|_| order()).collect();
    let answers = race(&app, 32, |n, tx, _| {
        let mut uses: Vec<_> = codes.iter().map(|id| (*id, 1)).collect();
        uses.rotate_left(n % 4);
        promotions::redeem(tx, orders[n], "same@example.com", &uses)
    })
    .await;
    assert_eq!(answers.iter().filter(|a| a.is_ok()).count(), 20);
    assert!(answers.iter().filter_map(|a| a.as_ref().err()).all(|e| e.code == Code::CodeNotApplicable), "{answers:?}");
    let released = race(&app, 32, |n, tx, _| promotions::release(tx, orders[n])).await;
    assert!(released.iter().all(|r| r.is_ok()), "{released:?}");
    all_is_well(&app).await;
});
