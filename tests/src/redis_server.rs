//! A Redis server for one test: TCP, TLS, unix socket, password or users, as the test asks.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::{Certificates, Folder, Process, Signal, free_port};

/// How often a port that another program has taken meanwhile is replaced by another.
const ATTEMPTS: usize = 10;
/// How long the harness waits for one answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// The user by whom the harness itself speaks to a server that has users.
pub(crate) const HARNESS: (&str, &str) = ("harness", "harness-password");

/// The program of Valkey.
const VALKEY: &str = "valkey-server";

/// A server that is being described.
#[derive(Debug, Clone, Default)]
#[must_use = "a plan runs nothing until it is started"]
pub struct Plan {
    /// Another program than `redis-server`, of the same arguments.
    program: Option<&'static str>,
    tls: bool,
    unix: bool,
    password: Option<String>,
    user: Option<(String, String)>,
    settings: Vec<(String, String)>,
    certificates: Option<Certificates>,
}

/// A running server, reachable on 127.0.0.1; killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    plan: Plan,
    port: u16,
    process: Option<Process>,
    certificates: Option<Certificates>,
    folder: Folder,
}

impl Plan {
    /// Speaks TLS, with a certificate of its own authority.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Speaks TLS with these certificates, which others have, too.
    pub fn certificates(mut self, certificates: &Certificates) -> Self {
        self.certificates = Some(certificates.clone());
        self.tls()
    }

    /// [`Server::url`] names the unix socket.
    pub fn unix(mut self) -> Self {
        self.unix = true;
        self
    }

    /// Asks for this password.
    pub fn password(mut self, password: &str) -> Self {
        self.password = Some(password.to_owned());
        self
    }

    /// Has this user, who may do everything; nobody else may do anything.
    pub fn acl(mut self, user: &str, password: &str) -> Self {
        self.user = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Has this line in its configuration.
    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the server, and waits until it answers.
    ///
    /// # Panics
    ///
    /// If the program is not installed, or does not start.
    pub fn start(self) -> Server {
        let folder = Folder::new();
        let certificates = self
            .tls
            .then(|| self.certificates.clone().unwrap_or_else(|| Certificates::make_in(folder.path())));
        let mut server = Server { plan: self, port: 0, process: None, certificates, folder };
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            server.process = server.run();
            if server.process.is_some() {
                return server;
            }
        }
        panic!("{} ends at once; its arguments are {:?}", server.program(), server.arguments());
    }
}

impl Server {
    /// A plain server, to be changed and started.
    pub fn redis() -> Plan {
        Plan::default()
    }

    /// The same of Valkey; `None` on a machine that does not have it, since not every Debian does.
    pub fn valkey() -> Option<Plan> {
        let paths = std::env::var_os("PATH")?;
        let is_there = std::env::split_paths(&paths).any(|folder| folder.join(VALKEY).is_file());
        is_there.then(|| Plan { program: Some(VALKEY), ..Plan::default() })
    }

    /// The URL with everything a client needs but the authority of TLS.
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The URL with another port, on which a proxy listens.
    pub fn url_at(&self, port: u16) -> String {
        let (user, password) = match (&self.plan.user, &self.plan.password) {
            (Some((user, password)), _) => (encoded(user), Some(encoded(password))),
            (None, password) => (String::new(), password.as_deref().map(encoded)),
        };
        if self.plan.unix {
            let user = if user.is_empty() { user } else { format!("&user={user}") };
            let secrets = password.map(|password| format!("{user}&pass={password}"));
            return format!("unix://{}?db=0{}", self.socket().display(), secrets.unwrap_or_default());
        }
        let scheme = if self.plan.tls { "rediss" } else { "redis" };
        let secrets = password.map(|password| format!("{user}:{password}@"));
        format!("{scheme}://{}127.0.0.1:{port}", secrets.unwrap_or_default())
    }

    /// The port, which stays the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of the authority that vouches for the server.
    ///
    /// # Panics
    ///
    /// If the server does not speak TLS.
    pub fn authority(&self) -> PathBuf {
        self.certificates.as_ref().expect("the server speaks TLS").authority.clone()
    }

    /// The answer to a command, sent past whatever is between a test's client and the server.
    ///
    /// # Panics
    ///
    /// If the server does not answer, or answers with an error.
    pub fn command<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut connection =
            self.client().get_connection().expect("the server takes the harness's connection");
        let mut command = redis::Cmd::new();
        for word in words {
            command.arg(*word);
        }
        command.query(&mut connection).unwrap_or_else(|error| panic!("{words:?} failed: {error}"))
    }

    /// Changes a setting of the running server, and for whenever it is started again.
    ///
    /// # Panics
    ///
    /// As [`command`](Self::command).
    pub fn change_setting(&mut self, name: &str, value: &str) {
        self.command::<()>(&["CONFIG", "SET", name, value]);
        self.plan.settings.push((name.to_owned(), value.to_owned()));
    }

    /// How many clients are connected, the harness itself left out.
    pub fn clients(&self) -> usize {
        self.client_list().len()
    }

    /// What the server says of each of its clients, the harness itself left out.
    pub fn client_list(&self) -> Vec<String> {
        let list: String = self.command(&["CLIENT", "LIST"]);
        list.lines().filter(|line| !line.contains("cmd=client")).map(str::to_owned).collect()
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
        // Connections that have ended may hold the port for a moment.
        self.process = (0..ATTEMPTS).find_map(|_| self.run());
        assert!(self.process.is_some(), "the server starts again on its port");
    }

    /// Lets the server stand still: it keeps its connections, and answers nothing.
    pub fn pause(&self) {
        self.process().signal(Signal::Stop);
    }

    /// Lets the server go on.
    pub fn resume(&self) {
        self.process().signal(Signal::Continue);
    }

    /// Lets the server follow another as its replica, and waits until it has all that the other has.
    ///
    /// # Panics
    ///
    /// If it does not within half a minute.
    pub fn follow(&self, leader: &Self) {
        let port = leader.port.to_string();
        self.command::<()>(&["REPLICAOF", "127.0.0.1", &port]);
        wait_for("the replica follows", || self.info("master_link_status") == "up");
    }

    /// Whether it has users, of whom the harness is one.
    pub(crate) fn has_users(&self) -> bool {
        self.plan.user.is_some()
    }

    /// One line of what the server says of itself; nothing from a server that does not answer.
    pub fn info(&self, name: &str) -> String {
        let text = self.client().get_connection_with_timeout(PATIENCE).and_then(|mut connection| {
            connection.set_read_timeout(Some(PATIENCE))?;
            redis::cmd("INFO").query::<String>(&mut connection)
        });
        let text = text.unwrap_or_default();
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        value.unwrap_or_default().to_owned()
    }

    /// How often a command was carried out since [`forget_counts`](Self::forget_counts).
    pub fn calls(&self, command: &str) -> u64 {
        let text: String = self.command(&["INFO", "commandstats"]);
        let start = format!("cmdstat_{command}:calls=");
        let count = text.lines().find_map(|line| line.strip_prefix(&start)?.split(',').next()?.parse().ok());
        count.unwrap_or_default()
    }

    /// Begins to count anew.
    pub fn forget_counts(&self) {
        self.command::<()>(&["CONFIG", "RESETSTAT"]);
    }

    fn process(&self) -> &Process {
        self.process.as_ref().expect("the server runs")
    }

    fn run(&self) -> Option<Process> {
        Process::start(self.program(), &self.arguments(), "Ready to accept connections")
    }

    fn program(&self) -> &'static str {
        self.plan.program.unwrap_or("redis-server")
    }

    fn socket(&self) -> PathBuf {
        self.folder.file("redis.sock")
    }

    fn client(&self) -> redis::Client {
        let secrets = match (&self.plan.user, &self.plan.password) {
            (Some(_), _) => format!("?user={}&pass={}", HARNESS.0, HARNESS.1),
            (None, Some(password)) => format!("?pass={}", encoded(password)),
            (None, None) => String::new(),
        };
        redis::Client::open(format!("unix://{}{secrets}", self.socket().display())).expect("the URL is ours")
    }

    fn arguments(&self) -> Vec<String> {
        let text = |path: PathBuf| path.display().to_string();
        let port = self.port.to_string();
        let mut settings = vec![
            ("dir", text(self.folder.path().to_owned())),
            ("bind", "127.0.0.1".to_owned()),
            ("save", String::new()),
            ("appendonly", "no".to_owned()),
            ("unixsocket", text(self.socket())),
        ];
        match &self.certificates {
            Some(certificates) => settings.extend([
                ("port", "0".to_owned()),
                ("tls-port", port),
                ("tls-cert-file", text(certificates.certificate.clone())),
                ("tls-key-file", text(certificates.key.clone())),
                ("tls-ca-cert-file", text(certificates.authority.clone())),
                ("tls-auth-clients", "no".to_owned()),
            ]),
            None => settings.push(("port", port)),
        }
        if let Some(password) = &self.plan.password {
            settings.push(("requirepass", password.clone()));
        }
        let mut arguments: Vec<String> =
            settings.into_iter().flat_map(|(name, value)| [format!("--{name}"), value]).collect();
        if let Some((user, password)) = &self.plan.user {
            for (user, password) in [(user.as_str(), password.as_str()), HARNESS] {
                let rule = ["--user", user, "on", &format!(">{password}"), "~*", "&*", "+@all"];
                arguments.extend(rule.map(str::to_owned));
            }
            arguments.extend(["--user", "default", "off"].map(str::to_owned));
            // As a replica it asks its leader as the harness does.
            arguments.extend(["--masteruser", HARNESS.0, "--masterauth", HARNESS.1].map(str::to_owned));
        }
        for (name, value) in &self.plan.settings {
            arguments.extend([format!("--{name}"), value.clone()]);
        }
        arguments
    }
}

/// Asks again and again, for half a minute at most.
pub(crate) fn wait_for(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(30), "not within half a minute: {what}");
        std::thread::yield_now();
    }
}

/// A text as it stands in any part of a URL.
fn encoded(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
