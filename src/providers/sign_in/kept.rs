//! Something of a provider that is kept for a while: asked for by one at a time, and no more often than is decent,
//! however many want it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use super::SignInError;

/// How long what is kept is believed.
const LIFE: Duration = Duration::from_secs(3600);
/// How long it is believed when the provider cannot be asked.
const LIFE_UNASKED: Duration = Duration::from_secs(24 * 3600);
/// How long after a failure nobody asks again.
const FAILURE_PAUSE: Duration = Duration::from_secs(1);
/// How often what is kept may be found lacking and asked for anew.
const LACKING_PAUSE: Duration = Duration::from_secs(30);

/// Something that is kept.
pub(super) struct Kept<T> {
    held: RwLock<Option<Held<T>>>,
    asking: Mutex<Asked>,
}

struct Held<T> {
    value: Arc<T>,
    at: Instant,
}

#[derive(Default)]
struct Asked {
    failed_at: Option<Instant>,
    lacking_at: Option<Instant>,
}

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self { held: RwLock::new(None), asking: Mutex::default() }
    }
}

impl<T> Kept<T> {
    /// What is kept, asked for if there is none or it is old.
    pub async fn get<F>(&self, ask: impl FnOnce() -> F) -> Result<Arc<T>, SignInError>
    where
        F: Future<Output = Result<T, SignInError>>,
    {
        if let Some(value) = self.known(LIFE) {
            return Ok(value);
        }
        let mut asked = self.asking.lock().await;
        match self.known(LIFE) {
            Some(value) => Ok(value),
            None => self.ask(&mut asked, ask).await,
        }
    }

    /// What is kept once more, because something is lacking in `seen`: asked for anew, but not often.
    pub async fn beyond<F>(&self, seen: &Arc<T>, ask: impl FnOnce() -> F) -> Result<Arc<T>, SignInError>
    where
        F: Future<Output = Result<T, SignInError>>,
    {
        let mut asked = self.asking.lock().await;
        match self.known(LIFE) {
            Some(value) if !Arc::ptr_eq(&value, seen) => Ok(value),
            Some(value) if asked.lacking_at.is_some_and(|at| at.elapsed() < LACKING_PAUSE) => Ok(value),
            _ => {
                asked.lacking_at = Some(Instant::now());
                self.ask(&mut asked, ask).await
            }
        }
    }

    async fn ask<F>(&self, asked: &mut Asked, ask: impl FnOnce() -> F) -> Result<Arc<T>, SignInError>
    where
        F: Future<Output = Result<T, SignInError>>,
    {
        if asked.failed_at.is_some_and(|at| at.elapsed() < FAILURE_PAUSE) {
            return self.known(LIFE_UNASKED).ok_or_else(|| SignInError::unavailable("it could not be asked a moment ago"));
        }
        match ask().await {
            Ok(value) => {
                let value = Arc::new(value);
                asked.failed_at = None;
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(Held { value: value.clone(), at: Instant::now() });
                Ok(value)
            }
            Err(error) => {
                asked.failed_at = Some(Instant::now());
                tracing::warn!(%error, "a sign-in provider could not be asked");
                self.known(LIFE_UNASKED).ok_or(error)
            }
        }
    }

    fn known(&self, life: Duration) -> Option<Arc<T>> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        held.as_ref().filter(|held| held.at.elapsed() < life).map(|held| held.value.clone())
    }
}
