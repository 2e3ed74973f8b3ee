//! `cache`: the alias of the cache.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, alias};

pub(crate) struct Cache;

impl Choice for Cache {
    fn name(&self) -> &'static str {
        "cache"
    }

    fn form(&self) -> &'static str {
        "cache = \"marketing\""
    }

    fn documentation(&self) -> &'static str {
        "The alias of the cache; left out, it is `default`. Where there is a `cache.toml`, it must define the alias."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.cache = Some(alias(self, word, input)?);
        Ok(())
    }
}
