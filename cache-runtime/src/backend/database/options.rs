//! What a database store needs, from the settings or from code, checked before anything is connected.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::client;
use super::dialect::{Dialect, Texts};
use super::line::Common;
use super::location;
use super::pool::UserPool;
use super::runtimes::{Lines, Source};
use super::table::Table;
use super::upkeep::{self, Bound};
use crate::backend::{Described, SharedBackend, Site};
use crate::base::clock::Clock;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::Fields;

/// What a database store needs; the methods of [`Database`](super::Database) say what each means.
#[derive(Clone)]
pub struct Options {
    /// Where the database is: a URL. Empty with a pool of the user's.
    pub location: String,
    /// The user, in place of the URL's.
    pub username: Option<String>,
    /// The password, in place of the URL's.
    pub password: Option<String>,
    /// The name of the table, perhaps with its schema before a point.
    pub table: String,
    /// Whether a missing table is created.
    pub create_table: bool,
    /// The most entries.
    pub max_entries: u64,
    /// The most connections of one runtime.
    pub max_connections: u32,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the database may take to answer.
    pub answer_timeout: Duration,
    /// A pool of the program's own, in place of a location.
    pub pool: Option<UserPool>,
}

/// What a store is made of.
pub(super) struct Parts {
    pub(super) lines: Arc<Lines>,
    pub(super) place: String,
    pub(super) table: String,
}

impl Options {
    /// The defaults for the database at this URL, which is not looked at yet.
    pub fn at(url: &str) -> Self {
        Self {
            location: url.to_owned(),
            username: None,
            password: None,
            table: "cache_entries".to_owned(),
            create_table: false,
            max_entries: 1_000_000,
            max_connections: 8,
            connect_timeout: Duration::from_secs(1),
            answer_timeout: Duration::from_millis(250),
            pool: None,
        }
    }

    /// Takes `location`, which must be there, and the other settings by the names of their fields.
    pub fn from_fields(fields: &mut Fields) -> Result<Self> {
        let Some(location) = fields.text("location")? else {
            return Err(fields.fault("`location` is missing: the URL of the database"));
        };
        let defaults = Self::at(&location);
        let options = Self {
            username: fields.text("username")?,
            password: fields.text("password")?,
            table: fields.text("table")?.unwrap_or(defaults.table),
            create_table: fields.flag("create_table")?.unwrap_or_default(),
            max_entries: fields.bound("max_entries")?.unwrap_or(defaults.max_entries),
            max_connections: connections_in(fields)?.unwrap_or(defaults.max_connections),
            connect_timeout: fields.limit("connect_timeout")?.unwrap_or(defaults.connect_timeout),
            answer_timeout: fields.limit("answer_timeout")?.unwrap_or(defaults.answer_timeout),
            ..defaults
        };
        location::at(&options)?;
        Table::new(&options.table)?;
        Ok(options)
    }

    /// Builds the store; connects at the first operation.
    ///
    /// The database has a clock of its own; `clock` only says when expired rows are looked for.
    ///
    /// # Errors
    ///
    /// `Settings`, if the URL, the name of the table or a limit cannot be used.
    pub fn build(&self, clock: &Clock) -> Result<SharedBackend> {
        let Parts { lines, place, table } = self.parts()?;
        let purge = upkeep::purge_regularly(&lines, clock);
        Ok(Arc::new(client::Store { lines, place, table, _purge: purge }))
    }

    pub(super) fn parts(&self) -> Result<Parts> {
        self.check_limits()?;
        let table = Table::new(&self.table)?;
        let (dialect, source) = self.source()?;
        let common = Common {
            dialect,
            texts: Arc::new(Texts::new(dialect, &table)),
            connect_timeout: self.connect_timeout,
            answer_timeout: self.answer_timeout,
            max_connections: usize::try_from(self.max_connections).unwrap_or(usize::MAX),
            creates_table: self.create_table,
            bound: Bound::new(self.max_entries),
        };
        let place = match &self.pool {
            Some(_) => format!("the program's {} pool", dialect.name),
            None => location::without_secrets(&self.location),
        };
        Ok(Parts { lines: Lines::new(common, source), place, table: table.to_string() })
    }

    pub(super) fn source(&self) -> Result<(&'static Dialect, Source)> {
        if let Some(pool) = &self.pool {
            if self.username.is_some() || self.password.is_some() {
                let text = "a pool of the program's own has its user and its password";
                return Err(Error::new(ErrorKind::Settings, "settings").context(text));
            }
            return Ok(pool.source());
        }
        let (dialect, own) = location::at(self)?;
        Ok((dialect, Source { own: Some(own), lent: None }))
    }

    fn check_limits(&self) -> Result<()> {
        let fault = |text| Err(Error::new(ErrorKind::Settings, "settings").context(text));
        for (name, time) in
            [("connect_timeout", self.connect_timeout), ("answer_timeout", self.answer_timeout)]
        {
            if time < Duration::from_millis(1) {
                return fault(format!("`{name}` must be at least a millisecond"));
            }
        }
        if self.max_entries == 0 {
            return fault(
                "`max_entries` must be at least one; `backend = \"dummy\"` keeps nothing".to_owned(),
            );
        }
        if self.max_connections == 0 {
            return fault("`max_connections` must be at least one".to_owned());
        }
        Ok(())
    }
}

fn connections_in(fields: &mut Fields) -> Result<Option<u32>> {
    let Some(number) = fields.bound("max_connections")? else { return Ok(None) };
    let number = u32::try_from(number);
    number.map(Some).map_err(|_| fields.fault("`max_connections` takes a 32-bit number"))
}

impl Described for Options {
    fn build_in(&self, site: &mut Site) -> Result<SharedBackend> {
        self.build(site.clock())
    }
}

/// Shows where the database is, and no secret.
impl fmt::Debug for Options {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            location,
            username,
            password,
            table,
            create_table,
            max_entries,
            max_connections,
            connect_timeout,
            answer_timeout,
            pool,
        } = self;
        out.debug_struct("Options")
            .field("location", &location::without_secrets(location))
            .field("username", &username.as_ref().map(|_| "***"))
            .field("password", &password.as_ref().map(|_| "***"))
            .field("table", table)
            .field("create_table", create_table)
            .field("max_entries", max_entries)
            .field("max_connections", max_connections)
            .field("connect_timeout", connect_timeout)
            .field("answer_timeout", answer_timeout)
            .field("has_pool", &pool.is_some())
            .finish()
    }
}
