//! What a policy chooses between: whose word counts, which parameters, which visitors.

use crate::base::entry::Timeout;

/// Where the lifetime of a page comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    /// From here, whatever the response says.
    Here(Timeout),
    /// From the response, or else from here.
    Default(Timeout),
    /// From the response alone.
    Explicit,
}

/// Which parameters of the query count for the key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Query {
    /// All.
    All,
    /// These.
    Only(Vec<String>),
    /// All but these; a name that ends in `*` stands for all that begin so.
    Except(Vec<String>),
}

/// Which visitors may share a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Visitors {
    /// The types of the extractors have decided it.
    Typed,
    /// All, whatever credentials they bring.
    All,
    /// Those without `Authorization` whose cookies are all among these.
    Without {
        /// Names of harmless cookies; one that ends in `*` stands for all that begin so.
        harmless: Vec<String>,
    },
    /// Those without `Authorization` and without one of these cookies.
    WithoutSession(Vec<String>),
}

/// Whether one of the names, or a pattern `name*` among them, is the text.
pub(crate) fn names_match(names: &[String], text: &str) -> bool {
    names.iter().any(|name| match name.strip_suffix('*') {
        Some(beginning) => text.starts_with(beginning),
        None => name == text,
    })
}
