//! Everybody who calls. A new kind of caller is a name here and a row in [`of`].

use std::collections::HashMap;

use maru::commerce::auth::Permission;
use serde_json::{Value, json};

use super::world::World;
use crate::support::{Client, TestApp};

pub const NOBODY: &str = "nobody";
pub const STRANGER: &str = "guest with another's tokens";
pub const HOLDER: &str = "guest with the tokens";
/// One who has an account, an address and a session: the world's.
pub const CUSTOMER: &str = "customer";
pub const OTHER_CUSTOMER: &str = "another customer";
pub const WITHOUT: &str = "key with every other permission";
/// One that may read everything and write nothing.
pub const READER: &str = "key that only reads";
pub const WITH: &str = "key with the permission";
pub const ELSEWHERE: &str = "key of another channel";
pub const EXPIRED: &str = "expired key";
pub const REVOKED: &str = "revoked key";
pub const PUBLISHABLE: &str = "publishable key as bearer";

/// The callers, and the keys that were made for them.
pub struct Callers {
    keys: HashMap<(Vec<Permission>, bool), Client>,
    expired: Client,
    revoked: Client,
    publishable: Client,
}

impl Callers {
    pub async fn new(app: &TestApp) -> Self {
        let expiring = json!({"name": "expired", "permissions": ["all"], "expires_at": "2026-11-20T09:00:01Z"});
        let (expired, _) = issue(app, expiring).await;
        let (revoked, key) = issue(app, json!({"name": "revoked", "permissions": ["all"]})).await;
        app.admin().post(&format!("/admin/v1/keys/{}/revoke", key["id"].as_str().unwrap()), json!({})).await.expect(200);
        let (publishable, _) = issue(app, json!({"name": "app", "kind": "publishable"})).await;
        app.advance(chrono::Duration::seconds(2));
        Self { keys: HashMap::new(), expired, revoked, publishable }
    }

    /// Everybody, for an operation that needs these permissions; none: every permission is as good as any.
    pub async fn of(&mut self, app: &TestApp, world: &World, needs: &[Permission]) -> Vec<(&'static str, Client)> {
        let is_needed = |p: &Permission| needs.iter().any(|needed| p.allows(*needed));
        let others: Vec<Permission> = Permission::ALL.iter().copied().filter(|p| *p != Permission::All && !is_needed(p)).collect();
        let needed = if needs.is_empty() { vec![Permission::All] } else { needs.to_vec() };
        vec![
            (NOBODY, app.guest()),
            (STRANGER, holding(app, &world.others_cart, &world.others_order)),
            (HOLDER, holding(app, &world.cart, &world.order)),
            (CUSTOMER, world.customer.clone()),
            (OTHER_CUSTOMER, world.other_customer.clone()),
            (WITHOUT, self.key(app, world, others, false).await),
            (READER, self.key(app, world, reading(), false).await),
            (WITH, self.key(app, world, needed.clone(), false).await),
            (ELSEWHERE, self.key(app, world, needed, true).await),
            (EXPIRED, self.expired.clone()),
            (REVOKED, self.revoked.clone()),
            (PUBLISHABLE, self.publishable.clone()),
        ]
    }

    async fn key(&mut self, app: &TestApp, world: &World, permissions: Vec<Permission>, elsewhere: bool) -> Client {
        let place = (permissions, elsewhere);
        if let Some(client) = self.keys.get(&place) {
            return client.clone();
        }
        let channel = elsewhere.then_some(&world.other_channel);
        let (client, _) = issue(app, json!({"name": "walker", "permissions": place.0, "channel_id": channel})).await;
        self.keys.insert(place, client.clone());
        client
    }
}

fn reading() -> Vec<Permission> {
    Permission::ALL.iter().copied().filter(|p| p.as_str().ends_with(":read")).collect()
}

fn holding(app: &TestApp, cart: &Value, order: &Value) -> Client {
    app.guest().holding_cart(cart).holding_order(order)
}

async fn issue(app: &TestApp, input: Value) -> (Client, Value) {
    let issued = app.admin().post("/admin/v1/keys", input).await.expect(201);
    (app.guest().with("Authorization", &format!("Bearer {}", issued["key"].as_str().unwrap())), issued)
}
