//! What the tests of this folder share: caches of their own, bodies that wait, futures in steps.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::dummy::Dummy;
use cache_runtime::backend::memory::{self, Memory};
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::call::{Function, Intent, Lookup, Shape, flights_of};
use cache_runtime::testing::{FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches, Statistics, Timeout};
use tokio::sync::watch;

/// How long a test waits for what must come from another thread.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How far the clock moves between two polls.
pub(crate) const STEP: Duration = Duration::from_millis(10);

/// Memory, and a store that other processes share.
pub(crate) const KEEPING: [&str; 2] = ["default", "shared"];
/// The same, and a store that keeps nothing.
pub(crate) const ALL: [&str; 3] = ["default", "shared", "nothing"];

/// Caches of one test, by a clock that it moves.
pub(crate) struct Stage {
    pub(crate) clock: TestClock,
    pub(crate) store: Arc<FaultyBackend>,
    /// The store without its faults, and uncounted.
    pub(crate) inner: SharedBackend,
    pub(crate) caches: Caches,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::over(FaultyBackend::as_shared)
    }

    /// The shared store says that it bounds its answers by itself.
    pub(crate) fn bounded() -> Self {
        Self::over(|store| store.as_shared().as_bounded())
    }

    /// The shared store has no leases.
    pub(crate) fn leaseless() -> Self {
        Self::over(|store| store.as_shared().without_leases())
    }

    /// The shared store says of itself what `describe` makes of it.
    pub(crate) fn over(describe: impl FnOnce(FaultyBackend) -> FaultyBackend) -> Self {
        let clock = TestClock::new();
        let inner = memory::Options::default().build(&clock.clock()).unwrap();
        let store = Arc::new(describe(FaultyBackend::over(Arc::clone(&inner), &clock.clock())));
        let caches = caches_over(&clock, Arc::clone(&store) as _);
        Self { clock, store, inner, caches }
    }

    /// What another process has that shares the store: flights and counters of its own.
    pub(crate) fn another_process(&self) -> Self {
        let (clock, store, inner) = (self.clock.clone(), Arc::clone(&self.store), Arc::clone(&self.inner));
        let caches = caches_over(&clock, Arc::clone(&store) as _);
        Self { clock, store, inner, caches }
    }

    pub(crate) fn cache(&self, alias: &str) -> Cache {
        self.caches.get(alias).unwrap()
    }

    pub(crate) fn stats(&self, alias: &str) -> Statistics {
        self.cache(alias).stats()
    }

    /// How many flights are in the table.
    pub(crate) fn flights(&self, alias: &str) -> usize {
        flights_of(&self.cache(alias))
    }

    /// A future inside the scope of these caches, to be polled by hand.
    pub(crate) fn start<'a, F: Future + 'a>(&self, future: F) -> Steps<'a, F::Output> {
        Steps(Box::pin(self.caches.clone().scope(future)))
    }

    /// Runs a future to its end; the clock moves while it waits.
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        self.start(future).end(&self.clock).0
    }

    /// Whether nobody holds the lease of a key in the shared store, whatever faults it has.
    pub(crate) fn lease_is_free(&self, key: &str) -> bool {
        let (probe, life) = (Token(u128::MAX), Duration::from_millis(1));
        let final_key = format!(":1:{key}");
        let stored = now(self.inner.get(&final_key)).unwrap().map(|record| record.bytes);
        let asked = self.inner.acquire(&final_key, probe, life, Claim::IfAbsent, stored.as_ref());
        let is_free = now(asked).unwrap() == Acquired::Granted;
        if is_free {
            now(self.inner.release(&final_key, probe)).unwrap();
        }
        is_free
    }
}

fn caches_over(clock: &TestClock, store: SharedBackend) -> Caches {
    Caches::builder()
        .clock(clock.clock())
        .add("default", Memory::new())
        .add("nothing", Dummy::new())
        .add("shared", Custom::new(store))
        .build()
        .unwrap()
}

/// A future that is polled when the test says so.
pub(crate) struct Steps<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

impl<'a, T> Steps<'a, T> {
    /// A future that is polled by hand.
    pub(crate) fn of(future: impl Future<Output = T> + 'a) -> Self {
        Self(Box::pin(future))
    }

    pub(crate) fn poll(&mut self) -> Option<T> {
        match self.0.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => Some(output),
            Poll::Pending => None,
        }
    }

    /// The output, which must be there at the next poll.
    #[track_caller]
    pub(crate) fn now(mut self) -> T {
        self.poll().expect("the future still waits")
    }

    /// Polls it to its end, moving the clock; the output, and how long that took by the clock.
    #[track_caller]
    pub(crate) fn end(mut self, clock: &TestClock) -> (T, Duration) {
        let begun = clock.now();
        loop {
            if let Some(output) = self.poll() {
                return (output, clock.now().since(begun));
            }
            assert!(clock.now().since(begun) < Duration::from_mins(5), "the future waits without end");
            clock.advance(STEP);
        }
    }
}

/// The output of a future that does not wait.
#[track_caller]
pub(crate) fn now<F: Future>(future: F) -> F::Output {
    Steps(Box::pin(future)).now()
}

/// Polls all of them once; what has ended is collected.
pub(crate) fn poll_all<T>(steps: &mut Vec<Steps<'_, T>>) -> Vec<T> {
    let mut ended = Vec::new();
    steps.retain_mut(|step| match step.poll() {
        Some(output) => {
            ended.push(output);
            false
        }
        None => true,
    });
    ended
}

/// Polls all of them until nothing changes any more; the clock stands still.
pub(crate) fn settle<T>(mut steps: Vec<Steps<'_, T>>) -> (Vec<T>, Vec<Steps<'_, T>>) {
    let mut ended = Vec::new();
    loop {
        let more = poll_all(&mut steps);
        if more.is_empty() {
            return (ended, steps);
        }
        ended.extend(more);
    }
}

/// Asks again and again until it is so: for what another thread does.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

/// A function of the test's own.
pub(crate) fn leaked(function: Function) -> &'static Function {
    Box::leak(Box::new(function))
}

/// A function whose values are fresh for an hour.
pub(crate) fn function(alias: &'static str) -> &'static Function {
    leaked(Function::new("tests::function").cache(alias).timeout(Timeout::secs(3600)))
}

/// A call as an attribute writes it.
pub(crate) async fn ask(function: &'static Function, key: &str, body: impl Future<Output = u64>) -> u64 {
    match function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text(key)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute_async(body).await,
    }
}

/// A call whose entry carries a tag.
pub(crate) async fn ask_tagged(
    function: &'static Function,
    key: &str,
    tag: &str,
    body: impl Future<Output = u64>,
) -> u64 {
    match function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text(key)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.tag(|out| out.text(tag)).compute_async(body).await,
    }
}

/// A call of a function that is not `async`.
pub(crate) fn ask_blocking(function: &'static Function, key: &str, body: impl FnOnce() -> u64) -> u64 {
    match function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text(key)) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => miss.compute(body),
    }
}

/// Bodies that are counted, and wait until the test lets them go on.
pub(crate) struct Bodies {
    begun: AtomicU64,
    gate: watch::Sender<bool>,
}

impl Bodies {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { begun: AtomicU64::new(0), gate: watch::channel(false).0 })
    }

    /// Bodies that do not wait.
    pub(crate) fn open() -> Arc<Self> {
        let bodies = Self::new();
        bodies.finish();
        bodies
    }

    pub(crate) fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    /// Lets those go on that wait, and those that come.
    pub(crate) fn finish(&self) {
        self.gate.send_replace(true);
    }

    pub(crate) async fn run(&self, value: u64) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst);
        let mut gate = self.gate.subscribe();
        gate.wait_for(|is_open| *is_open).await.expect("the sender lives as long as this");
        value
    }

    pub(crate) fn run_blocking(&self, value: u64) -> u64 {
        self.begun.fetch_add(1, Ordering::SeqCst);
        eventually("the body is let go", || *self.gate.borrow());
        value
    }
}
