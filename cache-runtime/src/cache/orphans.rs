//! Leases that nobody in this process wants any more, whatever the store says.
//!
//! A store that stood still does what it was asked for once it goes on: it gives a lease to a caller who has long
//! computed without one, or keeps one that it was asked to end. To wait for it would be in vain for as long as a lease
//! lives. So whoever finds such a holder takes over from it at once.
//!
//! Limit: the last 1,024 are known, to this process only. For others they end by themselves, as those of the dead do.

use std::collections::VecDeque;

use crate::backend::Token;
use crate::base::sync::Mutex;

/// How many are known.
const KNOWN: usize = 1024;

/// The leases of one cache that nobody here wants.
#[derive(Default)]
pub(crate) struct Orphans(Mutex<VecDeque<Token>>);

impl Orphans {
    /// Notes a lease that its caller has given up without knowing that it ended, or was never given.
    pub(crate) fn note(&self, token: Token) {
        let mut known = self.0.lock();
        if known.len() == KNOWN {
            known.pop_front();
        }
        known.push_back(token);
    }

    /// Whether nobody wants this lease.
    pub(crate) fn has(&self, token: Token) -> bool {
        self.0.lock().contains(&token)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known() {
        let orphans = Orphans::default();

        for number in 0..=KNOWN as u128 {
            orphans.note(Token(number));
        }

        assert!(!orphans.has(Token(0)));
        assert!((1..=KNOWN as u128).all(|number| orphans.has(Token(number))));
    }
}
