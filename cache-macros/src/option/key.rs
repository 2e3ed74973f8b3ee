//! `key`: the template of the key.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, text};

pub(crate) struct Key;

impl Choice for Key {
    fn name(&self) -> &'static str {
        "key"
    }

    fn form(&self) -> &'static str {
        "key = \"user:{id}\""
    }

    fn documentation(&self) -> &'static str {
        "The key: literal text, and expressions over the arguments in braces. Two placeholders stand apart by a \
         character that no rendered value contains (`:`, `/`, `|`, `@`, …). Every argument is in the key, or ignored, or \
         the refresh flag. Left out, the key is the function's own path, its type parameters, and every argument in order."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.key = Some(text(self, word, input)?);
        Ok(())
    }
}
