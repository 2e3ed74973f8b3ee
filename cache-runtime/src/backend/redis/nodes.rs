//! The nodes of a cluster and their slots: asked for when they are not known, and when one of them fails.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::sync::watch;
use tokio::task::{JoinSet, unconstrained};

use super::connect::Lines;
use super::failure::{Failure, Trouble};
use super::node::{Node, Waiting};
use super::replicas::Replicas;
use super::request::{Ask, Request, Whom};
use super::servers::{Address, Servers};
use super::slot::SLOTS;
use super::topology::{Range, ranges_in};
use crate::backend::line::background;
use crate::base::clock::{Clock, Moment};
use crate::base::sync::Mutex;

/// How long after one look for the nodes the next may begin.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// How old what is known of the nodes may grow while all goes well.
const LOOK_ANEW: Duration = Duration::from_mins(1);

/// How many nodes are asked at once for the others.
const ASKED_AT_ONCE: usize = 5;

/// The nodes of a cluster, as far as they are known.
pub(super) struct Nodes {
    servers: Servers,
    seeds: Vec<Address>,
    reads_replicas: bool,
    wait_replicas: Option<u32>,
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    map: Arc<Map>,
    /// Every node that a map or a redirection has named lately.
    nodes: HashMap<Address, Arc<Member>>,
    look: Option<watch::Receiver<Look>>,
    looked_at: Option<Moment>,
}

/// A node at its address, and of which replicas it knows.
pub(super) struct Member {
    pub(super) address: Address,
    pub(super) node: Node,
    replicas: Vec<Address>,
}

/// Who has which slot.
#[derive(Default)]
pub(super) struct Map {
    members: Vec<Arc<Member>>,
    /// Positions in `members`, one more than they are; zero for a slot that nobody has.
    owners: Vec<u16>,
}

impl Map {
    pub(super) fn owner(&self, slot: u16) -> Option<&Arc<Member>> {
        let position = usize::from(*self.owners.get(usize::from(slot))?);
        self.members.get(position.checked_sub(1)?)
    }

    pub(super) fn is_known(&self) -> bool {
        !self.members.is_empty()
    }

    /// The nodes that have slots.
    pub(super) fn leaders(&self) -> Vec<Arc<Member>> {
        let mut has_slots = vec![false; self.members.len() + 1];
        self.owners.iter().for_each(|owner| has_slots[usize::from(*owner)] = true);
        let members = self.members.iter().zip(&has_slots[1..]);
        members.filter(|(_, has_slots)| **has_slots).map(|(member, _)| Arc::clone(member)).collect()
    }

    /// The addresses by slot, for telling whether anything has moved.
    fn table(&self) -> Vec<Option<&Address>> {
        (0..SLOTS).map(|slot| self.owner(slot).map(|member| &member.address)).collect()
    }
}

/// How far a look for the nodes is.
type Look = Option<Result<(), Failure>>;

impl Nodes {
    pub(super) fn new(
        servers: Servers,
        seeds: Vec<Address>,
        reads_replicas: bool,
        wait_replicas: Option<u32>,
    ) -> Arc<Self> {
        let state = State { map: Arc::default(), nodes: HashMap::new(), look: None, looked_at: None };
        let (clock, state) = (Clock::system(), Mutex::new(state));
        Arc::new(Self { servers, seeds, reads_replicas, wait_replicas, clock, state })
    }

    /// Who has each slot, to be compared with what is so later.
    pub(super) fn table(&self) -> Vec<Option<Address>> {
        self.map().table().into_iter().map(Option::<&Address>::cloned).collect()
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        for member in self.state.lock().nodes.values() {
            member.node.close();
        }
    }

    pub(super) fn map(&self) -> Arc<Map> {
        Arc::clone(&self.state.lock().map)
    }

    pub(super) fn owner(self: &Arc<Self>, slot: u16) -> Option<Arc<Member>> {
        let (owner, is_old) = {
            let state = self.state.lock();
            let age = state.looked_at.map(|at| self.clock.now().since(at));
            (state.map.owner(slot).cloned(), age.is_some_and(|age| age > LOOK_ANEW))
        };
        if is_old {
            drop(self.look());
        }
        owner
    }

    /// The node at an address, known or not.
    pub(super) fn member(&self, address: &Address) -> Arc<Member> {
        let mut state = self.state.lock();
        if let Some(member) = state.nodes.get(address) {
            return Arc::clone(member);
        }
        let member = Arc::new(self.new_member(address, Vec::new(), self.servers.lines_to(address)));
        state.nodes.insert(address.clone(), Arc::clone(&member));
        member
    }

    fn new_member(&self, address: &Address, replicas: Vec<Address>, leader: Arc<Lines>) -> Member {
        let waiting = self.wait_replicas.map(|count| {
            let lines = self.servers.lines_to(address);
            Waiting { lines, replicas: count }
        });
        let copies = (self.reads_replicas && !replicas.is_empty())
            .then(|| Replicas::new(replicas.iter().map(|address| self.servers.lines_to_copy(address))));
        let node = Node::new(leader, waiting, copies);
        Member { address: address.clone(), node, replicas }
    }

    /// Notes that a slot has moved, and lets somebody look what else has.
    pub(super) fn note_move(self: &Arc<Self>, slot: u16, to: &Address) {
        let member = self.member(to);
        {
            let mut state = self.state.lock();
            let mut map = Map { members: state.map.members.clone(), owners: state.map.owners.clone() };
            if map.owners.len() != usize::from(SLOTS) {
                map.owners = vec![0; usize::from(SLOTS)];
            }
            let position = map.members.iter().position(|known| known.address == *to).unwrap_or_else(|| {
                map.members.push(member);
                map.members.len() - 1
            });
            map.owners[usize::from(slot)] = u16::try_from(position + 1).unwrap_or_default();
            state.map = Arc::new(map);
        }
        drop(self.look());
    }

    /// Waits for a look for the nodes, if there is one or one may begin; else what is known counts.
    pub(super) async fn looked(self: &Arc<Self>) -> Result<(), Failure> {
        let Some(mut look) = self.look() else { return Ok(()) };
        // A caller that blocks a task of tokio never returns to it, see `Lines::ask_in_background`.
        match unconstrained(look.wait_for(Option::is_some)).await {
            Ok(outcome) => outcome.clone().expect("the line above waits for it"),
            Err(_) => Err(Failure::Stopped),
        }
    }

    /// The look for the nodes that is under way; begins one unless one has just ended.
    ///
    /// It runs on our own thread, so that it goes on when its caller leaves.
    pub(super) fn look(self: &Arc<Self>) -> Option<watch::Receiver<Look>> {
        let (sender, receiver) = {
            let mut state = self.state.lock();
            if let Some(look) = state.look.as_ref().filter(|look| look.has_changed().is_ok()) {
                return Some(look.clone());
            }
            let is_recent = |at: Moment| self.clock.now().since(at) < LOOK_PAUSE;
            if state.looked_at.is_some_and(is_recent) && state.map.is_known() {
                return None;
            }
            let (sender, receiver) = watch::channel(None);
            state.look = Some(receiver.clone());
            (sender, receiver)
        };
        let nodes = Arc::clone(self);
        background()?.spawn(async move {
            let outcome = nodes.look_now().await;
            {
                let mut state = nodes.state.lock();
                state.looked_at = Some(nodes.clock.now());
                state.look = None;
            }
            sender.send_replace(Some(outcome));
        });
        Some(receiver)
    }

    async fn look_now(self: &Arc<Self>) -> Result<(), Failure> {
        let known = self.map().leaders().into_iter().map(|member| member.address.clone());
        let mut asked: Vec<Address> = known.chain(self.seeds.iter().cloned()).collect();
        let mut seen = HashSet::new();
        asked.retain(|address| seen.insert(address.clone()));
        let mut failure = Trouble::NoNode.into();
        for some in asked.chunks(ASKED_AT_ONCE) {
            match self.first_of(some).await {
                Ok(ranges) => {
                    self.adopt(&ranges);
                    return Ok(());
                }
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    /// What the first of these nodes says that knows anything.
    async fn first_of(self: &Arc<Self>, asked: &[Address]) -> Result<Vec<Range>, Failure> {
        let mut answers = JoinSet::new();
        for address in asked {
            let (member, address) = (self.member(address), address.clone());
            answers.spawn(async move {
                let mut slots = redis::cmd("CLUSTER");
                slots.arg("SLOTS");
                let request = Request::new(Whom::Leader, Ask::Command(slots));
                match member.node.ask(&request).await? {
                    Value::ServerError(error) => Err(error.into()),
                    answer => ranges_in(answer, &address).ok_or(Trouble::NoNode.into()),
                }
            });
        }
        let mut failure = Trouble::NoNode.into();
        while let Some(answer) = answers.join_next().await {
            match answer.unwrap_or(Err(Failure::Stopped)) {
                Ok(ranges) => return Ok(ranges),
                Err(why) => failure = why,
            }
        }
        Err(failure)
    }

    /// Takes over what a node has said; nodes that are the same keep their connections.
    fn adopt(&self, ranges: &[Range]) {
        let mut state = self.state.lock();
        let mut map = Map { members: Vec::new(), owners: vec![0; usize::from(SLOTS)] };
        let mut nodes = HashMap::new();
        for range in ranges {
            let member = nodes.entry(range.leader.clone()).or_insert_with(|| {
                let known = state.nodes.get(&range.leader);
                let same = known.filter(|known| !self.reads_replicas || known.replicas == range.replicas);
                let member = same.cloned().unwrap_or_else(|| {
                    let lines = known.map(|known| Arc::clone(&known.node.leader));
                    let lines = lines.unwrap_or_else(|| self.servers.lines_to(&range.leader));
                    Arc::new(self.new_member(&range.leader, range.replicas.clone(), lines))
                });
                map.members.push(Arc::clone(&member));
                member
            });
            let position = map.members.iter().position(|known| Arc::ptr_eq(known, member));
            let position = position.and_then(|position| u16::try_from(position + 1).ok()).unwrap_or_default();
            map.owners[usize::from(range.first)..=usize::from(range.last)].fill(position);
        }
        state.map = Arc::new(map);
        state.nodes = nodes;
    }
}
