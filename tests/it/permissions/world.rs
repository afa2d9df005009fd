//! A shop with one of everything, in the default channel, and what is another guest's.

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::support::authenticator::Authenticator;
use crate::support::buyer::{buy, full_cart, staff_path};
use crate::support::shop::{Item, Shop, id};
use crate::support::{Client, TestApp};

/// One of everything.
pub struct World {
    /// Ids by what they are called in paths and fields: `products`, `product`.
    ids: HashMap<&'static str, String>,
    pub cart: Value,
    pub order: Value,
    pub others_cart: Value,
    pub others_order: Value,
    pub other_channel: String,
    pub customer: Client,
    pub other_customer: Client,
}

impl World {
    pub async fn new(app: &TestApp) -> Self {
        let shop = Shop::open(app).await;
        let (product, variant) = shop.sell("Cup", Item::with(10_000, 100, json!({"sku": "CUP-1"}))).await;
        let (cart, _) = full_cart(app, &shop, &[(&variant, 1)]).await;
        let (others_cart, _) = full_cart(app, &shop, &[(&variant, 1)]).await;
        let (order, payment, _) = buy(app, &shop, &[(&variant, 2)], "approve").await;
        let (others_order, ..) = buy(app, &shop, &[(&variant, 1)], "approve").await;
        let admin = app.admin();
        let sent = json!({"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]});
        let sent = admin.post(&format!("{}/fulfil", staff_path(&order)), sent).await.expect(201);
        let make = async |path: &str, input: Value| id(&admin.post(path, input).await.expect(201));
        let us = json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"]});
        let other_channel = make("/admin/v1/channels", us).await;
        let category = make("/admin/v1/categories", json!({"name": "Cups", "slug": "cups"})).await;
        let collection = make("/admin/v1/collections", json!({"title": "Best", "slug": "best"})).await;
        let key = make("/admin/v1/keys", json!({"name": "somebody's", "permissions": ["keys:manage"]})).await;
        let zone = make("/admin/v1/shipping-zones", json!({"name": "Empty", "countries": ["JP"]})).await;
        let tax = make("/admin/v1/tax-rates", json!({"country": "JP", "name": "VAT", "rate_ppm": 100_000})).await;
        let file = b"Handle,Title,Variant Price\nplate,Plate,1000\n".to_vec();
        let import = admin.send_bytes("POST", "/admin/v1/imports?format=shopify-csv", "text/csv", Some(file)).await.expect(202);
        let channels = admin.get("/admin/v1/channels").await.expect(200);
        let promotion = shop.coupon("TENOFF", json!({"kind": "percentage", "percent_bp": 1_000})).await;
        let (owner, other) = (app.customer("mina").await, app.customer("jun").await);
        let home = json!({"label": "home", "address": crate::support::shop::seoul()});
        let address = id(&owner.client.once().post("/store/v1/me/addresses", home).await.expect(201));
        // Nobody may give or change what allows more than they may do: this one allows nothing.
        let role = make("/admin/v1/roles", json!({"name": "Nothing", "permissions": []})).await;
        let invite = json!({"email": "invited@shop.example", "role_ids": [role]});
        let invitation = make("/admin/v1/staff-invitations", invite).await;
        let member = app.member("member", &[json!(role)]).await.id().to_owned();
        let sessions = owner.client.get("/store/v1/me/sessions").await.expect(200);
        let asked = owner.client.post("/store/v1/me/passkeys/options", json!({})).await.expect(200);
        let credential = Authenticator::new().create(&asked["public_key"]);
        let passkey = json!({"challenge_token": asked["challenge_token"], "credential": credential});
        let passkey = id(&owner.client.post("/store/v1/me/passkeys", passkey).await.expect(201));
        let identity = app.linked(owner.id(), None);
        let ids = HashMap::from([
            ("passkey", passkey),
            ("identity", identity),
            ("verification", maru::types::IdentityVerificationId::from(uuid::Uuid::new_v4()).to_string()),
            ("customer", owner.id().to_owned()),
            ("address", address),
            ("role", role),
            ("invitation", invitation),
            ("staff", member),
            ("session", id(&sessions["data"][0])),
            ("product", product),
            ("variant", variant),
            ("category", category),
            ("collection", collection),
            ("channel", id(&channels["data"][0])),
            ("location", shop.location.clone()),
            ("option", shop.parcel.clone()),
            ("zone", zone),
            ("tax", tax),
            ("promotion", promotion),
            ("key", key),
            ("operation", id(&import)),
            ("line", id(&cart["lines"][0])),
            ("cart", id(&cart)),
            ("shipment", id(&sent["shipments"][0])),
            ("payment", id(&payment)),
            ("order", id(&order)),
        ]);
        let (customer, other_customer) = (owner.client, other.client);
        Self { ids, cart, order, others_cart, others_order, other_channel, customer, other_customer }
    }

    /// The id of what a word names: a path's segment, a field, an argument; the last thing named counts.
    pub fn id_named(&self, word: &str) -> Option<&str> {
        const NAMES: [(&str, &str); 37] = [
            ("customeridentityverification", "verification"),
            ("staffinvitation", "invitation"),
            ("staff-invitation", "invitation"),
            ("staffsession", "session"),
            ("staff", "staff"),
            ("role", "role"),
            ("identit", "identity"),
            ("categor", "category"),
            ("parent", "category"),
            ("shippingoption", "option"),
            ("shipping-option", "option"),
            ("shippingzone", "zone"),
            ("shipping-zone", "zone"),
            ("zone", "zone"),
            ("location", "location"),
            ("tax", "tax"),
            ("collection", "collection"),
            ("variant", "variant"),
            ("product", "product"),
            ("promotion", "promotion"),
            ("channel", "channel"),
            ("operation", "operation"),
            ("shipment", "shipment"),
            ("payment", "payment"),
            ("key", "key"),
            ("customeraddresses", "customer"),
            ("customeraddress", "address"),
            ("customersession", "session"),
            ("customerpasskey", "passkey"),
            ("staffpasskey", "passkey"),
            ("passkey", "passkey"),
            ("customeridentity", "identity"),
            ("address", "address"),
            ("session", "session"),
            ("customer", "customer"),
            ("cart", "cart"),
            ("order", "order"),
        ];
        let word = word.to_lowercase();
        if ["line", "lineid", "lineids"].contains(&word.as_str()) {
            return self.ids.get("line").map(String::as_str);
        }
        let first = NAMES.iter().filter_map(|(part, name)| word.find(part).map(|at| (at, std::cmp::Reverse(part.len()), name))).min();
        first.and_then(|(_, _, name)| self.ids.get(name)).map(String::as_str)
    }

    /// The id that begins with a prefix.
    pub fn id_with(&self, prefix: &str) -> Option<&str> {
        self.ids.values().map(String::as_str).find(|id| id.rsplit_once('_').is_some_and(|(p, _)| p == prefix))
    }
}
