//! Logging in and registering with a phone; the number of an account.

use maru::config::SmsBy;
use maru::providers::sms::{OutgoingSms, SensSms, SmsError, SmsProvider};
use maru::types::{Clock, PhoneNumber};
use serde_json::{Value, json};

use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop};
use crate::support::texts::Gateway;
use crate::support::{Client, TestApp, Which, on_both, run, web};

const MINA: &str = "01012345678";

async fn start(app: &TestApp, phone: &str) -> Value {
    app.guest().post("/store/v1/auth/phone/start", json!({"phone": phone})).await.expect(202)
}

async fn change(client: &Client, app: &TestApp, phone: &str, password: Option<&str>) -> crate::support::Reply {
    let asked = client.post("/store/v1/me/phone/start", json!({"phone": phone, "password": password})).await.expect(202);
    app.send_texts().await;
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code(phone)});
    client.post("/store/v1/me/phone/finish", body).await
}

on_both!(a_number_registers_and_logs_in, |app| async move {
    let asked = start(&app, "010-1234-5678").await;
    assert_eq!((asked["digits"].as_i64(), asked["expires_at"].as_str()), (Some(6), Some("2026-11-20T09:05:00Z")));
    assert_eq!(app.send_texts().await, 1);
    let text = app.texts.to(MINA).pop().unwrap();
    assert!(text.starts_with("[Maru] 인증번호 ") && text.contains("5분"), "{text}");
    let profile = json!({"name": "김미나", "locale": "ko", "consents": {"sms": true}, "metadata": {"from": "app"}});
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code(MINA), "device_name": "Mina's phone", "profile": profile});
    let login = app.guest().post("/store/v1/auth/phone/finish", body.clone()).await.expect(200);
    let customer = &login["customer"];
    assert_eq!((&customer["email"], &customer["email_verified"], &customer["has_password"]), (&Value::Null, &json!(false), &json!(false)));
    assert_eq!((customer["login_phone"].as_str(), customer["phone"].as_str()), (Some("+821012345678"), Some("+821012345678")));
    assert_eq!((customer["name"].as_str(), &customer["consents"]["sms"]["granted"]), (Some("김미나"), &json!(true)));
    app.guest().post("/store/v1/auth/phone/finish", body).await.problem(422, "proof_not_valid");
    assert_eq!(app.bearing(&login).get("/store/v1/me").await.expect(200)["id"], customer["id"]);
    // However it is written, it is the same number and the same account; what else it says of itself is not asked.
    app.advance(chrono::Duration::minutes(10));
    let asked = start(&app, "+82 10 1234 5678").await;
    app.send_texts().await;
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code(MINA), "profile": {"name": "Somebody"}});
    let again = app.guest().post("/store/v1/auth/phone/finish", body).await.expect(200);
    assert_eq!((&again["customer"]["id"], &again["customer"]["name"]), (&customer["id"], &json!("김미나")));
    assert!(again["customer"]["last_login_at"].is_string());
    // Nothing of it is told in the events but ids, and no code is kept.
    let events = app.admin().get("/admin/v1/events?limit=100").await.text;
    assert!(events.contains("customer.registered") && !events.contains("1012345678"), "{events}");
});

on_both!(the_answers_and_the_work_are_the_same_for_every_number, |app| async move {
    app.phone_login(MINA).await;
    app.advance(chrono::Duration::hours(2));
    let ask = async |phone: &str| {
        app.advance(chrono::Duration::minutes(20));
        app.guest().post("/store/v1/auth/phone/start", json!({"phone": phone})).await
    };
    let known = app.fewest_statements(|| async { drop(ask(MINA).await.expect(202)) }).await;
    let unknown = app.fewest_statements(|| async { drop(ask("01099998888").await.expect(202)) }).await;
    assert_eq!(known, unknown, "the same statements");
    app.advance(chrono::Duration::hours(2));
    let (a, b) = (ask(MINA).await, ask("01099998888").await);
    let shape = |reply: &crate::support::Reply| {
        let fields: Vec<String> = reply.json.as_object().unwrap().keys().cloned().collect();
        (reply.status, fields, reply.json["challenge"].as_str().unwrap().len())
    };
    assert_eq!(shape(&a), shape(&b));
    // A challenge that is nobody's, a wrong code and a used one are told alike.
    let give = async |challenge: &Value, code: &str| {
        let reply = app.guest().post("/store/v1/auth/phone/finish", json!({"challenge": challenge, "code": code})).await;
        reply.problem(422, "proof_not_valid")["detail"].clone()
    };
    assert_eq!(give(&json!("phc_nonsense"), "000000").await, give(&a.json["challenge"], "no code").await);
});

on_both!(one_code_given_twice_at_once_logs_in_once, |app| async move {
    let (challenge, code) = app.phone_code(MINA).await;
    let tries = (0..4).map(|_| {
        let (client, body) = (app.guest(), json!({"challenge": challenge, "code": code}));
        tokio::spawn(async move { client.post("/store/v1/auth/phone/finish", body).await.status })
    });
    let mut statuses: Vec<u16> = futures_util::future::join_all(tries).await.into_iter().map(Result::unwrap).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 422, 422, 422]);
    let found = app.admin().get("/admin/v1/customers").await.expect(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
});

on_both!(a_guests_cart_comes_along, |app| async move {
    let shop = Shop::open(&app).await;
    let (_, cup) = shop.sell("Cup", Item::of(10_000, 10)).await;
    let cart = app.guest().post("/store/v1/carts", json!({"lines": [{"variant_id": cup, "quantity": 2}]})).await.expect(201);
    let (challenge, code) = app.phone_code(MINA).await;
    let claim = json!({"id": cart["id"], "token": cart["token"], "strategy": "sum"});
    let body = json!({"challenge": challenge, "code": code, "cart": claim});
    let login = app.guest().post("/store/v1/auth/phone/finish", body).await.expect(200);
    assert_eq!(login["claimed"]["cart"]["customer_id"], login["customer"]["id"]);
    // Nobody but the customer can say where the receipt goes.
    let mina = app.bearing(&login);
    let pay = json!({"payment": {"provider": "test", "method": "approve"}});
    let path = format!("/store/v1/carts/{}", cart["id"].as_str().unwrap());
    let lacking = mina.once().post(&format!("{path}/checkout"), pay).await.problem(422, "cart_incomplete");
    assert!(lacking["errors"].as_array().unwrap().iter().any(|e| e["pointer"] == "/email"), "{lacking}");
});

on_both!(an_accounts_number_is_added_changed_and_taken_away, |app| async move {
    let mina = app.customer("mina").await;
    let ask = |phone: &str, password: Value| {
        let (client, body) = (mina.client.clone(), json!({"phone": phone, "password": password}));
        async move { client.post("/store/v1/me/phone/start", body).await }
    };
    ask(MINA, json!("wrong")).await.problem(401, "invalid_credentials");
    ask(MINA, Value::Null).await.problem(422, "invalid");
    let changed = change(&mina.client, &app, MINA, Some(PASSWORD)).await.expect(200);
    assert_eq!((changed["login_phone"].as_str(), changed["email"].as_str()), (Some("+821012345678"), Some("mina@example.com")));
    ask("+82 10 1234 5678", json!(PASSWORD)).await.problem(422, "invalid");
    let login = app.phone_login(MINA).await;
    assert_eq!(login["customer"]["id"], mina.id());
    app.send_mail().await;
    assert!(app.mailbox.to("mina@example.com").pop().unwrap().subject.contains("휴대폰"), "the address is told");
    // Another: the old number is told, and logs in no more.
    change(&mina.client, &app, "01022223333", Some(PASSWORD)).await.expect(200);
    app.send_texts().await;
    assert!(app.texts.to(MINA).pop().unwrap().contains("로그인할 수 없습니다"));
    app.advance(chrono::Duration::minutes(2));
    let other = app.phone_login(MINA).await;
    assert_ne!(other["customer"]["id"], mina.id(), "whoever has the number now has an account of their own");
    // A number that another account has stays that one's.
    let mina = app.log_in("mina@example.com", PASSWORD).await;
    app.advance(chrono::Duration::minutes(4));
    change(&mina.client, &app, MINA, Some(PASSWORD)).await.problem(409, "already_exists");
    let removed = mina.client.post("/store/v1/me/phone/removal", json!({"password": PASSWORD})).await.expect(200);
    assert_eq!(removed["login_phone"], Value::Null);
    mina.client.post("/store/v1/me/phone/removal", json!({"password": PASSWORD})).await.expect(200);
});

on_both!(the_last_way_to_log_in_stays, |app| async move {
    let login = app.phone_login(MINA).await;
    let mina = app.bearing(&login);
    let tries = (0..3).map(|_| {
        let client = mina.clone();
        tokio::spawn(async move { client.post("/store/v1/me/phone/removal", json!({})).await.problem(409, "last_sign_in") })
    });
    futures_util::future::join_all(tries).await.into_iter().for_each(|done| drop(done.unwrap()));
    // With an address that is proved there is another; at most one of two goes away.
    mina.post("/store/v1/me/email", json!({"email": "mina@example.com"})).await.expect(202);
    app.send_mail().await;
    let confirmed = app.guest().post("/store/v1/auth/confirm-email", json!({"token": app.mailbox.token("mina@example.com")})).await;
    assert_eq!(confirmed.expect(200)["changed"], true);
    let tries = (0..3).map(|_| {
        let client = mina.clone();
        tokio::spawn(async move { client.post("/store/v1/me/phone/removal", json!({})).await.expect(200) })
    });
    futures_util::future::join_all(tries).await.into_iter().for_each(|done| assert_eq!(done.unwrap()["login_phone"], Value::Null));
    // Whose log-in is not of just now says so by the password, or logs in again.
    app.advance(chrono::Duration::minutes(11));
    mina.post("/store/v1/me/phone/start", json!({"phone": MINA})).await.problem(401, "unauthenticated");
});

on_both!(a_code_is_good_for_what_it_was_asked_for_alone, |app| async move {
    let mina = app.customer("mina").await;
    let jun = app.customer("jun").await;
    let asked = mina.client.post("/store/v1/me/phone/start", json!({"phone": MINA, "password": PASSWORD})).await.expect(202);
    app.send_texts().await;
    let body = json!({"challenge": asked["challenge"], "code": app.texts.code(MINA)});
    app.guest().post("/store/v1/auth/phone/finish", body.clone()).await.problem(422, "proof_not_valid");
    jun.client.post("/store/v1/me/phone/finish", body.clone()).await.problem(422, "proof_not_valid");
    app.guest().post("/store/v1/me/phone/finish", body.clone()).await.problem(401, "unauthenticated");
    mina.client.post("/store/v1/me/phone/finish", body).await.expect(200);
    // Five minutes.
    app.advance(chrono::Duration::minutes(1));
    let (challenge, code) = app.phone_code("01099998888").await;
    app.advance(chrono::Duration::minutes(5));
    let body = json!({"challenge": challenge, "code": code});
    app.guest().post("/store/v1/auth/phone/finish", body).await.problem(422, "proof_not_valid");
});

on_both!(whoever_is_kept_out_stays_out, |app| async move {
    let login = app.phone_login(MINA).await;
    let path = format!("/admin/v1/customers/{}", login["customer"]["id"].as_str().unwrap());
    app.admin().post(&format!("{path}/disable"), json!({})).await.expect(200);
    app.advance(chrono::Duration::minutes(2));
    let (challenge, code) = app.phone_code(MINA).await;
    let body = json!({"challenge": challenge, "code": code});
    app.guest().post("/store/v1/auth/phone/finish", body).await.problem(401, "invalid_credentials");
    // Erased: the number is nobody's, and nothing of it is left.
    app.admin().post(&format!("{path}/erase"), json!({})).await.expect(200);
    assert_eq!(app.admin().get(&path).await.expect(200)["login_phone"], Value::Null);
    app.advance(chrono::Duration::minutes(2));
    assert_ne!(app.phone_login(MINA).await["customer"]["id"], login["customer"]["id"]);
});

on_both!(staff_finds_and_imports_customers_by_number, |app| async move {
    let login = app.phone_login(MINA).await;
    app.customer("jun").await;
    let find = async |query: &str| {
        let found = app.admin().get(&format!("/admin/v1/customers?{query}")).await.expect(200);
        found["data"].as_array().unwrap().iter().map(|c| c["login_phone"].clone()).collect::<Vec<_>>()
    };
    for query in ["phone=010-1234-5678", "phone=%2B821012345678", "q=12345678"] {
        assert_eq!(find(query).await, [json!("+821012345678")], "{query}");
    }
    assert!(find("phone=nobody").await.is_empty() && find("phone=01099998888").await.is_empty());
    let found =
        app.admin().graphql("admin", "{ customers(filter: {phone: \"010-1234-5678\"}) { nodes { id loginPhone } } }", json!({})).await;
    assert_eq!(found["customers"]["nodes"], json!([{"id": login["customer"]["id"], "loginPhone": "+821012345678"}]));
    let items = json!({"customers": [
        {"login_phone": "010-2222-3333", "name": "Phone alone"},
        {"login_phone": "010-1234-5678", "name": "There already"},
        {"name": "No way to log in"},
        {"login_phone": "02-1234-5678"},
        {"email": "both@example.com", "login_phone": "010-4444-5555"},
    ]});
    let imported = app.admin().post("/admin/v1/customers/import", items).await.expect(200);
    let outcomes: Vec<&str> = imported["data"].as_array().unwrap().iter().map(|i| i["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["created", "exists", "invalid", "invalid", "created"]);
    assert_eq!(imported["data"][2]["errors"][0]["pointer"], "/customers/2/email");
    assert_eq!(app.phone_login("01022223333").await["customer"]["name"], "Phone alone");
    let export = app.bearing(&login).get("/store/v1/me/export").await.expect(200);
    assert_eq!((&export["customer"]["login_phone"], &export["identity"]["verified"]), (&json!("+821012345678"), &json!(false)));
});

on_both!(the_graphql_door_does_the_same, |app| async move {
    let start = "mutation($input: PhoneStart!) { customerPhoneStart(input: $input) { challenge { challenge digits } userErrors { code pointer } } }";
    let refused = app.guest().graphql("store", start, json!({"input": {"phone": "02-1234-5678"}})).await;
    assert_eq!(refused["customerPhoneStart"]["userErrors"], json!([{"code": "not_mobile", "pointer": "/phone"}]));
    let asked = app.guest().graphql("store", start, json!({"input": {"phone": MINA}})).await;
    app.send_texts().await;
    let finish = "mutation($input: PhoneFinish!) { customerPhoneFinish(input: $input) { login { tokens { accessToken } customer { loginPhone email } } \
        userErrors { code } } }";
    let challenge = &asked["customerPhoneStart"]["challenge"]["challenge"];
    let wrong = app.guest().graphql("store", finish, json!({"input": {"challenge": challenge, "code": "x"}})).await;
    assert_eq!(wrong["customerPhoneFinish"]["userErrors"], json!([{"code": "proof_not_valid"}]));
    let input = json!({"input": {"challenge": challenge, "code": app.texts.code(MINA)}});
    let login = app.guest().graphql("store", finish, input).await["customerPhoneFinish"]["login"].clone();
    assert_eq!(login["customer"], json!({"loginPhone": "+821012345678", "email": null}));
    let mina = app.guest().bearing(login["tokens"]["accessToken"].as_str().unwrap());
    let removed = mina.graphql("store", "mutation { customerPhoneRemove { customer { id } userErrors { code } } }", json!({})).await;
    assert_eq!(removed["customerPhoneRemove"]["userErrors"], json!([{"code": "last_sign_in"}]));
});

on_both!(a_message_leaves_once_whatever_becomes_of_answers, |app| async move {
    // Lost: looked for before it is sent again.
    app.texts.next(Gateway::TakeAndLose);
    let lost = start(&app, MINA).await;
    assert_eq!(app.send_texts().await, 0);
    assert_eq!(app.send_texts().await, 0, "not at once");
    app.advance(chrono::Duration::seconds(6));
    assert_eq!(app.send_texts().await, 1);
    assert_eq!(app.texts.to(MINA).len(), 1);
    let body = json!({"challenge": lost["challenge"], "code": app.texts.code(MINA)});
    app.guest().post("/store/v1/auth/phone/finish", body).await.expect(200);
    // Busy: tried again. Refused, or not taken: not.
    for (phone, act, sent) in
        [("01000000001", Gateway::Busy, 1), ("01000000002", Gateway::Refuse, 0), ("01000000003", Gateway::FailQuietly, 0)]
    {
        let phone = phone.replace("0100000000", "0103333444");
        app.texts.next(act);
        start(&app, &phone).await;
        assert_eq!(app.send_texts().await, 0, "{act:?}");
        app.advance(chrono::Duration::seconds(6));
        assert_eq!(app.send_texts().await, sent, "{act:?}");
    }
    // Too late to be worth anything.
    start(&app, "01055556666").await;
    app.advance(chrono::Duration::minutes(5));
    assert_eq!(app.send_texts().await, 0);
    assert!(app.texts.to("01055556666").is_empty());
});

#[test]
fn a_shop_that_sends_no_messages_says_so() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.sms.by = SmsBy::None).await;
        app.guest().post("/store/v1/auth/phone/start", json!({"phone": MINA})).await.problem(503, "unavailable");
        let app = TestApp::with(Which::Sqlite, |config| config.sms.by = SmsBy::Log).await;
        start(&app, MINA).await;
        assert_eq!(app.send_texts().await, 1);
    });
}

/// NAVER Cloud SENS, as far as the shop needs it.
#[test]
fn sens_is_given_signed_messages() {
    use base64::Engine;
    use hmac::{Hmac, KeyInit, Mac};
    run(async {
        let base = web::serve(|request| {
            let (time, key) = (request.header("x-ncp-apigw-timestamp"), request.header("x-ncp-iam-access-key"));
            let mut mac = Hmac::<sha2::Sha256>::new_from_slice(b"sens secret").unwrap();
            mac.update(format!("POST {}\n{time}\n{key}", request.path).as_bytes());
            let right = base64::engine::general_purpose::STANDARD.encode(mac.finalize().into_bytes());
            if request.path != "/sms/v2/services/ncp:sms:kr:1:shop/messages" || request.header("x-ncp-apigw-signature-v2") != right {
                return Some((401, json!({"error": {"errorCode": "200", "message": "Authentication Failed"}})));
            }
            let body: Value = serde_json::from_str(&request.body).unwrap();
            match body["messages"][0]["to"].as_str().unwrap() {
                "01012345678" => {
                    assert_eq!((&body["countryCode"], &body["type"], &body["contentType"]), (&json!("82"), &json!("SMS"), &json!("COMM")));
                    Some((202, json!({"requestId": "RQ1", "statusCode": "202", "statusName": "success"})))
                }
                "01000000000" => None,
                "5875302271" => Some((429, json!({"error": {"message": "slow down"}}))),
                _ => Some((400, json!({"status": 400, "errors": ["no such number"]}))),
            }
        });
        let mut settings = maru::config::Config::for_database("sqlite://x.db".parse().unwrap()).sms;
        settings.url = Some(base);
        (settings.from, settings.key) = (Some("0212345678".to_owned()), Some("sens key".to_owned()));
        (settings.secret, settings.service) = (Some("sens secret".to_owned().into()), Some("ncp:sms:kr:1:shop".to_owned()));
        let sens = SensSms::new(&settings, Clock::System).unwrap();
        let sms = |to: &str| OutgoingSms {
            id: "mail_1".to_owned(),
            to: PhoneNumber::parse(to, None).unwrap(),
            text: "[Maru] 인증번호 012345".to_owned(),
            is_retry: false,
        };
        assert_eq!(sens.send(&sms("+821012345678")).await.as_deref(), Ok("RQ1"));
        assert!(matches!(sens.send(&sms("+821099998888")).await, Err(SmsError::Permanent(why)) if why.contains("no such number")));
        assert!(matches!(sens.send(&sms("+15875302271")).await, Err(SmsError::Temporary(_))));
        settings.secret = Some("another".to_owned().into());
        let wrong = SensSms::new(&settings, Clock::System).unwrap();
        assert!(matches!(wrong.send(&sms("+821012345678")).await, Err(SmsError::Permanent(_))));
        settings.url = Some("http://127.0.0.1:9".to_owned());
        let nobody = SensSms::new(&settings, Clock::System).unwrap();
        assert!(matches!(nobody.send(&sms("+821012345678")).await, Err(SmsError::Temporary(_))), "nobody listens");
    });
}
