//! The database store: one table in SQLite, PostgreSQL, MySQL or MariaDB.
//!
//! Each engine is a feature: `sqlite`, `postgres`, `mysql`. For SQLite from 3.42 on (one is compiled in),
//! PostgreSQL from 12 on, MySQL from 8 on, MariaDB from 10.5 on.
//!
//! # The table
//!
//! It is created by [`Database::create_table`], or by hand from what [`Database::create_table_sql`] says, and
//! never silently: where it is missing, operations fail and say what to call, unless the settings ask for it by
//! `create_table = true`. One row is an entry and its lease; keys are bytes, compared exactly whatever the
//! collation. Times are milliseconds of the **database's** clock, so the clock of a node does not matter (for
//! SQLite it is the machine's).
//!
//! # Limits
//!
//! - **Time**: connecting, or waiting for one of [`max_connections`](Database::max_connections), takes at most
//!   [`connect_timeout`](Database::connect_timeout) (1 s: a handshake with TLS and passwords is slow), and one
//!   operation at most that and [`answer_timeout`](Database::answer_timeout) together (1.25 s). A cached function
//!   waits for `answer_timeout` at most; a connection that takes longer is there for the next call. A server that
//!   refuses connections costs well under a millisecond. `set_many`, `get_many` and `delete_many` name [`BATCH`]
//!   keys at a time, `keys` and `clear` walk a thousand rows at a time; every step has the limit of one
//!   operation, the first that fails ends it, and a walk ends after [`WALK_LIMIT`]. A writer of SQLite waits
//!   100 ms for the writer of another process.
//! - **Crowds**: lookups that come at once and would wait for a connection are one statement of up to 64 keys.
//! - **Runtimes**: within tokio each runtime has its own connections, which end with it. Synchronous callers and
//!   other executors share those of a thread of ours. A tokio runtime needs its I/O (`enable_all`, as under
//!   `#[tokio::main]`); one without prints a panic of a task once and uses that thread, too.
//! - **Repetition**: where a connection ends before the answer comes, what can be asked twice without harm is
//!   asked again, once. So a restart of the server is not seen by callers; only `add` and `incr` that were on
//!   their way report it. Statements that the database puts back for the sake of others (deadlocks) are repeated.
//! - **Entries** are bounded by [`max_entries`](Database::max_entries), approximately: nobody counts the table.
//!   One of sixteen stored entries has its sample of the table looked at, by an index, and what passes the
//!   sample's share leaves, what expires first before the rest; the bound is passed by some per cent.
//! - **Expired rows** are invisible at once, and removed every 30 s in batches of 500, by an index.
//! - **Values** hold what the database takes: 1 GB in PostgreSQL and SQLite, `max_allowed_packet` in MySQL and
//!   MariaDB. One that is larger is not stored, and what it would have replaced is gone. Keys hold 512 bytes.
//! - **After a timeout** the server may still do what it was asked. A `set` by hand that timed out can then
//!   overwrite what was set later; a fill cannot, for want of its lease.
//! - **A crash** of PostgreSQL empties the table (it is unlogged, which a cache may be, and twice as fast); one of
//!   the machine under SQLite may undo the last moments, acknowledged deletions among them.
//! - **Replicas** answer with what they have: name the primary.
//! - A pooler that gives each statement another connection (`pgbouncer` by transactions) needs
//!   `?statement-cache-capacity=0` in the URL.

mod client;
mod dialect;
mod driver;
mod failure;
mod gather;
mod line;
mod location;
#[cfg(feature = "mysql")]
mod mysql;
mod options;
mod pool;
#[cfg(feature = "postgres")]
mod postgres;
mod runtimes;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;
mod statement;
mod steps;
mod table;
mod upkeep;

use std::fmt;
use std::time::Duration;

use super::Kind;
use crate::base::error::Result;
use crate::base::setup::Setup;
use crate::base::sync::block_on;
pub use client::{BATCH, WALK_LIMIT};
use dialect::Texts;
pub use options::Options;
pub use pool::{Pool, UserPool};
use table::Table;

pub(super) const KIND: Kind = Kind {
    name: "database",
    schemes: location::SCHEMES,
    feature: "sqlite, postgres or mysql",
    available: true,
    settings: &[
        "location",
        "username",
        "password",
        "table",
        "create_table",
        "max_entries",
        "max_connections",
        "connect_timeout",
        "answer_timeout",
    ],
    read: |fields| Ok(Box::new(Options::from_fields(fields)?)),
};

/// A cache in a table of a database.
pub type Database = Setup<Options>;

/// What [`Database::create_table`] has done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Creation {
    /// The table, with its schema where one is stated.
    pub table: String,
    /// Whether it is new; else it was there, and has not been touched.
    pub is_new: bool,
}

/// What a person wants to read.
impl fmt::Display for Creation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = if self.is_new { "created" } else { "already there" };
        write!(out, "table `{}`: {done}", self.table)
    }
}

impl Database {
    /// A cache in the database at this URL:
    ///
    /// - `sqlite://relative/path.db`, `sqlite:///absolute/path.db`
    /// - `postgres://[user[:password]@]host[:port]/database`
    /// - `mysql://[user[:password]@]host[:port]/database`, for MariaDB, too
    ///
    /// What is not plain in user and password is percent-encoded; a query is the client's
    /// (`?sslmode=verify-full` for PostgreSQL, `?ssl-mode=VERIFY_IDENTITY` for MySQL, with the feature
    /// `database-tls`). Nothing is connected until the first operation.
    ///
    /// # Errors
    ///
    /// `Settings`, if it is no such URL; `Unsupported`, if its engine is not compiled in. The message does not
    /// repeat it.
    pub fn url(url: &str) -> Result<Self> {
        let options = Options::at(url);
        location::at(&options)?;
        Ok(Self::over(options))
    }

    /// A cache in the database of a pool of the program's own: `SqlitePool`, `PgPool` or `MySqlPool`.
    ///
    /// Callers on the runtime where this is called (or, outside of one, on the first that asks) use its
    /// connections, within its own limits. A connection to a server is driven by the runtime that made it, so
    /// other runtimes and synchronous callers have connections of their own, to the same database by the same
    /// settings; those of SQLite serve all, by a thread of ours.
    pub fn pool(pool: impl Into<Pool>) -> Self {
        Self::over(Options { pool: Some(UserPool::new(pool.into())), ..Options::at("") })
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

    /// The table, `cache_entries` unless stated; `schema.table` is taken, too. Its name is quoted everywhere.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.options.table = name.into();
        self
    }

    /// Creates the table where an operation finds that it is missing; the file of SQLite as well.
    pub fn create_table_if_missing(mut self) -> Self {
        self.options.create_table = true;
        self
    }

    /// The most entries, approximately; a million unless stated. The first to expire leave first.
    pub fn max_entries(mut self, number: u64) -> Self {
        self.options.max_entries = number;
        self
    }

    /// The most connections of one runtime; eight unless stated. A pool of the program's own has its own limit.
    pub fn max_connections(mut self, number: u32) -> Self {
        self.options.max_connections = number;
        self
    }

    /// How long connecting may take, with TLS and passwords, and waiting for a free connection; 1 s unless
    /// stated.
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.options.connect_timeout = time;
        self
    }

    /// How long the database may take to answer; 250 ms unless stated.
    pub fn answer_timeout(mut self, time: Duration) -> Self {
        self.options.answer_timeout = time;
        self
    }

    /// Creates the table and its indexes, unless they are there; SQLite's file as well. Runs in any executor.
    ///
    /// # Errors
    ///
    /// `Settings`, if the settings cannot be used; `Unavailable` or `TimedOut`, if the database cannot.
    pub async fn create_table(&self) -> Result<Creation> {
        let options = Options { create_table: true, ..self.options.clone() };
        let parts = options.parts()?;
        let limit = parts.lines.common.limit();
        let is_new = parts
            .lines
            .ask(steps::Create)
            .await
            .map_err(|failure| failure.during("create_table", &parts.place, &parts.table, limit))?;
        Ok(Creation { table: parts.table, is_new })
    }

    /// [`create_table`](Self::create_table) for synchronous code; works inside a tokio runtime as well.
    ///
    /// # Errors
    ///
    /// The same.
    pub fn create_table_blocking(&self) -> Result<Creation> {
        block_on(self.create_table())
    }

    /// The statements of [`create_table`](Self::create_table), for whoever creates tables in another way.
    ///
    /// # Errors
    ///
    /// `Settings`, if the settings cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "postgres")] {
    /// use cache_runtime::backend::database::Database;
    ///
    /// let cache = Database::url("postgres://localhost/site").unwrap().table("cache entries");
    /// assert!(cache.create_table_sql().unwrap().starts_with("CREATE UNLOGGED TABLE \"cache entries\" ("));
    /// # }
    /// ```
    pub fn create_table_sql(&self) -> Result<String> {
        let (dialect, _) = self.options.source()?;
        let texts = Texts::new(dialect, &Table::new(&self.options.table)?);
        let statements = texts.create.iter().map(|text| format!("{};\n", text.with(&Vec::new()).text));
        Ok(statements.collect())
    }
}
