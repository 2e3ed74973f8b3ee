//! Requests that cannot be changed, since somebody else holds a clone of them.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use actix_web::dev::ServiceRequest;

/// Whether the requests of one middleware can be changed, as far as is known.
///
/// Where somebody holds a clone of a request, actix panics at a change, and offers no way to know before. So the first
/// change is tried; where it failed, no other is. A program that aborts where it panics changes no request.
#[derive(Debug, Default)]
pub(super) struct Held {
    /// A service outside holds clones.
    outside: Cell<bool>,
    /// What a service inside answers with holds clones.
    inside: Cell<bool>,
}

impl Held {
    /// Whether a request on its way in can be changed.
    pub(super) fn can_change(&self, request: &mut ServiceRequest) -> bool {
        if self.outside.get() {
            return false;
        }
        let can_be_changed = is_alone(request);
        if !can_be_changed {
            self.outside.set(true);
            tracing::warn!(
                "requests for cached pages cannot be changed, since a service outside holds them, or the program \
                 aborts where it panics: handlers are asked as visitors ask, and what is made of parameters that do \
                 not count is not stored"
            );
        }
        can_be_changed
    }

    /// Whether a request on its way back can be changed.
    pub(super) fn can_change_back(&self, request: &mut ServiceRequest) -> bool {
        if !self.inside.get() {
            self.inside.set(!is_alone(request));
        }
        !self.inside.get()
    }
}

/// Whether there is no other clone of a request.
fn is_alone(request: &mut ServiceRequest) -> bool {
    let change = AssertUnwindSafe(|| {
        request.head_mut();
    });
    cfg!(panic = "unwind") && catch_unwind(change).is_ok()
}
