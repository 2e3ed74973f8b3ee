//! The start-up check: what is wrong with the settings and the annotations, before a caller meets it.

use std::fmt;

use super::identity::Identity;
use super::registration::Description;
use super::registry::{Caches, Origin};
use super::settings::{program, stale};
use super::{Cache, probe};
use crate::base::entry::Timeout;
use crate::base::error::{ErrorKind, Result, during};
use crate::base::sync::block_on;
use crate::base::table::Table;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// It works, perhaps not as meant.
    Warning,
    /// Something is not cached, or cannot be.
    Error,
}

/// One finding of [`Caches::check`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong, and what to do.
    pub text: String,
    /// Where: a file and line, a settings file, an alias.
    pub place: String,
}

impl Diagnostic {
    fn error(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Error, text: text.into(), place: place.into() }
    }

    pub(super) fn warning(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into(), place: place.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        write!(out, "{severity}: {}: {}", self.place, self.text)
    }
}

impl Caches {
    /// Examines the settings, every annotated function, every layer of pages that stands around a route by now, and
    /// whether every store answers and takes writes.
    ///
    /// Each cache is built and asked for one key of this call's own, `~check~…`, and a shared store is given an entry of it, which
    /// is removed again. So a program that calls this at its start learns at once what its callers would find out one by
    /// one: that a server is full, say, or a replica. An empty list means that all is well.
    /// Blocks for as long as the stores take to answer.
    ///
    /// # Example
    ///
    /// ```
    /// for finding in cache_runtime::caches().check() {
    ///     eprintln!("{finding}");
    /// }
    /// ```
    pub fn check(&self) -> Vec<Diagnostic> {
        if let Some(fault) = self.fault() {
            return vec![Diagnostic::error("settings", fault.reason())];
        }
        let functions = self.functions();
        let mut findings: Vec<_> = self.aliases().filter_map(|alias| self.unusable_store(alias)).collect();
        findings.extend(self.aliases().filter_map(|alias| self.keeping_nothing(alias)));
        findings.extend(functions.iter().filter_map(|function| self.misplaced(function)));
        #[cfg(any(feature = "tower", feature = "actix"))]
        findings.extend(super::layers::made().into_iter().filter_map(|layer| self.astray(layer)));
        findings.extend(clashes(&functions));
        findings.extend(functions.iter().filter_map(|function| self.unstable(function)));
        if self.origin() == Origin::File {
            findings.extend(stale::finding(!functions.is_empty()));
        }
        if self.origin() != Origin::Code {
            let odd = program::odd_variables(self).into_iter();
            findings.extend(odd.map(|(name, text)| Diagnostic::warning(name, text)));
        }
        findings
    }

    /// The cache cannot be built, cannot write its values, or its store does not answer, or takes no writes.
    fn unusable_store(&self, alias: &str) -> Option<Diagnostic> {
        let key = probe::key();
        let text = match self.get(alias).and_then(|cache| answering(cache, &key)) {
            Ok(cache) => format!("its store takes no writes: {}", block_on(cache.try_writing(&key)).err()?),
            Err(error) if error.kind() == ErrorKind::Settings => error.reason(),
            Err(error) => error.to_string(),
        };
        Some(Diagnostic::error(format!("cache `{alias}`"), text))
    }

    /// What states no timeout of its own is not kept.
    fn keeping_nothing(&self, alias: &str) -> Option<Diagnostic> {
        let is_zero = self.get(alias).ok()?.core().common.timeout.life(Timeout::Never).is_none();
        let text = "its `timeout` is zero, so what states none of its own is not kept; `backend = \"dummy\"` keeps nothing at all";
        is_zero.then(|| Diagnostic::warning(format!("cache `{alias}`"), text))
    }

    /// The function names a cache that is not there, or that cannot keep its values.
    fn misplaced(&self, function: &Description) -> Option<Diagnostic> {
        if !self.knows(function.alias) {
            let reason = self.unknown_alias(function.alias).reason();
            return Some(Diagnostic::error(function.place(), format!("`{}`: {reason}", function.name)));
        }
        let cache = self.get(function.alias).ok()?;
        let keeps = cache.local().is_some() || !cache.core().backend.capability().keeps;
        (function.local && !keeps).then(|| {
            let text = format!(
                "`{}` is `local`, and the cache `{}` ({}) is not in this process: it runs uncached",
                function.name,
                function.alias,
                cache.core().backend.name()
            );
            Diagnostic::error(function.place(), text)
        })
    }
}

#[cfg(any(feature = "tower", feature = "actix"))]
impl Caches {
    /// The layer names a cache that is not there.
    fn astray(&self, layer: super::layers::Layer) -> Option<Diagnostic> {
        let reason = (!self.knows(&layer.alias)).then(|| self.unknown_alias(&layer.alias).reason())?;
        Some(Diagnostic::error(layer.place, format!("a layer of pages: {reason}")))
    }
}

/// The cache, if its values can be written, and its store answers.
fn answering(cache: Cache, key: &str) -> Result<Cache> {
    if cache.local().is_none() {
        cache.encoding().check()?;
    }
    block_on(cache.has_key(key)).map_err(during("check"))?;
    Ok(cache)
}

impl Caches {
    /// The derived key has a digest that changes with the compiler, and outlives the program in its store.
    fn unstable(&self, function: &Description) -> Option<Diagnostic> {
        let identity = function.identity.filter(Identity::is_shared)?;
        if self.get(function.alias).is_ok_and(|cache| cache.local().is_some()) {
            return None;
        }
        let text = format!(
            "`{}` and another cached function stand at one path, `{}`: a digest tells their derived keys apart, which \
             may change from build to build; give them a `key` of their own",
            function.name,
            identity.path()
        );
        Some(Diagnostic::warning(function.place(), text))
    }
}

/// Functions whose keys may be the same text in the same cache: whatever their placeholders are called.
fn clashes(functions: &[Description]) -> Vec<Diagnostic> {
    let mut first: Table<_, &Description> = Table::new();
    let mut findings = Vec::new();
    for function in functions.iter().filter(|function| !function.key.is_empty()) {
        let other = *first.or_insert((function.alias, function.version, shape_of(function.key)), function);
        // One generic function may be there several times.
        if (other.file, other.line) != (function.file, function.line) {
            findings.push(clash(other, function));
        }
    }
    findings
}

/// A template with `{}` in the place of every placeholder.
fn shape_of(template: &str) -> String {
    let (mut shape, mut rest) = (String::new(), template.chars().peekable());
    while let Some(letter) = rest.next() {
        shape.push(letter);
        if letter != '{' {
            continue;
        }
        // `{{` stands for itself.
        if rest.next_if_eq(&'{').is_none() {
            rest.by_ref().find(|letter| *letter == '}');
            shape.push('}');
        }
    }
    shape
}

fn clash(first: &Description, second: &Description) -> Diagnostic {
    let (name, key, alias) = (second.name, second.key, second.alias);
    let text = format!(
        "`{name}` has the key \"{key}\" in the cache `{alias}`, and `{}` has \"{}\" ({}): each may answer for the other",
        first.name,
        first.key,
        first.place()
    );
    Diagnostic::warning(second.place(), text)
}

#[cfg(all(test, not(loom), not(feature = "zstd")))]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::backend::memory::Memory;
    use crate::base::setup::Compression;

    #[test]
    fn a_compression_that_is_not_compiled_in_is_found() {
        let store = crate::testing::FaultyBackend::memory(&crate::base::clock::Clock::system()).as_shared();
        let shared = crate::backend::custom::Custom::new(std::sync::Arc::new(store));
        let shared = shared.compression(Compression::Zstd).timeout(Duration::from_secs(1));
        let local = Memory::new().compression(Compression::Zstd);
        let caches = Caches::builder().add("shared", shared).add("local", local).build().unwrap();

        let found = caches.check();

        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].text.contains("`zstd`"), "{found:?}");
    }
}
