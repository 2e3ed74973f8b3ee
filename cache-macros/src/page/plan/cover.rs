//! Why an argument cannot carry what is one visitor's own into a page of others.

use proc_macro2::Ident;

use crate::parse::argument::Argument;
use crate::plan::roles::has;

/// Why an argument cannot carry what is one visitor's own into a page of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cover {
    /// All that the handler sees of it is in the key, ignored, or the refresh flag.
    Named,
    /// The handler sees nothing of it: its pattern binds no name.
    Unseen,
    /// Its type says so, or the compiler refuses it.
    ByType,
}

/// How `argument` is covered, if these names are.
pub(super) fn of(argument: &Argument, covered: &[Ident]) -> Cover {
    match &argument.names[..] {
        [] => Cover::Unseen,
        names if names.iter().all(|name| has(covered, name)) => Cover::Named,
        _ => Cover::ByType,
    }
}
