//! `local`: keeps values in this process as they are.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, bare};

pub(crate) struct Local;

impl Choice for Local {
    fn name(&self) -> &'static str {
        "local"
    }

    fn form(&self) -> &'static str {
        "local"
    }

    fn documentation(&self) -> &'static str {
        "Keeps values in this process as they are: they need `Clone + Send + Sync + 'static`, and no serde. Only for caches \
         in memory."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.local = Some(bare(word, input)?);
        Ok(())
    }
}
