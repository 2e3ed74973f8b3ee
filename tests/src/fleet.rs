//! A simulated fleet: many nodes with fronts over one store, on a clock that is moved; the same for the same seed.
//!
//! Tier, front and journal are the real ones; simulated are the store, which is in memory and answers at once, the
//! lines to it, which can be cut, the visitors, and the time.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::tiered::{Options, Tier};
use cache_runtime::backend::{SharedBackend, memory};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::{Call, Fault, FaultyBackend};
use cache_runtime::{Cache, Caches, Timeout};

/// The step of the simulation.
const STEP: Duration = Duration::from_millis(10);

/// What is simulated.
#[derive(Debug, Clone)]
pub struct FleetPlan {
    /// How many nodes there are.
    pub nodes: usize,
    /// How many keys; the first are read most.
    pub keys: usize,
    /// How often each node reads, in a second.
    pub reads: usize,
    /// How often the whole fleet changes something, in a second.
    pub changes: usize,
    /// How long it goes on.
    pub time: Duration,
    /// Of a hundred nodes, how many lose the store for a third of the time.
    pub cut_off: usize,
    /// What is drawn.
    pub seed: u64,
}

/// How it went.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetReport {
    /// Lookups that were answered.
    pub reads: u64,
    /// Of these, the part that the front answered.
    pub in_front: f64,
    /// Of these, the part that was older than the last change.
    pub stale: f64,
    /// Of these, half were no older than this, after the change that they missed.
    pub usual_staleness: Duration,
    /// The oldest of them.
    pub worst_staleness: Duration,
    /// Messages that all nodes together were told, in a second.
    pub heard: f64,
    /// Requests that the store answered, in a second.
    pub requests: f64,
    /// Lookups that failed, since the store could not be reached and the front was not trusted.
    pub unreachable: u64,
    /// What was served at the end by all nodes and for all keys, once everything was heard: how much of it was old.
    pub old_at_the_end: usize,
}

impl FleetPlan {
    /// A minute with 200 keys, 50 lookups a second on each node, 5 changes a second in all.
    pub fn of(nodes: usize) -> Self {
        let time = Duration::from_mins(1);
        Self { nodes, keys: 200, reads: 50, changes: 5, time, cut_off: 0, seed: 1 }
    }

    /// Lets it happen.
    ///
    /// # Panics
    ///
    /// If a node that can reach the store fails.
    pub fn simulate(&self) -> FleetReport {
        let mut fleet = Fleet::new(self);
        let steps = u32::try_from(self.time.as_millis() / STEP.as_millis()).expect("minutes");
        for step in 0..steps {
            fleet.step(step, steps);
        }
        fleet.report()
    }
}

struct Node {
    line: Arc<FaultyBackend>,
    tier: Arc<Tier>,
    cache: Cache,
}

struct Fleet<'a> {
    plan: &'a FleetPlan,
    clock: Clock,
    nodes: Vec<Node>,
    /// By key: when each of its versions began.
    truth: Vec<Vec<Duration>>,
    now: Duration,
    draw: Draw,
    reads: u64,
    in_front: u64,
    unreachable: u64,
    messages: u64,
    /// Milliseconds for which a stale value had been replaced when it was served.
    staleness: Vec<Duration>,
    requests_before: u64,
}

impl<'a> Fleet<'a> {
    fn new(plan: &'a FleetPlan) -> Self {
        let clock = Clock::by_hand();
        let store = memory::Options::default().build(&clock).expect("the defaults are sound");
        let nodes: Vec<_> = (0..plan.nodes).map(|_| Node::new(&store, &clock)).collect();
        for key in 0..plan.keys {
            nodes[0].set(key, 0);
        }
        nodes.iter().for_each(Node::listen);
        let truth = vec![vec![Duration::ZERO]; plan.keys];
        let (now, draw, staleness) = (Duration::ZERO, Draw(plan.seed), Vec::new());
        let requests_before = requests(&nodes);
        let (reads, in_front, unreachable, messages) = (0, 0, 0, 0);
        Self {
            plan,
            clock,
            nodes,
            truth,
            now,
            draw,
            reads,
            in_front,
            unreachable,
            messages,
            staleness,
            requests_before,
        }
    }

    fn step(&mut self, step: u32, steps: u32) {
        self.clock.advance(STEP);
        self.now += STEP;
        self.cut(step, steps);
        self.listen(step);
        for _ in 0..self.draw.about(self.plan.changes) {
            self.change();
        }
        for node in 0..self.nodes.len() {
            for _ in 0..self.draw.about(self.plan.reads) {
                self.read(node);
            }
        }
    }

    /// The nodes that are cut off, in the middle third of the time.
    fn cut(&self, step: u32, steps: u32) {
        let cut_off = &self.nodes[..self.nodes.len() * self.plan.cut_off / 100];
        if step == steps / 3 {
            for node in cut_off {
                node.line.inject_all(&Fault::Fail(ErrorKind::Unavailable));
            }
        }
        if step == steps / 3 * 2 {
            for node in cut_off {
                node.line.heal();
            }
        }
    }

    /// Each node listens at its own time.
    fn listen(&self, step: u32) {
        let every =
            usize::try_from(Node::options().poll_every.as_millis() / STEP.as_millis()).expect("a few");
        let turn = step as usize % every;
        self.nodes.iter().skip(turn).step_by(every).for_each(Node::listen);
    }

    /// A node that reaches the store changes a key.
    fn change(&mut self) {
        let cut_off = self.nodes.len() * self.plan.cut_off / 100;
        let node = cut_off + self.draw.below(self.nodes.len() - cut_off);
        let key = self.draw.key(self.plan.keys);
        self.nodes[node].set(key, self.truth[key].len());
        self.truth[key].push(self.now);
        self.messages += 1;
    }

    fn read(&mut self, node: usize) {
        let key = self.draw.key(self.plan.keys);
        let asked = self.nodes[node].line.calls(Call::Get);
        let Some(version) = self.nodes[node].get(key) else {
            self.unreachable += 1;
            return;
        };
        self.reads += 1;
        self.in_front += u64::from(self.nodes[node].line.calls(Call::Get) == asked);
        if let Some(replaced_at) = self.truth[key].get(version + 1) {
            self.staleness.push(self.now.saturating_sub(*replaced_at));
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "millions")]
    fn report(mut self) -> FleetReport {
        let requests = requests(&self.nodes) - self.requests_before;
        let (reads, seconds) = (self.reads as f64, self.now.as_secs_f64());
        self.staleness.sort_unstable();
        let (stale, middle) = (self.staleness.len() as f64 / reads, self.staleness.len() / 2);
        FleetReport {
            reads: self.reads,
            in_front: self.in_front as f64 / reads,
            stale,
            usual_staleness: self.staleness.get(middle).copied().unwrap_or_default(),
            worst_staleness: self.staleness.last().copied().unwrap_or_default(),
            heard: (self.messages * self.nodes.len() as u64) as f64 / seconds,
            requests: requests as f64 / seconds,
            unreachable: self.unreachable,
            old_at_the_end: self.old_at_the_end(),
        }
    }

    fn old_at_the_end(&self) -> usize {
        let is_old = |node: &Node, key: usize| node.get(key) != Some(self.truth[key].len() - 1);
        self.nodes.iter().for_each(Node::listen);
        self.nodes.iter().map(|node| (0..self.plan.keys).filter(|key| is_old(node, *key)).count()).sum()
    }
}

fn requests(nodes: &[Node]) -> u64 {
    nodes.iter().map(|node| node.line.total_calls()).sum()
}

impl Node {
    fn new(store: &SharedBackend, clock: &Clock) -> Self {
        let line = Arc::new(FaultyBackend::over(Arc::clone(store), clock).as_shared());
        let tier = Tier::by_hand(&Self::options(), Arc::clone(&line) as SharedBackend, clock);
        let tier = tier.expect("the options are sound");
        let backend = Custom::new(Arc::clone(&tier) as SharedBackend);
        let caches = Caches::builder().add("default", backend).clock(clock.clone()).build();
        let cache = caches.and_then(|caches| caches.get("default")).expect("the settings are sound");
        Self { line, tier, cache }
    }

    fn options() -> Options {
        Options { front_entries: 1000, ..Options::over(Arc::new(memory::Options::default())) }
    }

    fn set(&self, key: usize, version: usize) {
        let value = version.to_string();
        at_once(self.cache.set(key.to_string(), &value, Timeout::Never)).expect("the store is reached");
    }

    /// The version that is served; `None` if the store is not reached.
    fn get(&self, key: usize) -> Option<usize> {
        let found: Option<String> = at_once(self.cache.get(key.to_string())).ok()?;
        Some(found.expect("every key was set").parse().expect("a version is a number"))
    }

    fn listen(&self) {
        // Fails where the node is cut off.
        let _ = at_once(self.tier.listen());
    }
}

/// Numbers that look random, the same for the same seed.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next()).expect("31 bits") % end
    }

    /// How often something happens in this step that happens so often in a second.
    fn about(&mut self, in_a_second: usize) -> usize {
        let steps =
            usize::try_from(Duration::from_secs(1).as_millis() / STEP.as_millis()).expect("a hundred");
        in_a_second / steps + usize::from(self.below(steps) < in_a_second % steps)
    }

    /// The smaller of two draws, twice: the first quarter of the keys has two thirds of the readers.
    fn key(&mut self, keys: usize) -> usize {
        (0..4).map(|_| self.below(keys)).min().expect("four draws")
    }
}

/// What a future returns that never waits.
fn at_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("the simulated store answers at once"),
    }
}
