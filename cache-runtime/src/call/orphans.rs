//! Leases that nobody in this process wants any more, whatever the store says.
//!
//! A store that stood still does what it was asked for once it goes on: it gives a lease to a caller who has long
//! computed without one, or keeps one that it was asked to end. To wait for it would be in vain for as long as a lease
//! lives. So whoever finds such a holder takes over from it at once.
//!
//! Limit: the last 1,024 are known, to this process only. For others they end by themselves, as those of the dead do.

use std::collections::VecDeque;
use std::sync::LazyLock;

use crate::backend::Token;
use crate::base::sync::Mutex;

/// How many are known.
const KNOWN: usize = 1024;

static ORPHANS: LazyLock<Mutex<Orphans>> = LazyLock::new(Mutex::default);

/// Notes a lease that its caller has given up without knowing that it ended, or was never given.
pub(super) fn note(token: Token) {
    ORPHANS.lock().note(token);
}

/// Whether nobody wants this lease.
pub(super) fn has(token: Token) -> bool {
    ORPHANS.lock().0.contains(&token)
}

#[derive(Default)]
struct Orphans(VecDeque<Token>);

impl Orphans {
    fn note(&mut self, token: Token) {
        if self.0.len() == KNOWN {
            self.0.pop_front();
        }
        self.0.push_back(token);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_last_are_known() {
        let mut orphans = Orphans::default();

        for number in 0..=KNOWN as u128 {
            orphans.note(Token(number));
        }

        assert_eq!(orphans.0.len(), KNOWN);
        assert!(!orphans.0.contains(&Token(0)) && orphans.0.contains(&Token(KNOWN as u128)));
    }
}
