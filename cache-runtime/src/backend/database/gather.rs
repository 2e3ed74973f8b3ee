//! Lookups that come at once: one statement for many of them.
//!
//! A crowd of callers would wait for its turn on a few connections, each for a round trip of its own. So a
//! lookup takes along those that wait with it; one that is alone is sent at once, and by itself.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::oneshot;
use tokio::task::unconstrained;

use super::driver::{Column, Row};
use super::failure::Failure;
use super::line::{Act, Line, within};
use super::session::Session;
use super::statement::given;
use crate::base::sync::Mutex;

/// How many keys are looked up by one statement: their values are to come within the limit.
const AT_ONCE: usize = 64;

/// Lookups that wait, and how many tasks answer them.
#[derive(Default)]
pub(super) struct Gathering(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    lookups: VecDeque<Lookup>,
    readers: usize,
}

struct Lookup {
    key: Bytes,
    told: oneshot::Sender<Result<Option<Bytes>, Failure>>,
}

impl Line {
    /// The live value under a key, within the limit of an operation.
    pub(super) async fn get(self: &Arc<Self>, key: Bytes) -> Result<Option<Bytes>, Failure> {
        let (told, answer) = oneshot::channel();
        let lacks_reader = {
            let mut waiting = self.gathering.0.lock();
            waiting.lookups.push_back(Lookup { key, told });
            let lacks_reader = waiting.readers < self.most_readers();
            waiting.readers += usize::from(lacks_reader);
            lacks_reader
        };
        if lacks_reader {
            let reader = Reader { line: Arc::clone(self), has_ended: false };
            self.runtime().spawn(async move { reader.read_all().await });
        }
        within(self.limit(), async { unconstrained(answer).await.unwrap_or(Err(Failure::Stopped)) }).await
    }
}

/// A task that answers lookups until none waits.
struct Reader {
    line: Arc<Line>,
    has_ended: bool,
}

impl Reader {
    async fn read_all(mut self) {
        while let Some(lookups) = self.next() {
            let keys = distinct(&lookups);
            let (told, answer) = oneshot::channel();
            self.line.serve(&Get { keys }, told).await;
            let answer = answer.await.unwrap_or(Err(Failure::Stopped));
            for Lookup { key, told } in lookups {
                let value = answer.as_ref().map(|found| found.get(&key).cloned());
                // Whoever has left waits no more.
                let _ = told.send(value.map_err(Clone::clone));
            }
        }
    }

    /// Some lookups whose callers still wait; without any, the task ends.
    fn next(&mut self) -> Option<Vec<Lookup>> {
        let mut waiting = self.line.gathering.0.lock();
        waiting.lookups.retain(|lookup| !lookup.told.is_closed());
        let count = waiting.lookups.len().min(AT_ONCE);
        if count > 0 {
            return Some(waiting.lookups.drain(..count).collect());
        }
        // Under the same lock: whoever comes later begins another.
        waiting.readers -= 1;
        self.has_ended = true;
        None
    }
}

impl Drop for Reader {
    /// Its runtime ends, or it has panicked for want of a driver: then nobody is left to answer.
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        if std::thread::panicking() {
            self.line.has_panicked();
        }
        let left = {
            let mut waiting = self.line.gathering.0.lock();
            waiting.readers -= 1;
            std::mem::take(&mut waiting.lookups)
        };
        // Not under the lock: it wakes their callers.
        drop(left);
    }
}

fn distinct(lookups: &[Lookup]) -> Vec<Bytes> {
    let mut keys: Vec<_> = lookups.iter().map(|lookup| lookup.key.clone()).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Looks for the values of some keys.
struct Get {
    keys: Vec<Bytes>,
}

impl Act for Get {
    type Answer = HashMap<Bytes, Bytes>;

    async fn perform(&self, session: &mut Session) -> Result<Self::Answer, Failure> {
        let texts = session.texts();
        if let [key] = &self.keys[..] {
            let get = texts.get.with(&given! { key: key.clone() });
            let rows = session.rows(&get, &[Column::Bytes]).await?;
            return Ok(rows.into_iter().flatten().map(|value| (key.clone(), value.bytes().into())).collect());
        }
        let get = texts.get_many.in_list(&self.keys, &given! {});
        let rows = session.rows(&get, &[Column::Bytes, Column::Bytes]).await?;
        let entry = |row: Row| {
            let [key, value] = <[_; 2]>::try_from(row).ok()?;
            Some((key.bytes().into(), value.bytes().into()))
        };
        Ok(rows.into_iter().filter_map(entry).collect())
    }
}
