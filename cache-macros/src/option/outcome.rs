//! `outcome`: what a return type is that does not say so itself.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, value};

pub(crate) struct OutcomeOption;

/// What a return type is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Plain,
    Option,
    Result,
}

impl Choice for OutcomeOption {
    fn name(&self) -> &'static str {
        "outcome"
    }

    fn form(&self) -> &'static str {
        "outcome = plain"
    }

    fn documentation(&self) -> &'static str {
        "What the return type is, `plain`, `option` or `result`, where it is a type parameter or a projection. Otherwise the \
         type itself decides, through aliases."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.outcome = Some(value(self, word, input, |input| {
            let name: Ident = input.parse()?;
            match name.to_string().as_str() {
                "plain" => Ok(Outcome::Plain),
                "option" => Ok(Outcome::Option),
                "result" => Ok(Outcome::Result),
                _ => Err(syn::Error::new(
                    name.span(),
                    format!("`{name}` is not an outcome; there are `plain`, `option` and `result`"),
                )),
            }
        })?);
        Ok(())
    }
}
