//! Settings of Redis that contradict each other; the runtime says the same of them when it reads a file.

use std::collections::BTreeMap;

use super::value::Value;

/// What is stated, as far as it is known now: what the environment fills in later is not.
struct Stated<'a>(&'a BTreeMap<String, Value>);

impl Stated<'_> {
    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The text of a setting; nothing if the environment says a part of it.
    fn text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::Text(text)) if !text.contains("${") => Some(text),
            _ => None,
        }
    }

    fn is_number(&self, name: &str, number: i64) -> bool {
        match self.0.get(name) {
            Some(Value::Integer(stated)) => *stated == number,
            Some(Value::Text(text)) => text.parse() == Ok(number),
            _ => false,
        }
    }

    fn scheme(&self) -> Option<&str> {
        self.text("location")?.split_once("://").map(|(scheme, _)| scheme)
    }

    fn scheme_ends(&self, end: &str) -> bool {
        self.scheme().is_some_and(|scheme| scheme.ends_with(end))
    }

    fn is_one_server(&self) -> bool {
        self.scheme().is_some_and(|scheme| !scheme.ends_with("+cluster") && !scheme.ends_with("+sentinel"))
    }
}

/// What cannot be, if anything.
pub(super) fn contradiction(fields: &BTreeMap<String, Value>) -> Option<&'static str> {
    let stated = Stated(fields);
    let reads_from = |whom| stated.text("read_from") == Some(whom);
    let reads_replicas = stated.has("replicas") || stated.has("read_from") && !reads_from("leader");
    let knows_sentinels = stated.has("sentinel_username") || stated.has("sentinel_password");
    let keeps = stated.has("client_cache");
    let many = stated.scheme_ends("+cluster") || stated.scheme_ends("+sentinel");
    [
        (
            stated.has("replicas") && many,
            "`replicas` is for a single server: a cluster and sentinels say themselves which there are; \
             say `read_from = \"replicas\"`",
        ),
        (
            stated.has("replicas") && stated.scheme_ends("unix"),
            "`replicas` are reached as their leader is, and a socket of this machine leads to no other",
        ),
        (
            stated.has("replicas") && reads_from("leader"),
            "`replicas` are there to be read from, and `read_from` says \"leader\"",
        ),
        (
            reads_from("replicas") && stated.is_one_server() && !stated.has("replicas"),
            "`read_from = \"replicas\"` needs `replicas` where a single server is the location",
        ),
        (
            stated.has("leader_after_write") && !reads_replicas,
            "`leader_after_write` is for caches that read from replicas",
        ),
        (
            knows_sentinels && stated.scheme().is_some() && !stated.scheme_ends("+sentinel"),
            "`sentinel_username` and `sentinel_password` need a location such as redis+sentinel://…/name",
        ),
        (
            keeps && stated.scheme_ends("+cluster"),
            "`client_cache` listens to one leader: it is for a single server or one behind sentinels",
        ),
        (
            keeps && (stated.has("replicas") || reads_from("replicas")),
            "`client_cache` would keep what a replica says that lags behind: read from the leader",
        ),
        (
            keeps && matches!(stated.text("protocol"), Some("resp2" | "2")),
            "`client_cache` needs the protocol \"resp3\", in which the server can say what has changed",
        ),
        (stated.is_number("client_cache", 0), "`client_cache` takes at least one entry, or is left out"),
        (stated.is_number("wait_replicas", 0), "`wait_replicas` takes at least one, or is left out"),
        (
            stated.scheme_ends("+cluster")
                && ["database", "db"].iter().any(|name| stated.has(name) && !stated.is_number(name, 0)),
            "a cluster has no databases but the first: leave `database` out",
        ),
    ]
    .into_iter()
    .find_map(|(is_so, text)| is_so.then_some(text))
}
