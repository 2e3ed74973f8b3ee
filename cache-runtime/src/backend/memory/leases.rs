//! The leases of a memory store's bytes: who may fill which key, and until when.

use std::collections::HashMap;
use std::time::Duration;

use crate::backend::Token;
use crate::base::clock::Moment;
use crate::base::sync::Mutex;

/// Leases by key. Every call is made under the stripe's lock of its key, but for
/// [`sweep`](Self::sweep) and [`end_all`](Self::end_all), which only end leases.
#[derive(Default)]
pub(super) struct Leases(Mutex<HashMap<String, Lease>>);

struct Lease {
    token: Token,
    until: Moment,
}

impl Leases {
    /// The token of the live lease.
    pub(super) fn holder(&self, key: &str, now: Moment) -> Option<Token> {
        self.0.lock().get(key).filter(|lease| now < lease.until).map(|lease| lease.token)
    }

    /// Gives the lease to `token`, whoever held it.
    pub(super) fn grant(&self, key: &str, token: Token, now: Moment, life: Duration) {
        self.0.lock().insert(key.to_owned(), Lease { token, until: now.plus(life) });
    }

    /// Ends the lease.
    pub(super) fn end(&self, key: &str) {
        self.0.lock().remove(key);
    }

    /// Ends the leases of the keys that begin with `prefix`.
    pub(super) fn end_all(&self, prefix: &str) {
        self.0.lock().retain(|key, _| !key.starts_with(prefix));
    }

    /// Forgets what has expired.
    pub(super) fn sweep(&self, now: Moment) {
        self.0.lock().retain(|_, lease| now < lease.until);
    }
}
