//! One server that takes writes, with its replicas.

use std::sync::Arc;
use std::time::Duration;

use redis::{Pipeline, Value};

use super::connect::Lines;
use super::failure::{Failure, Trouble, first_error};
use super::replicas::Replicas;
use super::request::{Ask, Request, Whom};
use crate::backend::line::{Connector as _, within};
use crate::base::clock::Stopwatch;

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
            (Whom::Any, Some(replicas), _) => self.ask_any(replicas, request).await,
            (Whom::All, _, Some(waiting)) => waiting.ask(request).await,
            _ => request.put_to(&self.leader).await,
        }
    }

    /// A replica's answer, or else the leader's in what is left of the time.
    async fn ask_any(&self, replicas: &Replicas, request: &Request) -> Result<Value, Failure> {
        let watch = Stopwatch::start();
        if let Some(answer) = replicas.ask(request).await {
            return Ok(answer);
        }
        let left = self.leader.connector.limit().saturating_sub(watch.elapsed());
        within(left, request.put_to(&self.leader)).await
    }

    /// Whether only the leader can answer.
    pub(super) fn asks_leader(&self, whom: Whom) -> bool {
        whom == Whom::Leader || self.replicas.is_none()
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
        let mut commands = match request.ask() {
            Ask::Commands(commands) => commands.clone(),
            Ask::Command(command) => {
                let mut commands = Pipeline::with_capacity(2);
                commands.add_command(command.clone());
                commands
            }
            Ask::Lookup(_) | Ask::Script(_) => unreachable!("invalidations are plain commands"),
        };
        commands.cmd("WAIT").arg(self.replicas).arg(self.millis());
        let asked = request.with(Ask::Commands(commands));
        let Value::Array(mut answers) = self.lines.ask(&asked.asked).await? else { return Ok(Value::Nil) };
        let had = answers.pop();
        let answer = match (request.ask(), answers) {
            (Ask::Command(_), mut answers) => answers.pop().unwrap_or(Value::Nil),
            (_, answers) => Value::Array(answers),
        };
        match had {
            _ if first_error(&answer).is_some() => Ok(answer),
            Some(Value::Int(had)) if had >= i64::from(self.replicas) => Ok(answer),
            Some(Value::Int(had)) => Err(Trouble::NotCopied(had, self.replicas).into()),
            Some(Value::ServerError(error)) => Err(error.into()),
            _ => Ok(Value::Nil),
        }
    }

    /// How long the server waits: less than we do, so that its answer says what there is.
    fn millis(&self) -> u64 {
        let limit: Duration = self.lines.connector.answer_timeout * 3 / 4;
        u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).max(1)
    }
}
