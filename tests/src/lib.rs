//! What the tests share: real servers on free ports, and faults between a client and its server.
//!
//! A server's program is looked for in `PATH`; one that is missing fails the test, with a message
//! that says how to get it. Everything ends when its handle is dropped.

mod abandoning;
mod browser;
mod certificates;
mod driving;
mod every_operation;
mod example;
mod fault_table;
mod fleet;
mod folder;
mod lease_race;
mod memcached_server;
mod process;
mod proxy;
#[cfg(doctest)]
mod readme;
mod redis_cluster;
mod redis_sentinels;
mod redis_server;
mod sql_server;
mod visitor;

pub use abandoning::drop_calls_at_any_moment;
pub use browser::{Browser, Screen};
pub use certificates::Certificates;
pub use driving::{deadline, eventually, foreign_block_on};
pub use every_operation::{Asked, BOUND, assert_bounded, assert_bounded_by, every_operation};
pub use example::{Site, example};
pub use fault_table::{Fault, Row, SetUp, fault_table};
pub use fleet::{FleetPlan, FleetReport};
pub use folder::Folder;
pub use lease_race::{old_values_stay_out, runtime};
pub use memcached_server::MemcachedServer;
pub use process::{Process, Signal};
pub use proxy::{Mood, Proxy};
pub use redis_cluster::Cluster;
pub use redis_sentinels::Sentinels;
pub use redis_server::{Plan, Server};
pub use sql_server::SqlServer;
pub use visitor::{Answer, Visitor};

/// A port on which nobody listens now.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("the listener is bound").port()
}
