//! The shared suite, by both clocks and for every kind of caller.

use std::sync::Arc;

use cache_runtime::testing::{TestClock, Time, backend_suite};
use cache_tests::Folder;

use crate::stage::{foreign_block_on, patient, store_in};

#[tokio::test]
async fn files_keep_every_promise() {
    let folder = Folder::in_memory();
    let store = store_in(folder.path());

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[tokio::test]
async fn be073_files_keep_every_promise_by_a_clock_that_is_moved() {
    let (folder, clock) = (Folder::in_memory(), TestClock::new());
    let store = patient(folder.path()).build(&clock.clock()).unwrap();

    backend_suite(|| Arc::clone(&store), Time::of(&clock)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_keep_every_promise_on_many_threads() {
    let folder = Folder::in_memory();
    let store = store_in(folder.path());

    backend_suite(|| Arc::clone(&store), Time::real()).await;
}

#[test]
fn files_keep_every_promise_to_synchronous_callers() {
    let folder = Folder::in_memory();
    let store = store_in(folder.path());

    foreign_block_on(backend_suite(|| Arc::clone(&store), Time::real()));
}

/// Each check has a store of its own, as several processes have, at one folder.
#[tokio::test]
async fn several_stores_in_one_folder_keep_every_promise() {
    let folder = Folder::in_memory();

    backend_suite(|| store_in(folder.path()), Time::real()).await;
}
