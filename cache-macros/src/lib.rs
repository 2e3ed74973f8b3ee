//! The attributes of `cache-runtime`: declarative caching of functions and pages.

#![cfg_attr(
    not(feature = "pages"),
    allow(dead_code, unused_imports, reason = "what serves the attributes of pages alone")
)]

mod cached;
mod diagnostics;
mod expand;
mod fragment;
#[cfg(feature = "pages")]
mod headers;
mod key_part;
mod option;
#[cfg(feature = "pages")]
mod page;
mod parse;
mod plan;
mod settings;
#[cfg(feature = "pages")]
mod shared_input;

use proc_macro::TokenStream;

#[cfg(feature = "pages")]
use page::Framework;
use settings::Project;

#[doc = include_str!("cached.md")]
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    cached::cached(arguments.into(), item.into(), &project()).into()
}

#[doc = include_str!("page/cache_page.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn cache_page(arguments: TokenStream, item: TokenStream) -> TokenStream {
    page::cache_page(arguments.into(), item.into(), Framework::Axum, &project()).into()
}

/// Caches the pages of a handler of actix-web; exported as `cache_runtime::actix::cache_page`.
///
/// The options, the companions and the check of the arguments are those of [`macro@cache_page`]. The attribute stands above a route (`#[get("/pricing/")]`), which makes a type of the handler's
/// name: the companions are added to that.
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn cache_page_actix(arguments: TokenStream, item: TokenStream) -> TokenStream {
    page::cache_page(arguments.into(), item.into(), Framework::Actix, &project()).into()
}

/// The package that is being compiled.
fn project() -> Project {
    Project::at(std::env::var_os("CARGO_MANIFEST_DIR").map(Into::into))
}

/// Renders a type as key text, so that it can stand in a placeholder or in a derived key.
///
/// A struct of one field is rendered as that field. Otherwise the fields stand in parentheses, each followed by
/// a comma, after the name of the variant if there is one: values that differ render differently. Every
/// type parameter must be a `KeyPart`, and so must every field.
///
/// `#[key_part(crate = path)]` says where the runtime crate is, as the option [`crate`](macro@cached#crate) does.
///
/// # Example
///
/// ```
/// use cache_runtime::{KeyPart, cached};
///
/// #[derive(KeyPart)]
/// enum Plan {
///     Free,
///     Team { seats: u32, owner: String },
/// }
///
/// #[cached(key = "price:{plan}")]
/// fn price(plan: Plan) -> u32 {
///     match plan {
///         Plan::Free => 0,
///         Plan::Team { seats, .. } => seats * 5,
///     }
/// }
///
/// assert_eq!(price::key(Plan::Free).as_str(), "price:Free");
/// let plan = Plan::Team { seats: 3, owner: "Ada".to_owned() };
/// assert_eq!(price::key(plan).as_str(), "price:Team(3,Ada,)");
/// ```
#[proc_macro_derive(KeyPart, attributes(key_part))]
pub fn key_part(item: TokenStream) -> TokenStream {
    key_part::key_part(item.into()).into()
}

/// Keeps a rendered piece of a page: the text of any Rust expression.
///
/// `fragment!(timeout, "name", options…, block)` is an expression: the [`Fragment`] under the name and the vary
/// values, or else what the block renders, which is stored. Of many callers that miss, one renders, and the
/// others wait for its text. A hit in memory copies no text. No failure of the cache becomes the caller's: then the
/// block runs.
///
/// ```
/// use cache_runtime::fragment;
///
/// # struct User { id: u64, name: &'static str }
/// # let user = User { id: 7, name: "Ada" };
/// let card = fragment!(60 * 15, "profile_card", vary = [user.id], {
///     format!("<b>{}</b>", user.name)
/// });
/// assert_eq!(card, "<b>Ada</b>");
/// ```
///
/// # Timeout and name
///
/// The timeout is a constant: seconds, a `Duration`, a `Timeout` (`Timeout::NEVER`, or `Timeout::Default` for that of
/// the cache), or a text such as `"15m"`. The name is a string literal. Fragments of one name with the same vary
/// values share their text, wherever they stand.
///
/// # The block
///
/// It runs on a miss only. Its last expression is the text: a `String`, a `&str`, what a template of askama renders,
/// the `Markup` of maud, or anything that has `Into<String>` or `Display`.
///
/// **Errors.** The block is a part of the function it stands in: a `?` in it leaves that function with the error. A block
/// without `?` may return a `Result` of text; then so does `fragment!`. Either way, nothing is stored.
///
/// ```
/// # use cache_runtime::fragment;
/// # use std::num::ParseIntError;
/// fn page(number: &str) -> Result<String, ParseIntError> {
///     let square = fragment!("1h", "square", vary = [number], {
///         let number: u64 = number.parse()?; // leaves `page`
///         format!("<i>{}</i>", number * number)
///     });
///     Ok(format!("<p>{square}</p>"))
/// }
///
/// assert_eq!(page("4"), Ok("<p><i>16</i></p>".to_owned()));
/// assert!(page("four").is_err());
///
/// let parsed = fragment!("1h", "parsed", vary = ["x"], { "x".parse::<u64>().map(|number| number.to_string()) });
/// assert!(parsed.is_err());
/// ```
///
/// **Waiting.** In an `async` function the block is an `async` block, and the fragment is awaited where it stands, hit or
/// miss, as by `tokio::join!`. (A plain block works there as well; but a shared store is then waited for on the thread.)
///
/// ```
/// # use cache_runtime::fragment;
/// # async fn load(id: u64) -> Result<String, std::io::Error> { Ok(format!("user {id}")) }
/// async fn card(id: u64) -> Result<String, std::io::Error> {
///     let card = fragment!(500, "loaded_card", vary = [id], async {
///         let name = load(id).await?; // leaves `card`
///         format!("<b>{name}</b>")
///     });
///     Ok(card.into())
/// }
/// ```
///
/// # Options
///
/// | option | written | |
/// | --- | --- | --- |
/// | `vary` | `vary = [user.id]` | What the text depends on: values whose type implements [`Vary`]. Each combination has a text of its own; the timeout makes no difference. |
/// | `cache` | `cache = "marketing"` | The alias of the cache; left out, it is `template_fragments` where there is one, and else `default`. Where there is a `cache.toml`, it must define the alias. |
/// | `force_refresh` | `force_refresh = options.fresh` | Skips the lookup, renders and stores, if the `bool` expression holds. |
/// | `version` | `version = 2` | A part of the final key, instead of the cache's own version: raise it when the markup changes. |
/// | `crate` | `crate = ::runtime` | Where the runtime crate is, if `Cargo.toml` gives it another name or it is reached through another crate. |
///
/// [`Fragment`]: ../cache_runtime/fragment/struct.Fragment.html
/// [`Vary`]: ../cache_runtime/fragment/trait.Vary.html
#[proc_macro]
pub fn fragment(arguments: TokenStream) -> TokenStream {
    let project = Project::at(std::env::var_os("CARGO_MANIFEST_DIR").map(Into::into));
    fragment::fragment(arguments.into(), &project).into()
}

#[doc = include_str!("headers/never_cache.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn never_cache(arguments: TokenStream, item: TokenStream) -> TokenStream {
    headers::expand(headers::Attribute::NeverCache, arguments.into(), item.into()).into()
}

#[doc = include_str!("headers/cache_control.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn cache_control(arguments: TokenStream, item: TokenStream) -> TokenStream {
    headers::expand(headers::Attribute::CacheControl, arguments.into(), item.into()).into()
}

#[doc = include_str!("headers/vary_on_headers.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn vary_on_headers(arguments: TokenStream, item: TokenStream) -> TokenStream {
    headers::expand(headers::Attribute::VaryOnHeaders, arguments.into(), item.into()).into()
}

#[doc = include_str!("headers/vary_on_cookie.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn vary_on_cookie(arguments: TokenStream, item: TokenStream) -> TokenStream {
    headers::expand(headers::Attribute::VaryOnCookie, arguments.into(), item.into()).into()
}

/// Says of an extractor that it is the same for all visitors of a URL, since each of its fields is.
///
/// `#[cache_page]` admits it then without naming it. A field that does not change a page says so: `#[shared_input(ignore)]`.
/// `#[shared_input(crate = path)]` on the type says where the runtime crate is.
///
/// A type whose fields are plain values made from the URL promises it by hand: `impl SharedInput for Theme {}`.
///
/// # Example
///
/// ```
/// use axum::extract::{Path, Query};
/// use cache_runtime::SharedInput;
///
/// #[derive(SharedInput)] // beside `axum::extract::FromRequestParts`, of axum's feature `macros`
/// struct Article {
///     id: Path<u64>,
///     options: Query<Vec<(String, String)>>,
/// }
/// # let _ = |article: Article| (article.id, article.options);
/// ```
#[cfg(feature = "pages")]
#[proc_macro_derive(SharedInput, attributes(shared_input))]
pub fn shared_input(item: TokenStream) -> TokenStream {
    shared_input::shared_input(item.into()).into()
}

#[doc = include_str!("headers/condition.md")]
#[cfg(feature = "pages")]
#[proc_macro_attribute]
pub fn condition(arguments: TokenStream, item: TokenStream) -> TokenStream {
    headers::expand(headers::Attribute::Condition, arguments.into(), item.into()).into()
}
