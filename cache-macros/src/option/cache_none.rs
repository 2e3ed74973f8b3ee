//! `cache_none`: stores `None` too.

use proc_macro2::Ident;
use syn::Token;
use syn::parse::ParseStream;

use super::{Choice, Given, Options, period, value};

pub(crate) struct CacheNone;

impl Choice for CacheNone {
    fn name(&self) -> &'static str {
        "cache_none"
    }

    fn form(&self) -> &'static str {
        "cache_none = \"30s\""
    }

    fn documentation(&self) -> &'static str {
        "Stores `None` too; with `=`, for a time of its own. Otherwise only `Some` is stored."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.cache_none = Some(if input.peek(Token![=]) {
            let given = value(self, word, input, |input| period::read_constant(input, ZERO))?;
            Given { word: given.word, value: Some(given.value) }
        } else {
            Given { word: word.clone(), value: None }
        });
        Ok(())
    }
}

const ZERO: &str = "a timeout of zero would keep no `None`; leave `cache_none` out";
