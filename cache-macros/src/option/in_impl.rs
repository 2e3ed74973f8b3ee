//! `in_impl`: an associated function that neither takes `self` nor says `Self`.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, bare};

pub(crate) struct InImpl;

impl Choice for InImpl {
    fn name(&self) -> &'static str {
        "in_impl"
    }

    fn form(&self) -> &'static str {
        "in_impl"
    }

    fn documentation(&self) -> &'static str {
        "Says that the function stands in an `impl` block, where its signature does not show it by `self` or `Self`."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.in_impl = Some(bare(word, input)?);
        Ok(())
    }
}
