//! Staff over GraphQL: the same rules as over REST.

use maru::commerce::staff::BuiltInRole;
use serde_json::{Value, json};

use crate::support::staff::{PASSWORD, authenticator, role};
use crate::support::{Client, on_both};

async fn mutate(client: &Client, field: &str, selection: &str, arguments: &str) -> Value {
    let query = format!("mutation {{ {field}{arguments} {{ {selection} userErrors {{ code pointer }} }} }}");
    client.graphql("admin", &query, json!({})).await[field].clone()
}

async fn fault(client: &Client, query: &str) -> Value {
    client.graphql_raw("admin", query, json!({})).await.json["errors"][0]["extensions"]["code"].clone()
}

on_both!(staff_is_let_in_and_works_over_graphql, |app| async move {
    let token = app.owner_token("mina@shop.example").await;
    let arguments = format!("(input: {{token: \"{token}\", name: \"Mina\", password: \"{PASSWORD}\"}})");
    let selection = "signedIn { tokens { accessToken refreshToken } me { staff { id roles { code name } } permissions } }";
    let accepted = mutate(&app.guest(), "staffInvitationAccept", selection, &arguments).await;
    assert_eq!(accepted["signedIn"]["me"]["staff"]["roles"], json!([{"code": "OWNER", "name": "Owner"}]));
    let again = mutate(&app.guest(), "staffInvitationAccept", selection, &arguments).await;
    assert_eq!(again["userErrors"][0]["code"], "proof_not_valid");
    let mina = app.guest().bearing(accepted["signedIn"]["tokens"]["accessToken"].as_str().unwrap());

    let role_made = mutate(&mina, "roleCreate", "role { id permissions }", "(input: {name: \"Desk\", permissions: [ORDERS_READ]})").await;
    let role_id = role_made["role"]["id"].as_str().unwrap();
    let invite = format!("(input: {{email: \"jun@shop.example\", roleIds: [\"{role_id}\"]}})");
    let invited = mutate(&mina, "staffInvite", "invitation { id status }", &invite).await;
    assert_eq!(invited["invitation"]["status"], "PENDING");
    let resend = format!("(id: \"{}\")", invited["invitation"]["id"].as_str().unwrap());
    mutate(&mina, "staffInvitationResend", "invitation { id }", &resend).await;
    app.send_mail().await;
    let token = app.mailbox.token("jun@shop.example");
    let arguments = format!("(input: {{token: \"{token}\", name: \"Jun\", password: \"{PASSWORD}\"}})");
    let jun = mutate(&app.guest(), "staffInvitationAccept", selection, &arguments).await["signedIn"].clone();
    let (jun_id, jun) =
        (jun["me"]["staff"]["id"].as_str().unwrap().to_owned(), app.guest().bearing(jun["tokens"]["accessToken"].as_str().unwrap()));
    let seen =
        jun.graphql("admin", "{ me { staff { email totpEnabled } permissions mustEnrolTotp } orders { nodes { id } } }", json!({})).await;
    assert_eq!(
        seen["me"],
        json!({"staff": {"email": "jun@shop.example", "totpEnabled": false}, "permissions": ["ORDERS_READ"], "mustEnrolTotp": false})
    );
    assert_eq!(fault(&jun, "{ staffMembers { nodes { id } } }").await, "forbidden");
    assert_eq!(fault(&jun, "{ keys { nodes { id } } }").await, "forbidden");

    // The same over both doors.
    let members = mina
        .graphql(
            "admin",
            "{ staffMembers { nodes { id version roles { id } } } roles { id code } staffInvitations { nodes { id } } }",
            json!({}),
        )
        .await;
    let rest = mina.get("/admin/v1/staff").await.expect(200);
    assert_eq!(members["staffMembers"]["nodes"][0]["id"], rest["data"][0]["id"]);
    assert_eq!(members["roles"].as_array().unwrap().len(), 6);
    let update = format!("(id: \"{jun_id}\", expectedVersion: 9, input: {{name: \"x\"}})");
    assert_eq!(mutate(&mina, "staffMemberUpdate", "member { id }", &update).await["userErrors"][0]["code"], "version_mismatch");
    let update = format!("(id: \"{jun_id}\", expectedVersion: 1, input: {{roleIds: [{}]}})", role(BuiltInRole::Support));
    assert_eq!(
        mutate(&mina, "staffMemberUpdate", "member { roles { code } }", &update).await["member"]["roles"],
        json!([{"code": "SUPPORT"}])
    );
    jun.graphql("admin", "{ customers { nodes { id } } }", json!({})).await;
    let out = mutate(&mina, "staffMemberDeactivate", "member { status }", &format!("(id: \"{jun_id}\")")).await;
    assert_eq!(out["member"]["status"], "DEACTIVATED");
    assert_eq!(jun.graphql_raw("admin", "{ me { permissions } }", json!({})).await.status, 401);
    let itself = accepted["signedIn"]["me"]["staff"]["id"].as_str().unwrap();
    let refused = mutate(&mina, "staffMemberDeactivate", "member { status }", &format!("(id: \"{itself}\")")).await;
    assert_eq!(refused["userErrors"][0]["code"], "last_owner");
});

on_both!(the_second_factor_and_stepping_up_over_graphql, |app| async move {
    let mina = app.owner("mina").await;
    let enrolment = mutate(&mina.client, "staffTotpEnrol", "enrolment { secret otpauthUri }", "").await;
    let totp = authenticator(enrolment["enrolment"]["secret"].as_str().unwrap());
    let confirm = format!("(code: \"{}\")", app.code(&totp));
    let codes = mutate(&mina.client, "staffTotpConfirm", "recovery { codes }", &confirm).await;
    assert_eq!(codes["recovery"]["codes"].as_array().unwrap().len(), 10);
    app.advance(chrono::Duration::minutes(11));
    assert_eq!(
        fault(&mina.client, "mutation { roleCreate(input: {name: \"x\", permissions: []}) { role { id } } }").await,
        "reauthentication_required"
    );
    let step = format!("(input: {{code: \"{}\"}})", app.code(&totp));
    let tokens = mutate(&mina.client, "staffStepUp", "tokens { accessToken }", &step).await;
    let fresh = app.guest().bearing(tokens["tokens"]["accessToken"].as_str().unwrap());
    assert!(mutate(&fresh, "roleCreate", "role { id }", "(input: {name: \"x\", permissions: []})").await["role"].is_object());

    let login = format!("(input: {{email: \"{}\", password: \"{PASSWORD}\"}})", mina.email);
    let half = mutate(&app.guest(), "staffLogin", "login { signedIn { deviceToken } challenge { token expiresAt } }", &login).await;
    assert!(half["login"]["signedIn"].is_null());
    let challenge = half["login"]["challenge"]["token"].as_str().unwrap();
    let used = format!("(input: {{challenge: \"{challenge}\", code: \"{}\"}})", app.code(&totp));
    let refused = mutate(&app.guest(), "staffSecondFactor", "signedIn { deviceToken }", &used).await;
    assert_eq!(refused["userErrors"][0]["code"], "invalid_credentials");
    let recovery = format!("(input: {{challenge: \"{challenge}\", recoveryCode: {}}})", codes["recovery"]["codes"][3]);
    let through = mutate(&app.guest(), "staffSecondFactor", "signedIn { tokens { accessToken refreshToken } }", &recovery).await;
    let client = app.guest().bearing(through["signedIn"]["tokens"]["accessToken"].as_str().unwrap());
    let sessions = client.graphql("admin", "{ myStaffSessions { id current } }", json!({})).await;
    assert_eq!(sessions["myStaffSessions"].as_array().unwrap().len(), 2);
    let refresh = format!("(refreshToken: {})", through["signedIn"]["tokens"]["refreshToken"]);
    assert!(mutate(&app.guest(), "staffRefresh", "tokens { accessToken }", &refresh).await["tokens"].is_object());
    assert_eq!(
        mutate(&client, "staffRecoveryCodesRenew", "recovery { codes }", "").await["recovery"]["codes"].as_array().unwrap().len(),
        10
    );
    assert_eq!(mutate(&client, "staffTotpDisable", "totp { mustEnrolTotp }", "").await["totp"]["mustEnrolTotp"], false);
    assert_eq!(mutate(&client, "staffLogoutEverywhere", "sessions { ended }", "").await["sessions"]["ended"], 2);
    let forgot = mutate(&app.guest(), "staffPasswordForgot", "accepted { accepted }", "(email: \"nobody@shop.example\")").await;
    assert_eq!(forgot["accepted"]["accepted"], true);
    // A document's other mutations with a staff's token are recorded under their own names.
    let entries = app.admin().get(&format!("/admin/v1/audit-log?actor={}&operation=staffTotpDisable", mina.id())).await.expect(200);
    assert_eq!(entries["data"].as_array().unwrap().len(), 1, "{entries}");
});
