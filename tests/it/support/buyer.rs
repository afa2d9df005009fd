//! Somebody who buys, as an app would: a cart with everything, then checkout.

use serde_json::{Value, json};

use super::shop::{Shop, id, seoul};
use super::{Client, Reply, TestApp};

/// A cart ready for checkout, and a client that holds it.
pub async fn full_cart(app: &TestApp, shop: &Shop<'_>, lines: &[(&str, i64)]) -> (Value, Client) {
    full_cart_with(app, shop, lines, json!({})).await
}

/// The same with more of the cart's fields.
pub async fn full_cart_with(app: &TestApp, shop: &Shop<'_>, lines: &[(&str, i64)], more: Value) -> (Value, Client) {
    let lines: Vec<Value> = lines.iter().map(|(variant, quantity)| json!({"variant_id": variant, "quantity": quantity})).collect();
    let mut input = json!({"lines": lines, "email": "mina@example.com", "shipping_address": seoul(), "shipping_option_id": shop.parcel});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    let cart = app.guest().post("/store/v1/carts", input).await.expect(201);
    let client = app.guest().holding_cart(&cart);
    (cart, client)
}

/// Checks a cart out with a provider's method, each time with a key of its own.
pub async fn check_out(client: &Client, cart: &Value, provider: &str, method: &str) -> Reply {
    let input = json!({"payment": {"provider": provider, "method": method}});
    client.once().post(&format!("/store/v1/carts/{}/checkout", id(cart)), input).await
}

/// An order of these lines with the sandbox's method, and a client that holds it: (order, payment, client).
pub async fn buy(app: &TestApp, shop: &Shop<'_>, lines: &[(&str, i64)], method: &str) -> (Value, Value, Client) {
    buy_from(app, shop, lines, "test", method).await
}

/// The same with any provider.
pub async fn buy_from(app: &TestApp, shop: &Shop<'_>, lines: &[(&str, i64)], provider: &str, method: &str) -> (Value, Value, Client) {
    let (cart, client) = full_cart(app, shop, lines).await;
    let done = check_out(&client, &cart, provider, method).await.expect(201);
    let client = app.guest().holding_order(&done["order"]);
    (done["order"].clone(), done["payment"].clone(), client)
}

/// Lets the default channel offer the scripted gateway.
pub async fn offer_scripted(app: &TestApp) {
    let channels = app.admin().get("/admin/v1/channels").await.expect(200);
    let path = format!("/admin/v1/channels/{}", id(&channels["data"][0]));
    app.admin().patch(&path, json!({"payment_providers": ["test", "bank_transfer", "scripted"]})).await.expect(200);
}

/// The path of an order in the store.
pub fn order_path(order: &Value) -> String {
    format!("/store/v1/orders/{}", id(order))
}

/// The path of an order for staff.
pub fn staff_path(order: &Value) -> String {
    format!("/admin/v1/orders/{}", id(order))
}

/// (on hand, reserved) of a variant at the shop's location.
pub async fn stock_of(app: &TestApp, variant: &str) -> (i64, i64) {
    let levels = app.admin().get(&format!("/admin/v1/stock-levels?variant_id={variant}")).await.expect(200);
    let level = &levels["data"][0];
    (level["on_hand"].as_i64().unwrap(), level["reserved"].as_i64().unwrap())
}

/// The kinds of an order's timeline, in order.
pub fn story(order: &Value) -> Vec<String> {
    order["timeline"].as_array().unwrap().iter().map(|t| t["kind"].as_str().unwrap().to_owned()).collect()
}

/// Three states of an order: its own, its payment's, its fulfilment's.
pub fn states(order: &Value) -> (String, String, String) {
    let text = |name: &str| order[name].as_str().unwrap().to_owned();
    (text("status"), text("payment_status"), text("fulfilment_status"))
}
