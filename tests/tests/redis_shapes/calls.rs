//! Cached functions while servers fail: every call is answered, rightly and in time.

#![expect(clippy::unused_async, reason = "a cached body is async, whether or not it waits")]

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use cache_runtime::backend::redis::Redis;
use cache_runtime::{Caches, cached};
use cache_tests::{Cluster, Sentinels, Server};
use tokio::runtime::Builder;

use crate::stage::eventually;

/// What a call waits for the store at most, and what a busy machine adds to it.
const BOUND: Duration = Duration::from_millis(150 + 350);

/// How many hits in a row show that all keys are served.
const SOME_HITS: u64 = 300;

/// How many keys there are.
const KEYS: u64 = 30;

thread_local! {
    /// How many bodies have run on this thread.
    static BODIES: Cell<u64> = const { Cell::new(0) };
}

#[cached(key = "doubled:{number}", timeout = 600)]
async fn doubled(number: u64) -> u64 {
    BODIES.set(BODIES.get() + 1);
    2 * number
}

/// A caller who calls all the time.
#[derive(Default)]
struct Caller {
    is_over: AtomicBool,
    /// Calls since the last body that ran.
    hits: AtomicU64,
    bodies: AtomicU64,
}

impl Caller {
    /// Calls until it is over; the longest that a call took.
    fn call(&self, url: &str) -> Duration {
        let redis = Redis::url(url).unwrap();
        let caches = Caches::builder().add("default", redis).build().unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(caches.scope(async {
            let mut longest = Duration::ZERO;
            for number in (0..KEYS).cycle() {
                if self.is_over.load(Ordering::SeqCst) {
                    break;
                }
                let (before, start) = (BODIES.get(), Instant::now());
                assert_eq!(doubled(number).await, 2 * number);
                longest = longest.max(start.elapsed());
                self.note(BODIES.get() - before);
            }
            longest
        }))
    }

    fn note(&self, bodies: u64) {
        if bodies == 0 {
            self.hits.fetch_add(1, Ordering::SeqCst);
        } else {
            self.hits.store(0, Ordering::SeqCst);
            self.bodies.fetch_add(bodies, Ordering::SeqCst);
        }
    }

    /// Waits until all keys are served from the store.
    fn is_served(&self) {
        self.hits.store(0, Ordering::SeqCst);
        eventually("all calls are hits", || self.hits.load(Ordering::SeqCst) > SOME_HITS);
    }
}

/// Ends the caller also where the test fails.
struct Over<'a>(&'a Caller);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::SeqCst);
    }
}

/// Calls while something fails; what is known of the longest call.
fn call_while(url: &str, fault: impl FnOnce(&Caller)) -> Duration {
    let caller = Caller::default();
    std::thread::scope(|scope| {
        let calling = scope.spawn(|| caller.call(url));
        let over = Over(&caller);
        caller.is_served();
        fault(&caller);
        caller.is_served();
        drop(over);
        calling.join().expect("no call is answered wrongly")
    })
}

#[test]
fn calls_are_answered_while_another_master_is_chosen_and_served_by_it_then() {
    let mut sentinels = Sentinels::start(&Server::redis(), None);

    let longest = call_while(&sentinels.url(), |caller| {
        let bodies = caller.bodies.load(Ordering::SeqCst);
        sentinels.server_mut(0).kill();
        eventually("another is the master", || sentinels.master_but(&[0]).is_some());
        assert!(caller.bodies.load(Ordering::SeqCst) > bodies, "nobody noticed");
    });

    assert!(longest < BOUND, "{longest:?}");
}

#[test]
fn calls_are_answered_while_a_replica_takes_over_the_slots_of_a_node() {
    let mut cluster = Cluster::start(&Server::redis(), 1500);

    let longest = call_while(&cluster.url(), |caller| {
        let bodies = caller.bodies.load(Ordering::SeqCst);
        cluster.node_mut(0).kill();
        eventually("the replica took over", || cluster.leads(3));
        assert!(caller.bodies.load(Ordering::SeqCst) > bodies, "nobody noticed");
    });

    assert!(longest < BOUND, "{longest:?}");
}

#[test]
fn calls_are_answered_while_slots_move() {
    let cluster = Cluster::start(&Server::redis(), 15_000);

    let longest = call_while(&cluster.url(), |_| {
        // All to one node: several that take slots at once may never agree on who has them.
        let keys = (0..KEYS).map(|number| format!(":1:doubled:{number}"));
        for key in keys.filter(|key| cluster.first_owner(key) != 2) {
            let (slot, from) = (cluster.slot(&key), cluster.first_owner(&key));
            cluster.begin_move(slot, from, 2);
            cluster.move_keys(slot, from, 2, 100);
            cluster.end_move(slot, from, 2);
        }
    });

    assert!(longest < BOUND, "{longest:?}");
}
