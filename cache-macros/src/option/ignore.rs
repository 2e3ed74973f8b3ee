//! `ignore`: the arguments that do not change the result.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Token, parenthesized, token};

use super::{Choice, Given, Options, needs};

pub(crate) struct Ignore;

impl Choice for Ignore {
    fn name(&self) -> &'static str {
        "ignore"
    }

    fn form(&self) -> &'static str {
        "ignore(db, self)"
    }

    fn documentation(&self) -> &'static str {
        "Arguments that do not change the result: connections, loggers, `self` of a repository. A type parameter that \
         does not change it is named here too. Calls that differ only there share an entry."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        if !input.peek(token::Paren) {
            return Err(syn::Error::new(word.span(), needs(self, "arguments in parentheses")));
        }
        let content;
        parenthesized!(content in input);
        let names = Punctuated::<Ident, Token![,]>::parse_terminated_with(&content, Ident::parse_any)?;
        if names.is_empty() {
            return Err(syn::Error::new(word.span(), "`ignore()` names no argument; leave it out"));
        }
        options.ignore = Some(Given { word: word.clone(), value: names.into_iter().collect() });
        Ok(())
    }
}
