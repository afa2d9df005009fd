//! What `serve` says on standard output once it listens: where it is, and for a demo the keys and three
//! lines that work when pasted.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use serde_json::json;

use crate::app::App;
use crate::commerce::auth::Caller;
use crate::commerce::channels;
use crate::commerce::demo::{self, DemoKeys, Sample};
use crate::error::{Error, Result};

/// Where a server that listens on this address is reached from here.
pub fn base(address: SocketAddr, tls: bool) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) if ip.is_unspecified() => "[::1]".to_owned(),
        IpAddr::V6(ip) => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    format!("{}://{ip}:{}", if tls { "https" } else { "http" }, address.port())
}

/// For any server.
pub fn plain(base: &str) -> String {
    format!("Maru listens on {base}\n")
}

/// For a demo: makes this start's keys and finds something to buy.
pub fn demo(app: &App, base: &str) -> Result<String> {
    let keys = demo::keys(app)?;
    let sample = app.db().read(|tx| {
        let channel = channels::default(tx)?.ok_or_else(|| Error::internal("the demo shop has no channel"))?;
        demo::sample(tx, &Caller::system("demo", Arc::new(channel)))
    })?;
    Ok(text(base, &keys, sample.as_ref(), app.config().docs))
}

fn text(base: &str, keys: &DemoKeys, sample: Option<&Sample>, docs: bool) -> String {
    let mut text = plain(base);
    let mut line = |name: &str, value: &str| {
        let _ = writeln!(text, "  {name:<16} {value}");
    };
    line("REST", &format!("{base}/store/v1  {base}/admin/v1"));
    line("GraphQL", &format!("{base}/store/graphql  {base}/admin/graphql"));
    if docs {
        line("Docs", &format!("{base}/docs/store  {base}/docs/admin"));
    }
    line("Admin key", &format!("{}  (until the next start)", keys.admin.key));
    line("Publishable key", &keys.publishable.key);
    if let Some(owner) = &keys.owner {
        line("Owner's token", &format!("{}  (for {}, once: POST /admin/v1/auth/accept-invitation)", owner.token, owner.email));
    }
    let _ = writeln!(text, "\nList products, fill a cart, buy it (paste line by line):\n");
    for curl in sample.map(|sample| curls(base, &keys.publishable.key, sample)).unwrap_or_default() {
        let _ = writeln!(text, "{curl}\n");
    }
    if sample.is_none() {
        let _ =
            writeln!(text, "curl -s '{base}/store/v1/products?limit=3'\n(nothing in this shop is in stock, so there is nothing to buy)");
    }
    text
}

/// List, cart, checkout. The cart is kept in a file, so that each line works in a shell of its own.
fn curls(base: &str, key: &str, sample: &Sample) -> [String; 3] {
    let port = base.rsplit(':').next().unwrap_or_default();
    let file = format!("/tmp/maru-cart-{port}.json");
    let headers = format!("-H 'Maru-Publishable-Key: {key}' -H 'Content-Type: application/json'");
    let cart = json!({
        "lines": [{"variant_id": sample.variant, "quantity": 1}],
        "email": "mina@example.com",
        "shipping_address": sample.address,
        "shipping_option_id": sample.shipping_option,
    });
    let id = format!("$(grep -o 'cart_[0-9a-z]*' {file} | head -n 1)");
    let token = format!("$(sed 's/.*\"token\":\"\\([^\"]*\\)\".*/\\1/' {file})");
    [
        format!("curl -s '{base}/store/v1/products?limit=3' -H 'Maru-Publishable-Key: {key}'"),
        format!("curl -s -X POST '{base}/store/v1/carts' {headers} -d '{cart}' | tee {file}"),
        format!(
            "curl -s -X POST \"{base}/store/v1/carts/{id}/checkout\" {headers} -H \"Maru-Cart-Token: {token}\" \
             -H \"Idempotency-Key: {id}\" -d '{{\"payment\": {{\"provider\": \"test\"}}}}'"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_means_everywhere_is_reached_here() {
        for (address, expected) in
            [("127.0.0.1:8080", "http://127.0.0.1:8080"), ("0.0.0.0:80", "http://127.0.0.1:80"), ("[::]:81", "http://[::1]:81")]
        {
            assert_eq!(base(address.parse().unwrap(), false), expected);
            assert_eq!(base(address.parse().unwrap(), true), expected.replace("http:", "https:"));
        }
    }
}
