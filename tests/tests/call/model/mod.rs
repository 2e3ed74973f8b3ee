//! Lease and fence under every order of steps: the real call path over the real lease protocol.
//!
//! Two processes ask for one key while it is invalidated, a lease is lost, or a process dies. A
//! schedule says who makes the next step; all schedules are run, one after the other, each from a
//! fresh store. A step ends before each operation on the lease and within each body.
//!
//! What must hold after every step: no value that was computed before an invalidation is visible
//! after it. What must hold at the end: every caller that lives has its value.

mod schedule;
mod stepped;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory;
use cache_runtime::call::Function;
use cache_runtime::testing::TestClock;
use cache_runtime::{Cache, Caches};

use self::schedule::{Schedule, explore};
use self::stepped::{Mistake, Stepped, yield_once};
use super::stage::{Steps, ask, function, now};

/// What happens besides the two calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Happening {
    /// The truth changes.
    Change,
    /// The key is invalidated by a third process.
    Invalidate,
    /// The lease is gone: a failover has lost it.
    LoseLease,
    /// The first process dies; nobody releases its lease.
    Crash,
}

use Happening::{Change, Crash, Invalidate, LoseLease};

/// What all processes see, and what was promised to them.
struct World {
    clock: TestClock,
    store: Arc<Stepped>,
    reader: Cache,
    truth: AtomicU64,
    /// The truth at the last invalidation that has returned.
    least: AtomicU64,
    bodies: AtomicU64,
}

impl World {
    fn new(mistake: Option<Mistake>) -> Arc<Self> {
        let clock = TestClock::new();
        let options = memory::Options { max_entries: Some(64), ..memory::Options::default() };
        let store = Arc::new(Stepped::over(options.build(&clock.clock()).unwrap(), mistake));
        let reader = process(&clock, &store).get("shared").unwrap();
        let (truth, least, bodies) = (AtomicU64::new(1), AtomicU64::new(1), AtomicU64::new(0));
        Arc::new(Self { clock, store, reader, truth, least, bodies })
    }

    /// A call in a process of its own: the value, and the least that it may be.
    fn call(self: &Arc<Self>, function: &'static Function) -> Steps<'static, (u64, u64)> {
        let (caches, world) = (process(&self.clock, &self.store), Arc::clone(self));
        Steps::of(caches.scope(async move {
            let least = world.least.load(Ordering::SeqCst);
            (ask(function, "key", world.body()).await, least)
        }))
    }

    async fn body(&self) -> u64 {
        self.bodies.fetch_add(1, Ordering::SeqCst);
        let value = self.truth.load(Ordering::SeqCst);
        yield_once().await;
        value
    }

    fn happens(&self, happening: Happening) {
        match happening {
            Change => drop(self.truth.fetch_add(1, Ordering::SeqCst)),
            Invalidate => {
                let truth = self.truth.load(Ordering::SeqCst);
                now(self.reader.delete("key")).unwrap();
                self.least.store(truth, Ordering::SeqCst);
            }
            LoseLease => self.store.lose_lease(":1:key"),
            Crash => unreachable!("the schedule drops the call"),
        }
    }

    /// Whether nothing older than the last invalidation can be seen.
    fn shows_nothing_old(&self) -> bool {
        let seen: Option<u64> = now(self.reader.get("key")).unwrap();
        seen.is_none_or(|seen| seen >= self.least.load(Ordering::SeqCst))
    }
}

fn process(clock: &TestClock, store: &Arc<Stepped>) -> Caches {
    let store = Custom::new(Arc::clone(store) as _);
    Caches::builder().clock(clock.clock()).add("shared", store).build().unwrap()
}

/// What one schedule has come to.
struct End {
    bodies: u64,
    is_sound: bool,
}

/// Runs one schedule to its end.
fn run(schedule: &mut Schedule, happenings: &[Happening], mistake: Option<Mistake>) -> End {
    let (world, function) = (World::new(mistake), shared());
    let mut calls = [Some(world.call(function)), Some(world.call(function))];
    let mut later = happenings.iter().copied();
    let mut next = later.next();
    let mut is_sound = true;
    // A caller that waits for another makes no step of its own until the end.
    let mut steps = [0_u8; 2];
    loop {
        let can_step = |index: usize| calls[index].is_some() && steps[index] < 4;
        let choices: Vec<usize> = (0..2).filter(|&index| can_step(index)).chain(next.map(|_| 2)).collect();
        let Some(&choice) = schedule.choose(&choices) else { break };
        match (choice, next) {
            (2, Some(happening)) => {
                if happening == Crash {
                    calls[0] = None;
                } else {
                    world.happens(happening);
                }
                next = later.next();
            }
            (index, _) => {
                steps[index] += 1;
                is_sound &= step(&mut calls[index]);
            }
        }
        is_sound &= world.shows_nothing_old();
    }
    is_sound &= finish(&world, &mut calls);
    End { bodies: world.bodies.load(Ordering::SeqCst), is_sound }
}

/// Lets the time pass until every caller has its value.
fn finish(world: &World, calls: &mut [Option<Steps<'static, (u64, u64)>>; 2]) -> bool {
    let mut is_sound = true;
    for _ in 0..100 {
        for call in &mut *calls {
            is_sound &= step(call);
        }
        if calls.iter().all(Option::is_none) {
            return is_sound && world.shows_nothing_old();
        }
        world.clock.advance(Duration::from_millis(100));
    }
    false
}

/// One step of a call; whether it did not end with a value that is too old.
fn step(call: &mut Option<Steps<'static, (u64, u64)>>) -> bool {
    let Some((value, least)) = call.as_mut().and_then(Steps::poll) else { return true };
    *call = None;
    value >= least
}

fn shared() -> &'static Function {
    static SHARED: std::sync::OnceLock<&'static Function> = std::sync::OnceLock::new();
    SHARED.get_or_init(|| function("shared"))
}

/// Runs every schedule: how many there are, and the most bodies of one.
fn all_are_sound(happenings: &[Happening]) -> (u64, u64) {
    let mut most_bodies = 0;
    let schedules = explore(|schedule| {
        let end = run(schedule, happenings, None);
        assert!(end.is_sound, "{happenings:?} in the order {:?}", schedule.taken());
        most_bodies = most_bodies.max(end.bodies);
    });
    (schedules, most_bodies)
}

#[test]
fn without_an_event_one_body_runs() {
    let (schedules, most_bodies) = all_are_sound(&[]);

    assert_eq!(most_bodies, 1);
    assert!(schedules > 10, "{schedules} schedules");
}

#[test]
fn an_invalidation_keeps_the_old_value_out_in_every_order() {
    let (schedules, most_bodies) = all_are_sound(&[Change, Invalidate]);

    assert_eq!(most_bodies, 2, "the caller behind the invalidation computes");
    assert!(schedules > 500, "{schedules} schedules");
}

#[test]
fn two_invalidations_keep_the_old_values_out_in_every_order() {
    let (schedules, _) = all_are_sound(&[Change, Invalidate, Change, Invalidate]);

    assert!(schedules > 5000, "{schedules} schedules");
}

#[test]
fn a_lost_lease_lets_no_old_value_in() {
    for happenings in
        [[LoseLease, Change, Invalidate], [Change, LoseLease, Invalidate], [Change, Invalidate, LoseLease]]
    {
        let (schedules, _) = all_are_sound(&happenings);

        assert!(schedules > 1000, "{schedules} schedules");
    }
}

#[test]
fn a_process_that_dies_holds_nobody_up() {
    for happenings in [[Crash, Change, Invalidate], [Change, Crash, Invalidate], [Change, Invalidate, Crash]]
    {
        let (schedules, _) = all_are_sound(&happenings);

        assert!(schedules > 100, "{schedules} schedules");
    }
}

#[test]
fn the_model_notices_every_mistake() {
    for mistake in Mistake::ALL {
        let mut is_noticed = false;
        for happenings in [&[][..], &[Change, Invalidate]] {
            explore(|schedule| {
                let end = run(schedule, happenings, Some(mistake));
                is_noticed |= !end.is_sound || (happenings.is_empty() && end.bodies > 1);
            });
        }

        assert!(is_noticed, "{mistake:?}");
    }
}
