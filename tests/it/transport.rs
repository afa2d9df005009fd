//! How clients reach the server: TLS and its certificate, headers for browsers, CORS.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::json;

use crate::support::{Reply, TestApp, Which, on_both, run};

/// Writes a new certificate for `localhost` and its key; answers the certificate.
fn issue(folder: &Path) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.der().clone()
}

/// The answer to a GET over TLS by a client that trusts these certificates alone, and the certificate it met.
fn get(address: &str, path: &str, trusted: &[CertificateDer<'static>]) -> std::io::Result<(String, CertificateDer<'static>)> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(trusted.iter().cloned());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let connection = rustls::ClientConnection::new(Arc::new(config), ServerName::try_from("localhost").unwrap()).unwrap();
    let mut stream = rustls::StreamOwned::new(connection, TcpStream::connect(address)?);
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    // A peer that closes without a word of farewell is no error of the answer.
    let _ = stream.read_to_end(&mut answer);
    let met = stream.conn.peer_certificates().and_then(|c| c.first()).expect("a certificate").clone().into_owned();
    Ok((String::from_utf8_lossy(&answer).into_owned(), met))
}

#[test]
fn tls_by_files_that_are_exchanged_while_serving() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let first = issue(folder.path());
        let app = TestApp::with(Which::Sqlite, |config| {
            config.transport.tls_cert = Some(folder.path().join("cert.pem"));
            config.transport.tls_key = Some(folder.path().join("key.pem"));
            config.transport.hsts_seconds = 31_536_000;
        })
        .await;
        let address = app.base.trim_start_matches("http://").to_owned();
        let checks = move || {
            let (answer, met) = get(&address, "/store/v1/channel", std::slice::from_ref(&first)).unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            assert!(answer.to_lowercase().contains("strict-transport-security: max-age=31536000; includesubdomains"), "{answer}");
            assert_eq!(met, first);
            // Plain HTTP is not answered.
            let mut plain = TcpStream::connect(&address).unwrap();
            plain.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut answer = Vec::new();
            let _ = plain.read_to_end(&mut answer);
            assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
            // Half of a pair changes nothing, and the whole is taken up without a word.
            let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
            let old_key = std::fs::read(&key).unwrap();
            let second = issue(folder.path());
            let new_key = std::fs::read(&key).unwrap();
            std::fs::write(&key, old_key).unwrap();
            assert!(cert.exists());
            std::thread::sleep(Duration::from_secs(6));
            assert_eq!(get(&address, "/livez", &[first.clone(), second.clone()]).unwrap().1, first, "a pair that does not fit was taken");
            std::fs::write(&key, new_key).unwrap();
            let started = Instant::now();
            while get(&address, "/livez", &[first.clone(), second.clone()]).unwrap().1 != second {
                assert!(started.elapsed() < Duration::from_secs(8), "the new certificate is not served");
                std::thread::sleep(Duration::from_millis(200));
            }
            // On SIGHUP it is looked at once.
            let third = issue(folder.path());
            assert!(Command::new("kill").args(["-HUP", &std::process::id().to_string()]).status().unwrap().success());
            let started = Instant::now();
            while get(&address, "/livez", &[second.clone(), third.clone()]).unwrap().1 != third {
                assert!(started.elapsed() < Duration::from_secs(3), "SIGHUP was not heard");
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        tokio::task::spawn_blocking(checks).await.unwrap();
    });
}

#[track_caller]
fn has(reply: &Reply, header: &str, value: &str) {
    assert_eq!(reply.header(header), Some(value), "{:?}", reply.headers);
}

on_both!(every_answer_tells_browsers_what_not_to_do_with_it, |app| async move {
    for path in ["/store/v1/products", "/store/v1/products", "/nowhere", "/livez", "/openapi/store.json"] {
        let reply = app.guest().get(path).await;
        has(&reply, "x-content-type-options", "nosniff");
        has(&reply, "referrer-policy", "no-referrer");
        has(&reply, "x-frame-options", "DENY");
        has(&reply, "content-security-policy", "default-src 'none'; frame-ancestors 'none'");
        assert_eq!(reply.header("strict-transport-security"), None, "plain HTTP says nothing of TLS");
    }
    // A page's policy lets it load what it names, and it holds no script of its own.
    for path in ["/docs/store/index.html", "/docs/admin/index.html", "/store/graphql"] {
        let page = app.guest().with("Accept", "text/html").get(path).await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.contains("script-src 'self'; style-src 'self' 'unsafe-inline'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
        let scripts: Vec<&str> = page.text.split("<script").skip(1).map(|s| s.split("</script>").next().unwrap()).collect();
        assert!(!scripts.is_empty());
        for script in scripts {
            let (tag, inline) = script.split_once('>').unwrap();
            assert!(tag.contains("src=\"/") || tag.contains("src=\"./"), "{path}: {tag}");
            assert_eq!(inline.trim(), "", "{path} holds a script");
        }
        assert!(!page.text.contains(" onload=") && !page.text.contains("https://"), "{path}");
    }
});

on_both!(by_default_any_page_may_call_and_none_may_bring_cookies, |app| async move {
    let page = app.guest().with("Origin", "https://shop.example");
    for path in ["/store/v1/channel", "/store/v1/channel", "/nowhere"] {
        let reply = page.get(path).await;
        has(&reply, "access-control-allow-origin", "*");
        assert_eq!(reply.header("access-control-allow-credentials"), None);
        assert!(reply.header("access-control-expose-headers").unwrap().contains("RateLimit-Policy"));
    }
    let asked = page.with("Access-Control-Request-Method", "PATCH").with("Access-Control-Request-Headers", "maru-cart-token,content-type");
    let preflight = asked.send("OPTIONS", "/store/v1/carts/cart_x", None).await;
    assert_eq!(preflight.status, 200, "{}", preflight.text);
    assert!(preflight.header("access-control-allow-methods").unwrap().contains("PATCH"));
    has(&preflight, "access-control-allow-headers", "maru-cart-token,content-type");
    has(&preflight, "access-control-max-age", "3600");
    assert_eq!(app.guest().get("/store/v1/channel").await.header("access-control-allow-origin"), None, "nobody asked");
});

on_both!(a_channel_names_the_origins_that_may_call_it, |app| async move {
    let us = json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"],
        "allowed_origins": ["https://us.example", "http://localhost:5173"]});
    let channel = app.admin().post("/admin/v1/channels", us).await.expect(201);
    assert_eq!(channel["allowed_origins"], json!(["https://us.example", "http://localhost:5173"]));
    let key =
        app.admin().post("/admin/v1/keys", json!({"name": "app", "kind": "publishable", "channel_id": channel["id"]})).await.expect(201);
    let of_us = app.guest().with("Maru-Publishable-Key", key["key"].as_str().unwrap());
    // Twice: from the door, then from the fast lane.
    for _ in 0..2 {
        let good = of_us.with("Origin", "https://us.example").get("/store/v1/channel").await;
        has(&good, "access-control-allow-origin", "https://us.example");
        has(&good, "access-control-allow-credentials", "true");
        assert!(good.headers.iter().any(|(n, v)| n == "vary" && v.contains("Origin")), "{:?}", good.headers);
        let bad = of_us.with("Origin", "https://evil.example").get("/store/v1/channel").await;
        assert_eq!(bad.header("access-control-allow-origin"), None, "{:?}", bad.headers);
        let none = of_us.get("/store/v1/channel").await;
        assert!(none.headers.iter().any(|(n, v)| n == "vary" && v.contains("Origin")), "a cache would mix them up: {:?}", none.headers);
        // The default channel has none of its own.
        let other = app.guest().with("Origin", "https://evil.example").get("/store/v1/channel").await;
        has(&other, "access-control-allow-origin", "*");
    }
    let written = of_us.with("Origin", "https://us.example").post("/store/v1/carts", json!({})).await;
    has(&written, "access-control-allow-origin", "https://us.example");
    for wrong in ["https://us.example/", "us.example", "*", "https://US.example", "ftp://us.example", "https://us.example:443"] {
        let change = json!({"allowed_origins": ["https://ok.example", wrong]});
        let path = format!("/admin/v1/channels/{}", channel["id"].as_str().unwrap());
        let refused = app.admin().patch(&path, change).await.problem(422, "invalid");
        assert_eq!(refused["errors"][0]["pointer"], "/allowed_origins/1", "{wrong}");
    }
});

#[test]
fn configured_origins_and_those_of_channels_pass_a_preflight() {
    run(async {
        let app = TestApp::with(Which::Sqlite, |config| config.cors_origins = vec!["https://staff.example".to_owned()]).await;
        let us = json!({"code": "us", "name": "USA", "currency": "USD", "default_locale": "en", "locales": ["en"], "countries": ["US"],
            "allowed_origins": ["https://us.example"]});
        app.admin().post("/admin/v1/channels", us).await.expect(201);
        for (origin, allowed) in
            [("https://staff.example", true), ("https://us.example", true), ("https://evil.example", false), ("null", false)]
        {
            let asking = app.guest().with("Origin", origin).with("Access-Control-Request-Method", "GET");
            let preflight = asking.send("OPTIONS", "/store/v1/channel", None).await;
            assert_eq!(preflight.header("access-control-allow-origin"), allowed.then_some(origin), "{origin}: {:?}", preflight.headers);
        }
        let answer = app.admin().with("Origin", "https://staff.example").get("/admin/v1/channels").await;
        has(&answer, "access-control-allow-origin", "https://staff.example");
        has(&answer, "access-control-allow-credentials", "true");
    });
}
