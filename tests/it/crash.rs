//! Killed in the middle of selling, again and again: whatever a client was told is there after the
//! restart, and every balance equals its ledger.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Which, run};

/// How often the server is killed; `MARU_TEST_KILLS` for a longer run.
fn kills() -> usize {
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    std::env::var("MARU_TEST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(4)
}

#[test]
fn killed_while_selling_on_sqlite() {
    run(killed_while_selling(Which::Sqlite));
}

#[test]
fn killed_while_selling_on_postgres() {
    run(killed_while_selling(Which::Postgres));
}

struct Server {
    process: Child,
    base: String,
}

impl Server {
    async fn start(url: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = maru(url).args(["serve", "--demo", "--listen", &format!("127.0.0.1:{port}")]).spawn().unwrap();
        let server = Self { process, base: format!("http://127.0.0.1:{port}") };
        for _ in 0..300 {
            if reqwest::get(format!("{}/readyz", server.base)).await.is_ok_and(|r| r.status().is_success()) {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        server.kill();
        panic!("the server did not start");
    }

    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn maru(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maru"));
    command.env("MARU_DATABASE_URL", url).env("MARU_LOG", "error").stdout(Stdio::null()).stderr(Stdio::null());
    command
}

async fn killed_while_selling(which: Which) {
    let database = tokio::task::spawn_blocking(move || which.fresh()).await.unwrap();
    let url = database.url();
    let told: Arc<Mutex<Vec<(String, String)>>> = Arc::default();
    for round in 0..kills() {
        let server = Server::start(&url).await;
        let base = server.base.clone();
        let variants = Arc::new(variants(&base).await);
        let buyers: Vec<_> = (0..8)
            .map(|n| {
                let (base, told, variants) = (base.clone(), told.clone(), variants.clone());
                tokio::spawn(async move {
                    let http = reqwest::Client::builder().no_proxy().build().unwrap();
                    let mut turn = n;
                    while let Ok(order) = buy(&http, &base, &variants[turn % variants.len()]).await {
                        if let Some(order) = order {
                            told.lock().unwrap().push(order);
                        }
                        turn += 1;
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(700 + 230 * u64::try_from(round).unwrap())).await;
        server.kill();
        for buyer in buyers {
            buyer.await.unwrap();
        }
    }
    let server = Server::start(&url).await;
    let told = told.lock().unwrap().clone();
    assert!(told.len() >= kills(), "only {} orders were sold", told.len());
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    for (id, token) in &told {
        let order = http.get(format!("{}/store/v1/orders/{id}", server.base)).header("Maru-Order-Token", token).send().await.unwrap();
        assert_eq!(order.status().as_u16(), 200, "the order {id} that a client was told of is lost");
    }
    let report = maru(&url).args(["doctor", "--json"]).stdout(Stdio::piped()).output().unwrap();
    assert!(report.status.success(), "doctor found: {}", String::from_utf8_lossy(&report.stdout));
    server.kill();
}

async fn variants(base: &str) -> Vec<String> {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let get = |path: String| {
        let http = http.clone();
        async move { http.get(path).send().await.unwrap().json::<Value>().await.unwrap() }
    };
    let list = get(format!("{base}/store/v1/products?in_stock=true&limit=10")).await;
    let mut found = Vec::new();
    for item in list["data"].as_array().unwrap() {
        let product = get(format!("{base}/store/v1/products/{}", item["id"].as_str().unwrap())).await;
        let variants = product["variants"].as_array().unwrap();
        found.extend(variants.iter().filter(|v| v["available"] == true).map(|v| v["id"].as_str().unwrap().to_owned()));
    }
    found
}

/// One purchase: the order if a client was told of one, nothing if it was refused, an error if the server went away.
async fn buy(http: &reqwest::Client, base: &str, variant: &str) -> Result<Option<(String, String)>, reqwest::Error> {
    let cart = json!({"lines": [{"variant_id": variant, "quantity": 1}], "email": "mina@example.com",
        "shipping_address": {"name": "Mina", "country": "KR", "city": "서울", "line1": "세종대로 110"}});
    let cart: Value = http.post(format!("{base}/store/v1/carts")).json(&cart).send().await?.json().await?;
    let (Some(id), Some(token)) = (cart["id"].as_str(), cart["token"].as_str()) else { return Ok(None) };
    let cart_path = format!("{base}/store/v1/carts/{id}");
    let options: Value = http.get(format!("{cart_path}/shipping-options")).header("Maru-Cart-Token", token).send().await?.json().await?;
    let option = json!({"shipping_option_id": options["data"][0]["id"]});
    http.put(format!("{cart_path}/shipping-method")).header("Maru-Cart-Token", token).json(&option).send().await?.bytes().await?;
    let request = http.post(format!("{cart_path}/checkout")).header("Maru-Cart-Token", token);
    let request = request.header("Idempotency-Key", uuid::Uuid::new_v4().to_string());
    let done: Value = request.json(&json!({"payment": {"provider": "test"}})).send().await?.json().await?;
    let order = &done["order"];
    Ok(order["id"].as_str().zip(order["token"].as_str()).map(|(id, token)| (id.to_owned(), token.to_owned())))
}
