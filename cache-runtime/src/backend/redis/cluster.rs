//! A cluster: who has the slot of a key is asked, and redirections are followed.
//!
//! The driver's own cluster client is not used. While it looks for the nodes anew, it polls nothing else, so that one
//! node that hangs makes the callers of all others wait; it sends a pipeline to one node only; and it is one task, which
//! ends with the runtime that made it. Here every node has lines of its own, as a single server has.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;

use super::failure::{Failure, Trouble};
use super::nodes::{Member, Nodes};
use super::redirect::{Course, Turn, is_redirection};
use super::request::{Ask, Request, Whom};
use super::servers::{Address, Servers};
use super::together::together;
use crate::backend::line::within;
use crate::base::clock::{Clock, Stopwatch};

/// How long a request waits that has come between two steps of a move.
const TRY_AGAIN: Duration = Duration::from_millis(8);

/// A cluster.
pub(super) struct Cluster {
    nodes: Arc<Nodes>,
    limit: Duration,
    clock: Clock,
}

impl Cluster {
    pub(super) fn new(
        servers: Servers,
        seeds: Vec<Address>,
        reads_replicas: bool,
        wait_replicas: Option<u32>,
    ) -> Self {
        let limit = servers.connect_timeout + servers.answer_timeout;
        let nodes = Nodes::new(servers, seeds, reads_replicas, wait_replicas);
        Self { nodes, limit, clock: Clock::system() }
    }

    /// The most that one request takes, whatever the nodes do.
    pub(super) fn limit(&self) -> Duration {
        self.limit
    }

    /// The answer of the node that has the slot.
    ///
    /// All goes well for most requests, which need no timer but the line's.
    pub(super) async fn ask(&self, slot: u16, request: &Request) -> Result<Value, Failure> {
        let watch = Stopwatch::start();
        let Some(member) = self.nodes.owner(slot) else {
            return within(self.limit(), self.find_and_ask(slot, request)).await;
        };
        let answer = member.node.ask(request).await;
        if self.settles(&answer, request, &member) {
            return answer;
        }
        self.go_on(slot, request, Course::new(answer, member, request), watch).await
    }

    /// Whether this is the answer of the cluster; if its node has failed, somebody looks for another.
    fn settles(&self, answer: &Result<Value, Failure>, request: &Request, asked: &Member) -> bool {
        if answer.as_ref().is_err_and(Failure::ends_the_connection) {
            drop(self.nodes.look());
        }
        Turn::of(answer, request, &asked.address) == Turn::Settled
    }

    /// The answers to requests for many slots: one write for each node, and then on for those that are redirected.
    pub(super) async fn ask_each(&self, requests: &[(u16, Request)]) -> Vec<Result<Value, Failure>> {
        let watch = Stopwatch::start();
        if !self.nodes.map().is_known() {
            // A failure shows again below, for each.
            let _ = within(self.limit(), self.nodes.looked()).await;
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
        let mut answers: Vec<_> = requests.iter().map(|_| Err(Trouble::NoNode.into())).collect();
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
        for (index, answer) in rest {
            answers[index] = answer;
        }
        answers
    }

    fn by_owner(&self, requests: &[(u16, Request)]) -> Vec<(Arc<Member>, Vec<usize>)> {
        let map = self.nodes.map();
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
            Ok(Value::Array(answers)) if answers.len() == joined.ask().len() => {
                let mut answers = answers.into_iter();
                asked.iter().map(|one| Ok(one.ask().answer_from(&mut answers))).collect()
            }
            Ok(_) => asked.iter().map(|_| Ok(Value::Nil)).collect(),
            Err(failure) => asked.iter().map(|_| Err(failure.clone())).collect(),
        }
    }

    /// What comes of a request that has not been settled by the first answer.
    async fn go_on(
        &self,
        slot: u16,
        request: &Request,
        course: Course,
        watch: Stopwatch,
    ) -> Result<Value, Failure> {
        let left = self.limit().saturating_sub(watch.elapsed());
        within(left, self.follow(slot, request, course)).await
    }

    async fn follow(&self, slot: u16, request: &Request, mut course: Course) -> Result<Value, Failure> {
        loop {
            let member = match course.turn.clone() {
                Turn::Settled => return course.answer,
                Turn::Moved(address) => {
                    self.nodes.note_move(slot, &address);
                    self.nodes.member(&address)
                }
                Turn::AskOnce(address) => {
                    match self.ask_once(&address, request, &course).await? {
                        answer if is_redirection(&answer) => self.clock.sleep(TRY_AGAIN).await,
                        answer => course.settle(answer),
                    }
                    self.nodes.owner(slot).ok_or(Trouble::NoNode)?
                }
                Turn::TryAgain => {
                    self.clock.sleep(TRY_AGAIN).await;
                    self.nodes.owner(slot).ok_or(Trouble::NoNode)?
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
    async fn another_owner(&self, slot: u16, course: &Course) -> Option<Arc<Member>> {
        self.nodes.looked().await.ok()?;
        self.nodes.owner(slot).filter(|owner| owner.address != course.asked.address)
    }

    /// Asks a node that is taking over the slot for the one command that was sent there.
    async fn ask_once(
        &self,
        address: &Address,
        request: &Request,
        course: &Course,
    ) -> Result<Value, Failure> {
        let mut commands = redis::Pipeline::with_capacity(2);
        commands.cmd("ASKING").add_command(course.command(request));
        let asking = Request { whom: leader_of(request.whom), ..request.with(Ask::Commands(commands)) };
        match self.nodes.member(address).node.ask(&asking).await? {
            Value::Array(mut answers) => Ok(answers.pop().unwrap_or(Value::Nil)),
            answer => Ok(answer),
        }
    }

    async fn find_and_ask(&self, slot: u16, request: &Request) -> Result<Value, Failure> {
        self.nodes.looked().await?;
        let member = self.nodes.owner(slot).ok_or(Trouble::NoNode)?;
        let answer = member.node.ask(request).await;
        self.follow(slot, request, Course::new(answer, member, request)).await
    }

    /// The nodes that have slots, as they are now.
    pub(super) async fn leaders(&self) -> Result<Vec<Arc<Member>>, Failure> {
        within(self.limit(), self.nodes.looked()).await?;
        Ok(self.nodes.map().leaders())
    }

    /// Who has each slot, to be compared with what is so later.
    pub(super) fn table(&self) -> Vec<Option<Address>> {
        self.nodes.table()
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        self.nodes.close();
    }
}

/// Who is asked at a node that is only taking over: no replica.
fn leader_of(whom: Whom) -> Whom {
    if whom == Whom::All { Whom::All } else { Whom::Leader }
}
