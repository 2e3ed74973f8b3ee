//! Faults between a client and its server: a port that is silent, slow, talks nonsense, or hangs up.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// A port with a fault; it ends, with its connections, when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    manner: Manner,
    connections: Mutex<Vec<TcpStream>>,
    accepted: AtomicUsize,
}

#[derive(Debug, Clone)]
enum Manner {
    /// Takes everything, answers nothing.
    Silent,
    /// Answers everything with the same bytes.
    Says(Vec<u8>),
    /// Passes everything on to a port, and answers after a delay.
    Relays(u16, Duration),
}

impl Proxy {
    /// A port that takes connections and what is sent, and never answers.
    pub fn silent() -> Self {
        Self::start(Manner::Silent)
    }

    /// A port that answers whatever it gets with these bytes.
    pub fn saying(bytes: &[u8]) -> Self {
        Self::start(Manner::Says(bytes.to_vec()))
    }

    /// A port that passes on to another, and hands each answer over after a delay.
    pub fn slow(port: u16, delay: Duration) -> Self {
        Self::start(Manner::Relays(port, delay))
    }

    /// A port that passes on to another.
    pub fn to(port: u16) -> Self {
        Self::slow(port, Duration::ZERO)
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

    fn start(manner: Manner) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("the listener is bound").port();
        let shared =
            Arc::new(Shared { manner, connections: Mutex::default(), accepted: AtomicUsize::new(0) });
        let weak = Arc::downgrade(&shared);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                // The owner is gone: `drop` has knocked, so that this is noticed.
                let Some(shared) = weak.upgrade() else { return };
                shared.serve(connection);
                // Counted last, so that `hang_up` reaches whatever was counted.
                shared.accepted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { port, shared }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.hang_up();
        self.shared = Arc::new(Shared {
            manner: Manner::Silent,
            connections: Mutex::default(),
            accepted: AtomicUsize::new(0),
        });
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn serve(&self, connection: TcpStream) {
        self.keep(&connection);
        match self.manner.clone() {
            Manner::Silent => drop(thread::spawn(move || answer(connection, &[]))),
            Manner::Says(bytes) => drop(thread::spawn(move || answer(connection, &bytes))),
            Manner::Relays(port, delay) => {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)) else { return };
                self.keep(&server);
                let (to_server, from_server) = (copy_of(&server), server);
                let to_client = copy_of(&connection);
                thread::spawn(move || pass_on(connection, to_server, Duration::ZERO));
                thread::spawn(move || pass_on(from_server, to_client, delay));
            }
        }
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

fn pass_on(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if !delay.is_zero() {
            thread::sleep(delay);
        }
        if to.write_all(&buffer[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}
