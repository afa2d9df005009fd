//! Shipping zones and options over both doors, and what they quote.

use serde_json::{Value, json};

use crate::support::{TestApp, on_both};
use maru::commerce::auth::Permission;
use maru::commerce::shipping::{self, Parcel, ShippingQuote};
use maru::types::{Country, Locale};

async fn zone(app: &TestApp, countries: &[&str]) -> Value {
    app.admin().post("/admin/v1/shipping-zones", json!({"name": countries.join(" "), "countries": countries})).await.expect(201)
}

async fn option(app: &TestApp, zone: &Value, own: Value) -> Value {
    let mut input = json!({"zone_id": zone["id"], "name": "Parcel", "currency": "KRW", "amount": 3000});
    input.as_object_mut().unwrap().extend(own.as_object().unwrap().clone());
    app.admin().post("/admin/v1/shipping-options", input).await.expect(201)
}

async fn quotes(app: &TestApp, country: &str, locale: &str, weight_grams: i64, goods_amount: i64) -> Vec<ShippingQuote> {
    let parcel = Parcel { country: Country::parse(country).unwrap(), weight_grams, goods_amount };
    let locale = Locale::parse(locale).unwrap();
    app.rule(move |tx, by| shipping::quotes(tx, None, &by.channel, &locale, &parcel)).await
}

on_both!(a_parcel_is_quoted_by_country_weight_and_amount, |app| async move {
    let (home, abroad) = (zone(&app, &["KR"]).await, zone(&app, &["US", "KR"]).await);
    let texts = json!([{"locale": "ko", "name": "택배", "description": "2일"}]);
    let own = json!({"position": 1, "free_over": 50_000, "per_weight_amount": 500, "per_weight_grams": 1000, "translations": texts});
    option(&app, &home, own).await;
    option(&app, &home, json!({"name": "Bike", "amount": 9000, "max_weight_grams": 5000, "position": 2})).await;
    option(&app, &abroad, json!({"name": "Air", "amount": 25_000, "position": 3})).await;
    option(&app, &home, json!({"name": "Dollars", "currency": "USD"})).await;
    let shown = |quotes: Vec<ShippingQuote>| quotes.into_iter().map(|q| (q.name, q.price.amount.0, q.free_by_amount)).collect::<Vec<_>>();
    let named = |name: &str, amount: i64, free: bool| (name.to_owned(), amount, free);

    let korean = quotes(&app, "KR", "ko-KR", 1_001, 49_999).await;
    assert_eq!(korean[0].description.as_deref(), Some("2일"), "by its language");
    assert_eq!(shown(korean), [named("택배", 4_000, false), named("Bike", 9_000, false), named("Air", 25_000, false)]);
    assert_eq!(shown(quotes(&app, "KR", "en", 5_001, 50_000).await), [named("Parcel", 0, true), named("Air", 25_000, false)]);
    assert_eq!(shown(quotes(&app, "US", "en", 1, 1).await), [named("Air", 25_000, false)]);
    assert!(quotes(&app, "FR", "en", 1, 1).await.is_empty());
    let one = app.statements(async { drop(quotes(&app, "US", "en", 1, 1).await) }).await;
    let three = app.statements(async { drop(quotes(&app, "KR", "en", 1, 1).await) }).await;
    assert_eq!(one, three);
});

on_both!(zones_and_options_are_made_changed_and_deleted, |app| async move {
    let home = zone(&app, &["KR", "KR"]).await;
    assert_eq!(home["countries"], json!(["KR"]));
    let parcel = option(&app, &home, json!({"free_over": 50_000, "description": "By van"})).await;
    let path = format!("/admin/v1/shipping-options/{}", parcel["id"].as_str().unwrap());
    assert_eq!(app.admin().get(&path).await.expect(200), parcel);
    let changed =
        app.admin().with("If-Match", "\"1\"").patch(&path, json!({"free_over": null, "amount": 3500, "active": false})).await.expect(200);
    assert_eq!(
        (changed["free_over"].clone(), changed["amount"].clone(), changed["description"].clone(), changed["version"].clone()),
        (json!(null), json!(3500), json!("By van"), json!(2))
    );
    app.admin().with("If-Match", "\"1\"").patch(&path, json!({"amount": 1})).await.problem(412, "version_mismatch");
    assert!(quotes(&app, "KR", "ko", 1, 1).await.is_empty(), "not offered any more");
    let problem = app.admin().patch(&path, json!({"amount": -1, "per_weight_amount": 5})).await.problem(422, "invalid");
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/amount", "/per_weight_grams"]);
    let twice = json!({"translations": [{"locale": "ko", "name": "a"}, {"locale": "ko", "name": "b"}]});
    app.admin().patch(&path, twice).await.problem(422, "invalid");
    let nowhere = json!({"zone_id": "zone_01h455vb4pex5vsknk084sn02q", "name": "x", "currency": "KRW", "amount": 0});
    app.admin().post("/admin/v1/shipping-options", nowhere).await.problem(422, "invalid");

    let zone_path = format!("/admin/v1/shipping-zones/{}", home["id"].as_str().unwrap());
    app.admin().delete(&zone_path).await.problem(409, "in_use");
    let widened = app.admin().patch(&zone_path, json!({"countries": ["US", "KR"]})).await.expect(200);
    assert_eq!(widened["countries"], json!(["KR", "US"]));
    app.admin().delete(&path).await.expect(200);
    app.admin().delete(&zone_path).await.expect(200);
    app.admin().get(&zone_path).await.problem(404, "not_found");
});

on_both!(graphql_does_what_rest_does, |app| async move {
    let home = zone(&app, &["KR"]).await;
    let create = "mutation($i: ShippingOptionCreate!) { shippingOptionCreate(input: $i) { shippingOption { id amount freeOver \
        translations { locale name } } userErrors { code pointer } } }";
    let input = json!({"i": {"zoneId": home["id"], "name": "Parcel", "currency": "KRW", "amount": 3000, "freeOver": 50_000,
        "translations": [{"locale": "ko", "name": "택배"}]}});
    let data = app.admin().graphql("admin", create, input).await;
    let made = &data["shippingOptionCreate"]["shippingOption"];
    assert_eq!((made["amount"].clone(), made["translations"].clone()), (json!(3000), json!([{"locale": "ko", "name": "택배"}])));
    let update = "mutation($id: ID!) { shippingOptionUpdate(id: $id, input: {freeOver: null}) { shippingOption { amount freeOver } } }";
    let data = app.admin().graphql("admin", update, json!({"id": made["id"]})).await;
    assert_eq!(data["shippingOptionUpdate"]["shippingOption"], json!({"amount": 3000, "freeOver": null}), "null clears, absent stays");
    let query = "query($z: ID) { shippingOptions(zoneId: $z) { nodes { id } } shippingZones { nodes { countries } } }";
    let data = app.admin().graphql("admin", query, json!({"z": home["id"]})).await;
    assert_eq!(data["shippingZones"]["nodes"], json!([{"countries": ["KR"]}]));
    let rest = app.admin().get(&format!("/admin/v1/shipping-options?zone_id={}", home["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(rest["data"][0]["id"], data["shippingOptions"]["nodes"][0]["id"]);
    app.admin().get("/admin/v1/shipping-options?zone_id=nonsense").await.problem(400, "malformed");
    let reader = app.staff(&[Permission::SettingsRead]).await;
    reader.get("/admin/v1/shipping-zones").await.expect(200);
    reader.post("/admin/v1/shipping-zones", json!({"name": "x", "countries": ["KR"]})).await.problem(403, "forbidden");
});
