//! The connection to a server: how it is made, and what is sent over it.
//!
//! The driver's own `ConnectionManager` is not used, for three reasons that tests here show: it
//! notices a lost connection only by a failed call; a connection attempt whose caller went away
//! stays half-way, and fails the next caller; and it stays with a connection that answers no more.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, ProtocolVersion, PushInfo, PushKind, Value};

use super::failure::{Failure, Trouble, first_error, is_unknown_script};
use super::request::{Ask, lookup};
use super::sentinel::Sentinels;
use crate::backend::line;

/// How many requests may queue for the connection before their callers wait.
const QUEUE: usize = 1024;

/// Lines to one server, whichever that is.
pub(super) type Lines = line::Lines<Connector>;

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

impl line::Connector for Connector {
    type Link = Link;

    fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }

    async fn connect(&self) -> Result<Link, Failure> {
        match &self.target {
            Target::Server(client) => self.link(client).await,
            Target::Copy(client) => {
                let link = self.link(client).await?;
                match link.send(&Ask::Command(redis::cmd("READONLY"))).await? {
                    Value::ServerError(error) => Err(error.into()),
                    _ => Ok(link),
                }
            }
            Target::Master(sentinels) => sentinels.master(self).await,
            Target::Replica(sentinels) => sentinels.replica(self).await,
        }
    }
}

impl Connector {
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
        let may_be_demoted = matches!(self.target, Target::Master(_));
        Ok(Link { connection: Arc::new(connection), is_lost, may_be_demoted })
    }
}

/// A connection that is up, as far as we know.
#[derive(Clone)]
pub(super) struct Link {
    /// In an `Arc`: a clone of the connection itself raises three counters that all callers share.
    connection: Arc<MultiplexedConnection>,
    is_lost: Arc<AtomicBool>,
    /// Whether another server may be the master some day.
    may_be_demoted: bool,
}

impl Link {
    /// The answer; to the digest of a script it may be that the server has not seen it.
    pub(super) async fn send(&self, ask: &Ask) -> Result<Value, Failure> {
        // Clones share the connection; the driver wants one for itself.
        let mut connection = MultiplexedConnection::clone(&self.connection);
        Ok(match ask {
            Ask::Lookup(key) => connection.send_packed_command(&lookup(key)).await?,
            Ask::Command(command) => connection.send_packed_command(command).await?,
            Ask::Commands(commands) => {
                Value::Array(connection.send_packed_commands(commands, 0, commands.len()).await?)
            }
            Ask::Script(invocation) => connection.send_packed_command(&invocation.by_digest()).await?,
        })
    }

    /// Whether the answer says that the server is a master no more; then the connection is given up, and the
    /// next goes to whoever is one now.
    fn is_demoted(&self, answer: &Value) -> bool {
        let is_demoted = self.may_be_demoted
            && first_error(answer).is_some_and(|failure| failure.is_refusal_of_a_replica());
        if is_demoted {
            self.is_lost.store(true, Ordering::Release);
        }
        is_demoted
    }
}

impl line::Link for Link {
    type Ask = Ask;
    type Answer = Value;
    type Fault = Trouble;

    async fn ask(&self, ask: &Ask) -> Result<Option<Value>, Failure> {
        let answer = self.send(ask).await?;
        // In both cases nothing was done.
        Ok(if is_unknown_script(&answer) || self.is_demoted(&answer) { None } else { Some(answer) })
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
        Ask::Command(lookup(key))
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
