//! A user's `Drop` runs where no lock is held: it may call the store that lets its value go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak, mpsc};
use std::time::Duration;

use cache_runtime::backend::memory::Options;
use cache_runtime::backend::{Backend, Filled, Local, Space};
use cache_runtime::base::clock::Moment;
use cache_runtime::base::entry::{Held, HeldValue};
use cache_runtime::testing::TestClock;

const KEY: &[u8] = b"key";

/// Deletes its own key when it is dropped.
struct Visitor {
    store: Weak<dyn Backend>,
    has_visited: Arc<AtomicBool>,
}

impl Drop for Visitor {
    fn drop(&mut self) {
        if let Some(store) = self.store.upgrade() {
            let local = store.local().expect("memory is local");
            local.delete(space(local), KEY);
            self.has_visited.store(true, Ordering::SeqCst);
        }
    }
}

fn space(local: &dyn Local) -> Space {
    local.space("", 1)
}

fn held(value: HeldValue) -> Held {
    Held { value, expires_at: Moment::NEVER, tags: None, weight: 1 }
}

/// Gives a visitor to a store that does not take it, on a thread of its own; what the store answered.
#[track_caller]
fn turned_away<R: Send + 'static>(
    options: &Options,
    give: impl FnOnce(&dyn Local, Held) -> R + Send + 'static,
) -> R {
    let store = options.build(&TestClock::new().clock()).unwrap();
    let (answer, answered) = mpsc::channel();
    let has_visited = Arc::<AtomicBool>::default();
    let visitor = Visitor { store: Arc::downgrade(&store), has_visited: Arc::clone(&has_visited) };
    std::thread::spawn(move || {
        let given = give(store.local().unwrap(), held(HeldValue::Typed(Arc::new(visitor))));
        answer.send(given).unwrap();
    });
    let given = answered.recv_timeout(Duration::from_secs(20)).expect("the store waits for itself");
    assert!(has_visited.load(Ordering::SeqCst), "the value was dropped");
    given
}

#[test]
fn a_refused_fill_drops_its_value_after_the_lock() {
    let filled = turned_away(&Options::default(), |local, visitor| {
        let seen = local.generation(space(local), KEY);
        local.delete(space(local), KEY);
        local.fill(space(local), KEY, visitor, seen)
    });

    assert_eq!(filled, Filled::Refused);
}

#[test]
fn a_value_too_large_is_dropped_after_the_lock() {
    let options = Options { max_weight: Some(100), ..Options::default() };
    let large = |visitor| Held { weight: 1000, ..visitor };

    let set = turned_away(&options, move |local, visitor| local.set(space(local), KEY, large(visitor)));
    let filled = turned_away(&options, move |local, visitor| {
        local.fill(space(local), KEY, large(visitor), local.generation(space(local), KEY))
    });
    let added = turned_away(&options, move |local, visitor| local.add(space(local), KEY, large(visitor)));

    assert_eq!((set, filled, added), (Filled::TooLarge, Filled::TooLarge, false));
}

#[test]
fn a_value_that_came_after_another_is_dropped_after_the_lock() {
    let added = turned_away(&Options::default(), |local, visitor| {
        local.set(space(local), KEY, held(HeldValue::Integer(1)));
        local.add(space(local), KEY, visitor)
    });

    assert!(!added);
}
