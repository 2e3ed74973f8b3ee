//! The limits of waiting: callers are let go in growing groups, never all at once, and never too late.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use cache_runtime::call::{Function, Intent, Lookup, Shape, Verdict};
use cache_runtime::{Timeout, force_refresh};

use crate::stage::{ALL, Bodies, KEEPING, STEP, Stage, Steps, ask, ask_blocking, leaked, poll_all};

const WAIT: Duration = Duration::from_millis(500);
const BODY: Duration = Duration::from_millis(200);
const CALLERS: usize = 50;

fn hasty(alias: &'static str) -> &'static Function {
    leaked(Function::new("tests::hasty").cache(alias).wait(WAIT).timeout(Timeout::secs(3600)))
}

/// How many bodies run at a time.
#[derive(Default)]
struct Work {
    begun: Cell<usize>,
    running: Cell<usize>,
    most: Cell<usize>,
}

impl Work {
    async fn run(&self, stage: &Stage) {
        self.begun.set(self.begun.get() + 1);
        self.running.set(self.running.get() + 1);
        self.most.set(self.most.get().max(self.running.get()));
        stage.clock.clock().sleep(BODY).await;
        self.running.set(self.running.get() - 1);
    }
}

/// Polls until all have ended, moving the clock; how long the last one took.
fn end_all<T>(stage: &Stage, mut steps: Vec<Steps<'_, T>>) -> Duration {
    let begun = stage.clock.now();
    loop {
        // Whoever is freed by another in this moment goes on in this moment.
        while !poll_all(&mut steps).is_empty() {}
        if steps.is_empty() {
            return stage.clock.now().since(begun);
        }
        assert!(stage.clock.now().since(begun) < Duration::from_mins(1), "they wait without end");
        stage.clock.advance(STEP);
    }
}

async fn fail(function: &'static Function, body: impl Future<Output = ()>) -> Result<u64, String> {
    match function.lookup(Shape::result::<u64, String>(), Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => value,
        Lookup::Miss(miss) => {
            let body = async {
                body.await;
                Err("down".to_owned())
            };
            miss.compute_async(body).await
        }
    }
}

async fn keep_out(function: &'static Function, body: impl Future<Output = ()>) -> Result<u64, String> {
    match function.lookup(Shape::plain::<u64>(), Intent::USUAL, |out| out.text("key")) {
        Lookup::Hit(value) => Ok(value),
        Lookup::Miss(miss) => {
            let body = async {
                body.await;
                7
            };
            Ok(miss.judge(|_: &u64| Verdict::USUAL.unless(true)).compute_async(body).await)
        }
    }
}

/// Lets many call at once, whose answers are theirs alone, and checks how long that takes.
///
/// Three run one by one; then 2, 4, 8, 16 together, and the rest: each group for the time of `round`.
fn walks_in_growing_groups<'a, F: Future<Output = Result<u64, String>> + 'a>(
    stage: &'a Stage,
    work: &'a Work,
    round: Duration,
    call: impl Fn(Pin<Box<dyn Future<Output = ()> + 'a>>) -> F,
) {
    let callers: Vec<_> = (0..CALLERS).map(|_| stage.start(call(Box::pin(work.run(stage))))).collect();

    let slowest = end_all(stage, callers);

    assert!(slowest <= WAIT + BODY + round * 6, "{slowest:?}");
    assert_eq!(work.begun.get(), CALLERS, "everyone's answer is his own");
    assert!(work.most.get() <= CALLERS / 2, "{} at once", work.most.get());
}

#[test]
fn callers_of_a_function_that_fails_do_not_queue_without_end() {
    for alias in KEEPING {
        let (stage, work, function) = (Stage::new(), Work::default(), hasty(alias));
        walks_in_growing_groups(&stage, &work, BODY, |body| fail(function, body));
    }
}

#[test]
fn callers_whose_values_are_not_kept_do_not_queue_without_end() {
    for alias in KEEPING {
        let (stage, work, function) = (Stage::new(), Work::default(), hasty(alias));
        walks_in_growing_groups(&stage, &work, BODY, |body| keep_out(function, body));
    }
}

#[test]
fn refreshes_that_fail_do_not_queue_without_end() {
    for alias in KEEPING {
        let (stage, work, function) = (Stage::new(), Work::default(), hasty(alias));
        // A refresh waits for the one that runs, and then for its own.
        walks_in_growing_groups(&stage, &work, BODY * 2, |body| force_refresh(fail(function, body)));
    }
}

#[test]
fn until_the_limit_one_after_another_computes() {
    for alias in KEEPING {
        let (stage, work, function) = (Stage::new(), Work::default(), hasty(alias));
        let callers: Vec<_> = (0..3).map(|_| stage.start(fail(function, work.run(&stage)))).collect();

        let slowest = end_all(&stage, callers);

        assert_eq!((work.most.get(), work.begun.get()), (1, 3), "{alias}");
        assert!(slowest >= BODY * 3);
    }
}

#[test]
fn a_body_slower_than_twice_the_limit_makes_no_herd() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), hasty(alias));
        let mut callers: Vec<_> =
            (0..100).map(|_| stage.start(ask(function, "key", bodies.run(7)))).collect();
        let mut begun = Vec::new();

        for _ in 0..6 {
            assert!(poll_all(&mut callers).is_empty());
            assert!(poll_all(&mut callers).is_empty());
            begun.push(bodies.begun());
            stage.clock.advance(WAIT);
        }

        // The leader, who took over, and then one, two, four … who were let go.
        assert_eq!(begun, [1, 2, 3, 5, 9, 17], "{alias}");
        bodies.finish();
        assert_eq!(end_all(&stage, callers), Duration::ZERO, "{alias}: the rest have their answer");
        assert!(bodies.begun() <= 33, "{alias}: {}", bodies.begun());
    }
}

#[test]
fn a_body_that_never_ends_holds_up_nobody_for_long() {
    for alias in ALL {
        let (stage, stuck, bodies, function) = (Stage::new(), Bodies::new(), Bodies::open(), hasty(alias));
        let mut leaders: Vec<_> = (0..2).map(|_| stage.start(ask(function, "key", stuck.run(1)))).collect();
        assert!(poll_all(&mut leaders).is_empty());
        let callers: Vec<_> = (0..64).map(|_| stage.start(ask(function, "key", bodies.run(2)))).collect();
        stage.clock.advance(WAIT);
        assert!(poll_all(&mut leaders).is_empty(), "the second has taken over, and is stuck as well");

        let slowest = end_all(&stage, callers);

        assert!(slowest <= WAIT * (2 + 6), "{alias}: {slowest:?}");
    }
}

#[test]
fn a_synchronous_refresh_on_a_thread_of_a_runtime_does_not_spin_behind_two_others() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let _entered = runtime.enter();
    let (stage, bodies, function) = (Stage::new(), Bodies::new(), hasty("default"));
    let refresh = || stage.start(force_refresh(ask(function, "key", bodies.run(1))));
    let (mut running, mut next) = (refresh(), refresh());
    assert!(running.poll().is_none() && next.poll().is_none());

    let value = stage
        .caches
        .clone()
        .scope_blocking(|| cache_runtime::force_refresh_blocking(|| ask_blocking(function, "key", || 2)));

    assert_eq!(value, 2, "neither of the two can be polled meanwhile");
}

#[test]
#[should_panic(expected = "a `wait` of zero")]
fn a_wait_of_zero_is_refused_where_the_function_is_made() {
    let _ = Function::new("tests::impatient").wait(Duration::ZERO);
}
