//! Fragments of Tera templates: `cache_get` and `cache_put` around an `{% if %}`.
//!
//! Tera 2 has no blocks of one's own, and renders the body of a component before the component is asked for. So the
//! lookup and the store are two functions, and the template itself does not render on a hit:
//!
//! ```
//! use tera::{Context, Tera};
//!
//! # fn main() -> tera::TeraResult<()> {
//! let mut tera = Tera::default();
//! cache_runtime::fragment::tera::install(&mut tera);
//! tera.add_raw_template(
//!     "card.html",
//!     r#"{% set card = cache_get(name="profile_card", vary=[id]) %}{% if card %}{{ card }}{% else %}
//!         {%- set body %}<b>{{ name }}</b>{% endset %}
//!         {{- cache_put(name="profile_card", vary=[id], timeout=500, value=body) }}
//!     {%- endif %}"#,
//! )?;
//!
//! let mut ada = Context::new();
//! ada.insert("id", &7);
//! ada.insert("name", "Ada & Co");
//! assert_eq!(tera.render("card.html", &ada)?, "<b>Ada &amp; Co</b>");
//!
//! ada.insert("name", "somebody else");
//! assert_eq!(tera.render("card.html", &ada)?, "<b>Ada &amp; Co</b>");
//! # Ok(())
//! # }
//! ```
//!
//! # Arguments
//!
//! Both take `name` and `vary`, a list (left out: nothing), and may take `cache="alias"`, `version` and
//! `force_refresh`, which are to be the same in both. `cache_put` takes the `value`, and how long it is fresh, `timeout`:
//! seconds, text (`"15m"`), or `none` for ever.
//!
//! `cache_get` returns `none` where there is no text. `cache_put` returns the text.
//!
//! Templates that escape by different rules have texts of their own under one name: what `mail.txt` has filled without
//! escaping does not get into `page.html`.
//!
//! # Limits
//!
//! Nothing connects the two but the template. So of many callers that miss, each renders, and the first text is
//! stored and shown to all; and an invalidation between the two is not noticed: then the text stays until its timeout.
//! Where this matters, render the part in Rust, by [`fragment!`](macro@crate::fragment!), and hand it to
//! the template. A hit copies the text once.

use ::tera::{Error, Kwargs, State, Tera, TeraResult, Value};

use super::bridge::{described, timeout_of_seconds, timeout_of_text};
use super::key::Escaping;
use super::piece::Piece;
use super::text::Fragment;
use super::vary::VaryDigest;
use crate::base::entry::Timeout;

/// Adds the functions `cache_get` and `cache_put`.
pub fn install(tera: &mut Tera) {
    tera.register_function("cache_get", cache_get);
    tera.register_function("cache_put", cache_put);
}

/// A safe string.
impl From<Fragment> for Value {
    fn from(fragment: Fragment) -> Self {
        Self::safe_string(&fragment)
    }
}

/// The function `cache_get`, to be added under another name.
///
/// # Errors
///
/// Those of its arguments.
#[expect(clippy::needless_pass_by_value, reason = "the template engine hands its arguments over")]
pub fn cache_get(arguments: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    check_words(&arguments, &[])?;
    let found = with_piece(&arguments, state, Timeout::Default, |piece| Ok(piece.peek_blocking()))?;
    Ok(found.map_or_else(Value::none, Value::from))
}

/// The function `cache_put`, to be added under another name.
///
/// # Errors
///
/// Those of its arguments.
#[expect(clippy::needless_pass_by_value, reason = "the template engine hands its arguments over")]
pub fn cache_put(arguments: Kwargs, state: &State<'_>) -> TeraResult<Value> {
    check_words(&arguments, &["timeout", "value"])?;
    let timeout = read_timeout(arguments.must_get::<&Value>("timeout")?)?;
    let value = arguments.must_get::<&Value>("value")?;
    with_piece(&arguments, state, timeout, |piece| {
        piece.try_render(|| state.escape_if_needed(value)).map(Value::from)
    })
}

const WORDS: [&str; 5] = ["name", "vary", "cache", "version", "force_refresh"];

/// A word that is not known has no effect, which nobody would see.
fn check_words(arguments: &Kwargs, more: &[&str]) -> TeraResult<()> {
    let unknown = arguments.iter().map(|(word, _)| word.to_string());
    let unknown = unknown.into_iter().find(|word| !WORDS.iter().chain(more).any(|known| known == word));
    unknown.map_or(Ok(()), |word| Err(Error::message(format!("`{word}` is no argument of a fragment"))))
}

fn with_piece<T>(
    arguments: &Kwargs,
    state: &State<'_>,
    timeout: Timeout,
    act: impl FnOnce(Piece<'_>) -> TeraResult<T>,
) -> TeraResult<T> {
    let name = arguments.must_get::<&str>("name")?;
    let (alias, version) = (arguments.get::<&str>("cache")?, arguments.get::<u32>("version")?);
    let named = described(name, timeout, alias, version).map_err(Error::message)?;
    let vary = arguments.get::<&[Value]>("vary")?.unwrap_or_default();
    let mut fault = Ok(());
    let piece = named.of_digest(|digest| fault = vary.iter().try_for_each(|value| put(value, digest)));
    fault?;
    let piece = piece.escaped(&escaping(state)?);
    act(piece.force_refresh(arguments.get::<bool>("force_refresh")?.unwrap_or_default()))
}

/// How this template escapes: what another has filled by other rules is no text for it.
///
/// An engine has one function for all that it escapes, which has no name: what it makes of these letters stands for it.
fn escaping(state: &State<'_>) -> TeraResult<Escaping> {
    const LETTERS: &str = "<>&\"'/{}";
    if !state.autoescaping_enabled() {
        return Ok(Escaping::Text);
    }
    let escaped = state.escape(LETTERS)?;
    let mut markup = Vec::new();
    ::tera::escape_html(LETTERS, &mut markup).map_err(Error::message)?;
    Ok(if escaped.as_bytes() == markup { Escaping::Markup } else { Escaping::Named(escaped) })
}

fn read_timeout(value: &Value) -> TeraResult<Timeout> {
    let read = if value.is_none() {
        Some(Timeout::NEVER)
    } else if let Some(seconds) = value.as_f64() {
        Some(timeout_of_seconds(seconds))
    } else {
        value.as_str().and_then(timeout_of_text)
    };
    read.ok_or_else(|| {
        Error::message(format!(
            "a timeout is seconds, text such as \"15m\", or none for ever, and not `{value}`"
        ))
    })
}

/// Puts a value into the digest, as Rust does with the value that it came from.
fn put(value: &Value, digest: &mut VaryDigest) -> TeraResult<()> {
    if value.is_undefined() {
        return Err(Error::message("a vary value is undefined"));
    } else if value.is_none() {
        digest.nothing();
    } else if let Some(boolean) = value.as_bool() {
        digest.boolean(boolean);
    } else if value.is_f64() {
        digest.float(value.as_f64().unwrap_or_default());
    } else if let Some(integer) = value.as_i128() {
        digest.integer(integer);
    } else if let Some(integer) = value.as_u128() {
        digest.natural(integer);
    } else if let Some(text) = value.as_str() {
        digest.text(text);
    } else if let Some(bytes) = value.as_bytes() {
        digest.bytes(bytes);
    } else if let Some(list) = value.as_array() {
        digest.list(list.len());
        list.iter().try_for_each(|part| put(part, digest))?;
    } else if let Some(map) = value.as_map() {
        let mut fault = Ok(());
        digest.map(map, |digest, (key, item)| {
            let pair = put(&key.as_value(), digest).and_then(|()| put(item, digest));
            if fault.is_ok() {
                fault = pair;
            }
        });
        fault?;
    } else {
        return Err(Error::message(format!("a fragment cannot vary on {}: use a field of it", value.name())));
    }
    Ok(())
}
