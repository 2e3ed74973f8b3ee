//! `tags`: names for invalidation that many entries share.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, texts};

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
        options.tags = Some(texts(self, word, input)?);
        Ok(())
    }
}
