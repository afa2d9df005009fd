//! `maru serve --demo`: a shop to look at in one command, with lines that work when pasted.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Which;

/// A demo that serves, and what it printed.
struct Demo {
    process: Child,
    printed: String,
}

impl Demo {
    fn start(url: &str) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_maru"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0"])
            .env("MARU_DATABASE_URL", url)
            .env("MARU_LOG", "warn")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut printed = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        while printed.matches("\ncurl ").count() < 3 {
            assert!(output.read_line(&mut printed).unwrap() > 0, "the demo ended: {printed}");
        }
        Self { process, printed }
    }

    fn word(&self, prefix: &str) -> String {
        let start = self.printed.find(prefix).unwrap_or_else(|| panic!("no {prefix} in {}", self.printed));
        self.printed[start..].split(|c: char| c.is_whitespace() || c == '\'').next().unwrap().to_owned()
    }

    fn base(&self) -> String {
        self.word("http://")
    }

    /// Pastes a printed line into a shell of its own.
    fn paste(&self, nth: usize) -> Value {
        let line = self.printed.lines().filter(|l| l.starts_with("curl ")).nth(nth).unwrap();
        sh(line)
    }

    fn get(&self, path: &str, header: &str) -> Value {
        sh(&format!("curl -s '{}{path}' -H '{header}'", self.base()))
    }
}

fn sh(line: &str) -> Value {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {line}\n{text}{}", String::from_utf8_lossy(&output.stderr)))
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn a_demo_sells(which: Which) {
    let database = which.fresh();
    let demo = Demo::start(&database.url());
    let products = demo.paste(0);
    assert_eq!(products["data"].as_array().unwrap().len(), 3, "{products:#}");
    let cart = demo.paste(1);
    assert!(cart["token"].is_string() && cart["totals"]["shipping"]["amount"].as_i64() > Some(0), "{cart:#}");
    let bought = demo.paste(2);
    assert_eq!((&bought["payment"]["status"], &bought["order"]["status"]), (&json!("captured"), &json!("confirmed")), "{bought:#}");
    assert_eq!(demo.paste(2)["order"]["number"], bought["order"]["number"], "the same key buys once");

    let admin = format!("Authorization: Bearer {}", demo.word("msk_"));
    let orders = demo.get("/admin/v1/orders", &admin);
    assert_eq!(orders["data"][0]["number"], bought["order"]["number"], "{orders:#}");
    let publishable = demo.word("mpk_");
    drop(demo);

    // The next start finds its shop, takes the last start's admin key away and keeps the publishable one.
    let again = Demo::start(&database.url());
    assert_eq!(again.word("mpk_"), publishable);
    assert_eq!(again.get("/admin/v1/orders", &admin)["code"], "unauthenticated");
    let admin = format!("Authorization: Bearer {}", again.word("msk_"));
    assert_eq!(again.get("/admin/v1/orders", &admin)["data"].as_array().unwrap().len(), 1);
    let doctor = crate::import::maru(&database.url(), &["doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", String::from_utf8_lossy(&doctor.stdout));
}

#[test]
fn a_demo_sells_on_sqlite() {
    a_demo_sells(Which::Sqlite);
}

#[test]
fn a_demo_sells_on_postgres() {
    a_demo_sells(Which::Postgres);
}

#[test]
fn a_demo_shows_what_a_shop_can_hold() {
    let database = Which::Sqlite.fresh();
    let demo = Demo::start(&database.url());
    let get = |path: &str, language: &str| demo.get(path, &format!("Accept-Language: {language}"));

    let found = get("/store/v1/products?q=%EB%96%A1%EB%B3%B6%EC%9D%B4&limit=10", "ko");
    let titles: Vec<&str> = found["data"].as_array().unwrap().iter().map(|p| p["title"].as_str().unwrap()).collect();
    assert!(titles.contains(&"불맛쌀떡볶이"), "{titles:?}");
    let english = get("/store/v1/products/bulmat-ssal-tteokbokki", "en");
    assert_eq!((&english["title"], &english["options"][0]["name"]), (&json!("Smoky Rice Tteokbokki"), &json!("Heat")), "{english:#}");

    let all = get("/store/v1/products?limit=100&include=total", "ko");
    let total = all["page"]["total"].as_i64().unwrap();
    assert!((55..70).contains(&total), "{total}");
    let slugs: Vec<&str> = all["data"].as_array().unwrap().iter().map(|p| p["slug"].as_str().unwrap()).collect();
    assert!(!slugs.contains(&"moshi-blanket"), "a product whose day has not come is shown");
    assert_eq!(get("/store/v1/products/moshi-blanket", "ko")["code"], "not_found");
    assert_eq!(get("/store/v1/products/walnut-cookies", "ko")["available"], false);
    assert_eq!(get("/store/v1/products/songpyeon", "ko")["available"], true, "sold on backorder");

    let food = get("/store/v1/products?category=food&limit=100", "ko");
    assert!(food["data"].as_array().unwrap().len() > 20);
    let tree = get("/store/v1/categories", "en");
    assert_eq!((tree["data"].as_array().unwrap().len(), &tree["data"][0]["name"]), (4, &json!("Food")), "{tree:#}");
    assert_eq!(get("/store/v1/collections", "ko")["data"].as_array().unwrap().len(), 4);
    let channels = demo.get("/admin/v1/channels", &format!("Authorization: Bearer {}", demo.word("msk_")));
    let told: Vec<_> = channels["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| (c["code"].as_str().unwrap(), c["prices_include_tax"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [("kr", true), ("us", false)]);
    let promotions = demo.get("/admin/v1/promotions", &format!("Authorization: Bearer {}", demo.word("msk_")));
    assert_eq!(promotions["data"].as_array().unwrap().len(), 3, "{promotions:#}");
}

#[test]
fn its_export_changes_nothing_when_it_comes_back() {
    let database = Which::Sqlite.fresh();
    drop(Demo::start(&database.url()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("demo.csv");
    let run = |arguments: &[&str]| {
        let output =
            crate::import::maru(&database.url(), &[arguments, &["--format", "shopify-csv", "--json", file.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let products = run(&["export"])["products"].clone();
    let report = run(&["import"]);
    assert_eq!((&report["products"]["unchanged"], &report["products"]["updated"]), (&products, &json!(0)), "{report:#}");
    assert_eq!((&report["variants"]["updated"], &report["variants"]["created"], &report["stock_set"]), (&json!(0), &json!(0), &json!(0)));
    // What is scheduled for later stays so in another shop too.
    assert!(std::fs::read_to_string(&file).unwrap().lines().any(|l| l.starts_with("moshi-blanket,") && l.ends_with('Z')));
}

#[test]
fn somebodys_shop_is_left_alone() {
    let database = Which::Sqlite.fresh();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, "Handle,Title,Variant Inventory Tracker,Variant Inventory Qty,Variant Price\nmug,Mug,shopify,3,5000\n").unwrap();
    let import = crate::import::maru(&database.url(), &["import", "--format", "shopify-csv", file.to_str().unwrap()]);
    assert_eq!(import.status.code(), Some(0));
    let demo = Demo::start(&database.url());
    assert_eq!(demo.paste(0)["data"].as_array().unwrap().len(), 1);
    demo.paste(1);
    assert_eq!(demo.paste(2)["order"]["status"], "confirmed");
}
