//! URLs that describe a cache: the scheme names the backend, the query holds settings.

use crate::backend::{BACKENDS, Kind};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::fields::{Fields, Value};
use crate::base::nearest::{listed, unknown_of};

/// Reads `scheme://location?setting=value&…`; `place` is how messages call the URL, whose text they
/// do not show: it may hold a password.
pub(super) fn read(url: &str, place: &str) -> Result<Fields> {
    let kind = kind_of(url, place)?;
    let mut fields = Fields::new(place);
    fields.put("backend", Value::Text(kind.name.to_owned()));
    let (location, query) = url.split_once('?').unwrap_or((url, ""));
    if location.split_once("://").is_some_and(|(_, rest)| !rest.is_empty()) {
        fields.put("location", literal(location));
    }
    for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let (Some(name), Some(value)) = (decoded(name), decoded(value)) else {
            return Err(fields.fault("its query is not percent-encoded UTF-8"));
        };
        if ["backend", "location"].contains(&name.as_str()) {
            return Err(fields.fault(&format!("`{name}` stands before the query, not in it")));
        }
        fields.put(name, literal(&value));
    }
    Ok(fields)
}

/// Whether the scheme is that of some backend.
pub(super) fn has_known_scheme(url: &str) -> bool {
    url.split_once("://").is_some_and(|(scheme, _)| Kind::of_scheme(scheme).is_some())
}

fn kind_of(url: &str, place: &str) -> Result<&'static Kind> {
    let fault =
        |text: String| Error::new(ErrorKind::Settings, "settings").context(format!("{place}: {text}"));
    let known: Vec<_> = BACKENDS.iter().flat_map(|kind| kind.schemes).copied().collect();
    // Those with a `+` are shapes of others: `redis+cluster` of `redis`.
    let plain: Vec<_> = known.iter().copied().filter(|scheme| !scheme.contains('+')).collect();
    let Some((scheme, _)) = url.split_once("://") else {
        return Err(fault(format!("it has no scheme such as `memory://` (known: {})", listed(&plain))));
    };
    Kind::of_scheme(scheme).ok_or_else(|| fault(unknown_of("scheme", scheme, &known, &plain)))
}

/// Text in which no variable is filled in later, as it is in a file.
fn literal(text: &str) -> Value {
    Value::Text(text.replace("${", "$${"))
}

/// Undoes percent-encoding, and `+` for a space.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hexadecimal(rest.next()?)? << 4 | hexadecimal(rest.next()?)?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
