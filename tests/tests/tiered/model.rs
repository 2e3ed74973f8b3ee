//! Every order of reads, changes and hearing that a seed draws: nothing older than what was heard is ever served.

use std::sync::Arc;

use cache_runtime::backend::{Backend, Front, Generation, Space};
use cache_runtime::base::clock::Moment;
use cache_runtime::base::entry::{Held, HeldValue, Life};

use crate::stage::{Fleet, Node, fleet};

const KEYS: [&str; 2] = ["a", "b"];
const STEPS: usize = 80;
const SEEDS: u64 = 400;

/// A version as an entry of the front.
pub(crate) fn held(version: u64) -> Held {
    let value = HeldValue::Typed(Arc::new(version));
    Held { value, expires_at: Moment::NEVER, tags: None, weight: 1 }
}

/// Numbers that look random, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A lookup that has begun: what was noted, and what was read.
struct Reading {
    node: usize,
    key: usize,
    seen: Generation,
    version: u64,
}

/// One run: three nodes, two keys, and what each node may not serve any more.
struct Run {
    nodes: Vec<Node>,
    space: Vec<Space>,
    latest: [u64; 2],
    /// By node and key: the oldest version that may be served.
    oldest: [[u64; 2]; 3],
    readings: Vec<Reading>,
    next: u64,
}

impl Run {
    async fn new(fleet: &Fleet) -> Self {
        let nodes = vec![fleet.node().await, fleet.node().await, fleet.node().await];
        let space = nodes.iter().map(|node| node.tier.space(":1:")).collect();
        let (latest, oldest, readings) = ([0; 2], [[0; 2]; 3], Vec::new());
        Self { nodes, space, latest, oldest, readings, next: 1 }
    }

    async fn step(&mut self, draw: &mut Draw) {
        let (node, key) = (draw.below(3), draw.below(2));
        match draw.below(6) {
            0 => self.change(node, key).await,
            1 => self.hear(node).await,
            2 | 3 => self.begin(node, key).await,
            _ => self.end(draw),
        }
        self.check();
    }

    async fn change(&mut self, node: usize, key: usize) {
        let bytes = self.next.to_string().into();
        let final_key = format!(":1:{}", KEYS[key]);
        self.nodes[node].tier.set(&final_key, bytes, Life::Forever).await.unwrap();
        self.latest[key] = self.next;
        self.oldest[node][key] = self.next;
        self.next += 1;
    }

    async fn hear(&mut self, node: usize) {
        self.nodes[node].listen().await;
        self.oldest[node] = self.latest;
    }

    async fn begin(&mut self, node: usize, key: usize) {
        let (tier, final_key) = (&self.nodes[node].tier, format!(":1:{}", KEYS[key]));
        let Some(seen) = tier.generation(self.space[node], KEYS[key], &final_key) else { return };
        let Some((record, _)) = tier.fetch(&final_key).await.unwrap() else { return };
        let version = std::str::from_utf8(&record.bytes).unwrap().parse().unwrap();
        self.readings.push(Reading { node, key, seen, version });
    }

    fn end(&mut self, draw: &mut Draw) {
        if self.readings.is_empty() {
            return;
        }
        let Reading { node, key, seen, version } = self.readings.swap_remove(draw.below(self.readings.len()));
        self.nodes[node].tier.keep(self.space[node], KEYS[key], held(version), seen);
    }

    fn check(&self) {
        for number in 0..self.nodes.len() {
            for (index, key) in KEYS.iter().enumerate() {
                let served = self.served(number, key);
                let oldest = self.oldest[number][index];
                assert!(served.is_none_or(|version| version >= oldest), "{served:?} after {oldest}");
            }
        }
    }

    fn served(&self, node: usize, key: &str) -> Option<u64> {
        let found = self.nodes[node].tier.glance(self.space[node], key.as_bytes(), self.nodes[node].now())?;
        let mut slot: Option<Arc<u64>> = None;
        found.share(&mut slot);
        slot.map(|version| *version)
    }
}

#[tokio::test]
async fn nothing_older_than_what_was_heard_is_served_in_any_order_of_steps() {
    let mut served = 0;
    for seed in 0..SEEDS {
        let fleet = fleet();
        let (mut run, mut draw) = (Run::new(&fleet).await, Draw(seed));
        for _ in 0..STEPS {
            run.step(&mut draw).await;
        }
        served += (0..3).flat_map(|node| KEYS.map(|key| run.served(node, key))).flatten().count();
    }

    assert!(served > 100, "the front serves in many of the runs: {served}");
}
