//! What a request may need: the database, the clock, the configuration, the providers, and small caches
//! that can be thrown away at any moment.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use crate::commerce::auth::passkeys::RelyingParty;
use crate::commerce::auth::passwords::Passwords;
use crate::commerce::auth::tokens::Tokens;
use crate::commerce::auth::{self, Identity, KeyIdentity};
use crate::commerce::channels::{self, Channel};
use crate::commerce::secrets::ShopSecret;
use crate::commerce::staff::{self, StaffIdentity};
use crate::config::Config;
use crate::db::{Acting, Backend, Db, DbOptions, Tx};
use crate::error::{Code, Error, Result};
use crate::providers::mail::{self, MailProvider};
use crate::providers::payment::PaymentProviders;
use crate::types::{ChannelId, Clock, KeyId, SessionId, Timestamp};

/// How long another instance's change of a key, of staff or of a channel may go unseen here.
const CACHE_LIFE: Duration = Duration::from_millis(500);

/// The shop as a process holds it. Cloning is cheap.
#[derive(Clone)]
pub struct App {
    inner: Arc<Inner>,
    acting: Option<Arc<Acting>>,
}

struct Inner {
    db: Db,
    config: Config,
    secret: ShopSecret,
    payments: PaymentProviders,
    mail: Option<Arc<dyn MailProvider>>,
    passwords: Passwords,
    tokens: Tokens,
    passkeys: Option<RelyingParty>,
    keys: moka::sync::Cache<String, Option<KeyIdentity>>,
    staff: moka::sync::Cache<SessionId, Option<StaffIdentity>>,
    channels: moka::sync::Cache<Option<ChannelId>, Arc<Channel>>,
    origins: moka::sync::Cache<(), Arc<[String]>>,
    /// When keys were used last that the database has not been told of.
    uses: Mutex<HashMap<KeyId, Timestamp>>,
    has_own_origins: AtomicBool,
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
        let passkeys = RelyingParty::of(&config, &secret)?;
        let inner = Inner {
            db,
            config,
            secret,
            payments,
            mail,
            passwords,
            tokens,
            passkeys,
            keys: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(CACHE_LIFE).build(),
            staff: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(CACHE_LIFE).build(),
            channels: moka::sync::Cache::builder().max_capacity(1_000).time_to_live(CACHE_LIFE).build(),
            origins: moka::sync::Cache::builder().max_capacity(1).time_to_live(CACHE_LIFE).build(),
            uses: Mutex::default(),
            has_own_origins: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            forgotten: AtomicUsize::new(0),
        };
        Ok(Self { inner: Arc::new(inner), acting: None })
    }

    /// The same shop, whose writes are kept in the audit log as this one's; nobody's are not kept.
    pub fn acting_for(&self, acting: Option<Arc<Acting>>) -> Self {
        Self { inner: self.inner.clone(), acting }
    }

    /// On whose behalf it writes.
    pub fn acting(&self) -> Option<&Arc<Acting>> {
        self.acting.as_ref()
    }

    /// The database, for commands and jobs that block on their own thread.
    pub fn db(&self) -> &Db {
        &self.inner.db
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The clock.
    pub fn clock(&self) -> &Clock {
        self.inner.db.clock()
    }

    /// The secret that guests' tokens are made of.
    pub fn secret(&self) -> &ShopSecret {
        &self.inner.secret
    }

    /// The payment providers that are configured.
    pub fn payments(&self) -> &PaymentProviders {
        &self.inner.payments
    }

    /// Who takes mail, if it leaves at all.
    pub fn mail(&self) -> Option<&Arc<dyn MailProvider>> {
        self.inner.mail.as_ref()
    }

    /// Hashes and checks passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    /// Issues and checks access tokens.
    pub fn tokens(&self) -> &Tokens {
        &self.inner.tokens
    }

    /// Asks for passkeys and checks them, where the shop offers them.
    pub fn passkeys(&self) -> Result<&RelyingParty> {
        let none = || Error::new(Code::Unavailable, "This shop offers no passkeys: its operator sets MARU_PASSKEYS_RP_ID.");
        self.inner.passkeys.as_ref().ok_or_else(none)
    }

    /// Runs a read on a blocking thread: one hop for the whole rule.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.inner.db.clone();
        self.blocking(move || db.read(read)).await
    }

    /// Runs a read whose statements all see one state of the shop, on a blocking thread.
    pub async fn snapshot<T: Send + 'static>(&self, read: impl FnOnce(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.inner.db.clone();
        self.blocking(move || db.snapshot(read)).await
    }

    /// Runs a write as one transaction: on a blocking thread, or on SQLite's one writing thread, where writes that
    /// wait share a commit.
    pub async fn write<T: Send + 'static>(&self, write: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (db, acting) = (self.inner.db.clone(), self.acting.clone());
        let write = move |tx: &mut Tx| {
            tx.act_for(acting.clone());
            write(tx)
        };
        match db.backend() {
            Backend::Postgres => self.blocking(move || db.write(write)).await,
            Backend::Sqlite => {
                let place = self.place()?;
                db.write_in_group(move |tx| {
                    let _place = &place;
                    write(tx)
                })
                .await
            }
        }
    }

    /// Runs a write and undoes it: what would happen.
    pub async fn rehearse<T: Send + 'static>(&self, write: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let db = self.inner.db.clone();
        self.blocking(move || db.rehearse(write)).await
    }

    /// A place among those who wait. It is moved into the work: a caller that goes away does not free it before the
    /// work ends.
    fn place(&self) -> Result<Waiting> {
        // Whoever waits for a connection holds memory: past this many it is kinder to say so at once.
        if self.inner.waiting.fetch_add(1, Ordering::Relaxed) >= self.inner.config.max_waiting {
            self.inner.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(Code::Unavailable, "The server is full. Try again shortly."));
        }
        Ok(Waiting(self.clone()))
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let guard = self.place()?;
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
        let known = match self.inner.keys.get(&hash) {
            Some(known) => known,
            None => {
                let presented = key.to_owned();
                let found = self.read(move |tx| auth::authenticate(tx, &presented)).await?;
                self.inner.keys.insert(hash, found.clone());
                found
            }
        };
        let now = self.clock().now();
        let valid = known.filter(|k| k.expires_at.is_none_or(|at| at > now));
        if let Some(key) = &valid {
            self.inner.uses.lock().unwrap_or_else(PoisonError::into_inner).insert(key.id, now);
        }
        Ok(valid)
    }

    /// What an access token of staff is worth now: none, when its session ended or its account is not active. What is
    /// known costs no statement for a while.
    pub async fn staff(&self, token: &Identity) -> Result<Option<StaffIdentity>> {
        if let Some(known) = self.inner.staff.get(&token.session) {
            return Ok(known.filter(|staff| uuid::Uuid::from(staff.id) == token.subject.id));
        }
        let (presented, forgotten) = (*token, self.times_forgotten());
        let found = self.read(move |tx| staff::authenticate(tx, &presented)).await?;
        // What was read while staff changed something here may be from before it.
        if self.times_forgotten() == forgotten {
            self.inner.staff.insert(token.session, found.clone());
        }
        Ok(found)
    }

    /// Tells the database when keys were used last: every minute, so that a use costs no write of its own.
    pub async fn note_key_uses(&self) -> Result<()> {
        let uses: Vec<_> = std::mem::take(&mut *self.inner.uses.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect();
        if uses.is_empty() { Ok(()) } else { self.write(move |tx| auth::note_use(tx, &uses)).await }
    }

    /// A name for this shop that does not keep it open.
    pub fn downgrade(&self) -> WeakApp {
        WeakApp(Arc::downgrade(&self.inner))
    }

    /// A channel by id, or the default one. Known channels cost no statement for a while.
    pub async fn channel(&self, id: Option<ChannelId>) -> Result<Option<Arc<Channel>>> {
        if let Some(known) = self.inner.channels.get(&id) {
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
            if !channel.allowed_origins.is_empty() {
                self.inner.has_own_origins.store(true, Ordering::Relaxed);
            }
            self.inner.channels.insert(id, channel.clone());
        }
        Ok(found)
    }

    /// Whether a channel was seen that browsers may call from origins of its own.
    pub fn has_own_origins(&self) -> bool {
        self.inner.has_own_origins.load(Ordering::Relaxed)
    }

    /// Whether any channel lets pages of this origin call. None does while the database cannot be asked.
    pub async fn channels_allow(&self, origin: &[u8]) -> bool {
        let known = match self.inner.origins.get(&()) {
            Some(known) => known,
            None => {
                let Ok(found) = self.read(channels::allowed_origins).await else { return false };
                let found: Arc<[String]> = found.into();
                self.inner.origins.insert((), found.clone());
                found
            }
        };
        known.iter().any(|known| known.as_bytes() == origin)
    }

    /// How often staff changed something here: what was remembered of keys, staff and channels before is not to be believed.
    pub fn times_forgotten(&self) -> usize {
        self.inner.forgotten.load(Ordering::Acquire)
    }

    /// Forgets what is cached of keys, staff and channels: after each write of staff.
    pub fn forget(&self) {
        self.inner.forgotten.fetch_add(1, Ordering::Release);
        self.inner.keys.invalidate_all();
        self.inner.staff.invalidate_all();
        self.inner.channels.invalidate_all();
        self.inner.origins.invalidate_all();
    }
}

/// A shop that may be closed already.
pub struct WeakApp(Weak<Inner>);

impl WeakApp {
    /// The shop, if it is still open.
    pub fn upgrade(&self) -> Option<App> {
        self.0.upgrade().map(|inner| App { inner, acting: None })
    }
}

struct Waiting(App);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.inner.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}
