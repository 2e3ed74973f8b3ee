//! Lengths of time, as several options take them.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Expr, ExprClosure, ExprLit, Lit, LitStr};

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

/// Reads a length of time.
pub(crate) fn read(input: ParseStream<'_>) -> syn::Result<Period> {
    read_unless_zero(input, ZERO)
}

/// As [`read`], with what is to be said of a length of zero.
pub(crate) fn read_unless_zero(input: ParseStream<'_>, zero: &str) -> syn::Result<Period> {
    if input.peek(LitStr) {
        return read_text(&input.parse()?, zero);
    }
    let expression = bare(input.parse()?);
    match &expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.base10_digits() == "0" => {
            Err(syn::Error::new(number.span(), zero))
        }
        Expr::Closure(closure) => Ok(Period::OfValue(closure.clone())),
        _ => Ok(Period::Constant(expression)),
    }
}

/// As [`read`], where there is no value for a closure to look at.
pub(crate) fn read_constant(input: ParseStream<'_>) -> syn::Result<Period> {
    match read(input)? {
        Period::OfValue(closure) => {
            Err(syn::Error::new_spanned(closure, "a closure decides about values only: give it to `timeout`"))
        }
        period => Ok(period),
    }
}

fn read_text(text: &LitStr, zero: &str) -> syn::Result<Period> {
    let period = humantime::parse_duration(&text.value()).map_err(|fault| {
        let advice = "write a number and a unit, such as \"90s\", \"15m\" or \"1h 30m\"";
        syn::Error::new(
            text.span(),
            format!("\"{}\" is not a length of time: {fault}; {advice}", text.value()),
        )
    })?;
    if period < Duration::from_millis(1) {
        return Err(syn::Error::new(text.span(), zero));
    }
    Ok(Period::Text(period))
}

const ZERO: &str = "a timeout of zero would keep nothing; \
                    use `when = …` or `unless = …` to leave the cache out, or remove the attribute";
