//! Tax rates over both doors.

use serde_json::json;

use crate::support::on_both;
use maru::commerce::auth::Permission;
use maru::commerce::tax;
use maru::types::Country;

on_both!(a_country_and_class_have_one_rate, |app| async move {
    let vat = json!({"country": "KR", "name": "부가가치세", "rate_ppm": 100_000, "applies_to_shipping": true});
    let made = app.admin().post("/admin/v1/tax-rates", vat.clone()).await.expect(201);
    assert_eq!(made["tax_class"], "standard");
    app.admin().post("/admin/v1/tax-rates", vat).await.problem(409, "already_exists");
    let books = json!({"country": "KR", "tax_class": "books", "name": "면세", "rate_ppm": 0});
    app.admin().post("/admin/v1/tax-rates", books).await.expect(201);
    let problem = app.admin().post("/admin/v1/tax-rates", json!({"country": "KR", "name": "", "rate_ppm": 1_000_001})).await;
    let problem = problem.problem(422, "invalid");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 2);

    let rates = app.rule(|tx, _| Ok((tax::rates(tx, None, Country::KR)?, tax::rates(tx, None, Country::parse("US").unwrap())?))).await;
    assert_eq!([rates.0.of("standard"), rates.0.of("books"), rates.0.of("food"), rates.0.of_shipping()], [100_000, 0, 100_000, 100_000]);
    assert_eq!([rates.1.of("standard"), rates.1.of_shipping()], [0, 0]);
});

on_both!(rates_are_read_changed_and_deleted_over_both_doors, |app| async move {
    let create = "mutation($i: TaxRateCreate!) { taxRateCreate(input: $i) { taxRate { id ratePpm version } userErrors { code } } }";
    let input = json!({"i": {"country": "US", "name": "Sales tax", "ratePpm": 82_500}});
    let data = app.admin().graphql("admin", create, input.clone()).await;
    let id = data["taxRateCreate"]["taxRate"]["id"].as_str().unwrap().to_owned();
    let again = app.admin().graphql("admin", create, input).await;
    assert_eq!(again["taxRateCreate"]["userErrors"], json!([{"code": "already_exists"}]));

    let path = format!("/admin/v1/tax-rates/{id}");
    let read = app.admin().get(&path).await;
    assert_eq!(read.header("etag"), Some("\"1\""));
    let changed = app.admin().with("If-Match", "\"1\"").patch(&path, json!({"rate_ppm": 90_000})).await.expect(200);
    assert_eq!(
        (changed["rate_ppm"].clone(), changed["version"].clone(), changed["name"].clone()),
        (json!(90_000), json!(2), json!("Sales tax"))
    );
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"rate_ppm": 1})).await.problem(412, "version_mismatch");
    app.admin().patch(&path, json!({"country": "KR"})).await.problem(400, "malformed");
    let stale = "mutation($id: ID!) { taxRateUpdate(id: $id, expectedVersion: 1, input: {ratePpm: 1}) { userErrors { code } } }";
    let data = app.admin().graphql("admin", stale, json!({"id": id})).await;
    assert_eq!(data["taxRateUpdate"]["userErrors"], json!([{"code": "version_mismatch"}]));

    let data = app.admin().graphql("admin", "{ taxRates { nodes { country taxClass ratePpm } } }", json!({})).await;
    assert_eq!(data["taxRates"]["nodes"], json!([{"country": "US", "taxClass": "standard", "ratePpm": 90_000}]));
    app.admin().delete(&format!("{path}?dry_run=true")).await.expect(200);
    let deleted = app.admin().delete(&path).await.expect(200);
    assert_eq!(deleted["id"], json!(id));
    app.admin().get(&path).await.problem(404, "not_found");
    app.admin().delete(&path).await.problem(404, "not_found");
    let data = app.admin().graphql("admin", "query($id: ID!) { taxRate(id: $id) { id } }", json!({"id": id})).await;
    assert_eq!(data["taxRate"], json!(null));
});

on_both!(tax_needs_the_permission_of_settings, |app| async move {
    let reader = app.staff(&[Permission::SettingsRead]).await;
    reader.get("/admin/v1/tax-rates").await.expect(200);
    reader.post("/admin/v1/tax-rates", json!({"country": "KR", "name": "x", "rate_ppm": 1})).await.problem(403, "forbidden");
    app.staff(&[Permission::StockWrite]).await.get("/admin/v1/tax-rates").await.problem(403, "forbidden");
    app.guest().get("/admin/v1/tax-rates").await.problem(401, "unauthenticated");
});
