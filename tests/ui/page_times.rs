//! Times of pages that the compiler has to compute.

use std::time::Duration;

use cache_runtime::cache_page;

#[cache_page(60 - 60)]
async fn computed_zero() {}

#[cache_page(Duration::ZERO)]
async fn zero_duration() {}

#[cache_page(60, error_timeout = Duration::ZERO, statuses = [200, 404])]
async fn zero_of_errors() {}

fn main() {}
