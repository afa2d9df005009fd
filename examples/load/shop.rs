//! What calls are made of: slugs, words, variants and a way to ship them, read from the shop itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::http::{Fault, Target, Wire};

/// What `--restock` adds to each variant.
const PLENTY: i64 = 1_000_000;
const PAGE: usize = 100;

/// What the shop sells.
#[derive(Default)]
pub struct Shop {
    pub slugs: Vec<String>,
    /// Words of titles.
    pub words: Vec<String>,
    pub variants: Vec<String>,
    pub shipping_option: Option<String>,
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        format!("{}: {}", fault.code, fault.detail)
    }
}

impl Shop {
    /// Looks round: so many products, and so many variants that cost something and can be had (or are about
    /// to be restocked).
    pub async fn open(target: &Target, products: usize, variants: usize, also_sold_out: bool) -> Result<Self, String> {
        let mut wire = Wire::new(target);
        let mut shop = Self::default();
        let mut words = BTreeSet::new();
        let mut cursor = String::new();
        while shop.slugs.len() < products {
            let path = format!("/store/v1/products?in_stock=true&limit={}{cursor}", PAGE.min(products - shop.slugs.len()));
            let page = get(&mut wire, target, &path, None).await?;
            for item in items(&page) {
                let title = text(&item["title"])?;
                words.extend(title.split_whitespace().filter(|w| w.chars().count() > 1).map(str::to_lowercase));
                shop.slugs.push(text(&item["slug"])?.to_owned());
            }
            match page["page"]["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        if shop.slugs.is_empty() {
            return Err("the shop has nothing in stock: maru demo-data fills it".to_owned());
        }
        shop.words = words.into_iter().collect();
        for slug in &shop.slugs {
            if shop.variants.len() >= variants {
                break;
            }
            let product = get(&mut wire, target, &format!("/store/v1/products/{}", encode(slug)), None).await?;
            let own = product["variants"].as_array().into_iter().flatten();
            let fits = |v: &&Value| v["price"]["amount"].as_i64().unwrap_or(0) > 0 && v["requires_shipping"] == true;
            let fits = own.filter(fits).filter(|v| also_sold_out || v["available"] == true);
            shop.variants.extend(fits.filter_map(|v| v["id"].as_str()).map(str::to_owned));
        }
        shop.variants.truncate(variants);
        Ok(shop)
    }

    /// Learns how its variants, which must be in stock by now, are shipped.
    pub async fn find_shipping(&mut self, target: &Target) -> Result<(), String> {
        let variant = self.variants.first().ok_or("the shop has no variant that costs something and can be bought")?;
        self.shipping_option = Some(shipping_option(&mut Wire::new(target), target, variant).await?);
        Ok(())
    }

    /// Puts plenty of each variant on the shelf.
    pub async fn restock(&self, target: &Target, key: &str) -> Result<(), String> {
        let mut wire = Wire::new(target);
        for variant in &self.variants {
            let levels = levels(&mut wire, target, key, variant).await?;
            let location = levels.first().map(|level| level.location.clone());
            let location = match location {
                Some(location) => location,
                None => first_location(&mut wire, target, key).await?,
            };
            adjust(&mut wire, target, key, variant, &location, PLENTY).await?;
        }
        Ok(())
    }
}

/// What a location has of a variant.
pub struct Level {
    pub location: String,
    pub on_hand: i64,
    pub reserved: i64,
}

/// Where a variant lies.
pub async fn levels(wire: &mut Wire, target: &Target, key: &str, variant: &str) -> Result<Vec<Level>, String> {
    let found = get(wire, target, &format!("/admin/v1/stock-levels?variant_id={variant}&limit=100"), Some(key)).await?;
    let level = |level: &Value| {
        Ok(Level {
            location: text(&level["location_id"])?.to_owned(),
            on_hand: level["on_hand"].as_i64().unwrap_or(0),
            reserved: level["reserved"].as_i64().unwrap_or(0),
        })
    };
    items(&found).iter().map(level).collect()
}

/// Where to put what lies nowhere yet.
pub async fn first_location(wire: &mut Wire, target: &Target, key: &str) -> Result<String, String> {
    let found = get(wire, target, "/admin/v1/stock-locations?limit=100", Some(key)).await?;
    let location = items(&found).iter().find(|location| location["active"] == true).ok_or("the shop has no stock location")?;
    text(&location["id"]).map(str::to_owned)
}

/// Puts on the shelf, or takes from it.
pub async fn adjust(wire: &mut Wire, target: &Target, key: &str, variant: &str, location: &str, delta: i64) -> Result<(), String> {
    // An adjustment may change a million at most.
    let mut left = delta;
    while left != 0 {
        let step = left.clamp(-PLENTY, PLENTY);
        left -= step;
        adjust_by(wire, target, key, variant, location, step).await?;
    }
    Ok(())
}

async fn adjust_by(wire: &mut Wire, target: &Target, key: &str, variant: &str, location: &str, delta: i64) -> Result<(), String> {
    let body = json!({"variant_id": variant, "location_id": location, "delta": delta, "reason": "received"}).to_string();
    let bearer = format!("Bearer {key}");
    let request = target.request("POST", "/admin/v1/stock-adjustments", &[("Authorization", &bearer)], Some(body.as_bytes()));
    wire.json(&request).await?;
    Ok(())
}

/// Reads a document, as staff if there is a key.
pub async fn get(wire: &mut Wire, target: &Target, path: &str, key: Option<&str>) -> Result<Value, String> {
    let bearer = key.map(|key| format!("Bearer {key}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|bearer| ("Authorization", bearer.as_str())).collect();
    wire.json(&target.request("GET", path, &headers, None)).await.map_err(|fault| format!("GET {path}: {}", String::from(fault)))
}

/// An option for a parcel with this variant.
async fn shipping_option(wire: &mut Wire, target: &Target, variant: &str) -> Result<String, String> {
    let body = json!({"lines": [{"variant_id": variant, "quantity": 1}], "shipping_address": address()}).to_string();
    let cart = wire.json(&target.request("POST", "/store/v1/carts", &[], Some(body.as_bytes()))).await?;
    let path = format!("/store/v1/carts/{}/shipping-options", text(&cart["id"])?);
    let request = target.request("GET", &path, &[("Maru-Cart-Token", text(&cart["token"])?)], None);
    let options = wire.json(&request).await?;
    let option = options["data"][0]["id"].as_str().ok_or("the shop ships nothing to Korea")?;
    Ok(option.to_owned())
}

/// Where everything is sent.
pub fn address() -> Value {
    json!({"name": "김마루", "country": "KR", "postal_code": "04524", "city": "서울", "line1": "세종대로 110"})
}

/// A text as a part of a path or a query.
pub fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

pub fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("not a text: {value}"))
}

fn items(page: &Value) -> &[Value] {
    page["data"].as_array().map_or(&[], Vec::as_slice)
}
