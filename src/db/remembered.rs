//! What transactions read of settings that seldom change, kept in this process under the revision that they saw.
//! Whoever sees a newer revision reads anew; so nothing is ever priced by what was changed before it was asked.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use crate::types::ChannelId;

/// How many are kept.
const MOST: u64 = 1_000;
/// How many guesses are: some of each word that shoppers look for.
const MOST_GUESSES: u64 = 5_000;
/// How long: an operator may write the database by hand, which counts no revision up.
const LIFE: Duration = Duration::from_secs(1);

/// How long a guess is.
const GUESS_LIFE: Duration = Duration::from_secs(600);

/// A channel's revision as a transaction saw it: its settings are at least as new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seen {
    /// The channel.
    pub channel: ChannelId,
    /// Its revision.
    pub revision: i64,
}

/// What is kept: what was read, of what, as of when.
pub(super) type Key = (Seen, &'static str, String);

pub(super) struct Remembered {
    settings: moka::sync::Cache<Key, Arc<dyn Any + Send + Sync>>,
    guesses: moka::sync::Cache<(&'static str, String), bool>,
}

impl Default for Remembered {
    fn default() -> Self {
        Self {
            settings: moka::sync::Cache::builder().max_capacity(MOST).time_to_live(LIFE).build(),
            guesses: moka::sync::Cache::builder().max_capacity(MOST_GUESSES).time_to_live(GUESS_LIFE).build(),
        }
    }
}

impl Remembered {
    pub(super) fn get<T: Any + Send + Sync>(&self, key: &Key) -> Option<Arc<T>> {
        self.settings.get(key).and_then(|known| known.downcast().ok())
    }

    pub(super) fn keep<T: Any + Send + Sync>(&self, key: Key, read: Arc<T>) {
        self.settings.insert(key, read);
    }

    pub(super) fn guess(&self, what: &'static str, of: &str) -> Option<bool> {
        self.guesses.get(&(what, of.to_owned()))
    }

    pub(super) fn keep_guess(&self, what: &'static str, of: &str, guess: bool) {
        self.guesses.insert((what, of.to_owned()), guess);
    }
}
