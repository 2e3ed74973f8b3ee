//! Ways to run and to await what a test is about, each with an end.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// Drives a future outside tokio, as another executor does.
pub fn foreign_block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(std::thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Runs something that may never end, and ends the program if it has not ended in time.
///
/// # Panics
///
/// If what is run panics.
pub fn deadline(run: impl FnOnce() + Send + 'static) {
    let (ended, wait) = std::sync::mpsc::channel();
    let watchdog = std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE).is_err() {
            eprintln!("a call has not ended within {PATIENCE:?}");
            std::process::abort();
        }
    });
    run();
    ended.send(()).expect("the watchdog waits");
    watchdog.join().expect("the watchdog does not panic");
}

/// Asks again and again until it is so.
///
/// # Panics
///
/// If it is not so within ten seconds.
#[track_caller]
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}
