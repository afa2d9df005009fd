//! Killed in the middle of selling, again and again: whatever a client was told is there after the
//! restart, whoever was told nothing and asks again has one order, and every balance equals its ledger.

use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use diesel::{Connection, QueryableByName, RunQueryDsl};
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
    let unanswered: Arc<Mutex<Vec<Purchase>>> = Arc::default();
    for round in 0..kills() {
        let server = Server::start(&url).await;
        let shop = Arc::new(Shop::look(&server.base).await);
        ask_again(&shop, &unanswered, &told).await;
        // Half of them fill carts; half buy at once, where many go together.
        let buyers: Vec<_> = (0..16)
            .map(|n| {
                let (shop, told, unanswered) = (shop.clone(), told.clone(), unanswered.clone());
                tokio::spawn(async move {
                    for turn in n.. {
                        let purchase = Purchase::of(&shop, turn);
                        let bought = if n.is_multiple_of(2) { shop.buy(turn).await } else { shop.buy_now(&purchase).await };
                        match bought {
                            Ok(order) => told.lock().unwrap().extend(order),
                            Err(_) if n.is_multiple_of(2) => break,
                            Err(_) => return unanswered.lock().unwrap().push(purchase),
                        }
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
    let shop = Shop::look(&server.base).await;
    ask_again(&shop, &unanswered, &told).await;
    let told = told.lock().unwrap().clone();
    assert!(told.len() >= kills(), "only {} orders were sold", told.len());
    for (id, token) in &told {
        let order = shop.http.get(format!("{}/store/v1/orders/{id}", server.base)).header("Maru-Order-Token", token).send().await.unwrap();
        assert_eq!(order.status().as_u16(), 200, "the order {id} that a client was told of is lost");
    }
    let report = maru(&url).args(["doctor", "--json"]).stdout(Stdio::piped()).output().unwrap();
    assert!(report.status.success(), "doctor found: {}", String::from_utf8_lossy(&report.stdout));
    assert_eq!(tokio::task::spawn_blocking(move || bought_twice(&url)).await.unwrap(), 0, "a purchase became two orders");
    server.kill();
}

/// Who was told nothing asks again with the same key, twice: both are told of one order, or refused both times.
async fn ask_again(shop: &Shop, unanswered: &Mutex<Vec<Purchase>>, told: &Mutex<Vec<(String, String)>>) {
    let purchases = std::mem::take(&mut *unanswered.lock().unwrap());
    for purchase in purchases {
        let first = shop.buy_now(&purchase).await.unwrap();
        let second = shop.buy_now(&purchase).await.unwrap();
        assert_eq!(first.as_ref().map(|o| &o.0), second.as_ref().map(|o| &o.0), "one key, one order");
        told.lock().unwrap().extend(first);
    }
}

/// How many of the purchases by key are more than one order.
fn bought_twice(url: &str) -> usize {
    #[derive(QueryableByName)]
    struct Buyer {
        #[diesel(sql_type = diesel::sql_types::Text)]
        email: String,
    }
    let query = "SELECT email FROM orders WHERE email LIKE 'once-%' GROUP BY email HAVING count(*) > 1";
    let twice: Vec<Buyer> = match url.strip_prefix("sqlite://") {
        Some(path) => diesel::sql_query(query).load(&mut diesel::SqliteConnection::establish(path).unwrap()).unwrap(),
        None => diesel::sql_query(query).load(&mut diesel::PgConnection::establish(url).unwrap()).unwrap(),
    };
    twice.iter().for_each(|buyer| println!("{} bought twice", buyer.email));
    twice.len()
}

/// What is bought in one call, under one key.
struct Purchase {
    key: String,
    input: Value,
}

impl Purchase {
    fn of(shop: &Shop, turn: usize) -> Self {
        let key = uuid::Uuid::new_v4().to_string();
        let mut input = cart_of(&shop.variants[turn % shop.variants.len()]);
        input["email"] = json!(format!("once-{key}@example.com"));
        input["shipping_option_id"] = json!(shop.shipping);
        input["payment"] = json!({"provider": if turn.is_multiple_of(3) { "test" } else { "bank_transfer" }});
        Self { key, input }
    }
}

fn cart_of(variant: &str) -> Value {
    json!({"lines": [{"variant_id": variant, "quantity": 1}], "email": "mina@example.com",
        "shipping_address": {"name": "Mina", "country": "KR", "city": "서울", "line1": "세종대로 110"}})
}

/// The order if a client was told of one, nothing if it was refused, an error if the server went away.
type Bought = Result<Option<(String, String)>, reqwest::Error>;

/// A running shop, and what can be bought there.
struct Shop {
    http: reqwest::Client,
    base: String,
    variants: Vec<String>,
    shipping: String,
}

impl Shop {
    async fn look(base: &str) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut shop = Self { http, base: base.to_owned(), variants: variants(base).await, shipping: String::new() };
        let (id, token) = shop.cart(0).await.unwrap().unwrap();
        shop.shipping = shop.shipping_of(&id, &token).await.unwrap().as_str().unwrap().to_owned();
        shop
    }

    async fn cart(&self, turn: usize) -> Bought {
        let cart = cart_of(&self.variants[turn % self.variants.len()]);
        let cart: Value = self.http.post(format!("{}/store/v1/carts", self.base)).json(&cart).send().await?.json().await?;
        Ok(cart["id"].as_str().zip(cart["token"].as_str()).map(|(id, token)| (id.to_owned(), token.to_owned())))
    }

    async fn shipping_of(&self, cart: &str, token: &str) -> Result<Value, reqwest::Error> {
        let path = format!("{}/store/v1/carts/{cart}/shipping-options", self.base);
        let options: Value = self.http.get(path).header("Maru-Cart-Token", token).send().await?.json().await?;
        Ok(options["data"][0]["id"].clone())
    }

    async fn buy(&self, turn: usize) -> Bought {
        let Some((cart, token)) = self.cart(turn).await? else { return Ok(None) };
        let (path, option) = (format!("{}/store/v1/carts/{cart}", self.base), self.shipping_of(&cart, &token).await?);
        let option = json!({"shipping_option_id": option});
        self.http.put(format!("{path}/shipping-method")).header("Maru-Cart-Token", &token).json(&option).send().await?.bytes().await?;
        let request = self.http.post(format!("{path}/checkout")).header("Maru-Cart-Token", token);
        let request = request.header("Idempotency-Key", uuid::Uuid::new_v4().to_string());
        told_of(request.json(&json!({"payment": {"provider": "test"}}))).await
    }

    async fn buy_now(&self, purchase: &Purchase) -> Bought {
        let request = self.http.post(format!("{}/store/v1/buy-now", self.base)).header("Idempotency-Key", &purchase.key);
        told_of(request.json(&purchase.input)).await
    }
}

async fn told_of(request: reqwest::RequestBuilder) -> Bought {
    let done: Value = request.send().await?.json().await?;
    let order = &done["order"];
    Ok(order["id"].as_str().zip(order["token"].as_str()).map(|(id, token)| (id.to_owned(), token.to_owned())))
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
