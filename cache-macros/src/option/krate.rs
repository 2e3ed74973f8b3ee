//! `crate`: where the runtime crate is.

use proc_macro2::Ident;
use syn::Path;
use syn::parse::ParseStream;

use super::{Choice, Options, value};

pub(crate) struct Crate;

impl Choice for Crate {
    fn name(&self) -> &'static str {
        "crate"
    }

    fn form(&self) -> &'static str {
        "crate = ::runtime"
    }

    fn documentation(&self) -> &'static str {
        "Where the runtime crate is, if `Cargo.toml` gives it another name or it is reached through another crate."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.krate = Some(value(self, word, input, Path::parse_mod_style)?);
        Ok(())
    }
}
