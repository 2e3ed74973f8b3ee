//! The layers of pages that a program has made, and the aliases that they name: what start-up checks of them.

use std::collections::BTreeSet;
use std::panic::Location;
use std::sync::LazyLock;

use crate::base::sync::Mutex;

/// Each by its alias, and by where it is made.
static MADE: LazyLock<Mutex<BTreeSet<Layer>>> = LazyLock::new(Mutex::default);

/// A layer: on however many routes, it is one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Layer {
    pub(super) alias: String,
    pub(super) place: String,
}

/// Notes a layer that stands around something.
pub(crate) fn note(alias: &str, at: &Location<'_>) {
    let place = format!("{}:{}", at.file(), at.line());
    MADE.lock().insert(Layer { alias: alias.to_owned(), place });
}

/// Those that were noted until now.
pub(super) fn made() -> BTreeSet<Layer> {
    MADE.lock().clone()
}
