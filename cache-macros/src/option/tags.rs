//! `tags`: names for invalidation that many entries share.

use proc_macro2::Ident;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{LitStr, Token, bracketed, token};

use super::{Choice, Options, needs, value};

pub(crate) struct Tags;

impl Choice for Tags {
    fn name(&self) -> &'static str {
        "tags"
    }

    fn form(&self) -> &'static str {
        "tags = [\"user:{id}\"]"
    }

    fn documentation(&self) -> &'static str {
        "Names that the entry carries, templates over the arguments like the key. `cache.invalidate_tag(\"user:7\")` makes \
         every entry that carries the tag a miss, by one write."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.tags = Some(value(self, word, input, |input| {
            if !input.peek(token::Bracket) {
                return Err(input.error(needs(self, "a list of string literals")));
            }
            let content;
            bracketed!(content in input);
            let tags = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
            if tags.is_empty() {
                return Err(syn::Error::new(word.span(), "`tags = []` names no tag; leave it out"));
            }
            Ok(tags.into_iter().collect())
        })?);
        Ok(())
    }
}
