//! Values that a type under examination is offered until it takes one.
//!
//! A type that validates its input takes some later sample than a plain one, and which one it takes
//! is part of its layout. So these lists may grow at their end only: any other change is a new
//! fingerprint for every such type, and a miss for every entry of it.

/// How often the numbers below a part are varied after the part refused them together.
pub(super) const VARIATIONS: usize = 4;

pub(super) const INTEGERS: [i64; 10] = [0, 1, 2, 7, 12, 100, 2000, -1, 1_000_000, 1_700_000_000];

pub(super) const FLOATS: [f64; 5] = [0.0, 1.0, 0.5, -1.0, 100.0];

pub(super) const CHARS: [char; 4] = ['a', 'A', '0', ' '];

pub(super) const STRINGS: [&str; 52] = [
    "",
    "a",
    "1",
    "2024-01-01",
    "2024-01-01T00:00:00Z",
    "2024-01-01T00:00:00",
    "2024-01-01 00:00:00",
    "00:00:00",
    "00:00",
    "2024-01-01T00:00:00+00:00[+00:00]", // a zone by its offset: a name may be unknown to the machine
    "Mon, 01 Jan 2024 00:00:00 GMT",
    "PT1S",
    "P1D",
    "1s",
    "Monday",
    "January",
    "UTC",
    "+00:00",
    "67e55044-10b1-426f-9247-bb680e5fe0c8",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "127.0.0.1",
    "::1",
    "127.0.0.1:80",
    "[::1]:80",
    "127.0.0.0/8",
    "::/0",
    "00:00:00:00:00:00",
    "http://example.com/",
    "/",
    "a@example.com",
    "example.com",
    "https://example.com/a?b=c#d",
    "true",
    "0.5",
    "-1",
    "1.0.0",
    "^1",
    "en",
    "en-US",
    "USD",
    "DE",
    "GET",
    "text/plain",
    "#000000",
    "00",
    "00000000",
    "0000000000000000",
    "00000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "AAAA",
    "A",
    "abcdefgh",
];

/// Lengths of byte strings; their bytes are zero.
pub(super) const BYTES: [usize; 10] = [0, 1, 16, 4, 8, 12, 20, 24, 32, 64];

/// What a type is offered that takes anything.
#[derive(Debug, Clone, Copy)]
pub(super) enum Anything {
    Unit,
    Integer(u64),
    Text(&'static str),
    Bool(bool),
    Float(f64),
    EmptyMap,
    EmptySequence,
}

pub(super) const ANYTHING: [Anything; 8] = [
    Anything::Unit,
    Anything::Integer(1),
    Anything::Text("a"),
    Anything::Bool(true),
    Anything::Float(0.5),
    Anything::EmptyMap,
    Anything::EmptySequence,
    Anything::Text("2024-01-01T00:00:00Z"),
];
