//! Locks and threads: what is shared between callers, in a form that the model checker can replace.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

#[cfg(loom)]
pub(crate) use loom::sync::{Mutex as RawMutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::sync::{Mutex as RawMutex, MutexGuard};

/// An `Arc` whose end the model checker sees.
#[cfg(loom)]
pub(crate) use loom::sync::Arc as Counted;
#[cfg(not(loom))]
pub(crate) use std::sync::Arc as Counted;

/// A mutex whose lock is always had: what it guards is valid between any two statements, so a
/// panic of another holder carries no meaning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(RawMutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(RawMutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Starts a thread of this name.
///
/// The work comes in a box, so that the way to start a thread is compiled once.
pub(crate) fn start_thread(name: &str, work: Box<dyn FnOnce() + Send>) -> std::io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(work).map(drop)
}

thread_local! {
    /// Whether this thread is inside [`block_on`].
    static BLOCKING: Cell<bool> = const { Cell::new(false) };
}

/// Whether the future that is being polled is driven by [`block_on`]: then nobody may be left to
/// drive the I/O of this thread's own executor, and a store client must use another.
#[cfg(any(
    feature = "redis",
    feature = "memcached",
    feature = "sqlite",
    feature = "postgres",
    feature = "mysql"
))]
pub(crate) fn is_blocking() -> bool {
    BLOCKING.get()
}

/// Runs `future` to its end on this thread, which sleeps meanwhile.
///
/// This is no executor: it drives no I/O and no timers. Futures of this crate wake it from the
/// clock's thread or from the background runtime of a store.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let unpark = Arc::new(Unpark { thread: std::thread::current(), is_woken: AtomicBool::new(false) });
    let waker = Waker::from(Arc::clone(&unpark));
    let mut context = Context::from_waker(&waker);
    loop {
        let poll = {
            let _blocking = Blocking::enter();
            future.as_mut().poll(&mut context)
        };
        match poll {
            Poll::Ready(output) => return output,
            Poll::Pending => unpark.wait(),
        }
    }
}

/// Waits for either.
pub(crate) async fn first_of(one: impl Future, other: impl Future) {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| {
        let is_one = one.as_mut().poll(context).is_ready();
        if is_one || other.as_mut().poll(context).is_ready() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// Runs `code` as if no [`block_on`] were around it: for code of a user inside a future of ours.
pub(crate) fn unblocked<R>(code: impl FnOnce() -> R) -> R {
    let _inside = Blocking { before: BLOCKING.replace(false) };
    code()
}

struct Blocking {
    before: bool,
}

impl Blocking {
    fn enter() -> Self {
        Self { before: BLOCKING.replace(true) }
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        BLOCKING.set(self.before);
    }
}

/// A thread's token alone is not enough: a `block_on` inside of this one may take what woke this one.
struct Unpark {
    thread: Thread,
    is_woken: AtomicBool,
}

impl Unpark {
    fn wait(&self) {
        while !self.is_woken.swap(false, Ordering::AcqRel) {
            std::thread::park();
        }
    }
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Sixty-four random bits, for tokens, tag versions and jitter; no secret rests on them.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    thread_local! {
        static STATE: (RandomState, Cell<u64>) = (RandomState::new(), const { Cell::new(0) });
    }
    STATE.with(|(state, count)| {
        count.set(count.get().wrapping_add(1));
        let mut hasher = state.build_hasher();
        hasher.write_u64(count.get());
        hasher.finish()
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::future::poll_fn;

    use super::*;

    /// Is ready at the second poll; another thread wakes it while `meanwhile` runs.
    fn woken_during(meanwhile: impl FnOnce()) -> impl Future<Output = ()> {
        let mut meanwhile = Some(meanwhile);
        poll_fn(move |context| {
            let Some(meanwhile) = meanwhile.take() else { return Poll::Ready(()) };
            let waker = context.waker().clone();
            std::thread::spawn(move || waker.wake()).join().expect("waking does not panic");
            meanwhile();
            Poll::Pending
        })
    }

    #[test]
    fn a_block_on_inside_takes_no_wake_of_the_outer_one() {
        let inner = || {
            block_on(woken_during(|| ()));
        };

        block_on(woken_during(inner));
    }
}
