//! Signing in with a real OpenID provider: npm's certified oidc-provider, driven as a browser would.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use maru::config::SignInProviderConfig;
use serde_json::{Value, json};

use crate::support::issuer::{CALLBACK, Started};
use crate::support::{TestApp, Which, run};

/// Where it listens: tests/run has started it, or this does.
fn provider() -> String {
    #[expect(clippy::disallowed_methods, reason = "the tests' own setting")]
    if let Ok(url) = std::env::var("MARU_TEST_OIDC_URL") {
        return url;
    }
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
    let output = Command::new(script).arg("start").output().expect("tests/oidc runs");
    assert!(output.status.success(), "tests/oidc: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A customer's browser: it keeps cookies and follows the provider until that sends it back to the shop.
struct Browser {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    fn new() -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        Self { http, cookies: BTreeMap::new() }
    }

    async fn send(&mut self, method: &str, url: &str, form: &str) -> (Option<String>, String) {
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ");
        let request = self.http.request(method.parse().unwrap(), url).header("Cookie", cookies);
        let request = if form.is_empty() { request } else { request.header("Content-Type", "application/x-www-form-urlencoded") };
        let response = request.body(form.to_owned()).send().await.unwrap();
        for cookie in response.headers().get_all("set-cookie") {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get("location").map(|l| url::Url::parse(url).unwrap().join(l.to_str().unwrap()).unwrap().into());
        (location, response.text().await.unwrap())
    }

    /// Logs in as NAME, consents, and is sent back to the shop with this query.
    async fn authorize(&mut self, started: &Started, name: &str) -> BTreeMap<String, String> {
        let mut at = started.url.to_string();
        for _ in 0..12 {
            if at.starts_with(CALLBACK) {
                return url::Url::parse(&at).unwrap().query_pairs().into_owned().collect();
            }
            let (location, page) = self.send("GET", &at, "").await;
            at = match location {
                Some(next) => next,
                None => {
                    let form = if page.contains("value=\"consent\"") {
                        "prompt=consent".to_owned()
                    } else {
                        format!("prompt=login&login={name}&password=any")
                    };
                    let (next, answer) = self.send("POST", &at, &form).await;
                    next.unwrap_or_else(|| panic!("the provider does not go on: {page} {answer}"))
                }
            };
        }
        panic!("the provider sends nobody back: {at}");
    }
}

async fn shop(which: Which, client: &str, more: Value) -> TestApp {
    let mut settings = json!({"issuer": provider(), "client_id": client, "redirect_uris": CALLBACK});
    settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let provider = SignInProviderConfig::of("real", settings.as_object().unwrap().clone(), 5_000).unwrap();
    let app = TestApp::with(which, |config| config.sign_in = vec![provider]).await;
    // The provider lives by the machine's clock.
    let machine = maru::types::Clock::System.now().to_chrono();
    app.advance(machine - app.app.clock().now().to_chrono());
    app
}

async fn sign_in(app: &TestApp, browser: &mut Browser, name: &str) -> crate::support::Reply {
    let started = app.start_sign_in("real").await;
    let back = browser.authorize(&started, name).await;
    assert_eq!(back["state"], started.state);
    app.finish_sign_in_with(&started, &back["code"], json!({"iss": back["iss"]})).await
}

async fn from_beginning_to_end(which: Which) {
    let app = shop(which, "basic", json!({"client_secret": "basic secret: +/%"})).await;
    let mut browser = Browser::new();
    let login = sign_in(&app, &mut browser, "mina").await.expect(200);
    assert_eq!((login["customer"]["email"].as_str(), login["customer"]["has_password"].as_bool()), (Some("mina@example.com"), Some(false)));
    // In the same browser the provider asks nothing again.
    let again = sign_in(&app, &mut browser, "nobody asks").await.expect(200);
    assert_eq!(again["customer"]["id"], login["customer"]["id"]);
    sign_in(&app, &mut Browser::new(), "unverified").await.problem(409, "identity_email_not_verified");
    // A code is good once there as well as an attempt here; another attempt's verifier does not open it.
    let (started, other) = (app.start_sign_in("real").await, app.start_sign_in("real").await);
    let back = browser.authorize(&started, "mina").await;
    app.finish_sign_in_with(&other, &back["code"], json!({"iss": back["iss"]})).await.problem(422, "identity_refused");
    let started = app.start_sign_in("real").await;
    let back = browser.authorize(&started, "mina").await;
    app.finish_sign_in(&started, &back["code"]).await.problem(422, "identity_refused");
}

#[test]
fn a_certified_provider_signs_customers_in_on_sqlite() {
    run(from_beginning_to_end(Which::Sqlite));
}

#[test]
fn a_certified_provider_signs_customers_in_on_postgres() {
    run(from_beginning_to_end(Which::Postgres));
}

#[test]
fn a_secret_is_posted_or_there_is_none() {
    run(async {
        let app = shop(Which::Sqlite, "post", json!({"client_secret": "post secret: +/%", "token_auth": "post"})).await;
        sign_in(&app, &mut Browser::new(), "mina").await.expect(200);
        let app = shop(Which::Sqlite, "public", json!({})).await;
        sign_in(&app, &mut Browser::new(), "mina").await.expect(200);
        // A wrong one is the operator's to mend.
        let app = shop(Which::Sqlite, "post", json!({"client_secret": "wrong", "token_auth": "post"})).await;
        sign_in(&app, &mut Browser::new(), "mina").await.problem(503, "identity_provider_unavailable");
    });
}
