//! Long work: queued once, done by one, begun again when its runner is gone.

use serde_json::{Value, json};

use crate::support::{TestApp, on_both};
use maru::commerce::auth::Permission;
use maru::commerce::operations;

const FILE: &str = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\nmug,Mug,M1,5,100\n";
const IMPORTS: &str = "/admin/v1/imports?format=shopify-csv";

async fn state(app: &TestApp, operation: &Value) -> Value {
    app.admin().get(&format!("/admin/v1/operations/{}", operation["id"].as_str().unwrap())).await.expect(200)["state"].clone()
}

on_both!(a_file_is_taken_and_worked_on_later, |app| async move {
    let client = app.admin();
    let reply = client.send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await;
    let location = reply.header("location").unwrap().to_owned();
    let queued = reply.expect(202);
    assert_eq!((&queued["state"], &queued["kind"], &queued["result"]), (&json!("queued"), &json!("import"), &Value::Null));
    assert_eq!(operations::run_queued(&app.app).await.unwrap(), 1);
    let done = client.get(&location).await.expect(200);
    assert_eq!((&done["state"], &done["done"], &done["result"]["products"]["created"]), (&json!("succeeded"), &json!(1), &json!(1)));
    assert_eq!(operations::run_queued(&app.app).await.unwrap(), 0);
    let listed = client.get("/admin/v1/operations").await.expect(200);
    assert_eq!(listed["data"], json!([done]));
});

on_both!(a_repeated_request_is_one_import, |app| async move {
    let client = app.admin().once();
    let first = client.send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await.expect(202);
    let second = client.send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await;
    assert_eq!(second.header("idempotency-replayed"), Some("true"));
    assert_eq!(second.expect(202)["id"], first["id"]);
    client.send_bytes("POST", IMPORTS, "text/csv", Some(b"Handle,Title\nb,B\n".to_vec())).await.problem(422, "idempotency_key_reused");
    assert_eq!(app.admin().get("/admin/v1/operations").await.expect(200)["data"].as_array().unwrap().len(), 1);
    assert_eq!(operations::run_queued(&app.app).await.unwrap(), 1);
});

on_both!(two_runners_do_it_once, |app| async move {
    for _ in 0..4 {
        app.admin().send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await.expect(202);
    }
    let runs = (0..3).map(|_| operations::run_queued(&app.app));
    let done: usize = futures_util::future::try_join_all(runs).await.unwrap().into_iter().sum();
    // A runner that loses a race stops early; what is left is done by the next.
    let rest = operations::run_queued(&app.app).await.unwrap();
    assert_eq!(done + rest, 4);
});

on_both!(work_whose_runner_is_gone_is_begun_again, |app| async move {
    let operation = app.admin().send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await.expect(202);
    crate::support::damage(&app.database_url(), "UPDATE operations SET state = 'running'");
    assert_eq!(operations::run_queued(&app.app).await.unwrap(), 0);
    assert_eq!(state(&app, &operation).await, "running");
    app.advance(chrono::Duration::seconds(121));
    assert_eq!(operations::run_queued(&app.app).await.unwrap(), 1);
    assert_eq!(state(&app, &operation).await, "succeeded");
});

on_both!(a_file_that_is_none_fails_with_the_reason, |app| async move {
    let operation = app.admin().send_bytes("POST", IMPORTS, "text/csv", Some(b"Name\nx\n".to_vec())).await.expect(202);
    operations::run_queued(&app.app).await.unwrap();
    let failed = app.admin().get(&format!("/admin/v1/operations/{}", operation["id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&failed["state"], &failed["error"]["code"]), (&json!("failed"), &json!("invalid")), "{failed}");
});

on_both!(bad_requests_leave_nothing_behind, |app| async move {
    let client = app.admin();
    client.post(IMPORTS, json!({})).await.problem(415, "unsupported_media_type");
    client.send_bytes("POST", IMPORTS, "text/csv", Some(Vec::new())).await.problem(400, "malformed");
    client.send_bytes("POST", "/admin/v1/imports?format=xml", "text/csv", Some(FILE.into())).await.problem(400, "malformed");
    client.send_bytes("POST", "/admin/v1/imports", "text/csv", Some(FILE.into())).await.problem(400, "malformed");
    let unknown = format!("{IMPORTS}&colour=red");
    client.send_bytes("POST", &unknown, "text/csv", Some(FILE.into())).await.problem(400, "unknown_parameter");
    app.guest().send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await.problem(401, "unauthenticated");
    let reader = app.staff(&[Permission::CatalogRead]).await;
    reader.send_bytes("POST", IMPORTS, "text/csv", Some(FILE.into())).await.problem(403, "forbidden");
    assert_eq!(reader.get("/admin/v1/operations").await.expect(200)["data"], json!([]));
    app.staff(&[Permission::OrdersRead]).await.get("/admin/v1/exports?format=shopify-csv").await.problem(403, "forbidden");
});

#[test]
fn a_file_may_be_large_but_not_too_large() {
    crate::support::run(async {
        let app = TestApp::with(crate::support::Which::Sqlite, |c| c.max_upload_bytes = 3_000_000).await;
        let row = "mug,,,100,\n";
        let body = format!("{FILE}{}", row.repeat(2_000_000 / row.len()));
        app.admin().send_bytes("POST", IMPORTS, "text/csv", Some(body.into_bytes())).await.expect(202);
        operations::run_queued(&app.app).await.unwrap();
        let operation = &app.admin().get("/admin/v1/operations").await.expect(200)["data"][0];
        assert_eq!((&operation["state"], &operation["total"]), (&json!("succeeded"), &json!(1)), "{operation}");
        let too_large = vec![b'x'; 3_000_001];
        app.admin().send_bytes("POST", IMPORTS, "text/csv", Some(too_large)).await.problem(413, "payload_too_large");
        assert_eq!(app.admin().get("/admin/v1/operations").await.expect(200)["data"].as_array().unwrap().len(), 1);
    });
}

on_both!(graphql_does_the_same, |app| async move {
    let start = "mutation($i: ImportStart!) { importStart(input: $i) { operation { id state options { dryRun } } userErrors { code } } }";
    let input = json!({"i": {"format": "SHOPIFY_CSV", "content": FILE}});
    let started = app.admin().graphql("admin", start, input).await["importStart"].clone();
    assert_eq!((&started["operation"]["state"], &started["userErrors"]), (&json!("QUEUED"), &json!([])));
    operations::run_queued(&app.app).await.unwrap();
    let query = "query($id: ID!) { operation(id: $id) { state done total result { products { created } } error { code } }
        operations(first: 5) { nodes { id } } productsExport(format: SHOPIFY_CSV) { content nextCursor products } }";
    let data = app.admin().graphql("admin", query, json!({"id": started["operation"]["id"]})).await;
    assert_eq!(
        data["operation"],
        json!({"state": "SUCCEEDED", "done": 1, "total": 1, "result": {"products": {"created": 1}}, "error": null})
    );
    assert_eq!(data["operations"]["nodes"], json!([{"id": started["operation"]["id"]}]));
    let rest = app.admin().get("/admin/v1/exports?format=shopify-csv").await.text;
    assert_eq!(data["productsExport"], json!({"content": rest, "nextCursor": null, "products": 1}));
});
