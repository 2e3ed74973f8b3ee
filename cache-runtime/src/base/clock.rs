//! Time: one coarse clock that is cheap to read, wakes those who wait, and can be moved by tests.
//!
//! The system clock is advanced by one background thread every [`TICK`], so reading it costs one
//! relaxed load, and its precision is that of the tick plus scheduling. Only this module asks the
//! operating system for the time.

use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant, SystemTime};

use super::discard;
use super::sync::start_thread;

/// The step of the system clock.
pub const TICK: Duration = Duration::from_millis(4);

/// When a clock begins that is moved by hand, since the Unix epoch.
const BY_HAND_BEGINS: Duration = Duration::from_hours(490_896);

/// A point in time: milliseconds since the clock began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// When every clock begins.
    pub const BEGINNING: Self = Self(0);

    /// Later than every other moment.
    pub const NEVER: Self = Self(u64::MAX);

    /// The moment `millis` milliseconds later.
    #[must_use]
    pub const fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// The moment `time` later.
    #[must_use]
    pub fn plus(self, time: Duration) -> Self {
        self.plus_millis(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
    }

    /// How long it is from `earlier` to here; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// Milliseconds since the clock began.
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

/// Work that is due again and again; see [`Clock::every`].
pub type Chore = dyn Fn(Moment) + Send + Sync;

/// A clock; clones show the same time.
#[derive(Clone)]
pub struct Clock(Arc<Inner>);

struct Inner {
    now: AtomicU64,
    moved_by_hand: bool,
    sleepers: Mutex<Sleepers>,
    chores: Mutex<Vec<Repeated>>,
}

#[derive(Default)]
struct Sleepers {
    next_id: u64,
    wakers: BTreeMap<(Moment, u64), Waker>,
}

struct Repeated {
    every: Duration,
    due: Moment,
    chore: Weak<Chore>,
}

static SYSTEM: LazyLock<Clock> = LazyLock::new(start_system_clock);

impl Clock {
    /// The clock of the machine; its thread starts at the first call.
    pub fn system() -> Self {
        SYSTEM.clone()
    }

    /// A clock that stands still until [`advance`](Self::advance) moves it.
    pub fn by_hand() -> Self {
        Self::new(true)
    }

    fn new(moved_by_hand: bool) -> Self {
        let (sleepers, chores) = (Mutex::default(), Mutex::default());
        Self(Arc::new(Inner { now: AtomicU64::new(0), moved_by_hand, sleepers, chores }))
    }

    /// The time as of the last tick.
    #[inline]
    pub fn now(&self) -> Moment {
        Moment(self.0.now.load(Ordering::Relaxed))
    }

    /// The time of day. A clock moved by hand begins at a fixed second, 2026-01-01T00:00:00Z, so that
    /// tests see the same dates.
    pub fn wall(&self) -> SystemTime {
        if !self.0.moved_by_hand {
            return SystemTime::now();
        }
        SystemTime::UNIX_EPOCH + BY_HAND_BEGINS + Duration::from_millis(self.now().as_millis())
    }

    /// Moves a clock that was made [`by_hand`](Self::by_hand), wakes whoever is due, and runs the chores.
    ///
    /// # Panics
    ///
    /// On the system clock, which moves by itself.
    pub fn advance(&self, time: Duration) {
        assert!(self.0.moved_by_hand, "the system clock moves by itself");
        let now = self.now().plus(time);
        self.set(now);
    }

    /// Runs `chore` about every so often, on the clock's own thread, while someone else keeps it alive.
    ///
    /// A chore must be short: the clock stands still meanwhile.
    pub fn every(&self, every: Duration, chore: &Arc<Chore>) {
        let due = self.now().plus(every);
        let repeated = Repeated { every, due, chore: Arc::downgrade(chore) };
        lock(&self.0.chores).push(repeated);
    }

    /// Waits until `deadline`, in any executor or none.
    pub fn sleep_until(&self, deadline: Moment) -> Sleep {
        Sleep { clock: self.clone(), deadline, id: None }
    }

    /// Waits for `time`, in any executor or none.
    pub fn sleep(&self, time: Duration) -> Sleep {
        self.sleep_until(self.now().plus(time))
    }

    /// Drops users' values that nobody waits for: on a clock moved by hand at once, else on a thread of
    /// its own, since their `Drop` may take longer than the clock can stand still.
    pub(crate) fn discard<T: Send + 'static>(&self, values: Vec<T>) {
        if self.0.moved_by_hand {
            discard::drop_each(values);
        } else if !values.is_empty() {
            discard::leave(values);
        }
    }

    /// Whether what was discarded so far is, for the most part, dropped.
    pub(crate) fn can_discard(&self) -> bool {
        self.0.moved_by_hand || discard::has_room()
    }

    /// Wakers and chores are not ours alone: one that panics stops no other, and not the time.
    fn set(&self, now: Moment) {
        self.0.now.store(now.0, Ordering::Relaxed);
        for waker in self.due_wakers(now) {
            let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
        }
        for chore in self.due_chores(now) {
            let _ = catch_unwind(AssertUnwindSafe(|| {
                chore(now);
                drop(chore);
            }));
        }
    }

    fn due_wakers(&self, now: Moment) -> Vec<Waker> {
        let mut sleepers = lock(&self.0.sleepers);
        let mut due = Vec::new();
        while let Some(sleeper) = sleepers.wakers.first_entry().filter(|sleeper| sleeper.key().0 <= now) {
            due.push(sleeper.remove());
        }
        due
    }

    fn due_chores(&self, now: Moment) -> Vec<Arc<Chore>> {
        let mut chores = lock(&self.0.chores);
        let mut due = Vec::new();
        chores.retain_mut(|repeated| {
            if repeated.due > now {
                return repeated.chore.strong_count() > 0;
            }
            repeated.due = now.plus(repeated.every);
            let Some(chore) = repeated.chore.upgrade() else { return false };
            due.push(chore);
            true
        });
        due
    }
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Clock({:?})", self.now())
    }
}

/// Milliseconds since the Unix epoch, for headers that people read; never compared between machines.
pub fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Measures how long something takes, more finely than the coarse clock.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts measuring.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// A future that is ready once its deadline has come; see [`Clock::sleep_until`].
#[derive(Debug)]
#[must_use = "a sleep does nothing unless it is awaited"]
pub struct Sleep {
    clock: Clock,
    deadline: Moment,
    id: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let inner = Arc::clone(&self.clock.0);
        // Cloned before the lock, and what it replaces is dropped after: wakers are the executor's code.
        let waker = context.waker().clone();
        let mut sleepers = lock(&inner.sleepers);
        // Read under the lock: a tick that came before has already looked for due wakers.
        if Moment(inner.now.load(Ordering::Relaxed)) >= self.deadline {
            return Poll::Ready(());
        }
        let id = *self.id.get_or_insert_with(|| {
            sleepers.next_id += 1;
            sleepers.next_id
        });
        let replaced = sleepers.wakers.insert((self.deadline, id), waker);
        drop(sleepers);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            let waker = lock(&self.clock.0.sleepers).wakers.remove(&(self.deadline, id));
            drop(waker); // not under the lock
        }
    }
}

fn start_system_clock() -> Clock {
    let clock = Clock::new(false);
    let ticking = clock.clone();
    start_thread("cache-clock", Box::new(move || tick_for_ever(&ticking)))
        .expect("the operating system can start one more thread");
    clock
}

fn tick_for_ever(clock: &Clock) {
    let start = Stopwatch::start();
    loop {
        std::thread::sleep(TICK);
        let now = Moment(0).plus(start.elapsed());
        clock.set(now);
    }
}

/// A chore that panics must not stop the clock, so poisoning carries no meaning here.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sync::block_on;

    #[test]
    fn a_sleep_ends_when_the_clock_is_moved_past_it() {
        let clock = Clock::by_hand();
        let sleeping = clock.clone();
        let sleeper = std::thread::spawn(move || block_on(sleeping.sleep(Duration::from_secs(10))));

        while clock.0.sleepers.lock().unwrap().wakers.is_empty() {
            std::thread::yield_now();
        }
        clock.advance(Duration::from_secs(10));

        sleeper.join().unwrap();
    }

    #[test]
    fn a_dropped_sleep_leaves_nothing_behind() {
        let clock = Clock::by_hand();
        let mut sleep = clock.sleep(Duration::from_secs(1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut sleep).poll(&mut context).is_pending());

        drop(sleep);

        assert!(clock.0.sleepers.lock().unwrap().wakers.is_empty());
    }

    #[test]
    fn a_chore_runs_when_it_is_due_and_ends_with_its_owner() {
        let clock = Clock::by_hand();
        let runs = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&runs);
        let chore: Arc<Chore> = Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        clock.every(Duration::from_secs(1), &chore);

        clock.advance(Duration::from_millis(999));
        clock.advance(Duration::from_millis(1));
        drop(chore);
        clock.advance(Duration::from_secs(1));

        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert!(clock.0.chores.lock().unwrap().is_empty());
    }
}
