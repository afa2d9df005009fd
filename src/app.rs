//! What a request may need: the database, the clock, the configuration, the providers, and small caches
//! that can be thrown away at any moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::commerce::auth::passwords::Passwords;
use crate::commerce::auth::tokens::Tokens;
use crate::commerce::auth::{self, KeyIdentity};
use crate::commerce::channels::{self, Channel};
use crate::commerce::secrets::ShopSecret;
use crate::config::Config;
use crate::db::{Db, DbOptions, Tx};
use crate::error::{Code, Error, Result};
use crate::providers::mail::{self, MailProvider};
use crate::providers::payment::PaymentProviders;
use crate::types::{ChannelId, Clock};

/// How long another instance's change of a key or a channel may go unseen here.
const CACHE_LIFE: Duration = Duration::from_millis(500);

/// The shop as a process holds it. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    db: Db,
    config: Config,
    secret: ShopSecret,
    payments: PaymentProviders,
    mail: Option<Arc<dyn MailProvider>>,
    passwords: Passwords,
    tokens: Tokens,
    keys: moka::sync::Cache<String, Option<KeyIdentity>>,
    channels: moka::sync::Cache<Option<ChannelId>, Arc<Channel>>,
    waiting: AtomicUsize,
    forgotten: AtomicUsize,
}

impl App {
    /// Opens the database and, if configured, migrates it.
    pub fn open(config: Config, clock: Clock) -> Result<Self> {
        let payments = PaymentProviders::from_config(&config, clock.clone());
        let mail = mail::from_config(&config).map_err(Error::internal)?;
        Self::open_with(config, clock, payments, mail)
    }

    /// The same with these providers: the sandbox and a test's scripted gateway, a test's mailbox.
    pub fn open_with(config: Config, clock: Clock, payments: PaymentProviders, mail: Option<Arc<dyn MailProvider>>) -> Result<Self> {
        let options =
            DbOptions { url: config.database_url.clone(), pool_size: config.pool_size(), wait: Duration::from_millis(config.pool_wait_ms) };
        let db = Db::open(&options, clock)?;
        if config.migrate_at_start() {
            db.migrate()?;
        }
        Self::with_db(config, db, payments, mail)
    }

    /// An app on an open database, whose migrations are applied.
    fn with_db(config: Config, db: Db, payments: PaymentProviders, mail: Option<Arc<dyn MailProvider>>) -> Result<Self> {
        let secret = match &config.secret_key {
            Some(key) => ShopSecret::from_config(secrecy::ExposeSecret::expose_secret(key)),
            None => ShopSecret::load_or_create(&db)?,
        };
        let (passwords, tokens) = (Passwords::from_config(&config)?, Tokens::new(&config, &secret)?);
        Ok(Self(Arc::new(Inner {
            db,
            config,
            secret,
            payments,
            mail,
            passwords,
            tokens,
            keys: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(CACHE_LIFE).build(),
            channels: moka::sync::Cache::builder().max_capacity(1_000).time_to_live(CACHE_LIFE).build(),
            waiting: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
        })))
    }

    /// The database, for commands and jobs that block on their own thread.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.0.db.clock()
    }

    /// The secret that guests' tokens are made of.
    pub fn secret(&self) -> &ShopSecret {
        &self.0.secret
    }

    /// The payment providers that are configured.
    pub fn payments(&self) -> &PaymentProviders {
        &self.0.payments
    }

    /// Who takes mail, if it leaves at all.
    pub fn mail(&self) -> Option<&Arc<dyn MailProvider>> {
        self.0.mail.as_ref()
    }

    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    /// Issues and checks access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Runs a read on a blocking thread: one hop for the whole rule.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.0.db.clone();
        self.blocking(move || db.read(read)).await
    }

    /// Runs a read whose statements all see one state of the shop, on a blocking thread.
    pub async fn snapshot<T: Send + 'static>(&self, read: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.0.db.clone();
        self.blocking(move || db.snapshot(read)).await
    }

    /// Runs a write as one transaction on a blocking thread.
    pub async fn write<T: Send + 'static>(&self, write: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.0.db.clone();
        self.blocking(move || db.write(write)).await
    }

    /// Runs a write and undoes it: what would happen.
    pub async fn rehearse<T: Send + 'static>(&self, write: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.0.db.clone();
        self.blocking(move || db.rehearse(write)).await
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        // Whoever waits for a connection holds memory: past this many it is kinder to say so at once.
        if self.0.waiting.fetch_add(1, Ordering::Relaxed) >= self.0.config.max_waiting {
            self.0.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(Code::Unavailable, "The server is full. Try again shortly."));
        }
        // The guard is moved into the work: a caller that goes away does not free the place before its work ends.
        let guard = Waiting(self.clone());
        let done = tokio::task::spawn_blocking(move || {
            let _guard = guard;
            work()
        })
        .await;
        done.map_err(Error::internal)?
    }

    /// What a presented API key proves, or none. Known keys cost no statement for a while.
    pub async fn identify(&self, key: &str) -> Result<Option<KeyIdentity>> {
        let hash = crate::commerce::secrets::hash(key);
        let known = match self.0.keys.get(&hash) {
            Some(known) => known,
            None => {
                let presented = key.to_owned();
                let found = self.read(move |tx| auth::authenticate(tx, &presented)).await?;
                self.0.keys.insert(hash, found.clone());
                found
            }
        };
        let now = self.clock().now();
        Ok(known.filter(|k| k.expires_at.is_none_or(|at| at > now)))
    }

    /// A channel by id, or the default one. Known channels cost no statement for a while.
    pub async fn channel(&self, id: Option<ChannelId>) -> Result<Option<Arc<Channel>>> {
        if let Some(known) = self.0.channels.get(&id) {
            return Ok(Some(known));
        }
        let found = self
            .read(move |tx| match id {
                Some(id) => channels::by_id(tx, id),
                None => channels::default(tx),
            })
            .await?
            .map(Arc::new);
        if let Some(channel) = &found {
            self.0.channels.insert(id, channel.clone());
        }
        Ok(found)
    }

    /// How often staff changed something here: what was remembered of keys and channels before is not to be believed.
    pub fn times_forgotten(&self) -> usize {
        self.0.forgotten.load(Ordering::Acquire)
    }

    /// Forgets what is cached of keys and channels: after each write of staff.
    pub fn forget(&self) {
        self.0.forgotten.fetch_add(1, Ordering::Release);
        self.0.keys.invalidate_all();
        self.0.channels.invalidate_all();
    }
}

struct Waiting(App);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
