//! Synchronous and async callers on one runtime: nobody freezes it, nobody waits for himself.

use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Waker};
use std::time::Duration;

use cache_runtime::call::DEFAULT_WAIT;
use cache_runtime::testing::{Call, Fault};
use cache_runtime::{Caches, force_refresh_blocking};

use crate::stage::{
    ALL, Bodies, KEEPING, PATIENCE, STEP, Stage, ask, ask_blocking, ask_tagged, eventually, function, now,
};

#[tokio::test(flavor = "current_thread")]
async fn a_synchronous_caller_does_not_wait_for_a_future_that_its_own_thread_must_poll() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let body = Arc::clone(&bodies);
        let led =
            tokio::spawn(stage.caches.clone().scope(async move { ask(function, "key", body.run(1)).await }));
        while bodies.begun() == 0 {
            tokio::task::yield_now().await;
        }

        let value = stage.caches.clone().scope_blocking(|| ask_blocking(function, "key", || 2));
        bodies.finish();

        assert_eq!((value, led.await.unwrap()), (2, 1), "{alias}");
        assert_eq!((stage.stats(alias).wait_limits, stage.flights(alias)), (0, 0), "{alias}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_synchronous_refresh_beside_an_async_one_stores_its_value() {
    for alias in KEEPING {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let body = Arc::clone(&bodies);
        let refresh = async move { cache_runtime::force_refresh(ask(function, "key", body.run(1))).await };
        let led = tokio::spawn(stage.caches.clone().scope(refresh));
        while bodies.begun() == 0 {
            tokio::task::yield_now().await;
        }

        let refreshed = || force_refresh_blocking(|| ask_blocking(function, "key", || 2));
        assert_eq!(stage.caches.clone().scope_blocking(refreshed), 2);
        bodies.finish();

        assert_eq!(led.await.unwrap(), 1);
        assert_eq!(stage.cache(alias).get("key").await.unwrap(), Some(2_u64), "{alias}: the later one stays");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn a_synchronous_caller_after_an_invalidated_tag_does_not_wait_for_the_older_lease() {
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), function("shared"));
    let body = Arc::clone(&bodies);
    let led = tokio::spawn(
        stage.caches.clone().scope(async move { ask_tagged(function, "key", "tag", body.run(1)).await }),
    );
    while bodies.begun() == 0 {
        tokio::task::yield_now().await;
    }

    stage.cache("shared").invalidate_tag("tag").await.unwrap();
    let value = stage.caches.clone().scope_blocking(|| ask_blocking(function, "key", || 2));
    bodies.finish();

    assert_eq!((value, led.await.unwrap()), (2, 1));
    assert_eq!(stage.cache("shared").get("key").await.unwrap(), Some(2_u64));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocking_tasks_beside_a_future_run_one_more_body_at_most() {
    for alias in ALL {
        let (stage, led, bodies, function) = (Stage::new(), Bodies::new(), Bodies::new(), function(alias));
        let body = Arc::clone(&led);
        let leader =
            tokio::spawn(stage.caches.clone().scope(async move { ask(function, "key", body.run(1)).await }));
        while led.begun() == 0 {
            tokio::task::yield_now().await;
        }
        let blocking: Vec<_> = (0..50)
            .map(|_| {
                let (caches, bodies) = (stage.caches.clone(), Arc::clone(&bodies));
                let call = move || ask_blocking(function, "key", || bodies.run_blocking(2));
                tokio::task::spawn_blocking(move || caches.scope_blocking(call))
            })
            .collect();

        eventually("the others wait for the thread", || stage.stats(alias).waits == 49);
        bodies.finish();
        led.finish();

        for task in blocking {
            assert_eq!(task.await.unwrap(), 2);
        }
        assert_eq!((leader.await.unwrap(), bodies.begun()), (1, 1), "{alias}");
    }
}

#[tokio::test(flavor = "current_thread")]
async fn synchronous_calls_work_inside_of_a_runtime() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::open(), function(alias));
        for _ in 0..2 {
            let call = || ask_blocking(function, "key", || bodies.run_blocking(1));
            assert_eq!(stage.caches.clone().scope_blocking(call), 1);
        }
        assert_eq!(bodies.begun(), if alias == "nothing" { 2 } else { 1 }, "{alias}");
    }
}

/// Moves a clock until it is dropped: for threads that wait for a slow store.
struct Ticking(Arc<AtomicBool>, Option<std::thread::JoinHandle<()>>);

impl Ticking {
    fn start(stage: &Stage) -> Self {
        let (clock, is_over) = (stage.clock.clone(), Arc::<AtomicBool>::default());
        let over = Arc::clone(&is_over);
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::Relaxed) {
                clock.advance(Duration::from_millis(1));
                std::thread::yield_now();
            }
        });
        Self(is_over, Some(thread))
    }
}

impl Drop for Ticking {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.take().unwrap().join().unwrap();
    }
}

#[test]
fn synchronous_calls_nest_while_the_store_is_slow() {
    let (stage, function) = (Stage::new(), function("shared"));
    for operation in [Call::Get, Call::Acquire, Call::Fill] {
        stage.store.inject(operation, Fault::Delay(STEP));
    }
    let ticking = Ticking::start(&stage);

    let value = stage.caches.clone().scope_blocking(|| {
        ask_blocking(function, "a", || {
            1 + ask_blocking(function, "b", || 10 + ask_blocking(function, "c", || 100))
        })
    });
    drop(ticking);

    assert_eq!(value, 111, "and nobody has slept through what was to wake him");
}

#[test]
fn a_synchronous_call_runs_a_runtime_of_its_own_in_its_body() {
    for alias in ALL {
        let (stage, function) = (Stage::new(), function(alias));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();

        let value = stage.caches.clone().scope_blocking(|| {
            ask_blocking(function, "outer", || runtime.block_on(ask(function, "inner", async { 10 })) + 1)
        });

        assert_eq!(value, 11, "{alias}");
    }
}

#[test]
fn an_async_caller_waits_for_a_thread_without_blocking() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let (caches, body) = (stage.caches.clone(), Arc::clone(&bodies));
        let thread = std::thread::spawn(move || {
            caches.scope_blocking(|| ask_blocking(function, "key", || body.run_blocking(1)))
        });
        eventually("the thread leads", || bodies.begun() == 1);
        let mut waiter = stage.start(ask(function, "key", async { 2 }));
        assert!(waiter.poll().is_none());

        bodies.finish();

        assert_eq!(thread.join().unwrap(), 1);
        assert_eq!(waiter.now(), 1, "{alias}");
    }
}

/// What `call` returns on a thread of its own, which must not wait.
fn on_a_thread<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> mpsc::Receiver<T> {
    let (sender, value) = mpsc::channel();
    std::thread::spawn(move || sender.send(call()));
    value
}

#[test]
fn a_thread_that_has_polled_a_call_which_began_elsewhere_does_not_wait_for_it() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let (caches, body) = (stage.caches.clone(), Arc::clone(&bodies));
        let led = stage.caches.clone().scope(async move { ask(function, "key", body.run(1)).await });
        let mut led: Pin<Box<dyn Future<Output = u64> + Send>> = Box::pin(led);
        let poll = |led: &mut Pin<Box<dyn Future<Output = u64> + Send>>| {
            led.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
        };
        assert!(poll(&mut led), "it begins here");

        let value = on_a_thread(move || {
            assert!(poll(&mut led), "and goes on there");
            caches.scope_blocking(|| ask_blocking(function, "key", || 2))
        });

        assert_eq!(value.recv_timeout(PATIENCE), Ok(2), "{alias}");
        assert_eq!(stage.stats(alias).wait_limits, 0, "{alias}");
    }
}

#[test]
fn a_synchronous_caller_does_not_wait_for_a_future_that_has_taken_over_from_a_thread() {
    for alias in ALL {
        let (stage, stuck, function) = (Stage::new(), Bodies::new(), function(alias));
        let (caches, body) = (stage.caches.clone(), Arc::clone(&stuck));
        let leader = on_a_thread(move || {
            caches.scope_blocking(|| ask_blocking(function, "key", || body.run_blocking(1)))
        });
        eventually("the thread leads", || stuck.begun() == 1);
        let mut future = stage.start(ask(function, "key", stuck.run(1)));
        assert!(future.poll().is_none());
        stage.clock.advance(DEFAULT_WAIT / 2);
        let caches = stage.caches.clone();
        let value = on_a_thread(move || {
            let polled = polled_here(&caches, async { ask(function, "another key", async { 0 }).await });
            assert_eq!(polled, 0, "now this is known as a thread of an executor");
            caches.scope_blocking(|| ask_blocking(function, "key", || 2))
        });
        eventually("it waits for the thread", || stage.stats(alias).waits == 2);

        stage.clock.advance(DEFAULT_WAIT / 2);
        // The future takes over; the thread may be as quick as to answer it before its body begins.
        let answer = future.poll();

        // Where both ask for the lease in one moment, the thread asks again after a pause.
        let value = (0..20).find_map(|_| {
            let came = value.recv_timeout(Duration::from_secs(1)).ok();
            stage.clock.advance(STEP);
            came
        });
        assert_eq!(value, Some(2), "{alias}: it takes the place of the future");
        stuck.finish();
        assert_eq!(leader.recv_timeout(PATIENCE), Ok(1), "{alias}");
        assert!([1, 2].contains(&answer.unwrap_or_else(|| future.end(&stage.clock).0)), "{alias}");
    }
}

/// The output of a call that does not wait, polled on this thread.
fn polled_here(caches: &Caches, call: impl Future<Output = u64>) -> u64 {
    now(caches.clone().scope(call))
}
