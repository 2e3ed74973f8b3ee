//! Lengths of time, as several options take them.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Expr, ExprClosure, ExprLit, Lit, LitStr};

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

/// Reads a constant length of time.
pub(crate) fn read(input: ParseStream<'_>) -> syn::Result<Period> {
    if input.peek(LitStr) {
        return read_text(&input.parse()?);
    }
    let expression: Expr = input.parse()?;
    match &expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) if number.base10_digits() == "0" => {
            Err(syn::Error::new(number.span(), ZERO))
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

fn read_text(text: &LitStr) -> syn::Result<Period> {
    let period = humantime::parse_duration(&text.value()).map_err(|fault| {
        let advice = "write a number and a unit, such as \"90s\", \"15m\" or \"1h 30m\"";
        syn::Error::new(
            text.span(),
            format!("\"{}\" is not a length of time: {fault}; {advice}", text.value()),
        )
    })?;
    if period < Duration::from_millis(1) {
        return Err(syn::Error::new(text.span(), ZERO));
    }
    Ok(Period::Text(period))
}

const ZERO: &str = "a timeout of zero would keep nothing; \
                    use `when = …` or `unless = …` to leave the cache out, or remove the attribute";
