//! A server program as a child process: started, awaited, signalled, and killed when it is dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long a program may take until it is ready.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running program.
#[derive(Debug)]
pub struct Process {
    child: Child,
}

/// What a process is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Stand still until `Continue`.
    Stop,
    /// Go on.
    Continue,
    /// End at once.
    Kill,
}

impl Process {
    /// Starts a program and waits until it writes a line that contains `ready`; `None` if it ends before.
    ///
    /// # Panics
    ///
    /// If the program is not installed, or says nothing for half a minute.
    pub fn start(program: &str, arguments: &[String], ready: &'static str) -> Option<Self> {
        Self::run(Command::new(program).args(arguments), ready).map(|(process, _)| process)
    }

    /// As [`start`](Self::start), for a command; with the line that it waited for.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn run(command: &mut Command, ready: &'static str) -> Option<(Self, String)> {
        let program = command.get_program().to_string_lossy().into_owned();
        let mut process = Self::spawn(command, Stdio::piped());
        let (sender, is_ready) = mpsc::channel();
        let output = process.child.stdout.take().expect("the output is piped");
        // The thread reads on for as long as the program lives, so that a full pipe never stops it.
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if line.contains(ready) {
                    let _ = sender.send(line);
                }
            }
        });
        match is_ready.recv_timeout(PATIENCE) {
            Ok(line) => Some((process, line)),
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => panic!("`{program}` was not ready within {PATIENCE:?}"),
        }
    }

    /// Starts a program that says nothing, and waits until it `is_ready`, which is told its process id;
    /// `None` if it ends before.
    ///
    /// # Panics
    ///
    /// If the program is not installed, or is not ready within half a minute.
    pub fn start_until(program: &str, arguments: &[String], is_ready: impl Fn(u32) -> bool) -> Option<Self> {
        let mut process = Self::spawn(Command::new(program).args(arguments), Stdio::null());
        let start = Instant::now();
        while !is_ready(process.child.id()) {
            if process.child.try_wait().is_ok_and(|status| status.is_some()) {
                return None;
            }
            assert!(start.elapsed() < PATIENCE, "`{program}` was not ready within {PATIENCE:?}");
            std::thread::yield_now();
        }
        Some(process)
    }

    fn spawn(command: &mut Command, output: Stdio) -> Self {
        let program = command.get_program().to_string_lossy().into_owned();
        let child = command
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run `{program}` ({error}): {}", how_to_get(&program)));
        Self { child }
    }

    /// Sends a signal.
    ///
    /// # Panics
    ///
    /// If the process is gone.
    pub fn signal(&self, signal: Signal) {
        let name = match signal {
            Signal::Stop => "-STOP",
            Signal::Continue => "-CONT",
            Signal::Kill => "-KILL",
        };
        let status = Command::new("kill").arg(name).arg(self.child.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "the process takes signals");
        if let Signal::Stop = signal {
            wait_until_it_stands(self.child.id());
        }
    }

    /// Ends the process at once and waits until it is gone.
    pub fn kill(&mut self) {
        // An error says that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until each thread of a process has stopped, or the process is gone: a signal to stop is taken by each of them in
/// its own time, and a busy machine gives that late.
///
/// # Panics
///
/// If a thread still runs after half a minute.
pub(crate) fn wait_until_it_stands(process: u32) {
    let start = Instant::now();
    while !stands(process) {
        assert!(start.elapsed() < PATIENCE, "process {process} did not stop within {PATIENCE:?}");
        std::thread::yield_now();
    }
}

fn stands(process: u32) -> bool {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{process}/task")) else { return true };
    threads.flatten().all(|thread| {
        let Ok(told) = std::fs::read_to_string(thread.path().join("stat")) else { return true };
        // "pid (name) state …", and the name may hold anything.
        told.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 't', 'Z', 'X']))
    })
}

fn how_to_get(program: &str) -> String {
    format!("run the tests by ./tests/run, which installs what they need, or put `{program}` into PATH")
}
