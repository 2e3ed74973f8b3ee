//! One connection for one runtime: made at first use, shared by all callers, replaced when it fails.
//!
//! The driver's own `ConnectionManager` is not used, for three reasons that tests here show: it
//! notices a lost connection only by a failed call; a connection attempt whose caller went away
//! stays half-way, and fails the next caller; and it stays with a connection that answers no more.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, PushInfo, PushKind, Value};
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::failure::{Failure, is_unknown_script};
use super::gather::Gather;
use super::scripts::Invocation;
use crate::base::clock::Clock;
use crate::base::sync::Mutex;

/// How many requests may queue for the connection before their callers wait.
const QUEUE: usize = 1024;

/// How to reach the server, and how long that may take.
pub(super) struct Connector {
    pub(super) client: redis::Client,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
}

impl Connector {
    /// The most that one request takes, whatever the server does.
    pub(super) fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }

    async fn connect(&self) -> Result<Link, Failure> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.answer_timeout))
            .set_pipeline_buffer_size(QUEUE);
        if self.client.get_connection_info().redis_settings().protocol() == ProtocolVersion::RESP3 {
            let is_lost = Arc::clone(&is_lost);
            config = config.set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    is_lost.store(true, Ordering::Release);
                }
                Ok::<_, std::convert::Infallible>(())
            });
        }
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Link { connection: Arc::new(connection), is_lost })
    }
}

/// A connection that is up, as far as we know.
#[derive(Clone)]
struct Link {
    /// In an `Arc`: a clone of the connection itself raises three counters that all callers share.
    connection: Arc<MultiplexedConnection>,
    is_lost: Arc<AtomicBool>,
}

/// What is sent to the server in one go.
pub(super) enum Ask {
    /// One command.
    Command(redis::Cmd),
    /// Commands in one write; the answer is an array of theirs.
    Commands(redis::Pipeline),
    /// A script, sent whole if the server has not seen it.
    Script(Invocation),
}

/// Something to ask, and whether asking twice does no harm.
pub(super) struct Request {
    pub(super) ask: Ask,
    /// Whether the request may be sent again after the connection ended before the answer came.
    ///
    /// At worst its answer is then that of the second time: a deletion that found nothing, or a fill
    /// that was refused although it was stored.
    pub(super) is_repeatable: bool,
}

impl Link {
    /// The answer; for scripts it may be that the server has not seen it.
    async fn ask(&self, ask: &Ask) -> Result<Value, Failure> {
        // Clones share the connection; the driver wants one for itself.
        let mut connection = MultiplexedConnection::clone(&self.connection);
        Ok(match ask {
            Ask::Command(command) => connection.send_packed_command(command).await?,
            Ask::Commands(commands) => {
                Value::Array(connection.send_packed_commands(commands, 0, commands.len()).await?)
            }
            Ask::Script(invocation) => connection.send_packed_command(&invocation.by_digest()).await?,
        })
    }

    /// The answer to the whole text of a script.
    async fn ask_whole(&self, ask: &Ask) -> Result<Value, Failure> {
        let Ask::Script(invocation) = ask else { return self.ask(ask).await };
        let mut connection = MultiplexedConnection::clone(&self.connection);
        Ok(connection.send_packed_command(&invocation.by_text()).await?)
    }
}

type Outcome = Result<Link, Failure>;

/// Where one runtime stands with the server.
enum State {
    /// No connection.
    Down,
    /// A task of the runtime is connecting.
    Connecting(watch::Receiver<Option<Outcome>>),
    /// Connected.
    Up(Link),
    /// This runtime cannot drive connections: it has no I/O or no timers.
    Unfit,
}

/// The connection of one runtime.
pub(super) struct Line {
    connector: Arc<Connector>,
    pub(super) runtime: Handle,
    pub(super) gather: Gather,
    state: Mutex<State>,
    /// Ends the task that waits for the end of the runtime.
    _in_use: oneshot::Sender<()>,
}

impl Line {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle, in_use: oneshot::Sender<()>) -> Self {
        let (gather, state) = (Gather::default(), Mutex::new(State::Down));
        Self { connector, runtime, gather, state, _in_use: in_use }
    }

    /// See [`Connector::limit`].
    pub(super) fn limit(&self) -> Duration {
        self.connector.limit()
    }

    /// The answer to a request, or a failure within [`limit`](Self::limit).
    ///
    /// On a connection that is up this is one command and the driver's own timer; only what goes
    /// wrong is measured by a second one.
    pub(super) async fn ask(self: &Arc<Self>, request: &Request) -> Result<Value, Failure> {
        let begun = Clock::system().now();
        if !request.is_repeatable {
            notice_a_lost_connection().await;
        }
        if let Some(link) = self.up() {
            match link.ask(&request.ask).await {
                Ok(answer) if is_unknown_script(&answer) => {}
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    self.doubt(&link, &failure);
                    if !(failure.is_lost_connection() && request.is_repeatable) {
                        return Err(failure);
                    }
                }
            }
        }
        let spent = Clock::system().now().since(begun);
        // Apart: with the room for this in it, the future of every request was three times as large.
        Box::pin(within(self.limit().saturating_sub(spent), self.ask_anew(request))).await
    }

    /// Asks on a connection that is made if need be, with the whole text of a script.
    async fn ask_anew(self: &Arc<Self>, request: &Request) -> Result<Value, Failure> {
        let link = match self.up() {
            Some(link) => link,
            None => self.connect().await?,
        };
        let answer = link.ask_whole(&request.ask).await;
        if let Err(failure) = &answer {
            self.doubt(&link, failure);
        }
        answer
    }

    fn up(&self) -> Option<Link> {
        match &*self.state.lock() {
            State::Up(link) if !link.is_lost.load(Ordering::Acquire) => Some(link.clone()),
            _ => None,
        }
    }

    /// Whether this runtime has shown that it cannot drive connections.
    pub(super) fn is_unfit(&self) -> bool {
        matches!(*self.state.lock(), State::Unfit)
    }

    /// Lets go of the connection; callers that hold it end first.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        if let State::Up(_) = *state {
            *state = State::Down;
        }
    }

    /// Gives up a connection that has failed, or that answers too late.
    ///
    /// A server that hangs may never close a connection (its machine may be gone): the next caller
    /// makes another, which fails sooner if the server still hangs.
    fn doubt(&self, link: &Link, failure: &Failure) {
        if !failure.ends_the_connection() {
            return;
        }
        let mut state = self.state.lock();
        let is_current =
            matches!(&*state, State::Up(current) if Arc::ptr_eq(&current.is_lost, &link.is_lost));
        if is_current {
            *state = State::Down;
        }
    }

    /// Joins the attempt to connect, or begins one.
    ///
    /// An attempt that was under way may have been left alone by a runtime that was not driven
    /// meanwhile, and be late for that reason only: after its failure one more is made.
    async fn connect(self: &Arc<Self>) -> Outcome {
        let (attempt, is_ours) = self.attempt()?;
        match outcome_of(attempt).await {
            Err(failure) if !is_ours && failure.is_late() => outcome_of(self.attempt()?.0).await,
            outcome => outcome,
        }
    }

    /// The attempt under way, and whether this call began it.
    fn attempt(self: &Arc<Self>) -> Result<(watch::Receiver<Option<Outcome>>, bool), Failure> {
        let (sender, receiver) = watch::channel(None);
        {
            let mut state = self.state.lock();
            match &*state {
                State::Connecting(attempt) if attempt.has_changed().is_ok() => {
                    return Ok((attempt.clone(), false));
                }
                State::Up(link) if !link.is_lost.load(Ordering::Acquire) => {
                    sender.send_replace(Some(Ok(link.clone())));
                    return Ok((receiver, true));
                }
                State::Unfit => return Err(Failure::Stopped),
                _ => *state = State::Connecting(receiver.clone()),
            }
        }
        // Not under the lock: a runtime that is shutting down drops the task at once.
        self.runtime.spawn(attempt(Arc::clone(self), sender));
        Ok((receiver, true))
    }

    fn settle(&self, outcome: &Outcome) {
        *self.state.lock() = match outcome {
            Ok(link) => State::Up(link.clone()),
            Err(_) => State::Down,
        };
    }
}

/// Connects, and tells all who wait. A task of its own, so that it goes on when its caller leaves.
async fn attempt(line: Arc<Line>, told: watch::Sender<Option<Outcome>>) {
    let mut unfit = Unfit { line: &line, is_settled: false };
    let outcome = line.connector.connect().await;
    unfit.is_settled = true;
    line.settle(&outcome);
    told.send_replace(Some(outcome));
}

/// Notes that an attempt was dropped half-way: it has panicked for want of a driver, or the runtime ends.
struct Unfit<'a> {
    line: &'a Line,
    is_settled: bool,
}

impl Drop for Unfit<'_> {
    fn drop(&mut self) {
        if !self.is_settled {
            *self.line.state.lock() = State::Unfit;
        }
    }
}

async fn outcome_of(mut attempt: watch::Receiver<Option<Outcome>>) -> Outcome {
    match attempt.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().expect("the line above waits for it"),
        Err(_) => Err(Failure::Stopped),
    }
}

/// The answer, or that it is late. Timed by our own clock: a runtime without timers must not panic.
pub(super) async fn within(
    limit: Duration,
    answer: impl Future<Output = Result<Value, Failure>>,
) -> Result<Value, Failure> {
    let (mut answer, mut end) = (pin!(answer), Clock::system().sleep(limit));
    poll_fn(|context| match answer.as_mut().poll(context) {
        Poll::Pending => Pin::new(&mut end).poll(context).map(|()| Err(Failure::Late)),
        ready @ Poll::Ready(_) => ready,
    })
    .await
}

/// Lets this runtime look at its sockets, so that a connection that has ended is known to have.
///
/// For requests that cannot be repeated: a current-thread runtime that was not driven for a while
/// sees the end of a connection only when it is.
async fn notice_a_lost_connection() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}
