//! What the tests of this folder share.

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::memcached::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::MemcachedServer;

/// The store in one server.
pub(crate) fn store_at(server: &MemcachedServer) -> SharedBackend {
    store(&Options::at(&server.url()))
}

/// The store in these servers.
pub(crate) fn store_over(servers: &[MemcachedServer]) -> SharedBackend {
    store(&options_over(servers))
}

/// The defaults for these servers.
pub(crate) fn options_over(servers: &[MemcachedServer]) -> Options {
    Options { servers: servers.iter().map(MemcachedServer::address).collect(), ..Options::at("") }
}

/// The store that these options describe.
pub(crate) fn store(options: &Options) -> SharedBackend {
    options.build(&Clock::system()).unwrap()
}

/// Three servers.
pub(crate) fn three() -> Vec<MemcachedServer> {
    (0..3).map(|_| MemcachedServer::start()).collect()
}
