//! Where in the program a layer is made: what tells it from others of its kind that share its pages.

use std::panic::Location;
use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where in the program a layer is made. Two that are made at one place are one, on however many threads.
#[derive(Debug, Clone)]
pub(crate) struct Laid {
    at: &'static Location<'static>,
    is_said: Arc<AtomicBool>,
}

impl Laid {
    /// In the line that calls.
    #[track_caller]
    pub(super) fn here() -> Self {
        Self { at: Location::caller(), is_said: Arc::default() }
    }

    /// The line.
    pub(super) fn at(&self) -> &'static Location<'static> {
        self.at
    }

    /// Says once that this layer sends the page of another, if it does.
    ///
    /// Only who looks at a page that this process has made can tell: a store that others share does not know.
    #[inline]
    pub(super) fn compare(&self, maker: Option<&'static Location<'static>>) {
        if let Some(maker) = maker
            && !ptr::eq(maker, self.at)
        {
            self.compare_closely(maker);
        }
    }

    /// The compiler may write down one line twice.
    #[cold]
    fn compare_closely(&self, maker: &'static Location<'static>) {
        if *maker != *self.at && !self.is_said.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                layer = %self.at,
                other = %maker,
                "two layers answer one URL and share its pages: if one is guarded, give it a `key_prefix`"
            );
        }
    }
}
