//! Several processes that share a store.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_tests::{MemcachedServer, Server};

/// Longer than anything here takes: a test that waits so long has failed.
const LIMIT: Duration = Duration::from_secs(30);

/// Held by a test while it runs: the time that a call has for its store goes on while programs of other tests
/// have the processor.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A worker, killed when it is dropped.
struct Worker {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Worker {
    fn start(url: &str) -> Self {
        Self::start_with(url, &[])
    }

    fn start_with(url: &str, arguments: &[&str]) -> Self {
        // A machine that starts several programs at once may take its time to connect them.
        let url = format!("{url}?connect_timeout=10s&answer_timeout=10s");
        let mut child = Command::new(env!("CARGO_BIN_EXE_worker"))
            .args(arguments)
            .env("CACHE_URL", url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the worker was built");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, input, lines }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the worker listens");
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("the worker answers")
    }

    /// Whether a body has begun, once every caller has asked.
    fn asks(&mut self) -> bool {
        self.say("go");
        match &*self.line() {
            "asked" => self.lines.try_iter().any(|line| line == "body"),
            "body" => true,
            line => panic!("unexpected: {line}"),
        }
    }

    /// How many bodies ran here.
    fn bodies(&self) -> u64 {
        loop {
            let line = self.line();
            if let Some(done) = line.strip_prefix("done ") {
                let computations = done.split_once(' ').expect("two numbers").1;
                return computations.parse().expect("a number");
            }
        }
    }

    /// Waits for the next body to begin.
    fn computes(&self) {
        while self.line() != "body" {}
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How many bodies run in four processes that ask at once.
fn bodies_of_four(url: &str, arguments: &[&str]) -> u64 {
    let mut workers: Vec<_> = (0..4).map(|_| Worker::start_with(url, arguments)).collect();
    for worker in &mut workers {
        worker.say("go");
    }
    for worker in &mut workers {
        worker.say("finish");
    }
    workers.iter().map(Worker::bodies).sum()
}

/// The URL of three servers.
fn url_of(servers: &[MemcachedServer]) -> String {
    let addresses: Vec<_> = servers.iter().map(MemcachedServer::address).collect();
    format!("memcached://{}", addresses.join(","))
}

fn three_memcached() -> Vec<MemcachedServer> {
    (0..3).map(|_| MemcachedServer::start()).collect()
}

#[test]
fn a_thousand_cold_callers_in_four_processes_run_one_body() {
    let (_alone, server) = (alone(), Server::redis().start());

    assert_eq!(bodies_of_four(&server.url(), &[]), 1);
}

#[test]
fn a_thousand_cold_callers_in_four_processes_over_memcached_run_one_body() {
    let (_alone, servers) = (alone(), three_memcached());

    assert_eq!(bodies_of_four(&url_of(&servers), &[]), 1);
}

#[test]
fn five_hundred_cold_visitors_in_four_processes_run_the_handler_once() {
    let (_alone, server) = (alone(), Server::redis().start());

    assert_eq!(bodies_of_four(&server.url(), &["page"]), 1);
}

#[test]
fn a_process_that_is_killed_frees_its_keys_within_seconds() {
    let (_alone, server) = (alone(), Server::redis().start());

    keys_are_freed(&server.url());
}

#[test]
fn a_process_that_is_killed_frees_its_keys_in_memcached_within_seconds() {
    let (_alone, servers) = (alone(), three_memcached());

    keys_are_freed(&url_of(&servers));
}

fn keys_are_freed(url: &str) {
    let mut first = Worker::start(url);
    first.say("go");
    first.computes();
    let mut second = Worker::start(url);
    assert!(!second.asks(), "the first process holds the lease");

    drop(first);
    second.computes();
    second.say("finish");

    assert_eq!(second.bodies(), 1);
}
