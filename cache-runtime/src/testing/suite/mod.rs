//! The examination of a backend: one check for every promise of the `Backend` contract, in the same
//! words.

mod counting;
mod lasting;
mod leases;
mod listing;
mod stage;
mod tags;

use crate::backend::{Capability, SharedBackend};
pub use stage::Time;
use stage::{Check, Stage};

/// A promise and the check that examines it, where the backend claims to keep it.
struct Promise {
    words: &'static str,
    is_made: fn(Capability) -> bool,
    check: Check,
}

/// Names a check in the form that a table can hold.
macro_rules! check {
    ($check:path) => {
        |stage| Box::pin($check(stage))
    };
}

const KEEPS: fn(Capability) -> bool = |capability| capability.keeps;
const LEASES: fn(Capability) -> bool = |capability| capability.keeps && capability.leases;
const LISTS: fn(Capability) -> bool = |capability| capability.keeps && capability.lists_keys;

const SET_IS_THERE: &str =
    "1. What was set is there until its life ends, it is deleted, or the store needs the room.";
const EXPIRED_IS_GONE: &str = "2. An expired entry is never returned, counted, touched, or listed.";
const ATOMIC: &str = "3. `add` and `incr` are atomic; of many concurrent `add`s one returns true.";
const INCR_KEEPS: &str = "4. `incr` keeps the remaining life, and creates nothing.";
const TOUCH_CHANGES: &str = "5. `touch` changes the life of a live entry only.";
const PREFIX: &str = "6. `clear` and `keys` see the keys that begin with the prefix, and no others.";
const IN_ORDER: &str = "7. `get_many` answers in the order of its keys, with `None` for what is absent.";
const ENDS: &str = "8. Every call ends within the backend's stated limit, whatever the server does, and a dropped future harms no later call.";
const ONE_LEASE: &str = "9. (`leases`) Of many concurrent `acquire`s of an absent key one is granted, until it is released, has expired, or was taken; of many `TakeFrom` the same holder one is granted.";
const PAST: &str = "A stored value that equals `past` counts as absent: the caller has read it and cannot use it (another layout, an invalidated tag), and one of many such callers is to replace it.";
const LEASED_FILL: &str = "10. (`leases`) `fill` stores only with the token of the live lease, and ends the lease; `set`, `set_many`, `add` and `delete` end the lease before, or together with, what they do; so does `clear`.";
const NO_LEASES: &str =
    "A store without leases: every claim of an absent key is granted, every fill accepted.";
const TAG_RECORDS: &str = "`stamp` reads the versions of tag records, first creating the absent ones with the offered version, and makes each record live for at least `life` more.";
const KEEPS_NOTHING: &str = "A store that keeps nothing takes every write and finds nothing.";

const PROMISES: &[Promise] = &[
    Promise { words: SET_IS_THERE, is_made: KEEPS, check: check!(lasting::what_was_set_is_there) },
    Promise {
        words: SET_IS_THERE,
        is_made: KEEPS,
        check: check!(lasting::any_bytes_under_any_key_are_there),
    },
    Promise { words: SET_IS_THERE, is_made: KEEPS, check: check!(lasting::what_was_deleted_is_gone) },
    Promise { words: EXPIRED_IS_GONE, is_made: KEEPS, check: check!(lasting::expired_is_gone) },
    Promise { words: ATOMIC, is_made: KEEPS, check: check!(counting::one_of_many_adds_returns_true) },
    Promise { words: ATOMIC, is_made: KEEPS, check: check!(counting::no_increment_is_lost) },
    Promise { words: INCR_KEEPS, is_made: KEEPS, check: check!(counting::incr_keeps_and_creates_nothing) },
    Promise { words: INCR_KEEPS, is_made: KEEPS, check: check!(counting::failed_incr_changes_nothing) },
    Promise { words: TOUCH_CHANGES, is_made: KEEPS, check: check!(lasting::touch_changes_a_live_entry_only) },
    Promise { words: PREFIX, is_made: KEEPS, check: check!(listing::clear_sees_the_prefix_only) },
    Promise { words: PREFIX, is_made: LISTS, check: check!(listing::keys_sees_the_prefix_only) },
    Promise { words: IN_ORDER, is_made: KEEPS, check: check!(listing::get_many_answers_in_order) },
    Promise { words: ENDS, is_made: |_| true, check: check!(listing::a_dropped_future_harms_nothing) },
    Promise { words: ONE_LEASE, is_made: LEASES, check: check!(leases::one_of_many_is_granted) },
    Promise { words: PAST, is_made: LEASES, check: check!(leases::what_cannot_be_used_counts_as_absent) },
    Promise { words: ONE_LEASE, is_made: LEASES, check: check!(leases::a_lease_ends_when_it_should) },
    Promise { words: ONE_LEASE, is_made: LEASES, check: check!(leases::one_of_many_takes_over) },
    Promise { words: LEASED_FILL, is_made: LEASES, check: check!(leases::only_the_holder_fills) },
    Promise { words: LEASED_FILL, is_made: LEASES, check: check!(leases::every_write_ends_the_lease) },
    Promise {
        words: NO_LEASES,
        is_made: |capability| !capability.leases,
        check: check!(leases::none_are_kept),
    },
    Promise { words: TAG_RECORDS, is_made: KEEPS, check: check!(tags::the_first_version_stays) },
    Promise {
        words: KEEPS_NOTHING,
        is_made: |capability| !capability.keeps,
        check: check!(listing::nothing_is_kept),
    },
];

/// Examines a backend: every promise of [`Backend`](crate::backend::Backend) that its
/// [`capability`](crate::backend::Backend::capability) claims.
///
/// `make` is called once for each check, and may return the same store or another handle of it:
/// every check works under keys of its own, so a server with other entries can be examined too.
/// `time` says how time passes for the store. Runs in any executor; a store in this process is also
/// used from many threads.
///
/// # Panics
///
/// At the first promise that is broken, with its words and what was found.
///
/// # Example
///
/// ```
/// use cache_runtime::backend::memory::Options;
/// use cache_runtime::testing::{TestClock, Time, backend_suite};
///
/// # async fn example() {
/// let clock = TestClock::new();
/// backend_suite(|| Options::default().build(&clock.clock()).unwrap(), Time::of(&clock)).await;
/// # }
/// ```
pub async fn backend_suite(make: impl Fn() -> SharedBackend, time: Time) {
    for Promise { words, is_made, check } in PROMISES {
        let stage = Stage::new(make(), time.clone(), words);
        if is_made(stage.backend.capability()) {
            check(&stage).await;
            stage.leave().await;
        }
    }
}
