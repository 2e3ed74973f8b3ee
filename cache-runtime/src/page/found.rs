//! What a search for a page has found, and how it came.

use std::sync::Arc;

use http::{Response, StatusCode};

use super::stored::Page;

/// What a search has found.
pub(super) enum Found<B> {
    /// A page, and how it came.
    Page(Arc<Page>, Came),
    /// An answer for this visitor alone.
    Own(Response<B>),
    /// Nothing, where the visitor has asked for what is stored only.
    Nothing,
}

/// How a page came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Came {
    /// It was there, and fresh.
    Hit,
    /// Another's visit has made it meanwhile.
    Collapsed,
    /// The handler has made it for this visit, and why it was asked.
    Made(Why),
    /// The handler has made it for this visit, and it is not stored.
    MadeForOne(Why),
    /// It is stale, and is made anew behind the visitor's back.
    Stale,
    /// It is stale, and the handler failed.
    InsteadOfError(StatusCode),
}

/// Why the handler was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// There was no page of this URL.
    NoPage,
    /// There was no such variant.
    NoVariant,
    /// What there was is stale.
    Stale,
    /// The visitor, or the handler, wants it made anew.
    Asked,
}

/// Whether a page that was made is stored: an invalidation may have come between, or the store is away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kept(pub(super) bool);

impl Kept {
    pub(super) fn came(self, why: Why) -> Came {
        if self.0 { Came::Made(why) } else { Came::MadeForOne(why) }
    }
}
