//! A Memcached server for one test: TCP or a unix socket, with the options that the test asks for.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use crate::{Folder, Process, Signal, free_port};

/// How often a port that another program has taken meanwhile is replaced by another.
const ATTEMPTS: usize = 10;
/// How long the harness waits for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server, reachable on 127.0.0.1 or by a socket; killed when it is dropped.
#[derive(Debug)]
pub struct MemcachedServer {
    options: Vec<String>,
    port: Option<u16>,
    process: Option<Process>,
    folder: Folder,
}

trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

impl MemcachedServer {
    /// Starts a server with 64 MiB, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If `memcached` is not installed, or does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// Starts a server with these options, such as `["-m", "8"]`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_with(options: &[&str]) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut server = Self { options, port: None, process: None, folder: Folder::new() };
        for _ in 0..ATTEMPTS {
            server.port = Some(free_port());
            if server.run() {
                return server;
            }
        }
        panic!("memcached ends at once; its arguments are {:?}", server.arguments());
    }

    /// Starts a server that listens on a unix socket only.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_on_a_socket() -> Self {
        let mut server = Self { options: Vec::new(), port: None, process: None, folder: Folder::new() };
        assert!(server.run(), "memcached ends at once; its arguments are {:?}", server.arguments());
        server
    }

    /// As settings name the server.
    pub fn address(&self) -> String {
        match self.port {
            Some(port) => format!("127.0.0.1:{port}"),
            None => format!("unix:{}", self.socket().display()),
        }
    }

    /// The URL of the server.
    pub fn url(&self) -> String {
        format!("memcached://{}", self.address())
    }

    /// The port, which stays the same after a restart.
    ///
    /// # Panics
    ///
    /// If the server listens on a socket only.
    pub fn port(&self) -> u16 {
        self.port.expect("the server listens on a port")
    }

    /// The first line of the answer to a line, and what follows until `end` is seen; sent past whatever is
    /// between a test's client and the server.
    ///
    /// # Panics
    ///
    /// If the server does not answer.
    pub fn ask(&self, line: &str, end: &str) -> String {
        self.try_ask(line, end).expect("the server answers the harness")
    }

    /// What the server counts under this name.
    ///
    /// # Panics
    ///
    /// If it counts nothing of this name.
    pub fn stat(&self, name: &str) -> u64 {
        let stats = self.ask("stats", "END\r\n");
        let line = stats.lines().find_map(|line| line.strip_prefix(&format!("STAT {name} ")));
        line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no `{name}` in {stats}"))
    }

    /// How many clients are connected, the harness itself left out.
    pub fn clients(&self) -> usize {
        let connections = self.ask("stats conns", "END\r\n");
        let states = connections.lines().filter(|line| line.contains(":state "));
        states.filter(|line| !line.contains("conn_listening")).count().saturating_sub(1)
    }

    /// Ends the server at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again, on the same port and empty; kills it first if need be.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        self.process = None;
        assert!((0..ATTEMPTS).any(|_| self.run()), "the server starts again on its port");
    }

    /// Lets the server stand still: it keeps its connections, and answers nothing.
    pub fn pause(&self) {
        self.process().signal(Signal::Stop);
    }

    /// Lets the server go on.
    pub fn resume(&self) {
        self.process().signal(Signal::Continue);
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("the server runs")
    }

    fn run(&mut self) -> bool {
        let process = Process::start_until("memcached", &self.arguments(), |id| {
            self.try_ask("stats", "END\r\n")
                .is_some_and(|stats| stats.contains(&format!("STAT pid {id}\r\n")))
        });
        self.process = process;
        self.process.is_some()
    }

    fn try_ask(&self, line: &str, end: &str) -> Option<String> {
        let mut stream = self.connect()?;
        stream.write_all(format!("{line}\r\n").as_bytes()).ok()?;
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while !answer.ends_with(end.as_bytes()) {
            match stream.read(&mut piece) {
                Ok(length @ 1..) => answer.extend_from_slice(&piece[..length]),
                _ => return None,
            }
        }
        String::from_utf8(answer).ok()
    }

    fn connect(&self) -> Option<Box<dyn Both>> {
        if let Some(port) = self.port {
            let stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
            stream.set_read_timeout(Some(PATIENCE)).ok()?;
            return Some(Box::new(stream));
        }
        let stream = UnixStream::connect(self.socket()).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        Some(Box::new(stream))
    }

    fn socket(&self) -> PathBuf {
        self.folder.file("memcached.sock")
    }

    fn arguments(&self) -> Vec<String> {
        // A server that root starts must be told whose rights it has.
        let mut arguments = vec!["-u".to_owned(), "root".to_owned()];
        match self.port {
            Some(port) => {
                arguments.extend(["-l", "127.0.0.1", "-U", "0", "-p"].map(str::to_owned));
                arguments.push(port.to_string());
            }
            None => arguments.extend(["-s".to_owned(), self.socket().display().to_string()]),
        }
        arguments.extend(self.options.iter().cloned());
        arguments
    }
}
