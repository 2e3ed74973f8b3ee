//! A master with two replicas, and three sentinels that watch over it.

use std::fmt::Write;

use crate::free_port;
use crate::redis_server::{HARNESS, wait_for};
use crate::{Folder, Plan, Process, Proxy, Server};

/// The name under which the sentinels know the master.
const NAME: &str = "mymaster";

/// How long a master is silent before it counts as down.
const DOWN_AFTER_MILLIS: u32 = 1000;

/// Running servers and sentinels; server 0 begins as the master.
#[derive(Debug)]
pub struct Sentinels {
    servers: Vec<Server>,
    watchers: Vec<(u16, Process)>,
    _folders: Vec<Folder>,
    password: Option<String>,
}

impl Sentinels {
    /// Starts all of them; the sentinels ask for this password.
    ///
    /// # Panics
    ///
    /// If they do not start, or do not find each other.
    pub fn start(plan: &Plan, password: Option<&str>) -> Self {
        Self::watching(plan, password, Server::port)
    }

    /// The same, where the master is known by the port of a proxy to it.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub fn start_behind_a_proxy(plan: &Plan) -> (Self, Proxy) {
        let mut proxy = None;
        let all = Self::watching(plan, None, |master| proxy.insert(Proxy::to(master.port())).port());
        (all, proxy.expect("the port was asked for"))
    }

    fn watching(plan: &Plan, password: Option<&str>, port_of: impl FnOnce(&Server) -> u16) -> Self {
        let plan = plan.clone().setting("repl-diskless-sync-delay", "0");
        let servers: Vec<_> = (0..3).map(|_| plan.clone().start()).collect();
        for replica in &servers[1..] {
            replica.follow(&servers[0]);
        }
        let port = port_of(&servers[0]);
        let folders: Vec<_> = (0..3).map(|_| Folder::new()).collect();
        let sentinels = folders.iter().map(|folder| run(folder, &servers[0], port, password)).collect();
        let all =
            Self { servers, watchers: sentinels, _folders: folders, password: password.map(str::to_owned) };
        wait_for("the sentinels know each other and the replicas", || {
            all.watchers.iter().all(|(port, _)| all.knows_all(*port))
        });
        all
    }

    /// The URL, which names all sentinels, and holds what the servers ask for.
    pub fn url(&self) -> String {
        let server = self.servers[0].url();
        let (scheme, rest) = server.split_once("://").unwrap_or(("redis", &server));
        let user = rest.rsplit_once('@').map(|(user, _)| format!("{user}@")).unwrap_or_default();
        let ports: Vec<_> = self.watchers.iter().map(|(port, _)| format!("127.0.0.1:{port}")).collect();
        format!("{scheme}+sentinel://{user}{}/{NAME}", ports.join(","))
    }

    /// A server.
    pub fn server(&self, index: usize) -> &Server {
        &self.servers[index]
    }

    /// A server, to be killed or started again.
    pub fn server_mut(&mut self, index: usize) -> &mut Server {
        &mut self.servers[index]
    }

    /// A sentinel.
    pub fn sentinel(&self, index: usize) -> &Process {
        &self.watchers[index].1
    }

    /// The server that runs and calls itself the master, if it is none of these.
    pub fn master_but(&self, not: &[usize]) -> Option<usize> {
        (0..self.servers.len())
            .filter(|index| !not.contains(index))
            .find(|index| self.servers[*index].info("role") == "master")
    }

    fn knows_all(&self, port: u16) -> bool {
        let Ok(client) = redis::Client::open(format!("redis://127.0.0.1:{port}")) else { return false };
        let Ok(mut connection) = client.get_connection() else { return false };
        if let Some(password) = &self.password {
            let _: Result<(), _> = redis::cmd("AUTH").arg(password).query(&mut connection);
        }
        let mut count = |what: &str| {
            let rows: Vec<redis::Value> =
                redis::cmd("SENTINEL").arg(what).arg(NAME).query(&mut connection).unwrap_or_default();
            rows.len()
        };
        count("REPLICAS") == 2 && count("SENTINELS") == 2
    }
}

fn run(folder: &Folder, master: &Server, master_port: u16, password: Option<&str>) -> (u16, Process) {
    let (port, file) = (free_port(), folder.file("sentinel.conf"));
    let mut text = format!(
        "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor {NAME} 127.0.0.1 {} 2\n\
         sentinel down-after-milliseconds {NAME} {DOWN_AFTER_MILLIS}\nsentinel failover-timeout {NAME} 3000\n",
        folder.path().display(),
        master_port,
    );
    if master.has_users() {
        let (user, secret) = HARNESS;
        let _ = write!(text, "sentinel auth-user {NAME} {user}\nsentinel auth-pass {NAME} {secret}\n");
    }
    if let Some(password) = password {
        let _ = write!(text, "requirepass {password}\nsentinel sentinel-pass {password}\n");
    }
    std::fs::write(&file, text).expect("the folder is ours");
    let arguments = [file.display().to_string(), "--sentinel".to_owned()];
    let process = Process::start("redis-server", &arguments, "+monitor");
    (port, process.expect("a sentinel starts"))
}
