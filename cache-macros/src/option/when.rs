//! `when`: the condition under which the cache is used.

use proc_macro2::Ident;
use syn::Expr;
use syn::parse::{Parse, ParseStream};

use super::{Choice, Options, value};

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
        options.when = Some(value(self, word, input, Expr::parse)?);
        Ok(())
    }
}
