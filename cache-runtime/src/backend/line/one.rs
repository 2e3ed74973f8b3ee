//! One connection for one runtime: made at first use, shared by all callers, replaced when it fails.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};

use super::gather::Gather;
use super::{AnswerOf, Connector, Failure, FaultOf, Link as _, RequestOf};
use crate::base::clock::Clock;
use crate::base::sync::Mutex;

type Outcome<C> = Result<<C as Connector>::Link, Failure<FaultOf<C>>>;

/// An attempt to connect, as those see it who wait for it.
type Attempt<C> = watch::Receiver<Option<Outcome<C>>>;

/// Where one runtime stands with the server.
enum State<C: Connector> {
    /// No connection.
    Down,
    /// A task of the runtime is connecting.
    Connecting(Attempt<C>),
    /// Connected.
    Up(C::Link),
    /// This runtime cannot drive connections: it has no I/O or no timers.
    Unfit,
}

/// The connection of one runtime.
pub(super) struct Line<C: Connector> {
    connector: Arc<C>,
    pub(super) runtime: Handle,
    pub(super) gather: Gather<C>,
    state: Mutex<State<C>>,
    /// Ends the task that waits for the end of the runtime.
    _in_use: oneshot::Sender<()>,
}

impl<C: Connector> Line<C> {
    pub(super) fn new(connector: Arc<C>, runtime: Handle, in_use: oneshot::Sender<()>) -> Self {
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
    pub(super) async fn ask(self: &Arc<Self>, request: &RequestOf<C>) -> AnswerOf<C> {
        let begun = Clock::system().now();
        if !request.is_repeatable {
            notice_a_lost_connection().await;
        }
        if let Some(link) = self.up() {
            match link.ask(&request.ask).await {
                Ok(Some(answer)) => return Ok(answer),
                Ok(None) => {}
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

    /// Asks the whole, on a connection that is made if need be.
    async fn ask_anew(self: &Arc<Self>, request: &RequestOf<C>) -> AnswerOf<C> {
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

    fn up(&self) -> Option<C::Link> {
        match &*self.state.lock() {
            State::Up(link) if !link.is_lost() => Some(link.clone()),
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
    fn doubt(&self, link: &C::Link, failure: &Failure<FaultOf<C>>) {
        if !failure.ends_the_connection() {
            return;
        }
        let mut state = self.state.lock();
        if matches!(&*state, State::Up(current) if current.is(link)) {
            *state = State::Down;
        }
    }

    /// Joins the attempt to connect, or begins one.
    ///
    /// An attempt that was under way may have been left alone by a runtime that was not driven
    /// meanwhile, and be late for that reason only: after its failure one more is made.
    async fn connect(self: &Arc<Self>) -> Outcome<C> {
        let (attempt, is_ours) = self.attempt()?;
        match outcome_of::<C>(attempt).await {
            Err(failure) if !is_ours && failure.is_late() => outcome_of::<C>(self.attempt()?.0).await,
            outcome => outcome,
        }
    }

    /// The attempt under way, and whether this call began it.
    fn attempt(self: &Arc<Self>) -> Result<(Attempt<C>, bool), Failure<FaultOf<C>>> {
        let (sender, receiver) = watch::channel(None);
        {
            let mut state = self.state.lock();
            match &*state {
                State::Connecting(attempt) if attempt.has_changed().is_ok() => {
                    return Ok((attempt.clone(), false));
                }
                State::Up(link) if !link.is_lost() => {
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

    fn settle(&self, outcome: &Outcome<C>) {
        *self.state.lock() = match outcome {
            Ok(link) => State::Up(link.clone()),
            Err(_) => State::Down,
        };
    }
}

/// Connects, and tells all who wait. A task of its own, so that it goes on when its caller leaves.
async fn attempt<C: Connector>(line: Arc<Line<C>>, told: watch::Sender<Option<Outcome<C>>>) {
    let mut unfit = Unfit { line: &line, is_settled: false };
    let outcome = line.connector.connect().await;
    unfit.is_settled = true;
    line.settle(&outcome);
    told.send_replace(Some(outcome));
}

/// Notes that an attempt was dropped half-way: it has panicked for want of a driver, or the runtime ends.
struct Unfit<'a, C: Connector> {
    line: &'a Line<C>,
    is_settled: bool,
}

impl<C: Connector> Drop for Unfit<'_, C> {
    fn drop(&mut self) {
        if !self.is_settled {
            *self.line.state.lock() = State::Unfit;
        }
    }
}

async fn outcome_of<C: Connector>(mut attempt: Attempt<C>) -> Outcome<C> {
    match attempt.wait_for(Option::is_some).await {
        Ok(outcome) => outcome.clone().expect("the line above waits for it"),
        Err(_) => Err(Failure::Stopped),
    }
}

/// The answer, or that it is late. Timed by our own clock: a runtime without timers must not panic.
pub(in crate::backend) async fn within<A, F>(
    limit: Duration,
    answer: impl Future<Output = Result<A, Failure<F>>>,
) -> Result<A, Failure<F>> {
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
