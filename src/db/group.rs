//! Several writes, one durable commit: SQLite has one writer at a time, and its commit waits for the disk. What
//! waits for the writer is run in one transaction, each write in a savepoint of its own, so that one that fails
//! undoes itself alone; nobody is answered before the commit that holds their write is on the disk.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::{Conn, Db, RETRIES, Tx, is_transient};
use crate::error::{Error, Result};
use crate::types::ChannelId;

/// The most writes of one commit.
const MOST: usize = 64;
/// How long writes are gathered before those that wait for the commit get it.
const LONGEST: Duration = Duration::from_millis(20);

/// Where writes are handed to the thread that runs them; it starts with the first.
#[derive(Default)]
pub(super) struct Group(OnceLock<std::sync::Mutex<Sender<Job>>>);

struct Job {
    write: Box<dyn Write>,
    deadline: Instant,
}

/// A write whose answer's type the group need not know.
trait Write: Send {
    /// Runs it to its end but the commit; answers what it changed of what shoppers see, if it is to be kept.
    fn run(&mut self, tx: &mut Tx) -> Result<Vec<(ChannelId, i64)>, Failed>;
    /// Tells who waits for it what came of it.
    fn tell(self: Box<Self>, committed: Result<()>);
}

/// Why a write is undone.
enum Failed {
    /// It said no.
    Refused,
    /// It is worth another try.
    Again,
}

struct Typed<T, F> {
    write: F,
    result: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Tx) -> Result<T> + Send> Write for Typed<T, F> {
    fn run(&mut self, tx: &mut Tx) -> Result<Vec<(ChannelId, i64)>, Failed> {
        let whole = AssertUnwindSafe(|| (self.write)(tx).and_then(|value| Ok((value, tx.finish()?))));
        match catch_unwind(whole).unwrap_or_else(|_| Err(Error::internal("a write panicked"))) {
            Ok((value, news)) => {
                self.result = Some(Ok(value));
                Ok(news)
            }
            Err(error) => {
                let failed = if is_transient(&error) { Failed::Again } else { Failed::Refused };
                self.result = Some(Err(error));
                Err(failed)
            }
        }
    }

    fn tell(self: Box<Self>, committed: Result<()>) {
        let result = match (self.result, committed) {
            (Some(Err(error)), _) | (_, Err(error)) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(Error::internal("a write was not run")),
        };
        // Who went away needs no answer.
        let _ = self.answer.send(result);
    }
}

impl Db {
    /// Runs a write as one transaction, together with others that wait; for SQLite.
    pub async fn write_in_group<T: Send + 'static>(&self, write: impl Fn(&mut Tx) -> Result<T> + Send + 'static) -> Result<T> {
        let (answer, told) = oneshot::channel();
        let job = Job { write: Box::new(Typed { write, result: None, answer }), deadline: Instant::now() + self.pools.wait() };
        self.hand_over(job)?;
        told.await.map_err(Error::internal)?
    }

    fn hand_over(&self, job: Job) -> Result<()> {
        let sender = self.group.0.get_or_init(|| {
            let (sender, receiver) = channel();
            // Its own handle, without this group: it ends when the last database handle goes.
            let db = Self { group: Arc::default(), ..self.clone() };
            std::thread::spawn(move || db.run_groups(&receiver));
            std::sync::Mutex::new(sender)
        });
        sender.lock().unwrap_or_else(PoisonError::into_inner).send(job).map_err(|_| Error::internal("the writing thread is gone"))
    }

    fn run_groups(&self, jobs: &Receiver<Job>) {
        let mut waiting = VecDeque::new();
        while let Some(first) = waiting.pop_front().or_else(|| jobs.recv().ok()) {
            waiting.push_front(first);
            waiting.extend(jobs.try_iter().take(MOST.saturating_sub(waiting.len())));
            let mut ran = Vec::new();
            let done = self.run_group(&mut waiting, &mut ran);
            for write in ran {
                write.tell(done.as_ref().map_or_else(|error| Err(error.again()), |()| Ok(())));
            }
        }
    }

    /// Runs what waits in one transaction and commits it; what takes too long is left to the next. `ran` is whom to
    /// tell, with what this answers.
    fn run_group(&self, waiting: &mut VecDeque<Job>, ran: &mut Vec<Box<dyn Write>>) -> Result<()> {
        let begun = Instant::now();
        let alone = waiting.len() == 1;
        let is_full = |ran: &[_]| ran.len() >= MOST || (!ran.is_empty() && begun.elapsed() > LONGEST);
        let conn = self.pools.writer().and_then(|mut conn| {
            if !alone {
                Tx::new(self, &mut conn).begin(BEGIN)?;
            }
            Ok(conn)
        });
        let mut conn = match conn {
            Ok(conn) => conn,
            Err(error) => {
                ran.extend(waiting.drain(..).map(|job| job.write));
                return Err(error);
            }
        };
        let mut news = Vec::new();
        let mut done = Ok(());
        while done.is_ok() && !is_full(ran) {
            let Some(mut job) = waiting.pop_front() else { break };
            if job.deadline < begun {
                job.write.tell(Err(Error::unavailable("waited too long for the writer")));
                continue;
            }
            // A failure here is the transaction's, not the write's.
            done = self.run_one(&mut conn, job.write.as_mut(), alone).map(|touched| news.extend(touched));
            ran.push(job.write);
        }
        if !alone {
            let mut tx = Tx::new(self, &mut conn);
            done = done.and_then(|()| tx.commit());
            if done.is_err() {
                // If even this fails the connection is broken and the pool drops it.
                let _ = tx.rollback();
            }
            self.statements.fetch_add(2, Ordering::Relaxed);
        }
        done.map(|()| self.revisions.learn(&news))
    }

    /// Runs one write in its savepoint, or in a transaction if it is alone; answers what it changed of what shoppers see.
    fn run_one(&self, conn: &mut Conn, write: &mut dyn Write, alone: bool) -> Result<Vec<(ChannelId, i64)>> {
        let mut tries = 0;
        let outside = Tx::new(self, conn).depth()?;
        loop {
            let mut tx = Tx::new(self, conn);
            if alone {
                tx.begin(BEGIN)?
            } else {
                tx.savepoint_begin()?
            }
            let ended = match write.run(&mut tx) {
                Ok(news) => tx.commit().map(|()| Some(news)),
                // One that panicked may have left savepoints of its own open.
                Err(failed) => tx.roll_back_to(outside).map(|()| match failed {
                    Failed::Again if tries < RETRIES => None,
                    _ => Some(Vec::new()),
                }),
            };
            self.statements.fetch_add(tx.statements(), Ordering::Relaxed);
            match ended {
                Ok(Some(news)) => return Ok(news),
                Ok(None) => metrics::counter!("maru_db_retries_total").increment(1),
                Err(error) => {
                    let _ = tx.rollback();
                    return Err(error);
                }
            }
            tries += 1;
        }
    }
}

/// A plain BEGIN takes the write lock at the first write, when it is too late to wait for it.
const BEGIN: &str = "BEGIN IMMEDIATE";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::DbOptions;
    use crate::error::Code;
    use crate::types::Clock;
    use diesel::RunQueryDsl;

    fn open(dir: &tempfile::TempDir) -> Db {
        let url = format!("sqlite://{}", dir.path().join("shop.db").display()).parse().unwrap();
        let db = Db::open(&DbOptions { url, pool_size: 1, wait: Duration::from_secs(5) }, Clock::System).unwrap();
        db.write(|tx| run(tx, "CREATE TABLE things (n integer PRIMARY KEY)")).unwrap();
        db
    }

    fn run(tx: &mut Tx, sql: &str) -> Result<()> {
        super::super::on_each!(tx, |c| diesel::sql_query(sql).execute(c))?;
        Ok(())
    }

    fn things(db: &Db) -> Vec<i32> {
        #[derive(diesel::QueryableByName)]
        struct Thing {
            #[diesel(sql_type = diesel::sql_types::Integer)]
            n: i32,
        }
        let read = |tx: &mut Tx| -> Result<Vec<Thing>> {
            Ok(super::super::on_each!(tx, |c| diesel::sql_query("SELECT n FROM things ORDER BY n").load(c))?)
        };
        db.read(read).unwrap().into_iter().map(|t| t.n).collect()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn one_that_fails_undoes_itself_alone() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(&dir);
        // The first holds the writer until all others wait.
        let (go, gate) = std::sync::mpsc::channel::<()>();
        let gate = std::sync::Mutex::new(gate);
        let first = tokio::spawn({
            let db = db.clone();
            async move { db.write_in_group(move |_| gate.lock().unwrap().recv().map_err(Error::internal)).await }
        });
        let others: Vec<_> = (0..30)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    db.write_in_group(move |tx| {
                        run(tx, &format!("INSERT INTO things VALUES ({n})"))?;
                        assert!(n != 29, "broken on purpose");
                        // What it opened itself is closed with it, or the commit of all would end this savepoint alone.
                        tx.savepoint(|_| {
                            assert!(n != 28, "broken inside a savepoint");
                            Ok(())
                        })?;
                        if n % 3 == 0 { Ok(n) } else { Err(Error::new(Code::Conflict, "no")) }
                    })
                    .await
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = db.statements();
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        for (n, other) in (0..).zip(others) {
            match other.await.unwrap() {
                Ok(told) => assert_eq!((told, n % 3), (n, 0)),
                Err(error) => assert_eq!(error.code, if n >= 28 { Code::Internal } else { Code::Conflict }),
            }
        }
        assert_eq!(things(&db), (0..30).filter(|n| n % 3 == 0).collect::<Vec<_>>());
        // Two savepoints, their ends and the insert for each; one BEGIN and COMMIT for all, or a few where the machine is slow;
        // the first's and the reads'.
        let statements = db.statements() - before;
        assert!((30 * 5..30 * 5 + 20).contains(&statements), "{statements}");
        assert!(db.write(|tx| Ok(tx.depth()? == 1)).unwrap(), "the writer is where it began");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn who_waited_too_long_is_refused_and_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let db = open(&dir);
        let url = format!("sqlite://{}", dir.path().join("shop.db").display()).parse().unwrap();
        let hasty = Db::open(&DbOptions { url, pool_size: 1, wait: Duration::from_millis(50) }, Clock::System).unwrap();
        let slow = tokio::spawn({
            let db = hasty.clone();
            async move {
                db.write_in_group(|_| {
                    std::thread::sleep(Duration::from_millis(300));
                    Ok(())
                })
                .await
            }
        });
        tokio::time::sleep(Duration::from_millis(50)).await;
        let late = hasty.write_in_group(|tx| run(tx, "INSERT INTO things VALUES (1)")).await;
        assert_eq!(late.unwrap_err().code, Code::Unavailable);
        slow.await.unwrap().unwrap();
        assert_eq!(things(&db), [0; 0]);
    }
}
