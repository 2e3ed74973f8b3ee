//! The Redis store: one multiplexed connection to each server, short limits, scripts where atomicity needs them.
//!
//! Works with Redis 6 and later and with Valkey: one server (or its proxy), a cluster, a master behind sentinels, each
//! with or without replicas that are read.
//!
//! # Limits
//!
//! - **Time**: connecting takes at most [`connect_timeout`](Redis::connect_timeout), an answer at
//!   most [`answer_timeout`](Redis::answer_timeout), and one operation at most both together (150
//!   ms, plus the tick of the clock where something failed first). A server that refuses
//!   connections costs well under a millisecond. `set_many`, `get_many` and `delete_many` send
//!   [`BATCH`] keys at a time, and `keys` and `clear` walk the server's keys in as many steps as it
//!   has thousands; every one of these steps has that limit, the first that fails ends the
//!   operation, and a walk ends after [`WALK_LIMIT`].
//! - **Runtimes**: within tokio each runtime has one connection, which ends with it. Synchronous
//!   callers and other executors share one more, driven by a thread of its own (about 30 µs more
//!   for a call). A tokio runtime needs its I/O and its timers (`enable_all`, as under
//!   `#[tokio::main]`); one without them prints a panic of a task once and uses that thread, too.
//! - **Repetition**: nothing is retried, but for one case: where the connection ends before the
//!   answer comes, what can be asked twice without harm is asked again, once, within the limit. So
//!   a restart of the server is not seen by callers; only `add` and `incr` that were on their way
//!   report it.
//! - **Values** hold up to 512 MiB, or the server's `proto-max-bulk-len`; what cannot be sent within
//!   the limit of time is not stored. At `maxmemory` with `noeviction` writes fail as `TooLarge`,
//!   and invalidation goes on.
//! - **Keys** that end in `~l` and hold a hash tag (`{…}`) are names of leases: as a user's key one
//!   is neither listed nor reliably kept.
//! - **After a timeout** the server may still do what it was asked. A `set` by hand that timed out
//!   can then overwrite what was set later; a fill cannot, for want of its lease.
//! - **Failover** is asynchronous in Redis: one that loses a lease costs a refused fill, one that
//!   undoes an acknowledged deletion brings the old value back until its timeout.
//! - **Cluster**: all this holds for one request, with its redirections. Keys whose node is down fail until a replica has
//!   taken over, and are looked for anew at most every 100 ms; a node that hangs holds up nobody but the callers of its
//!   keys. While a slot moves, `add`, leases and fills of its keys may be refused, since they name two keys. `keys` and
//!   `clear` walk all nodes, and again if slots have moved meanwhile; keys of a slot that is moving all that time may be
//!   missed. Nodes that take the place of others are found by themselves; the URL's serve to find the first.
//! - **Sentinels** are asked when a connection is made: when there is none, when it has ended, and when its server says
//!   that it is a master no more. A master that was cut off with this process from all others may serve it until
//!   then.
//! - `CLIENT SETINFO` tells the server this crate's name and version, from Redis 7.2 on.

mod answers;
mod channel;
mod client;
mod cluster;
mod connect;
mod failure;
mod front;
mod location;
mod many;
mod names;
mod node;
mod nodes;
mod options;
mod recent;
mod redirect;
mod replicas;
mod request;
mod route;
mod scripts;
mod sentinel;
mod servers;
mod slot;
mod together;
mod topology;
mod tracking;
mod walk;

use std::path::PathBuf;
use std::time::Duration;

use super::kind::{Kind, REDIS_SCHEMES};
use crate::base::error::Result;
use crate::base::setup::Setup;
pub use many::BATCH;
pub use options::{LEADER_AFTER_WRITE, Options, Protocol, ReadFrom};
pub use tracking::HEARD_EVERY;
pub use walk::WALK_LIMIT;

pub(super) const KIND: Kind = Kind {
    name: "redis",
    schemes: REDIS_SCHEMES,
    feature: "redis",
    available: true,
    settings: &[
        "location",
        "username",
        "password",
        "database",
        "protocol",
        "connect_timeout",
        "answer_timeout",
        "ca_file",
        "read_from",
        "replicas",
        "leader_after_write",
        "wait_replicas",
        "sentinel_username",
        "sentinel_password",
        "client_cache",
    ],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// A cache in Redis or Valkey.
pub type Redis = Setup<Options>;

impl Redis {
    /// A cache in the server, or the servers, at this URL:
    ///
    /// - `redis://[[user]:password@]host[:port][/database]`
    /// - `rediss://…` for TLS (feature `redis-tls`)
    /// - `unix:///path/to/socket[?db=1&user=…&pass=…]`
    /// - `redis+cluster://[[user]:password@]host[:port],host[:port],…`: some nodes of a cluster, which tell the
    ///   others; `rediss+cluster://…` for TLS
    /// - `redis+sentinel://[[user]:password@]host[:port],host[:port],…/name[/database]`: sentinels (port 26379
    ///   unless stated), and the name of the master they watch over; user and password are the master's;
    ///   `rediss+sentinel://…` for TLS to sentinels and master
    ///
    /// `valkey` in place of `redis` means the same. What is not plain in user and
    /// password is percent-encoded. Nothing is connected until the first operation.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such URL; the message does not repeat it.
    pub fn url(url: &str) -> Result<Self> {
        let options = Options::at(url);
        options.place()?;
        Ok(Self::over(options))
    }

    /// The user, in place of the URL's.
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.options.username = Some(name.into());
        self
    }

    /// The password, in place of the URL's.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.options.password = Some(password.into());
        self
    }

    /// The number of the database, in place of the URL's.
    pub fn database(mut self, number: u32) -> Self {
        self.options.database = Some(number);
        self
    }

    /// The protocol, in place of the URL's `?protocol=resp2`; RESP3 unless stated.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.options.protocol = Some(protocol);
        self
    }

    /// How long connecting may take, the greetings of TLS and of Redis included; 50 ms unless
    /// stated, which is meant for a server near by.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.options.connect_timeout = time;
        self
    }

    /// How long the server may take to answer one request; 100 ms unless stated.
    pub fn answer_timeout(mut self, time: Duration) -> Self {
        self.options.answer_timeout = time;
        self
    }

    /// The authorities that may vouch for a server under `rediss://`, as certificates in PEM, in
    /// place of the system's. Read once, when the cache is built.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.ca_file = Some(path.into());
        self
    }
}

impl Redis {
    /// Who is asked by lookups: the leader unless stated.
    ///
    /// Replicas answer with what they had a moment ago. So they serve `get`, `get_many` and `ttl` only; all that
    /// writes, and leases and fills, goes to the leader, as do lookups of keys that this process has [just
    /// written](Self::leader_after_write). A replica that fails, or has lost its leader, is left alone for a second,
    /// and the leader asked.
    pub fn read_from(mut self, whom: ReadFrom) -> Self {
        self.options.read_from = Some(whom);
        self
    }

    /// The replicas of a single server, as `"host:port,host:port"`; lookups read from them. A cluster and sentinels
    /// say themselves which replicas there are.
    pub fn replicas(mut self, hosts: impl Into<String>) -> Self {
        self.options.replicas = Some(hosts.into());
        self
    }

    /// How long lookups of a key ask the leader after this process has written it through this cache;
    /// [`LEADER_AFTER_WRITE`] unless stated.
    ///
    /// The process is the caller: which task or thread wrote does not matter. It is noted by the hash of the key in a
    /// table of fixed size, so that a few other keys ask the leader, too.
    pub fn leader_after_write(mut self, time: Duration) -> Self {
        self.options.leader_after_write = Some(time);
        self
    }

    /// How many replicas must have an invalidation (`delete`, `delete_many`, `clear`, a tag) before it counts as done;
    /// none unless stated.
    ///
    /// With as many as there are, a failover cannot undo an invalidation, and replicas do not answer with what was
    /// invalidated. If they do not say so in time, the invalidation fails with `TimedOut`, though the leader has
    /// carried it out. Uses `WAIT`, on a connection of its own.
    pub fn wait_replicas(mut self, replicas: u32) -> Self {
        self.options.wait_replicas = Some(replicas);
        self
    }

    /// The user by whom sentinels are asked, where they ask for one.
    pub fn sentinel_username(mut self, name: impl Into<String>) -> Self {
        self.options.sentinel_username = Some(name.into());
        self
    }

    /// The password by which sentinels are asked, where they ask for one.
    pub fn sentinel_password(mut self, password: impl Into<String>) -> Self {
        self.options.sentinel_password = Some(password.into());
        self
    }

    /// Keeps up to so many entries in this process, as the values they are, and serves them at the speed of memory;
    /// none unless stated.
    ///
    /// The server says on a connection of its own which keys have changed, and they are forgotten: within the time
    /// that its word takes, after a write by another process; at once, after one's own. While it is not heard, nothing
    /// is kept: when that connection ends, all is forgotten, and a server that is silent is believed for
    /// [`HEARD_EVERY`] and one answer's limit at most. Entries that carry tags are not kept, nor are plain integers.
    /// For a single server, or one behind sentinels, in RESP3.
    pub fn client_cache(mut self, max_entries: usize) -> Self {
        self.options.client_cache = Some(max_entries);
        self
    }
}
