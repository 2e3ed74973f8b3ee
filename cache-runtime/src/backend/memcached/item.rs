//! Items: a value, a lease, or a value under a lease, each with its life, in what the server keeps.
//!
//! A server counts seconds, and drops an item at the end of one. So an item says in 30 bits of its
//! client flags to the millisecond when what it holds ends, by the clock of whoever wrote it, and the
//! server is told up to two seconds more. What the server says is left is off by less than three
//! seconds, whatever the clocks of the nodes say; within these three seconds they decide.
//!
//! | kind (2 bits) | flags (30 bits) | bytes |
//! | --- | --- | --- |
//! | 0 | another program's | another program's |
//! | 1, value | end of the value | the value, as it is |
//! | 2, lease | end of the lease | token (16) |
//! | 3, both | end of the value | token (16), end of the lease (8), the value |
//!
//! An end is a number of milliseconds since the Unix epoch; in the flags it is taken modulo 2³⁰ (12
//! days), and all ones say "never". Numbers stand with their little end first.

use std::time::Duration;

use bytes::{Buf, Bytes};

use super::wire::Packed;
use crate::backend::Token;
use crate::base::entry::{Life, Ttl};

/// What an end is taken modulo, in the flags.
const CYCLE: i64 = 1 << 30;

/// The end of what never ends, in the flags.
const NEVER: u32 = (1 << 30) - 1;

/// How far the seconds that a server says are left may exceed what is left: the second that it has
/// begun, the one that a life is rounded up to, and the one that is added for the first.
const DOUBT: i64 = 3000;

/// The longest life that is told as seconds from now; a longer one is told as a date.
const LONGEST_RELATIVE: u64 = 30 * 24 * 60 * 60;

/// The last date that the protocol knows.
const LAST_DATE: u64 = i32::MAX as u64;

/// An item as a server returns it, as far as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Item {
    pub(super) data: Bytes,
    pub(super) flags: u32,
    /// What the server says is left of its life; `None` for ever.
    pub(super) seconds: Option<u32>,
    /// Its number, which no other item has.
    pub(super) cas: u64,
}

/// What is held under a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Contents {
    pub(super) value: Option<(Bytes, Life)>,
    pub(super) lease: Option<Held>,
}

/// A live lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) token: Token,
    pub(super) left: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Foreign = 0,
    Value = 1,
    Lease = 2,
    Both = 3,
}

impl Item {
    /// What is live of it; nothing, if another program wrote it. `now` is in Unix milliseconds.
    pub(super) fn contents(&self, now: u64) -> Contents {
        let mut data = self.data.clone();
        let mut contents = Contents::default();
        match self.kind() {
            Kind::Foreign => {}
            Kind::Value => contents.value = self.left(now).map(|life| (data, life)),
            Kind::Lease => {
                let left = self.left(now).map(|life| match life {
                    Life::For(left) => left,
                    Life::Forever => Duration::MAX,
                });
                contents.lease = token_at(&mut data).zip(left).map(|(token, left)| Held { token, left });
            }
            Kind::Both => {
                let (token, end) = (token_at(&mut data), data.try_get_u64_le().ok());
                let left = end.and_then(|end| end.checked_sub(now)).filter(|left| *left > 0);
                contents.lease =
                    token.zip(left).map(|(token, left)| Held { token, left: Duration::from_millis(left) });
                contents.value = self.left(now).map(|life| (data, life));
            }
        }
        contents
    }

    /// What is left of the value's life; `None` if there is no live value. Needs the flags alone.
    pub(super) fn ttl(&self, now: u64) -> Option<Ttl> {
        match self.kind() {
            Kind::Foreign | Kind::Lease => None,
            Kind::Value | Kind::Both => self.left(now).map(|life| match life {
                Life::Forever => Ttl::Never,
                Life::For(left) => Ttl::After(left),
            }),
        }
    }

    fn kind(&self) -> Kind {
        match self.flags >> 30 {
            1 => Kind::Value,
            2 => Kind::Lease,
            3 => Kind::Both,
            _ => Kind::Foreign,
        }
    }

    /// What is left until the end in the flags.
    fn left(&self, now: u64) -> Option<Life> {
        let end = self.flags & NEVER;
        if end == NEVER {
            return Some(Life::Forever);
        }
        let said = self.seconds.map(|seconds| i64::from(seconds) * 1000);
        let about = said.unwrap_or_default();
        // Of all the ends that these bits may mean, the one nearest to what the server says.
        let off = (i64::from(end) - now.cast_signed() - about).rem_euclid(CYCLE);
        let off = if off < CYCLE / 2 { off } else { off - CYCLE };
        let by_clock = about + off;
        let left = match (said, self.kind()) {
            (None, _) => by_clock,
            // The server may keep the item for its lease, past the end of the value.
            (Some(most), Kind::Both) => by_clock.min(most),
            (Some(most), _) => by_clock.clamp(most - DOUBT, most),
        };
        u64::try_from(left).ok().filter(|left| *left > 0).map(|left| Life::For(Duration::from_millis(left)))
    }
}

impl Contents {
    /// A value alone: whatever lease there was has ended.
    pub(super) fn value(value: Bytes, life: Life) -> Self {
        Self { value: Some((value, life)), lease: None }
    }

    /// A lease alone.
    pub(super) fn lease(token: Token, left: Duration) -> Self {
        Self { value: None, lease: Some(Held { token, left }) }
    }

    /// The same value under this lease.
    pub(super) fn under(self, token: Token, left: Duration) -> Self {
        Self { lease: Some(Held { token, left }), ..self }
    }

    /// Whether this token holds the live lease.
    pub(super) fn is_held_by(&self, token: Token) -> bool {
        self.lease.is_some_and(|held| held.token == token)
    }

    /// The item that holds this; nothing is held by none.
    pub(super) fn pack(self, now: u64) -> Packed {
        let lease = self.lease.map(|held| (held.token, Life::For(held.left)));
        match (self.value, lease) {
            (Some((value, life)), None) => {
                packed(Kind::Value, life, seconds(life, now), Vec::new(), value, now)
            }
            (None, Some((token, life))) => {
                let head = token.0.to_le_bytes().to_vec();
                packed(Kind::Lease, life, seconds(life, now), head, Bytes::new(), now)
            }
            (Some((value, life)), Some((token, lease))) => {
                let mut head = token.0.to_le_bytes().to_vec();
                head.extend(now.saturating_add(lease.millis().unwrap_or(u64::MAX)).to_le_bytes());
                let seconds = match (seconds(life, now), seconds(lease, now)) {
                    (0, _) | (_, 0) => 0,
                    (value, lease) => value.max(lease),
                };
                packed(Kind::Both, life, seconds, head, value, now)
            }
            (None, None) => packed(Kind::Foreign, Life::Forever, 0, Vec::new(), Bytes::new(), now),
        }
    }
}

fn packed(kind: Kind, life: Life, seconds: u64, head: Vec<u8>, value: Bytes, now: u64) -> Packed {
    let end = match (life.millis(), seconds) {
        (Some(millis), 1..) => {
            let end = now.saturating_add(millis) % (1 << 30);
            u32::try_from(end).expect("a remainder").min(NEVER - 1)
        }
        _ => NEVER,
    };
    Packed { flags: (kind as u32) << 30 | end, seconds, head, value }
}

/// What a server is told of a life, so that it does not drop the item before it ends: seconds from
/// now, a date for what is far away, zero for ever.
fn seconds(life: Life, now: u64) -> u64 {
    let Some(millis) = life.millis() else { return 0 };
    let seconds = millis.div_ceil(1000) + 1;
    match seconds {
        0..=LONGEST_RELATIVE => seconds,
        _ => Some(now / 1000 + seconds).filter(|date| *date <= LAST_DATE).unwrap_or(0),
    }
}

fn token_at(data: &mut Bytes) -> Option<Token> {
    data.try_get_u128_le().ok().map(Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A time at which the ends of short lives wrap in the flags.
    const NOW: u64 = (1 << 30) * 1650 - 500;

    fn forever() -> Contents {
        Contents::value(Bytes::from_static(b"value"), Life::Forever)
    }

    fn living(millis: u64) -> Contents {
        Contents::value(Bytes::from_static(b"value"), Life::For(Duration::from_millis(millis)))
    }

    /// The item as a server returns it that says so many seconds are left.
    fn returned(contents: Contents, seconds: Option<u32>) -> Item {
        let Packed { flags, head, value, .. } = contents.pack(NOW);
        Item { data: [head.into(), value].concat().into(), flags, seconds, cas: 1 }
    }

    fn left(item: &Item, now: u64) -> Option<u64> {
        match item.ttl(now) {
            Some(Ttl::After(left)) => u64::try_from(left.as_millis()).ok(),
            _ => None,
        }
    }

    #[test]
    fn a_life_ends_to_the_millisecond() {
        let item = returned(living(1500), Some(2));

        assert_eq!(left(&item, NOW), Some(1500));
        assert_eq!(left(&item, NOW + 1499), Some(1));
        assert_eq!(left(&item, NOW + 1500), None);
    }

    #[test]
    fn a_server_is_told_more_than_a_life_and_less_than_two_seconds_more() {
        for (millis, seconds) in [(1, 2), (1000, 2), (1001, 3), (2_591_999_000, 2_592_000)] {
            assert_eq!(living(millis).pack(NOW).seconds, seconds, "{millis}");
        }
        assert_eq!(living(2_592_000_000).pack(NOW).seconds, NOW / 1000 + 2_592_001);
        assert_eq!(forever().pack(NOW).seconds, 0);
    }

    #[test]
    fn the_clock_of_a_reader_decides_within_three_seconds_of_what_the_server_says() {
        let item = returned(living(10_000), Some(11));
        let days = 24 * 60 * 60 * 1000;

        for wrong in [NOW - 3_600_000, NOW + 3_600_000, NOW - 400 * days, NOW + 400 * days] {
            let left = left(&item, wrong).unwrap();
            assert!((8_000..=11_000).contains(&left), "{left}");
        }
    }

    #[test]
    fn what_lasts_for_ever_has_no_end() {
        let item = returned(forever(), None);

        assert_eq!(item.ttl(NOW), Some(Ttl::Never));
        assert_eq!(item.contents(NOW + u64::MAX / 4), forever());
    }

    #[test]
    fn a_value_under_a_lease_has_both_lives() {
        let (token, minute) = (Token(7), Duration::from_mins(1));
        let item = returned(living(2000).under(token, minute), Some(61));

        let (now, then) = (item.contents(NOW), item.contents(NOW + 2000));

        assert_eq!(now, living(2000).under(token, minute));
        assert_eq!(then, Contents::lease(token, Duration::from_secs(58)));
        assert_eq!(item.contents(NOW + 60_000), Contents::default());
    }

    #[test]
    fn what_another_program_wrote_is_nothing() {
        for flags in [0, 1, 32, u32::MAX >> 2] {
            let item = Item { data: Bytes::from_static(b"value"), flags, seconds: None, cas: 1 };

            assert_eq!(item.contents(NOW), Contents::default());
            assert_eq!(item.ttl(NOW), None);
        }
    }

    #[test]
    fn a_torn_lease_is_nothing() {
        let whole = returned(living(2000).under(Token(7), Duration::from_mins(1)), Some(61));

        for length in 0..24 {
            let torn = Item { data: whole.data.slice(..length), ..whole.clone() };
            assert_eq!(torn.contents(NOW).lease, None, "{length}");
        }
    }
}
