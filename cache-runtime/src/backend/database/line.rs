//! The connections of one runtime: made when they are needed, kept for the next caller, given up when they fail.
//!
//! The client's own pool is not used where the connections are ours, for three reasons: it asks the server
//! before and after each use, which trebles the round trips; it tries a server that refuses connections again
//! and again until its time is over; and it waits without a bound for a connection that was given up.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};
use tokio::task::unconstrained;

use super::dialect::{Dialect, Texts};
use super::driver::{Connector, Driver};
use super::failure::{Failure, Fault};
use super::gather::Gathering;
use super::session::Session;
use super::upkeep::Bound;
use crate::base::clock::{Clock, Stopwatch};
use crate::base::sync::Mutex;

/// How long a connection may be idle before what cannot be repeated asks first whether it is there.
const SURE_FOR: Duration = Duration::from_millis(20);

/// How long a connection is kept that nobody uses.
const IDLE_FOR: Duration = Duration::from_mins(1);

/// What all lines of a store have in common.
pub(super) struct Common {
    pub(super) dialect: &'static Dialect,
    pub(super) texts: Arc<Texts>,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    pub(super) max_connections: usize,
    pub(super) creates_table: bool,
    pub(super) bound: Bound,
}

impl Common {
    /// The most that one request takes, whatever the server does.
    pub(super) fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }
}

/// An operation: what it does with its connection, perhaps twice.
pub(super) trait Act: Send + Sync + 'static {
    /// What it finds.
    type Answer: Send + 'static;

    /// Whether it may be done again after the connection ended before the answer came.
    const IS_REPEATABLE: bool = true;

    /// The keys it stores, after which the bound is looked at.
    fn stores(&self) -> &[Bytes] {
        &[]
    }

    /// Does it.
    fn perform(&self, session: &mut Session) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

/// A connection that nobody uses.
struct Idle {
    driver: Box<dyn Driver>,
    since: Stopwatch,
}

/// The connections of one runtime.
pub(super) struct Line {
    common: Arc<Common>,
    connector: Arc<dyn Connector>,
    /// Whether the connections are a user's, whose pool keeps them.
    is_lent: bool,
    runtime: Handle,
    idle: Mutex<Vec<Idle>>,
    /// One for each connection there may be.
    room: Semaphore,
    writer: Option<Arc<Semaphore>>,
    pub(super) gathering: Gathering,
    has_connected: AtomicBool,
    is_unfit: AtomicBool,
    /// Ends the task that waits for the end of the runtime.
    _in_use: oneshot::Sender<()>,
}

impl Line {
    pub(super) fn new(
        common: &Arc<Common>,
        connector: Arc<dyn Connector>,
        is_lent: bool,
        runtime: Handle,
        in_use: oneshot::Sender<()>,
    ) -> Self {
        let room = if is_lent { Semaphore::MAX_PERMITS } else { common.max_connections };
        Self {
            common: Arc::clone(common),
            connector,
            is_lent,
            runtime,
            idle: Mutex::default(),
            room: Semaphore::new(room),
            writer: common.dialect.has_one_writer.then(|| Arc::new(Semaphore::new(1))),
            gathering: Gathering::default(),
            has_connected: AtomicBool::new(false),
            is_unfit: AtomicBool::new(false),
            _in_use: in_use,
        }
    }

    /// The answer to a request, or a failure within [`Common::limit`].
    ///
    /// It is a task of its own, for two reasons: a statement is never left half-way by a caller who goes
    /// away, and a connection whose making takes longer than a caller waits is there for the next one.
    pub(super) async fn ask<A: Act>(self: &Arc<Self>, act: Arc<A>) -> Result<A::Answer, Failure> {
        let (told, answer) = oneshot::channel();
        let line = Arc::clone(self);
        let task = self.runtime.spawn(async move { line.serve(&*act, told).await });
        // A caller that blocks a task of tokio never returns to it, so that the task's budget for polls is
        // never renewed: once it were spent, nothing of tokio would be ready again.
        if let Ok(answer) = unconstrained(answer).await {
            return answer;
        }
        if unconstrained(task).await.is_err_and(|error| error.is_panic()) {
            self.has_panicked();
        }
        Err(Failure::Stopped)
    }

    /// Notes that a task has panicked: before any connection was made, it is for want of I/O.
    pub(super) fn has_panicked(&self) {
        if !self.has_connected.load(Ordering::Acquire) {
            self.is_unfit.store(true, Ordering::Release);
        }
    }

    /// The most that an operation takes.
    pub(super) fn limit(&self) -> Duration {
        self.common.limit()
    }

    /// How many tasks answer lookups at once: one for each connection.
    pub(super) fn most_readers(&self) -> usize {
        self.common.max_connections
    }

    /// Whether this runtime has shown that it cannot drive connections: it has no I/O.
    pub(super) fn is_unfit(&self) -> bool {
        self.is_unfit.load(Ordering::Acquire)
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Closes the connections that nobody uses.
    pub(super) fn close(&self) {
        let idle = std::mem::take(&mut *self.idle.lock());
        self.close_all(idle);
    }

    /// Closes the connections that nobody has used for a while.
    pub(super) fn close_unused(&self) {
        let is_unused = |idle: &mut Idle| idle.since.elapsed() > IDLE_FOR;
        let unused = self.idle.lock().extract_if(.., is_unused).collect();
        self.close_all(unused);
    }

    fn close_all(&self, connections: Vec<Idle>) {
        let limit = self.common.limit();
        for Idle { driver, .. } in connections {
            self.runtime.spawn(within(limit, async move {
                // It is gone either way.
                let _ = driver.close().await;
                Ok(())
            }));
        }
    }

    /// Does what is requested, tells the answer, and looks after the bound.
    pub(super) async fn serve<A: Act>(&self, act: &A, told: oneshot::Sender<Result<A::Answer, Failure>>) {
        let bound = &self.common.bound;
        let stored = bound.notes(act.stores());
        let (answer, session, _room) = match within(self.common.limit(), self.in_turn(act, &told)).await {
            Ok((answer, session, room)) => (answer, session, room),
            Err(failure) => return drop(told.send(Err(failure))),
        };
        if !bound.is_due(stored) {
            // Kept before the answer is told, so that whoever asks next finds the connection.
            self.keep(session);
            return drop(told.send(Ok(answer)));
        }
        let _ = told.send(Ok(answer));
        let mut session = session;
        // What fails here is looked at again by those who store later.
        let _ = within(self.common.limit(), bound.keep(&mut session, act.stores(), stored)).await;
        self.keep(session);
    }

    /// Waits for a connection, and does what is requested, unless nobody waits for the answer any more.
    async fn in_turn<A: Act>(
        &self,
        act: &A,
        told: &oneshot::Sender<Result<A::Answer, Failure>>,
    ) -> Result<(A::Answer, Session, SemaphorePermit<'_>), Failure> {
        let room = self.room.acquire().await.map_err(|_| Failure::Stopped)?;
        let (session, is_used) = self.session(A::IS_REPEATABLE).await?;
        if told.is_closed() {
            self.keep(session);
            return Err(Failure::Stopped);
        }
        match self.act(session, act).await {
            Err(failure) if failure.ends_the_connection() => {
                // Those made before it have probably ended, too.
                let others = std::mem::take(&mut *self.idle.lock());
                drop(others);
                if !is_used || !A::IS_REPEATABLE {
                    return Err(failure);
                }
                let session = self.connect().await?;
                self.act(session, act).await.map(|(answer, session)| (answer, session, room))
            }
            done => done.map(|(answer, session)| (answer, session, room)),
        }
    }

    async fn act<A: Act>(&self, mut session: Session, act: &A) -> Result<(A::Answer, Session), Failure> {
        let mut answer = act.perform(&mut session).await;
        if let Err(Failure::Fault(Fault::NoTable)) = answer
            && self.common.creates_table
        {
            session.create_table().await?;
            answer = act.perform(&mut session).await;
        }
        match answer {
            Ok(answer) => Ok((answer, session)),
            Err(failure) => {
                self.keep(session);
                Err(failure)
            }
        }
    }

    /// A connection, and whether it was there before.
    async fn session(&self, is_repeatable: bool) -> Result<(Session, bool), Failure> {
        let idle = self.idle.lock().pop();
        if let Some(Idle { driver, since }) = idle {
            let mut session = self.session_over(driver);
            if is_repeatable || since.elapsed() < SURE_FOR || session.ping().await.is_ok() {
                return Ok((session, true));
            }
        }
        // A pool may lend a connection that has ended.
        Ok((self.connect().await?, self.is_lent))
    }

    async fn connect(&self) -> Result<Session, Failure> {
        let connected = async {
            let driver = self.connector.connect().await;
            driver.map_err(|error| Failure::of(&error, self.common.dialect))
        };
        let driver = within(self.common.connect_timeout, connected).await?;
        self.has_connected.store(true, Ordering::Release);
        Ok(self.session_over(driver))
    }

    fn session_over(&self, driver: Box<dyn Driver>) -> Session {
        Session::new(driver, self.common.dialect, &self.common.texts, self.writer.as_ref())
    }

    /// Keeps a sound connection for the next caller; one that is lent goes back to its pool.
    fn keep(&self, session: Session) {
        if self.is_lent {
            return drop(session);
        }
        if let Some(driver) = session.into_driver() {
            self.idle.lock().push(Idle { driver, since: Stopwatch::start() });
        }
    }
}

/// The answer, or that it is late. Timed by our own clock: a runtime without timers must not panic.
pub(super) async fn within<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let (mut answer, mut end) = (pin!(answer), Clock::system().sleep(limit));
    poll_fn(|context| match answer.as_mut().poll(context) {
        Poll::Pending => Pin::new(&mut end).poll(context).map(|()| Err(Failure::Late)),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}
