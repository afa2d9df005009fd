//! Who calls when: connections spread over few threads, in a closed loop (each waits for its answer and
//! calls again) or an open one (calls are due at a fixed rate, whoever is free makes them).

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::Semaphore;

use super::http::{Fault, Wire};
use super::plan::{Dice, Workload};
use super::report::Tally;
use super::work::Work;

/// How long answers are waited for when the time is over.
const GRACE: Duration = Duration::from_secs(30);
/// How finely an open loop's calls are let go.
const TICK: Duration = Duration::from_micros(100);

/// How many call, how often, how long.
#[derive(Clone)]
pub struct Pace {
    pub connections: usize,
    pub threads: usize,
    pub rate: Option<f64>,
    pub seconds: f64,
    pub warmup: f64,
}

/// Runs a workload and tells what came of it.
pub fn run(work: &Work, workload: Workload, pace: &Pace) -> Tally {
    let begin = Instant::now();
    let counted = begin + Duration::from_secs_f64(pace.warmup);
    let times = Times { begin, counted, end: counted + Duration::from_secs_f64(pace.seconds) };
    let due = pace.rate.map(|rate| Due { rate, gate: Semaphore::new(0), taken: AtomicU64::new(0) });
    let (times, due) = (&times, due.as_ref());
    let mut whole = Tally::default();
    std::thread::scope(|scope| {
        let pacer = due.map(|due| scope.spawn(move || due.let_go(times)));
        let caller = |tally: Rc<RefCell<Tally>>, index: usize| call(work, workload, times, due, tally, index);
        let (tallies, hung) = spread(pace, times.end + GRACE, caller);
        tallies.into_iter().for_each(|tally| whole.add(tally));
        whole.unsent = pacer.map_or(0, |pacer| pacer.join().unwrap());
        for _ in 0..hung {
            whole.failed("hung", &Fault::new("no_answer", "a call was not answered in 30 seconds after the end"));
        }
    });
    whole.seconds = whole.last.map_or(pace.seconds, |last| last.saturating_duration_since(counted).as_secs_f64().max(pace.seconds));
    whole
}

/// One task to its end.
pub fn alone<T>(task: impl Future<Output = T>) -> T {
    runtime().block_on(task)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Runs a task for each connection, on few threads; answers what each thread's tasks kept together, and how
/// many tasks had not ended in time.
pub fn spread<S, F>(pace: &Pace, until: Instant, task: impl Fn(Rc<RefCell<S>>, usize) -> F + Sync) -> (Vec<S>, usize)
where
    S: Default + Send,
    F: Future<Output = ()>,
{
    let thread = |number: usize| {
        let state = Rc::new(RefCell::new(S::default()));
        let ended = std::cell::Cell::new(0usize);
        let mine: Vec<usize> = (number..pace.connections).step_by(pace.threads).collect();
        let count = mine.len();
        alone(async {
            let tasks = mine.into_iter().map(|index| {
                let running = task(state.clone(), index);
                let ended = &ended;
                async move {
                    running.await;
                    ended.set(ended.get() + 1);
                }
            });
            // One task drives many connections: the budget of a single one would stop it at each turn.
            let all = tokio::task::unconstrained(join_all(tasks));
            let _ = tokio::time::timeout_at(until.into(), all).await;
        });
        let Ok(state) = Rc::try_unwrap(state) else { unreachable!("the tasks are gone") };
        (state.into_inner(), count - ended.get())
    };
    let thread = &thread;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..pace.threads).map(|number| scope.spawn(move || thread(number))).collect();
        let (states, hung): (Vec<S>, Vec<usize>) = threads.into_iter().map(|thread| thread.join().unwrap()).unzip();
        (states, hung.into_iter().sum())
    })
}

struct Times {
    begin: Instant,
    counted: Instant,
    end: Instant,
}

/// Calls of an open loop.
struct Due {
    rate: f64,
    gate: Semaphore,
    taken: AtomicU64,
}

impl Due {
    /// Lets calls go when they are due, until the end; answers how many nobody was free to make.
    fn let_go(&self, times: &Times) -> u64 {
        let mut gone = 0u64;
        loop {
            let now = Instant::now();
            if now >= times.end {
                break;
            }
            let due = ((now - times.begin).as_secs_f64() * self.rate) as u64 + 1;
            if due > gone {
                self.gate.add_permits((due - gone) as usize);
                gone = due;
            }
            let next = times.begin + Duration::from_secs_f64(gone as f64 / self.rate);
            std::thread::sleep(next.saturating_duration_since(Instant::now()).max(TICK).min(times.end.saturating_duration_since(now)));
        }
        self.gate.close();
        gone - self.taken.load(Ordering::Relaxed)
    }

    /// When the next call was due; none at the end.
    async fn next(&self, times: &Times) -> Option<Instant> {
        self.gate.acquire().await.ok()?.forget();
        let number = self.taken.fetch_add(1, Ordering::Relaxed);
        Some(times.begin + Duration::from_secs_f64(number as f64 / self.rate))
    }
}

/// One connection's life.
async fn call(work: &Work, workload: Workload, times: &Times, due: Option<&Due>, tally: Rc<RefCell<Tally>>, index: usize) {
    let mut wire = Wire::new(&work.target);
    let mut dice = Dice::new(index as u64);
    let mut steps = Vec::new();
    let mut now = Instant::now();
    loop {
        let began = match due {
            Some(due) => match due.next(times).await {
                Some(began) => began,
                None => return,
            },
            None if now < times.end => now,
            None => return,
        };
        let started = if due.is_some() { Instant::now() } else { began };
        steps.clear();
        let (names, done) = work.once(workload, &mut wire, &mut dice, &mut steps).await;
        now = Instant::now();
        if started >= times.counted && started < times.end {
            let mut tally = tally.borrow_mut();
            tally.last = Some(now);
            for name in names {
                match &done {
                    Ok(()) => tally.done(name, now - began),
                    Err(fault) => tally.failed(name, fault),
                }
            }
            for (name, elapsed) in &steps {
                tally.done(name, *elapsed);
            }
        }
        if done.is_err_and(|fault| fault.code == "connection") {
            tokio::time::sleep(Duration::from_millis(10)).await;
            now = Instant::now();
        }
    }
}
