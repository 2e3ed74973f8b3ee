//! The connection to a server: how it is made, and what is asked over it.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::{mpsc, oneshot};

use super::driver::{Driver, Sent, Stream};
use super::failure::{Failure, Fault};
use super::location::Address;
use super::wire::{Commands, Reply};
use crate::backend::line;
use crate::base::clock::Clock;

/// How many requests may queue for the connection before their callers wait.
const QUEUE: usize = 1024;

/// How to reach a server, and how long that may take.
pub(super) struct Connector {
    pub(super) address: Address,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
}

impl line::Connector for Connector {
    type Link = Link;

    fn limit(&self) -> Duration {
        self.connect_timeout + self.answer_timeout
    }

    async fn connect(&self) -> Result<Link, Failure> {
        line::within(self.connect_timeout, async {
            let unreachable = |error: std::io::Error| Fault::Unreachable(error.kind());
            let stream = self.address.open().await.map_err(unreachable)?;
            let link = Link::over(stream, self.answer_timeout);
            link.greet().await.map(|()| link)
        })
        .await
    }
}

impl Address {
    async fn open(&self) -> std::io::Result<Stream> {
        match self {
            Self::Tcp(host, port) => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
            Self::Unix(path) => UnixStream::connect(path).await.map(Stream::Unix),
        }
    }
}

/// A connection that is up, as far as we know: the way to the task that drives it, which ends it when
/// the last clone is dropped.
#[derive(Clone)]
pub(super) struct Link {
    requests: mpsc::Sender<Sent>,
}

/// Commands in one write.
#[derive(Clone)]
pub(super) struct Ask {
    bytes: Bytes,
    count: usize,
}

impl From<Commands> for Ask {
    fn from(commands: Commands) -> Self {
        let (bytes, count) = commands.finish();
        Self { bytes, count }
    }
}

impl Link {
    fn over(stream: Stream, answer_timeout: Duration) -> Self {
        let (requests, taken) = mpsc::channel(QUEUE);
        tokio::spawn(Driver::new(stream, taken, answer_timeout));
        Self { requests }
    }

    /// Makes sure that whoever listens there speaks the protocol.
    async fn greet(&self) -> Result<(), Failure> {
        let mut greeting = Commands::default();
        greeting.greet();
        match self.send(&greeting.into()).await?[..] {
            [Reply::Ready] => Ok(()),
            _ => Err(Fault::Nonsense(super::wire::Nonsense::Garbage).into()),
        }
    }

    fn send(&self, ask: &Ask) -> impl Future<Output = Result<Vec<Reply>, Failure>> + Send {
        let (answer, answered) = oneshot::channel();
        let since = Clock::system().now();
        let sent = Sent { bytes: ask.bytes.clone(), count: ask.count, since, answer };
        let requests = self.requests.clone();
        async move {
            requests.send(sent).await.map_err(|_| Fault::Lost)?;
            // The driver answers every request unless its runtime has dropped it.
            Ok(answered.await.map_err(|_| Failure::Stopped)??)
        }
    }
}

impl line::Link for Link {
    type Ask = Ask;
    type Answer = Vec<Reply>;
    type Fault = Fault;

    async fn ask(&self, ask: &Ask) -> Result<Option<Vec<Reply>>, Failure> {
        self.send(ask).await.map(Some)
    }

    async fn ask_whole(&self, ask: &Ask) -> Result<Vec<Reply>, Failure> {
        self.send(ask).await
    }

    fn is_lost(&self) -> bool {
        self.requests.is_closed()
    }

    fn is(&self, other: &Self) -> bool {
        self.requests.same_channel(&other.requests)
    }
}
