//! Values that close their own cache, or let go of it, where they are dropped: nobody waits for itself.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use cache_runtime::backend::Backend;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::tiered::Tiered;
use cache_runtime::base::clock::Clock;
use cache_runtime::testing::{Call, FaultyBackend};
use cache_runtime::{Cache, Caches};
use cache_tests::{deadline, eventually, foreign_block_on};
use serde::{Deserialize, Serialize};

use crate::stage::{Fleet, Node, fleet};

/// Takes what is kept here along where it is dropped.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Owner(u32);

static OWNED: Mutex<Vec<(u32, Last)>> = Mutex::new(Vec::new());

/// What an owner does last.
enum Last {
    Close(Cache),
    LetGo(Cache),
}

impl Drop for Owner {
    fn drop(&mut self) {
        let mut owned = OWNED.lock().unwrap();
        let place = owned.iter().position(|(number, _)| *number == self.0);
        let last = place.map(|place| owned.remove(place).1);
        drop(owned);
        match last {
            Some(Last::Close(cache)) => cache.blocking().close().unwrap(),
            Some(Last::LetGo(cache)) => drop(cache),
            None => {}
        }
    }
}

/// Another node that keeps an owner in front.
async fn keeping(fleet: &Fleet, here: &Node, number: u32) -> Node {
    here.cache.set("key", &Owner(number), Duration::from_hours(1)).await.unwrap();
    let there = fleet.node().await;
    there.cache.get::<Owner>("key").await.unwrap().unwrap();
    let before = there.asked();
    there.cache.get::<Owner>("key").await.unwrap().unwrap();
    assert_eq!(there.asked(), before);
    there
}

fn own(number: u32, last: Last) {
    OWNED.lock().unwrap().push((number, last));
}

fn is_owned(number: u32) -> bool {
    OWNED.lock().unwrap().iter().any(|(owned, _)| *owned == number)
}

#[test]
fn a_value_that_closes_its_cache_while_news_are_applied_waits_for_nobody() {
    deadline(|| {
        foreign_block_on(async {
            let fleet = fleet();
            let here = fleet.node().await;
            let there = keeping(&fleet, &here, 1).await;
            own(1, Last::Close(there.cache.clone()));

            here.set("key", "new").await;
            there.listen().await;

            assert!(!is_owned(1), "the value was dropped");
            assert_eq!(there.get("key").await.as_deref(), Some("new"));
            there.listen().await;
            there.get("key").await;
            assert!(there.keeps("key").await, "it listens again");
        });
    });
}

#[test]
fn a_value_that_closes_its_cache_while_everything_is_forgotten_waits_for_nobody() {
    deadline(|| {
        foreign_block_on(async {
            let fleet = fleet();
            let here = fleet.node().await;
            let there = keeping(&fleet, &here, 2).await;
            own(2, Last::Close(there.cache.clone()));

            for number in 0..1100 {
                here.set(&number.to_string(), "more than is read").await;
            }
            there.listen().await;

            assert!(!is_owned(2), "the value was dropped");
        });
    });
}

/// A node that listens by itself.
fn listening(store: &Arc<FaultyBackend>) -> Cache {
    let custom = Custom::new(Arc::clone(store) as Arc<dyn Backend>);
    let tiers = Tiered::over_store(custom).poll_every(Duration::from_millis(5));
    Caches::builder().add("default", tiers).build().unwrap().get("default").unwrap()
}

#[test]
fn a_value_that_closes_or_lets_go_of_its_cache_on_the_listening_thread_waits_for_nobody() {
    deadline(|| {
        for (number, last) in [(3, Last::Close as fn(Cache) -> Last), (4, Last::LetGo)] {
            let store = Arc::new(FaultyBackend::memory(&Clock::system()).as_shared());
            let (here, there) = (listening(&store), listening(&store));
            here.blocking().set("key", &Owner(number), Duration::from_hours(1)).unwrap();
            eventually("the value is in front", || {
                let asked = store.calls(Call::Get);
                there.blocking().get::<Owner>("key").unwrap().unwrap();
                store.calls(Call::Get) == asked
            });
            own(number, last(there));

            here.blocking().set("key", "new", Duration::from_hours(1)).unwrap();

            eventually("the value was dropped", || !is_owned(number));
            here.blocking().close().unwrap();
        }
    });
}
