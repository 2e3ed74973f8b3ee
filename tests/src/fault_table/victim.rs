//! What can be harmed: one server behind a proxy, alone or beside others.

use std::time::Duration;

use bytes::Bytes;
use cache_runtime::backend::SharedBackend;
use cache_runtime::backend::database::Database;
use cache_runtime::backend::memcached;
use cache_runtime::base::clock::Clock;
use cache_runtime::base::entry::Life;

use super::fault::Fault;
use crate::{MemcachedServer, Mood, Proxy, Server, SqlServer, foreign_block_on};

/// Longer than anybody waits for an answer.
const TOO_LATE: Duration = Duration::from_millis(400);

/// What no server says.
const NONSENSE: &[u8] = b"what a wonderful day\r\n";

/// A set-up that runs, and can be harmed.
pub(super) trait Victim {
    /// Where its store is.
    fn url(&self) -> String;

    /// Lets a fault begin.
    fn strike(&mut self, fault: Fault);

    /// Lets it end.
    fn heal(&mut self, fault: Fault);

    /// Whether another server has taken over.
    fn has_failed_over(&self) -> bool {
        false
    }
}

/// A server program.
pub(super) trait Program {
    fn port(&self) -> u16;
    fn kill(&mut self);
    fn restart(&mut self);
    fn pause(&self);
    fn resume(&self);
    /// Takes what memory it has left.
    fn fill(&mut self);
    /// Gives it back.
    fn make_room(&mut self);
}

macro_rules! is_a_program {
    ($server:ident, $fill:expr, $make_room:expr) => {
        impl Program for $server {
            fn port(&self) -> u16 {
                $server::port(self)
            }

            fn kill(&mut self) {
                $server::kill(self);
            }

            fn restart(&mut self) {
                $server::restart(self);
            }

            fn pause(&self) {
                $server::pause(self);
            }

            fn resume(&self) {
                $server::resume(self);
            }

            fn fill(&mut self) {
                $fill(self);
            }

            fn make_room(&mut self) {
                $make_room(self);
            }
        }
    };
}

is_a_program!(Server, fill_redis, make_room_in_redis);
is_a_program!(SqlServer, has_no_bound, has_no_bound);
is_a_program!(MemcachedServer, fill_memcached, make_room_in_memcached);

fn fill_redis(server: &Server) {
    set_memory(server, "1");
}

fn make_room_in_redis(server: &Server) {
    set_memory(server, "0");
}

fn has_no_bound(_: &SqlServer) {
    unreachable!("the memory of a database bounds nothing that it keeps");
}

fn make_room_in_memcached(server: &MemcachedServer) {
    server.ask("flush_all", "OK\r\n");
}

/// The bytes that a server may use; zero for any number.
pub(super) fn set_memory(server: &Server, bytes: &str) {
    server.command::<()>(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]);
    server.command::<()>(&["CONFIG", "SET", "maxmemory", bytes]);
}

/// Fills every size that the entries of the callers have.
fn fill_memcached(server: &MemcachedServer) {
    let options = memcached::Options {
        answer_timeout: Duration::from_secs(20),
        connect_timeout: Duration::from_secs(20),
        ..memcached::Options::at(&server.url())
    };
    let store: SharedBackend = options.build(&Clock::system()).expect("the settings are right");
    for size in [20, 60, 120, 260, 500] {
        let value = Bytes::from(vec![b'x'; size]);
        let fills = |start: usize| {
            let entries: Vec<_> =
                (start..start + 500).map(|index| (format!("{size} {index}"), value.clone())).collect();
            foreign_block_on(store.set_many(&entries, Life::Forever)).is_ok()
        };
        let is_full = (0..200).map(|round| round * 500).any(|start| !fills(start));
        assert!(is_full, "a server of two megabytes that may not evict takes everything");
    }
}

/// What becomes of a server's answers by this fault.
pub(super) fn mood(fault: Fault) -> Mood {
    match fault {
        Fault::Silent => Mood::Silent,
        Fault::Refusing => Mood::Refusing,
        Fault::Slow => Mood::Slow(TOO_LATE),
        Fault::Garbage => Mood::Babbling(NONSENSE),
        other => unreachable!("{other:?} is none of a connection"),
    }
}

/// A server behind a proxy.
pub(super) struct Behind<P> {
    pub(super) program: P,
    pub(super) proxy: Proxy,
}

impl<P: Program> Behind<P> {
    pub(super) fn new(program: P) -> Self {
        let proxy = Proxy::to(program.port());
        Self { program, proxy }
    }

    pub(super) fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => self.program.kill(),
            Fault::Stopped => self.program.pause(),
            Fault::MemoryFull => self.program.fill(),
            other => self.proxy.turn(mood(other)),
        }
    }

    pub(super) fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::Killed => self.program.restart(),
            Fault::Stopped => self.program.resume(),
            Fault::MemoryFull => self.program.make_room(),
            _ => self.proxy.turn(Mood::Prompt),
        }
    }
}

/// A server, and where its store is; others may stand beside it.
pub(super) struct One<P, Others = ()> {
    pub(super) server: Behind<P>,
    pub(super) url: String,
    pub(super) _others: Others,
}

impl<P: Program, Others> Victim for One<P, Others> {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn strike(&mut self, fault: Fault) {
        self.server.strike(fault);
    }

    fn heal(&mut self, fault: Fault) {
        self.server.heal(fault);
    }
}

pub(super) fn redis() -> One<Server> {
    let server = Behind::new(Server::redis().start());
    let url = server.program.url_at(server.proxy.port());
    One { server, url, _others: () }
}

/// Memory in front of a Redis server.
pub(super) fn tiered(settings: &str) -> One<Server> {
    let redis = redis();
    One { url: format!("tiered+{}?{settings}", redis.url), ..redis }
}

/// A leader, whose replica is read.
pub(super) fn replicated() -> One<Server, Server> {
    let plan = Server::redis().setting("repl-diskless-sync-delay", "0");
    let (leader, replica) = (plan.clone().start(), plan.start());
    replica.follow(&leader);
    let server = Behind::new(leader);
    let url = server.program.url_at(server.proxy.port());
    let url = format!("{url}?replicas=127.0.0.1:{}&wait_replicas=1", replica.port());
    One { server, url, _others: replica }
}

/// Servers with little memory, which may evict nothing; the first of them is harmed.
pub(super) fn memcached(count: usize) -> One<MemcachedServer, Vec<MemcachedServer>> {
    let start = || MemcachedServer::start_with(&["-M", "-m", "2", "-f", "2"]);
    let server = Behind::new(start());
    let others: Vec<_> = (1..count).map(|_| start()).collect();
    let first = format!("memcached://127.0.0.1:{}", server.proxy.port());
    let url = others.iter().fold(first, |url, other| format!("{url},{}", other.address()));
    One { server, url, _others: others }
}

pub(super) fn database(server: SqlServer) -> One<SqlServer> {
    let made = Database::url(&server.url()).and_then(|database| database.create_table_blocking());
    made.expect("an empty database takes a table");
    let server = Behind::new(server);
    let url = server.program.url_at(server.proxy.port());
    One { server, url, _others: () }
}
