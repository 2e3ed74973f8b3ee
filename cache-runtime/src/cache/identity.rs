//! Who a function is where its key is derived: its path, and what tells it from others of the same path.

use std::any::{TypeId, type_name};
use std::sync::LazyLock;

use super::registration::descriptions;
use crate::base::key::{KeyBuf, digest};
use crate::base::table::Table;

/// The identity of one function: a type that stands where the function stands, for a function has no name
/// that a program could ask for.
///
/// The path of a type does not name the blocks that it stands in. So functions of one name in two arms of an
/// `if` have one path, and likewise those of two crates of one name: there the identity ends in a digest of
/// the type itself and of the function's text.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    path: fn() -> &'static str,
    place: TypeId,
    /// The function's own name, where the type stands beside the function or in its `impl`.
    name: Option<&'static str>,
    is_method: bool,
    text: u64,
}

impl Identity {
    /// A function beside which `Here` stands.
    pub const fn beside<Here: 'static>(name: &'static str, text: u64) -> Self {
        Self { name: Some(name), ..Self::inside::<Here>(text) }
    }

    /// A function inside of which `Here` stands.
    pub const fn inside<Here: 'static>(text: u64) -> Self {
        let (path, place) = (type_name::<Here> as fn() -> &'static str, TypeId::of::<Here>());
        Self { path, place, name: None, is_method: false, text }
    }

    /// A method beside the function in which `Here` stands; its key begins with the name of its type.
    pub const fn method<Here: 'static>(name: &'static str, text: u64) -> Self {
        Self { is_method: true, ..Self::beside::<Here>(name, text) }
    }

    /// A method inside of which `Here` stands; its key begins with the name of its type.
    pub const fn inside_method<Here: 'static>(text: u64) -> Self {
        Self { is_method: true, ..Self::inside::<Here>(text) }
    }

    /// Where it stands, as far as a path says it.
    pub(super) fn path(&self) -> String {
        let around = outer((self.path)());
        match self.name {
            Some(name) if self.is_method => format!("{}::{name}", outer(around)),
            Some(name) => format!("{around}::{name}"),
            None => around.to_owned(),
        }
    }

    /// What a derived key has of it: for a method, what follows the name of its type.
    pub(crate) fn text(&self) -> String {
        let mut text = match (self.is_method, self.name) {
            (true, Some(name)) => format!("::{name}"),
            (true, None) => format!("::{}", self.path()),
            (false, _) => self.path(),
        };
        if self.is_shared() {
            let mut key = KeyBuf::new();
            key.part(&digest(&(self.place, self.text)));
            text = format!("{text}#{}", key.into_key());
        }
        text
    }

    /// Whether another function of the program has the same path.
    pub(super) fn is_shared(&self) -> bool {
        static SHARED: LazyLock<Vec<String>> = LazyLock::new(shared_paths);
        SHARED.contains(&self.path())
    }
}

impl PartialEq for Identity {
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
    }
}

impl Eq for Identity {}

/// The path around an item: `shop::report` of `shop::report::Here`.
fn outer(path: &str) -> &str {
    path.rsplit_once("::").map_or("", |(outer, _)| outer)
}

/// The paths at which several functions of the program stand.
fn shared_paths() -> Vec<String> {
    let mut first = Table::new();
    let identities = descriptions().filter_map(|description| description.identity);
    let places = identities.map(|identity| (identity.path(), identity.place));
    places
        .filter(|(path, place)| first.or_insert(path.clone(), *place) != place)
        .map(|(path, _)| path)
        .collect()
}
