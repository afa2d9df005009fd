//! Several transactions, one statement: on PostgreSQL. A purchase that is a single statement (see [`Tx::may_be_one_statement`])
//! costs the server more for opening ten tables and thirty indexes, checking constraints anew and committing than for its
//! rows. So few statements run at once, each on a connection of its own, and what waits meanwhile and is alike goes
//! together: the rows of one insert, the quantities of one update of the stock. Nobody waits for company: a
//! purchase that comes alone runs at once.
//!
//! One that meets a locked row holds up the others of its statement, and two of them whoever comes next: so these connections
//! wait for a lock for a second, and who waits in the queue for a moment only. Then each goes by itself.
//!
//! All of them hold or none: if one does not (or the server ended a deadlock), nothing was written, and each runs again by
//! itself.
//!
//! [`Tx::may_be_one_statement`]: super::Tx::may_be_one_statement

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, Pool};

use super::later::{Pending, run_whole};
use super::{Again, is_transient};
use crate::error::{Error, Result};

/// The most transactions of one statement. They go together by one, two, four ...: each number is a statement that the
/// server keeps prepared.
const MOST: usize = 16;

/// How long one waits to be taken along or to go first: many times as long as statements take that meet no lock.
const PATIENCE: Duration = Duration::from_millis(250);

/// Where transactions wait that are one statement.
pub(super) struct Joint {
    connections: Pool<ConnectionManager<PgConnection>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    running: u32,
    waiting: VecDeque<(Arc<Seat>, Pending)>,
}

/// Where one that waits is told what becomes of it.
#[derive(Default)]
struct Seat {
    said: Mutex<Option<Said>>,
    heard: Condvar,
}

enum Said {
    /// Another ran it with its own: that is what came of it.
    Done(Result<()>),
    /// Nothing came of it: it is to run by itself.
    Alone(Pending),
    /// It is its turn.
    Lead(Pending),
}

impl Seat {
    fn say(&self, said: Said) {
        *lock(&self.said) = Some(said);
        self.heard.notify_one();
    }

    /// Waits to be told, for so long.
    fn hear(&self, patience: Duration) -> Option<Said> {
        let nothing_said = |said: &mut Option<Said>| said.is_none();
        let waited = self.heard.wait_timeout_while(lock(&self.said), patience, nothing_said);
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Joint {
    pub(super) fn new(connections: Pool<ConnectionManager<PgConnection>>) -> Self {
        Self { connections, queue: Mutex::default() }
    }

    /// Runs what is a whole transaction as a statement, its own or one with others; by `alone` what is to run by itself.
    pub(super) fn run(&self, pending: Pending, alone: impl FnOnce(&Pending) -> Result<()>) -> Result<()> {
        let pending = match self.enter(pending) {
            Said::Lead(pending) => pending,
            Said::Done(result) => return result,
            Said::Alone(pending) => return alone(&pending),
        };
        let mut led = Led { joint: self, others: self.gather(&pending) };
        let joined = !led.others.is_empty();
        let result = led.run(&pending);
        drop(led);
        match result {
            Err(error) if met_a_lock(&error) || (joined && is_transient(&error)) => alone(&pending),
            result => result,
        }
    }

    /// Goes first if there is a connection free, or waits to be told.
    fn enter(&self, pending: Pending) -> Said {
        let mut queue = lock(&self.queue);
        if queue.running < self.connections.max_size() {
            queue.running = queue.running.saturating_add(1);
            return Said::Lead(pending);
        }
        let seat = Arc::new(Seat::default());
        queue.waiting.push_back((seat.clone(), pending));
        drop(queue);
        loop {
            // Whoever is in the queue no more was taken along, and is told when that statement ends.
            if let Some(said) = seat.hear(PATIENCE).or_else(|| self.leave(&seat)) {
                return said;
            }
        }
    }

    /// Takes one out of the queue who waited too long.
    fn leave(&self, seat: &Arc<Seat>) -> Option<Said> {
        let mut queue = lock(&self.queue);
        let place = queue.waiting.iter().position(|(other, _)| Arc::ptr_eq(other, seat))?;
        queue.waiting.remove(place).map(|(_, pending)| Said::Alone(pending))
    }

    /// Takes of those who wait whoever may go along, as many as make a number that is kept prepared.
    fn gather(&self, first: &Pending) -> Vec<(Arc<Seat>, Pending)> {
        let mut queue = lock(&self.queue);
        let mut places = Vec::new();
        for (place, (_, pending)) in queue.waiting.iter().enumerate() {
            let chosen = places.iter().filter_map(|place| queue.waiting.get(*place)).map(|(_, pending)| pending);
            if places.len() < MOST - 1 && first.is_like(pending) && chosen.into_iter().all(|chosen| chosen.is_like(pending)) {
                places.push(place);
            }
        }
        let all = places.len() + 1;
        let even = if all.is_power_of_two() { all } else { all.next_power_of_two() / 2 };
        places.truncate(even - 1);
        // From the last on, so that the places before stay what they are.
        let mut taken: Vec<_> = places.into_iter().rev().filter_map(|place| queue.waiting.remove(place)).collect();
        taken.reverse();
        taken
    }

    /// Lets the next go first.
    fn hand_on(&self) {
        let mut queue = lock(&self.queue);
        match queue.waiting.pop_front() {
            Some((seat, pending)) => seat.say(Said::Lead(pending)),
            None => queue.running = queue.running.saturating_sub(1),
        }
    }
}

/// One who goes first and those who go along. Whatever happens, they are told and the next goes on.
struct Led<'a> {
    joint: &'a Joint,
    others: Vec<(Arc<Seat>, Pending)>,
}

impl Led<'_> {
    fn run(&mut self, first: &Pending) -> Result<()> {
        let all: Vec<&Pending> = std::iter::once(first).chain(self.others.iter().map(|(_, pending)| pending)).collect();
        metrics::counter!("maru_db_joint_statements_total").increment(1);
        metrics::counter!("maru_db_joint_transactions_total").increment(u64::try_from(all.len()).unwrap_or(1));
        // If the server gives no more connections, each runs by itself on those there are.
        let connection = self.joint.connections.get().map_err(|_| Error::unavailable(Again("no connection for what goes together")));
        let result = connection.and_then(|mut connection| run_whole(&all, &mut connection));
        for (seat, pending) in self.others.drain(..) {
            seat.say(match &result {
                Ok(()) => Said::Done(Ok(())),
                Err(error) if met_a_lock(error) || is_transient(error) => Said::Alone(pending),
                Err(error) => Said::Done(Err(error.again())),
            });
        }
        result
    }
}

impl Drop for Led<'_> {
    fn drop(&mut self) {
        for (seat, _) in self.others.drain(..) {
            seat.say(Said::Done(Err(Error::internal("the statement that this was a part of panicked"))));
        }
        self.joint.hand_on();
    }
}

/// Whether a statement ended because it waited for a lock for too long: nothing was written.
fn met_a_lock(error: &Error) -> bool {
    use diesel::result::Error as Diesel;
    let cause = error.cause.as_ref().and_then(|cause| cause.downcast_ref::<Diesel>());
    matches!(cause, Some(Diesel::DatabaseError(_, info)) if info.message().contains("lock timeout"))
}
