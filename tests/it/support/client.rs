//! A client as an app would write it: headers that stay, JSON in, JSON out.

use serde_json::Value;

/// Somebody who calls the shop.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    headers: Vec<(String, String)>,
}

/// An answer, read whole.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null when there is none or it is no JSON.
    pub json: Value,
    /// The body as text.
    pub text: String,
}

impl Client {
    pub(super) fn new(http: reqwest::Client, base: String) -> Self {
        Self { http, base, headers: Vec::new() }
    }

    /// The same caller with one more header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.push((name.to_owned(), value.to_owned()));
        client
    }

    /// The same caller with an access token.
    pub fn bearing(&self, token: &str) -> Self {
        self.with("Authorization", &format!("Bearer {token}"))
    }

    /// The same caller with a fresh `Idempotency-Key`.
    pub fn once(&self) -> Self {
        self.with("Idempotency-Key", &uuid::Uuid::new_v4().to_string())
    }

    /// The same caller, holding a cart.
    pub fn holding_cart(&self, cart: &Value) -> Self {
        self.with("Maru-Cart-Token", cart["token"].as_str().expect("a cart with its token"))
    }

    /// The same caller, holding an order.
    pub fn holding_order(&self, order: &Value) -> Self {
        self.with("Maru-Order-Token", order["token"].as_str().expect("an order with its token"))
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }

    /// Any method, with a JSON body or none.
    pub async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        let bytes = body.map(|b| b.to_string().into_bytes());
        self.send_bytes(method, path, "application/json", bytes).await
    }

    /// Any method, with any body.
    pub async fn send_bytes(&self, method: &str, path: &str, content_type: &str, body: Option<Vec<u8>>) -> Reply {
        let method: reqwest::Method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.header("Content-Type", content_type).body(body);
        }
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().iter().map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
        let text = response.text().await.expect("a body");
        Reply { status, headers, json: serde_json::from_str(&text).unwrap_or(Value::Null), text }
    }

    /// A GraphQL operation on `store` or `admin`: its `data`; fails on top-level errors.
    pub async fn graphql(&self, surface: &str, query: &str, variables: Value) -> Value {
        let reply = self.graphql_raw(surface, query, variables).await;
        assert!(reply.json["errors"].is_null(), "GraphQL errors: {}", reply.text);
        reply.json["data"].clone()
    }

    /// A GraphQL operation, with whatever it answers.
    pub async fn graphql_raw(&self, surface: &str, query: &str, variables: Value) -> Reply {
        self.post(&format!("/{surface}/graphql"), serde_json::json!({"query": query, "variables": variables})).await
    }
}

impl Reply {
    /// The JSON of an answer that must have this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.json
    }

    /// A problem that must have this status and code.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        assert_eq!((self.status, self.json["code"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{}", self.text);
        assert!(!self.json["request_id"].as_str().unwrap_or_default().is_empty(), "{}", self.text);
        self.json
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
