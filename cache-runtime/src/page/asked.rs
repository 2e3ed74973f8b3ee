//! What a visitor asks of stored pages, where that is heeded (RFC 9111 §5.2.1).

use std::time::{Duration, SystemTime};

use super::control::CacheControl;
use super::stored::Page;
use super::visit::Visit;

/// What the request says about stored pages, where that is heeded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Directives {
    /// Nothing is to be made: what is not stored is not there.
    pub(super) only_stored: bool,
    /// The page is to be made, whatever is stored.
    pub(super) anew: bool,
    max_age: Option<Duration>,
    min_fresh: Duration,
}

impl Directives {
    pub(super) fn of(visit: &Visit) -> Self {
        let mut directives = Self {
            only_stored: false,
            anew: visit.intent.refreshes,
            max_age: None,
            min_fresh: Duration::ZERO,
        };
        if visit.policy.heeds_requests {
            let control = CacheControl::of_request(visit.request.headers());
            directives.only_stored = control.only_if_cached();
            directives.anew |= control.must_ask();
            directives.max_age = control.max_age();
            directives.min_fresh = control.min_fresh().unwrap_or_default();
        }
        directives
    }

    pub(super) fn accepts(self, page: &Page, now: SystemTime) -> bool {
        let stays_fresh = self.min_fresh.is_zero() || page.left(now) >= self.min_fresh;
        stays_fresh && self.max_age.is_none_or(|most| page.age(now) <= most)
    }
}
