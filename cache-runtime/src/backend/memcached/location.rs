//! Settings → servers: what a location may say.

use std::fmt;
use std::path::PathBuf;

use crate::base::error::{Error, ErrorKind, Result};

/// The port of a server that states none.
const PORT: u16 = 11_211;

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// Host or IP address, and port.
    Tcp(String, u16),
    /// A unix socket.
    Unix(PathBuf),
}

/// The servers in a text: behind `memcached://`, if it is there, separated by `,` or `;`.
pub(super) fn servers_in(text: &str) -> Vec<String> {
    let list = text.strip_prefix("memcached://").unwrap_or(text);
    list.split([',', ';']).map(str::trim).filter(|server| !server.is_empty()).map(str::to_owned).collect()
}

/// The addresses of these servers.
///
/// # Errors
///
/// `Settings`, if there is none, one is no address, or one is named twice.
pub(super) fn addresses_of(servers: &[String]) -> Result<Vec<Address>> {
    let mut addresses = Vec::with_capacity(servers.len());
    for server in servers {
        let address = Address::of(server)?;
        if addresses.contains(&address) {
            return Err(wrong(&format!("`{address}` is named twice")));
        }
        addresses.push(address);
    }
    if addresses.is_empty() { Err(wrong("it names no server")) } else { Ok(addresses) }
}

impl Address {
    /// `host`, `host:port`, `[::1]`, `[::1]:port`, `/path`, `unix:/path`.
    fn of(text: &str) -> Result<Self> {
        let path = text.strip_prefix("unix:").unwrap_or(text);
        if path.starts_with('/') {
            return Ok(Self::Unix(path.into()));
        }
        if text.contains(['/', '@', '?', '#']) || text.contains(char::is_whitespace) {
            return Err(wrong(EXPECTED));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']').ok_or_else(|| wrong(EXPECTED))?,
            None => text.split_at(text.find(':').unwrap_or(text.len())),
        };
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().map_err(|_| wrong(EXPECTED))?,
            None if port.is_empty() => PORT,
            None => return Err(wrong(EXPECTED)),
        };
        if host.is_empty() { Err(wrong(EXPECTED)) } else { Ok(Self::Tcp(host.to_owned(), port)) }
    }
}

/// One spelling for each address: the same in every program, so that all find a key in one place.
impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(host, port) if host.contains(':') => write!(out, "[{host}]:{port}"),
            Self::Tcp(host, port) => write!(out, "{host}:{port}"),
            Self::Unix(path) => write!(out, "unix:{}", path.display()),
        }
    }
}

const EXPECTED: &str = "expected servers such as `host`, `host:11211`, `[::1]:11211` or `unix:/path/to/socket`, with commas between";

fn wrong(text: &str) -> Error {
    Error::new(ErrorKind::Settings, "settings").context(format!("memcached location: {text}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(server: &str) -> Option<String> {
        Address::of(server).ok().map(|address| address.to_string())
    }

    #[test]
    fn every_form_of_an_address_has_one_spelling() {
        let cases = [
            ("host", "host:11211"),
            ("host:7", "host:7"),
            ("127.0.0.1:11211", "127.0.0.1:11211"),
            ("[::1]", "[::1]:11211"),
            ("[::1]:7", "[::1]:7"),
            ("/run/cache.sock", "unix:/run/cache.sock"),
            ("unix:/run/cache.sock", "unix:/run/cache.sock"),
        ];
        for (server, spelling) in cases {
            assert_eq!(shown(server).as_deref(), Some(spelling), "{server}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for server in [
            "",
            ":7",
            "host:",
            "host:x",
            "host:70000",
            "::1",
            "[::1",
            "[::1]7",
            "[]",
            "a/b",
            "user@host",
            "a b",
        ] {
            assert_eq!(shown(server), None, "{server}");
        }
    }
}
