//! Callers of cached functions and of the low-level API in two processes, one of which invalidates.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cache_runtime::base::event::CircuitState;
use cache_runtime::testing::TestClock;
use cache_runtime::{Cache, Caches, Result, Timeout, cached};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::world::{Figure, NUMBERS, Side, World};

/// How many ask in each process.
const CALLERS: u64 = 3;
/// How often each of them does.
const PACE: Duration = Duration::from_millis(8);
/// How often the clock of a process that is off is moved.
const TICK: Duration = Duration::from_millis(4);
/// Longer than any call takes on any machine.
const LONGEST: Duration = Duration::from_mins(1);
/// How far it is off.
const OFF: Duration = Duration::from_hours(1);

#[cached(key = "plain:{number}", ignore(world))]
async fn plain(world: &World, number: usize) -> Figure {
    world.computes(number).await
}

#[cached(key = "tagged:{number}", tags = ["number:{number}"], ignore(world))]
async fn tagged(world: &World, number: usize) -> Figure {
    world.computes(number).await
}

/// One process, as far as the store can tell.
pub(super) struct Process {
    caches: Caches,
    cache: Cache,
}

impl Process {
    fn start(url: &str, clock: Option<&TestClock>) -> Arc<Self> {
        let described = Caches::from_url(url).expect("the URL is ours");
        let described = match clock {
            Some(clock) => described.clock(clock.clock()),
            None => described,
        };
        let caches = described.build().expect("the settings are right");
        let cache = caches.get("default").expect("`default` always exists");
        Arc::new(Self { caches, cache })
    }

    fn hits(&self) -> u64 {
        self.cache.stats().hits
    }

    /// Whether the store is asked again, and has heard everything.
    fn is_well(&self) -> bool {
        let state = self.cache.stats().store;
        state.is_none_or(|state| state.circuit == CircuitState::Closed && state.pending == 0)
    }

    async fn asks(&self, world: &World, number: usize) -> Figure {
        match number % 3 {
            0 => plain(world, number).await,
            1 => tagged(world, number).await,
            _ => {
                let key = format!("low-level:{number}");
                self.cache.get_or_set(key, Timeout::Default, async || world.computes(number).await).await
            }
        }
    }

    async fn invalidates(&self, number: usize) -> Result<()> {
        match number % 3 {
            0 => plain::invalidate(number).await.map(drop),
            1 => self.cache.invalidate_tag(format!("number:{number}")).await,
            _ => self.cache.delete(format!("low-level:{number}")).await.map(drop),
        }
    }
}

/// Callers that ask all the time.
pub(super) struct Load {
    pub(super) world: Arc<World>,
    processes: [Arc<Process>; 2],
    callers: Vec<JoinHandle<()>>,
    runtime: Runtime,
    /// Until then the clock goes on that is off: the last calls wait by it.
    _keeps_moving: Arc<()>,
}

impl Load {
    /// Starts two processes over the store at a URL; the clock of the second may be off.
    pub(super) fn start(url: &str, bounds: [Duration; 2], is_clock_off: bool) -> Self {
        let world = Arc::new(World::new(bounds));
        let url = &own_part_of(url);
        let keeps_moving = Arc::default();
        let clock = is_clock_off.then(|| moving_clock(&keeps_moving));
        let processes = [Process::start(url, None), Process::start(url, clock.as_ref())];
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("the machine has a poller and threads");
        let mut callers = Vec::new();
        for (process, side) in processes.iter().zip([Side::Here, Side::Elsewhere]) {
            for seed in 0..CALLERS {
                let (process, world) = (Arc::clone(process), Arc::clone(&world));
                callers.push(runtime.spawn(call_all_the_time(process, side, world, seed)));
            }
        }
        callers.push(runtime.spawn(invalidate_all_the_time(Arc::clone(&processes[0]), Arc::clone(&world))));
        Self { world, processes, callers, runtime, _keeps_moving: keeps_moving }
    }

    /// Hits so far, in each process.
    pub(super) fn hits(&self) -> [u64; 2] {
        [self.processes[0].hits(), self.processes[1].hits()]
    }

    /// Whether both processes use the store, and have told it everything.
    pub(super) fn is_well(&self) -> bool {
        self.processes.iter().all(|process| process.is_well())
    }

    /// Ends it; how many callers have panicked.
    pub(super) fn end(self) -> u64 {
        self.world.end();
        let Self { callers, runtime, _keeps_moving, .. } = self;
        let panics = runtime.block_on(async {
            let mut panics = 0;
            for caller in callers {
                let ended = timeout(LONGEST, caller).await.expect("every call ends");
                panics += u64::from(ended.is_err());
            }
            panics
        });
        runtime.shutdown_timeout(Duration::from_secs(5));
        panics
    }
}

/// The store at a URL under a prefix that was not used before: every load begins with nothing.
fn own_part_of(url: &str) -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}key_prefix=load{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A clock that is an hour ahead, and goes on while somebody else keeps it going.
fn moving_clock(keeps_moving: &Arc<()>) -> TestClock {
    let (clock, keeps_moving) = (TestClock::new(), Arc::downgrade(keeps_moving));
    clock.advance(OFF);
    let moved = clock.clone();
    thread::spawn(move || {
        let mut before = Instant::now();
        while keeps_moving.strong_count() > 0 {
            thread::park_timeout(TICK);
            let passed =
                Duration::from_millis(u64::try_from(before.elapsed().as_millis()).unwrap_or_default());
            moved.advance(passed);
            before += passed;
        }
    });
    clock
}

async fn call_all_the_time(process: Arc<Process>, side: Side, world: Arc<World>, seed: u64) {
    let mut drawn = seed;
    let mut pace = paced();
    let caches = process.caches.clone();
    let calling = async {
        while !world.is_over() {
            pace.tick().await;
            drawn = drawn.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let number = usize::try_from(drawn >> 33).unwrap_or_default() % NUMBERS;
            let question = world.asks(side, number);
            let figure = process.asks(&world, number).await;
            world.judges(&question, figure);
        }
    };
    caches.scope(calling).await;
}

/// Changes one thing after the other, and says so. What the store did not confirm counts here at once, and elsewhere from
/// when it was delivered.
async fn invalidate_all_the_time(process: Arc<Process>, world: Arc<World>) {
    let mut pace = paced();
    let caches = process.caches.clone();
    let calling = async {
        let mut unconfirmed = Vec::new();
        for number in (0..NUMBERS).cycle().take_while(|_| !world.is_over()) {
            for _ in 0..4 {
                pace.tick().await; // a value is read several times before it is invalidated
            }
            let (version, begun) = (world.changes(number), Instant::now());
            match process.invalidates(number).await {
                Ok(()) => {
                    world.knows(Side::Here, number, version);
                    world.knows(Side::Elsewhere, number, version);
                }
                Err(error) if error.is_temporary() => {
                    world.knows(Side::Here, number, version);
                    unconfirmed.push((number, version));
                }
                Err(_) => drop(world.refused.fetch_add(1, Ordering::SeqCst)),
            }
            world.waited(begun);
            if process.cache.stats().store.is_some_and(|state| state.pending == 0) {
                for (number, version) in unconfirmed.drain(..) {
                    world.knows(Side::Elsewhere, number, version);
                }
            }
        }
    };
    caches.scope(calling).await;
}

fn paced() -> tokio::time::Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}
