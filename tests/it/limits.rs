//! Limits: by address, by key, by account, over both doors, in memory and in Redis; and what happens when the server
//! is full.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use maru::config::Config;
use maru::types::network::{Networks, OptionalRate};
use serde_json::json;

use crate::support::{Client, Reply, TestApp, Which, run};

fn rate(text: &str) -> OptionalRate {
    text.parse().unwrap()
}

/// Nobody is exempt, and the machine itself is a proxy.
fn strict(config: &mut Config) {
    config.limits.exempt = Networks::default();
}

/// Somebody who calls from an address.
fn from(app: &TestApp, address: &str) -> Client {
    app.guest().with("X-Forwarded-For", address)
}

fn number(reply: &Reply, header: &str, name: &str) -> u32 {
    let text = reply.header(header).unwrap_or_else(|| panic!("no {header}: {:?}", reply.headers));
    let found = text.split(';').find_map(|part| part.split_once('=').filter(|(n, _)| n.trim() == name));
    found.unwrap_or_else(|| panic!("no {name} in {text}")).1.parse().unwrap()
}

#[test]
fn an_address_is_told_where_it_stands_and_then_to_wait() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.write = rate("3/600");
        })
        .await;
        let shopper = from(&app, "203.0.113.7");
        for left in [2, 1, 0] {
            let made = shopper.post("/store/v1/carts", json!({})).await;
            assert_eq!(made.status, 201, "{}", made.text);
            assert_eq!(made.header("ratelimit-policy"), Some("\"address-write\";q=3;w=600"));
            assert_eq!(number(&made, "ratelimit", "r"), left);
        }
        let over = shopper.post("/store/v1/carts", json!({})).await;
        assert_eq!(number(&over, "ratelimit", "r"), 0);
        let wait: u32 = over.header("retry-after").unwrap().parse().unwrap();
        assert!((150..=200).contains(&wait), "one every 200 seconds: {wait}");
        assert!(over.header("x-request-id").is_some_and(|id| id == over.json["request_id"]), "{:?}", over.headers);
        over.problem(429, "too_many_requests");
        // Others, and other kinds of operations, are not concerned.
        from(&app, "203.0.113.8").post("/store/v1/carts", json!({})).await.expect(201);
        shopper.get("/store/v1/products").await.expect(200);
        // GraphQL counts with REST.
        let tried = shopper.graphql_raw("store", "mutation { cartCreate(input: {}) { cart { id } } }", json!({})).await;
        tried.problem(429, "too_many_requests");
    });
}

#[test]
fn an_ipv6_client_is_its_64_and_what_strangers_say_of_themselves_is_not_believed() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.write = rate("2/600");
        })
        .await;
        for (address, status) in
            [("2001:db8::1", 201), ("2001:db8::ffff:2", 201), ("2001:db8::3", 429), ("2001:db8:0:1::1", 201), ("6.6.6.6, 2001:db8::4", 429)]
        {
            let made = from(&app, address).post("/store/v1/carts", json!({})).await;
            assert_eq!(made.status, status, "{address}: {}", made.text);
        }
        let strangers = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.write = rate("2/600");
            config.transport.trusted_proxies = Networks::default();
        })
        .await;
        for (address, status) in [("203.0.113.1", 201), ("203.0.113.2", 201), ("203.0.113.3", 429)] {
            let made = from(&strangers, address).post("/store/v1/carts", json!({})).await;
            assert_eq!(made.status, status, "{address}: {}", made.text);
        }
    });
}

#[test]
fn a_key_has_a_limit_of_its_own_wherever_it_calls_from() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.caller_read = rate("2/600");
        })
        .await;
        let other = app.staff(&[maru::commerce::auth::Permission::All]).await;
        let first = app.admin().with("X-Forwarded-For", "203.0.113.1").get("/admin/v1/channels").await;
        assert_eq!(first.status, 200);
        assert!(first.header("ratelimit").unwrap().contains("\"caller-read\";r=1;t=300"), "{:?}", first.headers);
        app.admin().with("X-Forwarded-For", "203.0.113.2").get("/admin/v1/channels").await.expect(200);
        let over = app.admin().with("X-Forwarded-For", "203.0.113.3").get("/admin/v1/channels").await;
        assert!(over.header("retry-after").is_some());
        over.problem(429, "too_many_requests");
        app.admin().graphql_raw("admin", "{ channels { nodes { id } } }", json!({})).await.problem(429, "too_many_requests");
        other.get("/admin/v1/channels").await.expect(200);
    });
}

#[test]
fn guessing_at_an_account_is_slow_from_one_address_and_from_many() {
    run(async {
        // With the limits of every shop, which hold for the machine itself too.
        let app = TestApp::with(Which::Sqlite, |config| config.limits.account = rate("3/600")).await;
        let attempt = |from: String, email: &str| {
            let client = app.guest().with("X-Forwarded-For", &from);
            // Failed log-ins wait by a rule of their own beside this.
            let body = json!({"email": email});
            async move { client.post("/store/v1/auth/password/forgot", body).await.status }
        };
        for _ in 0..3 {
            assert_ne!(attempt("203.0.113.1".to_owned(), "mina@example.com").await, 429);
        }
        assert_eq!(attempt("203.0.113.1".to_owned(), " Mina@Example.com").await, 429, "the same account");
        assert_ne!(attempt("203.0.113.1".to_owned(), "jun@example.com").await, 429, "another account");
        // From everywhere ten times as often: 30, of which 3 are spent.
        let mut refused = 0;
        for number in 0..40 {
            refused += u32::from(attempt(format!("198.51.100.{number}"), "mina@example.com").await == 429);
        }
        assert_eq!(refused, 13);
        assert_eq!(attempt("127.0.0.1".to_owned(), "mina@example.com").await, 429, "nobody is exempt");
    });
}

#[test]
fn one_document_with_many_log_ins_is_many_attempts() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.limits.sensitive = rate("20/600")).await;
        let aliases: String =
            (0..50).map(|n| format!("a{n}: customerLogin(email: \"m@example.com\", password: \"{n}\") {{ x }} ")).collect();
        let tried = app.guest().graphql_raw("store", &format!("mutation {{ {aliases} }}"), json!({})).await;
        tried.problem(429, "too_many_requests");
    });
}

#[test]
fn log_ins_are_counted_however_deep_a_document_holds_them() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.limits.sensitive = rate("20/600")).await;
        let field = "(input: {email: \"m@example.com\", password: \"wrong\"}) { userErrors { code } } ";
        for (place, (surface, name)) in [("store", "customerLogin"), ("admin", "staffLogin")].into_iter().enumerate() {
            let aliases: String = (0..50).map(|n| format!("a{n}: {name}{field}")).collect();
            for depth in [17, 40, 60] {
                let document = format!("mutation {{ {} {aliases} {} }}", "... {".repeat(depth), "}".repeat(depth));
                let from = from(&app, &format!("203.0.{place}.{depth}"));
                from.graphql_raw(surface, &document, json!({})).await.problem(429, "too_many_requests");
            }
            // Fragments that are known at one depth, and then spread at a greater one.
            let fragments: String = (0..55).map(|n| format!("fragment F{n} on Mutation {{ ...F{} }} ", n + 1)).collect();
            let (open, close) = ("... {".repeat(55), "}".repeat(55));
            let document = format!("mutation {{ ...F0 {open} ...F0 {close} }} {fragments} fragment F55 on Mutation {{ {aliases} }}");
            let tried = from(&app, "203.0.113.9").graphql_raw(surface, &document, json!({})).await;
            assert_eq!(tried.json["code"], "query_too_complex", "{}", tried.text);
        }
    });
}

#[test]
fn an_account_is_counted_however_a_document_names_it() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.limits.account = rate("2/600")).await;
        let document = "mutation($email: String = \"mina@example.com\") {
            customerPasswordForgot(email: $email) { userErrors { code } } }";
        let shopper = from(&app, "203.0.113.1");
        for _ in 0..2 {
            shopper.graphql("store", document, json!({})).await;
        }
        shopper.graphql_raw("store", document, json!({})).await.problem(429, "too_many_requests");
        for email in ["MINA@example.com", "mina@ｅxample.com"] {
            let tried = shopper.post("/store/v1/auth/password/forgot", json!({"email": email})).await;
            tried.problem(429, "too_many_requests");
        }
    });
}

#[test]
fn what_guards_accounts_is_counted_however_its_path_is_written() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.sensitive = rate("2/600");
        })
        .await;
        let log_in = json!({"email": "mina@example.com", "password": "wrong"});
        let accept = json!({"token": "sti_x", "name": "x", "password": "a tall shelf of oak"});
        let register = json!({"email": "mina@example.com", "password": "a quiet floor of wood"});
        for (number, (path, body, status)) in [
            ("/store/v1/auth/login", &log_in, 401),
            ("/store/v1/auth/login/", &log_in, 401),
            ("/store/v1/%61uth/l%6Fgin", &log_in, 401),
            ("//store/v1///auth//login", &log_in, 401),
            ("/%73tore/v1/%61uth/%6cogin//", &log_in, 401),
            ("/admin/v1/%61uth/l%6Fgin", &log_in, 401),
            ("/admin/v1//auth/accept-invitation", &accept, 422),
            ("//store/v1/customers", &register, 202),
            ("/store/v1/%63ustomers/", &register, 202),
            ("/store/v1/me/email/", &log_in, 401),
            ("/store/v1/me/%64eletion", &json!({"password": "wrong"}), 401),
        ]
        .into_iter()
        .enumerate()
        {
            let client = from(&app, &format!("203.0.113.{number}"));
            // Failed log-ins of one name wait by a rule of their own beside this.
            let mut body = body.clone();
            if body.get("email").is_some() {
                body["email"] = json!(format!("mina{number}@example.com"));
            }
            for _ in 0..2 {
                let tried = client.post(path, body.clone()).await;
                assert_eq!(tried.status, status, "{path}: {}", tried.text);
            }
            client.post(path, body.clone()).await.problem(429, "too_many_requests");
        }
        // A door that lets in does so in every spelling: a token that is good no more keeps nobody out.
        let stale = from(&app, "198.51.100.1").bearing("a.b.c");
        stale.post("/store/v1/%61uth/l%6Fgin/", log_in.clone()).await.problem(401, "invalid_credentials");
        // Its body is a small one.
        let long = json!({"email": "mina@example.com", "password": "x".repeat(17 * 1024)});
        from(&app, "198.51.100.2").post("/admin/v1/%61uth//login", long).await.problem(413, "payload_too_large");
    });
}

#[test]
fn what_anybody_may_keep_tells_nobody_of_somebodys_limits() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.read = rate("3/600");
        })
        .await;
        for _ in 0..3 {
            let list = app.guest().get("/store/v1/products").await;
            assert_eq!((list.status, list.header("ratelimit")), (200, None), "{:?}", list.headers);
        }
        // The fast lane is counted too.
        app.guest().get("/store/v1/products").await.problem(429, "too_many_requests");
    });
}

#[test]
fn by_default_the_machine_itself_is_not_slowed_down() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            config.limits.read = rate("1/600");
            config.limits.write = rate("1/600");
            config.limits.caller_read = rate("1/600");
        })
        .await;
        for _ in 0..5 {
            app.guest().get("/store/v1/products").await.expect(200);
            app.guest().post("/store/v1/carts", json!({})).await.expect(201);
            app.admin().get("/admin/v1/channels").await.expect(200);
        }
    });
}

fn redis() -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/redis");
    let output = Command::new(script).arg("start").output().expect("tests/redis runs");
    assert!(output.status.success(), "tests/redis: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn instances_count_together_in_redis() {
    let url = redis();
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.write = rate("10/600");
            config.limits.redis_url = Some(url.into());
        })
        .await;
        let beside = app.beside().await;
        // An address of its own: what Redis counted for an earlier run is not forgotten.
        let id = uuid::Uuid::new_v4();
        let address = format!("2001:db8:{:x}:{:x}::1", id.as_fields().1, id.as_fields().2);
        let clients = [from(&app, &address), beside.client.with("X-Forwarded-For", &address)];
        let tries = (0..30).map(|n| clients[n % 2].post("/store/v1/carts", json!({})));
        let replies = futures_util::future::join_all(tries).await;
        let made = replies.iter().filter(|r| r.status == 201).count();
        assert_eq!(made, 10, "{:?}", replies.iter().map(|r| r.status).collect::<Vec<_>>());
        let over = replies.into_iter().find(|r| r.status == 429).unwrap();
        let wait: u32 = over.header("retry-after").unwrap().parse().unwrap();
        assert!((50..=60).contains(&wait), "one a minute: {wait}");
        over.problem(429, "too_many_requests");
        // A process of its own memory would have let it in.
        app.beside()
            .await
            .client
            .with("X-Forwarded-For", &address)
            .post("/store/v1/carts", json!({}))
            .await
            .problem(429, "too_many_requests");
    });
}

#[test]
fn without_its_redis_a_process_counts_for_itself() {
    run(async {
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let app = TestApp::with(Which::Sqlite, |config| {
            strict(config);
            config.limits.write = rate("2/600");
            config.limits.redis_url = Some(format!("redis://{nobody}").into());
        })
        .await;
        let started = std::time::Instant::now();
        for status in [201, 201, 429] {
            let made = app.guest().post("/store/v1/carts", json!({})).await;
            assert_eq!(made.status, status, "{}", made.text);
        }
        assert!(started.elapsed() < std::time::Duration::from_secs(2), "it waited for Redis: {:?}", started.elapsed());
    });
}

#[test]
fn a_full_server_says_so_at_once() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.transport.max_in_flight = 2).await;
        let address = app.base.trim_start_matches("http://").to_owned();
        // Two requests whose bodies do not come.
        let begun: Vec<TcpStream> = (0..2)
            .map(|_| {
                let mut stream = TcpStream::connect(&address).unwrap();
                let head = b"POST /store/v1/carts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{";
                stream.write_all(head).unwrap();
                stream
            })
            .collect();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let full = app.guest().get("/store/v1/products").await;
        assert_eq!(full.header("retry-after"), Some("1"));
        full.problem(503, "unavailable");
        for mut stream in begun {
            stream.write_all(b"}").unwrap();
            let mut answer = [0u8; 12];
            stream.read_exact(&mut answer).unwrap();
            assert_eq!(&answer, b"HTTP/1.1 201");
        }
        // Their places are free again, also when a client goes away in the middle.
        for _ in 0..3 {
            let mut stream = TcpStream::connect(&address).unwrap();
            stream
                .write_all(b"POST /store/v1/carts HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{")
                .unwrap();
            drop(stream);
        }
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        app.guest().get("/store/v1/products").await.expect(200);
    });
}
