//! What a node of a cluster answers instead of an answer, and how far a request has come by then.

use std::collections::BTreeMap;
use std::sync::Arc;

use redis::{Cmd, Pipeline, ServerErrorKind, Value};

use super::failure::Failure;
use super::nodes::Member;
use super::request::{Ask, Request, lookup};
use super::servers::Address;
use super::topology::redirected;

/// Where a request goes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nowhere: this is its answer.
    Settled,
    /// To the node that has the slot now.
    Moved(Address),
    /// For one command to the node that is taking over the slot: the key is there already, or new.
    AskOnce(Address),
    /// Once more to the same: some of its keys have moved, and others not yet.
    TryAgain,
    /// To whoever has the slot now that this node fails.
    Elsewhere,
}

impl Turn {
    pub(super) fn of(answer: &Result<Value, Failure>, request: &Request, asked: &Address) -> Self {
        match answer {
            Ok(answer) => position(answer).map_or(Self::Settled, |(_, error)| Self::said_by(error, asked)),
            Err(failure) if failure.is_refused_connection() => Self::Elsewhere,
            Err(failure) if request.is_repeatable() && failure.ends_the_connection() => Self::Elsewhere,
            Err(_) => Self::Settled,
        }
    }

    fn said_by(error: &redis::ServerError, asked: &Address) -> Self {
        let address = || redirected(error.details()?, asked);
        match error.kind() {
            Some(ServerErrorKind::Moved) => address().map_or(Self::Settled, Self::Moved),
            Some(ServerErrorKind::Ask) => address().map_or(Self::Settled, Self::AskOnce),
            Some(ServerErrorKind::TryAgain) => Self::TryAgain,
            Some(ServerErrorKind::ClusterDown) => Self::Elsewhere,
            _ => Self::Settled,
        }
    }
}

/// The first command of an answer that was redirected: nothing was done for it.
fn position(answer: &Value) -> Option<(usize, &redis::ServerError)> {
    match answer {
        Value::Array(answers) => {
            answers.iter().enumerate().find_map(|(index, answer)| Some((index, redirection(answer)?)))
        }
        answer => Some((0, redirection(answer)?)),
    }
}

fn redirection(answer: &Value) -> Option<&redis::ServerError> {
    use ServerErrorKind::{Ask, ClusterDown, Moved, TryAgain};
    let Value::ServerError(error) = answer else { return None };
    matches!(error.kind(), Some(Moved | Ask | TryAgain | ClusterDown)).then_some(error)
}

/// A request on its way from node to node.
///
/// The commands of a pipeline stay in their order: those behind one that was redirected are carried out again. So
/// a lease is gone before its value is set, wherever each of them is, and no command goes to a node that does not
/// have its key, where it would make another of the same name.
pub(super) struct Course {
    pub(super) answer: Result<Value, Failure>,
    pub(super) turn: Turn,
    pub(super) asked: Arc<Member>,
    /// The answers to the first commands, which are settled.
    settled: Vec<Value>,
    /// What commands that are carried out again have answered before: how much they removed.
    counted: BTreeMap<usize, i64>,
}

impl Course {
    pub(super) fn new(answer: Result<Value, Failure>, asked: Arc<Member>, request: &Request) -> Self {
        let mut course = Self {
            answer: Ok(Value::Nil),
            turn: Turn::Settled,
            asked: Arc::clone(&asked),
            settled: Vec::new(),
            counted: BTreeMap::new(),
        };
        course.take(answer, request, asked);
        course
    }

    /// Takes the answer to what was [left](Self::rest).
    pub(super) fn take(&mut self, answer: Result<Value, Failure>, rest: &Request, asked: Arc<Member>) {
        self.turn = Turn::of(&answer, rest, &asked.address);
        self.asked = asked;
        self.answer = match (answer, rest.ask()) {
            (Ok(Value::Array(answers)), Ask::Commands(_)) => Ok(self.absorb(answers)),
            (answer, _) => answer,
        };
    }

    fn absorb(&mut self, answers: Vec<Value>) -> Value {
        if self.turn == Turn::Settled {
            for answer in answers {
                self.settle(answer);
            }
            return Value::Array(std::mem::take(&mut self.settled));
        }
        let whole = Value::Array(answers.clone());
        let redirected = position(&whole).map_or(0, |(index, _)| index);
        for (index, answer) in answers.into_iter().enumerate() {
            if index < redirected {
                self.settle(answer);
            } else if let Value::Int(count) = answer {
                *self.counted.entry(self.settled.len() + index - redirected).or_default() += count;
            }
        }
        whole
    }

    /// Takes the final answer to the next command.
    pub(super) fn settle(&mut self, answer: Value) {
        let before = self.counted.remove(&self.settled.len()).unwrap_or_default();
        self.settled.push(match answer {
            Value::Int(count) => Value::Int(count + before),
            answer => answer,
        });
    }

    pub(super) fn is_complete(&self, request: &Request) -> bool {
        self.settled.len() == request.ask().len()
    }

    pub(super) fn into_answer(self, request: &Request) -> Value {
        match request.ask() {
            Ask::Commands(_) => Value::Array(self.settled),
            _ => self.settled.into_iter().next().unwrap_or(Value::Nil),
        }
    }

    /// What is still to be asked.
    pub(super) fn rest(&self, request: &Request) -> Request {
        let Ask::Commands(commands) = request.ask() else { return request.clone() };
        let mut rest = Pipeline::with_capacity(commands.len());
        for command in commands.cmd_iter().skip(self.settled.len()) {
            rest.add_command(command.clone());
        }
        request.with(Ask::Commands(rest))
    }

    /// The next command.
    pub(super) fn command(&self, request: &Request) -> Cmd {
        match request.ask() {
            Ask::Lookup(key) => lookup(key),
            Ask::Command(command) => command.clone(),
            Ask::Script(invocation) => invocation.by_text(),
            Ask::Commands(commands) => {
                commands.cmd_iter().nth(self.settled.len()).cloned().unwrap_or_default()
            }
        }
    }
}

/// Whether the answer says that nothing was done here.
pub(super) fn is_redirection(answer: &Value) -> bool {
    position(answer).is_some()
}
