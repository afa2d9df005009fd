//! Browsers' sessions in cookies: what is set, what they open, what proofs they need, and what others cannot do with
//! them. Over both doors.

use serde_json::{Value, json};

use crate::support::browser::Browser;
use crate::support::customer::PASSWORD;
use crate::support::shop::{Item, Shop, seoul};
use crate::support::{Client, TestApp, Which, on_both, run};

const NAME: &str = "mutation { customerUpdate(input: {name: \"Mina\"}) { customer { name } userErrors { code } } }";

fn rename() -> Value {
    json!({"name": "Mina"})
}

on_both!(tokens_travel_in_cookies_where_they_are_asked_for, |app| async move {
    app.customer("mina").await;
    let mut browser = Browser::new(&app);
    let login = browser.wanting_cookies().post("/store/v1/auth/login", json!({"email": "mina@example.com", "password": PASSWORD})).await;
    assert_eq!(login.status, 200, "{}", login.text);
    let tokens = &login.without_tokens()["tokens"];
    assert_eq!((&tokens["access_token"], &tokens["refresh_token"], &tokens["token_type"]), (&Value::Null, &Value::Null, &json!("Cookie")));
    let set = login.set_cookies();
    assert_eq!(set.len(), 3);
    for (line, name, page_may_read) in
        [(set[0], "__Host-maru_access=", false), (set[1], "__Host-maru_refresh=", false), (set[2], "__Host-maru_csrf=csrf_", true)]
    {
        assert!(
            line.starts_with(name) && line.contains("; Path=/;") && line.contains("; Secure") && line.contains("SameSite=Lax"),
            "{line}"
        );
        assert!(line.contains("HttpOnly") != page_may_read && !line.contains("Domain"), "{line}");
    }
    assert!(set[0].contains("Max-Age=900;") && set[1].contains("Max-Age=2592000;"), "{set:?}");
    browser.keep(&login);
    browser.csrf = tokens["csrf_token"].as_str().unwrap().to_owned();
    // Reads need the cookies alone, changes both proofs.
    assert_eq!(browser.bare().get("/store/v1/me").await.expect(200)["email"], "mina@example.com");
    browser.proved().patch("/store/v1/me", rename()).await.expect(200);
    // It goes on by its cookie, and the next tokens are in cookies, too.
    let mut later = browser.a_quarter_later();
    let next = later.proved().post("/store/v1/auth/refresh", json!({})).await;
    assert_eq!((next.status, &next.without_tokens()["refresh_token"], next.set_cookies().len()), (200, &Value::Null, 3), "{}", next.text);
    later.keep(&next);
    assert_ne!(later.cookies["__Host-maru_refresh"], browser.cookies["__Host-maru_refresh"]);
    later.csrf = next.json["csrf_token"].as_str().unwrap().to_owned();
    // A page that was loaded anew has forgotten its CSRF token and asks for it.
    let asked = later.bare().get("/store/v1/auth/csrf-token").await.expect(200);
    later.bare().get("/store/v1/me").await.expect(200);
    let anew = later.page().with("Maru-CSRF-Token", asked["csrf_token"].as_str().unwrap());
    anew.patch("/store/v1/me", rename()).await.expect(200);
    app.guest().get("/store/v1/auth/csrf-token").await.problem(401, "unauthenticated");
    // Logging out ends the session and takes the cookies back.
    let out = later.proved().post("/store/v1/auth/logout", json!({})).await;
    later.keep(&out);
    assert_eq!((out.expect(200)["ended"].as_i64(), later.cookies.len()), (Some(1), 0));
    // What does not ask for cookies gets none.
    let plain = app.log_in("mina@example.com", PASSWORD).await;
    assert_eq!(plain.login["tokens"]["csrf_token"], Value::Null);
    browser.page().with("Maru-Token-Transport", "pigeon").post("/store/v1/auth/login", json!({})).await.problem(400, "malformed");
});

on_both!(a_change_needs_both_proofs, |app| async move {
    app.customer("mina").await;
    app.customer("jun").await;
    let (mina, jun) = (Browser::logged_in(&app, "mina@example.com").await, Browser::logged_in(&app, "jun@example.com").await);
    let own = app.base.replace("http://", "https://");
    let refuse = async |client: Client, why: &str| {
        for (method, path, body) in [
            ("PATCH", "/store/v1/me", rename()),
            // Bodies that would do: what is wrong with a body may be told before who sends it is known.
            ("POST", "/store/v1/me/addresses", json!({"address": seoul()})),
            ("POST", "/store/v1/me/deletion", json!({"password": PASSWORD})),
            ("POST", "/store/v1/carts", json!({})),
            ("DELETE", "/store/v1/me/sessions/ses_01h455vb4pex5vsknk084sn02q", json!({})),
            ("POST", "/store/v1/auth/logout-everywhere", json!({})),
        ] {
            let reply = client.send(method, path, Some(body)).await;
            assert_eq!((reply.status, reply.json["code"].as_str()), (403, Some("csrf_failed")), "{why}: {method} {path}: {}", reply.text);
        }
        let reply = client.graphql_raw("store", NAME, json!({})).await;
        assert_eq!((reply.status, reply.json["code"].as_str()), (403, Some("csrf_failed")), "{why}: GraphQL: {}", reply.text);
        // The refresh cookie goes nowhere alone, either.
        for path in ["/store/v1/auth/refresh", "/store/v1/auth/logout"] {
            client.post(path, json!({})).await.problem(403, "csrf_failed");
        }
        let mutation = "mutation { customerRefresh { tokens { sessionId } userErrors { code } } }";
        let reply = client.graphql_raw("store", mutation, json!({})).await;
        assert_eq!(reply.json["errors"][0]["extensions"]["code"], "csrf_failed", "{why}: {}", reply.text);
    };
    refuse(mina.page(), "no token").await;
    refuse(mina.page().with("Maru-CSRF-Token", &jun.csrf), "another session's token").await;
    refuse(mina.page().with("Maru-CSRF-Token", "csrf_AAAA"), "nonsense").await;
    refuse(mina.page().with("Maru-CSRF-Token", &mina.cookies["__Host-maru_access"]), "another kind of token").await;
    let token = |client: Client| client.with("Maru-CSRF-Token", &mina.csrf);
    refuse(token(mina.bare()), "no origin").await;
    for origin in [
        "https://evil.example",
        "null",
        "*",
        "",
        &own.replace("https", "http"),
        &format!("{own}.evil.example"),
        &format!("{own}0"),
        "https://127.0.0.1",
        &format!("{own}, https://evil.example"),
    ] {
        refuse(token(mina.bare().with("Origin", origin)), origin).await;
    }
    for site in ["cross-site", "same-site", "none"] {
        refuse(token(mina.bare().with("Sec-Fetch-Site", site)), site).await;
        refuse(token(mina.bare().with("Origin", &own).with("Sec-Fetch-Site", site)), site).await;
    }
    // An origin is not what a proxy's header says of it.
    refuse(token(mina.bare().with("Origin", "https://evil.example").with("X-Forwarded-Host", "evil.example")), "a forwarded host").await;
    // Nothing of that changed anything, and the right page may.
    assert_eq!(mina.bare().get("/store/v1/me").await.expect(200)["name"], "mina");
    token(mina.bare().with("Sec-Fetch-Site", "same-origin")).patch("/store/v1/me", rename()).await.expect(200);
    mina.proved().graphql("store", NAME, json!({})).await;
});

on_both!(nobody_is_logged_in_by_another_page, |app| async move {
    app.customer("eve").await;
    let body = json!({"email": "eve@example.com", "password": PASSWORD});
    let wanting = app.guest().with("Maru-Token-Transport", "cookie");
    for client in [wanting.clone(), wanting.with("Origin", "https://evil.example"), wanting.with("Origin", "null")] {
        let reply = client.post("/store/v1/auth/login", body.clone()).await;
        assert!(reply.set_cookies().is_empty());
        reply.problem(403, "csrf_failed");
        let login = "mutation($input: CustomerLogin!) { customerLogin(input: $input) { login { deviceToken } } }";
        let reply = client.graphql_raw("store", login, json!({"input": body})).await;
        assert!(reply.set_cookies().is_empty());
        reply.problem(403, "csrf_failed");
    }
});

on_both!(cookies_count_for_nothing_beside_an_authorization_header, |app| async move {
    app.customer("mina").await;
    let jun = app.customer("jun").await;
    let mina = Browser::logged_in(&app, "mina@example.com").await;
    let beside = |authorization: &str| mina.bare().with("Authorization", authorization);
    let bearer = format!("Bearer {}", jun.login["tokens"]["access_token"].as_str().unwrap());
    assert_eq!(beside(&bearer).get("/store/v1/me").await.expect(200)["email"], "jun@example.com");
    // Who bears a token needs no proof, and changes what is theirs.
    beside(&bearer).patch("/store/v1/me", json!({"name": "June"})).await.expect(200);
    assert_eq!(mina.bare().get("/store/v1/me").await.expect(200)["name"], "mina");
    // The cookie's refresh token is not used either.
    beside(&bearer).post("/store/v1/auth/refresh", json!({})).await.problem(401, "unauthenticated");
    // A wrong key is a wrong key.
    for wrong in ["Bearer msk_nonsense", "Bearer a.b.c", "Basic bWluYTpw", ""] {
        beside(wrong).get("/store/v1/me").await.problem(401, "unauthenticated");
    }
    mina.bare().with("Authorization", &format!("Bearer {}", app.admin_key)).get("/store/v1/me").await.problem(403, "forbidden");
    // And nothing of staff's opens to a customer's cookie.
    mina.proved().get("/admin/v1/customers").await.problem(401, "unauthenticated");
    mina.proved().graphql_raw("admin", "{ keys { nodes { id } } }", json!({})).await;
    let refused = mina.proved().graphql_raw("admin", "{ keys { nodes { id } } }", json!({})).await;
    assert_eq!(refused.json["errors"][0]["extensions"]["code"], "unauthenticated", "{}", refused.text);
});

on_both!(a_session_whose_access_has_expired_is_not_mistaken_for_nobody, |app| async move {
    app.customer("mina").await;
    let browser = Browser::logged_in(&app, "mina@example.com").await;
    // The browser drops the access token's cookie; one that does not fares the same.
    app.advance(chrono::Duration::minutes(16));
    for later in [browser.a_quarter_later(), browser.clone()] {
        later.proved().get("/store/v1/me").await.problem(401, "unauthenticated");
        later.proved().post("/store/v1/carts", json!({})).await.problem(401, "unauthenticated");
        later
            .proved()
            .graphql_raw("store", "mutation { cartCreate(input: {}) { cart { id } } }", json!({}))
            .await
            .problem(401, "unauthenticated");
        // What is public stays so.
        assert!(later.page().get("/store/v1/products").await.header("cache-control").unwrap().starts_with("public"));
        later.page().graphql("store", "{ channel { code } }", json!({})).await;
        // Doors that let in do so, and the CSRF token can be had.
        later.page().get("/store/v1/auth/csrf-token").await.expect(200);
        later.page().graphql("store", "{ csrfToken }", json!({})).await;
        later.page().post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
        later.proved().post("/store/v1/auth/refresh", json!({})).await.expect(200);
    }
    // One that is no session's any more takes its cookies along.
    app.advance(chrono::Duration::minutes(16));
    let mut stolen = browser.a_quarter_later();
    let reply = stolen.proved().post("/store/v1/auth/refresh", json!({})).await;
    stolen.keep(&reply);
    reply.problem(401, "unauthenticated");
    assert!(stolen.cookies.is_empty());
});

on_both!(a_cookie_that_another_host_tosses_opens_nothing, |app| async move {
    app.customer("mina").await;
    app.customer("eve").await;
    let (mina, eve) = (Browser::logged_in(&app, "mina@example.com").await, Browser::logged_in(&app, "eve@example.com").await);
    let access = &eve.cookies["__Host-maru_access"];
    // Browsers take `__Host-` names from this host alone; names without the prefix are not ours.
    for name in ["maru_access", "__Secure-maru_access", "__host-maru_access", "__Host-maru_access "] {
        app.guest().with("Cookie", &format!("{name}={access}")).get("/store/v1/me").await.problem(401, "unauthenticated");
    }
    // Where a browser sent two of a name, neither counts.
    let both = format!("__Host-maru_access={}; __Host-maru_access={access}", mina.cookies["__Host-maru_access"]);
    app.guest().with("Cookie", &both).get("/store/v1/me").await.problem(401, "unauthenticated");
    // Another session's cookie does not pass with this one's proof.
    let mut mixed = mina.clone();
    mixed.cookies.insert("__Host-maru_refresh".to_owned(), eve.cookies["__Host-maru_refresh"].clone());
    mixed.proved().post("/store/v1/auth/refresh", json!({})).await.problem(403, "csrf_failed");
    mixed.cookies.insert("__Host-maru_access".to_owned(), access.clone());
    mixed.proved().patch("/store/v1/me", rename()).await.problem(403, "csrf_failed");
    // A refresh token that is made up names a session and opens none, nor does it get a CSRF token for it.
    let mut made_up = mina.a_quarter_later();
    let token = made_up.cookies["__Host-maru_refresh"].clone();
    made_up.cookies.insert("__Host-maru_refresh".to_owned(), format!("{}AAAA", &token[..token.len() - 4]));
    made_up.page().get("/store/v1/auth/csrf-token").await.problem(401, "unauthenticated");
    made_up.proved().post("/store/v1/auth/refresh", json!({})).await.problem(401, "unauthenticated");
});

on_both!(what_is_public_never_depends_on_cookies, |app| async move {
    let shop = Shop::open(&app).await;
    shop.sell("Cup", Item::of(1_000, 10)).await;
    app.customer("mina").await;
    let mina = Browser::logged_in(&app, "mina@example.com").await;
    // Asked first with cookies, so that nothing is kept yet.
    let query = "{ products(first: 3) { nodes { title } } }";
    for (with, without) in [
        (mina.page().get("/store/v1/products").await, app.guest().get("/store/v1/products").await),
        (mina.bare().graphql_raw("store", query, json!({})).await, app.guest().graphql_raw("store", query, json!({})).await),
    ] {
        assert_eq!((with.status, &with.text, with.header("etag")), (200, &without.text, without.header("etag")));
        assert_eq!(with.header("cache-control"), without.header("cache-control"));
        assert!(!with.header("vary").unwrap_or_default().to_lowercase().contains("cookie") && with.set_cookies().is_empty());
    }
    let kept = app.fewest_statements(|| async {
        mina.page().get("/store/v1/products").await.expect(200);
    });
    assert_eq!(kept.await, 0);
});

on_both!(graphql_keeps_to_the_same, |app| async move {
    app.customer("mina").await;
    let mut browser = Browser::new(&app);
    let login = "mutation($input: CustomerLogin!) { customerLogin(input: $input) { login { tokens { accessToken refreshToken csrfToken } } \
        userErrors { code } } }";
    let input = json!({"input": {"email": "mina@example.com", "password": PASSWORD}});
    let reply = browser.wanting_cookies().graphql_raw("store", login, input).await;
    let tokens = &reply.without_tokens()["data"]["customerLogin"]["login"]["tokens"];
    assert_eq!((&tokens["accessToken"], &tokens["refreshToken"]), (&Value::Null, &Value::Null));
    browser.keep(&reply);
    browser.csrf = tokens["csrfToken"].as_str().unwrap().to_owned();
    assert_eq!(browser.cookies.len(), 3);
    // Queries need no proof, by POST or GET; mutations do, and never go by GET.
    let me = "{ me { email } }";
    assert_eq!(browser.bare().graphql("store", me, json!({})).await["me"]["email"], "mina@example.com");
    assert_eq!(browser.bare().get("/store/graphql?query=%7Bme%7Bemail%7D%7D").await.expect(200)["data"]["me"]["email"], "mina@example.com");
    let by_get: String = url::form_urlencoded::Serializer::new("/store/graphql?".to_owned()).append_pair("query", NAME).finish();
    browser.proved().get(&by_get).await.problem(405, "method_not_allowed");
    let logout = "/store/graphql?query=mutation%7BcustomerLogout%7Bsessions%7Bended%7D%7D%7D";
    browser.proved().get(logout).await.problem(405, "method_not_allowed");
    // A mutation that hides behind a query of the same document counts as what it is.
    let both = json!({"query": format!("query A {{ me {{ email }} }} {}", NAME.replace("mutation", "mutation B")), "operationName": "B"});
    browser.page().post("/store/graphql", both).await.problem(403, "csrf_failed");
    browser.proved().graphql("store", NAME, json!({})).await;
    let token = browser.page().graphql("store", "{ csrfToken }", json!({})).await;
    browser.page().with("Maru-CSRF-Token", token["csrfToken"].as_str().unwrap()).graphql("store", NAME, json!({})).await;
    // It goes on, and ends.
    let refresh = "mutation { customerRefresh { tokens { accessToken sessionId } userErrors { code } } }";
    let next = browser.a_quarter_later().proved().graphql_raw("store", refresh, json!({})).await;
    assert_eq!(next.without_tokens()["data"]["customerRefresh"]["tokens"]["accessToken"], Value::Null, "{}", next.text);
    browser.keep(&next);
    let out = browser.proved().graphql_raw("store", "mutation { customerLogout { sessions { ended } } }", json!({})).await;
    browser.keep(&out);
    assert_eq!((out.json["data"]["customerLogout"]["sessions"]["ended"].as_i64(), browser.cookies.len()), (Some(1), 0), "{}", out.text);
});

#[test]
fn pages_of_listed_origins_bring_cookies_and_no_others() {
    run(async {
        let app =
            TestApp::with(Which::Sqlite, |config| config.cors_origins = vec!["*".to_owned(), "https://shop.example".to_owned()]).await;
        app.customer("mina").await;
        let mina = Browser::logged_in(&app, "mina@example.com").await;
        let listed = mina.bare().with("Origin", "https://shop.example").with("Sec-Fetch-Site", "cross-site");
        listed.with("Maru-CSRF-Token", &mina.csrf).patch("/store/v1/me", rename()).await.expect(200);
        let credentials = async |origin: &str| {
            let reply = mina.bare().with("Origin", origin).get("/store/v1/me").await;
            let preflight = app.guest().with("Origin", origin).with("Access-Control-Request-Method", "PATCH");
            let preflight = preflight.send("OPTIONS", "/store/v1/me", None).await;
            let told = |reply: &crate::support::Reply| {
                let header = |name| reply.header(name).map(str::to_owned);
                (header("access-control-allow-origin"), header("access-control-allow-credentials"))
            };
            // Of an answer and of its preflight.
            (told(&reply), told(&preflight))
        };
        let yes = (Some("https://shop.example".to_owned()), Some("true".to_owned()));
        assert_eq!(credentials("https://shop.example").await.0.1, None, "`*` is configured: whoever may read, reads without cookies");
        assert_eq!(credentials("https://evil.example").await, ((Some("*".to_owned()), None), (Some("*".to_owned()), None)));
        // A channel that lists its origins keeps all others out, the configured ones too.
        let channels = app.admin().get("/admin/v1/channels").await.expect(200);
        let path = format!("/admin/v1/channels/{}", channels["data"][0]["id"].as_str().unwrap());
        app.admin().patch(&path, json!({"allowed_origins": ["https://kr.shop.example"]})).await.expect(200);
        let of_channel = ("https://kr.shop.example", Some("https://kr.shop.example".to_owned()));
        assert_eq!(credentials(of_channel.0).await.0, (of_channel.1, Some("true".to_owned())));
        assert_eq!(credentials("https://shop.example").await.0, (None, None));
        mina.bare()
            .with("Origin", "https://shop.example")
            .with("Maru-CSRF-Token", &mina.csrf)
            .patch("/store/v1/me", rename())
            .await
            .problem(403, "csrf_failed");
        mina.bare().with("Origin", of_channel.0).with("Maru-CSRF-Token", &mina.csrf).patch("/store/v1/me", rename()).await.expect(200);
        drop(yes);
    });
}

#[test]
fn cookies_are_kept_as_configured() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            config.browsers.domain = Some("shop.example".to_owned());
            config.browsers.same_site = maru::config::SameSite::Strict;
        })
        .await;
        app.customer("mina").await;
        let browser = Browser::new(&app);
        let body = json!({"email": "mina@example.com", "password": PASSWORD});
        let login = browser.wanting_cookies().post("/store/v1/auth/login", body.clone()).await;
        for line in login.set_cookies() {
            assert!(
                line.starts_with("__Secure-maru_") && line.contains("SameSite=Strict; Secure") && line.ends_with("Domain=shop.example"),
                "{line}"
            );
        }
        // On the developer's machine, by plain HTTP.
        let app = TestApp::with(Which::Sqlite, |config| config.browsers.secure = false).await;
        app.customer("mina").await;
        let wanting = app.guest().with("Maru-Token-Transport", "cookie");
        let login = wanting.with("Origin", &app.base).post("/store/v1/auth/login", body).await;
        for line in login.set_cookies() {
            assert!(line.starts_with("maru_") && !line.contains("Secure"), "{line}");
        }
        assert_eq!(login.set_cookies().len(), 3);
    });
}

on_both!(doors_that_let_in_take_an_expired_token_for_none, |app| async move {
    let mina = app.customer("mina").await;
    app.advance(chrono::Duration::minutes(16));
    let client = &mina.client;
    client.get("/store/v1/me").await.problem(401, "unauthenticated");
    client.post("/store/v1/carts", json!({})).await.problem(401, "unauthenticated");
    client.get("/store/v1/products").await.problem(401, "unauthenticated");
    client.post("/store/v1/auth/logout-everywhere", json!({})).await.problem(401, "unauthenticated");
    client.post("/store/v1/auth/logout", json!({})).await.problem(401, "unauthenticated");
    let next = client.post("/store/v1/auth/refresh", json!({"refresh_token": mina.refresh_token()})).await.expect(200);
    client.post("/store/v1/auth/login", json!({"email": "mina@example.com", "password": PASSWORD})).await.expect(200);
    client.post("/store/v1/auth/password/forgot", json!({"email": "mina@example.com"})).await.expect(202);
    client.post("/store/v1/customers", json!({"email": "jun@example.com", "password": PASSWORD})).await.expect(202);
    app.guest().bearing("a.b.c").post("/store/v1/auth/logout", json!({"refresh_token": next["refresh_token"]})).await.expect(200);
    // A key that is wrong is no token that has expired.
    for key in ["msk_nonsense", "nonsense"] {
        let body = json!({"email": "mina@example.com", "password": PASSWORD});
        app.guest().bearing(key).post("/store/v1/auth/login", body).await.problem(401, "unauthenticated");
    }
    // The same over GraphQL, where the fields alone tell.
    let login = |more: &str| {
        format!(
            "mutation {{ customerLogin(input: {{email: \"mina@example.com\", password: \"{PASSWORD}\"}}) {{ login {{ deviceToken }} }} {more} }}"
        )
    };
    let fine = client.graphql("store", &login(""), json!({})).await;
    assert!(fine["customerLogin"]["login"]["deviceToken"].is_string());
    for more in [
        "cartCreate(input: {}) { cart { id } }",
        "customerLogoutEverywhere { sessions { ended } }",
        "... on Mutation { a: customerDelete { erased { id } } }",
    ] {
        client.graphql_raw("store", &login(more), json!({})).await.problem(401, "unauthenticated");
    }
    for query in ["{ me { email } }", "{ channel { code } }", "{ nonsense"] {
        client.graphql_raw("store", query, json!({})).await.problem(401, "unauthenticated");
    }
    // The admin surface knows no such doors.
    client.graphql_raw("admin", "mutation { customerLogin { x } }", json!({})).await.problem(401, "unauthenticated");
    client.get("/admin/v1/me").await.problem(401, "unauthenticated");
});

#[test]
fn an_owner_who_logs_in_over_graphql_is_known_at_home() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.limits.account = "2/600".parse().unwrap()).await;
        app.customer("mina").await;
        app.advance(chrono::Duration::hours(1));
        let log_in = async |from: &str, password: &str| {
            let login = "mutation($input: CustomerLogin!) { customerLogin(input: $input) { login { deviceToken } userErrors { code } } }";
            let input = json!({"input": {"email": "mina@example.com", "password": password}});
            app.guest().with("X-Forwarded-For", from).graphql_raw("store", login, input).await
        };
        assert!(log_in("203.0.113.7", PASSWORD).await.json["data"]["customerLogin"]["login"].is_object());
        // Strangers use up what there is from everywhere.
        for number in 0..40 {
            log_in(&format!("198.51.100.{number}"), "wrong").await;
        }
        log_in("198.51.100.99", PASSWORD).await.problem(429, "too_many_requests");
        // Their failures make the account wait, as another address of its own does; the limit lets its owner through.
        let at_home = log_in("203.0.113.7", PASSWORD).await;
        assert!(at_home.header("ratelimit").is_none_or(|told| !told.contains("account-everywhere")), "{:?}", at_home.headers);
        assert!(!at_home.text.contains("Try again in"), "{}", at_home.text);
    });
}
