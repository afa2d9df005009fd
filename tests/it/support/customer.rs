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

impl TestApp {
    /// An account at Google that opens a customer's account, with the address that Google told, without Google; its id.
    pub fn linked(&self, customer: &str, email: Option<&str>) -> String {
        use maru::types::ids::Id;
        let id = maru::types::IdentityId::from(uuid::Uuid::new_v4());
        let customer: uuid::Uuid = maru::types::CustomerId::parse(customer).unwrap().into();
        let (id_bytes, customer) = (self.raw_id(id.into()), self.raw_id(customer));
        let (at, email) = (self.raw_time(0), email.map_or("NULL".to_owned(), |email| format!("'{email}'")));
        let values =
            format!("{id_bytes}, {customer}, 'google', 'https://accounts.google.com', '{}', {email}, {at}, {at}", uuid::Uuid::from(id));
        let columns = "id, customer_id, provider, issuer, subject, email, created_at, last_used_at";
        super::damage(&self.database_url(), &format!("INSERT INTO customer_identities ({columns}) VALUES ({values})"));
        id.to_string()
    }

    /// An id as SQL writes it.
    pub fn raw_id(&self, id: uuid::Uuid) -> String {
        let sign = if self.database_url().starts_with("sqlite") { "X" } else { "" };
        format!("{sign}'{}'", id.simple())
    }

    /// The moment so many days ago as SQL writes it.
    pub fn raw_time(&self, days_ago: i64) -> String {
        let at = self.app.clock().now().minus(chrono::Duration::days(days_ago));
        if self.database_url().starts_with("sqlite") { at.micros().to_string() } else { format!("'{at}'") }
    }
}
