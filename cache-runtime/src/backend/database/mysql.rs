//! MySQL and MariaDB: their words, their errors, and how their servers are reached.

use std::str::FromStr;

use sqlx::error::DatabaseError;
use sqlx::mysql::{MySqlConnectOptions, MySqlConnection, MySqlDatabaseError};
use sqlx::{ConnectOptions, MySql, Row as _};

use super::dialect::Dialect;
use super::driver::{Asking, Cell, Column, Connector, Driver, Row, driver};
use super::failure::Fault;
use super::statement::{Argument, Statement};

/// Only what both understand: no `RETURNING` (MySQL), no alias of the new row (MariaDB).
///
/// Assignments happen one after the other, and later ones see what earlier ones wrote.
pub(super) const DIALECT: Dialect = Dialect {
    name: "MySQL or MariaDB",
    is_numbered: false,
    quote: '`',
    now: "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01 00:00:00', UTC_TIMESTAMP(3)) DIV 1000)",
    empty: "''",
    greatest: "GREATEST",
    create: &["CREATE TABLE {table} (\n    \
                   entry_key VARBINARY(512) NOT NULL PRIMARY KEY,\n    \
                   place BIGINT NOT NULL,\n    \
                   value LONGBLOB NOT NULL,\n    \
                   expires_at BIGINT NOT NULL,\n    \
                   lease VARBINARY(16) NOT NULL,\n    \
                   lease_until BIGINT NOT NULL,\n    \
                   INDEX {index_of_expiry} (expires_at),\n    \
                   INDEX {index_of_place} (place)\n\
               ) ENGINE = InnoDB"],
    set: "INSERT INTO {table} (entry_key, place, value, expires_at, lease, lease_until) \
          VALUES [[(:key, :place, :value, {now} + :life, '', 0)]] \
          ON DUPLICATE KEY UPDATE value = VALUES(value), expires_at = VALUES(expires_at), lease_until = 0",
    revive: Some(
        "UPDATE {table} SET value = :value, expires_at = {now} + :life, lease_until = 0 \
         WHERE entry_key = :key AND expires_at <= {now}",
    ),
    add: "INSERT INTO {table} (entry_key, place, value, expires_at, lease, lease_until) \
          VALUES (:key, :place, :value, {now} + :life, '', 0)",
    delete_live: Some("DELETE FROM {table} WHERE entry_key IN ([[:key]]) AND expires_at > {now}"),
    delete: "DELETE FROM {table} WHERE entry_key IN ([[:key]])",
    remove: "DELETE FROM {table} WHERE entry_key IN ([[:key]]){rest}",
    stamp: "INSERT INTO {table} (entry_key, place, value, expires_at, lease, lease_until) \
            VALUES [[(:key, :place, :value, {now} + :life, '', 0)]] \
            ON DUPLICATE KEY UPDATE \
            value = IF(expires_at > {now} AND LENGTH(value) = 8, value, VALUES(value)), \
            expires_at = IF(expires_at > {now}, GREATEST(expires_at, VALUES(expires_at)), VALUES(expires_at))",
    stamped: Some(
        "SELECT entry_key, value FROM {table} WHERE entry_key IN ([[:key]]) AND expires_at > {now}",
    ),
    take: Some(
        "INSERT INTO {table} (entry_key, place, value, expires_at, lease, lease_until) \
         VALUES (:key, :place, '', 0, :token, {now} + :life) \
         ON DUPLICATE KEY UPDATE \
         lease = IF(:any = 1 OR ((expires_at <= {now} OR value = :past) \
         AND (lease_until <= {now} OR lease = :from OR lease = :token)), VALUES(lease), lease), \
         lease_until = IF(lease = VALUES(lease), VALUES(lease_until), lease_until)",
    ),
    look: "SELECT lease = :token AND lease_until > {now}, \
           CASE WHEN expires_at > {now} AND value <> :past THEN value ELSE '' END, \
           CASE WHEN lease_until > {now} THEN lease ELSE '' END \
           FROM {table} WHERE entry_key = :key",
    has_one_writer: false,
    fault,
};

fn fault(error: &dyn DatabaseError) -> Fault {
    let number = error.try_downcast_ref::<MySqlDatabaseError>().map_or(0, MySqlDatabaseError::number);
    match number {
        1146 => Fault::NoTable,
        1050 | 1062 => Fault::IsThere,
        1205 | 1213 | 1615 => Fault::Transient,
        1053 | 1927 => Fault::Lost,
        1021 | 1114 => Fault::Full,
        1040 | 1203 => Fault::Broken("the server takes no more connections"),
        1153 => Fault::TooLarge,
        1290 | 1792 | 1836 => Fault::ReadOnly,
        1049 => Fault::Broken("the server has no database of this name"),
        1142 => Fault::Broken("this user may not use the table"),
        1044 | 1045 | 1698 => Fault::Broken("the server refuses this user or password"),
        _ => Fault::Other(format!("error {number} of MySQL or MariaDB")),
    }
}

/// Connects to one server.
pub(super) struct Server(pub(super) MySqlConnectOptions);

impl Server {
    /// The server of a URL `mysql://…`, with a user and a password in place of the URL's.
    pub(super) fn at(url: &str, username: Option<&str>, password: Option<&str>) -> Result<Self, sqlx::Error> {
        let mut options = MySqlConnectOptions::from_str(url)?.disable_statement_logging();
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

driver!(MySql, MySqlConnection);
