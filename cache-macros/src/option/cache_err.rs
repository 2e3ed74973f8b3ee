//! `cache_err`: stores `Err` too.

use proc_macro2::Ident;
use syn::Token;
use syn::parse::ParseStream;

use super::{Choice, Given, Options, period, value};

pub(crate) struct CacheErr;

impl Choice for CacheErr {
    fn name(&self) -> &'static str {
        "cache_err"
    }

    fn form(&self) -> &'static str {
        "cache_err = \"30s\""
    }

    fn documentation(&self) -> &'static str {
        "Stores `Err` too; with `=`, for a time of its own. The error must then be storable as a value is. Otherwise only `Ok` is stored."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.cache_err = Some(if input.peek(Token![=]) {
            let given = value(self, word, input, |input| period::read_constant(input, ZERO))?;
            Given { word: given.word, value: Some(given.value) }
        } else {
            Given { word: word.clone(), value: None }
        });
        Ok(())
    }
}

const ZERO: &str = "a timeout of zero would keep no `Err`; leave `cache_err` out";
