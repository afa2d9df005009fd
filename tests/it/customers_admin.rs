//! Customers, for staff: found, changed, kept out, erased, imported.

use maru::commerce::auth::Permission;
use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::{TestApp, on_both};

async fn log_in(app: &TestApp, email: &str, password: &str) -> crate::support::Reply {
    app.guest().post("/store/v1/auth/login", json!({"email": email, "password": password})).await
}

on_both!(customers_are_found_and_changed, |app| async move {
    let (mina, jun) = (app.customer("mina").await, app.customer("jun").await);
    let reader = app.staff(&[Permission::CustomersRead]).await;
    let list = |query: &str| {
        let (client, path) = (reader.clone(), format!("/admin/v1/customers{query}"));
        async move {
            let found = client.get(&path).await.expect(200);
            found["data"].as_array().unwrap().iter().map(|c| c["email"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
        }
    };
    assert_eq!(list("").await, ["jun@example.com", "mina@example.com"]);
    assert_eq!(list("?q=MIN").await, ["mina@example.com"]);
    assert_eq!(list("?q=un").await, ["jun@example.com"], "in the name");
    assert_eq!(list("?q=%25").await, Vec::<String>::new(), "no wildcard");
    assert_eq!(list("?email=Mina@Example.com").await, ["mina@example.com"]);
    assert_eq!(list("?status=disabled").await, Vec::<String>::new());
    let first = reader.get("/admin/v1/customers?limit=1&include=total").await.expect(200);
    assert_eq!((first["data"].as_array().unwrap().len(), &first["page"]["total"]), (1, &json!(2)));
    let next = first["page"]["next_cursor"].as_str().unwrap();
    assert_eq!(list(&format!("?limit=1&cursor={next}")).await, ["mina@example.com"]);
    let path = format!("/admin/v1/customers/{}", mina.id());
    assert_eq!(reader.get(&path).await.expect(200)["private_metadata"], json!({}));
    reader.patch(&path, json!({"name": "x"})).await.problem(403, "forbidden");
    let changed = app.admin().patch(&path, json!({"name": "Mina", "private_metadata": {"vip": "yes"}})).await.expect(200);
    assert_eq!((&changed["name"], &changed["private_metadata"]["vip"]), (&json!("Mina"), &json!("yes")));
    assert!(mina.client.get("/store/v1/me").await.expect(200).get("private_metadata").is_none());
    assert_eq!(reader.get(&format!("{path}/addresses")).await.expect(200)["data"], json!([]));
    app.staff(&[Permission::OrdersRead]).await.get(&path).await.problem(403, "forbidden");
    jun.client.get(&path).await.problem(401, "unauthenticated");
    app.guest().get(&path).await.problem(401, "unauthenticated");
});

on_both!(a_disabled_customer_is_kept_out, |app| async move {
    let mina = app.customer("mina").await;
    let path = format!("/admin/v1/customers/{}", mina.id());
    assert_eq!(app.admin().post(&format!("{path}/disable"), json!({})).await.expect(200)["status"], "disabled");
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
    app.guest().post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.problem(401, "unauthenticated");
    mina.client.get("/store/v1/me").await.problem(401, "unauthenticated");
    mina.client.patch("/store/v1/me", json!({"name": "x"})).await.problem(401, "unauthenticated");
    app.admin().post(&format!("{path}/enable"), json!({})).await.expect(200);
    log_in(&app, "mina@example.com", PASSWORD).await.expect(200);
    assert_eq!(app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200)["id"], mina.id());
    assert_eq!(app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200)["retained_orders"], 0);
    app.admin().post(&format!("{path}/enable"), json!({})).await.problem(404, "not_found");
    log_in(&app, "mina@example.com", PASSWORD).await.problem(401, "invalid_credentials");
});

on_both!(customers_hashed_elsewhere_log_in_and_are_hashed_anew, |app| async move {
    let laravel = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
    let django = "pbkdf2_sha256$1000$seasalt$JgZryXe2Ga8ysg6XbzkLpTdyPQrHqsinbL9BnnhgX4A=";
    let customers = json!({"customers": [
        {"email": "laravel@example.com", "password_hash": laravel, "name": "라라", "email_verified": true, "created_at": "2020-01-02T03:04:05Z"},
        {"email": "Django@example.com", "password_hash": django, "consents": {"email": true}},
        {"email": "nopassword@example.com"},
        {"email": "laravel@example.com", "password_hash": laravel},
        {"email": "no address", "password_hash": laravel},
        {"email": "md5@example.com", "password_hash": "5f4dcc3b5aa765d61d8327deb882cf99"},
    ]});
    let path = "/admin/v1/customers/import";
    app.staff(&[Permission::CustomersRead]).await.post(path, customers.clone()).await.problem(403, "forbidden");
    let dry = app.admin().post(&format!("{path}?dry_run=true"), customers.clone()).await.expect(200);
    let done = app.admin().post(path, customers.clone()).await.expect(200);
    for answer in [&dry, &done] {
        let outcomes: Vec<&str> = answer["data"].as_array().unwrap().iter().map(|c| c["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["created", "created", "created", "exists", "invalid", "invalid"]);
        assert_eq!(answer["created"], 3);
    }
    assert_eq!(done["data"][5]["errors"][0]["pointer"], "/customers/5/password_hash");
    assert_eq!(app.admin().post(path, customers).await.expect(200)["created"], 0);
    let of = |email: &str| {
        let (client, path) = (app.admin(), format!("/admin/v1/customers?email={email}"));
        async move { client.get(&path).await.expect(200)["data"][0].clone() }
    };
    assert_eq!(
        (&of("laravel@example.com").await["created_at"], &of("django@example.com").await["consents"]["email"]["source"]),
        (&json!("2020-01-02T03:04:05Z"), &json!("import"))
    );
    assert_eq!(of("nopassword@example.com").await["has_password"], false);
    for (email, password) in [("laravel@example.com", "password"), ("django@example.com", "lètmein")] {
        assert!(!hash_of(&app, email).await.starts_with("$argon2id$"));
        log_in(&app, email, "wrong").await.problem(401, "invalid_credentials");
        log_in(&app, email, password).await.expect(200);
        assert!(hash_of(&app, email).await.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        log_in(&app, email, password).await.expect(200);
    }
    log_in(&app, "nopassword@example.com", "").await.problem(401, "invalid_credentials");
    // Whoever has no password sets one by mail.
    app.guest().post("/store/v1/auth/password/forgot", json!({"email": "nopassword@example.com"})).await.expect(202);
    app.send_mail().await;
    let body = json!({"token": app.mailbox.token("nopassword@example.com"), "password": PASSWORD});
    app.guest().post("/store/v1/auth/password/reset", body).await.expect(200);
    log_in(&app, "nopassword@example.com", PASSWORD).await.expect(200);
    assert_eq!(of("nopassword@example.com").await["email_verified"], true);
    app.admin().post(path, json!({"customers": []})).await.problem(422, "invalid");
    let many: Vec<Value> = (0..1_001).map(|n| json!({"email": format!("c{n}@example.com")})).collect();
    app.admin().post(path, json!({"customers": many})).await.problem(422, "invalid");
});

/// A customer's hash as the database has it: no door shows it.
async fn hash_of(app: &TestApp, email: &str) -> String {
    use diesel::prelude::*;
    use maru::db::tables::customers;
    let email = email.to_owned();
    let found: Option<String> = app
        .app
        .read(move |tx| {
            let query = customers::table.filter(customers::email_key.eq(&email)).select(customers::password_hash);
            Ok(match tx.conn()? {
                maru::db::Conn::Sqlite(c) => query.first::<Option<String>>(&mut **c)?,
                maru::db::Conn::Postgres(c) => query.first::<Option<String>>(&mut **c)?,
            })
        })
        .await
        .unwrap();
    found.unwrap_or_default()
}
