//! Operations on many keys: one request names many in one server; in a cluster each key has its own.

use bytes::Bytes;
use redis::{Pipeline, Value};

use super::answers::version_of;
use super::client::{Store, check_length, millis_of};
use super::names::lease_of;
use super::request::{Ask, Request, Whom};
use super::route::Route;
use super::scripts::{self, Invocation};
use super::slot::slot_of;
use crate::base::entry::{Life, Record};
use crate::base::error::Result;

/// How many keys one request names at most; `set_many` also sends about a mebibyte at a time.
///
/// Few enough for their values to come within the limit of one answer.
pub const BATCH: usize = 250;

impl Store {
    /// The answers to requests for some keys each.
    ///
    /// One server gets one request for all of them. In a cluster each key has a request of its own, so that it can be
    /// redirected by itself: what is for one node goes there in one write, and what names two keys of one slot would be
    /// refused while the slot moves.
    async fn ask_all<K>(
        &self,
        operation: &'static str,
        keys: &[K],
        name: impl Fn(&K) -> &str,
        request: impl Fn(&[K]) -> Request,
    ) -> Result<Vec<Value>> {
        match &self.route {
            Route::Server(node) => Ok(vec![self.answer(operation, node.ask(&request(keys)).await)?]),
            Route::Cluster(cluster) => {
                let requests: Vec<_> =
                    keys.iter().map(|key| (slot_of(name(key)), request(std::slice::from_ref(key)))).collect();
                let answers = cluster.ask_each(&requests).await;
                answers.into_iter().map(|answer| self.answer(operation, answer)).collect()
            }
        }
    }

    fn note_each(&self, keys: impl IntoIterator<Item = impl AsRef<str>>) {
        for key in keys {
            self.note(key.as_ref());
        }
    }

    pub(super) async fn find_all(&self, keys: &[String]) -> Result<Vec<Option<Record>>> {
        let mut records = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH) {
            let may_ask_any = batch.iter().all(|key| self.reading(key) == Whom::Any);
            let whom = if may_ask_any { Whom::Any } else { Whom::Leader };
            let mget = |keys: &[String]| {
                let mut mget = redis::cmd("MGET");
                mget.arg(keys);
                Request::new(whom, Ask::Command(mget))
            };
            let before = records.len();
            for answer in self.ask_all("get_many", batch, String::as_str, mget).await? {
                let Value::Array(found) = answer else { return Err(self.unexpected("get_many")) };
                for answer in found {
                    records.push(self.record("get_many", answer)?);
                }
            }
            if records.len() != before + batch.len() {
                return Err(self.unexpected("get_many"));
            }
        }
        Ok(records)
    }

    pub(super) async fn store_all(&self, entries: &[(String, Bytes)], life: Life) -> Result<()> {
        for (_, value) in entries {
            check_length("set_many", value)?;
        }
        let mut rest = entries;
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_of(rest));
            self.note_each(batch.iter().map(|(key, _)| key));
            let set = |batch: &[(String, Bytes)]| {
                let mut commands = Pipeline::with_capacity(batch.len() + 1);
                commands.cmd("DEL").arg(batch.iter().map(|(key, _)| lease_of(key)).collect::<Vec<_>>());
                for (key, value) in batch {
                    add_set(&mut commands, key, value, life);
                }
                Request::new(Whom::Leader, Ask::Commands(commands))
            };
            let stored = self.ask_all("set_many", batch, |(key, _)| key.as_str(), set).await;
            self.note_each(batch.iter().map(|(key, _)| key));
            if stored?.iter().any(|answer| !matches!(answer, Value::Array(_))) {
                return Err(self.unexpected("set_many"));
            }
            rest = later;
        }
        Ok(())
    }

    pub(super) async fn remove_all(&self, keys: &[String]) -> Result<u64> {
        let mut removed = 0;
        for batch in keys.chunks(BATCH) {
            let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
            removed += self.remove("delete_many", &batch).await?;
        }
        Ok(removed)
    }

    /// Removes leases and then values, in one write; how many values there were.
    ///
    /// Plain commands, which a server at `maxmemory` still takes.
    pub(super) async fn remove(&self, operation: &'static str, keys: &[&str]) -> Result<u64> {
        let delete = |keys: &[&str]| {
            let mut commands = Pipeline::with_capacity(2);
            commands.cmd("DEL").arg(keys.iter().map(|key| lease_of(key)).collect::<Vec<_>>());
            commands.cmd("DEL").arg(keys);
            Request::new(Whom::All, Ask::Commands(commands))
        };
        self.note_each(keys);
        let answers = self.ask_all(operation, keys, |key| *key, delete).await;
        self.note_each(keys);
        let mut removed = 0;
        for answer in answers? {
            let Value::Array(counts) = answer else { return Err(self.unexpected(operation)) };
            let [_, values] = &counts[..] else { return Err(self.unexpected(operation)) };
            removed += u64::try_from(self.number(operation, values)?).unwrap_or_default();
        }
        Ok(removed)
    }

    pub(super) async fn stamp_all(&self, records: &[(String, u64)], life: Life) -> Result<Vec<u64>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let stamp = |records: &[(String, u64)]| {
            let keys = records.iter().map(|(key, _)| key.clone()).collect();
            let offered = records.iter().map(|(_, version)| version.to_le_bytes().to_vec());
            let arguments = std::iter::once(millis_of(life)).chain(offered).collect();
            let invocation = Invocation { lua: &scripts::STAMP, keys, arguments };
            Request::new(Whom::Leader, Ask::Script(invocation))
        };
        self.note_each(records.iter().map(|(key, _)| key));
        let answers = self.ask_all("stamp", records, |(key, _)| key.as_str(), stamp).await?;
        let mut versions = Vec::with_capacity(records.len());
        for answer in answers {
            let Value::Array(stamped) = answer else { return Err(self.unexpected("stamp")) };
            versions.extend(stamped);
        }
        let versions: Option<Vec<u64>> = versions.iter().map(version_of).collect();
        versions.filter(|versions| versions.len() == records.len()).ok_or_else(|| self.unexpected("stamp"))
    }
}

pub(super) fn add_set(commands: &mut Pipeline, key: &str, value: &[u8], life: Life) {
    let set = commands.cmd("SET").arg(key).arg(value);
    if let Some(millis) = life.millis() {
        set.arg("PX").arg(millis);
    }
}

/// How many of these entries go into one request: as many as it names, and about a mebibyte.
fn batch_of(entries: &[(String, Bytes)]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take(BATCH).take_while(|(key, value)| {
        let is_first = bytes == 0;
        bytes += key.len() + value.len();
        is_first || bytes <= 1 << 20
    });
    fits.count()
}
