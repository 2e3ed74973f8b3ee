//! Which server a request goes to: the one there is, or the one that has the key.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::cluster::Cluster;
use super::connect::{Lines, Target};
use super::failure::Failure;
use super::front::Kept;
use super::location::{self, Shape};
use super::node::{Node, Waiting};
use super::nodes::Member;
use super::options::Options;
use super::replicas::Replicas;
use super::request::{Ask, Request, Whom};
use super::sentinel::Sentinels;
use super::servers::Servers;
use super::slot::slot_of;
use super::tracking;
use crate::backend::line::Connector as _;
use crate::base::error::Result;

/// The servers of a cache.
pub(super) enum Route {
    /// One, with its replicas.
    Server(Node),
    /// A cluster.
    Cluster(Cluster),
}

/// A server whose keys are walked over.
pub(super) enum Walked<'a> {
    Server(&'a Node),
    Node(Arc<Member>),
}

impl Route {
    /// The servers of these options; those of one leader also listen to it, if anything is kept.
    pub(super) fn new(
        options: &Options,
        shape: Shape,
        servers: Servers,
        kept: Option<&Arc<Kept>>,
    ) -> Result<Self> {
        let listen_to = |target| {
            if let Some(kept) = kept {
                tracking::listen(kept, target, options.connect_timeout, options.answer_timeout);
            }
        };
        let waiting = |lines: &dyn Fn() -> Arc<Lines>| {
            options.wait_replicas.map(|replicas| Waiting { lines: lines(), replicas })
        };
        Ok(match shape {
            Shape::Cluster(seeds) => {
                Self::Cluster(Cluster::new(servers, seeds, options.reads_replicas(), options.wait_replicas))
            }
            Shape::Server => {
                let named = options.replicas.as_deref().map(location::replicas).transpose()?;
                let copies =
                    named.map(|named| Replicas::new(named.iter().map(|address| servers.lines_to(address))));
                listen_to(servers.target());
                Self::Server(Node::new(servers.lines(), waiting(&|| servers.lines()), copies))
            }
            Shape::Sentinels(addresses, name) => {
                let sentinels = Arc::new(Sentinels { servers: servers.clone(), addresses, name });
                let copies =
                    options.reads_replicas().then(|| Replicas::new([servers.lines_to_replica(&sentinels)]));
                listen_to(Target::Master(Arc::clone(&sentinels)));
                let lines = || servers.lines_to_master(&sentinels);
                Self::Server(Node::new(lines(), waiting(&lines), copies))
            }
        })
    }

    /// The answer of the server that has the key.
    pub(super) async fn ask(&self, key: &str, request: &Request) -> Result<Value, Failure> {
        match self {
            Self::Server(node) => node.ask(request).await,
            Self::Cluster(cluster) => cluster.ask(slot_of(key), request).await,
        }
    }

    /// What is kept under a key; the lookup may travel with those of others.
    pub(super) async fn get(&self, whom: Whom, key: &str) -> Result<Value, Failure> {
        match self {
            Self::Server(node) if node.asks_leader(whom) => node.leader.get(key).await,
            _ => {
                let request = Request::new(whom, Ask::Lookup(key.to_owned()));
                // Apart: with the room for this in it, the future of every lookup was larger.
                Box::pin(self.ask(key, &request)).await
            }
        }
    }

    /// The servers whose keys are all there are.
    pub(super) async fn walked(&self) -> Result<Vec<Walked<'_>>, Failure> {
        match self {
            Self::Server(node) => Ok(vec![Walked::Server(node)]),
            Self::Cluster(cluster) => Ok(cluster.leaders().await?.into_iter().map(Walked::Node).collect()),
        }
    }

    /// The most that one request takes, whatever the servers do.
    pub(super) fn limit(&self) -> Duration {
        match self {
            Self::Server(node) => node.leader.connector.limit(),
            Self::Cluster(cluster) => cluster.limit(),
        }
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        match self {
            Self::Server(node) => node.close(),
            Self::Cluster(cluster) => cluster.close(),
        }
    }
}

impl Walked<'_> {
    pub(super) fn node(&self) -> &Node {
        match self {
            Self::Server(node) => node,
            Self::Node(member) => &member.node,
        }
    }
}
