//! The files of the workspace.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proc_macro2::Span;
use syn::{Attribute, Item, Meta};

/// Programs of the compiler's own tests and kept expansions: some of it wrong on purpose.
const SNAPSHOTS: &[&str] = &["tests/ui/", "tests/expand/"];

/// What a rule objects to, and where.
#[derive(Debug)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    words: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}: {}", self.path, self.line, self.words)
    }
}

/// A text file.
pub(crate) struct Source {
    /// From the root of the workspace, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// The whole file is compiled for tests only.
    pub(crate) is_test: bool,
}

impl Source {
    /// A file with this text.
    pub(crate) fn new(path: &str, text: String) -> Self {
        Self { is_test: path.starts_with("tests/"), path: path.to_owned(), text }
    }

    /// Whether it is prose, whose examples are compiled where an attribute takes it for its documentation.
    pub(crate) fn is_markdown(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|ending| ending == "md")
    }

    /// Whether it is Rust that should be right: not data for the compiler's own tests.
    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path).extension().is_some_and(|ending| ending == "rs")
            && !SNAPSHOTS.iter().any(|folder| self.path.starts_with(folder))
    }

    /// The parsed file; nothing if it is no Rust. (Parsed anew each time: a syntax tree stays in its thread.)
    pub(crate) fn syntax(&self) -> Option<syn::File> {
        let parse = || syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path));
        self.is_rust().then(parse)
    }

    /// A finding on the line where `span` begins.
    pub(crate) fn finding(&self, span: Span, words: impl Into<String>) -> Finding {
        self.finding_on(span.start().line, words)
    }

    /// A finding on this line, counted from one.
    pub(crate) fn finding_on(&self, line: usize, words: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, words: words.into() }
    }

    /// The module that the file is, as names from the root of its crate; `None` outside of `src` of `package`.
    pub(crate) fn module_in(&self, package: &str) -> Option<Vec<String>> {
        let inside = self.path.strip_prefix(package)?.strip_prefix("/src/")?.strip_suffix(".rs")?;
        let mut names: Vec<_> = inside.split('/').map(str::to_owned).collect();
        if matches!(names.last().map(String::as_str), Some("mod" | "lib")) {
            names.pop();
        }
        Some(names)
    }
}

/// Every text file of the workspace.
pub(crate) fn workspace() -> &'static [Source] {
    static WORKSPACE: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let mut paths = BTreeSet::new();
        collect(&root(), &mut paths);
        let mut sources: Vec<_> = paths.iter().filter_map(|path| read(path)).collect();
        mark_test_files(&mut sources);
        sources
    });
    &WORKSPACE
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace").to_owned()
}

/// Whether these attributes hide an item from all but tests.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test") || (attribute.path().is_ident("cfg") && wants_test(&attribute.meta))
    })
}

/// `cfg(test)` or `cfg(all(test, …))`; not `cfg(any(test, …))` or `cfg(not(test))`.
fn wants_test(cfg: &Meta) -> bool {
    let Meta::List(list) = cfg else { return cfg.path().is_ident("test") };
    if !list.path.is_ident("cfg") && !list.path.is_ident("all") {
        return false;
    }
    let parse = syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated;
    list.parse_args_with(parse).is_ok_and(|inner| inner.iter().any(wants_test))
}

fn collect(folder: &Path, paths: &mut BTreeSet<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_symlink() || name == ".git" || name.starts_with("target") || name == "Cargo.lock" {
            continue;
        }
        if path.is_dir() {
            collect(&path, paths);
        } else {
            paths.insert(path);
        }
    }
}

/// `None` if it is no text.
fn read(path: &Path) -> Option<Source> {
    let text = String::from_utf8(fs::read(path).expect("the file can be read")).ok()?;
    let relative = path.strip_prefix(root()).expect("a path below the root");
    Some(Source::new(&relative.to_string_lossy().replace('\\', "/"), text))
}

/// Marks the files behind `#[cfg(test)] mod name;`.
fn mark_test_files(sources: &mut [Source]) {
    let modules: Vec<_> = sources.iter().flat_map(test_modules).collect();
    for source in sources {
        source.is_test |= modules.iter().any(|module| {
            source.path == format!("{module}.rs") || source.path.starts_with(&format!("{module}/"))
        });
    }
}

/// The paths, without their ending, of the test modules that a file declares.
fn test_modules(source: &Source) -> Vec<String> {
    // One that cannot be parsed is told of by the rules.
    let Some(syntax) = syn::parse_file(&source.text).ok().filter(|_| source.is_rust()) else {
        return Vec::new();
    };
    let stem = source.path.strip_suffix(".rs").expect("a Rust file");
    let folder = ["/mod", "/lib", "/main"].iter().find_map(|end| stem.strip_suffix(end)).unwrap_or(stem);
    let modules = syntax.items.iter().filter_map(|item| match item {
        Item::Mod(module) if module.content.is_none() && is_for_tests(&module.attrs) => Some(&module.ident),
        _ => None,
    });
    modules.map(|name| format!("{folder}/{name}")).collect()
}
