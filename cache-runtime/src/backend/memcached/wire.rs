//! The meta protocol: commands → bytes, bytes → replies.

use std::fmt::Write as _;

use bytes::{Buf, Bytes, BytesMut};

use super::item::Item;

/// The longest line that a server says.
const LONGEST_LINE: usize = 2048;

/// The longest value that any server takes (`-I 1g`).
pub(super) const LONGEST_VALUE: usize = 1 << 30;

/// Commands to one server, sent in one write; each has one reply.
#[derive(Debug, Clone, Default)]
pub(super) struct Commands {
    bytes: Vec<u8>,
    count: usize,
}

/// When a value is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum When {
    /// Always.
    Always,
    /// If there is no item.
    Absent,
    /// If the item is still the one with this number.
    Unchanged(u64),
}

impl Commands {
    /// Asks for an item, or for what the server knows of it: `flags` says which (`v`, `f`, `t`, `c`).
    pub(super) fn get(&mut self, name: &str, flags: &str) {
        self.line(format_args!("mg {name} {flags}"));
    }

    /// Stores an item.
    pub(super) fn set(&mut self, name: &str, item: &Packed, when: When) {
        let Packed { flags, seconds, head, value } = item;
        let length = head.len() + value.len();
        match when {
            When::Always => self.line(format_args!("ms {name} {length} F{flags} T{seconds}")),
            When::Absent => self.line(format_args!("ms {name} {length} F{flags} T{seconds} ME")),
            When::Unchanged(cas) => self.line(format_args!("ms {name} {length} F{flags} T{seconds} C{cas}")),
        }
        self.bytes.reserve(length + 2);
        self.bytes.extend_from_slice(head);
        self.bytes.extend_from_slice(value);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Adds to the number in an item, and asks for the sum.
    pub(super) fn count_up(&mut self, name: &str, by: u64) {
        self.line(format_args!("ma {name} D{by} v"));
    }

    /// Removes an item.
    pub(super) fn delete(&mut self, name: &str) {
        self.line(format_args!("md {name}"));
    }

    /// Removes an item if it is still the one with this number.
    pub(super) fn delete_unchanged(&mut self, name: &str, cas: u64) {
        self.line(format_args!("md {name} C{cas}"));
    }

    /// Asks whether the server is there, and speaks this protocol.
    pub(super) fn greet(&mut self) {
        self.line(format_args!("mn"));
    }

    /// The bytes, and how many replies there will be.
    pub(super) fn finish(self) -> (Bytes, usize) {
        (self.bytes.into(), self.count)
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        struct Text<'a>(&'a mut Vec<u8>);

        impl std::fmt::Write for Text<'_> {
            fn write_str(&mut self, text: &str) -> std::fmt::Result {
                self.0.extend_from_slice(text.as_bytes());
                Ok(())
            }
        }

        // Writing to memory does not fail.
        let _ = Text(&mut self.bytes).write_fmt(line);
        self.bytes.extend_from_slice(b"\r\n");
        self.count += 1;
    }
}

/// An item as it is sent: `head` and `value` together are its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Packed {
    pub(super) flags: u32,
    /// When the server drops it: seconds from now, a date, or zero for never.
    pub(super) seconds: u64,
    pub(super) head: Vec<u8>,
    pub(super) value: Bytes,
}

/// What a server answers to one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// Done: the item, as far as it was asked for.
    Item(Item),
    /// There is no such item (to `mg`).
    Miss,
    /// The condition did not hold: there is an item.
    NotStored,
    /// The condition did not hold: the item is another one.
    Changed,
    /// The condition did not hold: there is no item; or there was none to remove.
    NotFound,
    /// The item holds no number.
    NotANumber,
    /// The answer to a greeting.
    Ready,
    /// The server refuses, and goes on.
    Refused(Refusal),
}

/// Why a server refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The item passes the server's limit (`-I`).
    TooLarge,
    /// The server's memory is full, and it evicts nothing (`-M`), or nothing of this size.
    Full,
    /// It says something else.
    Other,
}

/// What is no reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nonsense {
    /// The server does not know the command.
    Unknown,
    /// No server of this kind says so.
    Garbage,
}

/// Takes the next reply out of what has come so far; `None` if it is not whole yet.
pub(super) fn next_reply(input: &mut BytesMut) -> Result<Option<Reply>, Nonsense> {
    let head = &input[..input.len().min(LONGEST_LINE)];
    let Some(end) = head.iter().position(|&byte| byte == b'\n') else {
        return if input.len() < LONGEST_LINE { Ok(None) } else { Err(Nonsense::Garbage) };
    };
    let line = input[..end].strip_suffix(b"\r").ok_or(Nonsense::Garbage)?;
    let line = std::str::from_utf8(line).map_err(|_| Nonsense::Garbage)?;
    let Some(rest) = line.strip_prefix("VA ") else {
        let reply = reply_of(line)?;
        input.advance(end + 1);
        return Ok(Some(reply));
    };
    let mut item = item_of(rest.split(' ').skip(1))?;
    let length: usize = rest.split(' ').next().and_then(number).ok_or(Nonsense::Garbage)?;
    if length > LONGEST_VALUE {
        return Err(Nonsense::Garbage);
    }
    let whole = end + 1 + length + 2;
    if input.len() < whole {
        return Ok(None);
    }
    let mut bytes = input.split_to(whole).freeze();
    bytes.advance(end + 1);
    if !bytes.ends_with(b"\r\n") {
        return Err(Nonsense::Garbage);
    }
    bytes.truncate(length);
    item.data = bytes;
    Ok(Some(Reply::Item(item)))
}

fn reply_of(line: &str) -> Result<Reply, Nonsense> {
    let (code, rest) = line.split_once(' ').unwrap_or((line, ""));
    match code {
        "HD" => item_of(rest.split(' ')).map(Reply::Item),
        "EN" => Ok(Reply::Miss),
        "NS" => Ok(Reply::NotStored),
        "EX" => Ok(Reply::Changed),
        "NF" => Ok(Reply::NotFound),
        "MN" => Ok(Reply::Ready),
        "SERVER_ERROR" => Ok(Reply::Refused(refusal_of(rest))),
        "CLIENT_ERROR" if rest.contains("non-numeric") => Ok(Reply::NotANumber),
        "ERROR" => Err(Nonsense::Unknown),
        // After another complaint about the form of a command nobody knows where the next one begins.
        _ => Err(Nonsense::Garbage),
    }
}

fn refusal_of(text: &str) -> Refusal {
    match text {
        "object too large for cache" => Refusal::TooLarge,
        "out of memory storing object" => Refusal::Full,
        _ => Refusal::Other,
    }
}

/// What the flags of a reply say of an item.
fn item_of<'a>(flags: impl Iterator<Item = &'a str>) -> Result<Item, Nonsense> {
    let mut item = Item::default();
    for flag in flags.filter(|flag| !flag.is_empty()) {
        let (name, token) = flag.split_at_checked(1).ok_or(Nonsense::Garbage)?;
        match name {
            "f" => item.flags = number(token).ok_or(Nonsense::Garbage)?,
            "c" => item.cas = number(token).ok_or(Nonsense::Garbage)?,
            "t" => {
                item.seconds =
                    if token == "-1" { None } else { Some(number(token).ok_or(Nonsense::Garbage)?) }
            }
            _ => {}
        }
    }
    Ok(item)
}

fn number<N: std::str::FromStr>(digits: &str) -> Option<N> {
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWERS: &[u8] = b"VA 7 f7 t-1 c9\r\na\r\nb\r\nc\r\nHD t5\r\nEN\r\nNS c0\r\nEX\r\nNF\r\nMN\r\n\
        SERVER_ERROR object too large for cache\r\nVA 0 \r\n\r\n";

    fn all_in(bytes: &[u8]) -> Result<Vec<Reply>, Nonsense> {
        let mut input = BytesMut::from(bytes);
        let mut replies = Vec::new();
        while let Some(reply) = next_reply(&mut input)? {
            replies.push(reply);
        }
        Ok(replies)
    }

    #[test]
    fn replies_are_taken_one_after_the_other() {
        let data = Bytes::from_static(b"a\r\nb\r\nc");

        let replies = all_in(ANSWERS).unwrap();

        assert_eq!(replies[0], Reply::Item(Item { data, flags: 7, seconds: None, cas: 9 }));
        assert_eq!(replies[1], Reply::Item(Item { seconds: Some(5), ..Item::default() }));
        assert_eq!(
            replies[2..7],
            [Reply::Miss, Reply::NotStored, Reply::Changed, Reply::NotFound, Reply::Ready]
        );
        assert_eq!(replies[7..], [Reply::Refused(Refusal::TooLarge), Reply::Item(Item::default())]);
    }

    #[test]
    fn a_reply_that_is_not_whole_is_waited_for() {
        let whole = all_in(ANSWERS).unwrap();

        let mut input = BytesMut::new();
        let mut replies = Vec::new();
        for &byte in ANSWERS {
            input.extend_from_slice(&[byte]);
            replies.extend(next_reply(&mut input).unwrap());
        }

        assert_eq!(replies, whole);
    }

    #[test]
    fn what_is_no_reply_is_an_error_and_never_waited_for() {
        let long = [b'x'; LONGEST_LINE];
        let cases: [&[u8]; 8] = [
            b"HTTP/1.1 200 OK\r\n",
            b"HD\n",
            b"\xff\xff\r\n",
            b"VA\r\n",
            b"VA -1\r\n",
            b"VA 99999999999\r\n",
            b"VA 1 f1\r\nabc",
            &long,
        ];
        for bytes in cases {
            assert_eq!(all_in(bytes), Err(Nonsense::Garbage), "{bytes:?}");
        }
        assert_eq!(all_in(b"ERROR\r\n"), Err(Nonsense::Unknown));
    }
}
