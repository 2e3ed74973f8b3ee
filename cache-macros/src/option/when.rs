//! `when`: the condition under which the cache is used.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit};

use super::{Choice, Options, value};
use crate::parse::expression::bare;

pub(crate) struct When;

impl Choice for When {
    fn name(&self) -> &'static str {
        "when"
    }

    fn form(&self) -> &'static str {
        "when = year < 2026"
    }

    fn documentation(&self) -> &'static str {
        "Uses the cache for this call only if the expression over the arguments holds; otherwise the body runs, and \
         nothing is looked up or stored."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.when = Some(value(self, word, input, |input| {
            condition(
                input,
                "the arguments: write `when = year < 2026`; `unless = |value| …` looks at the value",
            )
        })?);
        Ok(())
    }
}

/// Reads an expression that is a condition; neither a closure nor a text is one, over whatever `advice` says.
pub(crate) fn condition(input: ParseStream<'_>, advice: &str) -> syn::Result<Expr> {
    match bare(input.parse()?) {
        other @ (Expr::Closure(_) | Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => {
            Err(syn::Error::new_spanned(other, format!("`when` takes a `bool` expression over {advice}")))
        }
        other => Ok(other),
    }
}
