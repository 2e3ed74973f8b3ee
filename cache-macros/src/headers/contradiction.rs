//! Directives of `#[cache_control]` of which one takes back what another says.

use syn::{Expr, ExprLit, Lit};

use super::option::{Added, Name, Value};
use crate::diagnostics::Diagnostics;

/// A directive, those that contradict it, and why.
type Row = (&'static str, &'static [&'static str], &'static str);

const CONTRADICTIONS: &[Row] = &[
    ("public", &["private"], "either every cache may keep it, or only the visitor's own"),
    (
        "no_store",
        &["public", "max_age", "s_maxage", "immutable", "stale_while_revalidate", "stale_if_error"],
        "what no cache keeps is not used again, fresh or stale",
    ),
    (
        "private",
        &["s_maxage"],
        "`s_maxage` is for caches that many share, and `private` forbids them to keep it",
    ),
    (
        "no_cache",
        &["immutable", "stale_while_revalidate"],
        "a cache either asks before every use, or it does not",
    ),
    (
        "must_revalidate",
        &["stale_while_revalidate", "stale_if_error"],
        "`must_revalidate` forbids every use of what is stale",
    ),
];

/// Complains about each directive that contradicts one before it.
///
/// With `must_understand`, `no_store` is for those caches that do not understand (RFC 9111 §5.2.2.3).
pub(super) fn check(directives: &[Added], diagnostics: &mut Diagnostics) {
    let is_for_some = directives.iter().any(|added| is_word(added, "must_understand"));
    let rows = CONTRADICTIONS.iter().filter(|(word, ..)| *word != "no_store" || !is_for_some);
    for (at, later) in directives.iter().enumerate() {
        for earlier in &directives[..at] {
            if let (Some(why), Name::Known(word)) = (contradiction(rows.clone(), earlier, later), &later.name)
            {
                let other = earlier.name.text();
                diagnostics.at(word, format!("`{word}` contradicts `{other}`: {why}; leave one of them out"));
            }
        }
    }
}

fn contradiction<'a>(
    mut rows: impl Iterator<Item = &'a Row>,
    one: &Added,
    other: &Added,
) -> Option<&'static str> {
    let says = |(word, others, _): &Row, one, other| {
        is_word(one, word) && others.iter().any(|word| is_word(other, word))
    };
    rows.find(|row| says(row, one, other) || says(row, other, one)).map(|(_, _, why)| *why)
}

/// Whether this directive is there for the whole response, and for some time: `private = "Age"` speaks of a field, and
/// `max_age = 0` of no time.
fn is_word(added: &Added, word: &str) -> bool {
    let Name::Known(name) = &added.name else { return false };
    name == word && !matches!(added.value, Value::Text(_)) && !is_zero(&added.value)
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Seconds(seconds) => *seconds == 0,
        Value::Time(time) => match &**time {
            Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits() == "0",
            // `Duration::ZERO`, and no constant of the user's own.
            Expr::Path(path) => {
                let mut backwards = path.path.segments.iter().rev().map(|segment| &segment.ident);
                backwards.next().is_some_and(|last| last == "ZERO")
                    && backwards.next().is_some_and(|of| of == "Duration")
            }
            _ => false,
        },
        Value::None | Value::Text(_) => false,
    }
}
