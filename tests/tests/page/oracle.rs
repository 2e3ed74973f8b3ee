//! Lifetimes as another reader of the same headers sees them, over a grid of responses.

use std::time::Duration;

use cache_runtime::page::control::CacheControl;
use cache_runtime::page::lifetime::Lifetime;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_cache_semantics::{CacheOptions, CachePolicy};

use crate::given::{date, now};

const CONTROLS: [Option<&str>; 28] = [
    None,
    Some(""),
    Some("public"),
    Some("max-age=60"),
    Some("max-age=\"60\""),
    Some("MAX-AGE=60"),
    Some(" max-age=60 ,, public "),
    Some("max-age=0"),
    Some("max-age=-1"),
    Some("max-age=1.5"),
    Some("max-age=abc"),
    Some("max-age"),
    Some("max-age=99999999999"),
    Some("max-age=60, max-age=60"),
    Some("max-age=60, max-age=30"),
    Some("s-maxage=10"),
    Some("s-maxage=10, max-age=60"),
    Some("max-age=60, s-maxage=0"),
    Some("s-maxage=x, max-age=60"),
    Some("no-cache, max-age=60"),
    Some("no-cache=\"x\", max-age=60"),
    Some("must-revalidate, max-age=60"),
    Some("proxy-revalidate, max-age=60"),
    Some("immutable"),
    Some("stale-while-revalidate=60, max-age=5"),
    Some("ext=\"a, max-age=5\", max-age=60"),
    Some("private, max-age=60"),
    Some("no-store, max-age=60"),
];
const EXPIRES: [Option<i64>; 4] = [None, Some(-60), Some(0), Some(100)];
const DATES: [Option<i64>; 3] = [None, Some(0), Some(-20)];
const AGES: [Option<&str>; 5] = [None, Some("0"), Some("15"), Some("-5"), Some("1000")];
const STATUSES: [u16; 3] = [200, 404, 301];

/// One response of the grid.
#[derive(Debug)]
struct Case {
    status: u16,
    control: Option<&'static str>,
    expires: Option<i64>,
    made: Option<i64>,
    age: Option<&'static str>,
}

/// Why the two differ, and where.
type Difference = (&'static str, fn(&Case) -> bool);

const KNOWN: &[Difference] = &[
    ("directives are known in any letter case (RFC 9111 §5.2)", |case| case.says("MAX-AGE")),
    ("`proxy-revalidate` forbids stale pages, not fresh ones (RFC 9111 §5.2.2.8)", |case| {
        case.says("proxy-revalidate")
    }),
    ("a number that contradicts another is stale (RFC 9111 §4.2.1)", |case| {
        case.says("max-age=60, max-age=30")
    }),
    ("a directive without its number is stale, and is not passed over", |case| {
        case.control == Some("max-age")
    }),
    ("what is inside of a quoted string is no directive (RFC 9110 §5.6.4)", |case| case.says("ext=")),
    ("a number is at most 2^31 (RFC 9111 §1.2.2)", |case| case.says("99999999999")),
    ("the time since `Date` is an age too (RFC 9111 §4.2.3)", |case| case.made == Some(-20)),
    ("`immutable` says nothing of how long (RFC 8246 §2)", |case| case.says("immutable")),
];

impl Case {
    fn says(&self, words: &str) -> bool {
        self.control.is_some_and(|control| control.contains(words))
    }

    fn headers(&self) -> HeaderMap {
        let lines = [
            ("cache-control", self.control.map(str::to_owned)),
            ("expires", self.expires.map(date)),
            ("date", self.made.map(date)),
            ("age", self.age.map(str::to_owned)),
        ];
        let given = lines.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.map(|(name, value)| (name.parse().unwrap(), HeaderValue::try_from(value).unwrap())).collect()
    }

    fn ours(&self) -> Duration {
        Lifetime::of(StatusCode::from_u16(self.status).unwrap(), &self.headers(), now()).fresh()
    }

    fn theirs(&self) -> Duration {
        let asked = Request::get("https://site.example/").body(()).unwrap();
        let mut answer = Response::builder().status(self.status).body(()).unwrap();
        *answer.headers_mut() = self.headers();
        let options = CacheOptions { cache_heuristic: 0.0, ..CacheOptions::default() };
        CachePolicy::new_options(&asked, &answer, now(), options).time_to_live(now())
    }

    /// They mix storing into the lifetime; we ask for it apart.
    fn may_be_stored(&self) -> bool {
        let control = CacheControl::of(&self.headers());
        !control.forbids_storing() && !control.is_private()
    }
}

fn grid() -> Vec<Case> {
    let mut cases = Vec::new();
    for status in STATUSES {
        for control in CONTROLS {
            for expires in EXPIRES {
                for made in DATES {
                    let ages = AGES.map(|age| Case { status, control, expires, made, age });
                    cases.extend(ages);
                }
            }
        }
    }
    cases
}

#[test]
fn both_see_the_same_lifetimes_but_for_known_differences() {
    let unexplained: Vec<_> = grid()
        .into_iter()
        .filter(Case::may_be_stored)
        .filter(|case| case.ours() != case.theirs() && !KNOWN.iter().any(|(_, is_known)| is_known(case)))
        .map(|case| format!("{case:?}: ours {:?}, theirs {:?}", case.ours(), case.theirs()))
        .collect();

    assert!(unexplained.is_empty(), "{} differences:\n{}", unexplained.len(), unexplained.join("\n"));
}

#[test]
fn every_known_difference_is_still_one() {
    let cases: Vec<_> = grid().into_iter().filter(Case::may_be_stored).collect();

    for (reason, is_known) in KNOWN {
        let alone = |case: &&Case| KNOWN.iter().filter(|(_, also)| also(case)).count() == 1;
        let mut explained = cases.iter().filter(|case| is_known(case)).filter(alone);
        assert!(explained.any(|case| case.ours() != case.theirs()), "{reason}");
    }
}

#[test]
fn what_may_not_be_stored_has_no_lifetime_for_them() {
    let refused: Vec<_> = grid().into_iter().filter(|case| !case.may_be_stored()).collect();

    assert!(!refused.is_empty());
    assert!(refused.iter().all(|case| case.theirs().is_zero()));
}
