//! Faults between a client and its server: a port that is silent, slow, talks nonsense, refuses, or hangs up.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::thread;
use std::time::Duration;

/// How often a port is asked for that was given up a moment ago.
const ATTEMPTS: usize = 1000;

/// A port with a fault; it ends, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manner: Manner,
    mood: Mutex<Mood>,
    has_changed: Condvar,
    is_refusing: AtomicBool,
    connections: Mutex<Vec<TcpStream>>,
    accepted: AtomicUsize,
}

#[derive(Debug, Clone)]
enum Manner {
    /// Takes everything, answers nothing.
    Silent,
    /// Answers everything with the same bytes.
    Says(Vec<u8>),
    /// Passes everything on to a port, and its answers back as the mood is.
    Relays(u16),
}

/// What becomes of a server's answers, from one to the next.
#[derive(Debug, Clone)]
pub enum Mood {
    /// They are handed over.
    Prompt,
    /// They are handed over after a delay.
    Slow(Duration),
    /// They are kept back until the mood changes: as where a network is cut, no byte is lost.
    Silent,
    /// These bytes are handed over instead, and then the connection ends.
    Babbling(&'static [u8]),
    /// Connections end, and no new one is taken.
    Refusing,
}

impl Proxy {
    /// A port that takes connections and what is sent, and never answers.
    pub fn silent() -> Self {
        Self::start(Manner::Silent, Mood::Prompt)
    }

    /// A port that answers whatever it gets with these bytes.
    pub fn saying(bytes: &[u8]) -> Self {
        Self::start(Manner::Says(bytes.to_vec()), Mood::Prompt)
    }

    /// A port that passes on to another, and hands each answer over after a delay.
    pub fn slow(port: u16, delay: Duration) -> Self {
        Self::start(Manner::Relays(port), Mood::Slow(delay))
    }

    /// A port that passes on to another.
    pub fn to(port: u16) -> Self {
        Self::start(Manner::Relays(port), Mood::Prompt)
    }

    /// Changes what becomes of answers, of those that are kept back too.
    ///
    /// # Panics
    ///
    /// If the port that it has given up, to refuse, is another's meanwhile.
    pub fn turn(&self, mood: Mood) {
        let refuses = matches!(mood, Mood::Refusing);
        *self.shared.mood.lock().expect("no holder panics") = mood;
        self.shared.has_changed.notify_all();
        let did_refuse = self.shared.is_refusing.swap(refuses, Ordering::SeqCst);
        if refuses && !did_refuse {
            // Knocks, so that whoever listens notices.
            let _ = TcpStream::connect(("127.0.0.1", self.port));
            self.hang_up();
        } else if did_refuse && !refuses {
            listen(bind_again(self.port), Arc::downgrade(&self.shared));
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many connections it has taken so far.
    pub fn accepted(&self) -> usize {
        self.shared.accepted.load(Ordering::SeqCst)
    }

    /// Ends all its connections; it goes on taking new ones.
    ///
    /// # Panics
    ///
    /// If a thread of the proxy has panicked.
    pub fn hang_up(&self) {
        for connection in self.shared.connections.lock().expect("no holder panics").drain(..) {
            // An error says that the other side was first.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }

    fn start(manner: Manner, mood: Mood) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("the listener is bound").port();
        let shared = Arc::new(Shared::new(manner, mood));
        listen(listener, Arc::downgrade(&shared));
        Self { port, shared }
    }
}

/// Serves connections until the owner is gone, or refuses.
fn listen(listener: TcpListener, shared: Weak<Shared>) {
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            // The owner is gone: `drop` has knocked, so that this is noticed.
            let Some(shared) = shared.upgrade() else { return };
            if shared.is_refusing.load(Ordering::SeqCst) {
                return;
            }
            shared.serve(connection);
            // Counted last, so that `hang_up` reaches whatever was counted.
            shared.accepted.fetch_add(1, Ordering::SeqCst);
        }
    });
}

/// The thread that listened there may be about to end.
fn bind_again(port: u16) -> TcpListener {
    (0..ATTEMPTS)
        .find_map(|_| {
            TcpListener::bind(("127.0.0.1", port))
                .inspect_err(|_| thread::park_timeout(Duration::from_millis(1)))
                .ok()
        })
        .expect("nobody else has taken the port")
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // Whoever keeps an answer back goes on, and finds the connection ended.
        self.hang_up();
        *self.shared.mood.lock().expect("no holder panics") = Mood::Prompt;
        self.shared.has_changed.notify_all();
        self.shared = Arc::new(Shared::new(Manner::Silent, Mood::Prompt));
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn new(manner: Manner, mood: Mood) -> Self {
        Self {
            manner,
            mood: Mutex::new(mood),
            has_changed: Condvar::new(),
            is_refusing: AtomicBool::new(false),
            connections: Mutex::default(),
            accepted: AtomicUsize::new(0),
        }
    }

    fn serve(self: &Arc<Self>, connection: TcpStream) {
        self.keep(&connection);
        match self.manner.clone() {
            Manner::Silent => drop(thread::spawn(move || answer(connection, &[]))),
            Manner::Says(bytes) => drop(thread::spawn(move || answer(connection, &bytes))),
            Manner::Relays(port) => {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
                self.keep(&server);
                let (to_server, from_server) = (copy_of(&server), server);
                let (to_client, shared) = (copy_of(&connection), Arc::clone(self));
                thread::spawn(move || pass_on(connection, to_server, || Mood::Prompt));
                thread::spawn(move || pass_on(from_server, to_client, || shared.next_mood()));
            }
        }
    }

    /// What is to become of an answer; waits while answers are kept back.
    fn next_mood(&self) -> Mood {
        let mood = self.mood.lock().expect("no holder panics");
        let is_silent = |mood: &mut Mood| matches!(mood, Mood::Silent);
        self.has_changed.wait_while(mood, is_silent).expect("no holder panics").clone()
    }

    fn keep(&self, connection: &TcpStream) {
        connection.set_nodelay(true).expect("the connection is TCP");
        self.connections.lock().expect("no holder panics").push(copy_of(connection));
    }
}

fn copy_of(connection: &TcpStream) -> TcpStream {
    connection.try_clone().expect("the process may open one more file")
}

fn answer(mut connection: TcpStream, bytes: &[u8]) {
    let mut buffer = [0; 4096];
    while let Ok(1..) = connection.read(&mut buffer) {
        if connection.write_all(bytes).is_err() {
            return;
        }
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, mood: impl Fn() -> Mood) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        let bytes = match mood() {
            Mood::Slow(delay) => {
                thread::sleep(delay);
                &buffer[..length]
            }
            Mood::Babbling(nonsense) => {
                let _ = to.write_all(nonsense);
                break;
            }
            Mood::Refusing => break,
            Mood::Prompt | Mood::Silent => &buffer[..length],
        };
        if to.write_all(bytes).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
