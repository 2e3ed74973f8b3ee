//! Fragments of `MiniJinja` templates: `{% call cache(500, "name", user.id) %}…{% endcall %}`.
//!
//! [`install`] brings the function `cache`. Its block is rendered on a miss only, and sees the variables around
//! it, those of a loop too. It nests.
//!
//! ```
//! use minijinja::{Environment, context};
//!
//! # fn main() -> Result<(), minijinja::Error> {
//! let mut environment = Environment::new();
//! cache_runtime::fragment::minijinja::install(&mut environment);
//! environment.add_template(
//!     "card.html",
//!     r#"{% call cache(500, "profile_card", user.id) %}<b>{{ user.name }}</b>{% endcall %}"#,
//! )?;
//!
//! let card = environment.get_template("card.html")?;
//! let ada = context! { user => context! { id => 7, name => "Ada & Co" } };
//! assert_eq!(card.render(ada)?, "<b>Ada &amp; Co</b>");
//!
//! let renamed = context! { user => context! { id => 7, name => "somebody else" } };
//! assert_eq!(card.render(renamed)?, "<b>Ada &amp; Co</b>");
//! # Ok(())
//! # }
//! ```
//!
//! # Arguments
//!
//! 1. How long the text is fresh: seconds, text (`"15m"`, `"500"`), or `none` for ever. What is zero or negative
//!    is not kept.
//! 2. The name.
//! 3. As many vary values as you like. One that is undefined is an error: it would show everybody the text of
//!    nobody.
//!
//! Templates that escape by different rules have texts of their own under one name: what `mail.txt` has filled without
//! escaping does not get into `page.html`.
//!
//! `cache="alias"` states the cache, `version=2` its version, `force_refresh=true` renders and stores although
//! there is a text.
//!
//! Arguments that are wrong, and an alias that no cache has, are errors of the template. No failure of a
//! store is one: then the block is rendered. An error inside of the block is the template's, and nothing is
//! stored.
//!
//! # Limits
//!
//! Templates are rendered synchronously: a fragment in a shared store is asked for on the thread that renders.
//! A safe string of `MiniJinja` owns its text, so that a hit in memory copies the text once where
//! escaping is on.

use ::minijinja::value::{Kwargs, Rest, ValueKind};
use ::minijinja::{AutoEscape, Environment, Error, ErrorKind, State, Value};

use super::bridge::{described, timeout_of_seconds, timeout_of_text};
use super::key::Escaping;
use super::text::Fragment;
use super::vary::VaryDigest;
use crate::base::entry::Timeout;

/// Adds the function `cache` to an environment.
pub fn install(environment: &mut Environment<'_>) {
    environment.add_function("cache", cache);
}

/// A safe string.
impl From<Fragment> for Value {
    fn from(fragment: Fragment) -> Self {
        Self::from_safe_string(fragment.into())
    }
}

/// The function `cache`, to be added under another name.
///
/// # Errors
///
/// Those of its arguments, and those of the block.
#[expect(clippy::needless_pass_by_value, reason = "the template engine hands its arguments over")]
pub fn cache(state: &mut State<'_, '_>, arguments: Rest<Value>, options: Kwargs) -> Result<Value, Error> {
    let block = options.get::<Option<Value>>("caller")?.ok_or_else(no_block)?;
    let alias = options.get::<Option<String>>("cache")?;
    let version = options.get::<Option<u32>>("version")?;
    let refreshes = options.get::<Option<bool>>("force_refresh")?.unwrap_or_default();
    options.assert_all_used()?;
    let [timeout, name, vary @ ..] = arguments.as_slice() else { return Err(few_arguments()) };
    let name =
        name.as_str().ok_or_else(|| invalid(format!("the name of a fragment is text, and not {name}")))?;

    let named = described(name, read_timeout(timeout)?, alias.as_deref(), version)
        .map_err(|error| invalid(error.to_string()).with_source(error))?;
    check_vary(name, vary)?;
    let mut fault = Ok(());
    let piece = named.of_digest(|digest| fault = vary.iter().try_for_each(|value| put(value, digest)));
    fault?;
    let piece = piece.escaped(&escaping(state)).force_refresh(refreshes);
    let text = piece.try_render(|| {
        let rendered = block.call(state, &[])?;
        rendered.to_str().map(Fragment::from).ok_or_else(no_block)
    })?;
    Ok(written(text, state))
}

/// How this template escapes: what another has filled by other rules is no text for it.
fn escaping(state: &State<'_, '_>) -> Escaping {
    match state.auto_escape() {
        AutoEscape::Html => Escaping::Markup,
        AutoEscape::None => Escaping::Text,
        // The feature of the engine that has JSON may be on or off.
        other => Escaping::Named(format!("{other:?}").to_ascii_lowercase()),
    }
}

/// The text as a block of this template is written: where nothing is escaped, no copy is needed.
fn written(text: Fragment, state: &State<'_, '_>) -> Value {
    match state.auto_escape() {
        AutoEscape::None => Value::from(text.into_shared()),
        _ => Value::from(text),
    }
}

fn no_block() -> Error {
    invalid("`cache` has a block: {% call cache(500, \"name\") %}…{% endcall %}".to_owned())
}

fn few_arguments() -> Error {
    let text = "`cache` takes a timeout and a name: {% call cache(500, \"name\", user.id) %}";
    Error::new(ErrorKind::MissingArgument, text)
}

fn invalid(text: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, text)
}

fn read_timeout(value: &Value) -> Result<Timeout, Error> {
    let read = match value.kind() {
        ValueKind::None => Some(Timeout::NEVER),
        ValueKind::Number => f64::try_from(value.clone()).ok().map(timeout_of_seconds),
        ValueKind::String => value.as_str().and_then(timeout_of_text),
        ValueKind::Undefined => {
            return Err(Error::new(ErrorKind::UndefinedError, "the timeout is undefined"));
        }
        _ => None,
    };
    read.ok_or_else(|| {
        invalid(format!("a timeout is seconds, text such as \"15m\", or none for ever, and not {value:?}"))
    })
}

/// A value that is not there would make one entry for all.
fn check_vary(name: &str, vary: &[Value]) -> Result<(), Error> {
    let Some(at) = vary.iter().position(Value::is_undefined) else { return Ok(()) };
    let text = format!("vary value {} of the fragment `{name}` is undefined", at + 1);
    Err(Error::new(ErrorKind::UndefinedError, text))
}

/// Puts a value into the digest, as Rust does with the value that it came from.
fn put(value: &Value, digest: &mut VaryDigest) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Undefined => {
            return Err(Error::new(ErrorKind::UndefinedError, "a part of a vary value is undefined"));
        }
        ValueKind::None => digest.nothing(),
        ValueKind::Bool => digest.boolean(value.is_true()),
        ValueKind::Number => put_number(value, digest)?,
        ValueKind::String => digest.text(value.as_str().unwrap_or_default()),
        ValueKind::Bytes => digest.bytes(value.as_bytes().unwrap_or_default()),
        ValueKind::Seq => {
            digest.list(value.len().unwrap_or_default());
            value.try_iter()?.try_for_each(|part| put(&part, digest))?;
        }
        ValueKind::Map => put_map(value, digest)?,
        kind => return Err(invalid(format!("a fragment cannot vary on {kind}: use a field of it"))),
    }
    Ok(())
}

fn put_number(value: &Value, digest: &mut VaryDigest) -> Result<(), Error> {
    if !value.is_integer() {
        digest.float(f64::try_from(value.clone())?);
    } else if let Ok(integer) = i128::try_from(value.clone()) {
        digest.integer(integer);
    } else {
        digest.natural(u128::try_from(value.clone())?);
    }
    Ok(())
}

fn put_map(value: &Value, digest: &mut VaryDigest) -> Result<(), Error> {
    let mut fault = Ok(());
    digest.map(value.try_iter()?, |digest, key| {
        let pair = value.get_item(&key).and_then(|item| put(&key, digest).and_then(|()| put(&item, digest)));
        if fault.is_ok() {
            fault = pair;
        }
    });
    fault
}
