//! An OpenID issuer that does what a test tells it, and what no honest one would. It speaks HTTP on a loopback port,
//! signs with keys of its own and counts what it is asked.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use maru::config::SignInProviderConfig;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::{Reply, TestApp};

/// Where customers come back to.
pub const CALLBACK: &str = "https://shop.example.com/callback";

/// How it answers at one of its paths.
#[derive(Clone)]
pub enum Mood {
    /// After a while.
    Slow(Duration),
    /// With so many bytes of JSON.
    Long(usize),
    /// With this status and body.
    Says(u16, String),
    /// By sending whoever asks elsewhere.
    Redirects,
}

#[derive(Default)]
struct State {
    base: String,
    keys: Vec<Value>,
    codes: HashMap<String, Code>,
    moods: HashMap<String, Mood>,
    asked: HashMap<String, usize>,
    profiles: HashMap<String, Value>,
    discovery: Map<String, Value>,
    last_token_request: Option<(HashMap<String, String>, Option<String>)>,
}

struct Code {
    challenge: String,
    redirect_uri: String,
    answer: Value,
}

/// An issuer.
pub struct Issuer {
    /// Its name: `http://127.0.0.1:port`.
    pub base: String,
    state: Arc<Mutex<State>>,
    server: actix_web::dev::ServerHandle,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// A key that it signs with.
pub struct Signer {
    pub kid: String,
    pub key: EncodingKey,
    pub public: Value,
}

impl Signer {
    /// A new key for ES256.
    pub fn new(kid: &str) -> Self {
        let pair = rcgen::KeyPair::generate().unwrap();
        let key = EncodingKey::from_ec_der(&pair.serialize_der());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
        jwk.common.key_id = Some(kid.to_owned());
        let mut public = serde_json::to_value(jwk).unwrap();
        public["use"] = json!("sig");
        Self { kid: kid.to_owned(), key, public }
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.kid.clone()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).unwrap()
    }
}

/// A token that nobody signed, or somebody by themselves: any header, any signature.
pub fn forged(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

impl Issuer {
    /// One that listens.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { base: base.clone(), ..State::default() }));
        let shared = state.clone();
        let (sender, receiver) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = HttpServer::new(move || {
                    let shared = shared.clone();
                    App::new().app_data(web::Data::new(shared)).default_service(web::to(answer))
                });
                let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            })
        });
        Self { base, state, server: receiver.recv().unwrap() }
    }

    /// A provider of the shop that is this issuer; `more` is added to its settings.
    pub fn configured(&self, id: &str, more: Value) -> SignInProviderConfig {
        let mut settings = json!({"issuer": self.base, "client_id": "shop", "client_secret": "s3cret", "redirect_uris": CALLBACK});
        settings.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        SignInProviderConfig::of(id, settings.as_object().unwrap().clone(), 700).unwrap()
    }

    /// Publishes these keys and no others.
    pub fn publish(&self, keys: &[&Signer]) {
        self.state.lock().unwrap().keys = keys.iter().map(|k| k.public.clone()).collect();
    }

    /// Answers so at a path; none: as it should.
    pub fn mood(&self, path: &str, mood: Option<Mood>) {
        let mut state = self.state.lock().unwrap();
        match mood {
            Some(mood) => state.moods.insert(path.to_owned(), mood),
            None => state.moods.remove(path),
        };
    }

    /// Says this of itself, too.
    pub fn says(&self, name: &str, value: Value) {
        self.state.lock().unwrap().discovery.insert(name.to_owned(), value);
    }

    /// Whoever bears this access token is shown this profile.
    pub fn profile(&self, access_token: &str, profile: Value) {
        self.state.lock().unwrap().profiles.insert(access_token.to_owned(), profile);
    }

    /// How often it was asked at a path.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.get(path).copied().unwrap_or_default()
    }

    /// The form and the `Authorization` of the last request to its token endpoint.
    pub fn last_token_request(&self) -> (HashMap<String, String>, Option<String>) {
        self.state.lock().unwrap().last_token_request.clone().unwrap()
    }

    /// Gives a customer who was sent to it a code, which is good for this answer of the token endpoint.
    pub fn grant(&self, started: &Started, answer: Value) -> String {
        let code = format!("code-{}", uuid::Uuid::new_v4());
        let granted = Code { challenge: started.sent("code_challenge"), redirect_uri: started.sent("redirect_uri"), answer };
        self.state.lock().unwrap().codes.insert(code.clone(), granted);
        code
    }
}

async fn answer(request: HttpRequest, body: web::Bytes, state: web::Data<Arc<Mutex<State>>>) -> HttpResponse {
    let path = request.path().to_owned();
    let mood = {
        let mut state = state.lock().unwrap();
        *state.asked.entry(path.clone()).or_default() += 1;
        state.moods.get(&path).cloned()
    };
    match mood {
        Some(Mood::Slow(how)) => tokio::time::sleep(how).await,
        Some(Mood::Long(bytes)) => return HttpResponse::Ok().json(json!({"keys": [], "issuer": "x".repeat(bytes)})),
        Some(Mood::Says(status, text)) => {
            return HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap()).content_type("application/json").body(text);
        }
        Some(Mood::Redirects) => return HttpResponse::Found().insert_header(("Location", format!("/elsewhere{path}"))).finish(),
        None => {}
    }
    let mut state = state.lock().unwrap();
    let bearer = request.headers().get("authorization").and_then(|v| v.to_str().ok()).map(str::to_owned);
    match path.as_str() {
        "/.well-known/openid-configuration" => {
            let base = &state.base;
            let mut document = json!({
                "issuer": base, "authorization_endpoint": format!("{base}/authorize?tenant=1"), "token_endpoint": format!("{base}/token"),
                "jwks_uri": format!("{base}/jwks"), "userinfo_endpoint": format!("{base}/profile"),
            });
            document.as_object_mut().unwrap().extend(state.discovery.clone());
            HttpResponse::Ok().json(document)
        }
        "/jwks" => HttpResponse::Ok().json(json!({"keys": state.keys})),
        "/profile" => {
            let token = bearer.unwrap_or_default();
            match state.profiles.get(token.trim_start_matches("Bearer ")) {
                Some(profile) => HttpResponse::Ok().json(profile),
                None => HttpResponse::Unauthorized().json(json!({"error": "invalid_token"})),
            }
        }
        "/token" => {
            let form: HashMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
            let field = |name: &str| form.get(name).cloned().unwrap_or_default();
            let found = state.codes.remove(&field("code"));
            let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(field("code_verifier")));
            let redirect_uri = field("redirect_uri");
            state.last_token_request = Some((form, bearer));
            match found {
                Some(code) if code.challenge == challenge && code.redirect_uri == redirect_uri => HttpResponse::Ok().json(code.answer),
                _ => HttpResponse::BadRequest().json(json!({"error": "invalid_grant"})),
            }
        }
        _ => HttpResponse::NotFound().finish(),
    }
}

/// An attempt to sign in that the shop started.
#[derive(Clone)]
pub struct Started {
    pub provider: String,
    pub state: String,
    pub flow_secret: String,
    pub url: url::Url,
}

impl Started {
    /// Of the shop's answer.
    pub fn of(provider: &str, answer: &Value) -> Self {
        let text = |name: &str| answer[name].as_str().unwrap().to_owned();
        let url = url::Url::parse(&text("authorization_url")).unwrap();
        Self { provider: provider.to_owned(), state: text("state"), flow_secret: text("flow_secret"), url }
    }

    /// What the provider was sent.
    pub fn sent(&self, name: &str) -> String {
        self.url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned()).unwrap_or_default()
    }

    /// What finishing takes.
    pub fn back(&self, code: &str) -> Value {
        json!({"state": self.state, "flow_secret": self.flow_secret, "code": code})
    }
}

impl TestApp {
    /// Starts signing in.
    pub async fn start_sign_in(&self, provider: &str) -> Started {
        let body = json!({"redirect_uri": CALLBACK});
        Started::of(provider, &self.guest().post(&format!("/store/v1/auth/oidc/{provider}/start"), body).await.expect(200))
    }

    /// Finishes it.
    pub async fn finish_sign_in(&self, started: &Started, code: &str) -> Reply {
        self.finish_sign_in_with(started, code, json!({})).await
    }

    /// Finishes it with more.
    pub async fn finish_sign_in_with(&self, started: &Started, code: &str, more: Value) -> Reply {
        let mut body = started.back(code);
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.guest().post(&format!("/store/v1/auth/oidc/{}/finish", started.provider), body).await
    }

    /// What an honest issuer says of NAME to the shop now.
    pub fn claims(&self, issuer: &Issuer, name: &str, nonce: &str) -> Value {
        let now = self.app.clock().now().micros() / 1_000_000;
        json!({
            "iss": issuer.base, "aud": "shop", "sub": format!("{name}-1"), "iat": now, "exp": now + 600, "nonce": nonce,
            "email": format!("{name}@example.com"), "email_verified": true, "name": format!("{name} elsewhere"),
        })
    }

    /// Somebody signs in from beginning to end.
    pub async fn sign_in(&self, issuer: &Issuer, signer: &Signer, provider: &str, name: &str, change: impl FnOnce(&mut Value)) -> Reply {
        let started = self.start_sign_in(provider).await;
        let mut claims = self.claims(issuer, name, &started.sent("nonce"));
        change(&mut claims);
        let code = issuer.grant(&started, json!({"access_token": "at", "token_type": "Bearer", "id_token": signer.sign(&claims)}));
        self.finish_sign_in(&started, &code).await
    }
}

/// Runs one test on SQLite and on PostgreSQL, with an issuer that the shop knows by these names and settings:
/// `with_issuer!(name, vec![("fake", json!({}))], |app, issuer, signer| async move { ... });`
macro_rules! with_issuer {
    ($name:ident, $settings:expr, |$app:ident, $issuer:ident, $signer:ident| $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body(which: $crate::support::Which) {
                let ($issuer, $signer) = ($crate::support::issuer::Issuer::start(), $crate::support::issuer::Signer::new("one"));
                $issuer.publish(&[&$signer]);
                let providers: Vec<(&str, serde_json::Value)> = $settings;
                let providers = providers.into_iter().map(|(id, more)| $issuer.configured(id, more)).collect();
                let $app = $crate::support::TestApp::with(which, |config| config.sign_in = providers).await;
                $body.await
            }

            #[test]
            fn sqlite() {
                $crate::support::run(body($crate::support::Which::Sqlite));
            }

            #[test]
            fn postgres() {
                $crate::support::run(body($crate::support::Which::Postgres));
            }
        }
    };
}
pub(crate) use with_issuer;
