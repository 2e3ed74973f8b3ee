//! Fragments of askama templates: `{% filter cache(500, "name", id) %}…{% endfilter %}`.
//!
//! askama looks for filters in a module `filters` beside the template's type: re-export [`cache`] there. The
//! block is rendered on a miss only, since a filter block of askama is a value that renders itself when it is
//! printed.
//!
//! ```
//! use askama::Template;
//!
//! mod filters {
//!     pub(super) use cache_runtime::fragment::askama::cache;
//! }
//!
//! #[derive(Template)]
//! #[template(
//!     source = r#"{% filter cache(500, "profile_card", id) %}<b>{{ name }}</b>{% endfilter %}"#,
//!     ext = "html"
//! )]
//! struct Card<'a> {
//!     id: u64,
//!     name: &'a str,
//! }
//!
//! # fn main() -> askama::Result<()> {
//! assert_eq!(Card { id: 7, name: "Ada" }.render()?, "<b>Ada</b>");
//! assert_eq!(Card { id: 7, name: "somebody else" }.render()?, "<b>Ada</b>");
//! assert_eq!(Card { id: 8, name: "Grace" }.render()?, "<b>Grace</b>");
//! # Ok(())
//! # }
//! ```
//!
//! # Arguments
//!
//! 1. How long the text is fresh: seconds, text (`"15m"`, `"never"`), or a field that holds a `Duration` or a
//!    [`Timeout`].
//! 2. The name.
//! 3. What it varies on: a value that implements [`Vary`], a tuple of several
//!    (`(id, &language)`: what is not `Copy` is borrowed), or `()` for nothing.
//!
//! `cache = "marketing"` states the cache, and `force_refresh = self.fresh` renders and stores although there is
//! a text (without `self.`, a field is a reference here).
//!
//! # Templates that escape nothing
//!
//! A filter does not see how its template escapes. Where a template does not (`ext = "txt"`, `escape = "none"`), use
//! [`cache_text`], which takes the same: its texts stand beside those of [`cache`] under one name, and never get into
//! markup. `pub(super) use cache_runtime::fragment::askama::cache_text as cache;` in the `filters` of such a template does
//! it for all its fragments.
//!
//! # Errors
//!
//! Text that is no length of time, and an alias that no cache has, are errors of the template. An error inside
//! of the block is the template's, and nothing is stored.
//!
//! # Limits
//!
//! askama renders synchronously: a fragment in a shared store is asked for on the thread that renders. Variables
//! that the block sets are unset after it, and `{% break %}` does not leave it.

#![expect(
    missing_docs,
    clippy::inline_always,
    clippy::struct_field_names,
    reason = "`filter_fn` writes a type with these"
)]

mod lasting;

use std::fmt::{Display, Write};

use ::askama::filters::{HtmlSafe, Safe};

pub use lasting::Lasting;

use super::bridge::described;
use super::key::Escaping;
use super::text::Fragment;
use super::vary::Vary;
use crate::base::entry::Timeout;

/// It is finished markup.
impl HtmlSafe for Fragment {}

/// Renders the block on a miss only; the documentation of this module says what the arguments are.
#[::askama::filter_fn]
pub fn cache<B: Display, T: Lasting, V: Vary>(
    block: B,
    _: &dyn ::askama::Values,
    timeout: T,
    name: &str,
    vary: V,
    #[optional("")] cache: &str,
    #[optional(false)] force_refresh: bool,
) -> ::askama::Result<Safe<Fragment>> {
    cached(&block, &Escaping::Markup, (timeout.lasting(), name, &vary), cache, force_refresh).map(Safe)
}

/// As [`cache`], in a template that escapes nothing: what it fills does not get into markup.
#[::askama::filter_fn]
pub fn cache_text<B: Display, T: Lasting, V: Vary>(
    block: B,
    _: &dyn ::askama::Values,
    timeout: T,
    name: &str,
    vary: V,
    #[optional("")] cache: &str,
    #[optional(false)] force_refresh: bool,
) -> ::askama::Result<Safe<Fragment>> {
    cached(&block, &Escaping::Text, (timeout.lasting(), name, &vary), cache, force_refresh).map(Safe)
}

fn cached(
    block: &dyn Display,
    escaping: &Escaping,
    (timeout, name, vary): (Result<Timeout, String>, &str, &dyn Vary),
    alias: &str,
    force_refresh: bool,
) -> ::askama::Result<Fragment> {
    let timeout = timeout.map_err(|text| custom(format!("{text:?} is not a length of time")))?;
    let alias = Some(alias).filter(|alias| !alias.is_empty());
    let named = described(name, timeout, alias, None).map_err(custom)?;
    let piece = named.of_digest(|digest| vary.vary_all(digest));
    piece.escaped(escaping).force_refresh(force_refresh).try_render(|| {
        let mut text = String::new();
        write!(text, "{block}")?;
        Ok(text)
    })
}

fn custom(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ::askama::Error {
    ::askama::Error::Custom(error.into())
}
