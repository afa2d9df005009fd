//! Configuration: defaults, then a TOML file, then `MARU_*` variables (and `MARU_*_FILE`, whose value is
//! a file that holds the secret), then flags. The only reader of the environment. Checked whole at once.

mod accounts;
mod browsers;
mod limits;
pub mod sign_in;

use std::net::SocketAddr;
use std::path::PathBuf;

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

pub use accounts::{AgeRule, IdentityBy, IdentitySettings, InactiveBy, InactiveSettings, SmsBy, SmsSettings};
pub use browsers::{Browsers, PasskeysFor, SameSite};
pub use limits::{ForwardedHeader, Limits, Transport};
pub use sign_in::SignInProviderConfig;

use crate::db::{Backend, DatabaseUrl};

/// The configuration of a process.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// `sqlite:///path/shop.db` or `postgres://...`.
    pub database_url: DatabaseUrl,
    /// Migrate at start; unset: on SQLite yes, on PostgreSQL no.
    pub migrate: Option<bool>,
    /// Database connections; unset: by backend.
    pub pool: Option<u32>,
    /// How long a request waits for a connection before a 503.
    pub pool_wait_ms: u64,
    /// How many requests may wait for the database at once before a 503.
    pub max_waiting: usize,
    /// Request-serving threads; unset: one a core.
    pub workers: Option<usize>,
    /// The secret guests' tokens are derived from; unset: one kept in the database.
    pub secret_key: Option<SecretString>,
    /// Who issues access tokens: their `iss`. A shop behind several names keeps one.
    pub token_issuer: String,
    /// How many days a signing key signs before the next one takes over.
    pub signing_key_days: u32,
    /// How many days a session lives unused.
    pub session_days: u32,
    /// Memory of a password's hash (argon2id), in KiB.
    pub password_memory_kib: u32,
    /// Passes of a password's hash.
    pub password_iterations: u32,
    /// Lanes of a password's hash.
    pub password_parallelism: u32,
    /// How many passwords are hashed at once; unset: one a core.
    pub password_hashing_at_once: Option<usize>,
    /// How many more may wait for it before a 503.
    pub password_hashing_waiting: usize,
    /// How mail leaves.
    pub mail: MailBy,
    /// The server that takes mail: `smtps://user:password@host:465`, or `smtp://host:587?tls=required`.
    pub mail_smtp_url: Option<SecretString>,
    /// Whom mail is from: `Maru <shop@example.com>`.
    pub mail_from: String,
    /// The storefront's page that links in mails lead to; unset: mails hold the code alone.
    pub mail_link_base: Option<String>,
    /// Whether staff must have a second factor.
    pub staff_totp_required: bool,
    /// How many days a session of staff lives unused.
    pub staff_session_days: u32,
    /// How many minutes after giving a password or code staff may do what matters most.
    pub step_up_minutes: u32,
    /// The staff tool's page that links in staff's mails lead to; unset: mails hold the code alone.
    pub staff_link_base: Option<String>,
    /// Whom customers may sign in with.
    pub sign_in: Vec<SignInProviderConfig>,
    /// Text messages: how they leave, and how many.
    pub sms: SmsSettings,
    /// Identity verification, and ages.
    pub identity: IdentitySettings,
    /// What becomes of accounts that nobody uses.
    pub inactive: InactiveSettings,
    /// Whether the sandbox gateway `test` is offered.
    pub payments_test: bool,
    /// How long a provider may take to answer before the outcome counts as unknown.
    pub payment_timeout_ms: u64,
    /// How long a deposit to a virtual account is awaited.
    pub bank_transfer_due_hours: u32,
    /// The account that `bank_transfer` tells customers to pay into.
    pub bank_transfer_bank: String,
    /// The account's holder.
    pub bank_transfer_holder: String,
    /// How long an untouched cart lives.
    pub cart_days: u32,
    /// The largest request body.
    pub max_body_bytes: usize,
    /// The largest uploaded file.
    pub max_upload_bytes: usize,
    /// How many bytes of finished public answers are kept; 0 keeps none.
    pub lane_bytes: u64,
    /// How deep a GraphQL query may be.
    pub graphql_max_depth: usize,
    /// How costly a GraphQL query may be.
    pub graphql_max_cost: usize,
    /// Whether GraphQL answers introspection.
    pub graphql_introspection: bool,
    /// A JSON file of hash and text: the Store surface runs these documents only.
    pub graphql_trusted_documents: Option<PathBuf>,
    /// Whether documents, reference pages and GraphiQL are served.
    pub docs: bool,
    /// Origins that browsers may call from; `*` for any. A channel's own come before.
    pub cors_origins: Vec<String>,
    /// How the cookies are kept that browsers' sessions may live in.
    pub browsers: Browsers,
    /// Who asks for passkeys; unset: nobody.
    pub passkeys: Option<PasskeysFor>,
    /// How often clients may come.
    pub limits: Limits,
    /// How clients reach the server.
    pub transport: Transport,
    /// How long running requests may take to finish at shutdown.
    pub shutdown_seconds: u64,
    /// How long a client may take to send its headers.
    pub header_timeout_ms: u64,
    /// Whether `serve` also runs jobs.
    pub run_jobs: bool,
    /// `text` or `json`.
    pub log_format: LogFormat,
    /// What to log, such as `info` or `maru=debug`.
    pub log: String,
}

/// How mail leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailBy {
    /// Not at all: what needs it answers 503.
    None,
    /// Into the log, links and codes included: for development.
    Log,
    /// By an SMTP server.
    Smtp,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For log collectors.
    Json,
}

/// The configuration as files and variables give it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    listen: String,
    database_url: String,
    migrate: Option<bool>,
    pool: Option<u32>,
    pool_wait_ms: u64,
    max_waiting: usize,
    workers: Option<usize>,
    secret_key: Option<String>,
    token_issuer: String,
    signing_key_days: u32,
    session_days: u32,
    password_memory_kib: u32,
    password_iterations: u32,
    password_parallelism: u32,
    password_hashing_at_once: Option<usize>,
    password_hashing_waiting: usize,
    mail: MailBy,
    mail_smtp_url: Option<String>,
    mail_from: String,
    mail_link_base: Option<String>,
    staff_totp_required: bool,
    staff_session_days: u32,
    step_up_minutes: u32,
    staff_link_base: Option<String>,
    sign_in: sign_in::Raw,
    sign_in_timeout_ms: u64,
    sms: SmsBy,
    sms_from: Option<String>,
    sms_key: Option<String>,
    sms_secret: Option<String>,
    sms_service: Option<String>,
    sms_url: Option<String>,
    sms_countries: String,
    sms_per_number: u32,
    sms_per_address: u32,
    sms_per_hour: u32,
    identity: IdentityBy,
    identity_secret: Option<String>,
    identity_store: Option<String>,
    identity_channel: Option<String>,
    identity_url: Option<String>,
    identity_days: u32,
    identity_one_account: bool,
    age_rule: AgeRule,
    age_utc_offset_minutes: i32,
    inactive: InactiveBy,
    inactive_days: u32,
    inactive_notice_days: u32,
    payments_test: bool,
    payment_timeout_ms: u64,
    bank_transfer_due_hours: u32,
    bank_transfer_bank: String,
    bank_transfer_holder: String,
    cart_days: u32,
    max_body_bytes: usize,
    max_upload_bytes: usize,
    lane_bytes: u64,
    graphql_max_depth: usize,
    graphql_max_cost: usize,
    graphql_introspection: bool,
    graphql_trusted_documents: Option<PathBuf>,
    docs: bool,
    cors_origins: String,
    cookies_domain: Option<String>,
    cookies_samesite: SameSite,
    cookies_secure: bool,
    passkeys_rp_id: Option<String>,
    passkeys_origins: Option<String>,
    limit_read: String,
    limit_write: String,
    limit_checkout: String,
    limit_sensitive: String,
    limit_account: String,
    limit_caller_read: String,
    limit_caller_write: String,
    limit_caller_checkout: String,
    limits_exempt: String,
    limits_redis_url: Option<String>,
    trusted_proxies: String,
    forwarded_header: ForwardedHeader,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    hsts_seconds: Option<u64>,
    max_in_flight: usize,
    shutdown_seconds: u64,
    header_timeout_ms: u64,
    run_jobs: bool,
    log_format: LogFormat,
    log: String,
}

impl Default for Raw {
    #[expect(clippy::too_many_lines, reason = "a line a setting")]
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            database_url: "sqlite://maru.db".to_owned(),
            migrate: None,
            pool: None,
            pool_wait_ms: 2_000,
            max_waiting: 1_024,
            workers: None,
            secret_key: None,
            token_issuer: "maru".to_owned(),
            signing_key_days: 90,
            session_days: 30,
            // OWASP's Password Storage Cheat Sheet: argon2id with m = 19 MiB, t = 2, p = 1.
            password_memory_kib: 19 * 1024,
            password_iterations: 2,
            password_parallelism: 1,
            password_hashing_at_once: None,
            password_hashing_waiting: 64,
            mail: MailBy::None,
            mail_smtp_url: None,
            mail_from: "Maru <shop@localhost>".to_owned(),
            mail_link_base: None,
            staff_totp_required: false,
            staff_session_days: 7,
            step_up_minutes: 10,
            staff_link_base: None,
            sign_in: sign_in::Raw::new(),
            sign_in_timeout_ms: 5_000,
            sms: SmsBy::None,
            sms_from: None,
            sms_key: None,
            sms_secret: None,
            sms_service: None,
            sms_url: None,
            sms_countries: "KR".to_owned(),
            sms_per_number: 6,
            sms_per_address: 30,
            sms_per_hour: 1_000,
            identity: IdentityBy::None,
            identity_secret: None,
            identity_store: None,
            identity_channel: None,
            identity_url: None,
            // Once a year (청소년보호법 시행령).
            identity_days: 365,
            identity_one_account: true,
            age_rule: AgeRule::CalendarYear,
            age_utc_offset_minutes: 9 * 60,
            inactive: InactiveBy::None,
            inactive_days: 365,
            inactive_notice_days: 30,
            payments_test: false,
            payment_timeout_ms: 10_000,
            bank_transfer_due_hours: 72,
            bank_transfer_bank: "Maru Bank".to_owned(),
            bank_transfer_holder: "Maru Shop".to_owned(),
            cart_days: 30,
            max_body_bytes: 1024 * 1024,
            max_upload_bytes: 256 * 1024 * 1024,
            lane_bytes: 24 * 1024 * 1024,
            graphql_max_depth: 16,
            graphql_max_cost: 5_000,
            graphql_introspection: true,
            graphql_trusted_documents: None,
            docs: true,
            cors_origins: "*".to_owned(),
            cookies_domain: None,
            cookies_samesite: SameSite::Lax,
            cookies_secure: true,
            passkeys_rp_id: None,
            passkeys_origins: None,
            // Thousands may share an address: mobile networks and offices hide behind a few.
            limit_read: "60000/60".to_owned(),
            limit_write: "12000/60".to_owned(),
            limit_checkout: "3000/60".to_owned(),
            limit_sensitive: "100/300".to_owned(),
            limit_account: "10/600".to_owned(),
            limit_caller_read: "60000/60".to_owned(),
            limit_caller_write: "12000/60".to_owned(),
            limit_caller_checkout: "3000/60".to_owned(),
            // The machine itself: its operator, its probes, its load tests.
            limits_exempt: "127.0.0.0/8,::1".to_owned(),
            limits_redis_url: None,
            // A proxy on the same machine; nobody from outside can call from there.
            trusted_proxies: "127.0.0.0/8,::1".to_owned(),
            forwarded_header: ForwardedHeader::XForwardedFor,
            tls_cert: None,
            tls_key: None,
            hsts_seconds: None,
            max_in_flight: 10_000,
            shutdown_seconds: 20,
            header_timeout_ms: 5_000,
            run_jobs: true,
            log_format: LogFormat::Text,
            log: "info".to_owned(),
        }
    }
}

/// What flags say over files and variables.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Flags {
    /// `--listen`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listen: Option<String>,
    /// `--database-url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_url: Option<String>,
    /// `--migrate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub migrate: Option<bool>,
    /// `--demo` offers the sandbox gateway too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payments_test: Option<bool>,
    /// `--demo` writes mail and text messages into the log and believes the sandbox who somebody is, unless another way
    /// is configured.
    #[serde(skip)]
    pub mail_to_log: bool,
}

impl Config {
    /// Reads and checks everything; all problems at once.
    pub fn load(file: Option<&std::path::Path>, flags: &Flags) -> Result<Self, Vec<String>> {
        let defaults = if flags.mail_to_log {
            Raw { mail: MailBy::Log, sms: SmsBy::Log, identity: IdentityBy::Test, ..Raw::default() }
        } else {
            Raw::default()
        };
        let mut figment = Figment::from(Serialized::defaults(defaults));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(vec![format!("--config: there is no file {}", file.display())]);
            }
            figment = figment.merge(Toml::file_exact(file));
        }
        let figment = figment
            .merge(Env::prefixed("MARU_").filter(|name| is_setting(name.as_str())).lowercase(true))
            .merge(Serialized::defaults(verbatim()))
            .merge(Serialized::defaults(secrets_from_files()?))
            .merge(Serialized::default("sign_in", sign_in_from_variables()))
            .merge(Serialized::defaults(flags));
        let raw: Raw = figment.extract().map_err(|errors| errors.into_iter().map(|e| e.to_string()).collect::<Vec<_>>())?;
        Self::check(raw)
    }

    fn check(mut raw: Raw) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        let mut range = |name: &str, value: u64, min: u64, max: u64| {
            if value < min || value > max {
                problems.push(format!("{name} (MARU_{}): {value} is not between {min} and {max}", name.to_uppercase()));
            }
        };
        range("pool", raw.pool.map_or(1, u64::from), 1, 1_000);
        range("workers", raw.workers.map_or(1, |w| u64::try_from(w).unwrap_or(u64::MAX)), 1, 1_024);
        range("pool_wait_ms", raw.pool_wait_ms, 1, 60_000);
        range("max_body_bytes", u64::try_from(raw.max_body_bytes).unwrap_or(u64::MAX), 1_024, 64 * 1024 * 1024);
        range("graphql_max_depth", u64::try_from(raw.graphql_max_depth).unwrap_or(u64::MAX), 3, 100);
        range("shutdown_seconds", raw.shutdown_seconds, 0, 600);
        range("sign_in_timeout_ms", raw.sign_in_timeout_ms, 10, 60_000);
        range("payment_timeout_ms", raw.payment_timeout_ms, 10, 120_000);
        range("bank_transfer_due_hours", u64::from(raw.bank_transfer_due_hours), 1, 24 * 365);
        range("cart_days", u64::from(raw.cart_days), 1, 3650);
        range("hsts_seconds", raw.hsts_seconds.unwrap_or(0), 0, 63_072_000);
        range("max_in_flight", u64::try_from(raw.max_in_flight).unwrap_or(u64::MAX), 1, 1_000_000);
        range("signing_key_days", u64::from(raw.signing_key_days), 1, 3650);
        range("session_days", u64::from(raw.session_days), 1, 365);
        range("staff_session_days", u64::from(raw.staff_session_days), 1, 365);
        range("step_up_minutes", u64::from(raw.step_up_minutes), 1, 1_440);
        range("password_memory_kib", u64::from(raw.password_memory_kib), 8, 1024 * 1024);
        range("password_iterations", u64::from(raw.password_iterations), 1, 100);
        range("password_parallelism", u64::from(raw.password_parallelism), 1, 16);
        range("password_hashing_at_once", raw.password_hashing_at_once.map_or(1, |n| u64::try_from(n).unwrap_or(u64::MAX)), 1, 1_024);
        range("password_hashing_waiting", u64::try_from(raw.password_hashing_waiting).unwrap_or(u64::MAX), 0, 100_000);
        let listen = raw
            .listen
            .parse()
            .map_err(|_| problems.push(format!("listen (MARU_LISTEN): {:?} is not an address such as 127.0.0.1:8080", raw.listen)));
        let database_url = raw.database_url.parse().map_err(|e: String| problems.push(format!("database_url (MARU_DATABASE_URL): {e}")));
        if raw.secret_key.as_ref().is_some_and(|key| key.len() < 32) {
            problems.push("secret_key (MARU_SECRET_KEY): at least 32 characters".to_owned());
        }
        if raw.password_memory_kib < raw.password_parallelism.saturating_mul(8) {
            problems.push("password_memory_kib (MARU_PASSWORD_MEMORY_KIB): at least 8 for each of password_parallelism".to_owned());
        }
        if raw.token_issuer.trim().is_empty() || raw.token_issuer.len() > 200 {
            problems.push("token_issuer (MARU_TOKEN_ISSUER): 1 to 200 characters".to_owned());
        }
        problems.extend(mail_problems(&raw));
        if let Err(e) = raw.log.parse::<tracing_subscriber::EnvFilter>() {
            problems.push(format!("log (MARU_LOG): {e}"));
        }
        let (limits, transport) = (raw.limits(&mut problems), raw.transport(&mut problems));
        let (browsers, passkeys) = (raw.browsers(&mut problems), raw.passkeys(&mut problems));
        let sign_in = sign_in::check(std::mem::take(&mut raw.sign_in), raw.sign_in_timeout_ms, &mut problems);
        // What is wrong with them; from_parts reads them again.
        (_, _, _) = (raw.sms(&mut problems), raw.identity(&mut problems), raw.inactive(&mut problems));
        match (listen, database_url) {
            (Ok(listen), Ok(database_url)) if problems.is_empty() => {
                Ok(Self { browsers, passkeys, sign_in, ..Self::from_parts(raw, listen, database_url, limits, transport) })
            }
            _ => Err(problems),
        }
    }

    fn from_parts(raw: Raw, listen: SocketAddr, database_url: DatabaseUrl, limits: Limits, transport: Transport) -> Self {
        let browsers = Browsers { domain: None, same_site: raw.cookies_samesite, secure: raw.cookies_secure };
        let nothing = &mut Vec::new();
        let (sms, identity, inactive) = (raw.sms(nothing), raw.identity(nothing), raw.inactive(nothing));
        Self {
            limits,
            transport,
            browsers,
            passkeys: None,
            listen,
            database_url,
            migrate: raw.migrate,
            pool: raw.pool,
            pool_wait_ms: raw.pool_wait_ms,
            max_waiting: raw.max_waiting,
            workers: raw.workers,
            secret_key: raw.secret_key.map(SecretString::from),
            token_issuer: raw.token_issuer,
            signing_key_days: raw.signing_key_days,
            session_days: raw.session_days,
            password_memory_kib: raw.password_memory_kib,
            password_iterations: raw.password_iterations,
            password_parallelism: raw.password_parallelism,
            password_hashing_at_once: raw.password_hashing_at_once,
            password_hashing_waiting: raw.password_hashing_waiting,
            mail: raw.mail,
            mail_smtp_url: raw.mail_smtp_url.map(SecretString::from),
            mail_from: raw.mail_from,
            sms,
            identity,
            inactive,
            mail_link_base: raw.mail_link_base,
            staff_totp_required: raw.staff_totp_required,
            staff_session_days: raw.staff_session_days,
            step_up_minutes: raw.step_up_minutes,
            staff_link_base: raw.staff_link_base,
            sign_in: Vec::new(),
            payments_test: raw.payments_test,
            payment_timeout_ms: raw.payment_timeout_ms,
            bank_transfer_due_hours: raw.bank_transfer_due_hours,
            bank_transfer_bank: raw.bank_transfer_bank,
            bank_transfer_holder: raw.bank_transfer_holder,
            cart_days: raw.cart_days,
            max_body_bytes: raw.max_body_bytes,
            max_upload_bytes: raw.max_upload_bytes,
            lane_bytes: raw.lane_bytes,
            graphql_max_depth: raw.graphql_max_depth,
            graphql_max_cost: raw.graphql_max_cost,
            graphql_introspection: raw.graphql_introspection,
            graphql_trusted_documents: raw.graphql_trusted_documents,
            docs: raw.docs,
            cors_origins: raw.cors_origins.split(',').map(str::trim).filter(|o| !o.is_empty()).map(str::to_owned).collect(),
            shutdown_seconds: raw.shutdown_seconds,
            header_timeout_ms: raw.header_timeout_ms,
            run_jobs: raw.run_jobs,
            log_format: raw.log_format,
            log: raw.log,
        }
    }

    /// The configuration of a test or a tool: defaults on this database.
    pub fn for_database(database_url: DatabaseUrl) -> Self {
        let (raw, mut problems) = (Raw::default(), Vec::new());
        let (limits, transport) = (raw.limits(&mut problems), raw.transport(&mut problems));
        Self::from_parts(raw, SocketAddr::from(([127, 0, 0, 1], 0)), database_url, limits, transport)
    }

    /// Connections to open: asked for, or few on SQLite's cores and more on a server's.
    pub fn pool_size(&self) -> u32 {
        self.pool.unwrap_or(match self.database_url.backend() {
            Backend::Sqlite => std::thread::available_parallelism().map_or(4, |n| u32::try_from(n.get()).unwrap_or(4)).max(4),
            Backend::Postgres => 16,
        })
    }

    /// Whether to migrate at start.
    pub fn migrate_at_start(&self) -> bool {
        self.migrate.unwrap_or(self.database_url.backend() == Backend::Sqlite)
    }
}

/// What is wrong with the way mail is to leave.
fn mail_problems(raw: &Raw) -> Vec<String> {
    let mut problems = Vec::new();
    if raw.mail == MailBy::Smtp && raw.mail_smtp_url.is_none() {
        problems.push("mail_smtp_url (MARU_MAIL_SMTP_URL): mail=smtp needs it, such as smtps://user:password@mail.example.com".to_owned());
    }
    if raw.mail_smtp_url.as_ref().is_some_and(|url| !url.starts_with("smtp://") && !url.starts_with("smtps://")) {
        problems.push("mail_smtp_url (MARU_MAIL_SMTP_URL): expected smtp://... or smtps://...".to_owned());
    }
    if raw.mail_from.parse::<lettre::message::Mailbox>().is_err() {
        problems.push(format!("mail_from (MARU_MAIL_FROM): {:?} is no address such as Maru <shop@example.com>", raw.mail_from));
    }
    for (name, base) in [("mail_link_base", &raw.mail_link_base), ("staff_link_base", &raw.staff_link_base)] {
        if base.as_ref().is_some_and(|base| url::Url::parse(base).is_err()) {
            problems.push(format!("{name} (MARU_{}): expected a URL such as https://shop.example.com/account", name.to_uppercase()));
        }
    }
    problems
}

/// `MARU_CONFIG` names the file, `MARU_TEST_*` belongs to the tests, `*_FILE` is read apart.
fn is_setting(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name != "config" && !name.starts_with("test_") && !name.starts_with("sign_in__") && !name.ends_with("_file")
}

/// Providers to sign in with: `MARU_SIGN_IN__GOOGLE__CLIENT_ID`. Their values are text as they stand: a client's id may
/// be all digits.
fn sign_in_from_variables() -> sign_in::Raw {
    let mut found = sign_in::Raw::new();
    for (name, value) in std::env::vars() {
        let Some((provider, setting)) = name.strip_prefix("MARU_SIGN_IN__").and_then(|rest| rest.split_once("__")) else { continue };
        let value = match value.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            _ => value.into(),
        };
        found.entry(provider.to_lowercase()).or_default().insert(setting.to_lowercase(), value);
    }
    found
}

/// Variables whose text may look like a number, such as a phone's, and is none.
fn verbatim() -> std::collections::BTreeMap<&'static str, String> {
    const TEXTS: [(&str, &str); 7] = [
        ("sms_from", "MARU_SMS_FROM"),
        ("sms_key", "MARU_SMS_KEY"),
        ("sms_secret", "MARU_SMS_SECRET"),
        ("sms_service", "MARU_SMS_SERVICE"),
        ("identity_secret", "MARU_IDENTITY_SECRET"),
        ("identity_store", "MARU_IDENTITY_STORE"),
        ("identity_channel", "MARU_IDENTITY_CHANNEL"),
    ];
    TEXTS.into_iter().filter_map(|(setting, variable)| Some((setting, read_env(variable)?))).collect()
}

/// Secrets from files: `MARU_SECRET_KEY_FILE` and the like.
fn secrets_from_files() -> Result<std::collections::BTreeMap<&'static str, String>, Vec<String>> {
    let mut found = std::collections::BTreeMap::new();
    let mut problems = Vec::new();
    const FILES: [(&str, &str); 6] = [
        ("secret_key", "MARU_SECRET_KEY_FILE"),
        ("database_url", "MARU_DATABASE_URL_FILE"),
        ("limits_redis_url", "MARU_LIMITS_REDIS_URL_FILE"),
        ("mail_smtp_url", "MARU_MAIL_SMTP_URL_FILE"),
        ("sms_secret", "MARU_SMS_SECRET_FILE"),
        ("identity_secret", "MARU_IDENTITY_SECRET_FILE"),
    ];
    for (setting, variable) in FILES {
        if let Some(path) = read_env(variable) {
            match std::fs::read_to_string(&path) {
                Ok(text) => {
                    found.insert(setting, text.trim().to_owned());
                }
                Err(e) => problems.push(format!("{variable}: cannot read {path}: {e}")),
            }
        }
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

#[expect(clippy::disallowed_methods, reason = "the one reader of the environment")]
fn read_env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_every_problem_at_once() {
        let raw =
            Raw { listen: "nowhere".into(), database_url: "shop.db".into(), cart_days: 0, limit_read: "many".into(), ..Raw::default() };
        let raw = Raw { tls_key: Some("key.pem".into()), trusted_proxies: "proxy".into(), ..raw };
        let problems = Config::check(raw).unwrap_err();
        assert_eq!(problems.len(), 6, "{problems:?}");
        assert!(problems.iter().any(|p| p.contains("MARU_LISTEN")));
    }

    #[test]
    fn the_defaults_are_valid() {
        let config = Config::check(Raw::default()).unwrap();
        assert!(config.migrate_at_start());
        assert!(!config.payments_test);
    }
}
