//! Configuration: defaults, then a TOML file, then `MARU_*` variables (and `MARU_*_FILE`, whose value is
//! a file that holds the secret), then flags. Checked whole at once.

mod accounts;
mod browsers;
mod limits;
mod raw;
pub mod sign_in;
mod sources;

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
use raw::Raw;
use sources::{is_setting, secrets_from_files, sign_in_from_variables, verbatim};

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
