//! What the tests of this folder share: nodes over one store, on a clock that is moved.

use std::sync::Arc;
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::tiered::{Options, Tier};
use cache_runtime::backend::{SharedBackend, memory};
use cache_runtime::base::clock::{Clock, Moment};
use cache_runtime::testing::{Call, FaultyBackend, TestClock};
use cache_runtime::{Cache, Caches};

/// How long what was heard is believed here.
pub(crate) const TRUST: Duration = Duration::from_secs(2);
/// The longest that an entry stays in front here.
pub(crate) const FRONT: Duration = Duration::from_mins(1);

/// Nodes over one store.
pub(crate) struct Fleet {
    pub(crate) clock: TestClock,
    store: SharedBackend,
}

/// One process, with a connection of its own to the shared store.
pub(crate) struct Node {
    clock: Clock,
    pub(crate) line: Arc<FaultyBackend>,
    pub(crate) tier: Arc<Tier>,
    pub(crate) caches: Caches,
    pub(crate) cache: Cache,
}

/// A fleet without nodes.
pub(crate) fn fleet() -> Fleet {
    let clock = TestClock::new();
    let store = memory::Options::default().build(&clock.clock()).unwrap();
    Fleet { clock, store }
}

/// The options of every node here.
pub(crate) fn options() -> Options {
    let behind = Arc::new(memory::Options::default());
    Options { trust_for: TRUST, front_timeout: FRONT, ..Options::over(behind) }
}

impl Fleet {
    /// A node that has heard everything.
    pub(crate) async fn node(&self) -> Node {
        let clock = self.clock.clock();
        let line = Arc::new(FaultyBackend::over(Arc::clone(&self.store), &clock).as_shared());
        let tier = Tier::by_hand(&options(), Arc::clone(&line) as SharedBackend, &clock).unwrap();
        tier.listen().await.unwrap();
        let backend = Arc::clone(&tier) as SharedBackend;
        let caches =
            Caches::builder().add("default", Custom::new(backend)).clock(clock.clone()).build().unwrap();
        let cache = caches.get("default").unwrap();
        Node { clock, line, tier, caches, cache }
    }

    /// Two nodes that keep `value` in front under `key`.
    pub(crate) async fn two_with(&self, key: &str, value: &str) -> (Node, Node) {
        let (here, there) = (self.node().await, self.node().await);
        here.set(key, value).await;
        there.listen().await;
        for node in [&here, &there] {
            assert_eq!(node.get(key).await.as_deref(), Some(value));
            assert!(node.keeps(key).await, "{key}");
        }
        (here, there)
    }
}

impl Node {
    pub(crate) async fn set(&self, key: &str, value: &str) {
        self.cache.set(key, value, Duration::from_hours(1)).await.unwrap();
    }

    pub(crate) async fn get(&self, key: &str) -> Option<String> {
        self.cache.get(key).await.unwrap()
    }

    pub(crate) async fn listen(&self) {
        self.tier.listen().await.unwrap();
    }

    /// Whether a lookup is answered without the shared store; asks for it.
    pub(crate) async fn keeps(&self, key: &str) -> bool {
        let before = self.asked();
        let found = self.get(key).await;
        found.is_some() && self.asked() == before
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// How often the shared store was asked for a value.
    pub(crate) fn asked(&self) -> u64 {
        self.line.calls(Call::Get)
    }
}
