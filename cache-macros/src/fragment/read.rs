//! Tokens → syntax: the timeout, the name, the words, and the block.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, Lit, LitStr, Token};

use super::block::{self, Block};
use super::option::{self, Options};
use crate::diagnostics::Diagnostics;
use crate::option::period::{KEEPS_NOTHING, Period, read_constant};

/// One use of the macro.
pub(crate) struct Invocation {
    pub(crate) timeout: Period,
    pub(crate) name: LitStr,
    pub(crate) options: Options,
    pub(crate) block: Block,
}

/// Reads everything; complains about all of it at once.
pub(crate) fn read(arguments: TokenStream, diagnostics: &mut Diagnostics) -> Option<Invocation> {
    let mut read = None;
    let parser = |input: ParseStream<'_>| {
        read = read_all(input, diagnostics);
        skip(input);
        Ok(())
    };
    parser.parse2(arguments).expect("the reader takes every token");
    read
}

fn read_all(input: ParseStream<'_>, diagnostics: &mut Diagnostics) -> Option<Invocation> {
    if is_missing(input) {
        return diagnostics.or_complain(Err(missing(input, "a fragment begins with its timeout")));
    }
    let timeout = diagnostics.or_complain(read_timeout(input));
    step(input, timeout.is_some(), diagnostics);
    if is_missing(input) {
        return diagnostics
            .or_complain(Err(missing(input, "after the timeout stands the name of the fragment")));
    }
    let name = diagnostics.or_complain(read_name(input));
    step(input, name.is_some(), diagnostics);
    let (mut options, mut seen) = (Options::default(), Vec::new());
    while option::comes_next(input) {
        let read = diagnostics.or_complain(option::read(input, &mut seen, &mut options));
        step(input, read.is_some(), diagnostics);
    }
    let block = diagnostics.or_complain(read_block(input)).and_then(|body| block::check(body, diagnostics));
    Some(Invocation { timeout: timeout?, name: name?, options, block: block? })
}

/// Whether neither the timeout nor the name comes next.
fn is_missing(input: ParseStream<'_>) -> bool {
    input.is_empty() || option::comes_next(input) || input.peek(syn::token::Brace)
}

fn missing(input: ParseStream<'_>, what: &str) -> syn::Error {
    syn::Error::new(input.span(), format!("{what}: {FORM}"))
}

/// Goes on behind the next comma; what stands before it is a fault, or the rest of one.
fn step(input: ParseStream<'_>, has_read: bool, diagnostics: &mut Diagnostics) {
    if has_read && !input.is_empty() && !input.peek(Token![,]) {
        diagnostics.push(input.error("expected `,`"));
    }
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>().expect("there is a token");
    }
    if input.peek(Token![,]) {
        input.parse::<Token![,]>().expect("it is a comma");
    }
}

fn skip(input: ParseStream<'_>) {
    while !input.is_empty() {
        input.parse::<proc_macro2::TokenTree>().expect("there is a token");
    }
}

const FORM: &str = "`fragment!(500, \"profile_card\", vary = [user.id], { … })`";

fn read_timeout(input: ParseStream<'_>) -> syn::Result<Period> {
    let ahead = input.fork();
    let expression: Expr = ahead.parse()?;
    if let Expr::Closure(closure) = &expression {
        return Err(syn::Error::new_spanned(
            closure,
            "the timeout of a fragment is a constant, and no closure",
        ));
    }
    check_zero(&expression)?;
    read_constant(input, KEEPS_NOTHING)
}

/// What reads timeouts of functions speaks of their options.
fn check_zero(expression: &Expr) -> syn::Result<()> {
    let is_zero = match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_digits() == "0",
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            humantime::parse_duration(&text.value()).is_ok_and(|period| period.as_millis() == 0)
        }
        _ => false,
    };
    if is_zero {
        let text = "a timeout of zero would keep nothing; render the block without the macro";
        return Err(syn::Error::new_spanned(expression, text));
    }
    Ok(())
}

fn read_name(input: ParseStream<'_>) -> syn::Result<LitStr> {
    let name: LitStr =
        input.parse().map_err(|_| missing(input, "the name of a fragment is a string literal"))?;
    if name.value().is_empty() {
        return Err(syn::Error::new(name.span(), "the name of a fragment is not empty"));
    }
    Ok(name)
}

fn read_block(input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.is_empty() {
        return Err(missing(input, "the last argument is the block that renders the text"));
    }
    let body = input.parse()?;
    if input.peek(Token![,]) {
        input.parse::<Token![,]>()?;
    }
    if input.is_empty() {
        return Ok(body);
    }
    if option::comes_next(input) {
        return Err(input.error("the block comes last; put this before it"));
    }
    Err(missing(input, "the block is the last argument"))
}
