//! `companions`: the name of the companions, or none.

use proc_macro2::Ident;
use syn::LitBool;
use syn::parse::ParseStream;

use super::{Choice, Options, value};

pub(crate) struct CompanionsOption;

/// What an attribute says of the companions.
#[derive(Clone)]
pub(crate) enum Companions {
    Named(Ident),
    None,
}

impl Choice for CompanionsOption {
    fn name(&self) -> &'static str {
        "companions"
    }

    fn form(&self) -> &'static str {
        "companions = name"
    }

    fn documentation(&self) -> &'static str {
        "Another name for the companions `key`, `invalidate`, `refresh`, `peek`, `set` and `uncached`, where the function's own \
         name is taken in the namespace of types (a module of that name, a crate, a primitive type). `companions = false` \
         makes none, which is needed inside the `impl` of a trait."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.companions = Some(value(self, word, input, read_companions)?);
        Ok(())
    }
}

/// Reads a name, or `false`.
pub(crate) fn read_companions(input: ParseStream<'_>) -> syn::Result<Companions> {
    if !input.peek(LitBool) {
        return Ok(Companions::Named(input.parse()?));
    }
    let literal: LitBool = input.parse()?;
    if literal.value {
        return Err(syn::Error::new(
            literal.span,
            "companions are made anyway; leave `companions = true` out",
        ));
    }
    Ok(Companions::None)
}
