//! Lookups from replicas: one after the other in turn, and none that fails or has lost its leader.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use redis::Value;

use super::connect::Lines;
use super::failure::{Failure, Trouble, first_error};
use super::request::{Ask, Request, Whom};
use crate::backend::line::{Connector as _, within};
use crate::base::clock::Clock;

/// How long a replica is left alone that has failed, and how often one is asked whether it still has a leader.
const PAUSE: Duration = Duration::from_secs(1);

/// The replicas of one leader.
pub(super) struct Replicas {
    members: Vec<Member>,
    next: AtomicUsize,
    clock: Clock,
}

struct Member {
    lines: Arc<Lines>,
    /// Until when it is left alone, and until when it counts as fit.
    rests_until: AtomicU64,
    fit_until: AtomicU64,
}

impl Replicas {
    pub(super) fn new(lines: impl IntoIterator<Item = Arc<Lines>>) -> Self {
        let member = |lines| Member { lines, rests_until: AtomicU64::new(0), fit_until: AtomicU64::new(0) };
        let members = lines.into_iter().map(member).collect();
        Self { members, next: AtomicUsize::new(0), clock: Clock::system() }
    }

    /// What a replica answers; `None` if the leader is to be asked.
    ///
    /// It may take half of the time that the whole request has, so that the leader still can answer.
    pub(super) async fn ask(&self, request: &Request) -> Option<Value> {
        let member = self.pick()?;
        let limit = member.lines.connector.limit() / 2;
        match within(limit, self.ask_member(member, request)).await {
            Ok(answer) if first_error(&answer).is_none() => Some(answer),
            _ => {
                member.rests_until.store(self.end(), Ordering::Release);
                None
            }
        }
    }

    pub(super) fn close(&self) {
        for member in &self.members {
            member.lines.close();
        }
    }

    /// The next replica that does not rest.
    fn pick(&self) -> Option<&Member> {
        let (count, now) = (self.members.len(), self.clock.now().as_millis());
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..count).map(|index| &self.members[(first.wrapping_add(index)) % count]);
        in_turn.into_iter().find(|member| member.rests_until.load(Ordering::Acquire) <= now)
    }

    async fn ask_member(&self, member: &Member, request: &Request) -> Result<Value, Failure> {
        let (now, fit_until) = (self.clock.now().as_millis(), member.fit_until.load(Ordering::Acquire));
        if fit_until <= now {
            has_a_leader(&member.lines).await?;
            member.fit_until.store(self.end(), Ordering::Release);
        }
        request.put_to(&member.lines).await
    }

    fn end(&self) -> u64 {
        self.clock.now().plus(PAUSE).as_millis()
    }
}

/// Fails if the replica says that it has lost its leader: what it holds grows old.
///
/// One that may not say (its users are not allowed to ask) is believed to have one.
async fn has_a_leader(lines: &Arc<Lines>) -> Result<(), Failure> {
    let role = Request::new(Whom::Any, Ask::Command(redis::cmd("ROLE")));
    let Value::Array(answer) = lines.ask(&role.asked).await? else { return Ok(()) };
    let is = |index: usize, text: &[u8]| matches!(answer.get(index), Some(Value::BulkString(word)) if word == text);
    if is(0, b"slave") && !is(3, b"connected") { Err(Trouble::NoMaster.into()) } else { Ok(()) }
}
