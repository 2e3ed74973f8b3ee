//! Options that are lengths of time.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Options, Row};
use crate::option::period::{self, Period};
use crate::option::{Given, value};

pub(super) const TIMEOUT: Row = Row {
    name: "timeout",
    form: "timeout = 60 * 15",
    documentation: "How long a page is fresh, whatever it says itself: seconds, a `Duration`, a `Timeout` (`Timeout::NEVER`), or a \
                    text such as `\"15m\"`; a name of a constant is as good as a number. It usually stands first, without its \
                    name. Left out, the cache's own timeout holds.",
    read: |row, word, input, options| set(&mut options.timeout, row, word, input),
};

pub(super) const ERROR_TIMEOUT: Row = Row {
    name: "error_timeout",
    form: "error_timeout = \"30s\"",
    documentation: "How long a page is fresh whose status is 400 or more, where `statuses` names that one. Left out, the page's \
                    timeout holds.",
    read: |row, word, input, options| set(&mut options.error_timeout, row, word, input),
};

pub(super) const CLIENT_TIMEOUT: Row = Row {
    name: "client_timeout",
    form: "client_timeout = 60",
    documentation: "How long browsers and other caches are told to keep a page, apart from how long the server does. What an \
                    invalidation cannot reach is then soon asked for again. With zero, browsers ask each time, and are told that \
                    their copy still holds (304) until the page is another: an edit that invalidates a page is seen at once.",
    read: |row, word, input, options| {
        options.client_timeout = Some(value::<_, Options>(row, word, input, read_told)?);
        Ok(())
    },
};

pub(super) const WAIT: Row = Row {
    name: "wait",
    form: "wait = \"5s\"",
    documentation: "How long a visitor waits for another's page of the same URL before the handler runs again: seconds, a \
                    `Duration`, or a text. Five seconds if left out.",
    read: |row, word, input, options| set(&mut options.wait, row, word, input),
};

pub(super) const STALE_WHILE_REVALIDATE: Row = Row {
    name: "stale_while_revalidate",
    form: "stale_while_revalidate = \"1m\"",
    documentation: "For so long after it was fresh, a page goes out at once, and the handler runs behind the visitor's back. \
                    Where the response says so itself, that counts.",
    read: |row, word, input, options| set(&mut options.stale_while_revalidate, row, word, input),
};

pub(super) const STALE_IF_ERROR: Row = Row {
    name: "stale_if_error",
    form: "stale_if_error = \"1d\"",
    documentation: "For so long after it was fresh, a page goes out where the handler answers with an error of the server (500 or \
                    more). Where the response says so itself, that counts.",
    read: |row, word, input, options| set(&mut options.stale_if_error, row, word, input),
};

fn set(
    place: &mut Option<Given<Period>>,
    row: &Row,
    word: &Ident,
    input: ParseStream<'_>,
) -> syn::Result<()> {
    *place = Some(value::<_, Options>(row, word, input, read)?);
    Ok(())
}

/// Reads a constant length of time.
pub(super) fn read(input: ParseStream<'_>) -> syn::Result<Period> {
    match period::read(input, ZERO)? {
        Period::OfValue(closure) => {
            let text = "a closure has nothing to look at: the times of a page are known before it is made; write a constant";
            Err(syn::Error::new_spanned(closure, text))
        }
        period => Ok(period),
    }
}

/// Reads what clients are told: they may be told to keep nothing.
fn read_told(input: ParseStream<'_>) -> syn::Result<Period> {
    period::read_none(input).map_or_else(|| read(input), Ok)
}

const ZERO: &str = "a time of zero would keep nothing; use `when = …` to leave the cache out, or remove the option or \
                    the attribute";
