//! The one error of this crate: what was attempted, on what, and why it failed.

use std::error::Error as StdError;
use std::fmt;

/// The result of every operation that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, in words that a program can match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The key is absent, where the operation needs it (`incr`, `incr_version`).
    NotFound,
    /// The entry is no plain integer.
    NotANumber,
    /// The sum does not fit into 64 bits with a sign.
    Overflow,
    /// The store cannot be reached, or refused to serve.
    Unavailable,
    /// The store did not answer within its limit.
    TimedOut,
    /// The value cannot be written by the codec of this cache.
    Unserializable,
    /// The store has no room for the value: it is larger than the store takes, or the store is full.
    TooLarge,
    /// No cache has this alias.
    UnknownAlias,
    /// A setting is unknown, malformed, or contradicts another.
    Settings,
    /// This backend cannot do it.
    Unsupported,
    /// An argument is not what it must be: a URL that is none, say.
    InvalidArgument,
}

impl ErrorKind {
    /// The kind in lower-case words, as `Display` prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotFound => "key not found",
            Self::NotANumber => "value is not an integer",
            Self::Overflow => "integer overflow",
            Self::Unavailable => "store unavailable",
            Self::TimedOut => "store timed out",
            Self::Unserializable => "value cannot be serialised",
            Self::TooLarge => "no room for the value",
            Self::UnknownAlias => "unknown alias",
            Self::Settings => "invalid settings",
            Self::Unsupported => "unsupported by this backend",
            Self::InvalidArgument => "invalid argument",
        }
    }
}

/// A failed operation of the low-level API, of a companion or of the settings.
///
/// Cached functions never return it: a failure of the cache is counted there, and the body runs.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    operation: &'static str,
    context: String,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind` that happened during `operation` (`"get"`, `"settings"`).
    #[must_use]
    pub fn new(kind: ErrorKind, operation: &'static str) -> Self {
        Self(Box::new(Inner { kind, operation, context: String::new(), source: None }))
    }

    /// Adds what was expected and what was found, in lower case without a final stop.
    ///
    /// The text is shown to people: leave out values and passwords.
    #[must_use]
    pub fn context(mut self, text: impl Into<String>) -> Self {
        self.0.context = text.into();
        self
    }

    /// Adds the error that caused this one.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// The same error once more, for a further caller; its cause is kept as text.
    pub(crate) fn repeat(&self) -> Self {
        let again = Self::new(self.0.kind, self.0.operation).context(self.0.context.clone());
        match &self.0.source {
            Some(source) => again.because(source.to_string()),
            None => again,
        }
    }

    /// Why it failed, without the operation.
    pub(crate) fn reason(&self) -> String {
        let Inner { kind, context, source, .. } = &*self.0;
        let text = if context.is_empty() { kind.as_str() } else { context };
        source.as_ref().map_or_else(|| text.to_owned(), |source| format!("{text} ({source})"))
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed.
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    /// Whether the same call may succeed later without a change of program or settings.
    pub fn is_temporary(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Unavailable | ErrorKind::TimedOut)
    }

    /// Whether a write that failed so may have left the value before it: any other error says that the store has
    /// understood, and why nothing changed; but for a value that it has no room for.
    pub(crate) fn may_leave_the_old(&self) -> bool {
        self.is_temporary() || self.0.kind == ErrorKind::TooLarge
    }
}

/// Says of an error that the caller's own operation has failed, whatever step of it that was.
pub(crate) fn during(operation: &'static str) -> impl FnOnce(Error) -> Error {
    move |mut error| {
        error.0.operation = operation;
        error
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, operation, context, source } = &*self.0;
        // Nothing is said twice: `settings: invalid settings`, `unknown alias: unknown alias`.
        let kind = kind.as_str();
        if !kind.ends_with(operation) {
            write!(out, "{operation}: ")?;
        }
        if context.starts_with(kind) {
            out.write_str(context)?;
        } else if context.is_empty() {
            out.write_str(kind)?;
        } else {
            write!(out, "{kind}: {context}")?;
        }
        if let Some(source) = source {
            write!(out, " ({source})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Error({self})")
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
