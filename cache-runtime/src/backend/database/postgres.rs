//! PostgreSQL: its words, its errors, and how its servers are reached.

use std::str::FromStr;

use sqlx::error::DatabaseError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Postgres, Row as _};

use super::dialect::{Dialect, on_conflict};
use super::driver::{Asking, Cell, Column, Connector, Driver, Row, driver};
use super::failure::Fault;
use super::statement::{Argument, Statement};

pub(super) const DIALECT: Dialect = Dialect {
    name: "PostgreSQL",
    is_numbered: true,
    quote: '"',
    now: "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS bigint)",
    empty: "CAST('' AS bytea)",
    greatest: "GREATEST",
    // Unlogged: a cache that is empty after a crash is right, and its writes need no log.
    create: &[
        "CREATE UNLOGGED TABLE {table} (\n    \
             entry_key bytea PRIMARY KEY,\n    \
             place bigint NOT NULL,\n    \
             value bytea NOT NULL,\n    \
             expires_at bigint NOT NULL,\n    \
             lease bytea NOT NULL,\n    \
             lease_until bigint NOT NULL\n\
         )",
        "CREATE INDEX IF NOT EXISTS {index_of_expiry} ON {table} (expires_at)",
        "CREATE INDEX IF NOT EXISTS {index_of_place} ON {table} (place)",
    ],
    set: on_conflict::SET,
    revive: None,
    add: on_conflict::ADD,
    delete_live: None,
    // Rows are locked in the order of their keys, as `set` does: two such statements cannot wait for each other.
    delete: "DELETE FROM {table} WHERE entry_key IN \
             (SELECT entry_key FROM {table} WHERE entry_key IN ([[:key]]) ORDER BY entry_key FOR UPDATE) \
             RETURNING CAST(CAST(expires_at > {now} AS integer) AS bigint)",
    remove: "DELETE FROM {table} WHERE entry_key IN \
             (SELECT entry_key FROM {table} WHERE entry_key IN ([[:key]]) ORDER BY entry_key FOR UPDATE){rest}",
    stamp: on_conflict::STAMP,
    stamped: None,
    take: None,
    look: "WITH taken AS (\
           INSERT INTO {table} AS entry (entry_key, place, value, expires_at, lease, lease_until) \
           VALUES (:key, :place, {empty}, 0, :token, {now} + :life) \
           ON CONFLICT (entry_key) DO UPDATE SET lease = EXCLUDED.lease, lease_until = EXCLUDED.lease_until \
           WHERE :any = 1 OR ((entry.expires_at <= {now} OR entry.value = :past) \
           AND (entry.lease_until <= {now} OR entry.lease = :from OR entry.lease = :token)) \
           RETURNING 1) \
           SELECT (SELECT count(*) FROM taken), \
           CASE WHEN before.expires_at > {now} AND before.value <> :past THEN before.value ELSE {empty} END, \
           CASE WHEN before.lease_until > {now} THEN before.lease ELSE {empty} END \
           FROM (SELECT 1) AS one LEFT JOIN {table} AS before ON before.entry_key = :key",
    has_one_writer: false,
    fault,
};

fn fault(error: &dyn DatabaseError) -> Fault {
    let code = error.code().unwrap_or_default();
    match &*code {
        "42P01" => Fault::NoTable,
        // A table, the type of its rows, or an index that another has just made.
        "42P07" | "42710" | "23505" => Fault::IsThere,
        "40001" | "40P01" => Fault::Transient,
        "57P01" | "57P02" | "57P05" => Fault::Lost,
        "57P03" => Fault::Broken("the server is starting, or stopping"),
        "53100" => Fault::Full,
        "53300" => Fault::Broken("the server takes no more connections"),
        "54000" => Fault::TooLarge,
        "25006" => Fault::ReadOnly,
        "3D000" => Fault::Broken("the server has no database of this name"),
        "42501" => Fault::Broken("this user may not use the table"),
        _ if code.starts_with("28") => Fault::Broken("the server refuses this user or password"),
        _ => Fault::Other(format!("PostgreSQL's error {code}")),
    }
}

/// Connects to one server.
pub(super) struct Server(pub(super) PgConnectOptions);

impl Server {
    /// The server of a URL `postgres://…`, with a user and a password in place of the URL's.
    pub(super) fn at(url: &str, username: Option<&str>, password: Option<&str>) -> Result<Self, sqlx::Error> {
        let mut options = PgConnectOptions::from_str(url)?.disable_statement_logging();
        if options.get_application_name().is_none() {
            options = options.application_name(env!("CARGO_PKG_NAME"));
        }
        if let Some(name) = username {
            options = options.username(name);
        }
        if let Some(password) = password {
            options = options.password(password);
        }
        Ok(Self(options))
    }
}

impl Connector for Server {
    fn connect(&self) -> Asking<'_, Box<dyn Driver>> {
        Box::pin(async move { Ok(Box::new(self.0.connect().await?) as Box<dyn Driver>) })
    }
}

driver!(Postgres, PgConnection);
