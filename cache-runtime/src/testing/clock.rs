//! A clock that a test moves.

use std::time::Duration;

use crate::base::clock::{Clock, Moment};

/// A clock that stands still until the test moves it; clones show the same time.
///
/// Entries expire, sleepers wake and reapers run when it is moved, before
/// [`advance`](Self::advance) returns.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use cache_runtime::testing::TestClock;
///
/// let clock = TestClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now().since(before), Duration::from_secs(60));
/// ```
#[derive(Debug, Clone)]
pub struct TestClock(Clock);

impl TestClock {
    /// A clock that stands still.
    #[must_use]
    pub fn new() -> Self {
        Self(Clock::by_hand())
    }

    /// The clock to build caches and stores with.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.0.clone()
    }

    /// The time as it stands.
    pub fn now(&self) -> Moment {
        self.0.now()
    }

    /// Moves the clock, wakes whoever is due, and runs what is due.
    pub fn advance(&self, time: Duration) {
        self.0.advance(time);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}
