//! What the tests of this folder share.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::filesystem::Options;
use cache_runtime::base::clock::Clock;
pub(crate) use cache_tests::foreign_block_on;

/// How long a test waits for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// The options for this folder, on a machine that shares two cores with every other test.
pub(crate) fn patient(folder: &Path) -> Options {
    Options { answer_timeout: PATIENCE, ..Options::at(folder) }
}

/// A store in this folder, by the clock of the machine.
pub(crate) fn store_in(folder: &Path) -> SharedBackend {
    patient(folder).build(&Clock::system()).unwrap()
}

/// The files below a folder whose names end so.
pub(crate) fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).into_iter().flatten() {
        let path = file.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// Asks again and again until it is so.
#[track_caller]
pub(crate) fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        std::thread::yield_now();
    }
}

/// A lease that outlasts a test.
pub(crate) const LEASE: Duration = Duration::from_hours(1);

/// Some value.
pub(crate) fn value() -> Bytes {
    Bytes::from_static(b"value")
}
