//! Options of cached handlers that cannot be.

use axum::extract::{Path, State};
use cache_runtime::cache_page;

#[cache_page(0)]
async fn zero() {}

#[cache_page("15 parsecs")]
async fn no_length() {}

#[cache_page(|value| 5)]
async fn closure() {}

#[cache_page(60, timeout = 30)]
async fn twice() {}

#[cache_page(60, kye_prefix = "a", cache, ignore)]
async fn misspelt() {}

#[cache_page(ignroe(a))]
async fn misspelt_first(a: Path<u8>) {}

#[cache_page(60, 30)]
async fn two_timeouts() {}

#[cache_page(60, cache = "", key_prefix = 5, tags = [], vary = [])]
async fn nothing_in_it() {}

#[cache_page(60, vary = ["*"])]
async fn varies_on_all() {}

#[cache_page(60, vary = ["accept language"])]
async fn no_header() {}

#[cache_page(60, vary = ["accept", "Accept"])]
async fn same_header() {}

#[cache_page(60, query = ["a"], ignore_query = ["b"])]
async fn both_queries() {}

#[cache_page(60, query = ["a*"])]
async fn pattern_in_query() {}

#[cache_page(60, ignore_query = ["*_a"])]
async fn pattern_in_front() {}

#[cache_page(60, statuses = [])]
async fn no_status() {}

#[cache_page(60, statuses = [200, 206])]
async fn part() {}

#[cache_page(60, statuses = [304])]
async fn unmodified() {}

#[cache_page(60, statuses = [200, 503])]
async fn failure() {}

#[cache_page(60, statuses = [200, 200])]
async fn same_status() {}

#[cache_page(60, statuses = [7000])]
async fn no_status_at_all() {}

#[cache_page(60, error_timeout = 5)]
async fn no_error_is_kept() {}

#[cache_page(60, max_body = 0)]
async fn no_body() {}

#[cache_page(60, max_body = "large")]
async fn no_number_of_bytes() {}

#[cache_page(60, max_body = "5 parsecs")]
async fn no_unit_of_bytes() {}

#[cache_page(60, max_body = "0 MiB")]
async fn no_bytes() {}

#[cache_page(60, key_prefix = 3)]
async fn number_in_the_place_of_a_text() {}

#[cache_page(60, sort_query, bypass = |request| true, collect_streams(), vary_on_cookie)]
async fn options_of_layers() {}

#[cache_page(explicit)]
async fn option_of_layers_that_stands_first() {}

#[cache_page(ttl = 60, size = 100, sync_writes = true)]
async fn options_of_other_caches() {}

#[cache_page(60, force_refresh)]
async fn flag() {}

#[cache_page(60, companions = true)]
async fn companions() {}

#[cache_page(60, key = "{usr}", ignore(stat))]
async fn misspelt_arguments(State(state): State<u8>, Path(user): Path<u8>) {}

#[cache_page(60, key = "{user}", ignore(user, user))]
async fn decided_twice(Path(user): Path<u8>) {}

#[cache_page(60, ignore(user), tags = ["user:{user}"])]
async fn tag_of_the_first(Path(user): Path<u8>) {}

#[cache_page(60, key = "{a}{b}")]
async fn unseparated(Path((a, b)): Path<(u8, u8)>) {}

#[cache_page(60, stale = "1h", jitter = 10, early, detached, batch = ids)]
async fn options_of_functions() {}

#[cache_page(60, version = 2, unless = |page| page.is_empty(), cache_none, cache_err = 5, outcome = plain, local, in_impl)]
async fn more_options_of_functions() {}

#[cache_page(max_age = 60)]
async fn option_of_headers() {}

#[cache_page(60, vary_on = ["accept"], when = |request| request.is_secure())]
async fn options_that_are_nearly_so() {}

fn main() {}
