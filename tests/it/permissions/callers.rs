//! Everybody who calls. A new kind of caller is a name here and a row in [`of`].

use std::collections::HashMap;

use maru::commerce::auth::Permission;
use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use super::world::World;
use crate::support::staff::role;
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
/// Staff, on the Store surface with the tokens of the Admin one.
pub const OWNER: &str = "staff owner";
/// Staff who read and write nothing, by a role that every shop has.
pub const SUPPORT: &str = "staff of support";
pub const STAFF_WITHOUT: &str = "staff with every other permission";
pub const STAFF_OUT: &str = "deactivated staff";

/// The callers, and the keys that were made for them.
pub struct Callers {
    keys: HashMap<(Vec<Permission>, bool), Client>,
    expired: Client,
    revoked: Client,
    publishable: Client,
    owner: Client,
    support: Client,
    out: Client,
    /// Somebody, the role whose permissions are all but those that an operation needs, and what it has now.
    other: (Client, String, Vec<Permission>),
}

impl Callers {
    pub async fn new(app: &TestApp) -> Self {
        let expiring = json!({"name": "expired", "permissions": ["all"], "expires_at": "2026-11-20T09:00:01Z"});
        let (expired, _) = issue(app, expiring).await;
        let (revoked, key) = issue(app, json!({"name": "revoked", "permissions": ["all"]})).await;
        app.admin().post(&format!("/admin/v1/keys/{}/revoke", key["id"].as_str().unwrap()), json!({})).await.expect(200);
        let (publishable, _) = issue(app, json!({"name": "app", "kind": "publishable"})).await;
        app.advance(chrono::Duration::seconds(2));
        let owner = app.owner("owner").await.client;
        let support = app.member("support", &[role(BuiltInRole::Support)]).await.client;
        let out = app.member("out", &[role(BuiltInRole::Admin)]).await;
        app.admin().post(&format!("/admin/v1/staff/{}/deactivate", out.id()), json!({})).await.expect(200);
        let other = app.member_who_may("other", &[]).await;
        let role = other.signed_in["me"]["staff"]["roles"][0]["id"].as_str().unwrap().to_owned();
        let (out, other) = (out.client, (other.client, role, Vec::new()));
        Self { keys: HashMap::new(), expired, revoked, publishable, owner, support, out, other }
    }

    /// Everybody, for an operation that needs these permissions; none: every permission is as good as any.
    pub async fn of(&mut self, app: &TestApp, world: &World, needs: &[Permission]) -> Vec<(&'static str, Client)> {
        let is_needed = |p: &Permission| needs.iter().any(|needed| p.allows(*needed));
        let others: Vec<Permission> = Permission::ALL.iter().copied().filter(|p| *p != Permission::All && !is_needed(p)).collect();
        if self.other.2 != others {
            let path = format!("/admin/v1/roles/{}", self.other.1);
            app.admin().patch(&path, json!({"permissions": others})).await.expect(200);
            self.other.2.clone_from(&others);
        }
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
            (OWNER, self.owner.clone()),
            (SUPPORT, self.support.clone()),
            (STAFF_WITHOUT, self.other.0.clone()),
            (STAFF_OUT, self.out.clone()),
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
