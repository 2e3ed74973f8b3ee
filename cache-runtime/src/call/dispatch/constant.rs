//! Constants that stand for a length of time.

use std::ops::Deref;
use std::time::Duration;

use crate::base::entry::Timeout;

/// A constant that stands for a length of time: seconds, a `Duration`, or a `Timeout`.
pub struct Constant<T>(NoConstant<T>);

/// A constant that may stand for none: the compiler says so, in our words.
pub struct NoConstant<T>(T);

impl<T> Constant<T> {
    /// A constant.
    pub const fn new(constant: T) -> Self {
        Self(NoConstant(constant))
    }
}

impl<T> Deref for Constant<T> {
    type Target = NoConstant<T>;

    fn deref(&self) -> &NoConstant<T> {
        &self.0
    }
}

/// What `timeout`, `cache_none` and `cache_err` take; no type that asks for it is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no timeout",
    label = "a timeout is seconds (`u64`), a `Duration`, a `Timeout`, or text such as \"15m\"",
    note = "a constant of seconds is a `u64`: `const HOUR: u64 = 3600;`"
)]
pub trait IsTimeout {}

/// What `wait` takes; no type that asks for it is one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no length of time to wait",
    label = "a wait is seconds (`u64`), a `Duration`, or text such as \"5s\"",
    note = "a constant of seconds is a `u64`; no wait is without end"
)]
pub trait IsWait {}

#[expect(clippy::unused_self, reason = "they stand where the methods of a constant do")]
impl<T> NoConstant<T> {
    /// None: the compiler says what a timeout is.
    pub const fn timeout(&self) -> Timeout
    where
        T: IsTimeout,
    {
        Timeout::Default
    }

    /// None: the compiler says what a timeout is.
    pub const fn told(&self) -> Timeout
    where
        T: IsTimeout,
    {
        Timeout::Default
    }

    /// None: the compiler says what a length of time is.
    pub const fn duration(&self) -> Duration
    where
        T: IsWait,
    {
        Duration::ZERO
    }

    /// None: the compiler says what a wait is.
    pub const fn wait(&self) -> Duration
    where
        T: IsWait,
    {
        Duration::ZERO
    }
}

impl Constant<u64> {
    /// So many seconds.
    pub const fn timeout(&self) -> Timeout {
        kept(Duration::from_secs(self.0.0))
    }

    /// So many seconds.
    pub const fn wait(&self) -> Duration {
        waited(Duration::from_secs(self.0.0))
    }
}

/// What goes into headers takes a length of time that may be zero.
impl Constant<u64> {
    /// So many seconds, be it none.
    pub const fn duration(&self) -> Duration {
        Duration::from_secs(self.0.0)
    }

    /// So many seconds, be it none.
    pub const fn told(&self) -> Timeout {
        Timeout::After(self.duration())
    }
}

impl Constant<Duration> {
    /// This time, be it none.
    pub const fn duration(&self) -> Duration {
        self.0.0
    }

    /// This time, be it none.
    pub const fn told(&self) -> Timeout {
        Timeout::After(self.0.0)
    }

    /// This time, which must not be zero.
    pub const fn timeout(&self) -> Timeout {
        kept(self.0.0)
    }

    /// This time, which must not be zero.
    pub const fn wait(&self) -> Duration {
        waited(self.0.0)
    }
}

impl Constant<Timeout> {
    /// This timeout, which must not be zero.
    pub const fn timeout(&self) -> Timeout {
        match self.0.0 {
            Timeout::After(time) => kept(time),
            other => other,
        }
    }

    /// This timeout, be it none.
    pub const fn told(&self) -> Timeout {
        self.0.0
    }
}

const fn kept(time: Duration) -> Timeout {
    assert!(
        time.as_millis() > 0,
        "a timeout of zero would keep nothing; use `when = …` to leave the cache out"
    );
    Timeout::After(time)
}

const fn waited(time: Duration) -> Duration {
    assert!(
        time.as_millis() > 0,
        "a wait of zero would let every caller compute at once, as if there were no cache; the shortest is a millisecond"
    );
    time
}
