//! Settings → where the server is: what a URL may say, and how it is shown without its secrets.

use std::path::Path;

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use super::{Options, Protocol};
use crate::base::error::{Error, ErrorKind, Result};

/// What the server is told about this client (`CLIENT SETINFO`, from Redis 7.2 on).
const LIBRARY: (&str, &str) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

/// The client for these options; nothing is connected.
pub(super) fn client_of(options: &Options) -> Result<redis::Client> {
    let info = info_of(options)?;
    let Some(path) = &options.ca_file else {
        prepare_tls(info.addr());
        return redis::Client::open(info).map_err(|error| wrong(error.category()));
    };
    client_with_ca(info, path)
}

/// What the URL and the settings beside it say together.
pub(super) fn info_of(options: &Options) -> Result<ConnectionInfo> {
    let url = &options.location;
    if !is_known_scheme(url) {
        return Err(wrong("expected a URL that begins with redis://, rediss:// or unix://"));
    }
    let info = url.as_str().into_connection_info().map_err(|error| wrong(error.category()))?;
    if matches!(info.addr(), ConnectionAddr::TcpTls { insecure: true, .. }) {
        return Err(wrong("`#insecure` is not supported: name the authority by `ca_file`"));
    }
    let states_protocol = url.split_once('?').is_some_and(|(_, query)| query.contains("protocol="));
    let mut redis = info.redis_settings().clone().set_lib_name(LIBRARY.0, LIBRARY.1);
    match options.protocol {
        Some(Protocol::Resp2) => redis = redis.set_protocol(ProtocolVersion::RESP2),
        None if states_protocol => {}
        // Under RESP3 the driver tells us at once when a connection has ended.
        Some(Protocol::Resp3) | None => redis = redis.set_protocol(ProtocolVersion::RESP3),
    }
    if let Some(username) = &options.username {
        redis = redis.set_username(username);
    }
    if let Some(password) = &options.password {
        redis = redis.set_password(password);
    }
    if let Some(database) = options.database {
        redis = redis.set_db(i64::from(database));
    }
    let tcp = TcpSettings::default().set_nodelay(true);
    Ok(info.set_redis_settings(redis).set_tcp_settings(tcp))
}

fn is_known_scheme(url: &str) -> bool {
    ["redis://", "rediss://", "unix://", "redis+unix://", "valkey://", "valkeys://", "valkey+unix://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

#[cfg(feature = "redis-tls")]
fn client_with_ca(info: ConnectionInfo, path: &Path) -> Result<redis::Client> {
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
fn client_with_ca(_: ConnectionInfo, _: &Path) -> Result<redis::Client> {
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

/// A URL with `***` in place of what stands before its host, and without its query.
///
/// Where an `@` stands outside of its place, everything is hidden: a password that is not encoded
/// may hold any character.
pub(super) fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "***".to_owned() };
    if scheme.ends_with("unix") {
        return format!("{scheme}://{}", before(rest, &['?', '#']));
    }
    let authority = before(rest, &['/', '?', '#']);
    let (path, host) = (&rest[authority.len()..], authority.rsplit('@').next().unwrap_or_default());
    if path.contains('@') {
        return format!("{scheme}://***");
    }
    let hidden = if host.len() < authority.len() { "***@" } else { "" };
    format!("{scheme}://{hidden}{host}{}", before(path, &['?', '#']))
}

fn before<'a>(text: &'a str, ends: &[char]) -> &'a str {
    text.split(ends).next().unwrap_or_default()
}

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(format!("redis location: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_secrets() {
        let cases = [
            ("redis://user:s@cret@host:6379/1", "redis://***@host:6379/1"),
            ("redis://user:se/cret@host:6379/1", "redis://***"),
            ("redis://user:se?cret@host", "redis://***"),
            ("redis://host", "redis://host"),
            ("unix:///run/redis.sock?db=1&user=u&pass=s@cret", "unix:///run/redis.sock"),
            ("rediss://:secret@host/2#insecure", "rediss://***@host/2"),
            ("secret", "***"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_secrets(url), shown);
        }
    }
}
