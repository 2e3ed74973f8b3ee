//! Attributes of headers that say what cannot be said, or stand where there is nothing to change.

use cache_runtime::{cache_control, condition, never_cache, vary_on_cookie, vary_on_headers};

#[never_cache(60)]
fn takes_nothing() {}

#[vary_on_cookie("Cookie")]
async fn takes_nothing_either() {}

#[cache_control(max_aeg = 60, s_maxage, no_store = true, surrogate)]
fn unknown_or_incomplete() {}

#[cache_control(max_age = 5, max_age = 6, no_cache = "A", no_cache = "A", public, public)]
fn repeated() {}

#[cache_control(max_age = "5 parsecs", stale_if_error = "1500ms", private = "Set Cookie")]
fn wrong_values() {}

#[cache_control("max-age" = "60", "a b" = "c", "d" = 5, public private)]
fn wrong_texts() {}

#[cache_control]
fn empty() {}

#[cache_control()]
fn empty_in_parentheses() {}

#[cache_control(crate = ::cache_runtime)]
fn only_where_the_runtime_is() {}

#[cache_control(public, private)]
fn everybody_and_one() {}

#[cache_control(no_store, max_age = 60, public)]
fn not_kept_and_fresh() {}

#[cache_control(s_maxage = "1h", private)]
fn shared_by_nobody() {}

#[cache_control(no_cache, immutable, must_revalidate, stale_if_error = 60)]
fn asked_and_not_asked() {}

#[cache_control(max_age = -1)]
fn negative() {}

#[cache_control(max_age = seconds)]
fn not_constant(seconds: u64) {}

#[vary_on_headers]
fn no_names() {}

#[vary_on_headers("Accept Language", Cookie, "Accept", "accept")]
fn wrong_names() {}

#[never_cache]
const fn at_compile_time() {}

#[never_cache]
fn later() -> impl Future<Output = &'static str> {
    async { "later" }
}

#[never_cache]
unsafe extern "C" fn from_elsewhere(#[cfg(unix)] _argument: u8) {}

#[never_cache]
struct NoHandler;

#[vary_on_cookie(crate = ::cache_runtime, crate = ::cache_runtime)]
fn twice() {}

#[condition]
fn no_validators() {}

#[condition(etga = tag, last_modified, "abc", etag = tag, etag = tag)]
fn wrong_validators(tag: &str) {}

#[condition(etag = 5, last_modified = "yesterday")]
fn no_tag() {}

#[never_cache]
#[condition(etag = "a")]
fn weighed_too_late() {}

#[cache_control(max-age = 60, stale-while-revalidate = "1h", surrogate-control)]
fn as_in_the_header() {}

#[cache_control(public - 5)]
fn no_hyphen() {}

const ZERO: u64 = 60;

#[cache_control(no_store, max_age = ZERO)]
fn no_zero() {}

#[cache_control(no_store, max_age = std::time::Duration::ZERO)]
fn zero() {}

fn main() {}
