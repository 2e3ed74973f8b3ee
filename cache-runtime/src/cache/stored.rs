//! What a shared store returned: opened, and its tags compared with their records.

use std::collections::HashMap;

use super::held::nothing;
use super::{Cache, tag_hash};
use crate::base::entry::{Kind, Life, Record, TagStamp};
use crate::base::error::{Error, ErrorKind, Result, during};
use crate::base::event::{Event, MissReason};
use crate::base::sync::random;
use crate::base::table;
use crate::codec::{self, Cacheable, Opened, TAG_LIMIT};

/// Reads an entry together with the records of tags that it may carry.
pub(crate) async fn get_with_tags(
    cache: &Cache,
    final_key: &str,
    tags: &[String],
) -> Result<(Option<Record>, Versions)> {
    let tags: Vec<_> = tags.iter().map(|tag| tag_hash(tag)).collect();
    let mut keys = vec![final_key.to_owned()];
    keys.extend(tags.iter().map(|tag| cache.tag_record(*tag)));
    let mut records = cache.core().backend.get_many(&keys).await?.into_iter();
    let entry = records.next().flatten();
    Ok((entry, Versions(tags.into_iter().zip(records.map(|record| version_of(&record?))).collect())))
}

/// Opens what the store returned, unless a tag of it was invalidated.
///
/// The outer error is the store's; the caller counts it.
pub(super) async fn admit(cache: &Cache, record: &Record) -> Result<Result<Opened, MissReason>> {
    let opened = match codec::open(&record.bytes) {
        Ok(opened) => opened,
        Err(reason) => return Ok(Err(reason)),
    };
    let holds = tags_hold(cache, &opened, Versions::default()).await?;
    Ok(if holds { Ok(opened) } else { Err(MissReason::Invalidated) })
}

/// Whether no tag of the entry was invalidated.
///
/// An entry whose tags are all `known` costs no round trip; one with others costs one.
pub(crate) async fn tags_hold(cache: &Cache, opened: &Opened, mut known: Versions) -> Result<bool> {
    let unknown = tags_of(opened).iter().filter(|stamp| !known.0.contains_key(&stamp.tag));
    known.0.extend(versions(cache, unknown).await?.0);
    Ok(known.hold(tags_of(opened)))
}

/// Opens what the store returned for many keys; all their tags together cost one round trip.
pub(super) async fn admit_all(
    cache: &Cache,
    records: Vec<Option<Record>>,
) -> Result<Vec<Result<Opened, MissReason>>> {
    let open = |record: Option<Record>| codec::open(&record.ok_or(MissReason::Absent)?.bytes);
    let opened: Vec<_> = records.into_iter().map(open).collect();
    let versions =
        counted(cache, "get_many", versions(cache, opened.iter().flatten().flat_map(tags_of)).await)?;
    let admit = |opened: Opened| {
        if versions.hold(tags_of(&opened)) { Ok(opened) } else { Err(MissReason::Invalidated) }
    };
    Ok(opened.into_iter().map(|opened| opened.and_then(admit)).collect())
}

/// Reads the versions of the tags, making records for those that have none; before the body runs.
///
/// The records live for at least `life` more, so that no entry outlives the records of its tags. The
/// caller counts a failure.
///
/// # Errors
///
/// `TooLarge`, if there are more than [`TAG_LIMIT`]; those of the store.
pub(crate) async fn stamp(cache: &Cache, tags: &[String], life: Life) -> Result<Vec<TagStamp>> {
    if tags.len() > TAG_LIMIT {
        let text = format!("an entry carries {TAG_LIMIT} tags at most, and this one has {}", tags.len());
        return Err(Error::new(ErrorKind::TooLarge, "stamp").context(text));
    }
    if tags.is_empty() {
        return Ok(Vec::new());
    }
    let offered = tags.iter().map(|tag| TagStamp { tag: tag_hash(tag), version: random() });
    let offered: Vec<_> = offered.collect();
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

/// Whether an entry carries tags; most do not.
pub(crate) fn is_tagged(opened: &Opened) -> bool {
    !tags_of(opened).is_empty()
}

/// The keys of the records of the tags that an entry carries.
pub(super) fn tag_records(cache: &Cache, opened: &Opened) -> Vec<String> {
    tags_of(opened).iter().map(|stamp| cache.tag_record(stamp.tag)).collect()
}

/// The tags that an entry carries.
fn tags_of(opened: &Opened) -> &[TagStamp] {
    match opened {
        Opened::Entry(entry) => &entry.tags,
        Opened::Integer(_) => &[],
    }
}

/// Counts what the store did not do for an operation, whatever step of it that was.
pub(super) fn counted<T>(cache: &Cache, operation: &'static str, result: Result<T>) -> Result<T> {
    if let Err(error) = &result {
        let counters = &cache.core().counters;
        match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotANumber | ErrorKind::Overflow => {}
            ErrorKind::Unserializable => counters.note(Event::Unserializable),
            ErrorKind::TooLarge => counters.note(Event::TooLarge),
            _ => counters.note(Event::StoreError),
        }
    }
    result.map_err(during(operation))
}

/// The versions of tag records; `None` where there is no record.
#[derive(Default)]
pub(crate) struct Versions(HashMap<u64, Option<u64>>);

impl Versions {
    /// Whether every tag still has the version that was read before the body ran.
    fn hold(&self, stamps: &[TagStamp]) -> bool {
        stamps.iter().all(|stamp| self.0.get(&stamp.tag) == Some(&Some(stamp.version)))
    }
}

async fn versions(cache: &Cache, stamps: impl IntoIterator<Item = &TagStamp>) -> Result<Versions> {
    let mut tags = Vec::new();
    for stamp in stamps {
        table::note(&mut tags, stamp.tag);
    }
    if tags.is_empty() {
        return Ok(Versions::default());
    }
    let keys: Vec<_> = tags.iter().map(|tag| cache.tag_record(*tag)).collect();
    let records = cache.core().backend.get_many(&keys).await?;
    Ok(Versions(tags.into_iter().zip(records.into_iter().map(|record| version_of(&record?))).collect()))
}

/// The version in a tag's record: eight bytes, little end first.
fn version_of(record: &Record) -> Option<u64> {
    Some(u64::from_le_bytes(record.bytes.as_ref().try_into().ok()?))
}
