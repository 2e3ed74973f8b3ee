//! `version`: a part of the final key.

use proc_macro2::Ident;
use syn::Expr;
use syn::parse::{Parse, ParseStream};

use super::{Choice, Options, value};

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
        options.version = Some(value(self, word, input, Expr::parse)?);
        Ok(())
    }
}
