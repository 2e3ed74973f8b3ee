//! What registers itself at link time: every cached function and page of the program.

use super::identity::Identity;

/// Something that an attribute made, and that can say what it is.
pub trait Annotated: Sync {
    /// What it is, and what it did so far.
    fn describe(&self) -> Description;
}

/// One registered function; submitted by generated code.
pub struct Registration(pub &'static dyn Annotated);

inventory::collect!(Registration);

/// A cached function or page: what start-up checks, and tools list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Description {
    /// Its path: `"shop::reports::report"`.
    pub name: &'static str,
    /// The alias of its cache.
    pub alias: &'static str,
    /// Its key template as it is written; empty where the key is derived.
    pub key: &'static str,
    /// Who it is, where the key is derived.
    pub identity: Option<Identity>,
    /// The version in its final keys, if it states one.
    pub version: Option<u32>,
    /// The file it is written in.
    pub file: &'static str,
    /// The line there.
    pub line: u32,
    /// Its values stay in this process.
    pub local: bool,
    /// The settings that its attribute was checked against; `None` if there was no file.
    pub settings: Option<EmbeddedSettings>,
    /// Calls that were answered by the cache.
    pub hits: u64,
    /// Bodies that ran.
    pub computations: u64,
}

/// A settings file as it was at compile time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmbeddedSettings {
    /// Where it was.
    pub path: &'static str,
    /// What it said.
    pub text: &'static str,
}

impl Description {
    /// A function of this name in this cache, whose key is derived.
    #[must_use]
    pub fn new(name: &'static str, alias: &'static str) -> Self {
        let (key, identity, version, file, line) = ("", None, None, "", 0);
        let (local, settings, hits, computations) = (false, None, 0, 0);
        Self { name, alias, key, identity, version, file, line, local, settings, hits, computations }
    }

    /// Its key template as it is written.
    #[must_use]
    pub fn key(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    /// Who it is, where the key is derived.
    #[must_use]
    pub fn identity(self, identity: Option<Identity>) -> Self {
        Self { identity, ..self }
    }

    /// The version in its final keys.
    #[must_use]
    pub fn version(self, version: Option<u32>) -> Self {
        Self { version, ..self }
    }

    /// Where it is written.
    #[must_use]
    pub fn at(self, file: &'static str, line: u32) -> Self {
        Self { file, line, ..self }
    }

    /// Whether its values stay in this process.
    #[must_use]
    pub fn local(self, local: bool) -> Self {
        Self { local, ..self }
    }

    /// The settings that its attribute was checked against.
    #[must_use]
    pub fn settings(self, settings: Option<EmbeddedSettings>) -> Self {
        Self { settings, ..self }
    }

    /// What it did so far.
    #[must_use]
    pub fn counts(self, hits: u64, computations: u64) -> Self {
        Self { hits, computations, ..self }
    }

    /// Where it is written, as compilers say it: `src/reports.rs:12`.
    pub fn place(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// Everything that is registered in this program.
pub(crate) fn descriptions() -> impl Iterator<Item = Description> {
    inventory::iter::<Registration>.into_iter().map(|registration| registration.0.describe())
}
