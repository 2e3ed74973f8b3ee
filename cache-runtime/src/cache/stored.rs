//! What a shared store returned: opened, and its tags compared with their records.

use std::collections::{BTreeSet, HashMap};

use super::held::nothing;
use super::{Cache, tag_hash};
use crate::base::entry::{Kind, Life, Record, TagStamp};
use crate::base::error::{ErrorKind, Result};
use crate::base::event::{Event, MissReason};
use crate::base::sync::random;
use crate::codec::{self, Cacheable, Opened};

/// Opens what the store returned, unless a tag of it was invalidated.
///
/// An entry without tags costs no further round trip; one with tags costs one. The outer error is the
/// store's; the caller counts it.
pub(crate) async fn admit(cache: &Cache, record: &Record) -> Result<Result<Opened, MissReason>> {
    let opened = match codec::open(&record.bytes) {
        Ok(opened) => opened,
        Err(reason) => return Ok(Err(reason)),
    };
    let versions = versions(cache, tags_of(&opened)).await?;
    Ok(if versions.hold(tags_of(&opened)) { Ok(opened) } else { Err(MissReason::Invalidated) })
}

/// Opens what the store returned for many keys; all their tags together cost one round trip.
pub(super) async fn admit_all(
    cache: &Cache,
    records: Vec<Option<Record>>,
) -> Result<Vec<Result<Opened, MissReason>>> {
    let open = |record: Option<Record>| codec::open(&record.ok_or(MissReason::Absent)?.bytes);
    let opened: Vec<_> = records.into_iter().map(open).collect();
    let versions = counted(cache, versions(cache, opened.iter().flatten().flat_map(tags_of)).await)?;
    let admit = |opened: Opened| match versions.hold(tags_of(&opened)) {
        true => Ok(opened),
        false => Err(MissReason::Invalidated),
    };
    Ok(opened.into_iter().map(|opened| opened.and_then(admit)).collect())
}

/// Reads the versions of the tags, making records for those that have none; before the body runs.
///
/// The records live for at least `life` more, so that no entry outlives the records of its tags. The
/// caller counts a failure.
pub(crate) async fn stamp(cache: &Cache, tags: &[String], life: Life) -> Result<Vec<TagStamp>> {
    let offered = tags.iter().map(|tag| TagStamp { tag: tag_hash(tag), version: random() });
    stamp_as(cache, offered.collect(), life).await
}

/// Makes tag records of these versions where there are none, and tells the versions there are.
pub(super) async fn stamp_as(cache: &Cache, offered: Vec<TagStamp>, life: Life) -> Result<Vec<TagStamp>> {
    if offered.is_empty() {
        return Ok(offered);
    }
    let records: Vec<_> = offered.iter().map(|stamp| (cache.tag_record(stamp.tag), stamp.version)).collect();
    let versions = cache.core().backend.stamp(&records, life).await?;
    let stamps = offered.into_iter().zip(versions);
    Ok(stamps.map(|(stamp, version)| TagStamp { tag: stamp.tag, version }).collect())
}

/// The value of an opened entry as a `T`.
pub(super) fn decode<T: Cacheable>(opened: &Opened) -> Result<T, MissReason> {
    match opened {
        Opened::Integer(number) => codec::from_integer(*number).ok_or(MissReason::OtherLayout),
        Opened::Entry(entry) => match entry.kind {
            Kind::Value => entry.decode(),
            Kind::Nothing => nothing().ok_or(MissReason::OtherLayout),
            Kind::Failure => Err(MissReason::OtherLayout),
        },
    }
}

/// The tags that an entry carries.
pub(super) fn tags_of(opened: &Opened) -> &[TagStamp] {
    match opened {
        Opened::Entry(entry) => &entry.tags,
        Opened::Integer(_) => &[],
    }
}

/// Counts what the store did not do.
pub(super) fn counted<T>(cache: &Cache, result: Result<T>) -> Result<T> {
    if let Err(error) = &result {
        let counters = &cache.core().counters;
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotANumber | ErrorKind::Overflow => {}
            ErrorKind::Unserializable => counters.note(Event::Unserializable),
            ErrorKind::TooLarge => counters.note(Event::TooLarge),
            _ => counters.note(Event::StoreError),
        }
    }
    result
}

/// The versions of tag records, as far as there are records.
struct Versions(HashMap<u64, u64>);

impl Versions {
    /// Whether every tag still has the version that was read before the body ran.
    fn hold(&self, stamps: &[TagStamp]) -> bool {
        stamps.iter().all(|stamp| self.0.get(&stamp.tag) == Some(&stamp.version))
    }
}

async fn versions(cache: &Cache, stamps: impl IntoIterator<Item = &TagStamp>) -> Result<Versions> {
    let tags: BTreeSet<u64> = stamps.into_iter().map(|stamp| stamp.tag).collect();
    if tags.is_empty() {
        return Ok(Versions(HashMap::new()));
    }
    let keys: Vec<_> = tags.iter().map(|tag| cache.tag_record(*tag)).collect();
    let records = cache.core().backend.get_many(&keys).await?;
    let found = tags.into_iter().zip(records).filter_map(|(tag, record)| Some((tag, version_of(&record?)?)));
    Ok(Versions(found.collect()))
}

/// The version in a tag's record: eight bytes, little end first.
fn version_of(record: &Record) -> Option<u64> {
    Some(u64::from_le_bytes(record.bytes.as_ref().try_into().ok()?))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::backend::custom::Custom;
    use crate::base::entry::Timeout;
    use crate::base::sync::block_on;
    use crate::cache::Caches;
    use crate::codec::Meta;
    use crate::testing::{Call, Fault, FaultyBackend, TestClock};

    const LIFE: Life = Life::For(Duration::from_mins(1));

    fn stage() -> (Cache, Arc<FaultyBackend>) {
        let clock = TestClock::new();
        let store = Arc::new(FaultyBackend::memory(&clock.clock()).as_shared());
        let custom = Custom::new(Arc::clone(&store) as _);
        let caches = Caches::builder().clock(clock.clock()).add("default", custom).build().unwrap();
        (caches.get("default").unwrap(), store)
    }

    /// Stores a value with tags, as a cached function does.
    fn fill(cache: &Cache, key: &str, tags: &[&str]) {
        let tags: Vec<_> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let stamps = block_on(stamp(cache, &tags, LIFE)).unwrap();
        let meta = Meta { life: LIFE, compute: Duration::ZERO, tags: &stamps };
        let bytes = codec::encode(Kind::Value, &key.to_owned(), &meta, &cache.encoding()).unwrap();
        block_on(cache.core().backend.set(&cache.final_key(key), bytes, LIFE)).unwrap();
    }

    fn admitted(cache: &Cache, key: &str) -> Result<String, MissReason> {
        let record = block_on(cache.core().backend.get(&cache.final_key(key))).unwrap();
        decode(&block_on(admit(cache, &record.unwrap()))?)
    }

    #[test]
    fn an_entry_is_admitted_while_its_tags_hold() {
        let (cache, _) = stage();

        fill(&cache, "key", &["a", "b"]);

        assert_eq!(admitted(&cache, "key"), Ok("key".to_owned()));
    }

    #[test]
    fn an_invalidated_tag_makes_a_miss_of_its_entries_and_of_no_others() {
        let (cache, _) = stage();
        fill(&cache, "both", &["a", "b"]);
        fill(&cache, "b", &["b"]);

        block_on(cache.invalidate_tag("a")).unwrap();

        assert_eq!(admitted(&cache, "both"), Err(MissReason::Invalidated));
        assert_eq!(admitted(&cache, "b"), Ok("b".to_owned()));
    }

    #[test]
    fn a_tag_that_is_used_again_does_not_revive_old_entries() {
        let (cache, _) = stage();
        fill(&cache, "old", &["tag"]);
        block_on(cache.invalidate_tag("tag")).unwrap();

        fill(&cache, "new", &["tag"]);

        assert_eq!(admitted(&cache, "old"), Err(MissReason::Invalidated));
        assert_eq!(admitted(&cache, "new"), Ok("new".to_owned()));
    }

    #[test]
    fn an_entry_computed_before_an_invalidation_is_a_miss() {
        let (cache, _) = stage();
        let stamps = block_on(stamp(&cache, &["tag".to_owned()], LIFE)).unwrap();

        block_on(cache.invalidate_tag("tag")).unwrap();
        let meta = Meta { life: LIFE, compute: Duration::ZERO, tags: &stamps };
        let bytes = codec::encode(Kind::Value, &1.5, &meta, &cache.encoding()).unwrap();
        block_on(cache.core().backend.set(&cache.final_key("key"), bytes, LIFE)).unwrap();

        assert_eq!(admitted(&cache, "key"), Err(MissReason::Invalidated));
    }

    #[test]
    fn a_tag_belongs_to_its_version() {
        let (cache, _) = stage();
        let second = cache.with_version(2);
        fill(&cache, "key", &["tag"]);
        fill(&second, "key", &["tag"]);

        block_on(second.invalidate_tag("tag")).unwrap();

        assert_eq!(admitted(&cache, "key"), Ok("key".to_owned()));
        assert_eq!(admitted(&second, "key"), Err(MissReason::Invalidated));
    }

    #[test]
    fn records_that_cannot_be_read_make_a_miss() {
        let (cache, store) = stage();
        fill(&cache, "key", &["tag"]);

        store.inject(Call::GetMany, Fault::Fail(ErrorKind::Unavailable));

        assert_eq!(admitted(&cache, "key"), Err(MissReason::Unreachable));
        assert_eq!(cache.stats().errors, 1);
    }

    #[test]
    fn an_entry_without_tags_costs_no_further_round_trip() {
        let (cache, store) = stage();
        fill(&cache, "key", &[]);

        admitted(&cache, "key").unwrap();

        assert_eq!((store.calls(Call::GetMany), store.calls(Call::Stamp)), (0, 0));
    }

    #[test]
    fn the_low_level_api_sees_invalidated_tags() {
        let (cache, store) = stage();
        fill(&cache, "a", &["tag"]);
        fill(&cache, "b", &["tag", "other"]);
        assert_eq!(block_on(cache.get_many::<String, _>(["a", "b"])).unwrap().len(), 2);
        assert_eq!(store.calls(Call::GetMany), 2, "one for the keys, one for all tags");

        block_on(cache.invalidate_tag("tag")).unwrap();

        assert_eq!(block_on(cache.get::<String>("a")).unwrap(), None);
        assert!(!block_on(cache.has_key("a")).unwrap());
        assert!(block_on(cache.get_many::<String, _>(["a", "b"])).unwrap().is_empty());
        assert_eq!(cache.stats().misses["invalidated"], 3);
        assert_eq!(block_on(cache.keys()).unwrap().len(), 2, "tag records are not listed");
    }

    #[test]
    fn an_entry_keeps_its_tags_in_another_version() {
        let (cache, _) = stage();
        fill(&cache, "key", &["tag"]);
        let second = cache.with_version(2);

        block_on(cache.incr_version("key", 1)).unwrap();
        assert_eq!(block_on(second.get::<String>("key")).unwrap().as_deref(), Some("key"));
        block_on(second.invalidate_tag("tag")).unwrap();

        assert_eq!(block_on(second.get::<String>("key")).unwrap(), None);
    }

    #[test]
    fn writes_by_hand_end_the_local_generation() {
        let (cache, _) = stage();
        type Write = fn(&Cache);
        let writes: [(&str, Write); 6] = [
            ("set", |cache| block_on(cache.set("key", &1, Timeout::Never)).unwrap()),
            ("set_many", |cache| block_on(cache.set_many([("key", &1)], Timeout::Never)).unwrap()),
            ("delete", |cache| block_on(cache.delete("key")).map(drop).unwrap()),
            ("delete_many", |cache| block_on(cache.delete_many(["key"])).map(drop).unwrap()),
            ("add", |cache| block_on(cache.add("key", &1, Timeout::Never)).map(drop).unwrap()),
            ("clear", |cache| block_on(cache.clear()).unwrap()),
        ];

        for (name, write) in writes {
            let key = cache.final_key("key");
            let seen = cache.generation(&key);
            assert!(cache.is_current(&key, seen));

            write(&cache);

            assert!(!cache.is_current(&key, seen), "{name}");
        }
    }

    #[test]
    fn a_none_that_a_function_stored_is_read_as_an_option() {
        let (cache, store) = stage();
        let bytes = codec::encode_nothing(&Meta { life: LIFE, compute: Duration::ZERO, tags: &[] });
        block_on(crate::backend::Backend::set(&*store, &cache.final_key("key"), bytes, LIFE)).unwrap();

        assert_eq!(block_on(cache.get::<Option<String>>("key")).unwrap(), Some(None));
        assert_eq!(block_on(cache.get::<String>("key")).unwrap(), None);
    }
}
