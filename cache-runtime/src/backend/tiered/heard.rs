//! How far a node has heard: the place in the journal up to which all messages were applied.

/// The most messages that are read to catch up; who is further behind forgets everything instead.
pub(super) const MOST_BEHIND: u64 = 1000;

/// The place up to which everything was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Heard {
    /// `None` while nothing was heard, so that anything may have been said.
    at: Option<u64>,
    /// The place of a message that was not there when it was read: its writer is between two steps, or has died there.
    missing: Option<u64>,
}

/// What is to be done about a journal that reaches so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing: everything was heard.
    UpToDate,
    /// Read the messages after the first place, up to the second.
    Read(u64, u64),
    /// Forget everything: some messages cannot be had any more.
    Lost,
}

/// What to do with the message at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is the next one: apply it.
    Next,
    /// It was applied before.
    Repeated,
    /// There are others before it, which were not heard yet.
    Early,
}

impl Heard {
    /// Compares with the place of the journal's last message, for which was asked when `before` was heard.
    pub(super) fn compare(&self, before: Self, last: u64) -> Next {
        match self.at {
            Some(heard) if heard == last => Next::UpToDate,
            // Meanwhile more was heard at once than the answer knows.
            Some(heard) if heard > last && before.at.is_some_and(|before| before <= last) => Next::UpToDate,
            Some(heard) if heard < last && last - heard <= MOST_BEHIND => Next::Read(heard, last),
            // Also a journal that has begun anew: its store was emptied.
            _ => Next::Lost,
        }
    }

    /// Whose turn it is; the next one is applied, and counts as heard after that.
    pub(super) fn hear(&mut self, place: u64, apply: impl FnOnce()) -> Turn {
        match self.at {
            Some(heard) if place == heard + 1 => {
                apply();
                *self = Self { at: Some(place), missing: None };
                Turn::Next
            }
            Some(heard) if place <= heard => Turn::Repeated,
            _ => Turn::Early,
        }
    }

    /// Notes that the message at a place is not there; whether it was not there before either.
    pub(super) fn misses(&mut self, place: u64) -> bool {
        self.missing.replace(place) == Some(place)
    }

    /// Everything before was forgotten, and the journal reached so far before that.
    pub(super) fn begin_at(&mut self, last: u64) {
        *self = Self { at: Some(last), missing: None };
    }

    /// Nothing is known any more.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    fn at(place: u64) -> Heard {
        let mut heard = Heard::default();
        heard.begin_at(place);
        heard
    }

    #[test]
    fn a_node_that_has_heard_nothing_trusts_nothing() {
        assert_eq!(Heard::default().compare(Heard::default(), 7), Next::Lost);
    }

    #[test]
    fn a_journal_that_says_no_more_was_heard_to_its_end() {
        assert_eq!(at(7).compare(at(7), 7), Next::UpToDate);
    }

    #[test]
    fn what_was_said_since_is_read() {
        assert_eq!(at(7).compare(at(7), 9), Next::Read(7, 9));
    }

    #[test]
    fn a_journal_that_goes_back_or_is_far_ahead_has_lost_something() {
        assert_eq!(at(7).compare(at(7), 6), Next::Lost);
        assert_eq!(at(7).compare(at(7), 8 + MOST_BEHIND), Next::Lost);
    }

    #[test]
    fn what_was_heard_while_the_journal_was_asked_is_nothing_lost() {
        assert_eq!(at(9).compare(at(7), 8), Next::UpToDate);
        assert_eq!(at(9).compare(at(9), 8), Next::Lost);
    }

    #[test]
    fn each_message_has_its_turn_once_and_in_order() {
        let mut heard = at(7);

        assert_eq!(heard.hear(9, || {}), Turn::Early);
        assert_eq!(heard.hear(8, || {}), Turn::Next);
        assert_eq!(heard.hear(8, || {}), Turn::Repeated);
        assert_eq!(heard.hear(9, || {}), Turn::Next);
    }

    #[test]
    fn a_message_that_could_not_be_applied_has_its_turn_again() {
        let mut heard = at(7);

        let applied = catch_unwind(AssertUnwindSafe(|| heard.hear(8, || panic!("a value's own drop"))));
        assert!(applied.is_err());

        assert_eq!(heard.hear(8, || {}), Turn::Next);
    }

    #[test]
    fn a_message_that_is_missing_twice_is_lost() {
        let mut heard = at(7);

        assert!(!heard.misses(8));
        assert!(heard.misses(8));
    }

    #[test]
    fn a_message_that_comes_late_is_not_lost() {
        let mut heard = at(7);
        heard.misses(8);
        heard.hear(8, || {});

        assert!(!heard.misses(9));
    }

    /// Every sequence of a few events: whatever is lost, repeated or reordered, no message is passed over unless
    /// everything is forgotten.
    #[test]
    fn no_message_is_passed_over() {
        let orders = 5_u64.pow(6);
        for order in 0..orders {
            let (mut heard, mut applied) = (at(0), 0);
            for event in 0..6 {
                let place = order / 5_u64.pow(event) % 5 + 1;
                if heard.hear(place, || {}) == Turn::Next {
                    assert_eq!(place, applied + 1);
                    applied = place;
                }
                assert_eq!(heard.compare(heard, applied), Next::UpToDate);
            }
        }
    }
}
