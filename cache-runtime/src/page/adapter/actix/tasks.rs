//! Work behind a visitor's back, on the thread that serves the visitor.

use std::future::Future;

use actix_web::rt::System;

/// Runs the future as a task of its own, if this thread runs an actix system.
pub(super) fn spawn(future: impl Future<Output = ()> + 'static) {
    if System::try_current().is_some() {
        drop(actix_web::rt::spawn(future));
    } else {
        tracing::warn!("a stale page is not made anew: there is no actix system on this thread");
    }
}
