//! Time goes on, whatever users' code does where the clock meets it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Wake};
use std::time::Duration;

use cache_runtime::backend::memory;
use cache_runtime::base::clock::{Clock, Moment};
use cache_runtime::base::entry::{Held, HeldValue};

use crate::stage::eventually;

const A_WHILE: Duration = Duration::from_millis(40);

/// Whether the machine's clock moves.
#[track_caller]
fn time_goes_on() {
    let later = Clock::system().now().plus(A_WHILE);
    eventually("the clock moves", || Clock::system().now() >= later);
}

/// Its `Drop` takes until the test lets it go.
struct Slow {
    begun: mpsc::Sender<()>,
    gate: mpsc::Receiver<()>,
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.begun.send(()).unwrap();
        self.gate.recv().unwrap();
    }
}

#[test]
fn a_value_whose_drop_takes_long_does_not_stop_the_time() {
    let store = memory::Options::default().build(&Clock::system()).unwrap();
    let local = store.local().unwrap();
    let ((begins, begun), (go, gate)) = (mpsc::channel(), mpsc::channel());
    // A value is `Sync`; a receiver is not.
    let value = Arc::new(std::sync::Mutex::new(Slow { begun: begins, gate }));
    let expires_at = Clock::system().now().plus_millis(1);
    let held = Held { value: HeldValue::Typed(value), expires_at, tags: None, weight: 1 };
    local.set(local.space("", 1), b"slow", held);

    begun.recv_timeout(Duration::from_secs(20)).expect("what has expired is dropped without being asked for");
    time_goes_on();

    go.send(()).unwrap();
}

#[test]
fn a_value_that_is_dropped_slowly_holds_up_no_other_expiry() {
    let store = memory::Options::default().build(&Clock::system()).unwrap();
    let local = store.local().unwrap();
    let ((begins, begun), (go, gate)) = (mpsc::channel(), mpsc::channel());
    let value = Arc::new(std::sync::Mutex::new(Slow { begun: begins, gate }));
    let soon = || Clock::system().now().plus_millis(1);
    let held = |value, expires_at: Moment| Held { value, expires_at, tags: None, weight: 1 };
    local.set(local.space("", 1), b"slow", held(HeldValue::Typed(value), soon()));
    begun.recv_timeout(Duration::from_secs(20)).expect("it is being dropped");

    local.set(local.space("", 1), b"quick", held(HeldValue::Integer(1), soon()));

    eventually("the other entry is gone", || local.usage().entries == 0);
    go.send(()).unwrap();
}

/// Wakes nobody, and panics.
struct Bad(AtomicBool);

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
        panic!("the executor is gone");
    }
}

#[test]
fn a_waker_that_panics_does_not_stop_the_time() {
    let bad = Arc::new(Bad(AtomicBool::new(false)));
    let mut sleep = Box::pin(Clock::system().sleep(Duration::from_millis(1)));
    let waker = Arc::clone(&bad).into();
    assert!(sleep.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());

    eventually("it is woken", || bad.0.load(Ordering::SeqCst));

    time_goes_on();
}

#[test]
fn a_waker_that_panics_keeps_nobody_from_being_woken() {
    let clock = Clock::by_hand();
    let bad = Arc::new(Bad(AtomicBool::new(false))).into();
    let good = Arc::new(Good(AtomicBool::new(false)));
    let waker = Arc::clone(&good).into();
    let mut sleeps: Vec<_> = (0..2).map(|_| Box::pin(clock.sleep(A_WHILE))).collect();
    assert!(sleeps[0].as_mut().poll(&mut Context::from_waker(&bad)).is_pending());
    assert!(sleeps[1].as_mut().poll(&mut Context::from_waker(&waker)).is_pending());

    clock.advance(A_WHILE);

    assert!(good.0.load(Ordering::SeqCst));
}

struct Good(AtomicBool);

impl Wake for Good {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
