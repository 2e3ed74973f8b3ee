//! One server: requests under the version of a key's namespace, which the server itself keeps.
//!
//! Memcached lists no keys, so `clear` gives a namespace a new random version, which is part of the
//! name of every item. Each server keeps the versions for its own keys: so what one server forgets or
//! cannot be told concerns its own keys only, and a version is read by the same write that uses it. We
//! remember the last version we saw as a guess; where the server says another, we ask once more.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::connect::{Ask, Connector};
use super::failure::{refused, unexpected};
use super::item::{Contents, Item};
use super::names::{item_name, namespace_of, record_name};
use super::store::CONTENTION_LIMIT;
use super::wire::{Commands, Reply, When};
use crate::backend::is_tag_record;
use crate::backend::line::{Connector as _, Lines, Request};
use crate::base::clock::{Clock, Stopwatch};
use crate::base::entry::Life;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sync::{Mutex, random};

/// How many namespaces a guess is kept for; beyond them all are asked for again.
const GUESSES: usize = 4096;

/// One server.
pub(super) struct Node {
    lines: Arc<Lines<Connector>>,
    place: String,
    clock: Clock,
    versions: Mutex<HashMap<String, u64>>,
}

/// The commands of one key: its place among the keys that were asked for, and the name of its item.
pub(super) type Writing<'a> = &'a (dyn Fn(&mut Commands, usize, &str) + Sync);

impl Node {
    pub(super) fn new(connector: Connector, clock: Clock) -> Self {
        let place = format!("memcached://{}", connector.address);
        Self { lines: Lines::new(connector), place, clock, versions: Mutex::default() }
    }

    /// The time of this node in Unix milliseconds.
    pub(super) fn now(&self) -> u64 {
        let since = self.clock.wall().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    }

    /// The most that one request takes.
    pub(super) fn limit(&self) -> std::time::Duration {
        self.lines.connector.limit()
    }

    /// Lets go of the connections.
    pub(super) fn close(&self) {
        self.lines.close();
    }

    /// The replies to commands, as many as there are.
    async fn ask(&self, operation: &'static str, commands: Commands) -> Result<Vec<Reply>> {
        let is_repeatable = !matches!(operation, "add" | "incr");
        let request = Request { ask: Ask::from(commands), is_repeatable };
        self.lines.ask(&request).await.map_err(|failure| failure.during(operation, &self.place, self.limit()))
    }

    /// The replies to the commands of one key.
    pub(super) async fn ask_for<const N: usize>(
        &self,
        operation: &'static str,
        key: &str,
        write: impl Fn(&mut Commands, &str) + Sync,
    ) -> Result<[Reply; N]> {
        let replies =
            self.ask_for_all(operation, &[key], N, &|commands, _, name| write(commands, name)).await?;
        replies.try_into().map_err(|_| self.unexpected(operation))
    }

    /// The replies to the commands of many keys, `each` for every key, in their order.
    pub(super) async fn ask_for_all(
        &self,
        operation: &'static str,
        keys: &[&str],
        each: usize,
        write: Writing<'_>,
    ) -> Result<Vec<Reply>> {
        let mut answers: Vec<Vec<Reply>> = vec![Vec::new(); keys.len()];
        let mut open: Vec<usize> = (0..keys.len()).collect();
        let watch = Stopwatch::start();
        while watch.elapsed() < CONTENTION_LIMIT {
            let guesses = self.guesses(operation, open.iter().map(|&index| keys[index])).await?;
            let mut commands = Commands::default();
            for namespace in guesses.keys() {
                commands.get(&record_name(namespace), "v");
            }
            for &index in &open {
                write(&mut commands, index, &item_name(keys[index], guess_of(keys[index], &guesses)));
            }
            let mut replies = self.ask(operation, commands).await?.into_iter();
            let right = self.confirmed(&guesses, &mut replies);
            for &index in &open {
                answers[index] = replies.by_ref().take(each).collect();
            }
            open.retain(|&index| {
                namespace_in(keys[index]).is_some_and(|namespace| !right.contains(namespace))
            });
            if open.is_empty() {
                return Ok(answers.into_iter().flatten().collect());
            }
        }
        Err(self.contended(operation))
    }

    /// Those namespaces that have the version which was guessed; the others' is known now.
    fn confirmed<'a>(
        &self,
        guesses: &BTreeMap<&'a str, u64>,
        replies: &mut impl Iterator<Item = Reply>,
    ) -> BTreeSet<&'a str> {
        let mut right = BTreeSet::new();
        for (namespace, guess) in guesses {
            let version = replies.next().as_ref().and_then(version_in);
            if version == Some(*guess) {
                right.insert(*namespace);
            } else {
                self.remember(namespace, version);
            }
        }
        right
    }

    /// Gives a namespace a new version: nothing that was stored in it is found any more.
    pub(super) async fn renew(&self, operation: &'static str, namespace: &str) -> Result<()> {
        let mut commands = Commands::default();
        let version = random();
        commands.set(&record_name(namespace), &self.record(version), When::Always);
        match &self.ask(operation, commands).await?[..] {
            [Reply::Item(_)] => {
                self.remember(namespace, Some(version));
                Ok(())
            }
            [reply] => Err(self.refused(operation, reply)),
            _ => Err(self.unexpected(operation)),
        }
    }

    /// The versions that these keys' namespaces had when they were last seen; unknown ones are asked for,
    /// and made if need be.
    async fn guesses<'a>(
        &self,
        operation: &'static str,
        keys: impl Iterator<Item = &'a str>,
    ) -> Result<BTreeMap<&'a str, u64>> {
        let mut guesses = BTreeMap::new();
        let mut unknown = Vec::new();
        {
            let versions = self.versions.lock();
            for namespace in keys.filter_map(namespace_in) {
                match versions.get(namespace) {
                    Some(version) => drop(guesses.insert(namespace, *version)),
                    None if unknown.contains(&namespace) => {}
                    None => unknown.push(namespace),
                }
            }
        }
        if unknown.is_empty() {
            return Ok(guesses);
        }
        let mut commands = Commands::default();
        for namespace in &unknown {
            let name = record_name(namespace);
            commands.set(&name, &self.record(random()), When::Absent);
            commands.get(&name, "v");
        }
        let replies = self.ask(operation, commands).await?;
        for (namespace, replies) in unknown.iter().zip(replies.chunks(2)) {
            let Some(version) = replies.last().and_then(version_in) else {
                return Err(self.refused(operation, &replies[0]));
            };
            self.remember(namespace, Some(version));
            guesses.insert(namespace, version);
        }
        Ok(guesses)
    }

    fn record(&self, version: u64) -> super::wire::Packed {
        let value = version.to_le_bytes().to_vec().into();
        Contents::value(value, Life::Forever).pack(self.now())
    }

    fn remember(&self, namespace: &str, version: Option<u64>) {
        let mut versions = self.versions.lock();
        match (versions.get_mut(namespace), version) {
            (Some(known), Some(version)) => *known = version,
            (Some(_), None) => drop(versions.remove(namespace)),
            (None, Some(version)) => {
                if versions.len() >= GUESSES {
                    versions.clear();
                }
                versions.insert(namespace.to_owned(), version);
            }
            (None, None) => {}
        }
    }

    /// The item in a reply to `mg`, if there is one.
    pub(super) fn item(&self, operation: &'static str, reply: Reply) -> Result<Option<Item>> {
        match reply {
            Reply::Item(item) => Ok(Some(item)),
            Reply::Miss => Ok(None),
            reply => Err(self.refused(operation, &reply)),
        }
    }

    /// Whether an item was stored or removed, or the condition did not hold.
    pub(super) fn is_done(&self, operation: &'static str, reply: &Reply) -> Result<bool> {
        match reply {
            Reply::Item(_) => Ok(true),
            Reply::NotStored | Reply::Changed | Reply::NotFound => Ok(false),
            reply => Err(self.refused(operation, reply)),
        }
    }

    /// The error for a reply that is neither yes nor no.
    #[cold]
    pub(super) fn refused(&self, operation: &'static str, reply: &Reply) -> Error {
        match reply {
            Reply::Refused(refusal) => refused(*refusal, operation, &self.place),
            _ => self.unexpected(operation),
        }
    }

    #[cold]
    pub(super) fn unexpected(&self, operation: &'static str) -> Error {
        unexpected(operation, &self.place)
    }

    /// The error for what others changed for as long as an operation may take.
    #[cold]
    pub(super) fn contended(&self, operation: &'static str) -> Error {
        let text = format!("{}: others change or clear this all the time", self.place);
        Error::new(ErrorKind::TimedOut, operation).context(text)
    }
}

/// The namespace of a key; the records of tags outlive every `clear`.
fn namespace_in(key: &str) -> Option<&str> {
    (!is_tag_record(key)).then(|| namespace_of(key))
}

fn guess_of(key: &str, guesses: &BTreeMap<&str, u64>) -> Option<u64> {
    namespace_in(key).and_then(|namespace| guesses.get(namespace).copied())
}

fn version_in(reply: &Reply) -> Option<u64> {
    let Reply::Item(item) = reply else { return None };
    Some(u64::from_le_bytes(item.data.as_ref().try_into().ok()?))
}
