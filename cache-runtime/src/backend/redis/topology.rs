//! Which node of a cluster has which slots, as its nodes tell it (`CLUSTER SLOTS`).

use redis::Value;

use super::answers::text_of;
use super::servers::Address;
use super::slot::SLOTS;

/// Slots in a row, who has them, and who has copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) leader: Address,
    pub(super) replicas: Vec<Address>,
}

/// The ranges that a node tells; `None` if it knows of none. A node that does not know its own name means the
/// one by which it was asked.
pub(super) fn ranges_in(answer: Value, asked: &Address) -> Option<Vec<Range>> {
    let Value::Array(rows) = answer else { return None };
    let ranges: Vec<_> = rows.into_iter().map(|row| range_in(row, asked)).collect::<Option<_>>()?;
    (!ranges.is_empty()).then_some(ranges)
}

fn range_in(row: Value, asked: &Address) -> Option<Range> {
    let Value::Array(row) = row else { return None };
    let mut row = row.into_iter();
    let (first, last) = (slot_in(&row.next()?)?, slot_in(&row.next()?)?);
    let leader = node_in(row.next()?, asked)?;
    let replicas = row.filter_map(|node| node_in(node, asked)).collect();
    (first <= last).then_some(Range { first, last, leader, replicas })
}

fn slot_in(value: &Value) -> Option<u16> {
    let Value::Int(slot) = value else { return None };
    u16::try_from(*slot).ok().filter(|slot| *slot < SLOTS)
}

fn node_in(node: Value, asked: &Address) -> Option<Address> {
    let Value::Array(node) = node else { return None };
    let mut node = node.into_iter();
    let (host, Value::Int(port)) = (node.next()?, node.next()?) else { return None };
    let host = match host {
        Value::Nil => String::new(),
        host => text_of(host)?,
    };
    let host = if host.is_empty() { asked.host.clone() } else { host };
    // A node whose address is not known says `?`.
    (host != "?").then_some(Address { host, port: u16::try_from(port).ok()? })
}

/// The address in the text of a redirection: `slot host:port`, `slot :port` for the host that was asked.
pub(super) fn redirected(detail: &str, asked: &Address) -> Option<Address> {
    let (_, address) = detail.split_once(' ')?;
    let (host, port) = address.trim().rsplit_once(':')?;
    let host = if host.is_empty() || host == "?" { &asked.host } else { host };
    Some(Address { host: host.to_owned(), port: port.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(host: &str, port: u16) -> Address {
        Address { host: host.to_owned(), port }
    }

    fn text(text: &str) -> Value {
        Value::BulkString(text.as_bytes().to_vec())
    }

    fn row(first: i64, last: i64, nodes: Vec<Value>) -> Value {
        Value::Array([vec![Value::Int(first), Value::Int(last)], nodes].concat())
    }

    fn node(host: Value, port: i64) -> Value {
        Value::Array(vec![host, Value::Int(port), text("id"), Value::Array(vec![])])
    }

    #[test]
    fn a_table_of_slots_is_read() {
        let answer = Value::Array(vec![
            row(0, 5460, vec![node(text("a"), 1), node(text("b"), 2), node(text("?"), 3)]),
            row(5461, 16_383, vec![node(Value::Nil, 4)]),
        ]);

        let ranges = ranges_in(answer, &at("asked", 9)).unwrap();

        assert_eq!(
            ranges,
            [
                Range { first: 0, last: 5460, leader: at("a", 1), replicas: vec![at("b", 2)] },
                Range { first: 5461, last: 16_383, leader: at("asked", 4), replicas: vec![] },
            ]
        );
    }

    #[test]
    fn a_table_of_another_form_is_none() {
        let answers = [
            Value::Nil,
            Value::Array(vec![]),
            Value::Array(vec![Value::Nil]),
            Value::Array(vec![row(0, 16_384, vec![node(text("a"), 1)])]),
            Value::Array(vec![row(2, 1, vec![node(text("a"), 1)])]),
            Value::Array(vec![row(0, 1, vec![])]),
            Value::Array(vec![row(0, 1, vec![node(text("a"), 65_536)])]),
        ];
        for answer in answers {
            assert_eq!(ranges_in(answer.clone(), &at("asked", 9)), None, "{answer:?}");
        }
    }

    #[test]
    fn a_redirection_names_a_node() {
        let asked = at("asked", 9);

        assert_eq!(redirected("3999 127.0.0.1:6381", &asked), Some(at("127.0.0.1", 6381)));
        assert_eq!(redirected("3999 ::1:6381", &asked), Some(at("::1", 6381)));
        assert_eq!(redirected("3999 :6381", &asked), Some(at("asked", 6381)));
        assert_eq!(redirected("3999", &asked), None);
        assert_eq!(redirected("3999 host:port", &asked), None);
    }
}
