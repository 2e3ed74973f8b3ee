//! Settings → where the servers are: what a URL may say, and how it is shown without its secrets.

use redis::io::tcp::TcpSettings;
use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisError};

use super::options::{Options, Protocol};
use super::servers::Address;
use crate::backend::kind::REDIS_SCHEMES;
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::nearest::unknown;

/// What the server is told about this client (`CLIENT SETINFO`, from Redis 7.2 on).
const LIBRARY: (&str, &str) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));

/// The port of servers, unless a URL states another.
const PORT: u16 = 6379;

/// The port of sentinels, unless a URL states another.
const SENTINEL_PORT: u16 = 26_379;

/// The schemes of single servers.
const SERVER_SCHEMES: &[&str] =
    &["redis", "rediss", "unix", "redis+unix", "valkey", "valkeys", "valkey+unix"];

/// Where the servers of a cache are, and how they are spoken to.
pub(super) struct Place {
    pub(super) shape: Shape,
    /// The server at the URL, or how servers are spoken to whose addresses others tell.
    pub(super) info: ConnectionInfo,
}

/// What stands at a location.
pub(super) enum Shape {
    /// One server.
    Server,
    /// Some nodes of a cluster.
    Cluster(Vec<Address>),
    /// Sentinels, and the name under which they watch over a master.
    Sentinels(Vec<Address>, String),
}

impl Shape {
    const NAMES: [(&'static str, &'static str); 2] = [("cluster", "+cluster"), ("sentinel", "+sentinel")];

    /// The word for the shape in the URL's scheme, if it has one.
    pub(super) fn word_in(url: &str) -> Option<&'static str> {
        let (scheme, _) = url.split_once("://")?;
        Self::NAMES.iter().find(|(_, end)| scheme.ends_with(end)).map(|(word, _)| *word)
    }
}

/// What the URL and the settings beside it say together.
pub(super) fn place_of(options: &Options) -> Result<Place> {
    let (shape, url) = shape_of(&options.location)?;
    let url = url.as_str();
    examine_scheme(url)?;
    let info = url.into_connection_info().map_err(|error| refused(url, &error))?;
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
    if matches!(shape, Shape::Cluster(_)) && redis.db() != 0 {
        return Err(wrong("a cluster has no databases but the first: leave `database` out"));
    }
    let tcp = TcpSettings::default().set_nodelay(true);
    Ok(Place { shape, info: info.set_redis_settings(redis).set_tcp_settings(tcp) })
}

/// The shape that a URL states, and the URL of one server that says the rest.
fn shape_of(url: &str) -> Result<(Shape, String)> {
    let Some(word) = Shape::word_in(url) else { return Ok((Shape::Server, url.to_owned())) };
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let scheme = scheme.strip_suffix(word).and_then(|scheme| scheme.strip_suffix('+')).unwrap_or_default();
    let authority = before(rest, &['/', '?', '#']);
    let (path, more) = {
        let behind = &rest[authority.len()..];
        let path = before(behind, &['?', '#']);
        (path.trim_start_matches('/'), &behind[path.len()..])
    };
    let hosts = authority.rsplit('@').next().unwrap_or_default();
    let user = &authority[..authority.len() - hosts.len()];
    let first = before(hosts, &[',']);
    if word == "cluster" {
        let shape = Shape::Cluster(addresses(hosts, PORT)?);
        return Ok((shape, format!("{scheme}://{user}{first}/{path}{more}")));
    }
    let (master, database) = path.split_once('/').unwrap_or((path, ""));
    if master.is_empty() {
        return Err(wrong("expected the name of the master behind the sentinels: …/name or …/name/database"));
    }
    let shape = Shape::Sentinels(addresses(hosts, SENTINEL_PORT)?, master.to_owned());
    Ok((shape, format!("{scheme}://{user}{first}/{database}{more}")))
}

/// The addresses in `host,host:port,[::1]:port`.
fn addresses(hosts: &str, port: u16) -> Result<Vec<Address>> {
    let read = |host| address(host, port).ok_or_else(|| wrong("expected hosts, each with or without a port"));
    hosts.split(',').map(read).collect()
}

/// The addresses of the replicas that the settings name.
pub(super) fn replicas(hosts: &str) -> Result<Vec<Address>> {
    let read = |host: &str| address(host.trim(), PORT);
    hosts
        .split(',')
        .map(|host| {
            read(host)
                .ok_or_else(|| wrong("`replicas` takes hosts, each with or without a port: \"a:6379,b\""))
        })
        .collect()
}

fn address(text: &str, port: u16) -> Option<Address> {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, number)) if !host.contains(':') || host.ends_with(']') => (host, number.parse().ok()?),
        Some(_) if !text.ends_with(']') => return None,
        _ => (text, port),
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_plain = !bare.is_empty() && !bare.contains(['/', '@', ' ', '?', '#', '[', ']']);
    is_plain.then(|| Address { host: bare.to_owned(), port })
}

/// Refuses a scheme that is none of a single server's, which is what all shapes come down to.
fn examine_scheme(url: &str) -> Result<()> {
    let Some((scheme, _)) = url.split_once("://") else {
        return Err(wrong("expected a URL with a scheme, such as redis://localhost:6379"));
    };
    if SERVER_SCHEMES.contains(&scheme) {
        return Ok(());
    }
    Err(wrong(&unknown("scheme", scheme, REDIS_SCHEMES)))
}

/// Why the driver does not take a URL, in words that hold nothing of it but its scheme.
fn refused(url: &str, error: &RedisError) -> Error {
    let scheme = before(url, &[':']);
    if matches!(scheme, "rediss" | "valkeys") && !cfg!(feature = "redis-tls") {
        return wrong(&format!("`{scheme}://` needs the feature `redis-tls` of `cache-runtime`"));
    }
    let said = error.to_string();
    match said.split(" - ").next().unwrap_or_default() {
        "Redis URL did not parse" => wrong(
            "the URL cannot be read: a port is a number up to 65535, and `/`, `?`, `#`, `@` and `%` in a \
             password are percent-encoded",
        ),
        "Invalid database number" => wrong("the database behind the host is a number: redis://host:6379/1"),
        reason => wrong(&reason.to_lowercase()),
    }
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

pub(super) fn wrong(text: &str) -> Error {
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
            ("redis+cluster://user:secret@a:1,b,c", "redis+cluster://***@a:1,b,c"),
            ("redis+sentinel://:se/cret@a,b/name/1", "redis+sentinel://***"),
            ("secret", "***"),
        ];
        for (url, shown) in cases {
            assert_eq!(without_secrets(url), shown);
        }
    }

    #[test]
    fn what_the_driver_refuses_is_said_in_words() {
        let cases = [
            ("redis://:secret@host:99999", "a port is a number up to 65535"),
            ("redis://:se/cret@host", "in a password are percent-encoded"),
            ("redis://:secret@host/first", "is a number: redis://host:6379/1"),
            ("redis://:secret@0.0.0.0", "wildcard address"),
            #[cfg(not(feature = "redis-tls"))]
            ("rediss://:secret@host", "needs the feature `redis-tls`"),
        ];
        for (url, said) in cases {
            let Err(error) = place_of(&Options::at(url)) else { panic!("{url} is taken") };
            let text = error.to_string();
            assert!(text.contains(said) && !text.contains("cret"), "{url}: {text}");
        }
    }

    fn address_at(host: &str, port: u16) -> Address {
        Address { host: host.to_owned(), port }
    }

    #[test]
    fn a_cluster_is_some_of_its_nodes() {
        let options = Options::at("redis+cluster://user:p%40ss@a:7000,b,[::1]:7002");

        let place = place_of(&options).unwrap();

        let Shape::Cluster(nodes) = place.shape else { panic!("expected a cluster") };
        assert_eq!(nodes, [address_at("a", 7000), address_at("b", 6379), address_at("::1", 7002)]);
        assert_eq!(place.info.redis_settings().password(), Some("p@ss"));
    }

    #[test]
    fn sentinels_have_a_port_and_credentials_of_their_own() {
        let options = Options::at("redis+sentinel://user:pass@a,b:7/mymaster/3");

        let place = place_of(&options).unwrap();

        let Shape::Sentinels(sentinels, master) = place.shape else { panic!("expected sentinels") };
        assert_eq!(sentinels, [address_at("a", 26_379), address_at("b", 7)]);
        assert_eq!(master, "mymaster");
        assert_eq!(place.info.redis_settings().db(), 3);
        assert_eq!(place.info.redis_settings().username(), Some("user"));
    }

    #[test]
    fn a_location_of_many_servers_that_is_none_is_an_error() {
        for url in [
            "redis+cluster://",
            "redis+cluster://a,,b",
            "redis+cluster://a:port",
            "redis+cluster://a,b/1",
            "redis+cluster://a:1:2",
            "redis+sentinel://a,b",
            "redis+sentinel://a,b/",
            "redis+sentinel://a/name/x",
            "unix+cluster:///path",
            "http+cluster://a",
        ] {
            let error = place_of(&Options::at(url)).err().unwrap_or_else(|| panic!("{url} was taken"));

            assert_eq!(error.kind(), ErrorKind::Settings, "{url}");
        }
    }
}
