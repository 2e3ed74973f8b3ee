//! What the tests of this folder share.

use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use cache_runtime::Caches;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::{Options, Redis};
use cache_runtime::base::clock::Clock;
use cache_tests::{Cluster, Server};

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}

/// The store at a URL.
pub(crate) fn store_at(url: &str) -> SharedBackend {
    store(&Options::at(url))
}

/// Limits that a busy machine does not pass, for tests of something else.
pub(crate) fn patient(options: Options) -> Options {
    Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..options }
}

/// The same for the store at a URL.
pub(crate) fn patient_store_at(url: &str) -> SharedBackend {
    store(&patient(Options::at(url)))
}

/// Caches whose default is at this URL, with such limits.
pub(crate) fn caches_at(url: &str) -> Caches {
    let redis = Redis::url(url).unwrap().connect_timeout(PATIENCE).answer_timeout(PATIENCE);
    Caches::builder().add("default", redis).build().unwrap()
}

/// A cluster that tests share which harm it in no way; it ends with the last of them.
pub(crate) fn shared_cluster() -> Arc<Cluster> {
    static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap();
    shared.upgrade().unwrap_or_else(|| {
        let cluster = Arc::new(Cluster::start(&Server::redis(), 15_000));
        *shared = Arc::downgrade(&cluster);
        cluster
    })
}

/// Asks again and again until it is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}
