//! Which texts name the servers of a store: the grammar of the runtime's `backend/memcached/location.rs`.

use std::collections::BTreeSet;

/// Whether these name servers, with commas or semicolons between those of one text, and none twice.
pub(super) fn are_servers<'a>(texts: impl IntoIterator<Item = &'a str>) -> bool {
    let mut seen = BTreeSet::new();
    let servers = texts.into_iter().flat_map(|text| {
        let list = text.strip_prefix("memcached://").unwrap_or(text);
        list.split([',', ';']).map(str::trim).filter(|server| !server.is_empty())
    });
    let are_all = servers.map(spelling).all(|server| server.is_some_and(|server| seen.insert(server)));
    are_all && !seen.is_empty()
}

/// The one spelling of a server: `host:port`, or the path of a socket.
fn spelling(server: &str) -> Option<String> {
    let path = server.strip_prefix("unix:").unwrap_or(server);
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    if server.contains(['/', '@', '?', '#']) || server.contains(char::is_whitespace) {
        return None;
    }
    let (host, port) = match server.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => server.split_at(server.find(':').unwrap_or(server.len())),
    };
    let port: u16 = match port.strip_prefix(':') {
        Some(digits) => digits.parse().ok()?,
        None if port.is_empty() => 11_211,
        None => return None,
    };
    (!host.is_empty()).then(|| format!("{host}:{port}"))
}
