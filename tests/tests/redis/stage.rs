//! What the tests of this folder share.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::{Duration, Instant};

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::Server;

/// How long a test waits for what must come.
const PATIENCE: Duration = Duration::from_secs(10);

/// The store at a server, with time to spare: for tests of anything but time, on machines that are busy.
pub(crate) fn store_at(server: &Server) -> SharedBackend {
    store(&patient(Options::at(&server.url())))
}

/// The store at a server, with the usual limits.
pub(crate) fn usual_store_at(server: &Server) -> SharedBackend {
    store(&Options::at(&server.url()))
}

/// These options, with time to spare.
pub(crate) fn patient(options: Options) -> Options {
    Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..options }
}

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}

/// Drives a future outside tokio, as another executor does.
pub(crate) fn foreign_block_on<F: Future>(future: F) -> F::Output {
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

/// Runs something that may never end, and panics if it has not ended in time.
pub(crate) fn deadline(run: impl FnOnce() + Send + 'static) {
    let (ended, wait) = std::sync::mpsc::channel();
    let watchdog = std::thread::spawn(move || {
        if wait.recv_timeout(PATIENCE).is_err() {
            eprintln!("a call has not ended within {PATIENCE:?}");
            std::process::abort();
        }
    });
    run();
    ended.send(()).unwrap();
    watchdog.join().unwrap();
}

/// Asks again and again until it is so.
#[track_caller]
pub(crate) fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}
