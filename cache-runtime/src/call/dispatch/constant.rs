//! Constants that stand for a length of time.

use std::time::Duration;

use crate::base::entry::Timeout;

/// A constant that stands for a length of time: seconds, a `Duration`, or a `Timeout`.
pub struct Constant<T>(pub T);

impl Constant<u64> {
    /// So many seconds.
    pub const fn timeout(self) -> Timeout {
        Constant(self.duration()).timeout()
    }

    /// So many seconds.
    pub const fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

impl Constant<Duration> {
    /// This time, which must not be zero.
    pub const fn timeout(self) -> Timeout {
        assert!(
            self.0.as_millis() > 0,
            "a timeout of zero would keep nothing; use `when = …` or `unless = …` to leave the cache out"
        );
        Timeout::After(self.0)
    }

    /// This time.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Constant<Timeout> {
    /// This timeout, which must not be zero.
    pub const fn timeout(self) -> Timeout {
        match self.0 {
            Timeout::After(time) => Constant(time).timeout(),
            other => other,
        }
    }
}
