//! `ignore`: the arguments that do not change the result.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, arguments};

pub(crate) struct Ignore;

impl Choice for Ignore {
    fn name(&self) -> &'static str {
        "ignore"
    }

    fn form(&self) -> &'static str {
        "ignore(db, self)"
    }

    fn documentation(&self) -> &'static str {
        "Arguments that do not change the result: connections, loggers, `self` of a repository. A type parameter that \
         does not change it is named here too. Calls that differ only there share an entry."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.ignore = Some(arguments(self, word, input)?);
        Ok(())
    }
}
