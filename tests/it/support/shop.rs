//! Things to sell, made over the admin API as a shop's own tools would.

use serde_json::{Value, json};

use super::TestApp;

/// A shop with a stock location, tax of 10 % in Korea, and parcels to Korea and the USA.
pub struct Shop<'a> {
    app: &'a TestApp,
    /// Where everything lies.
    pub location: String,
    /// 3,000 won in Korea, free from 50,000 won on.
    pub parcel: String,
    /// 20,000 won to the USA.
    pub airmail: String,
}

/// What a test says of a variant; everything else is as in most shops.
#[derive(Clone)]
pub struct Item {
    /// Won.
    pub price: i64,
    /// How many lie there.
    pub stock: i64,
    /// More of the variant's fields.
    pub more: Value,
}

impl Item {
    pub fn of(price: i64, stock: i64) -> Self {
        Self { price, stock, more: json!({}) }
    }

    pub fn with(price: i64, stock: i64, more: Value) -> Self {
        Self { price, stock, more }
    }
}

impl<'a> Shop<'a> {
    pub async fn open(app: &'a TestApp) -> Self {
        let admin = app.admin();
        let location = admin.post("/admin/v1/stock-locations", json!({"code": "seoul", "name": "Seoul"})).await.expect(201);
        let tax = json!({"country": "KR", "name": "VAT", "rate_ppm": 100_000, "applies_to_shipping": true});
        admin.post("/admin/v1/tax-rates", tax).await.expect(201);
        let mut shop = Self { app, location: id(&location), parcel: String::new(), airmail: String::new() };
        shop.parcel = shop.option("KR", json!({"name": "Parcel", "amount": 3000, "free_over": 50_000})).await;
        shop.airmail = shop.option("US", json!({"name": "Airmail", "amount": 20_000})).await;
        shop
    }

    async fn option(&self, country: &str, mut option: Value) -> String {
        let zone = json!({"name": country, "countries": [country]});
        let zone = self.app.admin().post("/admin/v1/shipping-zones", zone).await.expect(201);
        option["zone_id"] = zone["id"].clone();
        option["currency"] = json!("KRW");
        id(&self.app.admin().post("/admin/v1/shipping-options", option).await.expect(201))
    }

    /// A product with one variant; answers (product id, variant id).
    pub async fn sell(&self, title: &str, item: Item) -> (String, String) {
        let mut variant = json!({"prices": [{"currency": "KRW", "amount": item.price}], "weight_grams": 300});
        merge(&mut variant, &item.more);
        let product = json!({"title": title, "status": "active", "variants": [variant]});
        let product = self.app.admin().post("/admin/v1/products", product).await.expect(201);
        let variant = id(&product["variants"][0]);
        self.stock(&variant, item.stock).await;
        (id(&product), variant)
    }

    /// Many products of one variant each, 1,000 won, 100 of each there; answers the variants.
    pub async fn sell_many(&self, count: usize) -> Vec<String> {
        let mut variants = Vec::new();
        for number in 0..count {
            variants.push(self.sell(&format!("Thing {number}"), Item::of(1000, 100)).await.1);
        }
        variants
    }

    /// Puts on the shelf, or takes off it.
    pub async fn stock(&self, variant: &str, delta: i64) {
        if delta != 0 {
            let adjustment = json!({"variant_id": variant, "location_id": self.location, "delta": delta, "reason": "test"});
            self.app.admin().post("/admin/v1/stock-adjustments", adjustment).await.expect(201);
        }
    }

    /// Changes a product's one variant.
    pub async fn change(&self, (product, variant): &(String, String), change: Value) {
        let mut one = json!({"id": variant});
        merge(&mut one, &change);
        self.app.admin().patch(&format!("/admin/v1/products/{product}"), json!({"variants": [one]})).await.expect(200);
    }

    /// A coupon.
    pub async fn coupon(&self, code: &str, more: Value) -> String {
        let mut promotion = json!({"code": code, "name": code});
        merge(&mut promotion, &more);
        id(&self.app.admin().post("/admin/v1/promotions", promotion).await.expect(201))
    }
}

fn merge(into: &mut Value, more: &Value) {
    for (name, value) in more.as_object().unwrap() {
        into[name] = value.clone();
    }
}

/// The id of something answered.
pub fn id(thing: &Value) -> String {
    thing["id"].as_str().unwrap_or_else(|| panic!("no id in {thing}")).to_owned()
}

/// An address in Korea.
pub fn seoul() -> Value {
    json!({"name": "김마루", "country": "KR", "postal_code": "04524", "city": "서울", "line1": "세종대로 110"})
}

/// An address in the USA.
pub fn new_york() -> Value {
    json!({"name": "Mina Kim", "country": "US", "postal_code": "10001", "region": "NY", "city": "New York", "line1": "1 Main St"})
}
