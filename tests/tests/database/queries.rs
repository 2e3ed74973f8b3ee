//! How many statements an operation takes, as the client reports them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::database::Database;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_runtime::{Cache, Caches, Timeout};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Subscriber, set_default};
use tracing::{Event, Metadata};

use crate::stage::Place;

/// Counts the statements that the client reports on this thread.
#[derive(Clone, Default)]
struct Counting(Arc<AtomicUsize>);

impl Subscriber for Counting {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        if event.metadata().target() == "sqlx::query" {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Counting {
    fn start() -> (Self, DefaultGuard) {
        let counting = Self::default();
        (counting.clone(), set_default(counting))
    }

    fn take(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

/// A cache over a pool, which reports what its connections are asked.
async fn reported(place: &Place) -> (Cache, SharedBackend) {
    place.store().await;
    let pool = sqlx::PgPool::connect(&place.url).await.unwrap();
    let database = || Database::pool(pool.clone()).table(place.table.clone());
    let cache = Caches::builder().add("default", database()).build().unwrap().get("default").unwrap();
    let mut options = place.options();
    options.pool = Some(cache_runtime::backend::database::UserPool::new(pool.clone().into()));
    (cache, options.build(&Clock::system()).unwrap())
}

#[tokio::test]
async fn be034_be036_be042_many_keys_take_one_statement() {
    let place = Place::postgres();
    let (cache, store) = reported(&place).await;
    let entries: Vec<_> = (0..10).map(|index| (format!("k{index}"), Bytes::from_static(b"1"))).collect();
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();
    cache.set("present", &1, Timeout::Never).await.unwrap();
    let (counting, _guard) = Counting::start();

    store.set_many(&entries, Life::Forever).await.unwrap();
    assert_eq!(counting.take(), 1, "set_many of too few entries to look at a sample of the table");
    assert_eq!(store.get_many(&keys).await.unwrap().into_iter().flatten().count(), 10);
    assert_eq!(counting.take(), 1, "get_many");
    assert_eq!(store.delete_many(&keys[..3]).await.unwrap(), 3);
    assert_eq!(counting.take(), 1, "delete_many");
    assert!(cache.has_key("present").await.unwrap());
    assert_eq!(counting.take(), 1, "has_key");
}
