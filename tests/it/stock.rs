//! Stock over both doors, and the rules that checkout stands on: raced, counted, audited.

use diesel::RunQueryDsl;
use serde_json::{Value, json};

use crate::support::{TestApp, on_both};
use maru::commerce::auth::{Caller, Permission};
use maru::commerce::catalog::{self, ProductUpsert, upsert_products};
use maru::commerce::inventory::{self, Want};
use maru::db::{Backend, Conn, Tx};
use maru::error::{Code, Result};
use maru::types::{LocationId, OrderId, OrderLineId, VariantId};

/// So many new variants, each of a product of its own.
pub async fn variants(app: &TestApp, count: usize) -> Vec<VariantId> {
    app.rule(move |tx, by| {
        let items = (0..count).map(|n| json!({"title": format!("Thing {n}"), "status": "active", "variants": [{}]}));
        let items: Vec<ProductUpsert> = items.map(|item| serde_json::from_value(item).unwrap()).collect();
        Ok(upsert_products(tx, by, items)?.into_iter().map(|outcome| outcome.variant_ids[0]).collect())
    })
    .await
}

/// A stock location that serves every channel.
async fn location(app: &TestApp, code: &str, priority: i32) -> LocationId {
    let made = app.admin().post("/admin/v1/stock-locations", json!({"code": code, "name": code, "priority": priority})).await.expect(201);
    made["id"].as_str().unwrap().parse().unwrap()
}

async fn put(app: &TestApp, variant: VariantId, location: LocationId, delta: i32) -> Value {
    let input = json!({"variant_id": variant, "location_id": location, "delta": delta, "reason": "test"});
    app.admin().post("/admin/v1/stock-adjustments", input).await.expect(201)
}

/// (on hand, reserved, backordered) of a variant at a location.
async fn level(app: &TestApp, variant: VariantId, location: LocationId) -> (i64, i64, i64) {
    let list = app.admin().get(&format!("/admin/v1/stock-levels?variant_id={variant}&location_id={location}")).await.expect(200);
    let level = &list["data"][0];
    let number = |name: &str| level[name].as_i64().unwrap_or(0);
    assert_eq!(number("available"), number("on_hand") - number("reserved"));
    (number("on_hand"), number("reserved"), number("backordered"))
}

fn want(variant: VariantId, quantity: i32, backorder: bool) -> Want {
    Want { order_line_id: uuid::Uuid::new_v4().into(), variant_id: variant, quantity, backorder, first: None }
}

fn order() -> OrderId {
    uuid::Uuid::new_v4().into()
}

/// Nothing may differ from its ledger, ever.
async fn all_is_well(app: &TestApp) {
    let db = app.app.db().clone();
    let differences = tokio::task::spawn_blocking(move || db.snapshot(inventory::audit)).await.unwrap().unwrap();
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Runs a write on so many threads at once.
pub async fn race<T: Send>(app: &TestApp, threads: usize, work: impl Fn(usize, &mut Tx, &Caller) -> Result<T> + Sync) -> Vec<Result<T>> {
    let channel = app.app.channel(None).await.unwrap().unwrap();
    let (db, work, by) = (app.app.db(), &work, &Caller::system("test", channel));
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let running: Vec<_> = (0..threads).map(|n| scope.spawn(move || db.write(|tx| work(n, tx, by)))).collect();
            running.into_iter().map(|thread| thread.join().unwrap()).collect()
        })
    })
}

on_both!(plenty_is_taken_at_once_and_the_last_ones_exactly, |app| async move {
    let (seoul, things) = (location(&app, "seoul", 0).await, variants(&app, 2).await);
    for thing in &things {
        put(&app, *thing, seoul, 20).await;
    }
    let seen = move |variant: VariantId, quantity: i32| Want { first: Some(seoul), ..want(variant, quantity, false) };
    let (one, other) = (things[0], things[1]);
    let take = || app.rule(move |tx, by| inventory::reserve(tx, by, order(), &[seen(other, 2), seen(one, 2)]));
    take().await;
    let statements = app.statements(take()).await;
    assert!(app.app.db().backend() == Backend::Sqlite || statements == 1, "{statements}");
    assert_eq!((level(&app, things[0], seoul).await, level(&app, things[1], seoul).await), ((20, 4, 0), (20, 4, 0)));

    // Where too little would be left, and where another location has to help, nothing is guessed.
    let busan = location(&app, "busan", 1).await;
    put(&app, things[1], busan, 3).await;
    let of_both = race(&app, 24, |n, tx, by| {
        let (few, many) = (seen(things[0], 1), seen(things[1], if n % 2 == 0 { 1 } else { 2 }));
        inventory::reserve(tx, by, order(), &[few, many])
    })
    .await;
    let (sold, refused): (Vec<_>, Vec<_>) = of_both.into_iter().enumerate().partition(|(_, taken)| taken.is_ok());
    assert!(refused.iter().all(|(_, e)| e.as_ref().is_err_and(|e| e.code == Code::InsufficientStock)), "{refused:?}");
    let pieces: i64 = sold.iter().map(|(n, _)| if n % 2 == 0 { 1 } else { 2 }).sum();
    let left = 16 - i64::try_from(sold.len()).unwrap();
    assert_eq!(level(&app, things[0], seoul).await, (20, 20 - left, 0));
    let held = level(&app, things[1], seoul).await.1 + level(&app, things[1], busan).await.1;
    assert_eq!(held, 4 + pieces, "all or nothing");
    assert!(left == 0 || held >= 22, "whoever was refused was refused for a reason: {left} {held}");
    all_is_well(&app).await;
});

on_both!(staff_adjust_stock_with_a_reason, |app| async move {
    let (seoul, thing) = (location(&app, "seoul", 0).await, variants(&app, 1).await[0]);
    let level = put(&app, thing, seoul, 24).await;
    assert_eq!(
        (level["on_hand"].as_i64(), level["reserved"].as_i64(), level["available"].as_i64()),
        (Some(24), Some(0), Some(24)),
        "{level}"
    );
    let input = |delta: i32| json!({"variant_id": thing, "location_id": seoul, "delta": delta, "reason": "count"});
    let problem = app.admin().post("/admin/v1/stock-adjustments", input(-25)).await.problem(409, "insufficient_stock");
    assert_eq!(problem["errors"][0]["pointer"], "/delta");
    app.admin().post("/admin/v1/stock-adjustments", input(0)).await.problem(422, "invalid");
    app.admin().post("/admin/v1/stock-adjustments", input(i32::MAX)).await.problem(422, "invalid");
    let mut unknown = input(1);
    unknown["variant_id"] = json!("var_01h455vb4pex5vsknk084sn02q");
    app.admin().post("/admin/v1/stock-adjustments", unknown).await.problem(404, "not_found");

    app.admin().post("/admin/v1/stock-adjustments?dry_run=true", input(6)).await.expect(201);
    let once = app.admin().once();
    for _ in 0..2 {
        assert_eq!(once.post("/admin/v1/stock-adjustments", input(-4)).await.expect(201)["on_hand"], 20);
    }
    let ledger = app.admin().get(&format!("/admin/v1/stock-movements?variant_id={thing}")).await.expect(200);
    let deltas: Vec<_> = ledger["data"].as_array().unwrap().iter().map(|m| (m["kind"].clone(), m["on_hand_delta"].clone())).collect();
    assert_eq!(deltas, [(json!("adjustment"), json!(-4)), (json!("adjustment"), json!(24))], "newest first");
    assert_eq!(ledger["data"][0]["reason"], "count");
    assert!(ledger["data"][0]["actor"].as_str().unwrap().starts_with("key_"));
    all_is_well(&app).await;

    let reader = app.staff(&[Permission::StockRead]).await;
    reader.get("/admin/v1/stock-levels").await.expect(200);
    reader.post("/admin/v1/stock-adjustments", input(1)).await.problem(403, "forbidden");
    let events = app.admin().get("/admin/v1/events").await.expect(200);
    assert!(events["data"].as_array().unwrap().iter().any(|e| e["type"] == "stock.adjusted" && e["data"]["on_hand"] == 20));
});

on_both!(both_doors_tell_the_same_stock, |app| async move {
    let (seoul, things) = (location(&app, "seoul", 0).await, variants(&app, 3).await);
    let mutation =
        "mutation($i: StockAdjustment!) { stockAdjust(input: $i) { stockLevel { onHand available } userErrors { code pointer } } }";
    let input = |delta: i32| json!({"i": {"variantId": things[0], "locationId": seoul, "delta": delta, "reason": "x"}});
    let data = app.admin().graphql("admin", mutation, input(5)).await;
    assert_eq!(data["stockAdjust"], json!({"stockLevel": {"onHand": 5, "available": 5}, "userErrors": []}));
    let data = app.admin().graphql("admin", mutation, input(-6)).await;
    assert_eq!(data["stockAdjust"]["userErrors"], json!([{"code": "insufficient_stock", "pointer": "/delta"}]));
    put(&app, things[1], seoul, 1).await;
    put(&app, things[2], seoul, 2).await;

    let rest = app.admin().get(&format!("/admin/v1/stock-levels?location_id={seoul}&limit=2&include=total")).await.expect(200);
    assert_eq!((rest["page"]["has_more"].clone(), rest["page"]["total"].clone()), (json!(true), json!(3)));
    let cursor = rest["page"]["next_cursor"].as_str().unwrap();
    let rest = app.admin().get(&format!("/admin/v1/stock-levels?location_id={seoul}&limit=2&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["data"].as_array().unwrap().len(), 1);
    let query = "query($l: ID, $c: String!) { stockLevels(locationId: $l, last: 5, before: $c) { nodes { variantId onHand } } \
        stockLocations { nodes { code priority active channels } } }";
    let data = app.admin().graphql("admin", query, json!({"l": seoul, "c": cursor})).await;
    assert_eq!(data["stockLevels"]["nodes"].as_array().unwrap().len(), 1, "those before the second");
    assert_eq!(data["stockLocations"]["nodes"][0]["channels"].as_array().unwrap().len(), 1);
    all_is_well(&app).await;
});

on_both!(bulk_adjustments_answer_each_and_cost_the_same, |app| async move {
    let (seoul, things) = (location(&app, "seoul", 0).await, variants(&app, 40).await);
    let item = |variant: VariantId, delta: i32| json!({"variant_id": variant, "location_id": seoul, "delta": delta, "reason": "delivery"});
    let path = "/admin/v1/stock-adjustments/bulk";
    let mixed = json!({"adjustments": [item(things[0], 5), item(things[0], -2), item(things[1], -1), item(things[0], -9)]});
    let problem = app.admin().post(&format!("{path}?atomic=true"), mixed.clone()).await.problem(409, "insufficient_stock");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/adjustments/2/delta", "/adjustments/3/delta"]);
    assert_eq!(level(&app, things[0], seoul).await, (0, 0, 0), "atomic: nothing was done");

    let answer = app.admin().post(path, mixed).await.expect(201);
    assert_eq!((answer["done"].as_i64(), answer["refused"].as_i64()), (Some(2), Some(2)));
    assert_eq!(answer["results"][1]["level"]["on_hand"], 3);
    assert_eq!(answer["results"][3]["error"]["code"], "insufficient_stock");

    let all = |count: usize| json!({"adjustments": things[..count].iter().map(|v| item(*v, 1)).collect::<Vec<_>>()});
    let small = app.statements(async { drop(app.admin().post(path, all(3)).await.expect(201)) }).await;
    let large = app.statements(async { drop(app.admin().post(path, all(40)).await.expect(201)) }).await;
    assert_eq!(small, large, "statements do not grow with the items");
    app.admin().post(path, json!({"adjustments": []})).await.problem(422, "invalid");
    app.admin().post(path, json!({"adjustments": vec![item(things[0], 1); 1001]})).await.problem(422, "invalid");
    all_is_well(&app).await;
});

on_both!(locations_are_made_changed_and_taken_out_of_use, |app| async move {
    let address = json!({"name": "Maru", "country": "KR", "line1": "세종대로 110"});
    let input = json!({"code": "busan", "name": "Busan", "priority": 3, "address": address});
    let made = app.admin().post("/admin/v1/stock-locations", input.clone()).await.expect(201);
    app.admin().post("/admin/v1/stock-locations", input).await.problem(409, "already_exists");
    app.admin().post("/admin/v1/stock-locations", json!({"code": "Bu san", "name": "x"})).await.problem(422, "invalid");
    let path = format!("/admin/v1/stock-locations/{}", made["id"].as_str().unwrap());
    let read = app.admin().get(&path).await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    assert_eq!(read.expect(200), made);

    let patched = app.admin().with("If-Match", "\"1\"").patch(&path, json!({"address": null, "priority": 1})).await.expect(200);
    assert_eq!((patched["address"].clone(), patched["priority"].clone(), patched["name"].clone()), (json!(null), json!(1), json!("Busan")));
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"name": "Late"})).await.problem(412, "version_mismatch");
    let wrong = json!({"address": {"name": "", "country": "KR", "line1": "x"}});
    let problem = app.admin().patch(&path, wrong).await.problem(422, "invalid");
    assert_eq!(problem["errors"][0]["pointer"], "/address/name");
    let nobodys = json!({"channels": ["chan_01h455vb4pex5vsknk084sn02q"]});
    app.admin().patch(&path, nobodys).await.problem(422, "invalid");

    let (busan, thing): (LocationId, _) = (made["id"].as_str().unwrap().parse().unwrap(), variants(&app, 1).await[0]);
    put(&app, thing, busan, 7).await;
    let free = |app: TestApp| async move {
        let free = app.rule(move |tx, by| Ok(catalog::purchasables(tx, &by.channel, &by.locale, &[thing])?.items[&thing].free)).await;
        (app, free)
    };
    let (app, count) = free(app).await;
    assert_eq!(count, 7);
    app.admin().patch(&path, json!({"channels": []})).await.expect(200);
    let (app, count) = free(app).await;
    assert_eq!(count, 0, "it serves no channel");
    let channels = app.admin().get("/admin/v1/channels").await.expect(200)["data"][0]["id"].clone();
    app.admin().patch(&path, json!({"channels": [channels]})).await.expect(200);
    let off = app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200);
    assert_eq!(off["active"], false);
    assert_eq!(app.admin().post(&format!("{path}/deactivate"), json!({})).await.expect(200), off, "again changes nothing");
    let (_app, count) = free(app).await;
    assert_eq!(count, 0, "it is out of use");
});

on_both!(an_order_holds_ships_and_gives_back, |app| async move {
    let (first, second) = (location(&app, "first", 0).await, location(&app, "second", 1).await);
    let thing = variants(&app, 1).await[0];
    put(&app, thing, second, 4).await;
    put(&app, thing, first, 3).await;
    let (order, line) = (order(), want(thing, 5, false));
    let id = line.order_line_id;
    app.rule(move |tx, by| {
        inventory::reserve(tx, by, order, std::slice::from_ref(&line))?;
        inventory::allocate(tx, order)
    })
    .await;
    assert_eq!((level(&app, thing, first).await, level(&app, thing, second).await), ((3, 3, 0), (4, 2, 0)), "by priority");
    app.rule(move |tx, by| inventory::fulfil(tx, by, order, &[(id, 4)])).await;
    app.rule(move |tx, by| {
        let error = inventory::fulfil(tx, by, order, &[(id, 2)]).unwrap_err();
        assert_eq!((error.code, error.fields[0].pointer.as_str()), (Code::InsufficientStock, "/lines/0/quantity"));
        Ok(())
    })
    .await;
    all_is_well(&app).await;
    app.rule(move |tx, by| inventory::release_lines(tx, by, order, &[(id, 1)])).await;
    app.rule(move |tx, by| inventory::release(tx, by, order)).await;
    assert_eq!((level(&app, thing, first).await, level(&app, thing, second).await), ((0, 0, 0), (3, 0, 0)));
    app.rule(move |tx, by| inventory::restock(tx, by, order, &[(id, 4)])).await;
    assert_eq!((level(&app, thing, first).await, level(&app, thing, second).await), ((3, 0, 0), (4, 0, 0)), "back where it came from");
    let again = race(&app, 1, |_, tx, by| inventory::restock(tx, by, order, &[(id, 1)])).await.remove(0).unwrap_err();
    assert_eq!(again.code, Code::Conflict, "no more than was shipped");
    all_is_well(&app).await;
});

on_both!(an_order_that_comes_to_life_again_holds_its_stock_anew, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let things = variants(&app, 2).await;
    put(&app, things[0], seoul, 5).await;
    let (order, wants) = (order(), [want(things[0], 2, false), want(things[1], 1, true)]);
    let app_ref = &app;
    let reserve = |wants: [Want; 2]| async move { race(app_ref, 1, |_, tx, by| inventory::reserve(tx, by, order, &wants)).await.remove(0) };
    reserve(wants.clone()).await.unwrap();
    assert_eq!(reserve(wants.clone()).await.unwrap_err().code, Code::Conflict, "it holds them already");
    app.rule(move |tx, by| inventory::release(tx, by, order)).await;
    app.rule(move |tx, by| inventory::release(tx, by, order)).await;
    all_is_well(&app).await;
    reserve(wants.clone()).await.unwrap();
    assert_eq!((level(&app, things[0], seoul).await, level(&app, things[1], seoul).await), ((5, 2, 0), (0, 0, 1)));
    let line = wants[0].order_line_id;
    app.rule(move |tx, by| inventory::allocate(tx, order).and_then(|()| inventory::fulfil(tx, by, order, &[(line, 2)]))).await;
    app.rule(move |tx, by| inventory::release(tx, by, order)).await;
    assert_eq!((level(&app, things[0], seoul).await, level(&app, things[1], seoul).await), ((3, 0, 0), (0, 0, 0)));
    app.rule(move |tx, by| inventory::restock(tx, by, order, &[(line, 1)])).await;
    assert_eq!(level(&app, things[0], seoul).await, (4, 0, 0));
    all_is_well(&app).await;
});

on_both!(what_comes_in_goes_to_who_waited_longest, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let thing = variants(&app, 1).await[0];
    let (early, late) = (order(), order());
    let (first, second) = (want(thing, 3, true), want(thing, 4, true));
    let (first_id, second_id): (OrderLineId, OrderLineId) = (first.order_line_id, second.order_line_id);
    app.rule(move |tx, by| inventory::reserve(tx, by, early, std::slice::from_ref(&first))).await;
    app.advance(chrono::Duration::seconds(1));
    app.rule(move |tx, by| inventory::reserve(tx, by, late, std::slice::from_ref(&second))).await;
    assert_eq!(level(&app, thing, seoul).await, (0, 0, 7), "never stocked, and yet sold");
    let answer = put(&app, thing, seoul, 5).await;
    assert_eq!((answer["reserved"].as_i64(), answer["backordered"].as_i64()), (Some(5), Some(2)), "{answer}");
    let refused = race(&app, 1, |_, tx, by| inventory::fulfil(tx, by, late, &[(second_id, 3)])).await.remove(0).unwrap_err();
    assert_eq!(refused.code, Code::InsufficientStock, "two of the late order's four came");
    app.rule(move |tx, by| inventory::fulfil(tx, by, early, &[(first_id, 2)])).await;
    all_is_well(&app).await;
    // The early one gives up its last: the late one has it.
    app.rule(move |tx, by| inventory::release(tx, by, early)).await;
    assert_eq!(level(&app, thing, seoul).await, (3, 3, 1));
    app.rule(move |tx, by| inventory::release_lines(tx, by, late, &[(second_id, 2)])).await;
    assert_eq!(level(&app, thing, seoul).await, (3, 2, 0), "what waits is given back first");
    let kinds = app.admin().get(&format!("/admin/v1/stock-movements?variant_id={thing}")).await.expect(200);
    assert!(kinds["data"].as_array().unwrap().iter().any(|m| m["kind"] == "backorder_fill" && m["order_id"] == json!(late)));
    all_is_well(&app).await;
});

on_both!(an_import_sets_levels_once, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let things = variants(&app, 60).await;
    let counts: Vec<(VariantId, i32)> = things.iter().zip(-1..).map(|(id, n)| (*id, n)).collect();
    let all = counts.clone();
    let (set, again) = app
        .rule(move |tx, by| {
            Ok((inventory::set_levels(tx, by, seoul, &all, "import")?, inventory::set_levels(tx, by, seoul, &all, "import")?))
        })
        .await;
    assert_eq!((set, again), (58, 0), "all but a negative and a zero; the second run finds all as it shall be");
    let (order, line) = (order(), want(things[5], 3, false));
    app.rule(move |tx, by| inventory::reserve(tx, by, order, std::slice::from_ref(&line))).await;
    let five = things[5];
    app.rule(move |tx, by| inventory::set_levels(tx, by, seoul, &[(five, 1)], "import")).await;
    assert_eq!(level(&app, five, seoul).await, (3, 3, 0), "never below what orders hold");
    let few = counts[40..43].to_vec();
    let many = counts[10..].to_vec();
    let raise = |list: Vec<(VariantId, i32)>| list.into_iter().map(|(id, n)| (id, n + 100)).collect::<Vec<_>>();
    let (few, many) = (raise(few), raise(many));
    let small = app.statements(app.rule(move |tx, by| inventory::set_levels(tx, by, seoul, &few, "import").map(drop))).await;
    let large = app.statements(app.rule(move |tx, by| inventory::set_levels(tx, by, seoul, &many, "import").map(drop))).await;
    assert_eq!(small, large);
    all_is_well(&app).await;
});

on_both!(reserving_costs_the_same_for_every_basket, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let things = variants(&app, 30).await;
    let counts: Vec<_> = things.iter().map(|id| (*id, 10)).collect();
    app.rule(move |tx, by| inventory::set_levels(tx, by, seoul, &counts, "import")).await;
    let hold = |count: usize| {
        let wants: Vec<Want> = things[..count].iter().map(|id| want(*id, 1, false)).collect();
        let order = order();
        app.rule(move |tx, by| inventory::reserve(tx, by, order, &wants))
    };
    let one = app.statements(hold(1)).await;
    let small = app.statements(hold(2)).await;
    let large = app.statements(hold(26)).await;
    assert_eq!(small, large);
    assert!(one < small);
    println!("statements to reserve, transaction control included: {one} for one line, {large} for more");
    all_is_well(&app).await;
});

on_both!(sixty_four_buyers_of_the_last_fifty, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let thing = variants(&app, 1).await[0];
    put(&app, thing, seoul, 50).await;
    let orders: Vec<OrderId> = (0..64).map(|_| order()).collect();
    let answers = race(&app, 64, |n, tx, by| inventory::reserve(tx, by, orders[n], &[want(thing, 1, false)])).await;
    let refused: Vec<_> = answers.iter().filter_map(|a| a.as_ref().err()).collect();
    assert_eq!(answers.len() - refused.len(), 50);
    assert!(refused.iter().all(|e| e.code == Code::InsufficientStock), "{refused:?}");
    assert_eq!(level(&app, thing, seoul).await, (50, 50, 0));
    all_is_well(&app).await;
    let released = race(&app, 64, |n, tx, by| inventory::release(tx, by, orders[n])).await;
    assert!(released.iter().all(Result::is_ok), "{released:?}");
    assert_eq!(level(&app, thing, seoul).await, (50, 0, 0));
    all_is_well(&app).await;
});

on_both!(baskets_in_different_orders_do_not_deadlock, |app| async move {
    let (first, second) = (location(&app, "first", 0).await, location(&app, "second", 1).await);
    let things = variants(&app, 6).await;
    for thing in &things {
        put(&app, *thing, first, 6).await;
        put(&app, *thing, second, 4).await;
    }
    let orders: Vec<OrderId> = (0..32).map(|_| order()).collect();
    let basket = |n: usize| {
        let mut wants: Vec<Want> = things.iter().map(|id| want(*id, 1, false)).collect();
        wants.rotate_left(n % 6);
        if n % 2 == 1 {
            wants.reverse();
        }
        wants
    };
    let baskets: Vec<Vec<Want>> = (0..32).map(basket).collect();
    let answers = race(&app, 32, |n, tx, by| inventory::reserve(tx, by, orders[n], &baskets[n])).await;
    let codes: Vec<_> = answers.iter().filter_map(|a| a.as_ref().err().map(|e| e.code)).collect();
    assert_eq!(codes, vec![Code::InsufficientStock; 22], "ten of each are ten whole baskets, and nothing else is told");
    for thing in &things {
        assert_eq!((level(&app, *thing, first).await, level(&app, *thing, second).await), ((6, 6, 0), (4, 4, 0)));
    }
    // Half give back while the other half ship and staff bring more.
    let mixed = race(&app, 32, |n, tx, by| match n % 3 {
        0 => inventory::release(tx, by, orders[n]),
        1 => inventory::fulfil(tx, by, orders[n], &baskets[n].iter().map(|w| (w.order_line_id, 1)).collect::<Vec<_>>()),
        _ => inventory::set_levels(tx, by, second, &things.iter().map(|id| (*id, 9)).collect::<Vec<_>>(), "import").map(drop),
    })
    .await;
    assert!(mixed.iter().all(Result::is_ok), "{mixed:?}");
    let rest = race(&app, 32, |n, tx, by| inventory::release(tx, by, orders[n])).await;
    assert!(rest.iter().all(Result::is_ok), "{rest:?}");
    for thing in &things {
        assert_eq!((level(&app, *thing, first).await.1, level(&app, *thing, second).await.1), (0, 0), "nothing is left reserved");
    }
    all_is_well(&app).await;
});

on_both!(backorders_of_what_was_never_stocked_race_too, |app| async move {
    let seoul = location(&app, "seoul", 0).await;
    let thing = variants(&app, 1).await[0];
    let answers = race(&app, 24, |_, tx, by| inventory::reserve(tx, by, order(), &[want(thing, 2, true), want(thing, 1, true)])).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(level(&app, thing, seoul).await, (0, 0, 72));
    let brought = race(&app, 24, |_, tx, by| {
        let input = json!({"variant_id": thing, "location_id": seoul, "delta": 3, "reason": "delivery"});
        inventory::adjust(tx, by, serde_json::from_value(input).unwrap())
    })
    .await;
    assert!(brought.iter().all(Result::is_ok), "{brought:?}");
    assert_eq!(level(&app, thing, seoul).await, (72, 72, 0));
    all_is_well(&app).await;
});

on_both!(the_audit_sees_what_does_not_add_up, |app| async move {
    let (seoul, thing) = (location(&app, "seoul", 0).await, variants(&app, 1).await[0]);
    put(&app, thing, seoul, 5).await;
    app.rule(|tx, _| {
        let meddle = diesel::sql_query("UPDATE stock_levels SET on_hand = on_hand + 1, reserved = 1");
        match tx.conn()? {
            Conn::Sqlite(c) => meddle.execute(&mut **c)?,
            Conn::Postgres(c) => meddle.execute(&mut **c)?,
        };
        Ok(())
    })
    .await;
    let db = app.app.db().clone();
    let differences = tokio::task::spawn_blocking(move || db.snapshot(inventory::audit)).await.unwrap().unwrap();
    let told: Vec<_> = differences.iter().map(|d| (d.what.as_str(), d.expected.as_str(), d.found.as_str())).collect();
    assert_eq!(
        told,
        [
            ("stock_levels.on_hand = movements", "5", "6"),
            ("stock_levels.reserved = movements", "0", "1"),
            ("stock_levels.reserved = reservations", "0", "1")
        ]
    );
});
