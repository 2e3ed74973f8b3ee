//! Disks that are full, read-only or hang, and processes that hold a lock for too long.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::filesystem::{Filesystem, MOST_THREADS, MOST_WAITING, Options};
use cache_runtime::backend::{Acquired, Claim, Operation, SharedBackend, Token};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::{Caches, Timeout};
use cache_tests::Folder;

use crate::process::{in_its_own_process, make_read_only, on_a_small_disk};
use crate::stage::{LEASE, PATIENCE, files, foreign_block_on, store_in, value};

/// A limit that ends during a test.
const BRIEF: Duration = Duration::from_millis(50);

fn impatient(folder: &Path) -> SharedBackend {
    Options { answer_timeout: BRIEF, ..Options::at(folder) }.build(&Clock::system()).unwrap()
}

/// Writes until the disk takes no more; what it said.
async fn fill_up(store: &SharedBackend) -> cache_runtime::Error {
    for index in 0.. {
        let value = Bytes::from(vec![7; 10_000]);
        if let Err(error) = store.set(&format!("filler {index}"), value, Life::Forever).await {
            return error;
        }
    }
    unreachable!("a disk is full at last")
}

#[test]
fn a_full_disk_reports_writes_as_too_large_and_takes_invalidations() {
    on_a_small_disk(|disk| {
        let store = store_in(disk.path());
        foreign_block_on(async {
            for key in ["old", "one", "clear:two"] {
                store.set(key, value(), Life::Forever).await.unwrap();
            }
            let granted = store.acquire("leased", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap();
            assert_eq!(granted, Acquired::Granted);

            let error = fill_up(&store).await;
            let large = Bytes::from(vec![7; 100_000]);
            let replaced = store.set("old", large.clone(), Life::Forever).await.unwrap_err();
            let filled = store.fill("leased", Token(1), large, Life::Forever).await.unwrap_err();

            assert_eq!([error, replaced, filled].map(|error| error.kind()), [ErrorKind::TooLarge; 3]);
            assert_eq!(store.get("old").await.unwrap(), None, "what was to be replaced is gone");
            assert_eq!(store.get("leased").await.unwrap(), None);
            assert!(store.delete("one").await.unwrap());
            store.clear("clear:").await.unwrap();
            assert_eq!(store.get("clear:two").await.unwrap(), None);
            store.clear("filler").await.unwrap();
            store.set("new", Bytes::from(vec![7; 100_000]), Life::Forever).await.unwrap();
        });
    });
}

/// Half an entry would be in the way of all others.
#[test]
fn a_full_disk_keeps_no_part_of_what_did_not_fit() {
    on_a_small_disk(|disk| {
        let store = store_in(disk.path());

        foreign_block_on(fill_up(&store));

        assert!(files(disk.path(), ".new").is_empty());
    });
}

/// The system ends a write at a limit that the process has for its files.
#[test]
fn a_file_that_may_not_grow_so_long_is_too_large() {
    in_its_own_process(&["bash", "-c", "trap '' XFSZ; ulimit -f 16; exec \"$@\"", "bash"], || {
        let folder = Folder::new();
        let store = store_in(folder.path());

        foreign_block_on(async {
            store.set("key", value(), Life::Forever).await.unwrap();
            let error = store.set("key", Bytes::from(vec![7; 100_000]), Life::Forever).await.unwrap_err();

            assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
            assert_eq!(store.get("key").await.unwrap(), None);
        });
    });
}

#[test]
fn a_read_only_disk_is_read_and_reports_writes() {
    on_a_small_disk(|disk| {
        let store = store_in(disk.path());
        foreign_block_on(async {
            store.set("key", value(), Life::Forever).await.unwrap();
            make_read_only(disk.path());

            assert_eq!(store.get("key").await.unwrap().unwrap().bytes, value());
            assert_eq!(store.keys("").await.unwrap(), ["key"]);
            let faults = [
                store.set("key", value(), Life::Forever).await.unwrap_err(),
                store.add("new", value(), Life::Forever).await.unwrap_err(),
                store.delete("key").await.unwrap_err(),
                store.touch("key", Life::Forever).await.unwrap_err(),
                store.clear("").await.unwrap_err(),
                store.acquire("new", Token(1), LEASE, Claim::IfAbsent, None).await.unwrap_err(),
            ];

            for error in faults {
                assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
                assert!(error.to_string().contains(&disk.path().display().to_string()), "{error}");
            }
        });
    });
}

#[test]
fn a_check_finds_a_read_only_disk() {
    on_a_small_disk(|disk| {
        let caches = Caches::builder().add("default", Filesystem::at(disk.path())).build().unwrap();
        caches.get("default").unwrap().blocking().set("key", &1, Timeout::Never).unwrap();
        make_read_only(disk.path());

        let found = caches.check();

        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.starts_with("its store takes no writes: "), "{found:?}");
    });
}

#[test]
fn a_location_that_is_a_file_is_reported() {
    let outer = Folder::new();
    let folder = outer.file("file");
    fs::write(&folder, "a file").unwrap();
    let store = store_in(&folder);

    let faults = [
        foreign_block_on(store.get("key")).map(drop).unwrap_err(),
        foreign_block_on(store.set("key", value(), Life::Forever)).unwrap_err(),
    ];

    assert_eq!(faults.map(|error| error.kind()), [ErrorKind::Unavailable; 2]);
}

/// A pipe in the place of an entry: to open it takes until someone writes there, as on a disk that hangs.
struct Hanging {
    pipe: PathBuf,
}

impl Hanging {
    fn at(folder: &Folder) -> Self {
        let pipe = files(folder.path(), ".entry").remove(0);
        fs::remove_file(&pipe).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        Self { pipe }
    }
}

/// Lets those go who are held up.
impl Drop for Hanging {
    fn drop(&mut self) {
        // Opened for both, which does not wait; whoever waits goes on.
        let both = fs::File::options().read(true).write(true).open(&self.pipe);
        let _ = fs::remove_file(&self.pipe);
        drop(both);
    }
}

/// The threads of crews in this process.
fn threads_of_crews() -> usize {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.trim_end() == "cache-files").count()
}

#[test]
fn a_disk_that_hangs_holds_up_a_few_threads_and_no_caller() {
    in_its_own_process(&["env"], || {
        let folder = Folder::new();
        let store = impatient(folder.path());
        foreign_block_on(async {
            eventually_set(&store).await;
            let hanging = Hanging::at(&folder);
            let begun = Instant::now();

            let calls: Vec<_> = (0..1000).map(|_| store.get("key")).collect();
            let mut late = 0;
            for answer in join(calls).await {
                late += usize::from(answer.is_err_and(|error| error.kind() == ErrorKind::TimedOut));
            }

            assert_eq!(late, 1000);
            assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
            // One crew reads, one writes.
            assert!(threads_of_crews() <= 2 * MOST_THREADS, "{}", threads_of_crews());
            drop(hanging);
            // What was given up is passed over, and the store serves again.
            eventually_set(&store).await;
        });
    });
}

/// A caller beyond those that may wait is told so at once.
#[test]
fn no_more_operations_wait_for_a_disk_that_hangs_than_stated() {
    in_its_own_process(&["env"], || {
        let folder = Folder::new();
        let patient = store_in(folder.path());
        foreign_block_on(async {
            patient.set("key", value(), Life::Forever).await.unwrap();
            let hanging = Hanging::at(&folder);

            let calls: Vec<_> = (0..MOST_WAITING + MOST_THREADS + 500).map(|_| patient.get("key")).collect();
            let releasing = async {
                // Polled after all others: they have been submitted, or refused.
                drop(hanging);
                Ok(None)
            };
            let mut calls = calls;
            calls.push(Box::pin(releasing));
            let answers = join(calls).await;

            let refused = answers.iter().filter(|answer| answer.is_err()).count();
            assert!((1..=500 + MOST_THREADS).contains(&refused), "{refused}");
        });
    });
}

/// Sets a key, however busy the machine is.
async fn eventually_set(store: &SharedBackend) {
    let begun = Instant::now();
    while store.set("key", value(), Life::Forever).await.is_err() {
        assert!(begun.elapsed() < PATIENCE, "the store does not serve");
    }
}

/// Polls all at once until each has ended.
async fn join<T>(calls: Vec<Operation<'_, T>>) -> Vec<cache_runtime::Result<T>> {
    futures_util::future::join_all(calls).await
}

#[tokio::test]
async fn a_lock_that_another_holds_for_too_long_fails_writes_and_no_reads() {
    let folder = Folder::new();
    let patient = store_in(folder.path());
    patient.set("key", value(), Life::Forever).await.unwrap();
    let held = lock_of_the_only_shard(&folder);
    let store = impatient(folder.path());

    let set = store.set("key", Bytes::from_static(b"new"), Life::Forever).await.unwrap_err();
    let deleted = store.delete("key").await.unwrap_err();
    let read = patient.get("key").await.unwrap();

    assert_eq!([set, deleted].map(|error| error.kind()), [ErrorKind::TimedOut; 2]);
    assert_eq!(read.unwrap().bytes, value());
    drop(held);
    patient.set("key", Bytes::from_static(b"newer"), Life::Forever).await.unwrap();
}

/// An invalidation that its caller does not wait for is done all the same; a write could undo later ones.
#[tokio::test]
async fn an_abandoned_deletion_is_done_and_an_abandoned_write_is_not() {
    let folder = Folder::new();
    let (store, others) = (store_in(folder.path()), store_in(folder.path()));
    store.set("locked", value(), Life::Forever).await.unwrap();
    let held = lock_of_the_only_shard(&folder);
    for key in ["one", "two"] {
        others.set(key, value(), Life::Forever).await.unwrap();
    }
    let mut waiting: Vec<_> = (0..MOST_THREADS).map(|_| store.touch("locked", Life::Forever)).collect();
    waiting.iter_mut().for_each(begin);

    let mut abandoned = store.set("one", Bytes::from_static(b"late"), Life::Forever);
    begin(&mut abandoned);
    drop(abandoned);
    let mut abandoned = store.delete("two");
    begin(&mut abandoned);
    drop(abandoned);
    drop(held);
    join(waiting).await;
    // Begun after both: the crew takes its work in the order in which it came.
    store.touch("last", Life::Forever).await.unwrap();

    let begun = Instant::now();
    while others.get("two").await.unwrap().is_some() {
        assert!(begun.elapsed() < PATIENCE, "the deletion was left undone");
    }
    assert_eq!(others.get("one").await.unwrap().unwrap().bytes, value());
}

/// Writers who wait for a lock keep no reader waiting.
#[tokio::test]
async fn reads_go_on_while_all_writers_wait() {
    let folder = Folder::new();
    let store = store_in(folder.path());
    store.set("locked", value(), Life::Forever).await.unwrap();
    let held = lock_of_the_only_shard(&folder);
    let mut waiting: Vec<_> = (0..2 * MOST_THREADS).map(|_| store.touch("locked", Life::Forever)).collect();
    waiting.iter_mut().for_each(begin);

    assert_eq!(store.get("locked").await.unwrap().unwrap().bytes, value());

    drop(held);
    assert!(join(waiting).await.iter().all(|touched| *touched.as_ref().unwrap()));
}

/// Takes the lock of the shard that holds the only entry, as another process does.
fn lock_of_the_only_shard(folder: &Folder) -> fs::File {
    let lock = fs::File::open(files(folder.path(), ".entry")[0].with_file_name(".lock")).unwrap();
    lock.lock().unwrap();
    lock
}

/// Polls a call once.
fn begin<T>(call: &mut Operation<'_, T>) {
    let _ = call.as_mut().poll(&mut Context::from_waker(Waker::noop()));
}
