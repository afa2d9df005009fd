//! A customer with an account, as an app would make one.

use serde_json::{Value, json};

use super::{Client, TestApp};

/// What every test's customer chose.
pub const PASSWORD: &str = "a quiet floor of wood";

/// Somebody who is logged in.
pub struct Customer {
    /// Calls with the access token.
    pub client: Client,
    /// What the log-in answered.
    pub login: Value,
    /// The address.
    pub email: String,
}

impl Customer {
    /// The refresh token.
    pub fn refresh_token(&self) -> &str {
        self.login["tokens"]["refresh_token"].as_str().unwrap()
    }

    /// The account's id.
    pub fn id(&self) -> &str {
        self.login["customer"]["id"].as_str().unwrap()
    }
}

impl TestApp {
    /// Registers `name@example.com`, proves the address, and is logged in.
    pub async fn customer(&self, name: &str) -> Customer {
        let email = format!("{name}@example.com");
        self.guest().post("/store/v1/customers", json!({"email": email, "password": PASSWORD, "name": name})).await.expect(202);
        self.send_mail().await;
        let body = json!({"token": self.mailbox.token(&email), "password": PASSWORD, "device_name": format!("{name}'s phone")});
        let login = self.guest().post("/store/v1/auth/verify-email", body).await.expect(200);
        self.logged_in(email, login)
    }

    /// Logs a customer in on another device.
    pub async fn log_in(&self, email: &str, password: &str) -> Customer {
        let login = self.guest().post("/store/v1/auth/login", json!({"email": email, "password": password})).await.expect(200);
        self.logged_in(email.to_owned(), login)
    }

    fn logged_in(&self, email: String, login: Value) -> Customer {
        Customer { client: self.guest().bearing(login["tokens"]["access_token"].as_str().unwrap()), login, email }
    }

    /// Sends the mail that is queued.
    pub async fn send_mail(&self) -> usize {
        maru::commerce::notifications::send_due(&self.app).await.unwrap()
    }
}
