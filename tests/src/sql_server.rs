//! A database server for tests: PostgreSQL or MariaDB, in a folder of its own, on a free port.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use crate::process::wait_until_it_stands;
use crate::{Folder, free_port};

/// How long a server may take until it is ready.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often a port that another program has taken meanwhile is replaced by another.
const ATTEMPTS: usize = 10;
/// Runs a server as a child that is killed when the standard input ends, that is, with its owner.
const KEEPER: &str = r#"
exec 3<&0
"$@" 2>&1 &
server=$!
echo "server $server"
{ read -r _; kill -KILL $server; } <&3 &
wait $server
echo ended
"#;

/// Which server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Engine {
    Postgres,
    Mariadb,
}

/// A running server, reachable on 127.0.0.1; killed when it is dropped, or when the process ends.
#[derive(Debug)]
pub struct SqlServer {
    engine: Engine,
    port: u16,
    running: Option<Running>,
    folder: Folder,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    /// Its end kills the server.
    life: Option<ChildStdin>,
    pid: u32,
}

impl SqlServer {
    /// A PostgreSQL server of the test's own.
    pub fn postgres() -> Self {
        Self::start(Engine::Postgres)
    }

    /// A MariaDB server of the test's own.
    pub fn mariadb() -> Self {
        Self::start(Engine::Mariadb)
    }

    /// A PostgreSQL server for all tests of this program that leave it running.
    pub fn shared_postgres() -> &'static Self {
        static SHARED: LazyLock<SqlServer> = LazyLock::new(SqlServer::postgres);
        &SHARED
    }

    /// A MariaDB server for all tests of this program that leave it running.
    pub fn shared_mariadb() -> &'static Self {
        static SHARED: LazyLock<SqlServer> = LazyLock::new(SqlServer::mariadb);
        &SHARED
    }

    /// The URL of its database, with everything a client needs.
    pub fn url(&self) -> String {
        self.url_at(self.port)
    }

    /// The URL with another port, on which a proxy listens.
    pub fn url_at(&self, port: u16) -> String {
        match self.engine {
            Engine::Postgres => format!("postgres://cache@127.0.0.1:{port}/postgres"),
            Engine::Mariadb => format!("mysql://cache:p%40ss@127.0.0.1:{port}/cache"),
        }
    }

    /// The port, which stays the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Ends the server at once, as `kill -9` does.
    pub fn kill(&mut self) {
        self.running = None;
    }

    /// Starts the server again, on the same port and with what it has; kills it first if need be.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn restart(&mut self) {
        self.running = None;
        self.running = (0..ATTEMPTS).find_map(|_| self.run());
        assert!(self.running.is_some(), "the server starts again on its port");
    }

    /// Lets the server stand still, with all its processes: it keeps its connections, and answers nothing.
    pub fn pause(&self) {
        self.signal("-STOP");
    }

    /// Lets the server go on.
    pub fn resume(&self) {
        self.signal("-CONT");
    }

    fn start(engine: Engine) -> Self {
        let folder = Folder::new();
        if is_root() {
            run(Command::new("chown").arg("nobody").arg(folder.path()));
        }
        let mut server = Self { engine, port: 0, running: None, folder };
        server.prepare();
        for _ in 0..ATTEMPTS {
            server.port = free_port();
            server.running = server.run();
            if server.running.is_some() {
                return server;
            }
        }
        panic!("{engine:?} ends at once; its command is {:?}", server.command());
    }

    /// Makes the files of an empty server.
    fn prepare(&self) {
        let data = self.folder.file("data").display().to_string();
        let words = match self.engine {
            Engine::Postgres => vec![
                program("initdb"),
                format!("--pgdata={data}"),
                "--username=cache".to_owned(),
                "--auth=trust".to_owned(),
                "--no-sync".to_owned(),
                "--no-locale".to_owned(),
                "--encoding=UTF8".to_owned(),
            ],
            Engine::Mariadb => {
                // The anonymous user of `localhost` would come before ours.
                let user = "DROP USER IF EXISTS ''@localhost;\n\
                    CREATE DATABASE IF NOT EXISTS cache;\n\
                    CREATE USER IF NOT EXISTS cache@'%' IDENTIFIED BY 'p@ss';\n\
                    GRANT ALL ON *.* TO cache@'%';\n";
                fs::write(self.folder.file("user.sql"), user).expect("the folder can be written");
                vec![
                    program("mariadb-install-db"),
                    "--no-defaults".to_owned(),
                    format!("--datadir={data}"),
                    "--auth-root-authentication-method=normal".to_owned(),
                    "--skip-test-db".to_owned(),
                    // Two servers that begin at once may choose the same names.
                    format!("--tmpdir={}", self.folder.path().display()),
                ]
            }
        };
        let words = as_nobody(words);
        run(Command::new(&words[0]).args(&words[1..]));
    }

    fn command(&self) -> Vec<String> {
        let file = |name: &str| self.folder.file(name).display().to_string();
        let settings = match self.engine {
            Engine::Postgres => [
                "fsync=off",
                "shared_buffers=16MB",
                "max_connections=200",
                "unix_socket_directories=",
                "listen_addresses=127.0.0.1",
            ]
            .iter()
            .flat_map(|setting| ["-c".to_owned(), (*setting).to_owned()])
            .chain(["-D".to_owned(), file("data"), "-p".to_owned(), self.port.to_string()])
            .collect(),
            Engine::Mariadb => vec![
                "--no-defaults".to_owned(),
                format!("--datadir={}", file("data")),
                format!("--port={}", self.port),
                "--bind-address=127.0.0.1".to_owned(),
                format!("--socket={}", file("socket")),
                format!("--pid-file={}", file("pid")),
                format!("--init-file={}", file("user.sql")),
                format!("--tmpdir={}", self.folder.path().display()),
                "--innodb-buffer-pool-size=32M".to_owned(),
                "--innodb-flush-log-at-trx-commit=2".to_owned(),
                "--max-connections=200".to_owned(),
            ],
        };
        let name = match self.engine {
            Engine::Postgres => "postgres",
            Engine::Mariadb => "mariadbd",
        };
        as_nobody([vec![program(name)], settings].concat())
    }

    /// Runs the server until it is ready; `None` if it ends before.
    fn run(&self) -> Option<Running> {
        let mut keeper = Command::new("sh")
            .args(["-c", KEEPER, "keeper"])
            .args(self.command())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("there is a shell");
        let said = lines_of(&mut keeper);
        let next = || said.recv_timeout(PATIENCE).expect("the server says something within a minute");
        let pid = next().strip_prefix("server ").and_then(|pid| pid.parse().ok());
        let pid = pid.expect("the keeper says which process it is");
        let running = Running { life: keeper.stdin.take(), keeper, pid };
        loop {
            match next() {
                line if line.contains("ready to accept connections") => return Some(running),
                line if line.contains("ready for connections") => return Some(running),
                line if line == "ended" => return None,
                _ => {}
            }
        }
    }

    fn signal(&self, signal: &str) {
        let server = self.running.as_ref().expect("the server runs").pid;
        // The server first: one that stands has no more children.
        tell(signal, server);
        for child in children_of(server) {
            tell(signal, child);
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.life.take());
        let _ = self.keeper.wait();
    }
}

/// The lines that a keeper says; read on for as long as it lives, so that a full pipe never stops the server.
fn lines_of(keeper: &mut Child) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    let output = keeper.stdout.take().expect("the output is piped");
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    lines
}

/// Sends a signal to a process, which may have ended meanwhile.
fn tell(signal: &str, process: u32) {
    let _ = Command::new("kill").args([signal, &process.to_string()]).stderr(Stdio::null()).status();
    if signal == "-STOP" {
        wait_until_it_stands(process);
    }
}

/// The processes that a server has started (PostgreSQL has one for each connection).
fn children_of(server: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("processes are listed there");
    let is_child = |process: &u32| {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
        status.lines().any(|line| line == format!("PPid:\t{server}"))
    };
    processes.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter(is_child).collect()
}

/// Servers refuse to run as root.
fn as_nobody(words: Vec<String>) -> Vec<String> {
    if !is_root() {
        return words;
    }
    let before = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"];
    before.map(str::to_owned).into_iter().chain(words).collect()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Where a program is: in `PATH`, or where Debian keeps those of PostgreSQL.
fn program(name: &str) -> String {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&paths).chain([PathBuf::from("/usr/sbin")]);
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let of_postgres = versions.map(|version| version.path().join("bin"));
    let found = in_path.chain(of_postgres).map(|folder| folder.join(name)).find(|path| path.is_file());
    let how = "run the tests by ./tests/run, which installs what they need";
    found.unwrap_or_else(|| panic!("cannot find `{name}`: {how}")).display().to_string()
}

#[track_caller]
fn run(command: &mut Command) {
    let output = command.current_dir(Path::new("/")).stdin(Stdio::null()).output();
    let output = output.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    assert!(output.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
}
