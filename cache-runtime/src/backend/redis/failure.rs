//! What the client reports → our error: a kind, and words without keys, values or secrets.

use std::time::Duration;

use redis::{RedisError, ServerError, ServerErrorKind, Value};

use crate::backend::line::{self, Fault};
use crate::base::error::{Error, ErrorKind};

/// Why a request has no answer.
pub(super) type Failure = line::Failure<Trouble>;

/// What went wrong with servers.
#[derive(Debug, Clone)]
pub(super) enum Trouble {
    /// The client or the server says so.
    Redis(RedisError),
    /// No sentinel names a server that takes this role now.
    NoMaster,
    /// No node of a cluster says who has the slot of a key.
    NoNode,
    /// So many replicas had an invalidation in time, and so many were to.
    NotCopied(i64, u32),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        Self::Client(Trouble::Redis(error))
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        RedisError::from(error).into()
    }
}

impl Trouble {
    fn is(&self, what: impl Fn(&RedisError) -> bool) -> bool {
        matches!(self, Self::Redis(error) if what(error))
    }
}

impl Fault for Trouble {
    fn is_lost_connection(&self) -> bool {
        self.is(|error| error.is_connection_dropped() && !error.is_connection_refusal())
    }

    fn is_late(&self) -> bool {
        self.is(RedisError::is_timeout)
    }

    fn ends_the_connection(&self) -> bool {
        self.is(RedisError::is_unrecoverable_error)
    }
}

impl Failure {
    /// Whether the server refused the connection, so that it has not got the request.
    pub(super) fn is_refused_connection(&self) -> bool {
        matches!(self, Self::Client(trouble) if trouble.is(RedisError::is_connection_refusal))
    }

    /// Whether the server takes no writes because it is a replica.
    ///
    /// Servers before 7 put the code of an error inside a script into the text of another.
    pub(super) fn is_refusal_of_a_replica(&self) -> bool {
        let Self::Client(trouble) = self else { return false };
        trouble.is(|error| {
            error.kind() == redis::ErrorKind::Server(ServerErrorKind::ReadOnly)
                || error.detail().is_some_and(|detail| detail.contains("READONLY"))
        })
    }

    /// The error that callers see.
    pub(super) fn during(&self, operation: &'static str, place: &str, limit: Duration) -> Error {
        let (kind, text) = match self {
            Self::Late => (ErrorKind::TimedOut, format!("no answer within {limit:?}")),
            Self::Stopped => (ErrorKind::Unavailable, "the runtime is shutting down".to_owned()),
            Self::Client(trouble) => trouble.described(),
        };
        Error::new(kind, operation).context(format!("{place}: {text}"))
    }
}

impl Trouble {
    fn described(&self) -> (ErrorKind, String) {
        match self {
            Self::NoMaster => (ErrorKind::Unavailable, "no sentinel knows a server in this role".to_owned()),
            Self::NoNode => {
                (ErrorKind::Unavailable, "no node of the cluster says where the key is".to_owned())
            }
            Self::NotCopied(had, wanted) => {
                (ErrorKind::TimedOut, format!("{had} of {wanted} replicas have it in time"))
            }
            Self::Redis(error) => described(error),
        }
    }
}

/// Kind and words for an error of the client crate.
///
/// The text of the server is left out wherever it may quote keys, values or user names.
fn described(error: &RedisError) -> (ErrorKind, String) {
    if error.is_timeout() {
        return (ErrorKind::TimedOut, "no answer in time".to_owned());
    }
    match error.kind() {
        redis::ErrorKind::Io => (ErrorKind::Unavailable, error.to_string()),
        redis::ErrorKind::Parse | redis::ErrorKind::UnexpectedReturnType => {
            (ErrorKind::Unavailable, "the answer is not what a Redis server says".to_owned())
        }
        redis::ErrorKind::AuthenticationFailed => {
            (ErrorKind::Unavailable, "the server refuses this user or password".to_owned())
        }
        redis::ErrorKind::RESP3NotSupported => {
            (ErrorKind::Unavailable, "the server must be Redis 6 or later, or Valkey".to_owned())
        }
        redis::ErrorKind::Server(kind) => described_server(kind, error),
        _ => described_code(error),
    }
}

fn described_server(kind: ServerErrorKind, error: &RedisError) -> (ErrorKind, String) {
    let text = match kind {
        ServerErrorKind::BusyLoading => "the server is still loading its data",
        ServerErrorKind::ReadOnly => "the server is a replica, which takes no writes",
        ServerErrorKind::MasterDown => "the server has lost its master",
        ServerErrorKind::NoPerm => "this user may not run the command, or use the key",
        ServerErrorKind::Moved | ServerErrorKind::Ask | ServerErrorKind::CrossSlot => {
            "the server is part of a cluster, and this cache was set up for one server"
        }
        _ => return described_code(error),
    };
    (ErrorKind::Unavailable, text.to_owned())
}

/// Servers before 7 put the code of an error inside a script into the text of another.
fn described_code(error: &RedisError) -> (ErrorKind, String) {
    let (code, detail) = (error.code().unwrap_or_default(), error.detail().unwrap_or_default());
    let says = |word: &str| code == word || detail.contains(word);
    let (kind, text) = match code {
        _ if says("OOM") => (ErrorKind::TooLarge, "the server has reached its maxmemory and evicts nothing"),
        _ if says("invalid bulk length") => {
            (ErrorKind::TooLarge, "the value passes the server's proto-max-bulk-len")
        }
        _ if says("WRONGTYPE") => {
            (ErrorKind::Unsupported, "another program keeps another type under this key")
        }
        _ if says("READONLY") => (ErrorKind::Unavailable, "the server is a replica, which takes no writes"),
        _ if says("unknown command") => {
            (ErrorKind::Unsupported, "the server does not know a command that this cache needs")
        }
        _ if says("DB index is out of range") => {
            (ErrorKind::Unavailable, "the server has no database of this number")
        }
        "NOAUTH" | "WRONGPASS" => (ErrorKind::Unavailable, "the server refuses this user or password"),
        "MISCONF" => (ErrorKind::Unavailable, "the server cannot save its data, and takes no writes"),
        "BUSY" => (ErrorKind::Unavailable, "the server is busy with a script"),
        "" => (ErrorKind::Unavailable, error.category()),
        _ => return (ErrorKind::Unavailable, format!("the server answers with the error {code}")),
    };
    (kind, text.to_owned())
}

/// The first error in an answer; that another program keeps another type under a key is none.
pub(super) fn first_error(answer: &Value) -> Option<Failure> {
    let of = |answer: &Value| match answer {
        Value::ServerError(error) if !is_of_another_type(answer) => Some(error.clone().into()),
        _ => None,
    };
    match answer {
        Value::Array(answers) => answers.iter().find_map(of),
        answer => of(answer),
    }
}

/// Whether the server says that what it keeps under the key is no text: a list of another program, say.
pub(super) fn is_of_another_type(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.code() == "WRONGTYPE")
}

/// Whether the server says so because it has not seen a script.
pub(super) fn is_unknown_script(answer: &Value) -> bool {
    matches!(answer, Value::ServerError(error) if error.kind() == Some(ServerErrorKind::NoScript))
}
