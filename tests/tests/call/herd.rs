//! A thousand cold callers run the body once.

use std::sync::Arc;
use std::thread::JoinHandle;

use cache_runtime::call::Function;

use crate::stage::{ALL, Bodies, Stage, ask, ask_blocking, eventually, function};

const CALLERS: u64 = 1000;

/// Starts a caller on a thread that drives no runtime.
fn thread(stage: &Stage, function: &'static Function, bodies: &Arc<Bodies>) -> JoinHandle<u64> {
    let (caches, bodies) = (stage.caches.clone(), Arc::clone(bodies));
    let call = move || caches.scope_blocking(|| ask_blocking(function, "key", || bodies.run_blocking(7)));
    std::thread::Builder::new().stack_size(512 << 10).spawn(call).unwrap()
}

/// Starts a caller as a task.
fn task(stage: &Stage, function: &'static Function, bodies: &Arc<Bodies>) -> tokio::task::JoinHandle<u64> {
    let (caches, bodies) = (stage.caches.clone(), Arc::clone(bodies));
    tokio::spawn(caches.scope(async move { ask(function, "key", bodies.run(7)).await }))
}

/// Lets the body end once everyone else waits for it.
fn finish_when_all_wait(stage: &Stage, alias: &str, bodies: &Bodies) {
    eventually("all others wait", || stage.stats(alias).waits == CALLERS - 1);
    bodies.finish();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_tasks_run_one_body() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let tasks: Vec<_> = (0..CALLERS).map(|_| task(&stage, function, &bodies)).collect();

        finish_when_all_wait(&stage, alias, &bodies);
        for task in tasks {
            assert_eq!(task.await.unwrap(), 7);
        }

        assert_eq!((bodies.begun(), stage.flights(alias)), (1, 0), "{alias}");
    }
}

#[test]
fn a_thousand_threads_run_one_body() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let threads: Vec<_> = (0..CALLERS).map(|_| thread(&stage, function, &bodies)).collect();

        finish_when_all_wait(&stage, alias, &bodies);
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 7);
        }

        assert_eq!((bodies.begun(), stage.flights(alias)), (1, 0), "{alias}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_and_threads_together_run_one_body() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));
        let (mut tasks, mut threads) = (Vec::new(), Vec::new());
        for _ in 0..CALLERS / 2 {
            tasks.push(task(&stage, function, &bodies));
            threads.push(thread(&stage, function, &bodies));
        }

        finish_when_all_wait(&stage, alias, &bodies);
        for task in tasks {
            assert_eq!(task.await.unwrap(), 7);
        }
        for thread in threads {
            assert_eq!(thread.join().unwrap(), 7);
        }

        assert_eq!((bodies.begun(), stage.flights(alias)), (1, 0), "{alias}");
    }
}

#[test]
fn callers_of_different_keys_do_not_wait_for_each_other() {
    for alias in ALL {
        let (stage, bodies, function) = (Stage::new(), Bodies::new(), function(alias));

        let mut one = stage.start(ask(function, "one", bodies.run(1)));
        let mut two = stage.start(ask(function, "two", bodies.run(2)));
        assert!(one.poll().is_none() && two.poll().is_none());

        assert_eq!(bodies.begun(), 2);
        bodies.finish();
        assert_eq!((one.now(), two.now()), (1, 2));
        assert_eq!(stage.stats(alias).waits, 0);
    }
}
