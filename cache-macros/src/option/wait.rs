//! `wait`: how long a caller waits for another's computation.

use proc_macro2::Ident;
use syn::parse::ParseStream;

use super::{Choice, Options, period, value};

pub(crate) struct Wait;

impl Choice for Wait {
    fn name(&self) -> &'static str {
        "wait"
    }

    fn form(&self) -> &'static str {
        "wait = \"5s\""
    }

    fn documentation(&self) -> &'static str {
        "How long a caller waits for another's computation of the same key before it computes alone: seconds, a \
         `Duration`, or a text. Five seconds if left out; it is not zero."
    }

    fn read(&self, word: &Ident, input: ParseStream<'_>, options: &mut Options) -> syn::Result<()> {
        options.wait = Some(value(self, word, input, |input| period::read_constant(input, ZERO))?);
        Ok(())
    }
}

const ZERO: &str = "a wait of zero would let every caller compute at once, as if there were no cache; \
                    the shortest is \"1ms\"";
