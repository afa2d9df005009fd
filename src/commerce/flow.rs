//! Flows: operations of several transactions with a provider between them. A flow begins in one
//! transaction with its `Idempotency-Key`, which notes what was begun; whoever retries with the key gets the
//! answer, or goes on from there.

use crate::app::App;
use crate::commerce::idempotency::{Answer, Claim, Ran, Written};
use crate::db::Tx;
use crate::error::{Error, Result};

/// How a flow is to run.
#[derive(Debug, Clone)]
pub enum Run {
    /// At most once for this key; without one, once for each request.
    Do(Option<Claim>),
    /// Tell what would happen, change nothing.
    Rehearse,
}

impl Run {
    /// Whether it changes anything.
    pub fn is_for_real(&self) -> bool {
        matches!(self, Self::Do(_))
    }

    /// The claim, if there is one.
    pub fn claim(&self) -> Option<&Claim> {
        match self {
            Self::Do(claim) => claim.as_ref(),
            Self::Rehearse => None,
        }
    }
}

/// What a flow's first transaction came to.
pub enum Step<T, S> {
    /// The answer: nothing needs asking.
    Done(T),
    /// What to go on with.
    GoOn(S),
}

/// Where a flow stands after its first transaction.
pub enum Begun<T, S> {
    /// At its end, now or by an earlier request.
    Finished(Written<T>),
    /// In its middle.
    GoOn(S),
    /// In the middle where an earlier request left it: what that one made.
    Resumed(uuid::Uuid),
}

/// Runs a flow's first transaction. `start` is given the id of what the flow is about to make (or of
/// `resource`, which it is about); `preview` is what a rehearsal answers.
pub async fn begin<T: Answer, S: Send + 'static>(
    app: &App,
    run: &Run,
    resource: Option<uuid::Uuid>,
    preview: impl Fn(S) -> Result<T>,
    start: impl Fn(&mut Tx, uuid::Uuid) -> Result<Step<T, S>> + Send + 'static,
) -> Result<Begun<T, S>> {
    let id = move |tx: &Tx| resource.unwrap_or_else(|| tx.new_id::<crate::types::OrderId>().into());
    let done = |value| Begun::Finished(Written { value, replayed: false });
    let claim = match run {
        Run::Do(Some(claim)) => claim.clone(),
        Run::Do(None) => {
            return Ok(match app.write(move |tx| start(tx, id(tx))).await? {
                Step::Done(value) => done(value),
                Step::GoOn(state) => Begun::GoOn(state),
            });
        }
        Run::Rehearse => {
            return Ok(match app.rehearse(move |tx| start(tx, id(tx))).await? {
                Step::Done(value) => done(value),
                Step::GoOn(state) => done(preview(state)?),
            });
        }
    };
    let secret = app.secret().clone();
    app.write(move |tx| {
        let id = id(tx);
        let answer = |step: &Step<T, S>| match step {
            Step::Done(value) => Some(value.clone()),
            Step::GoOn(_) => None,
        };
        Ok(match claim.run(tx, Some(id), |tx| start(tx, id), answer)? {
            Ran::Now(Step::Done(value)) => Begun::Finished(Written { value, replayed: false }),
            Ran::Now(Step::GoOn(state)) => Begun::GoOn(state),
            Ran::Before(answer) => Begun::Finished(Written { value: answer.with_secrets(&secret)?, replayed: true }),
            Ran::Abandoned(resource) => Begun::Resumed(resource),
        })
    })
    .await
}

/// Runs a flow to its end even if the client goes away in its middle.
pub async fn detached<T: Send + 'static>(flow: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(flow).await.map_err(Error::internal)?
}
