//! The Redis store: one multiplexed connection, short limits, scripts where atomicity needs them.
//!
//! Works with Redis 6 and later and with Valkey; one server (or its proxy).
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
//!   the limit of time is not stored. At `maxmemory` with `noeviction` writes fail as too large,
//!   and invalidation goes on.
//! - **Keys** that end in `~l` and hold a hash tag (`{…}`) are names of leases: as a user's key one
//!   is neither listed nor reliably kept.
//! - **After a timeout** the server may still do what it was asked. A `set` by hand that timed out
//!   can then overwrite what was set later; a fill cannot, for want of its lease.
//! - **Failover** is asynchronous in Redis: one that loses a lease costs a refused fill, one that
//!   undoes an acknowledged deletion brings the old value back until its timeout.
//! - `CLIENT SETINFO` tells the server this crate's name and version, from Redis 7.2 on.

mod answers;
mod channel;
mod client;
mod connect;
mod failure;
mod location;
mod names;
mod scripts;
mod walk;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Described, Kind, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;
use crate::base::setup::Setup;
pub use client::BATCH;
pub use walk::WALK_LIMIT;

pub(super) const KIND: Kind = Kind {
    name: "redis",
    schemes: &["redis", "rediss", "unix", "valkey", "valkeys", "valkey+unix"],
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
    ],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// What a Redis store needs; the methods of [`Redis`] say what each means.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the server is: a URL.
    pub location: String,
    /// The user, in place of the URL's.
    pub username: Option<String>,
    /// The password, in place of the URL's.
    pub password: Option<String>,
    /// The number of the database, in place of the URL's.
    pub database: Option<u32>,
    /// The protocol, in place of the URL's.
    pub protocol: Option<Protocol>,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the server may take to answer.
    pub answer_timeout: Duration,
    /// The authorities that may vouch for a server under `rediss://`, in place of the system's.
    pub ca_file: Option<PathBuf>,
}

/// The protocol that is spoken with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// What proxies without the newer one speak; the end of an idle connection is noticed later.
    Resp2,
    /// The default.
    Resp3,
}

impl Protocol {
    const NAMES: &[(&'static str, Self)] =
        &[("resp2", Self::Resp2), ("resp3", Self::Resp3), ("2", Self::Resp2), ("3", Self::Resp3)];
}

/// A cache in Redis or Valkey.
pub type Redis = Setup<Options>;

impl Redis {
    /// A cache in the server at this URL:
    ///
    /// - `redis://[[user]:password@]host[:port][/database]`
    /// - `rediss://…` for TLS (feature `redis-tls`)
    /// - `unix:///path/to/socket[?db=1&user=…&pass=…]`
    ///
    /// `valkey://`, `valkeys://` and `valkey+unix://` mean the same. What is not plain in user and
    /// password is percent-encoded. Nothing is connected until the first operation.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such URL; the message does not repeat it.
    pub fn url(url: &str) -> Result<Self> {
        let options = Options::at(url);
        location::info_of(&options)?;
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

impl Options {
    /// The defaults for the server at this URL, which is not looked at yet.
    pub fn at(url: &str) -> Self {
        Self {
            location: url.to_owned(),
            username: None,
            password: None,
            database: None,
            protocol: None,
            connect_timeout: Duration::from_millis(50),
            answer_timeout: Duration::from_millis(100),
            ca_file: None,
        }
    }

    /// Takes `location`, which must be there, and the other settings by the names of their methods.
    ///
    /// `user`, `pass` and `db` are taken, too: so the URL of a unix socket names them in its query.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let Some(location) = fields.text("location")? else {
            return Err(fields.fault("`location` is missing: the URL of the server"));
        };
        let defaults = Self::at(&location);
        Ok(Self {
            username: fields.text("username")?.or(fields.text("user")?),
            password: fields.text("password")?.or(fields.text("pass")?),
            database: database_in(fields)?,
            protocol: fields.word("protocol", Protocol::NAMES)?,
            connect_timeout: fields.duration("connect_timeout")?.unwrap_or(defaults.connect_timeout),
            answer_timeout: fields.duration("answer_timeout")?.unwrap_or(defaults.answer_timeout),
            ca_file: fields.text("ca_file")?.map(PathBuf::from),
            ..defaults
        })
    }

    /// Builds the store; connects at the first operation.
    ///
    /// The server has a clock of its own, and no test can move it: the argument is there as for
    /// every backend.
    ///
    /// # Errors
    ///
    /// `Settings`, if the URL, the file of authorities or a limit cannot be used.
    pub fn build(&self, _: &Clock) -> Result<SharedBackend> {
        for (name, time) in
            [("connect_timeout", self.connect_timeout), ("answer_timeout", self.answer_timeout)]
        {
            if time < Duration::from_millis(1) {
                let text = format!("`{name}` must be at least a millisecond");
                return Err(Error::new(ErrorKind::Settings, "settings").context(text));
            }
        }
        let connector = connect::Connector {
            client: location::client_of(self)?,
            connect_timeout: self.connect_timeout,
            answer_timeout: self.answer_timeout,
            pushes: None,
        };
        let place = location::without_secrets(&self.location);
        Ok(Arc::new(client::Store::new(connector, place)))
    }
}

fn database_in(fields: &mut Fields) -> Result<Option<u32>> {
    let Some(number) = fields.count("database")?.or(fields.count("db")?) else { return Ok(None) };
    u32::try_from(number).map(Some).map_err(|_| fields.fault("`database` takes the number of a database"))
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}

/// Shows where the server is, and no secret.
impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            location,
            username,
            password,
            database,
            protocol,
            connect_timeout,
            answer_timeout,
            ca_file,
        } = self;
        out.debug_struct("Options")
            .field("location", &location::without_secrets(location))
            .field("username", &username.as_ref().map(|_| "***"))
            .field("password", &password.as_ref().map(|_| "***"))
            .field("database", database)
            .field("protocol", protocol)
            .field("connect_timeout", connect_timeout)
            .field("answer_timeout", answer_timeout)
            .field("ca_file", ca_file)
            .finish()
    }
}
