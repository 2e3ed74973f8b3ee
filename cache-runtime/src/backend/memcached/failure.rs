//! Why a server gave no answer → our error: a kind, and words without keys or values.

use std::time::Duration;

use super::wire::{Nonsense, Refusal};
use crate::backend::line::{self, Fault as _};
use crate::base::error::{Error, ErrorKind};

/// Why a request has no answer.
pub(super) type Failure = line::Failure<Fault>;

/// What went wrong with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// It could not be made.
    Unreachable(std::io::ErrorKind),
    /// It ended before the answer came.
    Lost,
    /// The answer takes too long.
    Late,
    /// What came is no answer.
    Nonsense(Nonsense),
}

impl line::Fault for Fault {
    fn is_lost_connection(&self) -> bool {
        *self == Self::Lost
    }

    fn is_late(&self) -> bool {
        *self == Self::Late
    }

    fn ends_the_connection(&self) -> bool {
        // The driver ends with every fault.
        true
    }
}

impl Failure {
    /// The error that callers see.
    #[cold]
    pub(super) fn during(&self, operation: &'static str, place: &str, limit: Duration) -> Error {
        let (kind, text) = match self {
            Self::Late => (ErrorKind::TimedOut, format!("no answer within {limit:?}")),
            Self::Stopped => (ErrorKind::Unavailable, "the runtime is shutting down".to_owned()),
            Self::Client(fault) if fault.is_late() => (ErrorKind::TimedOut, "no answer in time".to_owned()),
            Self::Client(fault) => (ErrorKind::Unavailable, described(*fault)),
        };
        Error::new(kind, operation).context(format!("{place}: {text}"))
    }
}

fn described(fault: Fault) -> String {
    match fault {
        Fault::Unreachable(kind) => format!("cannot connect: {kind}"),
        Fault::Lost => "the connection ended before the answer came".to_owned(),
        Fault::Late => "no answer in time".to_owned(),
        Fault::Nonsense(Nonsense::Unknown) => {
            "the server does not know the meta commands: it must be Memcached 1.6 or later".to_owned()
        }
        Fault::Nonsense(Nonsense::Garbage) => UNEXPECTED.to_owned(),
    }
}

const UNEXPECTED: &str = "the answer is not what a Memcached server says";

/// The error for an answer that does not fit what was asked.
#[cold]
pub(super) fn unexpected(operation: &'static str, place: &str) -> Error {
    Error::new(ErrorKind::Unavailable, operation).context(format!("{place}: {UNEXPECTED}"))
}

/// The error for what a server refuses.
#[cold]
pub(super) fn refused(refusal: Refusal, operation: &'static str, place: &str) -> Error {
    let (kind, text) = match refusal {
        Refusal::TooLarge => (ErrorKind::TooLarge, "the value passes the server's item size (`-I`)"),
        Refusal::Full => (ErrorKind::TooLarge, "the server's memory is full, and nothing is evicted for it"),
        Refusal::Other => (ErrorKind::Unavailable, "the server reports an error of its own"),
    };
    Error::new(kind, operation).context(format!("{place}: {text}"))
}
