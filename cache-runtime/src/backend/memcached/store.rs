//! The operations of a backend as commands of the meta protocol.

use std::time::Duration;

use bytes::Bytes;

use super::all::all;
use super::change::when;
use super::item::{Contents, Item};
use super::node::Node;
use super::ring::Ring;
use super::wire::{Commands, LONGEST_VALUE, Packed, When};
use crate::backend::{Acquired, Backend, Capability, Claim, Operation, Token};
use crate::base::clock::Stopwatch;
use crate::base::entry::{Life, Record, Ttl};
use crate::base::error::{Error, ErrorKind, Result};

/// How many keys one request names at most; `set_many` also sends about a mebibyte at a time.
///
/// Few enough for their values to come within the limit of one answer.
pub const BATCH: usize = 250;

/// How long an operation tries to change an item that others change, or clear, all the time.
pub const CONTENTION_LIMIT: Duration = Duration::from_secs(1);

/// A store in Memcached servers.
pub(super) struct Store {
    pub(super) nodes: Vec<Node>,
    pub(super) ring: Ring,
}

impl Store {
    pub(super) fn node_of(&self, key: &str) -> &Node {
        match &self.nodes[..] {
            [node] => node,
            nodes => &nodes[self.ring.server_of(key)],
        }
    }

    /// The places of these keys in their list, by the server that keeps them.
    fn by_node<'a>(&self, keys: impl Iterator<Item = &'a str>) -> Vec<Vec<usize>> {
        let mut places = vec![Vec::new(); self.nodes.len()];
        for (place, key) in keys.enumerate() {
            let node = if self.nodes.len() == 1 { 0 } else { self.ring.server_of(key) };
            places[node].push(place);
        }
        places
    }
}

impl Backend for Store {
    fn name(&self) -> &'static str {
        "memcached"
    }

    fn capability(&self) -> Capability {
        // Every server has the same limits.
        let limit = self.nodes.first().map_or(Capability::USUAL_LIMIT, Node::limit);
        Capability { lists_keys: false, bounded: true, limit, ..Capability::SHARED }
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        Box::pin(async move {
            let node = self.node_of(key);
            let [reply] = node.ask_for("get", key, |commands, name| commands.get(name, "v f t")).await?;
            Ok(node.item("get", reply)?.and_then(|item| record_in(&item, node.now())))
        })
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        Box::pin(async move {
            let places = self.by_node(keys.iter().map(String::as_str));
            let asked = self.nodes.iter().zip(&places).filter(|(_, places)| !places.is_empty());
            let answers = all(asked.map(|(node, places)| async move {
                (places, node.read_all(places.iter().map(|&place| &*keys[place]).collect()).await)
            }));
            let (mut records, mut fault, mut is_answered) = (vec![None; keys.len()], None, false);
            for (places, answer) in answers.await {
                match answer {
                    Ok(found) => {
                        is_answered = true;
                        places.iter().zip(found).for_each(|(&place, record)| records[place] = record);
                    }
                    Err(error) => fault = Some(error),
                }
            }
            // A server that is down costs its own keys only.
            fault.filter(|_| !is_answered).map_or(Ok(records), Err)
        })
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        Box::pin(async move { self.node_of(key).set_all("set", &[(key, &value)], life).await })
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        Box::pin(async move {
            let places = self.by_node(entries.iter().map(|(key, _)| key.as_str()));
            let set = self.nodes.iter().zip(&places).map(|(node, places)| async move {
                let entries: Vec<_> =
                    places.iter().map(|&place| (&*entries[place].0, &entries[place].1)).collect();
                node.set_all("set_many", &entries, life).await
            });
            all(set).await.into_iter().collect()
        })
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move { self.node_of(key).add(key, value, life).await })
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        Box::pin(async move {
            let node = self.node_of(key);
            let touched = node.change("touch", key, |contents| {
                let (value, _) = contents.value.clone().ok_or(())?;
                Ok(Contents { value: Some((value, life)), ..contents })
            });
            touched.await.map(|touched: std::result::Result<(), ()>| touched.is_ok())
        })
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        Box::pin(async move {
            let node = self.node_of(key);
            let [reply] = node.ask_for("ttl", key, |commands, name| commands.get(name, "f t")).await?;
            Ok(node.item("ttl", reply)?.and_then(|item| item.ttl(node.now())))
        })
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        Box::pin(async move { Ok(self.node_of(key).delete_all("delete", &[key]).await? == 1) })
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        Box::pin(async move {
            let places = self.by_node(keys.iter().map(String::as_str));
            let deleted = self.nodes.iter().zip(&places).map(|(node, places)| async move {
                let keys: Vec<_> = places.iter().map(|&place| &*keys[place]).collect();
                node.delete_all("delete_many", &keys).await
            });
            let counts: Result<Vec<u64>> = all(deleted).await.into_iter().collect();
            counts.map(|counts| counts.into_iter().sum())
        })
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(async move { self.node_of(key).incr(key, by).await })
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        Box::pin(async move {
            // Every server is told, also where another cannot be.
            let told = self.nodes.iter().map(|node| node.renew("clear", prefix));
            all(told).await.into_iter().collect()
        })
    }

    fn keys<'a>(&'a self, _: &'a str) -> Operation<'a, Vec<String>> {
        let text = "Memcached does not list its keys";
        let fault = Error::new(ErrorKind::Unsupported, "keys").context(text);
        Box::pin(std::future::ready(Err(fault)))
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        Box::pin(async move {
            let stamped = records.iter().map(|(key, offered)| self.node_of(key).stamp(key, *offered, life));
            all(stamped).await.into_iter().collect()
        })
    }

    fn acquire<'a>(
        &'a self,
        key: &'a str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&'a Bytes>,
    ) -> Operation<'a, Acquired> {
        Box::pin(async move { self.node_of(key).acquire(key, token, life, claim, past).await })
    }

    fn fill<'a>(&'a self, key: &'a str, token: Token, value: Bytes, life: Life) -> Operation<'a, bool> {
        Box::pin(async move { self.node_of(key).fill(key, token, value, life).await })
    }

    fn extend<'a>(&'a self, key: &'a str, token: Token, life: Duration) -> Operation<'a, bool> {
        Box::pin(async move { self.node_of(key).extend(key, token, life).await })
    }

    fn release<'a>(&'a self, key: &'a str, token: Token) -> Operation<'a, ()> {
        Box::pin(async move { self.node_of(key).release(key, token).await })
    }

    fn close(&self) -> Operation<'_, ()> {
        Box::pin(async move {
            self.nodes.iter().for_each(Node::close);
            Ok(())
        })
    }
}

impl Node {
    async fn read_all(&self, keys: Vec<&str>) -> Result<Vec<Option<Record>>> {
        let mut records = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH) {
            let get = |commands: &mut Commands, _: usize, name: &str| commands.get(name, "v f t");
            for reply in self.ask_for_all("get_many", batch, 1, &get).await? {
                records.push(self.item("get_many", reply)?.and_then(|item| record_in(&item, self.now())));
            }
        }
        Ok(records)
    }

    /// Stores values, and ends the leases of their keys with the same writes.
    ///
    /// One that is not taken keeps no other out, and leaves no older one behind.
    async fn set_all(&self, operation: &'static str, entries: &[(&str, &Bytes)], life: Life) -> Result<()> {
        let (fitting, long): (Vec<_>, Vec<_>) =
            entries.iter().copied().partition(|(_, value)| value.len() < LONGEST_VALUE);
        let mut outcome = Ok(());
        for (key, value) in long {
            self.drop_old(operation, key).await?;
            outcome = check_length(operation, value);
        }
        let mut rest = &fitting[..];
        while !rest.is_empty() {
            let (batch, later) = rest.split_at(batch_of(rest));
            if let Err(error) = self.set_batch(operation, batch, life).await? {
                outcome = Err(error);
            }
            rest = later;
        }
        outcome
    }

    /// Stores some values; the inner error is about those that the server does not take.
    async fn set_batch(
        &self,
        operation: &'static str,
        batch: &[(&str, &Bytes)],
        life: Life,
    ) -> Result<Result<()>> {
        let keys: Vec<_> = batch.iter().map(|(key, _)| *key).collect();
        let items: Vec<_> = batch.iter().map(|(_, value)| self.packed(value, life)).collect();
        let set = |commands: &mut Commands, place: usize, name: &str| {
            commands.set(name, &items[place], When::Always);
        };
        let mut outcome = Ok(());
        for (key, reply) in keys.iter().zip(self.ask_for_all(operation, &keys, 1, &set).await?) {
            if let Err(error) = self.is_done(operation, &reply) {
                self.drop_old(operation, key).await?;
                outcome = Err(error);
            }
        }
        Ok(outcome)
    }

    /// Makes sure that a value which was not stored leaves no older one behind. (Servers see to it; not
    /// everything that stands before them does.)
    pub(super) async fn drop_old(&self, operation: &'static str, key: &str) -> Result<()> {
        let [_] = self.ask_for(operation, key, Commands::delete).await?;
        Ok(())
    }

    async fn add(&self, key: &str, value: Bytes, life: Life) -> Result<bool> {
        check_length("add", &value)?;
        let (watch, mut condition) = (Stopwatch::start(), When::Absent);
        while watch.elapsed() < CONTENTION_LIMIT {
            let item = self.packed(&value, life);
            let [added, found] = self
                .ask_for("add", key, |commands, name| {
                    commands.set(name, &item, condition);
                    commands.get(name, "f t c");
                })
                .await?;
            if self.is_done("add", &added)? {
                return Ok(true);
            }
            let found = self.item("add", found)?;
            if found.as_ref().is_some_and(|item| item.ttl(self.now()).is_some()) {
                return Ok(false);
            }
            // What is there is a lease, has expired, or is another program's.
            condition = when("add", found.as_ref())?;
        }
        Err(self.contended("add"))
    }

    /// Removes what is under these keys, leases too; how many live values there were.
    async fn delete_all(&self, operation: &'static str, keys: &[&str]) -> Result<u64> {
        let mut removed = 0;
        for batch in keys.chunks(BATCH) {
            let delete = |commands: &mut Commands, _: usize, name: &str| {
                commands.get(name, "f t");
                commands.delete(name);
            };
            let replies = self.ask_for_all(operation, batch, 2, &delete).await?;
            let mut replies = replies.into_iter();
            while let (Some(found), Some(deleted)) = (replies.next(), replies.next()) {
                let was_live =
                    self.item(operation, found)?.is_some_and(|item| item.ttl(self.now()).is_some());
                removed += u64::from(self.is_done(operation, &deleted)? && was_live);
            }
        }
        Ok(removed)
    }

    /// The version in a tag's record, which lives for at least `life` from now.
    async fn stamp(&self, key: &str, offered: u64, life: Life) -> Result<u64> {
        let mut version = offered;
        let stamped = self.change("stamp", key, |contents| {
            let found = contents.value.and_then(|(value, left)| Some((version_in(&value)?, left)));
            version = found.map_or(offered, |(found, _)| found);
            let left = found.map(|(_, left)| left);
            if left.is_some_and(|left| lasts(left, life)) {
                return Err(());
            }
            Ok(Contents::value(version.to_le_bytes().to_vec().into(), life))
        });
        stamped.await.map(|_| version)
    }

    fn packed(&self, value: &Bytes, life: Life) -> Packed {
        Contents::value(value.clone(), life).pack(self.now())
    }
}

/// Whether what is left is at least `life`.
fn lasts(left: Life, life: Life) -> bool {
    match (left.millis(), life.millis()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(left), Some(life)) => left >= life,
    }
}

fn record_in(item: &Item, now: u64) -> Option<Record> {
    item.contents(now).value.map(|(bytes, _)| Record { bytes })
}

fn version_in(value: &Bytes) -> Option<u64> {
    Some(u64::from_le_bytes(value.as_ref().try_into().ok()?))
}

/// Refuses what no server takes before it is sent.
pub(super) fn check_length(operation: &'static str, value: &[u8]) -> Result<()> {
    if value.len() >= LONGEST_VALUE {
        let text =
            format!("the value has {} bytes, and a server takes less than {LONGEST_VALUE}", value.len());
        return Err(Error::new(ErrorKind::TooLarge, operation).context(text));
    }
    Ok(())
}

/// How many of these entries go into one request: as many as it names, and about a mebibyte.
fn batch_of(entries: &[(&str, &Bytes)]) -> usize {
    let mut bytes = 0;
    let fits = entries.iter().take(BATCH).take_while(|(key, value)| {
        let is_first = bytes == 0;
        bytes += key.len() + value.len();
        is_first || bytes <= 1 << 20
    });
    fits.count()
}
