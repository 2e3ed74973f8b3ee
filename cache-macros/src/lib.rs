//! The attributes of `cache-runtime`: declarative caching of functions and pages.

mod cached;
mod diagnostics;
mod expand;
mod key_part;
mod option;
mod parse;
mod plan;
mod settings;

use proc_macro::TokenStream;

use settings::Project;

/// Caches what a function returns, and gives it companions.
///
/// The attribute stands on free functions, nested functions, methods and associated functions, sync and `async`. A
/// call looks its key up; if nothing fresh is there, one caller runs the body and stores what it returns, while others
/// that ask for the same key wait for it. No failure of the cache becomes the caller's: then the body runs.
///
/// ```
/// use cache_runtime::cached;
///
/// /// Expensive. The key is a template over the arguments, checked at compile time.
/// #[cached(key = "report:{region}:{year}", timeout = 60 * 15, ignore(db))]
/// fn report(db: &Db, region: &str, year: u16) -> Result<String, DbError> {
///     db.query(region, year)
/// }
///
/// # struct Db;
/// # #[derive(Debug)] struct DbError;
/// # impl Db { fn query(&self, region: &str, year: u16) -> Result<String, DbError> { Ok(format!("{region} {year}")) } }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let db = Db;
/// report(&db, "emea", 2026).unwrap(); // computed once, then served from the cache
/// report::refresh(&db, "emea", 2026).unwrap(); // computed although there is an entry
/// assert_eq!(report::key("emea", 2026).as_str(), "report:emea:2026");
/// assert_eq!(report::peek("emea", 2026)?, Some("emea 2026".to_owned())); // never computes
/// assert!(report::invalidate("emea", 2026)?); // whether there was an entry
/// report::set("emea", 2026, &"by hand".to_owned())?; // a value computed elsewhere
/// assert_eq!(report(&db, "emea", 2026).unwrap(), "by hand");
/// report::uncached(&db, "emea", 2026).unwrap(); // the body alone
/// # Ok(())
/// # }
/// ```
///
/// # Companions
///
/// They are associated functions of an uninhabited type of the function's own name, so one `use` brings both. A method
/// `report` has siblings instead: `report_key`, `report_invalidate`, `report_refresh`, `report_peek`, `report_set`,
/// `report_uncached`. All keep the arguments in order; `key`, `invalidate`, `peek` and `set` drop those that are ignored,
/// and the refresh flag; `refresh` drops the flag. They are `async` if the function is, but for `key`. `peek` and `set`
/// speak of the value inside `Ok` or `Some` where the return type is written `Result<…>` or `Option<…>`.
///
/// A module, a crate or a primitive type of the function's name clashes with them (E0255, E0428): `companions = other_name`
/// is the way out. In the `impl` of a trait there is no room for siblings (E0407): `companions = false`. An associated
/// function that neither takes `self` nor says `Self` says `in_impl`; the compiler would refuse an `enum` in an `impl`.
///
/// # What is stored
///
/// `Ok` and `Some`, but not `Err` and `None`, whatever alias the type goes by; every other value as it is. A
/// value needs `Serialize + DeserializeOwned + Clone + Send + Sync + 'static`, with [`local`](#local) only the last
/// four. A returned `Arc<T>` is kept in memory as that very `Arc`.
///
/// # Names in expressions
///
/// Placeholders and the expressions of `when`, `unless`, `timeout` and `force_refresh` see the arguments under
/// their own names; names that a pattern binds, as in `(a, b): (u8, u8)`, are references there.
///
/// # Types in keys
///
/// A rendered value does not say its type: `1_u8` and `1_u16` are both `1`. So a key that is spelled out names every
/// parameter of type, `{T}`, or `ignore(T)` says that it does not change the result; an argument `impl Trait` is given
/// such a parameter, or an expression says what matters of it, `{name.as_ref()}`. The length of an array that stands in
/// the key by itself needs no mention. In the `impl` of a generic type, `{Self}` names the type. A derived key has all of
/// them. A type is named by its path: types of one name in two blocks of one function, or in two versions of one
/// crate, are not told apart.
///
/// # Attributes
///
/// Documentation, `must_use`, `deprecated` and unknown attributes below this one go to the function that callers see;
/// lint levels to it and to the body; `expect` to the body; `cfg` to everything. `#[tracing::instrument]` below spans hits
/// too; above, it stands on the function as it is.
///
/// # Options
///
/// | option | written |
/// | --- | --- |
/// | [`key`](#key) | `key = "user:{id}"` |
/// | [`timeout`](#timeout) | `timeout = 60 * 15` |
/// | [`cache`](#cache) | `cache = "marketing"` |
/// | [`ignore`](#ignore) | `ignore(db, self)` |
/// | [`force_refresh`](#force_refresh) | `force_refresh = options.fresh` |
/// | [`version`](#version) | `version = 2` |
/// | [`cache_none`](#cache_none) | `cache_none = "30s"` |
/// | [`cache_err`](#cache_err) | `cache_err = "30s"` |
/// | [`when`](#when) | `when = year < 2026` |
/// | [`unless`](#unless) | `unless = \|value\| value.is_empty()` |
/// | [`tags`](#tags) | `tags = ["user:{id}"]` |
/// | [`wait`](#wait) | `wait = "5s"` |
/// | [`local`](#local) | `local` |
/// | [`companions`](#companions) | `companions = name` |
/// | [`in_impl`](#in_impl) | `in_impl` |
/// | [`outcome`](#outcome) | `outcome = plain` |
/// | [`crate`](#crate) | `crate = ::runtime` |
///
/// ## `key`
///
/// The key: literal text, and expressions over the arguments in braces. Two placeholders stand apart by a character
/// that no rendered value contains (`:`, `/`, `|`, `@`, …). Every argument is in the key, or ignored, or the
/// refresh flag. Left out, the key is the function's own path, its type parameters, and every argument in order.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "user:{user.id}/{page + 1}")]
/// fn titles(user: &User, page: u32) -> Vec<String> {
///     user.titles(page)
/// }
/// # struct User { id: u64 }
/// # impl User { fn titles(&self, _: u32) -> Vec<String> { Vec::new() } }
/// assert_eq!(titles::key(&User { id: 7 }, 1).as_str(), "user:7/2");
/// ```
///
/// ## `timeout`
///
/// How long a value is fresh: seconds, a `Duration`, a `Timeout` (`Timeout::NEVER`), a text such as `"15m"`, or a
/// closure over the value that returns one of the first three. A name of a constant is as good as a number. Left
/// out, the cache's own timeout holds.
///
/// ```
/// # use cache_runtime::cached;
/// # use std::time::Duration;
/// const HOUR: u64 = 3600;
///
/// #[cached(key = "rates", timeout = 24 * HOUR)]
/// fn rates() -> Vec<u32> {
///     vec![1, 2, 3]
/// }
///
/// #[cached(key = "token", timeout = |token| token.expires_in)]
/// fn token() -> Token {
///     Token { expires_in: Duration::from_secs(60) }
/// }
/// # #[derive(Clone, serde::Serialize, serde::Deserialize)] struct Token { expires_in: Duration }
/// # assert_eq!(rates().len(), 3);
/// ```
///
/// ## `cache`
///
/// The alias of the cache; left out, it is `default`. Where there is a `cache.toml`, it must define the alias.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "banner:{place}", cache = "marketing")]
/// fn banner(place: &str) -> String {
///     format!("Welcome to {place}")
/// }
/// ```
///
/// ## `ignore`
///
/// Arguments that do not change the result: connections, loggers, `self` of a repository. A type parameter that
/// does not change it is named here too. Calls that differ only there share an entry.
///
/// ```
/// # use cache_runtime::cached;
/// # struct Db;
/// #[cached(key = "user:{id}", ignore(db))]
/// fn user_name(db: &Db, id: u64) -> Option<String> {
///     let _ = db;
///     Some(format!("user {id}"))
/// }
/// # assert!(user_name(&Db, 1).is_some());
/// assert_eq!(user_name::key(5).as_str(), "user:5");
/// ```
///
/// ## `force_refresh`
///
/// Skips the lookup, computes and stores, if a `bool` holds: alone, an argument called `force_refresh`; with `=`,
/// any expression over the arguments. A flag argument is never part of the key, and counts as used in the body.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "total", force_refresh)]
/// fn total(force_refresh: bool) -> u64 {
///     (1..=100).sum()
/// }
///
/// #[cached(key = "page:{request.url}", force_refresh = request.no_cache)]
/// fn page(request: &Request) -> String {
///     format!("<h1>{}</h1>", request.url)
/// }
/// # struct Request { url: String, no_cache: bool }
/// assert_eq!(total(true), total::refresh());
/// ```
///
/// ## `version`
///
/// A part of the final key, instead of the cache's own version: raise it when the meaning of the values changes. A
/// change of their type needs nothing: it is noticed.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "price:{item}", version = 2)]
/// fn price_in_cents(item: u32) -> u64 {
///     u64::from(item) * 100
/// }
/// ```
///
/// ## `cache_none`
///
/// Stores `None` too; with `=`, for a time of its own. Otherwise only `Some` is stored.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "user:{id}", cache_none = "30s")]
/// fn find(id: u64) -> Option<String> {
///     (id != 0).then(|| format!("user {id}"))
/// }
/// ```
///
/// ## `cache_err`
///
/// Stores `Err` too; with `=`, for a time of its own. The error must then be storable as a value is. Otherwise only
/// `Ok` is stored.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "parsed:{text}", cache_err)]
/// fn parsed(text: &str) -> Result<u32, String> {
///     text.parse().map_err(|_| format!("{text} is no number"))
/// }
/// ```
///
/// ## `when`
///
/// Uses the cache for this call only if the expression over the arguments holds; otherwise the body runs, and
/// nothing is looked up or stored.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "report:{year}", when = year < 2026)]
/// fn report(year: u16) -> String {
///     format!("what happened in {year}")
/// }
/// ```
///
/// ## `unless`
///
/// Does not store a value for which the closure returns `true`. It sees the value inside `Ok` or `Some`, by
/// reference.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "search:{words}", unless = |found| found.is_empty())]
/// fn search(words: &str) -> Vec<u64> {
///     words.split(' ').map(|word| word.len() as u64).collect()
/// }
/// ```
///
/// ## `tags`
///
/// Names that the entry carries, templates over the arguments like the key. `cache.invalidate_tag("user:7")` makes
/// every entry that carries the tag a miss, by one write.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "posts:{user}:{page}", tags = ["posts", "user:{user}"])]
/// fn posts(user: u64, page: u32) -> Vec<String> {
///     vec![format!("post of {user} on page {page}")]
/// }
///
/// posts(7, 1);
/// cache_runtime::cache("default")?.blocking().invalidate_tag("user:7")?;
/// assert_eq!(posts::peek(7, 1)?, None);
/// # Ok::<(), cache_runtime::Error>(())
/// ```
///
/// ## `wait`
///
/// How long a caller waits for another's computation of the same key before it computes alone: seconds, a
/// `Duration`, or a text. Five seconds if left out; it is not zero.
///
/// ```
/// # use cache_runtime::cached;
/// #[cached(key = "slow", wait = "20s")]
/// async fn slow() -> u64 {
///     42
/// }
/// ```
///
/// ## `local`
///
/// Keeps values in this process as they are: they need `Clone + Send + Sync + 'static`, and no serde. Only for
/// caches in memory.
///
/// ```
/// # use cache_runtime::cached;
/// # use std::sync::Arc;
/// struct Pattern; // no serde here
///
/// #[cached(key = "pattern:{text}", local)]
/// fn pattern(text: &str) -> Arc<Pattern> {
///     let _ = text;
///     Arc::new(Pattern)
/// }
/// assert!(Arc::ptr_eq(&pattern("a*"), &pattern("a*")));
/// ```
///
/// ## `companions`
///
/// Another name for the companions `key`, `invalidate`, `refresh`, `peek`, `set` and `uncached`, where the
/// function's own name is taken in the namespace of types (a module of that name, a crate, a primitive type).
/// `companions = false` makes none, which is needed inside the `impl` of a trait.
///
/// ```
/// mod rates {
///     #[cache_runtime::cached(key = "rates:{day}", companions = rates_cache)]
///     pub fn rates(day: u32) -> u32 {
///         day * 2
///     }
/// }
/// use rates::{rates, rates_cache};
///
/// assert_eq!(rates(1), rates_cache::refresh(1));
/// ```
///
/// ## `in_impl`
///
/// Says that the function stands in an `impl` block, where its signature does not show it by `self` or `Self`.
///
/// ```
/// # use cache_runtime::cached;
/// struct Shop;
///
/// impl Shop {
///     #[cached(key = "tax:{amount}", in_impl)]
///     fn tax(amount: u32) -> u32 {
///         amount / 5
///     }
/// }
/// assert_eq!(Shop::tax(10), Shop::tax_uncached(10));
/// ```
///
/// ## `outcome`
///
/// What the return type is, `plain`, `option` or `result`, where it is a type parameter or a projection. Otherwise
/// the type itself decides, through aliases.
///
/// ```
/// # use cache_runtime::cached;
/// # use cache_runtime::Cacheable;
/// #[cached(key = "default:{T}", outcome = plain)]
/// fn default<T: Default + Cacheable>() -> T {
///     T::default()
/// }
/// assert_eq!(default::<u8>(), 0);
/// ```
///
/// ## `crate`
///
/// Where the runtime crate is, if `Cargo.toml` gives it another name or it is reached through another crate.
///
/// ```
/// mod toolbox {
///     pub use cache_runtime as caching;
/// }
///
/// #[toolbox::caching::cached(key = "a", crate = crate::toolbox::caching)]
/// fn a() -> u8 {
///     1
/// }
/// # fn main() { assert_eq!(a(), 1); }
/// ```
#[proc_macro_attribute]
pub fn cached(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let project = Project::at(std::env::var_os("CARGO_MANIFEST_DIR").map(Into::into));
    cached::cached(arguments.into(), item.into(), &project).into()
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
