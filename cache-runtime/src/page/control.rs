//! `Cache-Control`, as a cache reads it: all lines as one list, whatever is in them.

use std::time::Duration;

use http::HeaderMap;
use http::header::{CACHE_CONTROL, PRAGMA};

use super::list::{self, Directive};

/// The largest number of seconds that a directive says; what is larger counts as this (RFC 9111 §1.2.2).
pub const MOST_SECONDS: u64 = 1 << 31;

/// The words, in the order of their bits.
const WORDS: [&str; 10] = [
    "no-store",
    "no-cache",
    "private",
    "public",
    "must-revalidate",
    "proxy-revalidate",
    "must-understand",
    "no-transform",
    "immutable",
    "only-if-cached",
];

/// The directives with a number, in the order of their places.
const NUMBERS: [&str; 6] =
    ["max-age", "s-maxage", "stale-while-revalidate", "stale-if-error", "min-fresh", "max-stale"];

const NO_STORE: usize = 0;
const NO_CACHE: usize = 1;
const PUBLIC: usize = 3;
const MAX_STALE: usize = 5;

/// The directives of `Cache-Control` that a cache acts on, of a response or of a request.
///
/// Reading it never fails, and allocates nothing. In doubt it says what keeps less:
///
/// - A number that is missing, negative, no number, or given twice with different values is zero; one beyond
///   2^31 seconds is 2^31.
/// - `private="field"` and `no-cache="field"` count as the bare word.
/// - A quotation mark that opens or closes nothing makes it unreadable, and forbids storing.
/// - What stands within a quoted string is no directive, and unknown directives say nothing.
///
/// ```
/// # use std::time::Duration;
/// use cache_runtime::page::control::CacheControl;
///
/// let mut headers = http::HeaderMap::new();
/// headers.append("cache-control", http::HeaderValue::from_static("Public, MAX-AGE=60"));
/// headers.append("cache-control", http::HeaderValue::from_static("note=\"no-store, really\""));
///
/// let control = CacheControl::of(&headers);
///
/// assert_eq!(control.max_age(), Some(Duration::from_secs(60)));
/// assert!(control.is_public() && !control.forbids_storing());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct CacheControl {
    words: u16,
    seconds: [Option<u32>; NUMBERS.len()],
}

impl CacheControl {
    /// What the headers of a response say.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut control = Self::default();
        for directive in list::directives(headers.get_all(CACHE_CONTROL)) {
            match directive {
                Some(directive) => control.note(directive),
                None => control.words |= 1 << NO_STORE,
            }
        }
        control
    }

    /// What the headers of a request say: as [`of`](Self::of), and `Pragma: no-cache` where there is no `Cache-Control`.
    pub fn of_request(headers: &HeaderMap) -> Self {
        let mut control = Self::of(headers);
        let asks_anew = |element: &[u8]| element.eq_ignore_ascii_case(b"no-cache");
        if !headers.contains_key(CACHE_CONTROL) && list::elements(headers, PRAGMA).any(asks_anew) {
            control.words |= 1 << NO_CACHE;
        }
        control
    }

    fn note(&mut self, directive: Directive<'_>) {
        let place = |names: &[&str]| names.iter().position(|name| directive.is(name));
        if let Some(at) = place(&WORDS) {
            // What permits takes no value, and permits nothing with one.
            let is_meant = at != PUBLIC || directive.value.is_none();
            self.words |= u16::from(is_meant) << at;
        } else if let Some(at) = place(&NUMBERS) {
            let said = seconds(at, directive);
            let is_contradicted = self.seconds[at].is_some_and(|before| before != said);
            self.seconds[at] = Some(if is_contradicted { 0 } else { said });
        }
    }

    fn has(self, word: &str) -> bool {
        WORDS.iter().position(|name| *name == word).is_some_and(|at| self.words & (1 << at) != 0)
    }

    fn number(self, name: &str) -> Option<Duration> {
        let at = NUMBERS.iter().position(|known| *known == name)?;
        self.seconds[at].map(|seconds| Duration::from_secs(seconds.into()))
    }

    /// `no-store`, or a header that cannot be read.
    pub fn forbids_storing(self) -> bool {
        self.has("no-store")
    }

    /// `no-cache`: never used without asking whoever made it.
    pub fn must_ask(self) -> bool {
        self.has("no-cache")
    }

    /// `private`: not for a cache that many share.
    pub fn is_private(self) -> bool {
        self.has("private")
    }

    /// `public`: for every cache, although the request was authorised.
    pub fn is_public(self) -> bool {
        self.has("public")
    }

    /// `must-revalidate`: never used stale.
    pub fn must_revalidate(self) -> bool {
        self.has("must-revalidate")
    }

    /// `proxy-revalidate`: never used stale by a cache that many share.
    pub fn proxy_revalidate(self) -> bool {
        self.has("proxy-revalidate")
    }

    /// `must-understand`: only for a cache that knows what the status means.
    pub fn must_understand(self) -> bool {
        self.has("must-understand")
    }

    /// `no-transform`: the body is passed on as it is.
    pub fn forbids_transforming(self) -> bool {
        self.has("no-transform")
    }

    /// `immutable`: it does not change while it is fresh.
    pub fn is_immutable(self) -> bool {
        self.has("immutable")
    }

    /// `only-if-cached`, of a request: answer from the cache, or with 504.
    pub fn only_if_cached(self) -> bool {
        self.has("only-if-cached")
    }

    /// `max-age`: how long it is fresh; of a request, how old it may be.
    pub fn max_age(self) -> Option<Duration> {
        self.number("max-age")
    }

    /// `s-maxage`: how long it is fresh in a cache that many share.
    pub fn s_maxage(self) -> Option<Duration> {
        self.number("s-maxage")
    }

    /// `stale-while-revalidate` (RFC 5861): how long it is sent stale while it is made anew.
    pub fn stale_while_revalidate(self) -> Option<Duration> {
        self.number("stale-while-revalidate")
    }

    /// `stale-if-error` (RFC 5861): how long it is sent stale instead of an error.
    pub fn stale_if_error(self) -> Option<Duration> {
        self.number("stale-if-error")
    }

    /// `min-fresh`, of a request: how long it must stay fresh.
    pub fn min_fresh(self) -> Option<Duration> {
        self.number("min-fresh")
    }

    /// `max-stale`, of a request: how long ago it may have become stale; without a number, at any time.
    pub fn max_stale(self) -> Option<Duration> {
        self.number("max-stale")
    }
}

/// The number of a directive, at most [`MOST_SECONDS`].
fn seconds(at: usize, directive: Directive<'_>) -> u32 {
    let without = if at == MAX_STALE { MOST_SECONDS } else { 0 };
    let given = directive.unquoted().map(|digits| list::number(digits).unwrap_or(0));
    u32::try_from(given.unwrap_or(without).min(MOST_SECONDS)).expect("2^31 fits into 32 bits")
}
