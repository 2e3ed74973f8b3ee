//! What the tests share: real servers on free ports, and faults between a client and its server.
//!
//! A server's program is looked for in `PATH`; one that is missing fails the test, with a message
//! that says how to get it. Everything ends when its handle is dropped.

mod browser;
mod certificates;
mod example;
mod folder;
mod process;
mod proxy;
#[cfg(doctest)]
mod readme;
mod redis_server;
mod visitor;

pub use browser::{Browser, Screen};
pub use certificates::Certificates;
pub use example::{Site, example};
pub use folder::Folder;
pub use process::{Process, Signal};
pub use proxy::Proxy;
pub use redis_server::{Plan, Server};
pub use visitor::{Answer, Visitor};
