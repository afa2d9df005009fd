//! A browser, as far as its server can tell: it keeps cookies and sends them back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Client, Reply, TestApp};

/// A browser that shows the shop's own page.
#[derive(Clone)]
pub struct Browser {
    guest: Client,
    origin: String,
    /// Its cookies by name.
    pub cookies: BTreeMap<String, String>,
    /// The CSRF token that its page was last told.
    pub csrf: String,
}

impl Browser {
    /// One that has been nowhere yet, on a page of the server's own host.
    pub fn new(app: &TestApp) -> Self {
        Self { guest: app.guest(), origin: app.base.replace("http://", "https://"), cookies: BTreeMap::new(), csrf: String::new() }
    }

    /// One whose page logs in with cookies.
    pub async fn logged_in(app: &TestApp, email: &str) -> Self {
        let mut browser = Self::new(app);
        let body = serde_json::json!({"email": email, "password": super::customer::PASSWORD});
        let reply = browser.wanting_cookies().post("/store/v1/auth/login", body).await;
        browser.keep(&reply);
        browser.csrf = reply.expect(200)["tokens"]["csrf_token"].as_str().unwrap().to_owned();
        browser
    }

    /// Keeps what an answer sets, and forgets what it takes back.
    pub fn keep(&mut self, reply: &Reply) {
        for line in reply.set_cookies() {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// Calls with the cookies from the page.
    pub fn page(&self) -> Client {
        self.bare().with("Origin", &self.origin)
    }

    /// Calls with the cookies, from nowhere.
    pub fn bare(&self) -> Client {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if cookies.is_empty() { self.guest.clone() } else { self.guest.with("Cookie", &cookies.join("; ")) }
    }

    /// Calls with the cookies and both proofs.
    pub fn proved(&self) -> Client {
        self.page().with("Maru-CSRF-Token", &self.csrf)
    }

    /// The page, where it asks for cookies.
    pub fn wanting_cookies(&self) -> Client {
        self.page().with("Maru-Token-Transport", "cookie")
    }

    /// Without the cookies that have expired: the access token's.
    pub fn a_quarter_later(&self) -> Self {
        let mut later = self.clone();
        later.cookies.retain(|name, _| !name.ends_with("access"));
        later
    }
}

impl Reply {
    /// The cookies that it sets, line by line.
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, line)| line.as_str()).collect()
    }

    /// The tokens of a log-in by cookies: none is in the body.
    pub fn without_tokens(&self) -> &Value {
        assert!(!self.text.contains("eyJ") && !self.text.contains("\"rt_"), "{}", self.text);
        &self.json
    }
}
