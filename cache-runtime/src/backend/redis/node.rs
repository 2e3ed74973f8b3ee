//! One server that takes writes, with its replicas.

use std::sync::Arc;
use std::time::Duration;

use redis::{Pipeline, Value};

use super::connect::{Ask, Request, Whom};
use super::failure::{Failure, first_error};
use super::replicas::Replicas;
use super::runtimes::Lines;

/// A leader, and how its replicas are used.
pub(super) struct Node {
    pub(super) leader: Arc<Lines>,
    waiting: Option<Waiting>,
    replicas: Option<Replicas>,
}

/// Connections on which is waited for replicas: a server lets all that follows on a connection wait with it.
pub(super) struct Waiting {
    pub(super) lines: Arc<Lines>,
    pub(super) replicas: u32,
}

impl Node {
    pub(super) fn new(leader: Arc<Lines>, waiting: Option<Waiting>, replicas: Option<Replicas>) -> Self {
        Self { leader, waiting, replicas }
    }

    pub(super) async fn ask(&self, request: &Request) -> Result<Value, Failure> {
        match (request.whom, &self.replicas, &self.waiting) {
            (Whom::Any, Some(replicas), _) => match replicas.ask(request).await {
                Some(answer) => Ok(answer),
                None => self.leader.ask(request).await,
            },
            (Whom::All, _, Some(waiting)) => waiting.ask(request).await,
            _ => self.leader.ask(request).await,
        }
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        self.leader.close();
        if let Some(waiting) = &self.waiting {
            waiting.lines.close();
        }
        if let Some(replicas) = &self.replicas {
            replicas.close();
        }
    }
}

impl Waiting {
    /// The leader's answer, once enough replicas have what it did; its own refusals at once.
    async fn ask(&self, request: &Request) -> Result<Value, Failure> {
        let mut commands = match &request.ask {
            Ask::Commands(commands) => commands.clone(),
            Ask::Command(command) => {
                let mut commands = Pipeline::with_capacity(2);
                commands.add_command(command.clone());
                commands
            }
            Ask::Script(_) => unreachable!("invalidations are plain commands"),
        };
        commands.cmd("WAIT").arg(self.replicas).arg(self.millis());
        let asked = Request { ask: Ask::Commands(commands), ..*request };
        let Value::Array(mut answers) = self.lines.ask(&asked).await? else { return Ok(Value::Nil) };
        let had = answers.pop();
        let answer = match (&request.ask, answers) {
            (Ask::Command(_), mut answers) => answers.pop().unwrap_or(Value::Nil),
            (_, answers) => Value::Array(answers),
        };
        match had {
            _ if first_error(&answer).is_some() => Ok(answer),
            Some(Value::Int(had)) if had >= i64::from(self.replicas) => Ok(answer),
            Some(Value::Int(had)) => Err(Failure::NotCopied(had, self.replicas)),
            Some(Value::ServerError(error)) => Err(Failure::Redis(error.into())),
            _ => Ok(Value::Nil),
        }
    }

    /// How long the server waits: less than we do, so that its answer says what there is.
    fn millis(&self) -> u64 {
        let limit: Duration = self.lines.connector.answer_timeout * 3 / 4;
        u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1)
    }
}
