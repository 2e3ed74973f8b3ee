//! Which leases were granted for a key that was absent: their fills replace nothing, and nobody is told of them.

use std::collections::VecDeque;

use crate::backend::Token;
use crate::base::sync::Mutex;

/// The most leases that are remembered; the fill of one that was forgotten is told to everyone, as a refresh is.
const MOST: usize = 4096;

/// Leases of fills that replace nothing, the oldest first.
#[derive(Default)]
pub(super) struct Quiet(Mutex<VecDeque<Token>>);

impl Quiet {
    pub(super) fn note(&self, token: Token) {
        let mut tokens = self.0.lock();
        if tokens.len() >= MOST {
            tokens.pop_front();
        }
        tokens.push_back(token);
    }

    /// Forgets the lease; whether it was known.
    pub(super) fn take(&self, token: Token) -> bool {
        let mut tokens = self.0.lock();
        // The youngest end first, as a rule.
        let place = tokens.iter().rposition(|known| *known == token);
        place.and_then(|place| tokens.remove(place)).is_some()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_quiet_once() {
        let quiet = Quiet::default();
        quiet.note(Token(7));

        assert!(quiet.take(Token(7)));
        assert!(!quiet.take(Token(7)));
    }

    #[test]
    fn the_oldest_is_forgotten_where_there_are_too_many() {
        let quiet = Quiet::default();

        (0..=MOST).for_each(|number| quiet.note(Token(number as u128)));

        assert!(!quiet.take(Token(0)));
        assert!(quiet.take(Token(1)));
    }
}
