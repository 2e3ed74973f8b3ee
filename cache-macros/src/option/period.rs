//! Lengths of time, as several options take them.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative;
use syn::{Expr, ExprClosure, ExprLit, ExprUnary, Lit, LitStr, Token, UnOp};

use crate::parse::expression::bare;

/// A length of time.
#[derive(Clone)]
pub(crate) enum Period {
    /// `"15m"`, read at compile time.
    Text(Duration),
    /// Seconds, a `Duration` or a `Timeout`: a constant.
    Constant(Expr),
    /// A closure over the value.
    OfValue(ExprClosure),
}

/// Reads a length of time, or a closure over the value; `zero` is what there is to say of none at all.
pub(crate) fn read(input: ParseStream<'_>, zero: &str) -> syn::Result<Period> {
    if input.peek(LitStr) {
        return read_text(&input.parse()?, zero);
    }
    let expression = bare(input.parse()?);
    match &expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.base10_digits() == "0" => {
            Err(syn::Error::new(number.span(), zero))
        }
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => {
            Err(syn::Error::new(number.span(), format!("`{number}` is no whole number of seconds; {ADVICE}")))
        }
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), .. }) => {
            Err(syn::Error::new_spanned(&expression, format!("a length of time is not negative; {ADVICE}")))
        }
        Expr::Closure(closure) => Ok(Period::OfValue(closure.clone())),
        _ => Ok(Period::Constant(expression)),
    }
}

/// A length of time that is none, if that is what stands there: `0`, `"0s"`.
pub(crate) fn read_none(input: ParseStream<'_>) -> Option<Period> {
    let ahead = input.fork();
    let is_none = match ahead.parse().ok()? {
        Lit::Int(number) => number.base10_digits() == "0",
        Lit::Str(text) => parse(&text.value()).is_ok_and(|period| period.is_zero()),
        _ => false,
    };
    let stands_alone = ahead.is_empty() || ahead.peek(Token![,]);
    (is_none && stands_alone).then(|| {
        input.advance_to(&ahead);
        Period::Text(Duration::ZERO)
    })
}

/// As [`read`], where there is no value for a closure to look at.
pub(crate) fn read_constant(input: ParseStream<'_>, zero: &str) -> syn::Result<Period> {
    match read(input, zero)? {
        Period::OfValue(closure) => {
            Err(syn::Error::new_spanned(closure, "a closure decides about values only: give it to `timeout`"))
        }
        period => Ok(period),
    }
}

/// Whether a text says a length of time.
pub(crate) fn is_period(text: &str) -> bool {
    parse(text).is_ok()
}

fn read_text(text: &LitStr, zero: &str) -> syn::Result<Period> {
    let period = parse(&text.value()).map_err(|fault| {
        let text_of = text.value();
        syn::Error::new(text.span(), format!("\"{text_of}\" is not a length of time: {fault}; {ADVICE}"))
    })?;
    if period < Duration::from_millis(1) {
        return Err(syn::Error::new(text.span(), zero));
    }
    Ok(Period::Text(period))
}

/// A number and a unit, or seconds alone, as in `cache.toml`.
fn parse(text: &str) -> Result<Duration, humantime::DurationError> {
    match text.parse() {
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
        Err(_) => humantime::parse_duration(text),
    }
}

const ADVICE: &str = "write seconds, or text with a unit, such as \"90s\", \"1500ms\" or \"1h 30m\"";

/// What there is to say of a `timeout` of zero.
pub(crate) const KEEPS_NOTHING: &str = "a timeout of zero would keep nothing; \
                    use `when = …` or `unless = …` to leave the cache out, or remove the attribute";
