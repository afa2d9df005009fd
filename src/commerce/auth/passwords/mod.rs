//! Passwords: how they are chosen, hashed and checked, for customers and staff alike. They are kept as argon2id
//! PHC strings; what another system wrote is checked as it did and hashed anew at the next success. Hashing runs on
//! blocking threads, few at once, and never inside a transaction: a flow hashes before it and checks after it.

mod foreign;
mod policy;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use tokio::sync::Semaphore;

pub use foreign::{Scheme, check_imported};
pub use policy::{NewPassword, choose};

use crate::commerce::secrets;
use crate::config::Config;
use crate::error::{Code, Error, Result};
use crate::types::Secret;

/// The longest password that is looked at: what is longer is nobody's.
const LONGEST_BYTES: usize = 4_096;

/// Hashes and checks passwords. Cloning is cheap.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    params: Params,
    /// A hash of these parameters that no password has: checking it costs what checking a real one does.
    nobodys: String,
    at_once: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
}

/// What checking a password came to.
#[derive(Debug)]
pub struct Verdict {
    /// Whether it is the account's.
    pub matches: bool,
    /// The hash to keep from now on, when the kept one was made otherwise than is configured.
    pub renewed: Option<String>,
}

impl Passwords {
    /// As configured.
    pub fn from_config(config: &Config) -> Result<Self> {
        let (memory, iterations, lanes) = (config.password_memory_kib, config.password_iterations, config.password_parallelism);
        let params = Params::new(memory, iterations, lanes, None).map_err(|e| Error::internal(e.to_string()))?;
        let random = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
        let (salt, output) = (random(&secrets::random::<16>()?), random(&secrets::random::<32>()?));
        let cores = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Ok(Self(Arc::new(Inner {
            params,
            nobodys: format!("$argon2id$v=19$m={memory},t={iterations},p={lanes}${salt}${output}"),
            at_once: Arc::new(Semaphore::new(config.password_hashing_at_once.unwrap_or(cores))),
            waiting: AtomicUsize::new(0),
            most_waiting: config.password_hashing_waiting,
        })))
    }

    /// The hash to keep of a password that was chosen.
    pub async fn hash(&self, password: NewPassword) -> Result<String> {
        let params = self.0.params.clone();
        self.run(move || hash(&params, password.as_bytes())).await
    }

    /// Whether a password is the one with this hash. An account that is not there, or has no password, takes the
    /// same work.
    pub async fn verify(&self, presented: Secret, kept: Option<String>) -> Result<Verdict> {
        let passwords = self.clone();
        self.run(move || passwords.verified(presented.expose(), kept.as_deref())).await
    }

    fn verified(&self, presented: &str, kept: Option<&str>) -> Result<Verdict> {
        let normalised = policy::normalised(presented);
        if normalised.len() > LONGEST_BYTES {
            return Ok(Verdict { matches: false, renewed: None });
        }
        let scheme = Scheme::of(kept.unwrap_or(&self.0.nobodys));
        let matches = scheme.matches(presented, &normalised) && kept.is_some();
        let renewed = if matches && !self.is_current(&scheme) { Some(hash(&self.0.params, normalised.as_bytes())?) } else { None };
        Ok(Verdict { matches, renewed })
    }

    fn is_current(&self, scheme: &Scheme) -> bool {
        let Scheme::Argon2(phc) = scheme else { return false };
        let Ok(parsed) = PasswordHash::new(phc) else { return false };
        let same = |p: &Params| {
            let own = &self.0.params;
            (p.m_cost(), p.t_cost(), p.p_cost()) == (own.m_cost(), own.t_cost(), own.p_cost())
        };
        phc.starts_with("$argon2id$v=19$") && Params::try_from(&parsed).is_ok_and(|p| same(&p))
    }

    /// Runs one of few at once; past a bounded queue it is kinder to say so.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let permit = match self.0.at_once.clone().try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _place = self.wait()?;
                self.0.at_once.clone().acquire_owned().await.map_err(Error::internal)?
            }
        };
        // The permit goes with the work: a client that goes away does not make room for one more.
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.map_err(Error::internal)?
    }

    fn wait(&self) -> Result<Place<'_>> {
        if self.0.waiting.fetch_add(1, Ordering::Relaxed) >= self.0.most_waiting {
            self.0.waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(Error::new(Code::Unavailable, "Too many log in at once. Try again shortly."));
        }
        Ok(Place(&self.0.waiting))
    }
}

/// A place in the queue.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn hash(params: &Params, password: &[u8]) -> Result<String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let hash: PasswordHash = argon2.hash_password(password).map_err(|e| Error::internal(e.to_string()))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords(change: impl FnOnce(&mut Config)) -> Passwords {
        let mut config = Config::for_database("sqlite://x.db".parse().unwrap());
        (config.password_memory_kib, config.password_iterations) = (64, 1);
        change(&mut config);
        Passwords::from_config(&config).unwrap()
    }

    fn secret(text: &str) -> Secret {
        text.to_owned().into()
    }

    #[tokio::test]
    async fn a_hash_is_its_passwords_alone_and_renewed_when_parameters_change() {
        let old = passwords(|_| {});
        let kept = old.hash(choose(&secret("오래된 나무 책상 서랍"), "/password", &[]).unwrap()).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{kept}");
        let right = old.verify(secret("오래된 나무 책상 서랍"), Some(kept.clone())).await.unwrap();
        assert!(right.matches && right.renewed.is_none());
        assert!(!old.verify(secret("오래된 나무 책상 서람"), Some(kept.clone())).await.unwrap().matches);
        let new = passwords(|c| c.password_iterations = 2);
        let renewed = new.verify(secret("오래된 나무 책상 서랍"), Some(kept)).await.unwrap().renewed.unwrap();
        assert!(renewed.starts_with("$argon2id$v=19$m=64,t=2,p=1$"), "{renewed}");
        assert!(new.verify(secret("오래된 나무 책상 서랍"), Some(renewed)).await.unwrap().renewed.is_none());
    }

    #[tokio::test]
    async fn nobodys_hash_takes_the_configured_work_and_never_matches() {
        let passwords = passwords(|_| {});
        assert!(matches!(Scheme::of(&passwords.0.nobodys), Scheme::Argon2(_)));
        assert!(passwords.is_current(&Scheme::of(&passwords.0.nobodys)));
        assert!(!passwords.verify(secret("anything at all"), None).await.unwrap().matches);
    }

    #[tokio::test]
    async fn past_its_queue_it_says_so_at_once() {
        let passwords = passwords(|c| (c.password_hashing_at_once, c.password_hashing_waiting) = (Some(1), 0));
        let busy = passwords.0.at_once.clone().try_acquire_owned().unwrap();
        let refused = passwords.verify(secret("x"), None).await.unwrap_err();
        assert_eq!(refused.code, Code::Unavailable);
        drop(busy);
        assert!(passwords.verify(secret("x"), None).await.is_ok());
    }
}
