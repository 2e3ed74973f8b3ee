//! What the tests of this folder share.

use std::time::Duration;

use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::memcached::Options;
use cache_runtime::base::clock::Clock;
use cache_tests::MemcachedServer;

/// A limit for a machine that runs every test at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// The store in one server, with limits that are not what is tested.
pub(crate) fn store_at(server: &MemcachedServer) -> SharedBackend {
    store_over(std::slice::from_ref(server))
}

/// The store in these servers, with limits that are not what is tested.
pub(crate) fn store_over(servers: &[MemcachedServer]) -> SharedBackend {
    store(&patient_options_over(servers))
}

/// The store in one server, with the usual limits.
pub(crate) fn limited_store_at(server: &MemcachedServer) -> SharedBackend {
    store(&options_over(std::slice::from_ref(server)))
}

/// The options for these servers, with limits that are not what is tested.
pub(crate) fn patient_options_over(servers: &[MemcachedServer]) -> Options {
    Options { connect_timeout: PATIENCE, answer_timeout: PATIENCE, ..options_over(servers) }
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

/// The defaults for whatever listens on a port.
pub(crate) fn at_port(port: u16) -> Options {
    Options::at(&format!("memcached://127.0.0.1:{port}"))
}
