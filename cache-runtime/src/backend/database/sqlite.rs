//! SQLite: its words, its errors, and how its files are opened.

use std::str::FromStr;
use std::time::Duration;

use sqlx::error::DatabaseError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Row as _, Sqlite};

use super::dialect::{Dialect, on_conflict};
use super::driver::{Asking, Cell, Column, Connector, Driver, Row, driver};
use super::failure::Fault;
use super::statement::{Argument, Statement};

/// How long a connection waits for another process that writes: less than the budget of a call.
const BUSY_TIMEOUT: Duration = Duration::from_millis(100);

/// How often a file is opened that others make at the same time: its journal is set up without waiting for them.
const ATTEMPTS: usize = 20;

pub(super) const DIALECT: Dialect = Dialect {
    name: "SQLite",
    is_numbered: false,
    quote: '"',
    now: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
    empty: "x''",
    greatest: "max",
    create: &[
        "CREATE TABLE {table} (\n    \
             entry_key BLOB NOT NULL PRIMARY KEY,\n    \
             place INTEGER NOT NULL,\n    \
             value BLOB NOT NULL,\n    \
             expires_at INTEGER NOT NULL,\n    \
             lease BLOB NOT NULL,\n    \
             lease_until INTEGER NOT NULL\n\
         ) STRICT",
        "CREATE INDEX IF NOT EXISTS {index_of_expiry} ON {table} (expires_at)",
        "CREATE INDEX IF NOT EXISTS {index_of_place} ON {table} (place)",
    ],
    set: on_conflict::SET,
    revive: None,
    add: on_conflict::ADD,
    delete_live: None,
    delete: "DELETE FROM {table} WHERE entry_key IN ([[:key]]) RETURNING expires_at > {now}",
    remove: "DELETE FROM {table} WHERE entry_key IN ([[:key]]){rest}",
    stamp: on_conflict::STAMP,
    stamped: None,
    take: Some(
        "INSERT INTO {table} AS entry (entry_key, place, value, expires_at, lease, lease_until) \
         VALUES (:key, :place, x'', 0, :token, {now} + :life) \
         ON CONFLICT (entry_key) DO UPDATE SET lease = EXCLUDED.lease, lease_until = EXCLUDED.lease_until \
         WHERE :any = 1 OR ((entry.expires_at <= {now} OR entry.value = :past) \
         AND (entry.lease_until <= {now} OR entry.lease = :from OR entry.lease = :token))",
    ),
    look: "SELECT lease = :token AND lease_until > {now}, \
           CASE WHEN expires_at > {now} AND value <> :past THEN value ELSE x'' END, \
           CASE WHEN lease_until > {now} THEN lease ELSE x'' END \
           FROM {table} WHERE entry_key = :key",
    has_one_writer: true,
    fault,
};

fn fault(error: &dyn DatabaseError) -> Fault {
    let code = error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
    // The lower byte is the kind of error, the rest its detail.
    match code & 0xff {
        1 if error.message().contains("no such table") => Fault::NoTable,
        1 if error.message().contains("already exists") => Fault::IsThere,
        5 | 6 => Fault::Locked,
        8 => Fault::ReadOnly,
        10 => Fault::Broken("the file cannot be read or written"),
        11 | 26 => Fault::Broken("the file is no sound SQLite database"),
        13 => Fault::Full,
        14 => Fault::Broken("the file cannot be opened: `create_table` makes it, in a folder that is there"),
        // Others make tables or indexes all the time.
        17 => Fault::Transient,
        18 => Fault::TooLarge,
        _ => Fault::Other(format!("SQLite's error {code}")),
    }
}

/// Opens connections to one file.
pub(super) struct File(SqliteConnectOptions);

impl File {
    /// The file of a URL `sqlite://path[?…]`.
    pub(super) fn at(url: &str, create: bool) -> Result<Self, sqlx::Error> {
        let options = SqliteConnectOptions::from_str(url)?
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal)
            .busy_timeout(BUSY_TIMEOUT)
            .disable_statement_logging();
        Ok(Self(if create { options.create_if_missing(true) } else { options }))
    }
}

impl Connector for File {
    fn connect(&self) -> Asking<'_, Box<dyn Driver>> {
        Box::pin(async move {
            for _ in 1..ATTEMPTS {
                match self.0.connect().await {
                    Err(sqlx::Error::Database(error)) if fault(&*error) == Fault::Locked => {}
                    connection => return Ok(Box::new(connection?) as Box<dyn Driver>),
                }
            }
            Ok(Box::new(self.0.connect().await?) as Box<dyn Driver>)
        })
    }
}

driver!(Sqlite, SqliteConnection);
