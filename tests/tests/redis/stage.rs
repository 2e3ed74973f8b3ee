//! What the tests of this folder share.

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::redis::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::Server;
pub(crate) use cache_tests::{deadline, eventually, foreign_block_on};

/// The store at a server.
pub(crate) fn store_at(server: &Server) -> SharedBackend {
    store(&Options::at(&server.url()))
}

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}
