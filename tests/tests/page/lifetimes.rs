//! How long a response is fresh, and how it may be used after that.

use std::time::Duration;

use cache_runtime::page::lifetime::Lifetime;
use http::{HeaderMap, StatusCode};

use crate::given::{date, headers, now};

fn lifetime<const N: usize>(lines: [(&str, &str); N]) -> Lifetime {
    Lifetime::of(StatusCode::OK, &headers(lines), now())
}

/// How long it is fresh, in seconds, where it says so.
fn fresh<const N: usize>(lines: [(&str, &str); N]) -> Option<u64> {
    let lifetime = lifetime(lines);
    lifetime.is_explicit().then(|| lifetime.fresh().as_secs())
}

#[test]
fn ht047_the_shared_age_counts_before_the_other() {
    assert_eq!(fresh([("cache-control", "max-age=60, s-maxage=10")]), Some(10));
    assert_eq!(fresh([("cache-control", "max-age=10, s-maxage=60")]), Some(60));
    assert_eq!(fresh([("cache-control", "max-age=10, s-maxage=x")]), Some(0));
}

#[test]
fn ht048_the_maximal_age_is_the_lifetime() {
    let lifetime = lifetime([("cache-control", "max-age=1")]);

    assert_eq!(lifetime.fresh(), Duration::from_secs(1));
    assert_eq!(lifetime.total(), Duration::from_secs(1));
}

#[test]
fn ht049_zero_means_no_reuse() {
    assert_eq!(fresh([("cache-control", "max-age=0")]), Some(0));
    assert_eq!(fresh([("cache-control", "s-maxage=0, max-age=60")]), Some(0));
}

#[test]
fn ht050_expires_counts_from_the_date() {
    let (expires, made) = (date(100), date(-20));

    assert_eq!(fresh([("expires", &expires)]), Some(100));
    let aged = lifetime([("expires", &expires), ("date", &made)]);
    assert_eq!((aged.total().as_secs(), aged.fresh().as_secs()), (120, 100));
}

#[test]
fn ht050_expires_in_the_past_or_unreadable_means_stale() {
    let past = date(-5);

    assert_eq!(fresh([("expires", &past)]), Some(0));
    assert_eq!(fresh([("expires", "0")]), Some(0));
    assert_eq!(fresh([("expires", "")]), Some(0));
    assert_eq!(fresh([("expires", "soon")]), Some(0));
}

#[test]
fn expires_that_contradicts_itself_means_stale() {
    let (soon, later) = (date(10), date(20));

    assert_eq!(fresh([("expires", &soon), ("expires", &later)]), Some(0));
    assert_eq!(fresh([("expires", &soon), ("expires", &soon)]), Some(10));
}

#[test]
fn expires_is_read_in_three_forms() {
    for form in
        ["Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"]
    {
        assert_eq!(fresh([("expires", form)]), Some(60), "{form}");
    }
}

#[test]
fn control_counts_before_expires() {
    let expires = date(100);

    assert_eq!(fresh([("expires", &expires), ("cache-control", "max-age=10")]), Some(10));
    assert_eq!(fresh([("expires", &expires), ("cache-control", "public")]), Some(100));
}

#[test]
fn ht051_an_invalid_age_is_stale() {
    for line in ["max-age=-1", "max-age=abc", "max-age=1, max-age=2", "max-age"] {
        assert_eq!(fresh([("cache-control", line)]), Some(0), "{line}");
    }
}

#[test]
fn ht052_a_large_age_is_clamped() {
    let far = "Fri, 31 Dec 9999 23:59:59 GMT";

    assert_eq!(fresh([("cache-control", "max-age=99999999999")]), Some(2_147_483_648));
    assert_eq!(fresh([("expires", far)]), Some(2_147_483_648));
    assert_eq!(fresh([("cache-control", "max-age=60"), ("age", "99999999999999999999")]), Some(0));
}

#[test]
fn ht053_the_age_on_arrival_is_subtracted() {
    assert_eq!(fresh([("cache-control", "max-age=60"), ("age", "20")]), Some(40));
    assert_eq!(fresh([("cache-control", "max-age=60"), ("age", "61")]), Some(0));
}

#[test]
fn an_age_that_is_no_number_says_nothing() {
    for age in ["-5", "abc", "1.5", ""] {
        assert_eq!(fresh([("cache-control", "max-age=60"), ("age", age)]), Some(60), "{age}");
    }
    assert_eq!(fresh([("cache-control", "max-age=60"), ("age", "10, 20")]), Some(50));
}

#[test]
fn a_date_in_the_past_is_an_age_too() {
    let (made, later) = (date(-30), date(30));

    assert_eq!(fresh([("cache-control", "max-age=60"), ("date", &made)]), Some(30));
    assert_eq!(fresh([("cache-control", "max-age=60"), ("date", &made), ("age", "50")]), Some(10));
    assert_eq!(fresh([("cache-control", "max-age=60"), ("date", &later)]), Some(60));
}

#[test]
fn nothing_is_guessed() {
    let modified = date(-1_000_000);

    let guessed = lifetime([("last-modified", &modified), ("cache-control", "public")]);

    assert!(!guessed.is_explicit());
    assert_eq!(guessed.fresh(), Duration::ZERO);
}

#[test]
fn a_page_that_must_be_asked_for_has_no_lifetime() {
    let asked = lifetime([("cache-control", "no-cache, max-age=60, stale-while-revalidate=60")]);

    assert!(asked.is_explicit() && !asked.may_go_stale());
    assert_eq!(asked.fresh(), Duration::ZERO);
    assert_eq!(asked.stale_while_revalidate(), Duration::ZERO);
}

#[test]
fn a_window_of_staleness_is_read() {
    let lifetime = lifetime([("cache-control", "max-age=60, stale-while-revalidate=30, stale-if-error=600")]);

    assert!(lifetime.may_go_stale());
    assert_eq!(lifetime.stale_while_revalidate(), Duration::from_secs(30));
    assert_eq!(lifetime.stale_if_error(), Duration::from_mins(10));
}

#[test]
fn ht078_some_words_forbid_staleness() {
    for word in ["must-revalidate", "proxy-revalidate", "s-maxage=60"] {
        let line = format!("max-age=60, stale-while-revalidate=30, stale-if-error=600, {word}");

        let lifetime = lifetime([("cache-control", &line)]);

        assert!(!lifetime.may_go_stale(), "{word}");
        assert_eq!(lifetime.stale_while_revalidate(), Duration::ZERO, "{word}");
        assert_eq!(lifetime.stale_if_error(), Duration::ZERO, "{word}");
    }
}

#[test]
fn an_incomplete_answer_has_no_lifetime() {
    let lines = headers([("cache-control", "max-age=60")]);

    for status in [StatusCode::PARTIAL_CONTENT, StatusCode::NOT_MODIFIED, StatusCode::EARLY_HINTS] {
        assert!(!Lifetime::of(status, &lines, now()).is_explicit(), "{status}");
    }
    assert!(Lifetime::of(StatusCode::NOT_FOUND, &lines, now()).is_explicit());
}

#[test]
fn a_status_that_must_be_understood_and_is_unknown_has_no_lifetime() {
    let lines = headers([("cache-control", "max-age=60, must-understand")]);
    let unknown = StatusCode::from_u16(299).unwrap();

    assert!(!Lifetime::of(unknown, &lines, now()).is_explicit());
    assert!(Lifetime::of(StatusCode::OK, &lines, now()).is_explicit());
}

#[test]
fn without_headers_there_is_no_lifetime() {
    assert!(!Lifetime::of(StatusCode::OK, &HeaderMap::new(), now()).is_explicit());
}
