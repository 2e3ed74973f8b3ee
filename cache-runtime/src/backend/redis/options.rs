//! What a Redis store needs, read from the settings, checked, and built.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::client::Store;
use super::front::Kept;
use super::location::{self, Place, Shape};
use super::recent::Recent;
use super::route::Route;
use super::servers::Servers;
use crate::backend::{Described, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;

/// What a Redis store needs; the methods of [`Redis`](super::Redis) say what each means.
#[derive(Clone, PartialEq, Eq)]
pub struct Options {
    /// Where the server is, or the servers are: a URL.
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
    /// Who is asked by lookups.
    pub read_from: Option<ReadFrom>,
    /// The replicas of a single server, as `host:port,host:port`.
    pub replicas: Option<String>,
    /// How long lookups of a key ask the leader after this process has written it.
    pub leader_after_write: Option<Duration>,
    /// How many replicas must have an invalidation before it counts as done.
    pub wait_replicas: Option<u32>,
    /// The user by whom sentinels are asked.
    pub sentinel_username: Option<String>,
    /// The password by which sentinels are asked.
    pub sentinel_password: Option<String>,
    /// How many entries this process keeps at most, as the values they are.
    pub client_cache: Option<usize>,
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

/// Who is asked by lookups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadFrom {
    /// The server that takes the writes.
    Leader,
    /// Its replicas, and itself where none of them serves.
    Replicas,
}

impl ReadFrom {
    const NAMES: &[(&'static str, Self)] = &[("leader", Self::Leader), ("replicas", Self::Replicas)];
}

/// How long lookups of a key ask the leader after this process has written it, unless stated.
pub const LEADER_AFTER_WRITE: Duration = Duration::from_secs(1);

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
            read_from: None,
            replicas: None,
            leader_after_write: None,
            wait_replicas: None,
            sentinel_username: None,
            sentinel_password: None,
            client_cache: None,
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
        let options = Self {
            username: fields.text("username")?.or(fields.text("user")?),
            password: fields.text("password")?.or(fields.text("pass")?),
            database: number_in(fields, "database")?.or(number_in(fields, "db")?),
            protocol: fields.word("protocol", Protocol::NAMES)?,
            connect_timeout: fields.limit("connect_timeout")?.unwrap_or(defaults.connect_timeout),
            answer_timeout: fields.limit("answer_timeout")?.unwrap_or(defaults.answer_timeout),
            ca_file: fields.text("ca_file")?.map(PathBuf::from),
            read_from: fields.word("read_from", ReadFrom::NAMES)?,
            replicas: fields.text("replicas")?,
            leader_after_write: fields.duration("leader_after_write")?,
            wait_replicas: number_in(fields, "wait_replicas")?,
            sentinel_username: fields.text("sentinel_username")?,
            sentinel_password: fields.text("sentinel_password")?,
            client_cache: fields.size("client_cache")?,
            ..defaults
        };
        options.contradiction().map_or(Ok(options), |text| Err(fields.fault(text)))
    }

    /// Builds the store; connects at the first operation.
    ///
    /// The server has a clock of its own, and no test can move it: the argument is there as for
    /// every backend.
    ///
    /// # Errors
    ///
    /// `Settings`, if the URL, the file of authorities or a limit cannot be used, or two settings contradict
    /// each other.
    pub fn build(&self, _: &Clock) -> Result<SharedBackend> {
        let fault = |text: String| Err(Error::new(ErrorKind::Settings, "settings").context(text));
        for (name, time) in
            [("connect_timeout", self.connect_timeout), ("answer_timeout", self.answer_timeout)]
        {
            if time < Duration::from_millis(1) {
                return fault(format!("`{name}` must be at least a millisecond"));
            }
        }
        if let Some(text) = self.contradiction() {
            return fault(text.to_owned());
        }
        let place = self.place()?;
        let servers = Servers::new(self, &place)?;
        let kept = self.client_cache.map(Kept::new).transpose()?;
        let route = Route::new(self, place.shape, servers, kept.as_ref())?;
        let window = self.leader_after_write.unwrap_or(LEADER_AFTER_WRITE);
        let recent = self.reads_replicas().then(|| Recent::new(window));
        Ok(Arc::new(Store::new(route, recent, kept, location::without_secrets(&self.location))))
    }

    pub(super) fn place(&self) -> Result<Place> {
        location::place_of(self)
    }

    pub(super) fn reads_replicas(&self) -> bool {
        self.replicas.is_some() || self.read_from == Some(ReadFrom::Replicas)
    }

    /// What the settings say that cannot be; the macros check the same (`settings/redis.rs` there).
    fn contradiction(&self) -> Option<&'static str> {
        let shape = Shape::word_in(&self.location);
        let keeps = self.client_cache.is_some();
        let reads_leader = self.read_from == Some(ReadFrom::Leader);
        let knows_sentinels = self.sentinel_username.is_some() || self.sentinel_password.is_some();
        [
            (
                self.replicas.is_some() && shape.is_some(),
                "`replicas` is for a single server: a cluster and sentinels say themselves which there are; \
                 say `read_from = \"replicas\"`",
            ),
            (
                self.replicas.is_some()
                    && self.location.split("://").next().is_some_and(|s| s.ends_with("unix")),
                "`replicas` are reached as their leader is, and a socket of this machine leads to no other",
            ),
            (
                self.replicas.is_some() && reads_leader,
                "`replicas` are there to be read from, and `read_from` says \"leader\"",
            ),
            (
                self.read_from == Some(ReadFrom::Replicas) && shape.is_none() && self.replicas.is_none(),
                "`read_from = \"replicas\"` needs `replicas` where a single server is the location",
            ),
            (
                self.leader_after_write.is_some() && !self.reads_replicas(),
                "`leader_after_write` is for caches that read from replicas",
            ),
            (
                knows_sentinels && shape != Some("sentinel"),
                "`sentinel_username` and `sentinel_password` need a location such as redis+sentinel://…/name",
            ),
            (
                shape == Some("cluster") && self.database.unwrap_or_default() != 0,
                "a cluster has no databases but the first: leave `database` out",
            ),
            (
                keeps && shape == Some("cluster"),
                "`client_cache` listens to one leader: it is for a single server or one behind sentinels",
            ),
            (
                keeps && self.reads_replicas(),
                "`client_cache` would keep what a replica says that lags behind: read from the leader",
            ),
            (
                keeps && self.protocol == Some(Protocol::Resp2),
                "`client_cache` needs the protocol \"resp3\", in which the server can say what has changed",
            ),
            (self.client_cache == Some(0), "`client_cache` takes at least one entry, or is left out"),
            (self.wait_replicas == Some(0), "`wait_replicas` takes at least one, or is left out"),
        ]
        .into_iter()
        .find_map(|(is_so, text)| is_so.then_some(text))
    }
}

fn number_in(fields: &mut Fields, name: &'static str) -> Result<Option<u32>> {
    let Some(number) = fields.count(name)? else { return Ok(None) };
    u32::try_from(number).map(Some).map_err(|_| fields.fault(&format!("`{name}` takes a smaller number")))
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }

    /// The macros say the same (`settings/tiered.rs` there).
    fn unfit_behind_a_front(&self) -> Option<&'static str> {
        if self.client_cache.is_some() {
            return Some("`client_cache` is a front itself, and another front keeps all that it would");
        }
        self.reads_replicas()
            .then_some("a front would keep what a replica says that lags behind: read from the leader")
    }
}

/// Shows where the server is, and no secret.
impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hidden = |secret: &Option<String>| secret.as_ref().map(|_| "***");
        let Self {
            location,
            username,
            password,
            database,
            protocol,
            connect_timeout,
            answer_timeout,
            ca_file,
            read_from,
            replicas,
            leader_after_write,
            wait_replicas,
            sentinel_username,
            sentinel_password,
            client_cache,
        } = self;
        out.debug_struct("Options")
            .field("location", &location::without_secrets(location))
            .field("username", &hidden(username))
            .field("password", &hidden(password))
            .field("database", database)
            .field("protocol", protocol)
            .field("connect_timeout", connect_timeout)
            .field("answer_timeout", answer_timeout)
            .field("ca_file", ca_file)
            .field("read_from", read_from)
            .field("replicas", replicas)
            .field("leader_after_write", leader_after_write)
            .field("wait_replicas", wait_replicas)
            .field("sentinel_username", &hidden(sentinel_username))
            .field("sentinel_password", &hidden(sentinel_password))
            .field("client_cache", client_cache)
            .finish()
    }
}
