//! `timeout`: how long a value is fresh.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, period, value};

pub(crate) struct Timeout;

impl Choice for Timeout {
    fn name(&self) -> &'static str {
        "timeout"
    }

    fn form(&self) -> &'static str {
        "timeout = 60 * 15"
    }

    fn documentation(&self) -> &'static str {
        "How long a value is fresh: seconds, a `Duration`, a `Timeout` (`Timeout::NEVER`), a text such as `\"15m\"`, or a \
         closure over the value that returns one of the first three. A name of a constant is as good as a number. Left \
         out, the cache's own timeout holds."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.timeout = Some(value(self, word, input, |input| period::read(input, period::KEEPS_NOTHING))?);
        Ok(())
    }
}
