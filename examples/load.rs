#![allow(
    clippy::as_conversions,
    clippy::unwrap_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    reason = "a tool, not the server"
)]
//! A small load tool for a running demo or imported shop: `cargo run --release --example load -- WORKLOAD
//! [--base URL] [--clients N] [--seconds S]`. Workloads: `list`, `product`, `cart` (create with one line),
//! `checkout` (cart with everything, checkout with the sandbox gateway, read the order). It prints the rate
//! and latencies, and refuses targets that are not this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::{Parser, ValueEnum};
use serde_json::{Value, json};

#[derive(Parser)]
struct Options {
    workload: Workload,
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    base: String,
    /// Clients that call at once, each waiting for its answer.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    #[arg(long, default_value_t = 10)]
    seconds: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Workload {
    List,
    Product,
    Cart,
    Checkout,
}

struct Shop {
    http: reqwest::Client,
    base: String,
    slugs: Vec<String>,
    variants: Vec<String>,
    shipping_option: Option<String>,
    next: AtomicUsize,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let local = url::Url::parse(&options.base).is_ok_and(|u| matches!(u.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")));
    assert!(local, "this tool loads this machine only");
    let shop = Arc::new(Shop::open(&options.base).await);
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let clients: Vec<_> = (0..options.clients)
        .map(|_| {
            let (shop, stop, workload) = (shop.clone(), stop.clone(), options.workload);
            tokio::spawn(async move {
                let mut taken = Vec::new();
                let mut failed = 0usize;
                while !stop.load(Ordering::Relaxed) {
                    let began = Instant::now();
                    match shop.once(workload).await {
                        Ok(()) => taken.push(began.elapsed()),
                        Err(why) => {
                            failed += 1;
                            if failed == 1 {
                                eprintln!("{why}");
                            }
                        }
                    }
                }
                (taken, failed)
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(options.seconds)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut taken, mut failed) = (Vec::new(), 0);
    for client in clients {
        let (t, f) = client.await.unwrap();
        taken.extend(t);
        failed += f;
    }
    let elapsed = started.elapsed();
    taken.sort();
    let at = |share: usize| taken.get(taken.len().saturating_sub(1) * share / 1000).copied().unwrap_or_default();
    println!(
        "{} done, {failed} failed, {:.0}/s; p50 {:?} p90 {:?} p99 {:?} p99.9 {:?}",
        taken.len(),
        taken.len() as f64 / elapsed.as_secs_f64(),
        at(500),
        at(900),
        at(990),
        at(999)
    );
}

impl Shop {
    async fn open(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(256).build().unwrap();
        let mut shop =
            Self { http, base: base.to_owned(), slugs: Vec::new(), variants: Vec::new(), shipping_option: None, next: AtomicUsize::new(0) };
        let list = shop.call("GET", "/store/v1/products?in_stock=true&limit=100", None, &[]).await.unwrap();
        for item in list["data"].as_array().unwrap() {
            let slug = item["slug"].as_str().unwrap().to_owned();
            let product = shop.call("GET", &format!("/store/v1/products/{slug}"), None, &[]).await.unwrap();
            let variants = product["variants"].as_array().unwrap().iter();
            // Plenty only: the load must not sell the shop out.
            let plenty = variants.filter(|v| v["available"] == true && v["quantity_available"].as_i64().is_none_or(|q| q > 1000));
            shop.variants.extend(plenty.map(|v| v["id"].as_str().unwrap().to_owned()));
            shop.slugs.push(slug);
        }
        if let Some(variant) = shop.variants.first() {
            let cart = json!({"lines": [{"variant_id": variant, "quantity": 1}], "shipping_address": address()});
            let cart = shop.call("POST", "/store/v1/carts", Some(cart), &[]).await.unwrap();
            let path = format!("/store/v1/carts/{}/shipping-options", cart["id"].as_str().unwrap());
            let token = [("Maru-Cart-Token", cart["token"].as_str().unwrap())];
            let options = shop.call("GET", &path, None, &token).await.unwrap();
            shop.shipping_option = options["data"][0]["id"].as_str().map(str::to_owned);
        }
        shop
    }

    async fn once(&self, workload: Workload) -> Result<(), String> {
        match workload {
            Workload::List => self.call("GET", "/store/v1/products?limit=20", None, &[]).await.map(drop),
            Workload::Product => {
                let slug = self.pick(&self.slugs)?;
                self.call("GET", &format!("/store/v1/products/{slug}"), None, &[]).await.map(drop)
            }
            Workload::Cart => {
                let body = json!({"lines": [{"variant_id": self.pick(&self.variants)?, "quantity": 1}]});
                self.call("POST", "/store/v1/carts", Some(body), &[]).await.map(drop)
            }
            Workload::Checkout => self.checkout().await,
        }
    }

    async fn checkout(&self) -> Result<(), String> {
        let cart = json!({
            "lines": [{"variant_id": self.pick(&self.variants)?, "quantity": 1}],
            "email": "mina@example.com",
            "shipping_address": address(),
            "shipping_option_id": self.shipping_option,
        });
        let cart = self.call("POST", "/store/v1/carts", Some(cart), &[]).await?;
        let (id, token) = (text(&cart["id"])?, text(&cart["token"])?);
        let key = uuid::Uuid::new_v4().to_string();
        let pay = json!({"payment": {"provider": "test"}});
        let headers = [("Maru-Cart-Token", token), ("Idempotency-Key", key.as_str())];
        let done = self.call("POST", &format!("/store/v1/carts/{id}/checkout"), Some(pay), &headers).await?;
        let order = &done["order"];
        let headers = [("Maru-Order-Token", text(&order["token"])?)];
        let read = self.call("GET", &format!("/store/v1/orders/{}", text(&order["id"])?), None, &headers).await?;
        if read["payment_status"] == "paid" { Ok(()) } else { Err(format!("not paid: {read}")) }
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>, headers: &[(&str, &str)]) -> Result<Value, String> {
        let mut request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.map_err(|e| e.to_string())?;
        let status = response.status();
        let text = response.text().await.map_err(|e| e.to_string())?;
        if status.is_success() {
            serde_json::from_str(&text).map_err(|e| e.to_string())
        } else {
            Err(format!("{method} {path}: {status} {text}"))
        }
    }

    fn pick<'a>(&self, from: &'a [String]) -> Result<&'a str, String> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % from.len().max(1);
        from.get(at).map(String::as_str).ok_or_else(|| "the shop has nothing with more than 1,000 in stock".to_owned())
    }
}

fn address() -> Value {
    json!({"name": "김마루", "country": "KR", "postal_code": "04524", "city": "서울", "line1": "세종대로 110"})
}

fn text(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("not a text: {value}"))
}
