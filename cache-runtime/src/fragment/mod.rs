//! ② One cached fragment: name and vary values → key → the call around the rendering → shared text.
//!
//! A fragment is a piece of a page that is rendered once for all who see the same: a profile card, a
//! sidebar, a list of prices. [`fragment!`](macro@crate::fragment!) keeps the text of any Rust expression;
//! the bridges `minijinja`, `askama` and `tera`, behind features of those names, keep blocks of
//! templates. Each is one call: of many callers that miss, one renders, and the others wait for its text.
//!
//! ```
//! use cache_runtime::fragment;
//!
//! # struct User { id: u64, name: &'static str }
//! # fn main() -> cache_runtime::Result<()> {
//! # let user = User { id: 7, name: "Ada" };
//! let card = fragment!(500, "profile_card", vary = [user.id], {
//!     format!("<b>{}</b>", user.name)
//! });
//! assert_eq!(card, "<b>Ada</b>");
//!
//! assert!(fragment::invalidate_blocking("profile_card", &[&user.id])?);
//! # Ok(())
//! # }
//! ```
//!
//! # What is possible in which language
//!
//! | | written | rendered on a hit | of many callers |
//! | --- | --- | --- | --- |
//! | Rust, maud, `format!` | `fragment!(500, "name", vary = [id], { … })` | no | one renders |
//! | `MiniJinja` | `{% call cache(500, "name", id) %}…{% endcall %}` | no | one renders |
//! | askama | `{% filter cache(500, "name", id) %}…{% endfilter %}` | no | one renders |
//! | Tera | `cache_get` and `cache_put` around an `{% if %}` | no | each renders |
//!
//! Tera has no blocks of one's own, and renders the body of a component before it is asked for: there a
//! lookup and a store are two functions, and nothing connects them but the template.
//!
//! # Keys and caches
//!
//! [`make_fragment_key`] is the key: the name, and a digest of the vary values. The timeout is no part of it.
//! Without an alias of their own, fragments are kept in the cache [`FRAGMENTS`] where there is one, and else in
//! `default`.

mod named;
mod piece;

mod key;
mod vary;

mod text;

mod invalidate;

#[doc(hidden)]
pub mod rendered;

#[cfg(any(feature = "minijinja", feature = "askama", feature = "tera"))]
mod bridge;

#[cfg(feature = "minijinja")]
pub mod minijinja;

#[cfg(feature = "askama")]
pub mod askama;

#[cfg(feature = "tera")]
pub mod tera;

pub use invalidate::{Registered, invalidate, invalidate_all, invalidate_all_blocking, invalidate_blocking};
pub use key::make_fragment_key;
pub use named::{FRAGMENTS, Named};
pub use piece::Piece;
pub use text::Fragment;
pub use vary::{Keyed, Vary, VaryDigest, keyed};
