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

use super::failure::{Failure, first_error, is_unknown_script};
use super::scripts::Invocation;
use super::sentinel::Sentinels;
use crate::base::clock::{Clock, Stopwatch};
use crate::base::sync::Mutex;

/// How many requests may queue for the connection before their callers wait.
const QUEUE: usize = 1024;

/// Which server a connection leads to.
pub(super) enum Target {
    /// This one.
    Server(redis::Client),
    /// This replica of a cluster, which answers only those who say that they just read.
    Copy(redis::Client),
    /// Whichever is the master when it is connected.
    Master(Arc<Sentinels>),
    /// Some replica of that.
    Replica(Arc<Sentinels>),
}

/// How to reach the server, and how long that may take.
pub(super) struct Connector {
    pub(super) target: Target,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    /// Who takes what the server says by itself.
    pub(super) pushes: Option<Arc<Heard>>,
}

/// Takes what a server says by itself, and that a connection has ended.
pub(super) type Heard = dyn Fn(&PushInfo) + Send + Sync;

impl Connector {
    /// The most that one request takes, whatever the server does.
    pub(super) fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }

    pub(super) async fn connect(&self) -> Result<Link, Failure> {
        match &self.target {
            Target::Server(client) => self.link(client).await,
            Target::Copy(client) => {
                let link = self.link(client).await?;
                match link.ask(&Ask::Command(redis::cmd("READONLY"))).await? {
                    Value::ServerError(error) => Err(Failure::Redis(error.into())),
                    _ => Ok(link),
                }
            }
            Target::Master(sentinels) => sentinels.master(self).await,
            Target::Replica(sentinels) => sentinels.replica(self).await,
        }
    }

    /// A connection to the server of this client.
    pub(super) async fn link(&self, client: &redis::Client) -> Result<Link, Failure> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.answer_timeout))
            .set_pipeline_buffer_size(QUEUE);
        if client.get_connection_info().redis_settings().protocol() == ProtocolVersion::RESP3 {
            let (is_lost, pushes) = (Arc::clone(&is_lost), self.pushes.clone());
            config = config.set_push_sender(move |push: PushInfo| {
                if let Some(take) = &pushes {
                    take(&push);
                }
                if push.kind == PushKind::Disconnection {
                    is_lost.store(true, Ordering::Release);
                }
                Ok::<_, std::convert::Infallible>(())
            });
        }
        let connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        Ok(Link { connection, is_lost })
    }

    /// Whether the answer says that the server is a master no more, where another may be one now.
    fn is_demoted(&self, answer: &Value) -> bool {
        matches!(self.target, Target::Master(_))
            && first_error(answer).is_some_and(|failure| failure.is_refusal_of_a_replica())
    }
}

/// A connection that is up, as far as we know.
#[derive(Clone)]
pub(super) struct Link {
    connection: MultiplexedConnection,
    is_lost: Arc<AtomicBool>,
}

/// What is sent to the server in one go.
#[derive(Clone)]
pub(super) enum Ask {
    /// One command.
    Command(redis::Cmd),
    /// Commands in one write; the answer is an array of theirs.
    Commands(redis::Pipeline),
    /// A script, sent whole if the server has not seen it.
    Script(Invocation),
}

/// Whom a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whom {
    /// The server that takes the writes.
    Leader,
    /// That, or a replica of it.
    Any,
    /// The leader, which answers when its replicas have it, too, where the settings ask for that.
    All,
}

/// Something to ask, and whether asking twice does no harm.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) ask: Ask,
    pub(super) whom: Whom,
    /// Whether the request may be sent again after the connection ended before the answer came.
    ///
    /// At worst its answer is then that of the second time: a deletion that found nothing, or a fill
    /// that was refused although it was stored.
    pub(super) is_repeatable: bool,
}

impl Link {
    /// The answer; for scripts it may be that the server has not seen it.
    pub(super) async fn ask(&self, ask: &Ask) -> Result<Value, Failure> {
        // Clones share the connection; the driver wants one for itself.
        let mut connection = self.connection.clone();
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
        Ok(self.connection.clone().send_packed_command(&invocation.by_text()).await?)
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
    runtime: Handle,
    state: Mutex<State>,
    /// Ends the task that waits for the end of the runtime.
    _in_use: oneshot::Sender<()>,
}

impl Line {
    pub(super) fn new(connector: Arc<Connector>, runtime: Handle, in_use: oneshot::Sender<()>) -> Self {
        Self { connector, runtime, state: Mutex::new(State::Down), _in_use: in_use }
    }

    /// The answer to a request, or a failure within [`Connector::limit`].
    ///
    /// On a connection that is up this is one command and the driver's own timer; only what goes
    /// wrong is measured by a second one.
    pub(super) async fn ask(self: &Arc<Self>, request: &Request) -> Result<Value, Failure> {
        let watch = Stopwatch::start();
        if !request.is_repeatable {
            notice_a_lost_connection().await;
        }
        if let Some(link) = self.up() {
            match link.ask(&request.ask).await {
                Ok(answer) if is_unknown_script(&answer) => {}
                // Nothing was done: another server may have become the master.
                Ok(answer) if self.connector.is_demoted(&answer) => self.give_up(&link),
                Ok(answer) => return Ok(answer),
                Err(failure) => {
                    self.doubt(&link, &failure);
                    if !(failure.is_lost_connection() && request.is_repeatable) {
                        return Err(failure);
                    }
                }
            }
        }
        let left = self.connector.limit().saturating_sub(watch.elapsed());
        within(left, self.ask_anew(request)).await
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
        if failure.ends_the_connection() {
            self.give_up(link);
        }
    }

    fn give_up(&self, link: &Link) {
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

/// Lets this runtime look at its sockets, so that a connection that has ended is known to have.
///
/// For requests that cannot be repeated: a current-thread runtime that was not driven for a while
/// sees the end of a connection only when it is.
async fn notice_a_lost_connection() {
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
}
