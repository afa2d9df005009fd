//! Invitations of staff: what they are worth when whoever sent them changes, who takes them back, when they are forgotten.

use maru::commerce::auth::Permission;
use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use crate::support::shop::id;
use crate::support::staff::{PASSWORD, role};
use crate::support::{Client, Reply, TestApp, on_both};

async fn make_role(app: &TestApp, name: &str) -> Value {
    let input = json!({"name": name, "permissions": ["orders:read"]});
    app.admin().post("/admin/v1/roles", input).await.expect(201)
}

async fn invite(by: &Client, email: &str, roles: &[&Value]) -> (String, Value) {
    let made = by.post("/admin/v1/staff-invitations", json!({"email": email, "role_ids": roles})).await.expect(201);
    (format!("/admin/v1/staff-invitations/{}", id(&made)), made)
}

/// Accepts the last invitation that an address was mailed.
async fn accept(app: &TestApp, email: &str) -> Reply {
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token(email), "name": "Lee", "password": PASSWORD});
    app.guest().post("/admin/v1/auth/accept-invitation", body).await
}

on_both!(an_invitation_is_worth_what_its_sender_may_still_give, |app| async move {
    let jun = app.member_who_may("jun", &["staff:manage", "orders:read"]).await;
    let desk = make_role(&app, "desk").await;
    let (path, _) = invite(&jun.client, "lee@shop.example", &[&desk["id"]]).await;
    // Demoted, and still there.
    app.admin().patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": [desk["id"]]})).await.expect(200);
    accept(&app, "lee@shop.example").await.problem(422, "proof_not_valid");
    // It waits on: whoever may sends it again, and vouches for it then.
    let resent = app.admin().post(&format!("{path}/resend"), json!({})).await.expect(200);
    assert!(resent["invited_by"].as_str().unwrap().starts_with("key_"), "{resent}");
    let lee = accept(&app, "lee@shop.example").await.expect(200);
    assert_eq!(lee["me"]["permissions"], json!(["orders:read"]));
    // Who still manages staff, and may no more do what the role allows, gives it to nobody either.
    let mina = app.owner("mina").await;
    app.admin().patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": [role(BuiltInRole::Admin)]})).await.expect(200);
    invite(&jun.client, "kim@shop.example", &[&desk["id"]]).await;
    let less =
        mina.client.post("/admin/v1/roles", json!({"name": "less", "permissions": ["staff:manage", "catalog:read"]})).await.expect(201);
    mina.client.patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": [less["id"]]})).await.expect(200);
    accept(&app, "kim@shop.example").await.problem(422, "proof_not_valid");
    mina.client.patch(&format!("/admin/v1/staff/{}", jun.id()), json!({"role_ids": [role(BuiltInRole::Admin)]})).await.expect(200);
    accept(&app, "kim@shop.example").await.expect(200);
});

on_both!(an_invitation_of_a_key_that_was_revoked_lets_nobody_in, |app| async move {
    let tool = app.staff(&[Permission::StaffManage, Permission::OrdersRead]).await;
    let desk = make_role(&app, "desk").await;
    let (_, made) = invite(&tool, "lee@shop.example", &[&desk["id"]]).await;
    let key = made["invited_by"].as_str().unwrap();
    app.admin().post(&format!("/admin/v1/keys/{key}/revoke"), json!({})).await.expect(200);
    accept(&app, "lee@shop.example").await.problem(422, "proof_not_valid");
});

on_both!(nobody_takes_back_an_invitation_to_what_they_may_not_do, |app| async move {
    let mina = app.owner("mina").await;
    let admin = app.member("admin", &[role(BuiltInRole::Admin)]).await;
    let (owners, _) = invite(&mina.client, "boss@shop.example", &[&role(BuiltInRole::Owner)]).await;
    let (supports, _) = invite(&mina.client, "lee@shop.example", &[&role(BuiltInRole::Support)]).await;
    admin.client.post(&format!("{owners}/revoke"), json!({})).await.problem(403, "forbidden");
    admin.client.post(&format!("{supports}/revoke"), json!({})).await.expect(200);
    mina.client.post(&format!("{owners}/revoke"), json!({})).await.expect(200);
});

on_both!(an_invitation_goes_on_without_a_role_that_was_deleted, |app| async move {
    let (desk, door) = (make_role(&app, "desk").await, make_role(&app, "door").await);
    let (both, _) = invite(&app.admin(), "lee@shop.example", &[&desk["id"], &door["id"]]).await;
    let (alone, _) = invite(&app.admin(), "kim@shop.example", &[&desk["id"]]).await;
    app.admin().delete(&format!("/admin/v1/roles/{}", id(&desk))).await.expect(200);
    let resent = app.admin().post(&format!("{both}/resend"), json!({})).await.expect(200);
    assert_eq!(resent["role_ids"], json!([door["id"]]));
    accept(&app, "lee@shop.example").await.expect(200);
    app.admin().post(&format!("{alone}/resend"), json!({})).await.problem(409, "conflict");
});

on_both!(invitations_are_forgotten_in_time, |app| async move {
    app.member("jun", &[role(BuiltInRole::Support)]).await;
    let (taken_back, _) = invite(&app.admin(), "lee@shop.example", &[&role(BuiltInRole::Support)]).await;
    app.admin().post(&format!("{taken_back}/revoke"), json!({})).await.expect(200);
    invite(&app.admin(), "kim@shop.example", &[&role(BuiltInRole::Support)]).await;
    let left = || async {
        let all = app.admin().get("/admin/v1/staff-invitations").await.expect(200);
        all["data"].as_array().unwrap().iter().map(|i| i["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    app.advance(chrono::Duration::days(92));
    app.work().await;
    assert_eq!(left().await.len(), 3);
    invite(&app.admin(), "kim@shop.example", &[&role(BuiltInRole::Support)]).await;
    app.advance(chrono::Duration::days(2));
    app.work().await;
    assert_eq!(left().await, ["kim@shop.example"], "the newest alone");
    assert_eq!(app.admin().get("/admin/v1/staff").await.expect(200)["data"][0]["email"], "jun@shop.example");
});
