//! The connection to a server: how it is made, and what is sent over it.
//!
//! The driver's own `ConnectionManager` is not used, for three reasons that tests here show: it
//! notices a lost connection only by a failed call; a connection attempt whose caller went away
//! stays half-way, and fails the next caller; and it stays with a connection that answers no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, Pipeline, ProtocolVersion, PushInfo, PushKind, RedisError, Value};

use super::failure::{Failure, is_unknown_script};
use super::scripts::Invocation;
use crate::backend::line;

/// How many requests may queue for the connection before their callers wait.
const QUEUE: usize = 1024;

/// How to reach the server, and how long that may take.
pub(super) struct Connector {
    pub(super) client: redis::Client,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    /// Who takes what the server says by itself.
    pub(super) pushes: Option<Arc<Heard>>,
}

/// Takes what a server says by itself, and that a connection has ended.
pub(super) type Heard = dyn Fn(&PushInfo) + Send + Sync;

impl Connector {
    /// The same, with somebody who takes what the server says by itself.
    pub(super) fn with(&self, pushes: Arc<Heard>) -> Self {
        let Self { client, connect_timeout, answer_timeout, .. } = self;
        let (connect_timeout, answer_timeout) = (*connect_timeout, *answer_timeout);
        Self { client: client.clone(), connect_timeout, answer_timeout, pushes: Some(pushes) }
    }
}

impl line::Connector for Connector {
    type Link = Link;

    fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }

    async fn connect(&self) -> Result<Link, Failure> {
        let is_lost = Arc::new(AtomicBool::new(false));
        let mut config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.connect_timeout))
            .set_response_timeout(Some(self.answer_timeout))
            .set_pipeline_buffer_size(QUEUE);
        if self.client.get_connection_info().redis_settings().protocol() == ProtocolVersion::RESP3 {
            let (is_lost, pushes) = (Arc::clone(&is_lost), self.pushes.clone());
            config = config.set_push_sender(move |push: PushInfo| {
                if push.kind == PushKind::Disconnection {
                    is_lost.store(true, Ordering::Release);
                }
                if let Some(pushes) = &pushes {
                    pushes(&push);
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
pub(super) struct Link {
    /// In an `Arc`: a clone of the connection itself raises three counters that all callers share.
    connection: Arc<MultiplexedConnection>,
    is_lost: Arc<AtomicBool>,
}

/// What is sent to the server in one go.
pub(super) enum Ask {
    /// One command.
    Command(Cmd),
    /// Commands in one write; the answer is an array of theirs.
    Commands(Pipeline),
    /// A script, sent whole if the server has not seen it.
    Script(Invocation),
}

impl Link {
    /// The answer; to the digest of a script it may be that the server has not seen it.
    async fn send(&self, ask: &Ask) -> Result<Value, Failure> {
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
}

impl line::Link for Link {
    type Ask = Ask;
    type Answer = Value;
    type Fault = RedisError;

    async fn ask(&self, ask: &Ask) -> Result<Option<Value>, Failure> {
        Ok(Some(self.send(ask).await?).filter(|answer| !is_unknown_script(answer)))
    }

    async fn ask_whole(&self, ask: &Ask) -> Result<Value, Failure> {
        let Ask::Script(invocation) = ask else { return self.send(ask).await };
        let mut connection = MultiplexedConnection::clone(&self.connection);
        Ok(connection.send_packed_command(&invocation.by_text()).await?)
    }

    fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Acquire)
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.is_lost, &other.is_lost)
    }
}

impl line::Lookups for Link {
    fn lookup(key: &str) -> Ask {
        let mut get = Cmd::with_capacity(2, "GET".len() + key.len());
        get.arg("GET").arg(key);
        Ask::Command(get)
    }

    fn lookups<'a>(keys: impl Iterator<Item = &'a str>) -> Ask {
        let mut gets = Pipeline::new();
        for key in keys {
            gets.cmd("GET").arg(key);
        }
        Ask::Commands(gets)
    }

    fn apart(answer: Value, count: usize) -> Result<Vec<Value>, Value> {
        match answer {
            Value::Array(answers) if answers.len() == count => Ok(answers),
            other => Err(other),
        }
    }

    fn length(answer: &Value) -> usize {
        if let Value::BulkString(bytes) = answer { bytes.len() } else { 0 }
    }
}
