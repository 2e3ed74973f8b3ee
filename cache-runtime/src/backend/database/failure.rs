//! What the client reports → our error: a kind, and words without keys, values or secrets.

use std::time::Duration;

use super::dialect::Dialect;
use crate::base::error::{Error, ErrorKind};

/// What an error of the database means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// The table is not there.
    NoTable,
    /// What was to be made is there: a table, an index, a row.
    IsThere,
    /// The statement was not executed, for the sake of another; it may be repeated.
    Transient,
    /// Another writes for so long.
    #[cfg(feature = "sqlite")]
    Locked,
    /// The server ends the connection.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    Lost,
    /// The disk, or what the database may have of it, is full.
    Full,
    /// The value is larger than the database takes.
    TooLarge,
    /// The database takes no writes.
    ReadOnly,
    /// What is said here is wrong with the database.
    Broken(&'static str),
    /// Something else, by its code.
    Other(String),
}

/// Why a request has no answer.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// The database says so.
    Fault(Fault),
    /// The connection cannot be made, or has ended.
    Connection(String),
    /// What was read is not of the form that this crate writes.
    Unexpected,
    /// The time of the whole operation is over.
    Late,
    /// The runtime is shutting down, or has no I/O.
    Stopped,
}

impl Failure {
    pub(super) fn of(error: &sqlx::Error, dialect: &Dialect) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::Fault((dialect.fault)(&**error)),
            sqlx::Error::Io(error) => Self::Connection(error.to_string()),
            sqlx::Error::PoolTimedOut => Self::Late,
            sqlx::Error::PoolClosed => Self::Connection("the pool is closed".to_owned()),
            sqlx::Error::WorkerCrashed => Self::Connection("the connection has ended".to_owned()),
            sqlx::Error::Tls(_) => Self::Connection("TLS cannot be agreed on".to_owned()),
            sqlx::Error::Protocol(_) => {
                Self::Connection("the answer is not what such a server says".to_owned())
            }
            sqlx::Error::Configuration(_) => {
                Self::Connection("the settings of the connection cannot be used".to_owned())
            }
            _ => Self::Unexpected,
        }
    }

    /// Whether the connection is of no more use.
    pub(super) fn ends_the_connection(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Late => true,
            #[cfg(any(feature = "postgres", feature = "mysql"))]
            Self::Fault(Fault::Lost) => true,
            _ => false,
        }
    }

    /// The error that callers see; `table` is the name as the settings state it.
    pub(super) fn during(&self, operation: &'static str, place: &str, table: &str, limit: Duration) -> Error {
        let (kind, text) = match self {
            Self::Late => (ErrorKind::TimedOut, format!("no answer within {limit:?}")),
            Self::Stopped => (ErrorKind::Unavailable, "the runtime is shutting down".to_owned()),
            Self::Unexpected => (
                ErrorKind::Unsupported,
                format!("the table `{table}` is not of the form of `create_table()`"),
            ),
            Self::Connection(text) => (ErrorKind::Unavailable, text.clone()),
            // Without room to note a deletion, the value is still there: it is to be tried again.
            Self::Fault(Fault::Full) if removes(operation) => {
                (ErrorKind::Unavailable, "the database is full".to_owned())
            }
            Self::Fault(fault) => described(fault, table),
        };
        Error::new(kind, operation).context(format!("{place}: {text}"))
    }
}

fn removes(operation: &str) -> bool {
    matches!(operation, "delete" | "delete_many" | "clear")
}

fn described(fault: &Fault, table: &str) -> (ErrorKind, String) {
    let (kind, text) = match fault {
        Fault::NoTable => {
            let text = format!(
                "there is no table `{table}`: create it by `Database::create_table()`, or state `create_table = true`"
            );
            return (ErrorKind::Settings, text);
        }
        Fault::Other(code) => {
            return (ErrorKind::Unavailable, format!("the database answers with {code}"));
        }
        Fault::IsThere => (ErrorKind::Unavailable, "another has just made the same"),
        Fault::Transient => (ErrorKind::Unavailable, "others write the same rows again and again"),
        #[cfg(feature = "sqlite")]
        Fault::Locked => (ErrorKind::TimedOut, "another writes, and has not ended in time"),
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        Fault::Lost => (ErrorKind::Unavailable, "the server has ended the connection"),
        Fault::Full => (ErrorKind::TooLarge, "the database is full"),
        Fault::TooLarge => (ErrorKind::TooLarge, "the value is larger than the database takes"),
        Fault::ReadOnly => (ErrorKind::Unavailable, "the database takes no writes"),
        Fault::Broken(text) => (ErrorKind::Unavailable, *text),
    };
    (kind, text.to_owned())
}
