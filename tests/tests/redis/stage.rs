//! What the tests of this folder share.

use std::time::Duration;

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::Server;
pub(crate) use cache_tests::{deadline, eventually, foreign_block_on};

/// How long a store that is in no hurry waits.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// The store at a server, with time to spare: for tests of anything but time, on machines that are busy.
pub(crate) fn store_at(server: &Server) -> SharedBackend {
    store(&patient(Options::at(&server.url())))
}

/// The store at a server, with the usual limits.
pub(crate) fn usual_store_at(server: &Server) -> SharedBackend {
    store(&Options::at(&server.url()))
}

/// These options, with time to spare.
pub(crate) fn patient(options: Options) -> Options {
    Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..options }
}

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}
