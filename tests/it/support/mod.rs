//! A shop of one's own for each test: a database copied from a migrated template, a server on a free
//! port, a clock that stands still, clients.

pub mod authenticator;
pub mod browser;
pub mod buyer;
mod client;
pub mod customer;
mod databases;
pub mod gateway;
pub mod issuer;
mod mailbox;
pub mod shop;
pub mod staff;
pub mod texts;
pub mod web;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

pub use client::{Client, Reply};
use databases::TestDatabase;
pub use databases::{Held, Which, counted, damage, stolen};
use gateway::Scripted;
pub use mailbox::Mailbox;
use texts::Texts;

use maru::app::App;
use maru::commerce::auth::{ApiKeyCreate, ApiKeyKind, Caller, Permission, create_key};
use maru::commerce::channels::{self, ChannelCreate};
use maru::config::{Config, IdentityBy};
use maru::providers::mail::MailProvider;
use maru::providers::payment::PaymentProviders;
use maru::types::{Clock, Country, Currency, Locale};

/// Runs one test on SQLite and on PostgreSQL: `on_both!(name, |app| async move { ... });`
macro_rules! on_both {
    ($(#[$meta:meta])* $name:ident, |$app:ident| $body:expr) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;

            async fn body($app: $crate::support::TestApp) {
                $body.await
            }

            $(#[$meta])*
            #[test]
            fn sqlite() {
                $crate::support::run(async { body($crate::support::TestApp::new($crate::support::Which::Sqlite).await).await });
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                $crate::support::run(async { body($crate::support::TestApp::new($crate::support::Which::Postgres).await).await });
            }
        }
    };
}
pub(crate) use on_both;

/// Runs a test's future to its end.
pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// A running shop with a channel `kr` (KRW, ko and en, tax inside) and an admin key.
pub struct TestApp {
    /// The shop, in process.
    pub app: App,
    /// Where it listens: `http://127.0.0.1:port`.
    pub base: String,
    /// A key with every permission.
    pub admin_key: String,
    /// The scripted gateway `scripted`, which a test's channel can offer.
    pub gateway: Arc<Scripted>,
    /// Where its mail arrives.
    pub mailbox: Arc<Mailbox>,
    /// Where its text messages arrive.
    pub texts: Texts,
    http: reqwest::Client,
    server: actix_web::dev::ServerHandle,
    database: TestDatabase,
}

impl TestApp {
    /// With the defaults of a test.
    pub async fn new(which: Which) -> Self {
        Self::with(which, |_| {}).await
    }

    /// With another configuration.
    pub async fn with(which: Which, change: impl FnOnce(&mut Config)) -> Self {
        let database = tokio::task::spawn_blocking(move || TestDatabase::new(which)).await.unwrap();
        let mut config = Config::for_database(database.url().parse().unwrap());
        config.payments_test = true;
        // What a test does in a second a person does in a day: limits have tests of their own.
        config.limits.account = "0".parse().unwrap();
        config.limits.sensitive = "0".parse().unwrap();
        config.workers = Some(2);
        config.migrate = Some(false);
        config.run_jobs = false;
        config.payment_timeout_ms = 2_000;
        config.shutdown_seconds = 1;
        let origins = [authenticator::ORIGIN, authenticator::ANDROID].map(|origin| origin.parse().unwrap());
        config.passkeys = Some(maru::config::PasskeysFor { rp_id: authenticator::RP_ID.to_owned(), origins: origins.to_vec() });
        // Tests log in often.
        (config.password_memory_kib, config.password_iterations) = (64, 1);
        let texts = Texts::start();
        texts.configure(&mut config.sms);
        config.identity.by = IdentityBy::Test;
        change(&mut config);
        let start = chrono::DateTime::parse_from_rfc3339("2026-11-20T09:00:00Z").unwrap().timestamp_micros();
        let clock = Clock::Held(Arc::new(AtomicI64::new(start)));
        let gateway = Arc::new(Scripted::default());
        let payments = PaymentProviders::from_config(&config, clock.clone()).and(gateway.clone());
        let mailbox = Arc::new(Mailbox::default());
        let mail: Arc<dyn MailProvider> = mailbox.clone();
        let app = tokio::task::spawn_blocking(move || App::open_with(config, clock, payments, Some(mail)).unwrap()).await.unwrap();
        Self::serve(app, database, gateway, mailbox, texts).await
    }

    async fn serve(app: App, database: TestDatabase, gateway: Arc<Scripted>, mailbox: Arc<Mailbox>, texts: Texts) -> Self {
        let admin_key = tokio::task::spawn_blocking({
            let app = app.clone();
            move || prepare(&app)
        })
        .await
        .unwrap();
        let (base, server) = listen(app.clone()).await;
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { app, base, admin_key, gateway, mailbox, texts, http, server, database }
    }

    /// Another process on the same database, as far as its callers can tell: a shop of its own memory.
    pub async fn beside(&self) -> Beside {
        let (mut config, clock) = (self.app.config().clone(), self.app.clock().clone());
        config.migrate = Some(false);
        let app = tokio::task::spawn_blocking(move || App::open(config, clock).unwrap()).await.unwrap();
        let (base, server) = listen(app).await;
        Beside { client: Client::new(self.http.clone(), base), server }
    }

    /// Somebody without a key.
    pub fn guest(&self) -> Client {
        Client::new(self.http.clone(), self.base.clone())
    }

    /// Staff with every permission.
    pub fn admin(&self) -> Client {
        self.guest().with("Authorization", &format!("Bearer {}", self.admin_key))
    }

    /// Staff with these permissions only.
    pub async fn staff(&self, permissions: &[Permission]) -> Client {
        let input = serde_json::json!({"name": "limited", "permissions": permissions});
        let key = self.admin().post("/admin/v1/keys", input).await.expect(201);
        self.guest().with("Authorization", &format!("Bearer {}", key["key"].as_str().unwrap()))
    }

    /// Runs a rule as the server itself, in the default channel.
    pub async fn rule<T: Send + 'static>(&self, rule: impl Fn(&mut maru::db::Tx, &Caller) -> maru::error::Result<T> + Send + 'static) -> T {
        let channel = self.app.channel(None).await.unwrap().unwrap();
        self.app.write(move |tx| rule(tx, &Caller::system("test", channel.clone()))).await.unwrap()
    }

    /// Where its database is, for commands that run beside it.
    pub fn database_url(&self) -> String {
        self.database.url()
    }

    /// Runs every job that is due.
    pub async fn work(&self) -> maru::jobs::Ran {
        maru::jobs::run_due(&self.app).await.unwrap()
    }

    /// Every balance of the shop adds up.
    #[track_caller]
    pub fn adds_up(&self) -> impl Future<Output = ()> {
        let app = self.app.clone();
        let place = std::panic::Location::caller();
        async move {
            let found = tokio::task::spawn_blocking(move || app.db().snapshot(maru::commerce::doctor::examine).unwrap()).await.unwrap();
            assert!(found.is_empty(), "at {place}: {found:#?}");
        }
    }

    /// Moves the shop's clock.
    pub fn advance(&self, by: chrono::Duration) {
        self.app.clock().advance(by);
    }

    /// The fewest statements that any of several runs of the same took: what is remembered for moments only, such as
    /// channels, is then not counted.
    pub async fn fewest_statements<F: Future<Output = ()>>(&self, work: impl Fn() -> F) -> u64 {
        let mut fewest = u64::MAX;
        for _ in 0..4 {
            fewest = fewest.min(self.statements(work()).await);
        }
        fewest
    }

    /// Statements that `work` ran, as a test of N+1 counts them.
    pub async fn statements(&self, work: impl Future<Output = ()>) -> u64 {
        let before = self.app.db().statements();
        work.await;
        self.app.db().statements() - before
    }
}

/// Serves a shop on a free port.
async fn listen(app: App) -> (String, actix_web::dev::ServerHandle) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = maru::api::server::start(app, listener, None).unwrap();
            sender.send(server.handle()).unwrap();
            server.await.unwrap();
        })
    });
    (base, tokio::task::spawn_blocking(move || receiver.recv().unwrap()).await.unwrap())
}

/// A second server on a test's database.
pub struct Beside {
    /// A guest of it.
    pub client: Client,
    server: actix_web::dev::ServerHandle,
}

impl Drop for Beside {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

/// The channel and the key that every test needs.
fn prepare(app: &App) -> String {
    let locale = |tag| Locale::parse(tag).unwrap();
    let input = ChannelCreate {
        code: "kr".to_owned(),
        name: "Korea".to_owned(),
        currency: Currency::KRW,
        default_locale: locale("ko"),
        locales: vec![locale("ko"), locale("en")],
        countries: vec![Country::KR, Country::parse("US").unwrap()],
        prices_include_tax: true,
        payment_providers: vec!["test".to_owned(), "bank_transfer".to_owned()],
        is_default: true,
        order_expiry_minutes: None,
        allowed_origins: Vec::new(),
    };
    app.db()
        .write(|tx| {
            let by = Caller::system("test", channels::Channel::none_yet(tx.now()).into());
            channels::create(tx, &by, input.clone())?;
            let key = ApiKeyCreate {
                name: "admin".to_owned(),
                kind: ApiKeyKind::Secret,
                permissions: vec![Permission::All],
                channel_id: None,
                expires_at: None,
                allowed_addresses: Vec::new(),
            };
            Ok(create_key(tx, &by, key)?.key)
        })
        .unwrap()
}
