//! `force_refresh`: computes although there is an entry.

use proc_macro2::Ident;
use syn::Expr;
use syn::Token;
use syn::parse::{Parse, ParseStream};

use super::{Choice, Given, Options, value};

pub(crate) struct ForceRefresh;

impl Choice for ForceRefresh {
    fn name(&self) -> &'static str {
        "force_refresh"
    }

    fn form(&self) -> &'static str {
        "force_refresh = options.fresh"
    }

    fn documentation(&self) -> &'static str {
        "Skips the lookup, computes and stores, if a `bool` holds: alone, an argument called `force_refresh`; with `=`, any \
         expression over the arguments. A flag argument is never part of the key, and counts as used in the body."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.force_refresh = Some(if input.peek(Token![=]) {
            let given = value(self, word, input, Expr::parse)?;
            Given { word: given.word, value: Some(given.value) }
        } else {
            Given { word: word.clone(), value: None }
        });
        Ok(())
    }
}
