//! Somebody who works for the shop, as an admin tool would let them in.

use maru::commerce::staff::{BuiltInRole, create_owner};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

use super::{Client, TestApp};

/// What all of the tests' staff chose.
pub const PASSWORD: &str = "a tall shelf of oak";

/// Somebody of the staff who is logged in.
pub struct Staff {
    /// Calls with the access token.
    pub client: Client,
    /// What the log-in answered.
    pub signed_in: Value,
    /// The address.
    pub email: String,
}

impl Staff {
    /// The account's id.
    pub fn id(&self) -> &str {
        self.signed_in["me"]["staff"]["id"].as_str().unwrap()
    }

    /// The access token.
    pub fn access_token(&self) -> &str {
        self.signed_in["tokens"]["access_token"].as_str().unwrap()
    }

    /// The refresh token.
    pub fn refresh_token(&self) -> &str {
        self.signed_in["tokens"]["refresh_token"].as_str().unwrap()
    }

    /// Sets a second factor up: its authenticator, and the recovery codes.
    pub async fn enrol(&self, app: &TestApp) -> (Totp, Vec<String>) {
        let enrolment = self.client.post("/admin/v1/me/totp", json!({})).await.expect(200);
        let totp = authenticator(enrolment["secret"].as_str().unwrap());
        let codes = self.client.post("/admin/v1/me/totp/confirm", json!({"code": app.code(&totp)})).await.expect(200);
        let codes = codes["codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
        (totp, codes)
    }
}

/// An authenticator with a secret that was typed in.
pub fn authenticator(secret: &str) -> Totp {
    Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap()
}

impl TestApp {
    /// What makes an owner, as `maru staff create-owner` prints it.
    pub async fn owner_token(&self, email: &str) -> String {
        let (app, email) = (self.app.clone(), email.to_owned());
        self.rule(move |tx, by| create_owner(tx, by, app.secret(), app.config(), &email)).await.token
    }

    /// An owner of the shop, logged in.
    pub async fn owner(&self, name: &str) -> Staff {
        let email = format!("{name}@shop.example");
        let token = self.owner_token(&email).await;
        self.accept(name, &email, &token).await
    }

    /// Somebody of the staff with these roles, invited with the admin key and logged in.
    pub async fn member(&self, name: &str, roles: &[Value]) -> Staff {
        let email = format!("{name}@shop.example");
        self.admin().post("/admin/v1/staff-invitations", json!({"email": email, "role_ids": roles})).await.expect(201);
        self.send_mail().await;
        let token = self.mailbox.token(&email);
        self.accept(name, &email, &token).await
    }

    /// Somebody of the staff who may do this alone.
    pub async fn member_who_may(&self, name: &str, permissions: &[&str]) -> Staff {
        let role = json!({"name": format!("{name}'s role"), "permissions": permissions});
        let role = self.admin().post("/admin/v1/roles", role).await.expect(201);
        self.member(name, &[role["id"].clone()]).await
    }

    async fn accept(&self, name: &str, email: &str, token: &str) -> Staff {
        let body = json!({"token": token, "name": name, "password": PASSWORD, "device_name": format!("{name}'s desk")});
        let signed_in = self.guest().post("/admin/v1/auth/accept-invitation", body).await.expect(200);
        self.at_work(email, signed_in)
    }

    /// Whoever just logged in.
    pub fn at_work(&self, email: &str, signed_in: Value) -> Staff {
        let client = self.guest().bearing(signed_in["tokens"]["access_token"].as_str().unwrap());
        Staff { client, signed_in, email: email.to_owned() }
    }

    /// What an authenticator shows now.
    pub fn code(&self, totp: &Totp) -> String {
        let seconds = u64::try_from(self.app.clock().now().micros() / 1_000_000).unwrap();
        totp.generate(seconds).to_string()
    }
}

/// A role that every shop has.
pub fn role(role: BuiltInRole) -> Value {
    json!(role.id())
}
