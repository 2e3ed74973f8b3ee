//! The bounds hold, and the right entries go.

use std::fs;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::filesystem::Options;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::testing::TestClock;
use cache_tests::Folder;

use crate::stage::{eventually, files, patient, store_in, value};

const HOUR: Life = Life::For(Duration::from_hours(1));

fn bounded(folder: &Path, max_entries: u64, max_bytes: u64, clock: &Clock) -> SharedBackend {
    Options { max_entries, max_bytes, ..patient(folder) }.build(clock).unwrap()
}

/// What stands in the files of entries.
fn usage(folder: &Path) -> (u64, u64) {
    let files = files(folder, ".entry");
    let lengths = files.iter().filter_map(|file| fs::metadata(file).ok()).map(|file| file.len());
    (files.len() as u64, lengths.sum())
}

#[tokio::test]
async fn never_are_there_more_entries_than_stated() {
    let folder = Folder::in_memory();
    let store = bounded(folder.path(), 100, 1 << 30, &Clock::system());

    for index in 0..1000 {
        store.set(&format!("key {index}"), value(), HOUR).await.unwrap();

        let (entries, _) = usage(folder.path());
        assert!(entries <= 100, "{entries} after {index}");
    }

    assert!(usage(folder.path()).0 > 80);
}

#[tokio::test]
async fn never_have_entries_more_bytes_than_stated() {
    let folder = Folder::in_memory();
    let store = bounded(folder.path(), 1 << 30, 100_000, &Clock::system());

    for index in 0..300_usize {
        let value = Bytes::from(vec![7; 100 + index * 37 % 5000]);
        store.set(&format!("key {index}"), value, HOUR).await.unwrap();

        let (_, bytes) = usage(folder.path());
        assert!(bytes <= 100_000, "{bytes} after {index}");
    }

    assert!(usage(folder.path()).1 > 75_000);
}

/// Eight threads write in each of two stores, which know of each other by the tallies only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_hold_when_several_stores_write_at_once() {
    let folder = Folder::in_memory();
    let writers: Vec<_> = (0..2)
        .flat_map(|node| {
            let store = bounded(folder.path(), 500, 1 << 30, &Clock::system());
            (0..4).map(move |writer| (store.clone(), node * 4 + writer))
        })
        .map(|(store, writer)| {
            tokio::spawn(async move {
                for index in 0..500 {
                    store.set(&format!("key {writer} {index}"), value(), HOUR).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }

    // The next write of either knows what both have written.
    let late = bounded(folder.path(), 500, 1 << 30, &Clock::system());
    late.set("late", value(), HOUR).await.unwrap();
    let (entries, _) = usage(folder.path());
    assert!(entries <= 500 && entries > 250, "{entries}");
}

#[tokio::test]
async fn the_oldest_go_first() {
    let (folder, clock) = (Folder::in_memory(), TestClock::new());
    let store = bounded(folder.path(), 100, 1 << 30, &clock.clock());
    for index in 0..140 {
        store.set(&format!("key {index:03}"), value(), HOUR).await.unwrap();
        clock.advance(Duration::from_millis(1));
    }

    let mut keys = store.keys("").await.unwrap();

    // A shard in which somebody writes is passed over when room is made ahead: a few that are older may stay.
    keys.sort_unstable();
    let newest: Vec<_> = (70..140).map(|index| format!("key {index:03}")).collect();
    assert!(keys.len() <= 100 && keys.ends_with(&newest), "{keys:?}");
}

#[tokio::test]
async fn what_has_expired_goes_before_the_oldest() {
    let (folder, clock) = (Folder::in_memory(), TestClock::new());
    let store = bounded(folder.path(), 100, 1 << 30, &clock.clock());
    for index in 0..10 {
        store.set(&format!("oldest {index}"), value(), HOUR).await.unwrap();
    }
    clock.advance(Duration::from_millis(1));
    for index in 0..80 {
        store.set(&format!("brief {index}"), value(), Life::For(Duration::from_millis(5))).await.unwrap();
    }
    clock.advance(Duration::from_millis(10));

    for index in 0..80 {
        store.set(&format!("key {index}"), value(), HOUR).await.unwrap();
    }

    // As above: what has expired in a shard that is passed over stays for a moment.
    assert!(store.keys("oldest").await.unwrap().len() >= 5);
}

#[tokio::test]
async fn replacing_entries_evicts_none() {
    let folder = Folder::in_memory();
    // Room is made ahead of need from 31 parts of 32 on.
    let store = bounded(folder.path(), 100, 1 << 30, &Clock::system());
    let keys: Vec<_> = (0..96).map(|index| format!("key {index}")).collect();

    for _ in 0..5 {
        for key in &keys {
            store.set(key, value(), HOUR).await.unwrap();
        }
    }

    let found = store.get_many(&keys).await.unwrap();
    assert!(found.iter().all(Option::is_some));
}

#[tokio::test]
async fn the_smallest_bound_keeps_what_was_just_set() {
    let folder = Folder::in_memory();
    let store = bounded(folder.path(), 1, 1 << 30, &Clock::system());

    for index in 0..10 {
        let key = format!("key {index}");
        store.set(&key, value(), HOUR).await.unwrap();

        assert_eq!(store.keys("").await.unwrap(), [key]);
    }
}

#[tokio::test]
async fn an_entry_that_is_too_large_is_refused_and_the_older_one_is_gone() {
    let folder = Folder::in_memory();
    let store = bounded(folder.path(), 100, 1000, &Clock::system());
    store.set("key", value(), HOUR).await.unwrap();
    store.set("other", value(), HOUR).await.unwrap();

    let error = store.set("key", Bytes::from(vec![7; 1000]), HOUR).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert_eq!(store.get("key").await.unwrap(), None);
    assert!(store.get("other").await.unwrap().is_some());
}

/// Files that someone has removed by hand count no more, once it is noticed.
#[tokio::test]
async fn what_was_removed_by_hand_makes_no_room_twice() {
    let folder = Folder::in_memory();
    let store = bounded(folder.path(), 100, 1 << 30, &Clock::system());
    for index in 0..90 {
        store.set(&format!("old {index}"), value(), HOUR).await.unwrap();
    }
    for file in files(folder.path(), ".entry") {
        fs::remove_file(file).unwrap();
    }

    for index in 0..90 {
        store.set(&format!("new {index}"), value(), HOUR).await.unwrap();
    }

    assert_eq!(store.keys("").await.unwrap().len(), 90);
}

/// A new store in a folder that is full already.
#[tokio::test]
async fn a_bound_holds_for_what_was_there_before() {
    let folder = Folder::in_memory();
    let first = store_in(folder.path());
    for index in 0..300 {
        first.set(&format!("key {index}"), value(), HOUR).await.unwrap();
    }

    let store = bounded(folder.path(), 100, 1 << 30, &Clock::system());
    store.set("late", value(), HOUR).await.unwrap();

    eventually("the bound holds", || usage(folder.path()).0 <= 100);
    assert!(store.get("late").await.unwrap().is_some());
}
