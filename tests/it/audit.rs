//! The audit log: what enters it, that it only grows, and that nothing can be changed in it unseen.

use std::process::Command;

use maru::commerce::auth::Permission;
use serde_json::{Value, json};

use crate::support::buyer::{buy, staff_path};
use crate::support::shop::{Item, Shop, id};
use crate::support::{TestApp, damage, on_both};

async fn log(app: &TestApp, query: &str) -> Vec<Value> {
    let page = app.admin().get(&format!("/admin/v1/audit-log?limit=100{query}")).await.expect(200);
    page["data"].as_array().unwrap().clone()
}

async fn differences(app: &TestApp) -> Vec<maru::commerce::audit::Difference> {
    let app = app.app.clone();
    tokio::task::spawn_blocking(move || app.db().snapshot(maru::commerce::audit::verify).unwrap()).await.unwrap()
}

on_both!(a_change_is_kept_with_who_where_and_how_it_was, |app| async move {
    let rate = json!({"country": "KR", "name": "VAT", "rate_ppm": 100_000});
    let made = app.admin().with("X-Request-Id", "request-0001").post("/admin/v1/tax-rates", rate).await.expect(201);
    let path = format!("/admin/v1/tax-rates/{}", id(&made));
    let elsewhere = app.admin().with("X-Forwarded-For", "203.0.113.9");
    elsewhere.patch(&path, json!({"rate_ppm": 80_000})).await.expect(200);
    let mutation = "mutation($id: ID!) { taxRateDelete(id: $id) { userErrors { code } } }";
    app.admin().graphql("admin", mutation, json!({"id": made["id"]})).await;

    let entries = log(&app, &format!("&subject={}", id(&made))).await;
    let told = |name: &str| entries.iter().map(|e| e[name].clone()).collect::<Vec<_>>();
    assert_eq!(told("type"), ["tax_rate.deleted", "tax_rate.updated", "tax_rate.created"]);
    assert_eq!(told("operation"), ["delete_tax_rate", "update_tax_rate", "create_tax_rate"]);
    assert_eq!(told("address"), ["127.0.0.1", "203.0.113.9", "127.0.0.1"]);
    assert!(entries.iter().all(|e| e["actor"].as_str().unwrap().starts_with("key_")), "{entries:#?}");
    assert_eq!((&entries[2]["before"], &entries[2]["after"]["rate_ppm"]), (&Value::Null, &json!(100_000)));
    assert_eq!((&entries[1]["before"]["rate_ppm"], &entries[1]["after"]["rate_ppm"]), (&json!(100_000), &json!(80_000)));
    assert_eq!(entries[0]["before"]["rate_ppm"], 80_000);
    assert_eq!(entries[2]["request_id"], "request-0001");
    assert_eq!(differences(&app).await, []);
});

on_both!(the_log_is_searched_the_same_over_both_doors, |app| async move {
    let erp = app.staff(&[Permission::SettingsWrite]).await;
    for name in ["one", "two"] {
        erp.post("/admin/v1/shipping-zones", json!({"name": name, "countries": ["KR"]})).await.expect(201);
        app.advance(chrono::Duration::hours(1));
    }
    app.admin().post("/admin/v1/tax-rates", json!({"country": "KR", "name": "VAT", "rate_ppm": 1})).await.expect(201);
    let zones = log(&app, "&type=shipping_zone.created").await;
    assert_eq!(zones.len(), 2);
    let actor = zones[0]["actor"].as_str().unwrap();
    assert_eq!(log(&app, &format!("&actor={actor}")).await, zones);
    assert_eq!(log(&app, "&operation=create_shipping_zone").await, zones);
    assert_eq!(log(&app, "&from=2026-11-20T10:00:00Z&to=2026-11-20T11:00:00Z").await, zones[..1]);
    let query = "query($filter: AuditFilter) { auditLog(first: 1, filter: $filter) { pageInfo { hasNextPage endCursor }
        nodes { id sequence at actor address operation type subject before after requestId hash } } }";
    let found = app.admin().graphql("admin", query, json!({"filter": {"actor": actor}})).await;
    let node = &found["auditLog"]["nodes"][0];
    for (graphql, rest) in
        [("id", "id"), ("sequence", "sequence"), ("type", "type"), ("requestId", "request_id"), ("after", "after"), ("hash", "hash")]
    {
        assert_eq!(node[graphql], zones[0][rest], "{graphql}");
    }
    assert_eq!(found["auditLog"]["pageInfo"]["hasNextPage"], true);
    // Page by page it is the same.
    let first = app.admin().get("/admin/v1/audit-log?limit=1&operation=create_shipping_zone").await.expect(200);
    let cursor = first["page"]["next_cursor"].as_str().unwrap();
    let second = app.admin().get(&format!("/admin/v1/audit-log?limit=1&operation=create_shipping_zone&cursor={cursor}")).await.expect(200);
    assert_eq!([&first["data"][0], &second["data"][0]], [&zones[0], &zones[1]]);
    erp.get("/admin/v1/audit-log").await.problem(403, "forbidden");
    app.guest().get("/admin/v1/audit-log").await.problem(401, "unauthenticated");
    app.staff(&[Permission::AuditRead]).await.get("/admin/v1/audit-log").await.expect(200);
    app.admin().get("/admin/v1/audit-log?actr=x").await.problem(400, "unknown_parameter");
});

on_both!(shoppers_are_not_in_it_staff_and_jobs_are, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, variant) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let before = log(&app, "").await.len();
    let (order, ..) = buy(&app, &shop, &[(&variant, 1)], "approve").await;
    assert_eq!(log(&app, "").await.len(), before, "a shopper's checkout is their own");
    let refund = format!("{}/refund", staff_path(&order));
    app.admin().once().post(&refund, json!({"amount": 1_000, "reason": "broken"})).await.expect(201);
    let refunded = log(&app, "&operation=refund_order").await;
    assert!(!refunded.is_empty());
    let text = serde_json::to_string(&refunded).unwrap();
    assert!(!text.contains("mina@example.com") && !text.contains("세종대로"), "personal data is masked: {text}");
    // A rehearsal and a refusal leave nothing.
    let count = log(&app, "").await.len();
    app.admin().once().post(&format!("{refund}?dry_run=true"), json!({"amount": 1_000})).await.expect(201);
    app.admin().once().post(&refund, json!({"amount": 1_000_000})).await.problem(409, "refund_exceeds_payment");
    assert_eq!(log(&app, "").await.len(), count);
    // An order that nobody pays is let go by a job.
    buy(&app, &shop, &[(&variant, 1)], "requires_action").await;
    app.advance(chrono::Duration::hours(200));
    app.work().await;
    let expired = log(&app, "&actor=system:jobs").await;
    assert!(expired.iter().any(|e| e["type"] == "order.expired" && e["operation"] == "expire_orders"), "{expired:#?}");
    assert_eq!(differences(&app).await, []);
});

on_both!(no_secret_is_in_it, |app| async move {
    let issued = app.admin().post("/admin/v1/keys", json!({"name": "erp", "permissions": ["settings:read"]})).await.expect(201);
    let key = issued["key"].as_str().unwrap();
    let entries = log(&app, "&type=key.created").await;
    assert_eq!(entries[0]["subject"], issued["id"]);
    assert_eq!(entries[0]["after"]["permissions"], json!(["settings:read"]));
    let text = app.admin().get("/admin/v1/audit-log?limit=100").await.text + &app.admin().get("/admin/v1/events?limit=100").await.text;
    assert!(!text.contains(key) && !text.contains(&key[12..30]), "{text}");
});

on_both!(the_operators_commands_are_in_it, |app| async move {
    let run = |arguments: Vec<String>| {
        let output = Command::new(env!("CARGO_BIN_EXE_maru")).args(arguments).env("MARU_LOG", "warn").output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let url = app.database_url();
    let command = |words: &str| {
        let mut arguments: Vec<String> = words.split(' ').map(str::to_owned).collect();
        arguments.extend(["--json".to_owned(), "--database-url".to_owned(), url.clone()]);
        arguments
    };
    let made =
        run(command("keys create --name erp --permissions orders:read --allowed-addresses 203.0.113.0/24,2001:db8::/32 --channel kr"));
    let rotated = run(command(&format!("keys rotate {} --overlap 60", id(&made))));
    assert_eq!(rotated["allowed_addresses"], json!(["203.0.113.0/24", "2001:db8::/32"]));
    run(command(&format!("keys revoke {}", id(&rotated))));
    let entries = log(&app, "&actor=system:operator").await;
    let told: Vec<_> = entries.iter().map(|e| format!("{} {}", e["operation"].as_str().unwrap(), e["type"].as_str().unwrap())).collect();
    assert_eq!(told, ["revoke_key key.revoked", "rotate_key key.rotated", "rotate_key key.created", "create_key key.created"]);
    assert_eq!(entries[0]["before"]["revoked_at"], Value::Null);
});

on_both!(writers_side_by_side_make_one_chain, |app| async move {
    let keys = [app.admin(), app.staff(&[Permission::All]).await, app.staff(&[Permission::All]).await];
    let start = log(&app, "").await.len();
    let writes = (0..60).map(|n| {
        let client = keys[n % 3].clone();
        async move { client.post("/admin/v1/shipping-zones", json!({"name": format!("z{n}"), "countries": ["KR"]})).await.expect(201) }
    });
    let began = std::time::Instant::now();
    futures_util::future::join_all(writes).await;
    println!("60 audited writes, 3 writers: {:?}", began.elapsed());
    let entries = log(&app, "").await;
    assert_eq!(entries.len(), start + 60);
    let numbers: Vec<i64> = entries.iter().rev().map(|e| e["sequence"].as_i64().unwrap()).collect();
    assert_eq!(numbers, (1..=i64::try_from(entries.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(differences(&app).await, []);
});

/// Whether SQL behind the shop's back fails.
async fn refused(app: &TestApp, sql: &'static str) -> bool {
    let url = app.database_url();
    tokio::task::spawn_blocking(move || damage(&url, sql)).await.is_err()
}

on_both!(it_only_grows, |app| async move {
    app.admin().post("/admin/v1/shipping-zones", json!({"name": "z", "countries": ["KR"]})).await.expect(201);
    for sql in ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "DELETE FROM audit_head", "UPDATE audit_head SET seq = 0"]
    {
        assert!(refused(&app, sql).await, "{sql}");
    }
    assert_eq!(differences(&app).await, []);
});

on_both!(doctor_finds_what_was_done_to_it, |app| async move {
    for n in 0..4 {
        app.admin().post("/admin/v1/shipping-zones", json!({"name": format!("z{n}"), "countries": ["KR"]})).await.expect(201);
    }
    let url = app.database_url();
    let triggers = if url.starts_with("sqlite") {
        "DROP TRIGGER audit_log_update; DROP TRIGGER audit_log_delete; DROP TRIGGER audit_head_update;"
    } else {
        "DROP TRIGGER audit_log_change ON audit_log; DROP TRIGGER audit_head_update ON audit_head;"
    };
    let last = "(SELECT seq FROM audit_head)";
    damage(&url, triggers);
    for (sql, what) in [
        // Undone again in the next line.
        (format!("UPDATE audit_log SET actor = actor || '#' WHERE seq = {last} - 1"), "audit_log.hash = its content after the row before"),
        (format!("UPDATE audit_log SET actor = replace(actor, '#', '') WHERE seq = {last} - 1"), ""),
        (format!("DELETE FROM audit_log WHERE seq = {last}"), "audit_log ends at its head"),
        (format!("DELETE FROM audit_log WHERE seq = {last} - 2"), "audit_log has every number"),
    ] {
        damage(&url, &sql);
        let found = differences(&app).await;
        assert_eq!(found.is_empty(), what.is_empty(), "{sql}: {found:#?}");
        assert!(what.is_empty() || found.iter().any(|d| d.what == what), "{sql}: {found:#?}");
    }
    let doctor =
        Command::new(env!("CARGO_BIN_EXE_maru")).args(["doctor", "--database-url", &url]).env("MARU_LOG", "warn").output().unwrap();
    assert_eq!(doctor.status.code(), Some(1), "{}", String::from_utf8_lossy(&doctor.stdout));
});
