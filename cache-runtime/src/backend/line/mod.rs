//! Connections to servers, as every networked store needs them: one for each tokio runtime, made at
//! first use, shared by all callers of the runtime, replaced when it fails, ended with the runtime.
//!
//! A store brings a [`Connector`] and the [`Link`] that it makes; what is asked and answered is its own.

#![cfg_attr(not(feature = "redis"), expect(dead_code, reason = "only lookups of Redis travel together"))]

mod gather;
mod one;
mod runtimes;

use std::future::Future;
use std::time::Duration;

pub(super) use one::within;
pub(super) use runtimes::Lines;
#[cfg(feature = "redis")]
pub(super) use runtimes::background;

/// How a kind of server is reached, and how long that may take.
pub(super) trait Connector: Send + Sync + 'static {
    /// The connections it makes.
    type Link: Link;

    /// Connects, or fails within its own limit; polled by the runtime that the link is for.
    fn connect(&self) -> impl Future<Output = Result<Self::Link, Failure<FaultOf<Self>>>> + Send;

    /// The most that one request takes, whatever the server does.
    fn limit(&self) -> Duration;
}

/// A connection that is up, as far as we know; clones are the same connection.
pub(super) trait Link: Clone + Send + Sync + 'static {
    /// What is sent in one go.
    type Ask: Clone + Send + Sync + 'static;
    /// What comes back.
    type Answer: Send + 'static;
    /// What the client of this server reports.
    type Fault: Fault;

    /// The answer, or a failure within a limit of its own; `None` if it has to be asked whole.
    fn ask(
        &self,
        ask: &Self::Ask,
    ) -> impl Future<Output = Result<Option<Self::Answer>, Failure<Self::Fault>>> + Send;

    /// The answer to a request that is sent with all that the server may not know yet.
    fn ask_whole(
        &self,
        ask: &Self::Ask,
    ) -> impl Future<Output = Result<Self::Answer, Failure<Self::Fault>>> + Send;

    /// Whether the connection is known to have ended.
    fn is_lost(&self) -> bool;

    /// Whether both are the same connection.
    fn is(&self, other: &Self) -> bool;
}

/// Links whose lookups can travel together.
pub(super) trait Lookups: Link<Answer: Clone> {
    /// Asks for what is kept under a key.
    fn lookup(key: &str) -> Self::Ask;

    /// Asks for what is kept under many keys.
    fn lookups<'a>(keys: impl Iterator<Item = &'a str>) -> Self::Ask;

    /// The answers to so many lookups, each as [`lookup`](Self::lookup) has it; or what came instead.
    fn apart(answer: Self::Answer, count: usize) -> Result<Vec<Self::Answer>, Self::Answer>;

    /// About how many bytes it has.
    fn length(answer: &Self::Answer) -> usize;
}

/// What a client reports, as far as its connection is concerned.
pub(super) trait Fault: Clone + Send + Sync + 'static {
    /// The connection ended before an answer came.
    fn is_lost_connection(&self) -> bool;

    /// The server may still answer on this connection, but has taken too long.
    fn is_late(&self) -> bool;

    /// The connection is of no more use.
    fn ends_the_connection(&self) -> bool;
}

/// Something to ask, and whether asking twice does no harm.
#[derive(Clone)]
pub(super) struct Request<A> {
    pub(super) ask: A,
    /// Whether the request may be sent again after the connection ended before the answer came.
    ///
    /// At worst its answer is then that of the second time: a deletion that found nothing, or a fill
    /// that was refused although it was stored.
    pub(super) is_repeatable: bool,
}

/// Why a request has no answer.
#[derive(Debug, Clone)]
pub(super) enum Failure<F> {
    /// The client or the server says so.
    Client(F),
    /// The time of the whole operation is over.
    Late,
    /// The runtime is shutting down, or has no I/O or timers.
    Stopped,
}

impl<F> From<F> for Failure<F> {
    fn from(fault: F) -> Self {
        Self::Client(fault)
    }
}

impl<F: Fault> Failure<F> {
    fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Client(fault) if fault.is_lost_connection())
    }

    fn is_late(&self) -> bool {
        match self {
            Self::Late => true,
            Self::Client(fault) => fault.is_late(),
            Self::Stopped => false,
        }
    }

    /// Whether the connection is of no more use.
    pub(super) fn ends_the_connection(&self) -> bool {
        self.is_late() || matches!(self, Self::Client(fault) if fault.ends_the_connection())
    }
}

/// What the client of these links reports.
pub(super) type FaultOf<C> = <<C as Connector>::Link as Link>::Fault;
/// A request to these links.
pub(super) type RequestOf<C> = Request<<<C as Connector>::Link as Link>::Ask>;
/// The answer to such a request.
pub(super) type AnswerOf<C> = Result<<<C as Connector>::Link as Link>::Answer, Failure<FaultOf<C>>>;
