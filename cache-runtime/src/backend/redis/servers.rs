//! How the servers of a cache are spoken to, whichever they are: who asks, over TLS or not, within which limits.

use std::sync::Arc;
use std::time::Duration;

use redis::{ConnectionAddr, ProtocolVersion, RedisConnectionInfo};

use super::connect::{Connector, Lines, Target};
use super::location::{Place, wrong};
use super::options::Options;
use super::sentinel::Sentinels;
use crate::base::error::Result;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

/// What the connections to all servers of a cache have in common.
#[derive(Clone)]
pub(super) struct Servers {
    /// The client of the server at the URL; of the others all but the address.
    client: redis::Client,
    pub(super) connect_timeout: Duration,
    pub(super) answer_timeout: Duration,
    /// Who asks the sentinels.
    sentinel: (Option<String>, Option<String>),
}

impl Servers {
    pub(super) fn new(options: &Options, place: &Place) -> Result<Self> {
        let secrets = (options.sentinel_username.clone(), options.sentinel_password.clone());
        Ok(Self {
            client: client_of(options, place)?,
            connect_timeout: options.connect_timeout,
            answer_timeout: options.answer_timeout,
            sentinel: secrets,
        })
    }

    /// The server at the URL.
    pub(super) fn target(&self) -> Target {
        Target::Server(self.client.clone())
    }

    /// Lines to the server at the URL.
    pub(super) fn lines(&self) -> Arc<Lines> {
        self.to(self.target())
    }

    /// Lines to the server at an address.
    pub(super) fn lines_to(&self, address: &Address) -> Arc<Lines> {
        self.to(Target::Server(self.client_at(address)))
    }

    /// Lines to a replica of a cluster, which answers only those who say that they just read.
    pub(super) fn lines_to_copy(&self, address: &Address) -> Arc<Lines> {
        self.to(Target::Copy(self.client_at(address)))
    }

    /// Lines to whichever server is the master now.
    pub(super) fn lines_to_master(&self, sentinels: &Arc<Sentinels>) -> Arc<Lines> {
        self.to(Target::Master(Arc::clone(sentinels)))
    }

    /// Lines to some replica of whichever server is the master now.
    pub(super) fn lines_to_replica(&self, sentinels: &Arc<Sentinels>) -> Arc<Lines> {
        self.to(Target::Replica(Arc::clone(sentinels)))
    }

    fn to(&self, target: Target) -> Arc<Lines> {
        let (connect_timeout, answer_timeout) = (self.connect_timeout, self.answer_timeout);
        Lines::new(Connector { target, connect_timeout, answer_timeout, pushes: None })
    }

    /// The client of another server.
    pub(super) fn client_at(&self, address: &Address) -> redis::Client {
        let info = self.client.get_connection_info();
        let (host, port) = (address.host.clone(), address.port);
        let place = match info.addr() {
            ConnectionAddr::TcpTls { insecure, tls_params, .. } => {
                ConnectionAddr::TcpTls { host, port, insecure: *insecure, tls_params: tls_params.clone() }
            }
            _ => ConnectionAddr::Tcp(host, port),
        };
        redis::Client::open(info.clone().set_addr(place))
            .expect("a client for another host was made of the same")
    }

    /// The client of a sentinel.
    pub(super) fn sentinel_at(&self, address: &Address) -> redis::Client {
        let mut redis =
            RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
        if let (Some(username), _) = &self.sentinel {
            redis = redis.set_username(username);
        }
        if let (_, Some(password)) = &self.sentinel {
            redis = redis.set_password(password);
        }
        let info = self.client_at(address).get_connection_info().clone().set_redis_settings(redis);
        redis::Client::open(info).expect("a client for another host was made of the same")
    }
}

/// The client for these options; nothing is connected.
fn client_of(options: &Options, place: &Place) -> Result<redis::Client> {
    let info = place.info.clone();
    let Some(path) = &options.ca_file else {
        prepare_tls(info.addr());
        return redis::Client::open(info).map_err(|error| wrong(error.category()));
    };
    client_with_ca(info, path)
}

#[cfg(feature = "redis-tls")]
fn client_with_ca(info: redis::ConnectionInfo, path: &std::path::Path) -> Result<redis::Client> {
    if !matches!(info.addr(), ConnectionAddr::TcpTls { .. }) {
        return Err(wrong("`ca_file` needs a location that begins with rediss://"));
    }
    let unreadable = |why: &dyn std::fmt::Display| wrong(&format!("`ca_file` {}: {why}", path.display()));
    let root_cert = std::fs::read(path).map_err(|error| unreadable(&error))?;
    if !root_cert.windows(10).any(|window| window == b"-----BEGIN") {
        return Err(unreadable(&"expected certificates in PEM"));
    }
    prepare_tls(info.addr());
    let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(root_cert) };
    redis::Client::build_with_tls(info, certificates).map_err(|error| unreadable(&error.category()))
}

#[cfg(not(feature = "redis-tls"))]
fn client_with_ca(_: redis::ConnectionInfo, _: &std::path::Path) -> Result<redis::Client> {
    Err(wrong("`ca_file` needs the feature `redis-tls`"))
}

/// Chooses a cryptography provider for the process unless it has one: with two compiled in (the
/// program's and ours), rustls panics at the first connection.
fn prepare_tls(address: &ConnectionAddr) {
    #[cfg(feature = "redis-tls")]
    if matches!(address, ConnectionAddr::TcpTls { .. })
        && rustls::crypto::CryptoProvider::get_default().is_none()
    {
        // The error says that another thread was first.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    #[cfg(not(feature = "redis-tls"))]
    let _ = address;
}
