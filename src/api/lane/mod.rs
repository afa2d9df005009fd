//! The fast lane: finished bytes of answers that anybody may see, kept under their channel's revision. A
//! request that finds its answer here costs no blocking hop. What is kept is made from a [`Scope`] alone, which
//! holds nothing of who asks, so nothing private can get here. Everything in it can be thrown away at any moment.
//!
//! An answer is never older than [`OLDEST`]: a change made in this process is seen at once, another process's
//! when [`watch`] next asks for the revisions; when it cannot ask, the lane is closed.

mod kept;
mod pass;
mod watch;

use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::http::Method;

pub use kept::{Form, Kept, Made};
pub use pass::pass;
pub use watch::watch;

use super::errors::log_fault;
use crate::app::App;
use crate::commerce::channels::Scope;
use crate::error::Error;
use crate::types::ChannelId;

/// How old what is known of revisions may be.
const OLDEST: Duration = Duration::from_secs(1);
/// How long what a key and a language stand for is believed. With what `App` remembers of keys it makes the second
/// after which a revoked key no longer works.
const SCOPE_LIFE: Duration = Duration::from_millis(500);
/// The longest URL or GraphQL request that is kept.
const LONGEST: usize = 8 * 1024;
/// Bytes of what GraphQL requests were found to ask.
const MEANINGS: u64 = 8 * 1024 * 1024;

/// What headers stand for.
#[derive(Debug)]
pub struct Known {
    /// Channel and language of a request that says no more.
    pub scope: Arc<Scope>,
    /// Both, as the beginning of a key.
    prefix: String,
    /// What staff had changed here when this was found out.
    forgotten: usize,
}

/// The fast lane of this process.
pub struct Lane {
    app: App,
    answers: moka::future::Cache<String, Arc<Entry>>,
    scopes: moka::sync::Cache<String, Arc<Known>>,
    meanings: moka::sync::Cache<String, Arc<str>>,
    /// How many answers it gave, and how long each took.
    answered: metrics::Counter,
    took: metrics::Histogram,
    /// Milliseconds since `opened` at which the revisions were last known to be true.
    asked: AtomicU64,
    opened: Instant,
}

/// What came of making an answer.
#[derive(Debug)]
enum Entry {
    Answer(ChannelId, Arc<Kept>),
    /// It was refused: told to those who waited, kept for nobody.
    Refused(Error),
}

impl Lane {
    /// A lane of so many bytes.
    pub fn new(app: App, bytes: u64) -> Self {
        let weigh = |key: &String, entry: &Arc<Entry>| {
            let weight = match entry.as_ref() {
                Entry::Answer(_, kept) => kept.weight(),
                Entry::Refused(_) => 200,
            };
            u32::try_from(weight.saturating_add(key.len())).unwrap_or(u32::MAX)
        };
        let meaning = |key: &String, meaning: &Arc<str>| u32::try_from(key.len().saturating_add(meaning.len())).unwrap_or(u32::MAX);
        Self {
            app,
            answers: moka::future::Cache::builder().weigher(weigh).max_capacity(bytes).build(),
            scopes: moka::sync::Cache::builder().max_capacity(10_000).time_to_live(SCOPE_LIFE).build(),
            meanings: moka::sync::Cache::builder().weigher(meaning).max_capacity(MEANINGS).build(),
            answered: metrics::counter!("maru_lane_answers_total"),
            took: metrics::histogram!("maru_lane_answer_duration_seconds"),
            asked: AtomicU64::new(0),
            opened: Instant::now(),
        }
    }

    /// The shop it is of.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// What a request's key and language stand for, if that was found out just now.
    pub fn known(&self, request: &HttpRequest) -> Option<Arc<Known>> {
        with_buffer(|buffer| scope_key(request, buffer).and_then(|()| self.scopes.get(buffer.as_str())))
            .filter(|known| known.forgotten == self.app.times_forgotten())
    }

    /// Notes what a request's key and language stand for.
    pub fn learn(&self, request: &HttpRequest, scope: &Arc<Scope>) -> Option<Arc<Known>> {
        let prefix = format!("{} {} ", scope.channel.id, scope.locale);
        let known = Arc::new(Known { scope: scope.clone(), prefix, forgotten: self.app.times_forgotten() });
        with_buffer(|buffer| scope_key(request, buffer).map(|()| self.scopes.insert(buffer.clone(), known.clone())))?;
        Some(known)
    }

    /// The answer to a GET of this request's URL, if there is one that still holds.
    pub async fn find(&self, request: &HttpRequest) -> Option<Arc<Kept>> {
        let known = self.known(request)?;
        self.holding(&url_key(&known, request)?).await
    }

    /// The answer to what a GraphQL request means, if there is one that still holds.
    pub async fn find_meaning(&self, request: &HttpRequest, text: &str) -> Option<Arc<Kept>> {
        let known = self.known(request)?;
        let meaning = self.meanings.get(text)?;
        self.holding(&meaning_key(&known, &meaning)).await
    }

    /// Notes what a GraphQL request, as it was sent, means: requests that mean the same share an answer.
    pub fn learn_meaning(&self, text: String, meaning: &str) {
        if text.len() <= LONGEST {
            self.meanings.insert(text, meaning.into());
        }
    }

    async fn holding(&self, key: &str) -> Option<Arc<Kept>> {
        if !self.is_open() {
            return None;
        }
        match self.answers.get(key).await?.as_ref() {
            Entry::Answer(channel, kept) if self.holds(*channel, kept) => Some(kept.clone()),
            _ => None,
        }
    }

    /// The answer under a key: the one that still holds, or one made now, once for all who ask at the same time.
    pub async fn answer(&self, key: &str, channel: ChannelId, make: impl Future<Output = Result<Made, Error>>) -> Result<Arc<Kept>, Error> {
        let made = async {
            // Before anything is read: what changes meanwhile makes the answer older than it is, never newer.
            let revision = self.app.db().revisions().of(channel);
            Arc::new(match make.await {
                Ok(made) => Entry::Answer(channel, Arc::new(Kept::new(made, revision))),
                Err(error) => {
                    // The others who wait are told without it.
                    if error.cause.is_some() {
                        log_fault(&error);
                    }
                    Entry::Refused(error)
                }
            })
        };
        let is_stale = |entry: &Arc<Entry>| match entry.as_ref() {
            Entry::Answer(channel, kept) => !self.is_open() || !self.holds(*channel, kept),
            Entry::Refused(_) => true,
        };
        let entry = self.answers.entry_by_ref(key).or_insert_with_if(made, is_stale).await.into_value();
        match entry.as_ref() {
            Entry::Answer(_, kept) => Ok(kept.clone()),
            Entry::Refused(error) => Err(error.again()),
        }
    }

    /// Whether what is known of revisions is fresh enough to answer by it.
    pub fn is_open(&self) -> bool {
        let age = self.since_opened().saturating_sub(self.asked.load(Ordering::Relaxed));
        self.asked.load(Ordering::Relaxed) > 0 && Duration::from_millis(age) <= OLDEST
    }

    fn holds(&self, channel: ChannelId, kept: &Kept) -> bool {
        kept.revision == self.app.db().revisions().of(channel) && kept.until.is_none_or(|until| self.app.clock().now() < until)
    }

    /// The revisions are known as they are now.
    fn refreshed(&self) {
        self.asked.store(self.since_opened().max(1), Ordering::Relaxed);
    }

    fn since_opened(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// The key of a GET: none for a request that says who it is, or is no plain GET of something kept.
pub fn url_key(known: &Known, request: &HttpRequest) -> Option<String> {
    let target = request.uri().path_and_query()?.as_str();
    (request.method() == Method::GET && target.len() <= LONGEST).then(|| format!("{}{target}", known.prefix))
}

/// The key of a GraphQL request by its meaning.
pub fn meaning_key(known: &Known, meaning: &str) -> String {
    format!("{}{meaning}", known.prefix)
}

/// What a request's scope depends on. A caller who says who it is has no place in the lane.
fn scope_key(request: &HttpRequest, out: &mut String) -> Option<()> {
    let headers = request.headers();
    if headers.contains_key("authorization") {
        return None;
    }
    let text = |name: &str| headers.get(name).map_or(Some(""), |value| value.to_str().ok()).filter(|text| text.len() <= 200);
    out.clear();
    write!(out, "{}\n{}", text("maru-publishable-key")?, text("accept-language")?).ok()
}

/// Text that is needed for a moment, without asking for memory each time.
fn with_buffer<T>(work: impl FnOnce(&mut String) -> T) -> T {
    thread_local! {
        static BUFFER: std::cell::RefCell<String> = std::cell::RefCell::default();
    }
    BUFFER.with_borrow_mut(work)
}
