//! Things to sell, made by the rules that staff's doors call.

use maru::commerce::auth::Caller;
use maru::commerce::{catalog, inventory, promotions, shipping, tax};
use maru::db::Tx;
use maru::error::Result;
use serde::de::DeserializeOwned;
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
        let location = write(app, json!({"code": "seoul", "name": "Seoul"}), inventory::create_location).await.id;
        let tax = json!({"country": "KR", "name": "VAT", "rate_ppm": 100_000, "applies_to_shipping": true});
        write(app, tax, tax::create).await;
        let mut shop = Self { app, location: location.to_string(), parcel: String::new(), airmail: String::new() };
        shop.parcel = shop.option("KR", json!({"name": "Parcel", "amount": 3000, "free_over": 50_000})).await;
        shop.airmail = shop.option("US", json!({"name": "Airmail", "amount": 20_000})).await;
        shop
    }

    async fn option(&self, country: &str, mut option: Value) -> String {
        let zone = write(self.app, json!({"name": country, "countries": [country]}), shipping::create_zone).await;
        option["zone_id"] = json!(zone.id);
        option["currency"] = json!("KRW");
        write(self.app, option, shipping::create_option).await.id.to_string()
    }

    /// Stops offering a shipping option.
    pub async fn withdraw(&self, option: &str) {
        let id = option.parse().unwrap();
        let inactive = json!({"active": false});
        write(self.app, inactive, move |tx, by, input| shipping::update_option(tx, by, id, None, input)).await;
    }

    /// A product with one variant; answers (product id, variant id).
    pub async fn sell(&self, title: &str, item: Item) -> (String, String) {
        let mut made = self.upsert(vec![product(title, &item)]).await;
        let (product, variants) = made.remove(0);
        let variant = variants[0].clone();
        self.stock(&variant, item.stock).await;
        (product, variant)
    }

    /// Many products of one variant each, 1,000 won, 100 of each there; answers the variants.
    pub async fn sell_many(&self, count: usize) -> Vec<String> {
        let products = (0..count).map(|number| product(&format!("Thing {number}"), &Item::of(1000, 100))).collect();
        let variants: Vec<String> = self.upsert(products).await.into_iter().flat_map(|(_, variants)| variants).collect();
        for variant in &variants {
            self.stock(variant, 100).await;
        }
        variants
    }

    /// Puts on the shelf, or takes off it.
    pub async fn stock(&self, variant: &str, delta: i64) {
        if delta != 0 {
            let adjustment = json!({"variant_id": variant, "location_id": self.location, "delta": delta, "reason": "test"});
            write(self.app, adjustment, inventory::adjust).await;
        }
    }

    /// Changes a product's one variant.
    pub async fn change(&self, (product, variant): &(String, String), change: Value) {
        let mut one = json!({"id": variant});
        merge(&mut one, &change);
        self.upsert(vec![json!({"id": product, "variants": [one]})]).await;
    }

    async fn upsert(&self, products: Vec<Value>) -> Vec<(String, Vec<String>)> {
        let outcomes = write(self.app, json!(products), catalog::upsert_products).await;
        let ids = outcomes.into_iter().map(|o| {
            assert!(o.error.is_none(), "{:?}", o.error);
            (o.id.unwrap().to_string(), o.variant_ids.iter().map(ToString::to_string).collect())
        });
        ids.collect()
    }

    /// A coupon.
    pub async fn coupon(&self, code: &str, more: Value) -> String {
        let mut promotion = json!({"code": code, "name": code});
        merge(&mut promotion, &more);
        write(self.app, promotion, promotions::create).await.id.to_string()
    }
}

/// Runs a staff rule on an input as JSON.
async fn write<I, T>(app: &TestApp, input: Value, rule: impl Fn(&mut Tx, &Caller, I) -> Result<T> + Send + 'static) -> T
where
    I: DeserializeOwned + Clone + Send + 'static,
    T: Send + 'static,
{
    let input: I = serde_json::from_value(input).unwrap();
    app.rule(move |tx, by| rule(tx, by, input.clone())).await
}

fn product(title: &str, item: &Item) -> Value {
    let mut variant = json!({"prices": [{"currency": "KRW", "amount": item.price}], "weight_grams": 300});
    merge(&mut variant, &item.more);
    json!({"title": title, "status": "active", "variants": [variant]})
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
