//! What is asked of servers, and of which of them.

use std::sync::Arc;

use redis::{Cmd, Pipeline, Value};

use super::connect::Lines;
use super::failure::Failure;
use super::scripts::Invocation;
use crate::backend::line;

/// What is sent to a server in one go.
#[derive(Clone)]
pub(super) enum Ask {
    /// What is kept under this key; the lookup may travel with those of others.
    Lookup(String),
    /// One command.
    Command(Cmd),
    /// Commands in one write; the answer is an array of theirs.
    Commands(Pipeline),
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

/// Something to ask, and of whom.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) asked: line::Request<Ask>,
    pub(super) whom: Whom,
}

impl Ask {
    /// How many commands it is.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Commands(commands) => commands.len(),
            Self::Lookup(_) | Self::Command(_) | Self::Script(_) => 1,
        }
    }

    /// The answer to it, from those of a pipeline it was part of.
    pub(super) fn answer_from(&self, answers: &mut impl Iterator<Item = Value>) -> Value {
        match self {
            Self::Commands(commands) => Value::Array(answers.take(commands.len()).collect()),
            Self::Lookup(_) | Self::Command(_) | Self::Script(_) => answers.next().unwrap_or(Value::Nil),
        }
    }
}

impl Request {
    /// One that can be asked twice without harm.
    pub(super) fn new(whom: Whom, ask: Ask) -> Self {
        Self { asked: line::Request { ask, is_repeatable: true }, whom }
    }

    /// One that must not be asked again once it may have been heard.
    pub(super) fn once(whom: Whom, ask: Ask) -> Self {
        Self { asked: line::Request { ask, is_repeatable: false }, whom }
    }

    /// Asks something else of the same.
    pub(super) fn with(&self, ask: Ask) -> Self {
        Self { asked: line::Request { ask, ..self.asked }, whom: self.whom }
    }

    pub(super) fn ask(&self) -> &Ask {
        &self.asked.ask
    }

    pub(super) fn is_repeatable(&self) -> bool {
        self.asked.is_repeatable
    }

    /// The answer of one server.
    pub(super) async fn put_to(&self, lines: &Arc<Lines>) -> Result<Value, Failure> {
        match self.ask() {
            Ask::Lookup(key) => lines.get(key).await,
            _ => lines.ask(&self.asked).await,
        }
    }

    /// Many requests as one pipeline.
    pub(super) fn joined(requests: &[&Self]) -> Self {
        let mut commands = Pipeline::with_capacity(requests.iter().map(|request| request.ask().len()).sum());
        for request in requests {
            match request.ask() {
                Ask::Lookup(key) => _ = commands.add_command(lookup(key)),
                Ask::Command(command) => _ = commands.add_command(command.clone()),
                Ask::Script(invocation) => _ = commands.add_command(invocation.by_text()),
                Ask::Commands(many) => {
                    for command in many.cmd_iter() {
                        commands.add_command(command.clone());
                    }
                }
            }
        }
        let is_repeatable = requests.iter().all(|request| request.is_repeatable());
        let whom = requests.first().map_or(Whom::Leader, |request| request.whom);
        Self { asked: line::Request { ask: Ask::Commands(commands), is_repeatable }, whom }
    }
}

/// The command that asks for what is kept under a key.
pub(super) fn lookup(key: &str) -> Cmd {
    let mut get = Cmd::with_capacity(2, "GET".len() + key.len());
    get.arg("GET").arg(key);
    get
}
