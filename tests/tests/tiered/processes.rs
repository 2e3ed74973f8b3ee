//! The bound of staleness, by several real processes over one store.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use cache_runtime::backend::database::Database;
use cache_tests::{Server, SqlServer};

/// Longer than anything here takes: a test that waits so long has failed.
const LIMIT: Duration = Duration::from_secs(30);

/// How long what was heard is believed here.
const TRUST: Duration = Duration::from_secs(2);

/// What a busy machine may add: two processes and a server share a processor with every other test.
const SLACK: Duration = Duration::from_secs(2);

/// A process, killed when it is dropped.
struct Node {
    child: Child,
    input: ChildStdin,
    lines: Receiver<String>,
}

impl Node {
    /// A process that is connected, and waits for the store for as long as `limit` says.
    fn start(url: &str, limit: &str) -> Self {
        let limits = format!("connect_timeout={limit}&answer_timeout={limit}&trust_for=2s");
        let mut child = Command::new(env!("CARGO_BIN_EXE_node"))
            .env("CACHE_URL", format!("tiered+{url}?{limits}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program was built");
        let input = child.stdin.take().expect("piped");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let node = Self { child, input, lines };
        assert_eq!(node.line(), "ready");
        node
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("the process listens");
    }

    fn line(&self) -> String {
        self.lines.recv_timeout(LIMIT).expect("the process answers")
    }

    /// Changes something, and waits until it is done.
    fn does(&mut self, what: &str) {
        self.say(what);
        assert_eq!(self.line(), "done");
    }

    /// Waits until the process sees this; how long it took.
    fn sees(&self, what: &str) -> Duration {
        let begun = Instant::now();
        while self.line() != format!("sees {what}") {}
        begun.elapsed()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One process changes, two watch: every change is seen by both within the bound.
fn every_change_is_seen_within_the_bound(url: &str) {
    let mut writer = Node::start(url, "10s");
    writer.does("truth 1");
    writer.does("set a");
    let mut watchers = [Node::start(url, "10s"), Node::start(url, "10s")];
    for watcher in &mut watchers {
        watcher.say("watch");
        while watcher.line() != "keeps" {}
    }
    writer.does("truth 2");

    for (change, seen) in [
        ("set b", "b 1 1"),
        ("invalidate", "b 2 1"),
        ("tag", "b 2 2"),
        ("delete", "nothing 2 2"),
        ("set c", "c 2 2"),
    ] {
        writer.does(change);
        for watcher in &watchers {
            let took = watcher.sees(seen);
            assert!(took < TRUST + SLACK, "{change} took {took:?}");
        }
    }
    writer.does("truth 3");
    writer.does("refresh");
    assert!(watchers.iter().all(|watcher| watcher.sees("c 3 2") < TRUST + SLACK));
    writer.does("clear");
    assert!(watchers.iter().all(|watcher| watcher.sees("nothing 0 0") < TRUST + SLACK));
}

#[test]
fn every_change_of_a_process_is_seen_by_others_within_the_bound_over_redis() {
    let server = Server::redis().start();

    every_change_is_seen_within_the_bound(&server.url());
}

#[test]
fn every_change_of_a_process_is_seen_by_others_within_the_bound_over_postgres() {
    let server = SqlServer::postgres();
    Database::url(&server.url()).unwrap().create_table_blocking().unwrap();

    every_change_is_seen_within_the_bound(&server.url());
}

/// The store stands still: what is in front is served for a stated time, and no longer.
#[test]
fn a_process_that_hears_nothing_serves_its_front_for_a_stated_time_only() {
    let server = Server::redis().start();
    let mut node = Node::start(&server.url(), "300ms");
    node.does("set a");
    node.say("watch");
    while node.line() != "keeps" {}

    let stopped = Instant::now();
    server.pause();
    node.sees("unreachable");
    let served_for = stopped.elapsed();
    server.resume();

    assert!(served_for < TRUST + SLACK, "{served_for:?}");
    assert!(served_for > TRUST / 2, "the front went on for a while: {served_for:?}");
}

/// The store is replaced by an empty one: nothing that was in front is served after it was heard of.
#[test]
fn a_process_whose_store_was_emptied_asks_for_everything_again() {
    let mut server = Server::redis().start();
    let mut node = Node::start(&server.url(), "1s");
    node.does("set a");
    node.say("watch");
    while node.line() != "keeps" {}

    server.restart();

    assert!(node.sees("nothing 0 0") < TRUST + SLACK);
}
