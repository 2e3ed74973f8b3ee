//! Several processes that share a store.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cache_runtime::Caches;
use cache_runtime::backend::database::Database;
use cache_tests::{Folder, MemcachedServer, Server, SqlServer};

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
        let connecting = if url.starts_with("file:") { "" } else { "connect_timeout=10s&" };
        let url = format!("{url}?{connecting}answer_timeout=10s");
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

    /// How many fills were refused here.
    fn refused(&self) -> u64 {
        loop {
            if let Some(refused) = self.line().strip_prefix("refused ") {
                return refused.parse().expect("a number");
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

/// The URL of a folder.
fn url_of_folder(folder: &Folder) -> String {
    format!("file://{}", folder.path().display())
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
fn a_thousand_cold_callers_in_four_processes_over_files_run_one_body() {
    let (_alone, folder) = (alone(), Folder::in_memory());

    assert_eq!(bodies_of_four(&url_of_folder(&folder), &[]), 1);
}

/// Four processes over the database of this URL, whose table is made before.
fn a_thousand_cold_callers_of_a_database_run_one_body(url: &str) {
    Database::url(url).unwrap().create_table_blocking().unwrap();
    let mut workers: Vec<_> = (0..4).map(|_| Worker::start(url)).collect();

    for worker in &mut workers {
        worker.say("go");
    }
    for worker in &mut workers {
        worker.say("finish");
    }

    assert_eq!(workers.iter().map(Worker::bodies).sum::<u64>(), 1);
}

#[test]
fn a_thousand_cold_callers_in_four_processes_run_one_body_over_sqlite() {
    let folder = Folder::new();

    a_thousand_cold_callers_of_a_database_run_one_body(&format!(
        "sqlite://{}",
        folder.file("cache.db").display()
    ));
}

#[test]
fn a_thousand_cold_callers_in_four_processes_run_one_body_over_postgres() {
    a_thousand_cold_callers_of_a_database_run_one_body(&SqlServer::postgres().url());
}

#[test]
fn a_thousand_cold_callers_in_four_processes_run_one_body_over_mariadb() {
    a_thousand_cold_callers_of_a_database_run_one_body(&SqlServer::mariadb().url());
}

#[test]
fn five_hundred_cold_visitors_in_four_processes_run_the_handler_once() {
    let (_alone, server) = (alone(), Server::redis().start());

    assert_eq!(bodies_of_four(&server.url(), &["page"]), 1);
}

#[test]
fn five_hundred_cold_visitors_in_four_processes_over_files_run_the_handler_once() {
    let (_alone, folder) = (alone(), Folder::in_memory());

    assert_eq!(bodies_of_four(&url_of_folder(&folder), &["page"]), 1);
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

#[test]
fn a_process_that_is_killed_frees_its_keys_over_files() {
    let (_alone, folder) = (alone(), Folder::in_memory());

    keys_are_freed(&url_of_folder(&folder));
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

#[test]
fn an_invalidation_by_another_process_keeps_out_what_is_being_computed() {
    let folder = Folder::in_memory();
    let caches = Caches::from_url(&url_of_folder(&folder)).unwrap().build().unwrap();
    let cache = caches.get("default").unwrap().blocking();
    let mut worker = Worker::start(&url_of_folder(&folder));
    worker.say("go");
    worker.computes();

    assert!(!cache.delete("answer:everything").unwrap());
    worker.say("finish");

    // Those who waited there find no value, and one of them computes it anew.
    assert_eq!(worker.refused(), 1);
    assert_eq!(worker.bodies(), 2);
}

/// A process that is killed at any point of a write leaves no entry by half, and no lock.
#[test]
fn a_process_that_is_killed_while_it_writes_tears_nothing() {
    let folder = Folder::in_memory();
    let caches = Caches::from_url(&url_of_folder(&folder)).unwrap().build().unwrap();
    let cache = caches.get("default").unwrap().blocking();

    for round in 0..20 {
        let mut worker = Worker::start_with(&url_of_folder(&folder), &["write"]);
        worker.say("go");
        for _ in 0..=round {
            worker.line();
        }
        drop(worker);

        for key in 0..16_usize {
            if let Some(text) = cache.get::<String>(format!("text {key}")).unwrap() {
                let first = text.chars().next().unwrap();
                assert!(text.chars().all(|letter| letter == first), "round {round}: two values in one");
            }
            cache.set(format!("text {key}"), &"x".to_owned(), 60).unwrap();
        }
    }

    assert_eq!(cache.stats().misses["undecodable"], 0);
}
