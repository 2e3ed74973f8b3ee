//! `unless`: the values that are not stored.

use proc_macro2::Ident;
use syn::Expr;
use syn::parse::ParseStream;

use super::{Choice, Options, value};

pub(crate) struct Unless;

impl Choice for Unless {
    fn name(&self) -> &'static str {
        "unless"
    }

    fn form(&self) -> &'static str {
        "unless = |value| value.is_empty()"
    }

    fn documentation(&self) -> &'static str {
        "Does not store a value for which the closure returns `true`. It sees the value inside `Ok` or `Some`, by reference."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.unless = Some(value(self, word, input, |input| match input.parse()? {
            Expr::Closure(closure) if closure.inputs.len() == 1 => Ok(closure),
            other => {
                let text = format!(
                    "`unless` looks at the value: write `{}`; `when = …` looks at the arguments",
                    self.form()
                );
                Err(syn::Error::new_spanned(other, text))
            }
        })?);
        Ok(())
    }
}
