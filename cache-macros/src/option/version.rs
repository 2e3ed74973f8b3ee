//! `version`: a part of the final key.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::{Expr, ExprLit, Lit};

use super::{Choice, Options, value};
use crate::parse::expression::bare;

pub(crate) struct Version;

impl Choice for Version {
    fn name(&self) -> &'static str {
        "version"
    }

    fn form(&self) -> &'static str {
        "version = 2"
    }

    fn documentation(&self) -> &'static str {
        "A part of the final key, instead of the cache's own version: raise it when the meaning of the values changes. A \
         change of their type needs nothing: it is noticed."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.version = Some(value(self, word, input, |input| match bare(input.parse()?) {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
                let advice = format!("a version is a number: write `{}`", self.form());
                Err(syn::Error::new(text.span(), advice))
            }
            other => Ok(other),
        })?);
        Ok(())
    }
}
