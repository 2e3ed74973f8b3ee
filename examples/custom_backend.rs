//! A backend of one's own: the contract kept, examined by the shared suite, and used by cached functions.
//!
//! Run it by `cargo run --example custom_backend`.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use cache_runtime::backend::custom::Custom;
use cache_runtime::backend::{Backend, Capability, Operation};
use cache_runtime::base::clock::{Clock, Moment};
use cache_runtime::base::entry::{Life, Record};
use cache_runtime::testing::{TestClock, Time, backend_suite};
use cache_runtime::{Caches, Error, ErrorKind, Result, Ttl, cached};

/// A shelf: bytes in a sorted map, so that a prefix is a range.
///
/// Every operation is one look into the map under its lock, which makes it atomic. It has no bound: a
/// store for real use evicts.
struct Shelf {
    clock: Clock,
    entries: Mutex<BTreeMap<String, Entry>>,
}

#[derive(Clone)]
struct Entry {
    bytes: Bytes,
    expires_at: Moment,
}

impl Shelf {
    fn new(clock: Clock) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    /// The live entries; expired ones are removed first, so that no operation can see them.
    fn live(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.clock.now();
        entries.retain(|_, entry| now < entry.expires_at);
        entries
    }

    fn entry(&self, bytes: Bytes, life: Life) -> Entry {
        Entry { bytes, expires_at: life.expires_at(self.clock.now()) }
    }

    fn record(&self, key: &str) -> Option<Record> {
        self.live().get(key).map(|entry| Record { bytes: entry.bytes.clone() })
    }

    /// One integer is decimal text; its life stays as it is.
    fn add_to_integer(&self, key: &str, by: i64) -> Result<i64> {
        let fault = |kind| Error::new(kind, "incr").context(format!("`{key}`"));
        let mut entries = self.live();
        let entry = entries.get_mut(key).ok_or_else(|| fault(ErrorKind::NotFound))?;
        let text = std::str::from_utf8(&entry.bytes).ok();
        let number: i64 =
            text.and_then(|text| text.parse().ok()).ok_or_else(|| fault(ErrorKind::NotANumber))?;
        let sum = number.checked_add(by).ok_or_else(|| fault(ErrorKind::Overflow))?;
        entry.bytes = sum.to_string().into();
        Ok(sum)
    }

    /// The version in a tag's record, which is made or made to live longer.
    fn stamp_one(&self, key: &str, offered: u64, life: Life) -> u64 {
        let wanted = self.entry(Bytes::copy_from_slice(&offered.to_le_bytes()), life);
        let mut entries = self.live();
        let entry = entries.entry(key.to_owned()).or_insert_with(|| wanted.clone());
        entry.expires_at = entry.expires_at.max(wanted.expires_at);
        entry.bytes.as_ref().try_into().map_or(offered, u64::from_le_bytes)
    }
}

/// What is done at once, as the future that the trait asks for.
fn done<'a, T: Send + 'a>(result: T) -> Operation<'a, T> {
    Box::pin(ready(Ok(result)))
}

impl Backend for Shelf {
    fn name(&self) -> &'static str {
        "shelf"
    }

    /// In this process, without leases, and with a listing.
    fn capability(&self) -> Capability {
        Capability::LOCAL
    }

    fn get<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Record>> {
        done(self.record(key))
    }

    fn get_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, Vec<Option<Record>>> {
        done(keys.iter().map(|key| self.record(key)).collect())
    }

    fn set<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, ()> {
        let entry = self.entry(value, life);
        self.live().insert(key.to_owned(), entry);
        done(())
    }

    fn set_many<'a>(&'a self, entries: &'a [(String, Bytes)], life: Life) -> Operation<'a, ()> {
        let entries = entries.iter().map(|(key, value)| (key.clone(), self.entry(value.clone(), life)));
        let entries: Vec<_> = entries.collect();
        self.live().extend(entries);
        done(())
    }

    fn add<'a>(&'a self, key: &'a str, value: Bytes, life: Life) -> Operation<'a, bool> {
        let entry = self.entry(value, life);
        let mut entries = self.live();
        let is_absent = !entries.contains_key(key);
        if is_absent {
            entries.insert(key.to_owned(), entry);
        }
        done(is_absent)
    }

    fn touch<'a>(&'a self, key: &'a str, life: Life) -> Operation<'a, bool> {
        let expires_at = life.expires_at(self.clock.now());
        done(self.live().get_mut(key).map(|entry| entry.expires_at = expires_at).is_some())
    }

    fn ttl<'a>(&'a self, key: &'a str) -> Operation<'a, Option<Ttl>> {
        done(self.live().get(key).map(|entry| match entry.expires_at {
            Moment::NEVER => Ttl::Never,
            at => Ttl::After(at.since(self.clock.now())),
        }))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Operation<'a, bool> {
        done(self.live().remove(key).is_some())
    }

    fn delete_many<'a>(&'a self, keys: &'a [String]) -> Operation<'a, u64> {
        let mut entries = self.live();
        done(keys.iter().filter(|key| entries.remove(*key).is_some()).count() as u64)
    }

    fn incr<'a>(&'a self, key: &'a str, by: i64) -> Operation<'a, i64> {
        Box::pin(ready(self.add_to_integer(key, by)))
    }

    fn clear<'a>(&'a self, prefix: &'a str) -> Operation<'a, ()> {
        self.live().retain(|key, _| !key.starts_with(prefix));
        done(())
    }

    fn keys<'a>(&'a self, prefix: &'a str) -> Operation<'a, Vec<String>> {
        let entries = self.live();
        let listed = entries.range(prefix.to_owned()..).map(|(key, _)| key);
        let listed = listed.take_while(|key| key.starts_with(prefix)).filter(|key| !is_tag_record(key));
        done(listed.cloned().collect())
    }

    fn stamp<'a>(&'a self, records: &'a [(String, u64)], life: Life) -> Operation<'a, Vec<u64>> {
        done(records.iter().map(|(key, offered)| self.stamp_one(key, *offered, life)).collect())
    }
}

/// The records of tags are not listed: their keys end in `~t:` and sixteen hexadecimal digits.
fn is_tag_record(key: &str) -> bool {
    key.rsplit_once("~t:").is_some_and(|(_, tag)| tag.len() == 16)
}

#[cached(key = "length:{text}", cache = "shelf", timeout = "1h", tags = ["lengths"])]
async fn length(text: &str) -> usize {
    tokio::task::yield_now().await; // where a real function asks its database
    text.chars().count()
}

#[tokio::main]
async fn main() -> Result<()> {
    let clock = TestClock::new();
    backend_suite(|| Arc::new(Shelf::new(clock.clock())), Time::of(&clock)).await;
    println!("the shelf keeps every promise of the contract");

    let shelf = Arc::new(Shelf::new(Clock::system()));
    Caches::builder().add("shelf", Custom::new(shelf.clone()).key_prefix("site")).install()?;

    assert_eq!((length("Ærøskøbing").await, length("Ærøskøbing").await), (10, 10));
    let stats = cache_runtime::cache("shelf")?.stats();
    assert_eq!((stats.hits, stats.computations), (1, 1));
    println!("two calls: {} hit, {} computation", stats.hits, stats.computations);

    let stored: Vec<_> = shelf.live().keys().cloned().collect();
    assert!(stored.contains(&"site:1:length:Ærøskøbing".to_owned()), "{stored:?}");
    println!("on the shelf: {}", stored.join(", "));

    cache_runtime::cache("shelf")?.invalidate_tag("lengths").await?;
    assert_eq!(length::peek("Ærøskøbing").await?, None);
    println!("and nothing valid after its tag was invalidated");
    Ok(())
}
