//! What the tests of this folder share.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::Server;

/// The store at a server.
pub(crate) fn store_at(server: &Server) -> SharedBackend {
    store(&Options::at(&server.url()))
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
