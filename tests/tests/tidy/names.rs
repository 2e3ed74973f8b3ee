//! Finds every path that a file names, outside of its tests, and resolves it as far as its words tell.

use std::collections::BTreeSet;

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Item, ItemMod, ItemUse, Macro, Path, UseTree, Visibility};

use super::source::{Source, is_for_tests};

/// A path as it stands in the source.
pub(crate) struct Named {
    /// Its words; `crate`, `self` and `super` are kept.
    pub(crate) words: Vec<String>,
    /// Where it begins.
    pub(crate) span: Span,
    /// The module around it, from the root of the crate.
    pub(crate) module: Vec<String>,
}

impl Named {
    /// The path from the root of the crate; `None` if it does not begin with `crate`, `self` or `super`.
    pub(crate) fn path_from_root(&self) -> Option<Vec<String>> {
        let mut at = match self.words.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        let ups = self.words.iter().take_while(|word| matches!(word.as_str(), "crate" | "self" | "super"));
        let (ups, first) = (ups.clone().filter(|word| *word == "super").count(), ups.count());
        at.truncate(at.len().saturating_sub(ups));
        at.extend_from_slice(&self.words[first..]);
        Some(at)
    }
}

/// What a file names, and what its first words may mean besides crates.
pub(crate) struct Names {
    pub(crate) named: Vec<Named>,
    /// Names that the file declares or imports from its own crate: such a first word is no foreign crate.
    pub(crate) own: BTreeSet<String>,
}

/// Everything that `source`, which is the module `module`, names outside of its tests.
pub(crate) fn names_of(source: &Source, module: Vec<String>) -> Names {
    let mut finder = Finder { module, names: Names { named: Vec::new(), own: BTreeSet::new() } };
    if let Some(syntax) = source.syntax() {
        finder.visit_file(&syntax);
    }
    let Names { named, own } = &mut finder.names;
    own.extend(
        named
            .iter()
            .filter(|name| name.path_from_root().is_some())
            .filter_map(|name| name.words.last().cloned()),
    );
    finder.names
}

struct Finder {
    module: Vec<String>,
    names: Names,
}

impl Finder {
    fn add(&mut self, words: Vec<String>, span: Span) {
        self.names.named.push(Named { words, span, module: self.module.clone() });
    }

    fn flatten(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &dyn ToString| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.flatten(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.add(with(&name.ident), name.span()),
            UseTree::Glob(glob) => self.add(before.to_vec(), glob.span()),
            UseTree::Group(group) => group.items.iter().for_each(|item| self.flatten(item, before)),
            UseTree::Rename(rename) => {
                self.names.own.insert(rename.rename.to_string());
                self.add(with(&rename.ident), rename.span());
            }
        }
    }

    /// Paths among the tokens of a macro, which nothing has parsed.
    fn search(&mut self, tokens: TokenStream) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let mut index = 0;
        while index < tokens.len() {
            let words = path_at(&tokens[index..]);
            match &tokens[index] {
                TokenTree::Group(group) => self.search(group.stream()),
                token if words.len() > 1 => self.add(words.clone(), token.span()),
                _ => {}
            }
            index += (words.len() * 3).saturating_sub(2).max(1);
        }
    }
}

/// The words of `a::b::c` at the start of these tokens.
fn path_at(tokens: &[TokenTree]) -> Vec<String> {
    let mut words = Vec::new();
    for (index, step) in tokens.chunks(3).enumerate() {
        let Some(TokenTree::Ident(word)) = step.first() else { break };
        debug_assert_eq!(index, words.len());
        words.push(word.to_string());
        let goes_on = step.len() == 3
            && step[1..]
                .iter()
                .all(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':'));
        if !goes_on {
            break;
        }
    }
    words
}

impl<'ast> Visit<'ast> for Finder {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes_of(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.names.own.insert(module.ident.to_string());
        self.module.push(module.ident.to_string());
        visit::visit_item_mod(self, module);
        self.module.pop();
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.flatten(&item.tree, &[]);
    }

    /// `pub(crate)` names nothing that is used.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast Path) {
        let words = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.add(words, path.span());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        visit::visit_macro(self, item);
        self.search(item.tokens.clone());
    }
}

fn attributes_of(item: &Item) -> &[syn::Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
