//! The Memcached store: several servers by consistent hashing, the meta protocol over one multiplexed
//! connection to each, leases inside of the items that they are for.
//!
//! Works with Memcached 1.6 and later; servers must number their items (no `-C`).
//!
//! # Limits
//!
//! - **Time**: connecting takes at most [`connect_timeout`](Memcached::connect_timeout), an answer at
//!   most [`answer_timeout`](Memcached::answer_timeout), and one request at most both together (150
//!   ms, plus the tick of the clock). A server that refuses connections costs well under a
//!   millisecond. `set_many`, `get_many` and `delete_many` send [`BATCH`] keys at a time; the first
//!   request that fails ends the operation. What is compared and changed (`incr`, `touch`, leases,
//!   tags) is tried again while others change it, for at most [`CONTENTION_LIMIT`].
//! - **Servers**: each keeps its own part of the keys, whatever happens to the others: a server that is
//!   down costs its keys, and entries with tags that it keeps. Nothing moves to another server, which
//!   would bring old values back later. `get_many` answers what the others have, and fails only where
//!   all fail. A server that comes or goes moves its share of the keys, about one in as many as there
//!   are. Programs that share a store must spell its servers alike; their order does not matter.
//! - **Runtimes, repetition**: as for [`Redis`](super::redis::Redis): one connection for each tokio
//!   runtime and server; only `add` and `incr` report a connection that ended under them.
//! - **Expiry** is to the millisecond, though servers count seconds: entries say when they end by the
//!   clock of whoever wrote them, and servers keep them for up to two seconds more. Nodes whose clocks
//!   differ see an entry end as much sooner or later, but never by more than three seconds, by what the
//!   server says is left. (A server that was stopped and goes on does not know the time until its next
//!   tick. Lives of more than 30 days are dates, so that the server's own clock counts. A life that ends
//!   after January 2038, the last date of the protocol, is taken for ever. A lease over a stored value
//!   goes by the clocks of the nodes alone.)
//! - **Values** hold up to the server's item size (`-I`, 1 MiB unless stated), less some 50 bytes. One
//!   that is larger is not stored, and an older one goes. Where a server may not evict (`-M`) and is
//!   full, writes fail as too large, and invalidation goes on. A server that evicts may evict leases and
//!   tags: that costs a fill, and a miss.
//! - **Keys** are readable in the server, with a version behind the prefix. Those with spaces or control
//!   characters, and those that pass 250 bytes, keep a readable head and end in a digest.
//! - **`clear`** gives a namespace another random version, on every server: one write each. A namespace
//!   is `{key_prefix}:{version}:`, up to the first number between two colons; a key of another form
//!   belongs to what stands before its last colon. What was there is not found any more, and goes when
//!   it expires or is evicted. `clear` fails if a server cannot be told; the others are.
//! - **`keys`** is not supported: Memcached lists none.
//! - **`incr`** looks and then lets the server add; it compares and changes where the server would not
//!   count as we do (it knows no sign, and wraps). `touch` reads and writes the whole value, as does a
//!   lease over a stored one.
//! - **After a timeout** the server may still do what it was asked. A `set` by hand that timed out can
//!   then overwrite what was set later; a fill cannot, for want of its lease.

mod all;
mod change;
mod connect;
mod counting;
mod driver;
mod failure;
mod item;
mod leases;
mod location;
mod names;
mod node;
mod ring;
mod store;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use super::{Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::setup::Setup;
pub use store::{BATCH, CONTENTION_LIMIT};

pub(super) const KIND: Kind = Kind {
    name: "memcached",
    schemes: &["memcached"],
    feature: "memcached",
    available: true,
    settings: &["location", "connect_timeout", "answer_timeout"],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a Memcached store needs; the methods of [`Memcached`] say what each means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The servers, each as `host`, `host:port`, `[::1]:port` or `unix:/path`.
    pub servers: Vec<String>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long a server may take to answer.
    pub answer_timeout: Duration,
}

/// A cache in Memcached.
pub type Memcached = Setup<Options>;

impl Memcached {
    /// A cache in the servers of this URL: `memcached://host:port,other:port`.
    ///
    /// A server is `host` or `host:port` (11211 unless stated), `[::1]:port`, or a unix socket as
    /// `unix:/path`. Nothing is connected until the first operation.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such URL.
    pub fn url(url: &str) -> Result<Self> {
        Self::servers(location::servers_in(url))
    }

    /// A cache in these servers, each as in [`url`](Self::url).
    ///
    /// # Errors
    ///
    /// `Settings`, if there is none, one is no address, or one is named twice.
    pub fn servers<S: Into<String>>(servers: impl IntoIterator<Item = S>) -> Result<Self> {
        let servers: Vec<String> = servers.into_iter().map(Into::into).collect();
        location::addresses_of(&servers)?;
        Ok(Self::over(Options { servers, ..Options::at("") }))
    }

    /// How long connecting may take, with a first exchange of words; 50 ms unless stated, which is meant
    /// for servers near by.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.options.connect_timeout = time;
        self
    }

    /// How long a server may take to answer one request; 100 ms unless stated.
    pub fn answer_timeout(mut self, time: Duration) -> Self {
        self.options.answer_timeout = time;
        self
    }
}

impl Options {
    /// The defaults for the servers of this URL, which are not looked at yet.
    pub fn at(url: &str) -> Self {
        Self {
            servers: location::servers_in(url),
            connect_timeout: Duration::from_millis(50),
            answer_timeout: Duration::from_millis(100),
        }
    }

    /// Takes `location`, which must be there, and the other settings by the names of their methods.
    ///
    /// The location is a URL, a list of servers, or text with commas or semicolons between them.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let Some(location) = fields.texts("location")? else {
            return Err(fields.fault("`location` is missing: the servers"));
        };
        let defaults = Self::at("");
        let options = Self {
            servers: location.iter().flat_map(|text| location::servers_in(text)).collect(),
            connect_timeout: fields.limit("connect_timeout")?.unwrap_or(defaults.connect_timeout),
            answer_timeout: fields.limit("answer_timeout")?.unwrap_or(defaults.answer_timeout),
        };
        location::addresses_of(&options.servers).map_err(|error| fields.fault(&error.to_string()))?;
        Ok(options)
    }

    /// Builds the store; connects at the first operation.
    ///
    /// The clock says what time of day it is; servers have clocks of their own, and no test can move them.
    ///
    /// # Errors
    ///
    /// `Settings`, if a server or a limit cannot be used.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let connectors = self.connectors()?;
        let addresses: Vec<_> = connectors.iter().map(|connector| connector.address.clone()).collect();
        let nodes = connectors.into_iter().map(|connector| node::Node::new(connector, clock.clone()));
        Ok(Arc::new(store::Store { nodes: nodes.collect(), ring: ring::Ring::of(&addresses) }))
    }

    fn connectors(&self) -> Result<Vec<connect::Connector>> {
        let Self { connect_timeout, answer_timeout, .. } = *self;
        for (name, time) in [("connect_timeout", connect_timeout), ("answer_timeout", answer_timeout)] {
            if time < Duration::from_millis(1) {
                let text = format!("`{name}` must be at least a millisecond");
                return Err(Error::new(ErrorKind::Settings, "settings").context(text));
            }
        }
        let addresses = location::addresses_of(&self.servers)?;
        let connector = |address| connect::Connector { address, connect_timeout, answer_timeout };
        Ok(addresses.into_iter().map(connector).collect())
    }
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}
