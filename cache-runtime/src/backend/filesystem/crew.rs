//! Crews: the few threads that wait for the disk, so that no caller's executor does.
//!
//! A store has one crew for reading and one for writing, so that a lock which is held for too long keeps
//! nobody from reading. A disk that hangs holds up no more than [`MOST_THREADS`] threads of each; what
//! cannot begin in time is given up, and what finds the queue full does not wait at all.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use crate::base::clock::{Clock, Stopwatch};

/// The most threads that one store has for reading, and as many for writing.
pub const MOST_THREADS: usize = 4;

/// The most operations that wait for a thread to read, and as many to write.
pub const MOST_WAITING: usize = 4096;

/// How long a thread without work stays.
const IDLE: Duration = Duration::from_secs(10);

type Job = Box<dyn FnOnce() + Send>;

/// How long an operation may still take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    begun: Stopwatch,
    time: Duration,
}

impl Limit {
    pub(super) fn of(time: Duration) -> Self {
        Self { begun: Stopwatch::start(), time }
    }

    /// No time at all.
    pub(super) fn over() -> Self {
        Self::of(Duration::ZERO)
    }

    pub(super) fn is_over(&self) -> bool {
        self.begun.elapsed() >= self.time
    }

    /// Whether a step in a long walk has had its share.
    pub(super) fn is_a_quarter_over(&self) -> bool {
        self.begun.elapsed() >= self.time / 4
    }
}

/// Whether an operation that has not begun is left undone once its caller has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Abandoned {
    /// A write that comes late could undo what came after it.
    LeftUndone,
    /// An invalidation is better late than never.
    Done,
}

/// The threads for one kind of work.
pub(super) struct Crew(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    has_work: Condvar,
}

#[derive(Default)]
struct State {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
    is_closed: bool,
}

impl Crew {
    pub(super) fn new() -> Self {
        Self(Arc::new(Shared { state: Mutex::default(), has_work: Condvar::new() }))
    }

    /// Does `work` on a thread of the crew, and waits for its answer as long as `limit` allows.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        limit: Limit,
        abandoned: Abandoned,
        work: impl FnOnce() -> io::Result<T> + Send + 'static,
        afterwards: impl FnOnce() + Send + 'static,
    ) -> io::Result<T> {
        let reply = Arc::new(Reply { slot: Mutex::new(Slot::Waiting(None)) });
        let promise = Promise(Arc::clone(&reply));
        let is_given = self.submit(Box::new(move || {
            if abandoned == Abandoned::Done || promise.is_awaited() {
                promise.keep(work());
                afterwards();
            }
        }));
        if !is_given {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "too many operations wait for the disk"));
        }
        Awaited(reply).within(limit).await
    }

    /// Leaves work to the crew that nobody waits for; whether it takes it.
    pub(super) fn submit(&self, job: Job) -> bool {
        let mut state = self.0.lock();
        if state.jobs.len() >= MOST_WAITING {
            return false;
        }
        state.jobs.push_back(job);
        if state.idle >= state.jobs.len() {
            drop(state);
            self.0.has_work.notify_one();
            return true;
        }
        if state.threads < MOST_THREADS && self.hire(&mut state) {
            return true;
        }
        if state.threads == 0 {
            state.jobs.pop_back();
            return false;
        }
        true
    }

    fn hire(&self, state: &mut State) -> bool {
        let shared = Arc::clone(&self.0);
        let hired = std::thread::Builder::new().name("cache-files".into()).spawn(move || shared.serve());
        state.threads += usize::from(hired.is_ok());
        hired.is_ok()
    }
}

/// Lets the threads go once what was asked for is done.
impl Drop for Crew {
    fn drop(&mut self) {
        self.0.lock().is_closed = true;
        self.0.has_work.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self) {
        while let Some(job) = self.next() {
            // What panics has broken its promise, and its caller is told.
            let _ = catch_unwind(AssertUnwindSafe(job));
        }
    }

    /// The next job; `None` when the thread may go.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                return Some(job);
            }
            if state.is_closed {
                break;
            }
            state.idle += 1;
            let (woken, wait) =
                self.has_work.wait_timeout(state, IDLE).unwrap_or_else(PoisonError::into_inner);
            state = woken;
            state.idle -= 1;
            if wait.timed_out() && state.jobs.is_empty() {
                break;
            }
        }
        state.threads -= 1;
        None
    }
}

/// Where an answer goes from one thread to another.
struct Reply<T> {
    slot: Mutex<Slot<T>>,
}

enum Slot<T> {
    Waiting(Option<Waker>),
    Answered(io::Result<T>),
    /// The caller has gone, or has its answer.
    Left,
}

impl<T> Reply<T> {
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The side that answers; dropped without an answer, it says so.
struct Promise<T>(Arc<Reply<T>>);

impl<T> Promise<T> {
    fn is_awaited(&self) -> bool {
        matches!(*self.0.lock(), Slot::Waiting(_))
    }

    fn keep(self, answer: io::Result<T>) {
        self.answer(answer);
    }

    fn answer(&self, answer: io::Result<T>) {
        let mut slot = self.0.lock();
        if let Slot::Waiting(waker) = &mut *slot {
            let waker = waker.take();
            *slot = Slot::Answered(answer);
            drop(slot);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.answer(Err(io::Error::other("the operation has panicked")));
    }
}

/// The side that waits; dropped, it leaves word that nobody does any more.
struct Awaited<T>(Arc<Reply<T>>);

impl<T> Awaited<T> {
    async fn within(self, limit: Limit) -> io::Result<T> {
        let clock = Clock::system();
        let mut sleep = pin!(clock.sleep(limit.time));
        poll_fn(|context| {
            if let Some(answer) = self.take_or_register(context.waker()) {
                return Poll::Ready(answer);
            }
            sleep.as_mut().poll(context).map(|()| {
                let text = format!("the disk has not answered within {:?}", limit.time);
                Err(io::Error::new(io::ErrorKind::TimedOut, text))
            })
        })
        .await
    }

    fn take_or_register(&self, waker: &Waker) -> Option<io::Result<T>> {
        let mut slot = self.0.lock();
        match &mut *slot {
            Slot::Waiting(registered) => {
                if registered.as_ref().is_none_or(|known| !known.will_wake(waker)) {
                    *registered = Some(waker.clone());
                }
                None
            }
            Slot::Answered(_) | Slot::Left => match std::mem::replace(&mut *slot, Slot::Left) {
                Slot::Answered(answer) => Some(answer),
                Slot::Waiting(_) | Slot::Left => None,
            },
        }
    }
}

impl<T> Drop for Awaited<T> {
    fn drop(&mut self) {
        let left = std::mem::replace(&mut *self.0.lock(), Slot::Left);
        drop(left); // Not under the lock: a waker is the executor's code.
    }
}
