//! Two functions that are registered as attributes do it, and that say of themselves what a test wants.

use std::cell::RefCell;

use cache_runtime::__private::inventory;
use cache_runtime::cache::registration::{Annotated, Description, Registration};

thread_local! {
    static DESCRIPTIONS: RefCell<[Option<Description>; 2]> = const { RefCell::new([None, None]) };
}

struct Fake(usize);

static FIRST: Fake = Fake(0);
static SECOND: Fake = Fake(1);

inventory::submit! { Registration(&FIRST) }
inventory::submit! { Registration(&SECOND) }

impl Annotated for Fake {
    fn describe(&self) -> Description {
        let told = DESCRIPTIONS.with_borrow(|descriptions| descriptions[self.0].clone());
        told.unwrap_or_else(|| Description::new("fake", "default"))
    }
}

/// Lets the first function of this thread describe itself so.
pub(crate) fn describe(first: Description) {
    DESCRIPTIONS.with_borrow_mut(|descriptions| descriptions[0] = Some(first));
}

/// Lets both functions of this thread describe themselves so.
pub(crate) fn describe_both(first: Description, second: Description) {
    DESCRIPTIONS.set([Some(first), Some(second)]);
}
