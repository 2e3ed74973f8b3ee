//! Many visitors at once: one run of the handler, and nobody who hangs.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse;
use axum::routing::get as on_get;
use cache_runtime::page::CachePage;
use http::HeaderMap;
use tokio::sync::{Barrier, Semaphore};
use tokio::task::JoinSet;

use crate::stage::{Runs, Stage, ask, get, send};

/// A handler that ends when the gate opens.
fn gated(runs: &Runs, gate: &Arc<Semaphore>, headers: &'static [(&'static str, &'static str)]) -> Router {
    let (runs, gate) = (runs.clone(), Arc::clone(gate));
    let handler = move |asked: HeaderMap| {
        let (run, gate) = (runs.next(), Arc::clone(&gate));
        async move {
            drop(gate.acquire().await.unwrap());
            let language = asked.get("accept-language").map_or("none", |value| value.to_str().unwrap());
            let mut response = format!("{language} {run}").into_response();
            for (name, value) in headers {
                response.headers_mut().append(*name, value.parse().unwrap());
            }
            response
        }
    };
    Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60))
}

/// HT080, and item 7 of pages: 500 visitors of a cold page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_visitors_of_a_cold_page_run_the_handler_once() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let app = gated(&runs, &gate, &[]);
    let barrier = Arc::new(Barrier::new(501));
    let mut visitors = JoinSet::new();
    for _ in 0..500 {
        let (app, barrier, caches) = (app.clone(), Arc::clone(&barrier), stage.caches.clone());
        visitors.spawn(caches.scope(async move {
            barrier.wait().await;
            get(&app, "/page").await.text().to_owned()
        }));
    }

    barrier.wait().await;
    gate.add_permits(1000);

    let bodies = visitors.join_all().await;
    assert!(bodies.iter().all(|body| body == "none 1"));
    assert_eq!(runs.count(), 1);
}

/// HT082: the one that leads goes away.
#[tokio::test]
async fn a_visitor_who_goes_away_takes_nobody_along() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let app = gated(&runs, &gate, &[]);
    let visit = || {
        let app = app.clone();
        tokio::spawn(stage.caches.clone().scope(async move { get(&app, "/page").await.text().to_owned() }))
    };
    let leader = visit();
    until(|| runs.count() == 1).await;
    let waiters = [visit(), visit()];
    until(|| stage.stats().waits == 2).await;

    leader.abort();
    gate.add_permits(10);

    for waiter in waiters {
        assert_eq!(waiter.await.unwrap(), "none 2");
    }
}

/// HT083.
#[tokio::test]
async fn a_panic_of_the_handler_releases_those_who_wait() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let (counted, held) = (runs.clone(), Arc::clone(&gate));
    let handler = move || {
        let (run, gate) = (counted.next(), Arc::clone(&held));
        async move {
            drop(gate.acquire().await.unwrap());
            assert!(run > 1, "as a handler may");
            run.to_string()
        }
    };
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60));
    let visit = || {
        let app = app.clone();
        tokio::spawn(stage.caches.clone().scope(async move { get(&app, "/page").await.text().to_owned() }))
    };
    let leader = visit();
    until(|| runs.count() == 1).await;
    let waiter = visit();
    until(|| stage.stats().waits == 1).await;

    gate.add_permits(10);

    assert!(leader.await.unwrap_err().is_panic());
    assert_eq!(waiter.await.unwrap(), "2");
}

/// HT081: what is not storable is nobody else's, and those who waited run side by side.
#[tokio::test]
async fn visitors_of_an_unstorable_page_do_not_queue() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let app = gated(&runs, &gate, &[("cache-control", "private")]);
    let visit = || {
        let app = app.clone();
        tokio::spawn(stage.caches.clone().scope(async move { get(&app, "/page").await.text().to_owned() }))
    };
    let leader = visit();
    until(|| runs.count() == 1).await;
    let waiters: Vec<_> = (0..9).map(|_| visit()).collect();
    until(|| stage.stats().waits == 9).await;

    gate.add_permits(1);
    let first = leader.await.unwrap();
    // Nobody but the first has passed the gate: all nine stand before it at once.
    until(|| runs.count() == 10).await;
    gate.add_permits(9);

    let mut bodies = vec![first];
    for waiter in waiters {
        bodies.push(waiter.await.unwrap());
    }
    bodies.sort_unstable();
    bodies.dedup();
    assert_eq!(bodies.len(), 10);
}

/// A page that was not storable a moment ago makes nobody wait.
#[tokio::test]
async fn an_unstorable_page_is_remembered_for_a_while() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(1)));
    let app = gated(&runs, &gate, &[("cache-control", "private")]);

    stage
        .run(async {
            get(&app, "/page").await;
            gate.forget_permits(1);
            let (mut one, mut two) = (Box::pin(get(&app, "/page")), Box::pin(get(&app, "/page")));
            assert!(futures_util::poll!(&mut one).is_pending() && futures_util::poll!(&mut two).is_pending());
            assert_eq!(runs.count(), 3);
            gate.add_permits(1);
            one.await;
            two.await;
        })
        .await;
    assert_eq!(stage.stats().waits, 0);
}

/// HT084.
#[tokio::test]
async fn waiters_of_different_variants_get_their_own() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(0)));
    let app = gated(&runs, &gate, &[("vary", "Accept-Language")]);
    let visit = |language: &'static str| {
        let app = app.clone();
        tokio::spawn(stage.caches.clone().scope(async move {
            send(&app, ask("GET", "/page", &[("accept-language", language)])).await.text().to_owned()
        }))
    };
    let leader = visit("de");
    until(|| runs.count() == 1).await;
    let waiters = ["de", "fr", "fr", "it"].map(|language| (language, visit(language)));
    until(|| stage.stats().waits == 4).await;

    gate.add_permits(100);

    assert_eq!(leader.await.unwrap(), "de 1");
    for (language, waiter) in waiters {
        assert!(waiter.await.unwrap().starts_with(language));
    }
    assert_eq!(runs.count(), 3);
}

/// HT085.
#[tokio::test]
async fn flights_of_many_cold_pages_end() {
    let (stage, runs, gate) = (Stage::new(), Runs::default(), Arc::new(Semaphore::new(1)));
    let app = gated(&runs, &gate, &[]);

    stage
        .run(async {
            for number in 0..200 {
                get(&app, &format!("/page?q={number}")).await;
            }
        })
        .await;

    assert_eq!(cache_runtime::call::flights_of(&stage.caches.get("default").unwrap()), 0);
}

/// HT040: a client that leaves half way leaves the entry whole or absent.
#[tokio::test]
async fn a_visitor_who_leaves_at_any_step_leaves_no_torn_page() {
    let stage = Stage::new();
    for steps in 0..12 {
        let (runs, gate) = (Runs::default(), Arc::new(Semaphore::new(1)));
        let app = gated(&runs, &gate, &[("vary", "Accept-Language")]);
        let uri = format!("/page?steps={steps}");

        stage
            .run(async {
                let mut visit = Box::pin(get(&app, &uri));
                for _ in 0..steps {
                    if futures_util::poll!(&mut visit).is_ready() {
                        break;
                    }
                }
                drop(visit);
                let whole = tokio::time::timeout(Duration::from_secs(20), get(&app, &uri)).await.unwrap();
                assert!(whole.text().starts_with("none "));
            })
            .await;
    }
}

/// Waits for what another task must do.
async fn until(is_so: impl Fn() -> bool) {
    let wait = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("it comes to pass");
}
