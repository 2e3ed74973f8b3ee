//! Several processes that share one Redis.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use cache_tests::{Folder, Server};

/// Longer than anything here takes: a test that waits so long has failed.
const LIMIT: Duration = Duration::from_secs(30);

/// A worker, killed when it is dropped.
struct Worker {
    child: Child,
    /// Its settings are here.
    _folder: Folder,
    input: ChildStdin,
    lines: Receiver<String>,
}

/// Time to spare: on a busy machine many processes are slow to read what the store has answered in time.
fn settings(url: &str) -> String {
    format!(
        "[caches.default]\nbackend = \"redis\"\nlocation = \"{url}\"\nconnect_timeout = \"10s\"\nanswer_timeout = \"10s\"\n"
    )
}

impl Worker {
    fn start(url: &str) -> Self {
        Self::start_with(url, &[])
    }

    fn start_with(url: &str, arguments: &[&str]) -> Self {
        let folder = Folder::new();
        std::fs::write(folder.file("cache.toml"), settings(url)).expect("the folder was made for it");
        let mut child = Command::new(env!("CARGO_BIN_EXE_worker"))
            .args(arguments)
            .env("CACHE_CONFIG", folder.file("cache.toml"))
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
        Self { child, _folder: folder, input, lines }
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

#[test]
fn a_thousand_cold_callers_in_four_processes_run_one_body() {
    let server = Server::redis().start();
    let mut workers: Vec<_> = (0..4).map(|_| Worker::start(&server.url())).collect();

    for worker in &mut workers {
        worker.say("go");
    }
    for worker in &mut workers {
        worker.say("finish");
    }

    assert_eq!(workers.iter().map(Worker::bodies).sum::<u64>(), 1);
}

#[test]
fn five_hundred_cold_visitors_in_four_processes_run_the_handler_once() {
    let server = Server::redis().start();
    let mut workers: Vec<_> = (0..4).map(|_| Worker::start_with(&server.url(), &["page"])).collect();

    for worker in &mut workers {
        worker.say("go");
    }
    for worker in &mut workers {
        worker.say("finish");
    }

    assert_eq!(workers.iter().map(Worker::bodies).sum::<u64>(), 1);
}

#[test]
fn a_process_that_is_killed_frees_its_keys_within_seconds() {
    let server = Server::redis().start();
    let mut first = Worker::start(&server.url());
    first.say("go");
    first.computes();
    let mut second = Worker::start(&server.url());
    assert!(!second.asks(), "the first process holds the lease");

    drop(first);
    second.computes();
    second.say("finish");

    assert_eq!(second.bodies(), 1);
}
