//! What has expired is removed without being asked for.

use std::fs;
use std::path::Path;
use std::time::Duration;

use cache_runtime::backend::filesystem::SWEPT_EVERY;
use cache_runtime::backend::{Claim, Token};
use cache_runtime::base::entry::Life;
use cache_runtime::testing::TestClock;
use cache_tests::Folder;

use crate::stage::{eventually, files, patient, value};

const BRIEF: Duration = Duration::from_millis(50);

/// Moves the clock, second by second, until it is so.
#[track_caller]
fn eventually_swept(clock: &TestClock, what: &str, is_so: impl Fn() -> bool) {
    eventually(what, || {
        clock.advance(SWEPT_EVERY);
        is_so()
    });
}

fn has(folder: &Path, ending: &str) -> bool {
    !files(folder, ending).is_empty()
}

#[tokio::test]
async fn expired_entries_are_removed_and_live_ones_stay() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    for index in 0..200 {
        store.set(&format!("brief {index}"), value(), Life::For(BRIEF)).await.unwrap();
    }
    store.set("lasting", value(), Life::Forever).await.unwrap();

    eventually_swept(&clock, "one file is left", || files(folder.path(), ".entry").len() == 1);

    assert!(store.get("lasting").await.unwrap().is_some());
}

#[tokio::test]
async fn a_sweep_removes_no_more_at_a_time_than_it_says() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    for index in 0..512 {
        store.set(&format!("brief {index}"), value(), Life::For(BRIEF)).await.unwrap();
    }

    clock.advance(SWEPT_EVERY);
    eventually("a part is removed", || files(folder.path(), ".entry").len() < 512);

    // An eighth of the shards, however the keys are spread over them.
    assert!(files(folder.path(), ".entry").len() > 256);
}

#[tokio::test]
async fn leases_that_have_ended_are_removed() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    store.acquire("key", Token(1), BRIEF, Claim::IfAbsent, None).await.unwrap();
    assert!(has(folder.path(), ".lease"));

    eventually_swept(&clock, "the lease is gone", || !has(folder.path(), ".lease"));
}

#[tokio::test]
async fn what_a_dead_process_has_left_is_removed() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    store.set("key", value(), Life::Forever).await.unwrap();
    let shard = files(folder.path(), ".entry")[0].parent().unwrap().to_owned();
    fs::write(shard.join(".new"), "half an entry").unwrap();
    fs::create_dir_all(folder.path().join(".owners")).unwrap();
    fs::write(folder.path().join(".owners/0123456789abcdef"), "").unwrap();
    fs::write(folder.path().join(".owners/notes"), "not ours").unwrap();

    eventually_swept(&clock, "both are gone", || {
        !has(folder.path(), ".new") && !has(folder.path(), "0123456789abcdef")
    });

    assert!(store.get("key").await.unwrap().is_some());
    assert!(has(folder.path(), "notes"));
}

#[tokio::test]
async fn a_torn_file_is_removed() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    store.set("key", value(), Life::Forever).await.unwrap();
    let file = files(folder.path(), ".entry").remove(0);
    fs::write(&file, "torn").unwrap();

    eventually_swept(&clock, "the file is gone", || !file.exists());
}

#[tokio::test]
async fn the_sweeper_ends_with_its_store() {
    let (folder, clock) = (Folder::new(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();
    store.set("key", value(), Life::For(BRIEF)).await.unwrap();
    drop(store);

    for _ in 0..20 {
        clock.advance(SWEPT_EVERY);
    }

    assert!(has(folder.path(), ".entry"));
}
