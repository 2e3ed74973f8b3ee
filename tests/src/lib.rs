//! What the tests share: real servers on free ports, and faults between a client and its server.
//!
//! A server's program is looked for in `PATH`; one that is missing fails the test, with a message
//! that says how to get it. Everything ends when its handle is dropped.

mod certificates;
mod folder;
mod process;
mod proxy;
#[cfg(doctest)]
mod readme;
mod redis_cluster;
mod redis_sentinels;
mod redis_server;

pub use certificates::Certificates;
pub use folder::Folder;
pub use process::{Process, Signal};
pub use proxy::Proxy;
pub use redis_cluster::Cluster;
pub use redis_sentinels::Sentinels;
pub use redis_server::{Plan, Server};
