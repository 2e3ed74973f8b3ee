//! The shape of files and functions: how they open, and how long they are.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, ImplItemFn, ItemFn, Signature, TraitItemFn};

use super::source::{Finding, Source};

const FILE_LIMIT: usize = 500;
const FUNCTION_LIMIT: usize = 60;

pub(crate) fn first_line(source: &Source) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let lines = source.text.lines().map_while(|line| line.strip_prefix("//! "));
    let paragraph = lines.collect::<Vec<_>>().join(" ");
    let objection = match paragraph.as_str() {
        "" => "the file does not open with `//!`",
        text if !text.ends_with('.') => "the first paragraph is no sentence",
        text if has_two_sentences(text) => "the first paragraph is more than one sentence",
        _ => return Vec::new(),
    };
    vec![source.finding_on(1, objection)]
}

/// A full stop, then a capital letter.
fn has_two_sentences(text: &str) -> bool {
    text.match_indices(". ").any(|(at, _)| text[at + 2..].starts_with(char::is_uppercase))
}

pub(crate) fn file_length(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if !source.is_rust() || lines <= FILE_LIMIT {
        return Vec::new();
    }
    vec![source.finding_on(FILE_LIMIT, format!("{lines} lines; a file has at most {FILE_LIMIT}"))]
}

pub(crate) fn function_length(source: &Source) -> Vec<Finding> {
    let mut finder = Finder { source, findings: Vec::new() };
    if let Some(syntax) = source.syntax() {
        finder.visit_file(&syntax);
    }
    finder.findings
}

struct Finder<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn measure(&mut self, signature: &Signature, body: &Block) {
        let lines = body.span().end().line - signature.span().start().line + 1;
        if lines >= FUNCTION_LIMIT {
            let words =
                format!("`{}` has {lines} lines; a function has less than {FUNCTION_LIMIT}", signature.ident);
            self.findings.push(self.source.finding(signature.span(), words));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.measure(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if let Some(body) = &function.default {
            self.measure(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}
