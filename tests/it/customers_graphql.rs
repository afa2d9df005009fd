//! The GraphQL doors of customers: the same rules, with `userErrors` for what the user can act on.

use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop, seoul};
use crate::support::{Client, on_both};

const LOGIN: &str = "mutation($input: CustomerLogin!) { customerLogin(input: $input) { login { tokens { accessToken refreshToken sessionId } \
    deviceToken customer { id email } claimed { cart { id customerId } } } userErrors { code pointer } } }";

async fn mutate(client: &Client, field: &str, selection: &str, arguments: &str) -> Value {
    let query = format!("mutation {{ {field}{arguments} {{ {selection} userErrors {{ code pointer }} }} }}");
    client.graphql("store", &query, json!({})).await[field].clone()
}

on_both!(an_account_lives_over_graphql_alone, |app| async move {
    let guest = app.guest();
    let register =
        "mutation($input: CustomerRegister!) { customerRegister(input: $input) { accepted { accepted } userErrors { code pointer } } }";
    let weak = json!({"input": {"email": "mina@example.com", "password": "password1"}});
    let refused = guest.graphql("store", register, weak).await;
    assert_eq!(refused["customerRegister"]["userErrors"], json!([{"code": "too_common", "pointer": "/password"}]));
    let fine = json!({"input": {"email": "mina@example.com", "password": PASSWORD, "consents": {"sms": true}}});
    assert_eq!(guest.graphql("store", register, fine).await["customerRegister"]["accepted"]["accepted"], true);
    app.send_mail().await;
    let verify = "mutation($input: CustomerVerify!) { customerVerifyEmail(input: $input) { login { customer { email consents { sms { granted } } } } \
        userErrors { code } } }";
    let input = json!({"input": {"token": app.mailbox.token("mina@example.com"), "password": PASSWORD}});
    let made = guest.graphql("store", verify, input.clone()).await;
    assert_eq!(
        made["customerVerifyEmail"]["login"]["customer"],
        json!({"email": "mina@example.com", "consents": {"sms": {"granted": true}}})
    );
    let again = guest.graphql("store", verify, input).await;
    assert_eq!(again["customerVerifyEmail"]["userErrors"], json!([{"code": "proof_not_valid"}]));
    let wrong = json!({"input": {"email": "mina@example.com", "password": "wrong"}});
    let refused = guest.graphql("store", LOGIN, wrong).await;
    assert_eq!(refused["customerLogin"], json!({"login": null, "userErrors": [{"code": "invalid_credentials", "pointer": null}]}));
    let login = guest.graphql("store", LOGIN, json!({"input": {"email": "mina@example.com", "password": PASSWORD}})).await;
    let tokens = &login["customerLogin"]["login"]["tokens"];
    let mina = app.guest().bearing(tokens["accessToken"].as_str().unwrap());
    let address = format!(
        "(input: {{address: {{name: \"김미나\", country: \"KR\", line1: \"{}\"}}, isDefaultShipping: true}})",
        seoul()["line1"].as_str().unwrap()
    );
    let added = mutate(&mina, "customerAddressCreate", "address { id isDefaultShipping }", &address).await;
    assert_eq!(added["address"]["isDefaultShipping"], true);
    mutate(&mina, "customerUpdate", "customer { name }", "(input: {name: \"Mina\"})").await;
    mutate(&mina, "customerConsentsSet", "customer { id }", "(input: {email: true})").await;
    let me = mina
        .graphql(
            "store",
            "{ me { name consents { email { granted } } addresses { label } sessions { current } cart { id } orders { nodes { id } } } }",
            json!({}),
        )
        .await;
    assert_eq!(me["me"]["name"], "Mina");
    assert_eq!((&me["me"]["consents"]["email"]["granted"], me["me"]["sessions"].as_array().unwrap().len()), (&json!(true), 2));
    assert_eq!((&me["me"]["cart"], &me["me"]["orders"]["nodes"]), (&Value::Null, &json!([])));
    // What is nobody's is a fault, and told as one.
    let nobody = guest.graphql_raw("store", "{ me { id } }", json!({})).await;
    assert_eq!(nobody.json["errors"][0]["extensions"]["code"], "unauthenticated", "{}", nobody.text);
    let refresh = format!("(refreshToken: \"{}\")", tokens["refreshToken"].as_str().unwrap());
    let next = mutate(&guest, "customerRefresh", "tokens { refreshToken }", &refresh).await;
    assert_ne!(next["tokens"]["refreshToken"], tokens["refreshToken"]);
    assert_eq!(mutate(&mina, "customerLogoutEverywhere", "sessions { ended }", "").await["sessions"]["ended"], 2);
    let ended =
        guest.graphql_raw("store", &format!("mutation {{ customerRefresh{refresh} {{ tokens {{ sessionId }} }} }}"), json!({})).await;
    assert_eq!(ended.json["errors"][0]["extensions"]["status"], 401, "{}", ended.text);
});

on_both!(a_cart_is_claimed_over_graphql, |app| async move {
    let shop = Shop::open(&app).await;
    let cup = shop.sell("찻잔", Item::of(1_000, 100)).await.1;
    let mina = app.customer("mina").await;
    let cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup, "quantity": 2}]})).await.expect(201);
    let arguments = format!("(id: \"{}\", token: \"{}\", strategy: SUM)", cart["id"].as_str().unwrap(), cart["token"].as_str().unwrap());
    let claimed = mutate(&mina.client, "cartClaim", "claim { cart { customerId lines { quantity } } mergedCartId }", &arguments).await;
    assert_eq!(claimed["claim"]["cart"], json!({"customerId": mina.id(), "lines": [{"quantity": 2}]}));
    let jun = app.customer("jun").await;
    let refused = mutate(&jun.client, "cartClaim", "claim { mergedCartId }", &arguments).await;
    assert_eq!(refused["userErrors"][0]["code"], "not_found");
    let query = format!("{{ cart(id: \"{}\") {{ id }} me {{ cart {{ id }} }} }}", cart["id"].as_str().unwrap());
    assert_eq!(mina.client.graphql("store", &query, json!({})).await["cart"]["id"], cart["id"]);
    assert_eq!(jun.client.graphql("store", &query, json!({})).await, json!({"cart": null, "me": {"cart": null}}));
});

on_both!(staff_manages_customers_over_graphql, |app| async move {
    let mina = app.customer("mina").await;
    let staff = app.admin();
    let found = staff.graphql("admin", "{ customers(filter: {q: \"mina\"}) { nodes { id status } } }", json!({})).await;
    assert_eq!(found["customers"]["nodes"], json!([{"id": mina.id(), "status": "ACTIVE"}]));
    let disable = format!("mutation {{ customerDisable(id: \"{}\") {{ customer {{ status }} userErrors {{ code }} }} }}", mina.id());
    assert_eq!(staff.graphql("admin", &disable, json!({})).await["customerDisable"]["customer"]["status"], "DISABLED");
    let import = "mutation { customersImport(customers: [{email: \"a@example.com\"}, {email: \"nonsense\"}]) \
        { imported { created data { outcome errors { pointer } } } userErrors { code } } }";
    let done = staff.graphql("admin", import, json!({})).await;
    assert_eq!(done["customersImport"]["imported"]["created"], 1);
    assert_eq!(
        done["customersImport"]["imported"]["data"][1],
        json!({"outcome": "INVALID", "errors": [{"pointer": "/customers/1/email"}]})
    );
    let refused = mina.client.graphql_raw("admin", "{ customers { nodes { id } } }", json!({})).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
});
