//! The headers that a thread has sent last, in copies of its own.
//!
//! The lines of a page are parts of one buffer, whose clones are counted. Threads that serve one page at the same time would
//! pass that count to and fro for every line of every visit, which costs more than the clones do.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderMap;

use super::downstream::Downstream;

/// How many pages a thread has copies for: a power of two. A page has one place, which it takes from another.
const PLACES: usize = 16;

thread_local! {
    static NEAR: RefCell<[Option<Near>; PLACES]> = RefCell::default();
}

/// Which headers they are: a number that no others have, as long as the process lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(u64);

/// What this thread knows of some headers.
struct Near {
    number: Number,
    downstream: Downstream,
    /// There from the second visit on: of many pages, most are sent once before another takes the place.
    copy: Option<HeaderMap>,
}

impl Number {
    /// The next one.
    pub(super) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    fn place(self) -> usize {
        usize::try_from(self.0 % PLACES as u64).unwrap_or_default()
    }
}

/// The headers of this number: from a copy of this thread, which `make` makes, or as `shared` has them.
pub(super) fn headers(
    number: Number,
    downstream: Downstream,
    make: impl FnOnce() -> HeaderMap,
    shared: impl FnOnce() -> HeaderMap,
) -> HeaderMap {
    let known = NEAR.try_with(|near| {
        let place = &mut near.borrow_mut()[number.place()];
        match place {
            Some(near) if near.number == number && near.downstream == downstream => {
                Some(near.copy.get_or_insert_with(make).clone())
            }
            _ => {
                *place = Some(Near { number, downstream, copy: None });
                None
            }
        }
    });
    known.ok().flatten().unwrap_or_else(shared)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::page::policy::Policy;

    #[test]
    fn a_thread_copies_what_it_sends_again() {
        let (number, downstream) = (Number::next(), Downstream::of(&Policy::seconds(60)));
        let (copies, shared) = (Cell::new(0), Cell::new(0));
        let send = |number| {
            let make = || {
                copies.set(copies.get() + 1);
                HeaderMap::new()
            };
            headers(number, downstream, make, || {
                shared.set(shared.get() + 1);
                HeaderMap::new()
            });
            (copies.get(), shared.get())
        };

        assert_eq!([send(number), send(number), send(number)], [(0, 1), (1, 1), (1, 1)]);
        // Another page in the same place.
        let other = Number(number.0 + PLACES as u64);
        assert_eq!([send(other), send(number), send(number)], [(1, 2), (1, 3), (2, 3)]);
    }

    #[test]
    fn what_another_layer_tells_is_not_sent() {
        let number = Number::next();
        let [one, other] = [Policy::seconds(60), Policy::seconds(60).private_to_browsers()]
            .map(|policy| Downstream::of(&policy));
        let told =
            |text: &'static str| move || HeaderMap::from_iter([(http::header::VARY, text.parse().unwrap())]);
        let send = |downstream, text| headers(number, downstream, told(text), told(text));

        for _ in 0..3 {
            assert_eq!(send(one, "one")["vary"], "one");
        }
        assert_eq!(send(other, "other")["vary"], "other");
    }
}
