//! The lease protocol from several connections: whatever the order, no value from before an invalidation is
//! seen after it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::{Acquired, Claim, SharedBackend, Token};
use cache_runtime::base::entry::Life;
use tokio::runtime::{Builder, Runtime};

use crate::stage::{Place, foreign_block_on, store};

const LEASE: Duration = Duration::from_secs(30);
const ROUNDS: u64 = 200;

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// What is true, and what has been invalidated so far.
#[derive(Default)]
struct World {
    truth: AtomicU64,
    invalidated: AtomicU64,
}

fn old_values_stay_out(place: &Place) {
    let world = World::default();
    foreign_block_on(place.database().create_table()).unwrap();

    thread::scope(|threads| {
        for thread in 1..=3_u128 {
            // A store of its own is a process of its own, as far as the database can tell.
            let (store, world) = (store(&place.options()), &world);
            threads.spawn(move || runtime().block_on(compute_and_fill(&store, thread, world)));
        }
        let (synchronous, world) = (store(&place.options()), &world);
        threads.spawn(move || foreign_block_on(compute_and_fill(&synchronous, 4, world)));
        let store = store(&place.options());
        threads.spawn(move || {
            // Ends the others, whatever happens here.
            let _ending = Ending(world);
            runtime().block_on(invalidate(&store, world));
        });
    });
}

struct Ending<'a>(&'a World);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.invalidated.store(ROUNDS, Ordering::SeqCst);
    }
}

async fn invalidate(store: &SharedBackend, world: &World) {
    for next in 1..ROUNDS {
        world.truth.store(next, Ordering::SeqCst);
        match next % 5 {
            0 => store.clear("k").await.unwrap(),
            1 => drop(store.delete("key").await.unwrap()),
            2 => drop(store.delete_many(&["other".to_owned(), "key".to_owned()]).await.unwrap()),
            3 => store.set_many(&[("key".to_owned(), text(next))], Life::Forever).await.unwrap(),
            _ => store.set("key", text(next), Life::Forever).await.unwrap(),
        }
        world.invalidated.store(next, Ordering::SeqCst);
    }
}

async fn compute_and_fill(store: &SharedBackend, thread: u128, world: &World) {
    let mut attempt = 0;
    while world.invalidated.load(Ordering::SeqCst) < ROUNDS {
        attempt += 1;
        let token = Token(thread << 64 | attempt);
        let least = world.invalidated.load(Ordering::SeqCst);
        let claim = if attempt % 5 == 0 { Claim::Take } else { Claim::IfAbsent };
        match store.acquire("key", token, LEASE, claim, None).await.unwrap() {
            Acquired::Granted => {
                let value = world.truth.load(Ordering::SeqCst);
                thread::yield_now();
                store.fill("key", token, text(value), Life::Forever).await.unwrap();
            }
            Acquired::Found(record) => {
                let found: u64 = std::str::from_utf8(&record.bytes).unwrap().parse().unwrap();
                assert!(found >= least || least == ROUNDS, "{found} was seen after {least}");
            }
            Acquired::Held(_) => thread::yield_now(),
        }
    }
}

fn text(number: u64) -> Bytes {
    number.to_string().into()
}

#[test]
fn old_values_stay_out_of_sqlite() {
    old_values_stay_out(&Place::sqlite());
}

#[test]
fn old_values_stay_out_of_postgres() {
    old_values_stay_out(&Place::postgres());
}

#[test]
fn old_values_stay_out_of_mariadb() {
    old_values_stay_out(&Place::mariadb());
}
