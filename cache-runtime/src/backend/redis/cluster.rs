//! A cluster: who has the slot of a key is asked, and redirections are followed.
//!
//! The driver's own cluster client is not used. While it looks for the nodes anew, it polls nothing else, so that one
//! node that hangs makes the callers of all others wait; it sends a pipeline to one node only; and it is one task, which
//! ends with the runtime that made it. Here every node has lines of its own, as a single server has.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::sync::watch;
use tokio::task::{JoinSet, unconstrained};

use super::connect::{Ask, Request, Whom, within};
use super::failure::Failure;
use super::node::{Node, Waiting};
use super::redirect::{Course, Turn, is_redirection};
use super::replicas::Replicas;
use super::runtimes::{Lines, background};
use super::servers::{Address, Servers};
use super::slot::SLOTS;
use super::together::together;
use super::topology::{Range, ranges_in};
use crate::base::clock::{Clock, Moment, Stopwatch};
use crate::base::sync::Mutex;

/// How long after one look for the nodes the next may begin.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// How old what is known of the nodes may grow while all goes well.
const LOOK_ANEW: Duration = Duration::from_mins(1);

/// How many nodes are asked at once for the others.
const ASKED_AT_ONCE: usize = 5;

/// How long a request waits that has come between two steps of a move.
const TRY_AGAIN: Duration = Duration::from_millis(8);

/// The nodes of a cluster.
pub(super) struct Cluster {
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
    fn owner(&self, slot: u16) -> Option<&Arc<Member>> {
        let position = usize::from(*self.owners.get(usize::from(slot))?);
        self.members.get(position.checked_sub(1)?)
    }

    fn is_known(&self) -> bool {
        !self.members.is_empty()
    }

    /// The nodes that have slots.
    fn leaders(&self) -> Vec<Arc<Member>> {
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

impl Cluster {
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

    /// The most that one request takes, whatever the nodes do.
    pub(super) fn limit(&self) -> Duration {
        self.servers.connect_timeout + self.servers.answer_timeout
    }

    /// The answer of the node that has the slot.
    ///
    /// All goes well for most requests, which need no timer but the line's.
    pub(super) async fn ask(self: &Arc<Self>, slot: u16, request: &Request) -> Result<Value, Failure> {
        let watch = Stopwatch::start();
        let Some(member) = self.owner(slot) else {
            return within(self.limit(), self.find_and_ask(slot, request)).await;
        };
        let answer = member.node.ask(request).await;
        if self.settles(&answer, request, &member) {
            return answer;
        }
        self.go_on(slot, request, Course::new(answer, member, request), watch).await
    }

    /// Whether this is the answer of the cluster; if its node has failed, somebody looks for another.
    fn settles(self: &Arc<Self>, answer: &Result<Value, Failure>, request: &Request, asked: &Member) -> bool {
        if answer.as_ref().is_err_and(Failure::ends_the_connection) {
            drop(self.look());
        }
        Turn::of(answer, request, &asked.address) == Turn::Settled
    }

    /// The answers to requests for many slots: one write for each node, and then on for those that are redirected.
    pub(super) async fn ask_each(
        self: &Arc<Self>,
        requests: &[(u16, Request)],
    ) -> Vec<Result<Value, Failure>> {
        let watch = Stopwatch::start();
        if !self.map().is_known() {
            // A failure shows again below, for each.
            let _ = within(self.limit(), self.looked()).await;
        }
        let parts = together(self.by_owner(requests).into_iter().map(|(member, indices)| async move {
            let answers = self.ask_part(&member, requests, &indices).await;
            indices
                .into_iter()
                .zip(answers)
                .map(move |(index, answer)| (index, answer, Arc::clone(&member)))
                .collect::<Vec<_>>()
        }))
        .await;
        let mut answers: Vec<_> = requests.iter().map(|_| Err(Failure::NoNode)).collect();
        let mut rest = Vec::new();
        for (index, answer, member) in parts.into_iter().flatten() {
            let request = &requests[index].1;
            if self.settles(&answer, request, &member) {
                answers[index] = answer;
            } else {
                rest.push((index, Course::new(answer, member, request)));
            }
        }
        let rest = together(rest.into_iter().map(|(index, course)| async move {
            let (slot, request) = &requests[index];
            (index, self.go_on(*slot, request, course, watch).await)
        }))
        .await;
        rest.into_iter().for_each(|(index, answer)| answers[index] = answer);
        answers
    }

    fn by_owner(&self, requests: &[(u16, Request)]) -> Vec<(Arc<Member>, Vec<usize>)> {
        let map = self.map();
        let mut parts: Vec<(Arc<Member>, Vec<usize>)> = Vec::new();
        for (index, (slot, _)) in requests.iter().enumerate() {
            let Some(owner) = map.owner(*slot) else { continue };
            match parts.iter_mut().find(|(member, _)| Arc::ptr_eq(member, owner)) {
                Some((_, indices)) => indices.push(index),
                None => parts.push((Arc::clone(owner), vec![index])),
            }
        }
        parts
    }

    /// The answers of one node to some of the requests, in one write.
    async fn ask_part(
        &self,
        member: &Member,
        requests: &[(u16, Request)],
        indices: &[usize],
    ) -> Vec<Result<Value, Failure>> {
        let asked: Vec<&Request> = indices.iter().map(|index| &requests[*index].1).collect();
        let joined = Request::joined(&asked);
        match member.node.ask(&joined).await {
            Ok(Value::Array(answers)) if answers.len() == joined.ask.len() => {
                let mut answers = answers.into_iter();
                asked.iter().map(|one| Ok(one.ask.answer_from(&mut answers))).collect()
            }
            Ok(_) => asked.iter().map(|_| Ok(Value::Nil)).collect(),
            Err(failure) => asked.iter().map(|_| Err(failure.clone())).collect(),
        }
    }

    /// What comes of a request that has not been settled by the first answer.
    async fn go_on(
        self: &Arc<Self>,
        slot: u16,
        request: &Request,
        course: Course,
        watch: Stopwatch,
    ) -> Result<Value, Failure> {
        let left = self.limit().saturating_sub(watch.elapsed());
        within(left, self.follow(slot, request, course)).await
    }

    async fn follow(
        self: &Arc<Self>,
        slot: u16,
        request: &Request,
        mut course: Course,
    ) -> Result<Value, Failure> {
        loop {
            let member = match course.turn.clone() {
                Turn::Settled => return course.answer,
                Turn::Moved(address) => {
                    self.note_move(slot, &address);
                    self.member(&address)
                }
                Turn::AskOnce(address) => {
                    match self.ask_once(&address, request, &course).await? {
                        answer if is_redirection(&answer) => self.clock.sleep(TRY_AGAIN).await,
                        answer => course.settle(answer),
                    }
                    self.owner(slot).ok_or(Failure::NoNode)?
                }
                Turn::TryAgain => {
                    self.clock.sleep(TRY_AGAIN).await;
                    self.owner(slot).ok_or(Failure::NoNode)?
                }
                Turn::Elsewhere => match self.another_owner(slot, &course).await {
                    Some(member) => member,
                    None => return course.answer,
                },
            };
            if course.is_complete(request) {
                return Ok(course.into_answer(request));
            }
            let rest = course.rest(request);
            let answer = member.node.ask(&rest).await;
            course.take(answer, &rest, member);
        }
    }

    /// The owner of the slot, if it is another than the one that failed.
    async fn another_owner(self: &Arc<Self>, slot: u16, course: &Course) -> Option<Arc<Member>> {
        self.looked().await.ok()?;
        self.owner(slot).filter(|owner| owner.address != course.asked.address)
    }

    /// Asks a node that is taking over the slot for the one command that was sent there.
    async fn ask_once(
        self: &Arc<Self>,
        address: &Address,
        request: &Request,
        course: &Course,
    ) -> Result<Value, Failure> {
        let mut commands = redis::Pipeline::with_capacity(2);
        commands.cmd("ASKING").add_command(course.command(request));
        let asking = Request { ask: Ask::Commands(commands), whom: leader_of(request.whom), ..*request };
        match self.member(address).node.ask(&asking).await? {
            Value::Array(mut answers) => Ok(answers.pop().unwrap_or(Value::Nil)),
            answer => Ok(answer),
        }
    }

    async fn find_and_ask(self: &Arc<Self>, slot: u16, request: &Request) -> Result<Value, Failure> {
        self.looked().await?;
        let member = self.owner(slot).ok_or(Failure::NoNode)?;
        let answer = member.node.ask(request).await;
        self.follow(slot, request, Course::new(answer, member, request)).await
    }

    /// The nodes that have slots, as they are now.
    pub(super) async fn leaders(self: &Arc<Self>) -> Result<Vec<Arc<Member>>, Failure> {
        within(self.limit(), self.looked()).await?;
        Ok(self.map().leaders())
    }

    /// Who has each slot, to be compared with what is so later.
    pub(super) fn table(&self) -> Vec<Option<Address>> {
        self.map().table().into_iter().map(|address| address.cloned()).collect()
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        for member in self.state.lock().nodes.values() {
            member.node.close();
        }
    }

    fn map(&self) -> Arc<Map> {
        Arc::clone(&self.state.lock().map)
    }

    fn owner(self: &Arc<Self>, slot: u16) -> Option<Arc<Member>> {
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
    fn member(&self, address: &Address) -> Arc<Member> {
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
    fn note_move(self: &Arc<Self>, slot: u16, to: &Address) {
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
    async fn looked(self: &Arc<Self>) -> Result<(), Failure> {
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
    fn look(self: &Arc<Self>) -> Option<watch::Receiver<Look>> {
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
        let cluster = Arc::clone(self);
        background()?.spawn(async move {
            let outcome = cluster.look_now().await;
            {
                let mut state = cluster.state.lock();
                state.looked_at = Some(cluster.clock.now());
                state.look = None;
            }
            sender.send_replace(Some(outcome));
        });
        Some(receiver)
    }

    async fn look_now(self: &Arc<Self>) -> Result<(), Failure> {
        let known = self.map().leaders().into_iter().map(|member| member.address.clone());
        let mut asked: Vec<Address> = known.chain(self.seeds.iter().cloned()).collect();
        let mut seen = std::collections::HashSet::new();
        asked.retain(|address| seen.insert(address.clone()));
        let mut failure = Failure::NoNode;
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
        for address in asked.iter().cloned() {
            let member = self.member(&address);
            answers.spawn(async move {
                let mut slots = redis::cmd("CLUSTER");
                slots.arg("SLOTS");
                let request = Request { ask: Ask::Command(slots), whom: Whom::Leader, is_repeatable: true };
                match member.node.ask(&request).await? {
                    Value::ServerError(error) => Err(Failure::Redis(error.into())),
                    answer => ranges_in(answer, &address).ok_or(Failure::NoNode),
                }
            });
        }
        let mut failure = Failure::NoNode;
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

/// Who is asked at a node that is only taking over: no replica.
fn leader_of(whom: Whom) -> Whom {
    if whom == Whom::All { Whom::All } else { Whom::Leader }
}
