//! A stage for pages: caches of its own on a clock that tests move, and requests that are told in a word.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::memory::Memory;
use cache_runtime::testing::{FaultyBackend, TestClock};
use cache_runtime::{Caches, CachesBuilder, Statistics, Timeout};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// Caches `default` and `other`, both in memory, with five minutes as their timeout.
pub(crate) struct Stage {
    pub(crate) caches: Caches,
    clock: TestClock,
}

/// A store that several processes share, and the clock of them all.
pub(crate) struct Store {
    pub(crate) backend: Arc<FaultyBackend>,
    clock: TestClock,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::of(TestClock::new(), |caches| caches.add("default", memory()).add("other", memory()))
    }

    /// A cache whose keys carry a prefix in the store.
    pub(crate) fn with_prefix(prefix: &str) -> Self {
        Self::of(TestClock::new(), |caches| caches.add("default", memory().key_prefix(prefix)))
    }

    /// A cache that holds no more entries than this.
    pub(crate) fn bounded(entries: usize) -> Self {
        Self::of(TestClock::new(), |caches| caches.add("default", memory().max_entries(entries)))
    }

    /// A cache whose entries weigh no more than this together.
    pub(crate) fn weighing(bytes: u64) -> Self {
        Self::of(TestClock::new(), |caches| caches.add("default", memory().max_weight(bytes)))
    }

    /// A store that several processes share.
    pub(crate) fn store() -> Store {
        let clock = TestClock::new();
        Store { backend: Arc::new(FaultyBackend::memory(&clock.clock()).as_shared()), clock }
    }

    /// The cache of one process over a store that others share.
    pub(crate) fn over(store: &Store) -> Self {
        let shared = Custom::new(Arc::clone(&store.backend) as _);
        Self::of(store.clock.clone(), |caches| caches.add("default", shared))
    }

    fn of(clock: TestClock, add: impl FnOnce(CachesBuilder) -> CachesBuilder) -> Self {
        let caches = add(Caches::builder().clock(clock.clock())).build().unwrap();
        Self { caches, clock }
    }

    pub(crate) fn pass(&self, time: Duration) {
        self.clock.advance(time);
    }

    pub(crate) fn pass_secs(&self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    /// Runs a test with these caches.
    pub(crate) async fn run<F: Future>(&self, test: F) -> F::Output {
        self.caches.clone().scope(test).await
    }

    pub(crate) fn stats(&self) -> Statistics {
        self.caches.get("default").unwrap().stats()
    }
}

fn memory() -> Memory {
    Memory::new().timeout(Timeout::secs(300))
}

/// A response that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn is_hit(&self) -> bool {
        self.header("cache-status").contains("; hit")
    }
}

/// A request; headers are `("name", "value")`.
pub(crate) fn ask(method: &str, uri: &str, headers: &[(&str, &str)]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(uri);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

pub(crate) async fn send(app: &axum::Router, request: Request<Body>) -> Answer {
    read(app.clone().oneshot(request).await.unwrap()).await
}

pub(crate) async fn read(response: Response<Body>) -> Answer {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) async fn get(app: &axum::Router, uri: &str) -> Answer {
    send(app, ask("GET", uri, &[])).await
}

/// How often a handler ran.
#[derive(Debug, Clone, Default)]
pub(crate) struct Runs(Arc<AtomicUsize>);

impl Runs {
    /// Counts a run, and tells its number.
    pub(crate) fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(crate) fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

/// A site of axum in a stage of its own.
pub(crate) struct Site {
    pub(crate) stage: Stage,
    pub(crate) runs: Runs,
    pub(crate) app: axum::Router,
}

impl Site {
    pub(crate) fn of(app: fn(&Runs) -> axum::Router) -> Self {
        let runs = Runs::default();
        Self { stage: Stage::new(), app: app(&runs), runs }
    }

    pub(crate) async fn visit(&self, uri: &str) -> String {
        self.visited(ask("GET", uri, &[])).await
    }

    /// With one header.
    pub(crate) async fn visit_as(&self, uri: &str, name: &str, value: &str) -> String {
        self.visited(ask("GET", uri, &[(name, value)])).await
    }

    async fn visited(&self, request: Request<Body>) -> String {
        self.stage.run(send(&self.app, request)).await.text().to_owned()
    }
}
