//! Words that must not stand in the tree: what is unfinished, what is ignored, and where a machine keeps things.

use proc_macro2::{TokenStream, TokenTree};
use syn::Attribute;
use syn::visit::Visit;

use super::source::{Finding, Source};

const UNFINISHED: &[&str] = &["todo", "unimplemented", "dbg"];

/// Folders of machines and hosts of registries; each in two halves, so that this list does not find itself.
const MACHINES: &[(&str, &str)] = &[
    ("/wo", "rk/"),
    ("/fa", "rm/"),
    ("/ro", "ot/"),
    ("/Use", "rs/"),
    ("crates", ".io"),
    ("py", "pi.org"),
    ("registry.np", "mjs"),
    ("deb.deb", "ian"),
];

pub(crate) fn unfinished(source: &Source) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let tokens = source.text.parse().expect("it was parsed before");
    let mut findings = Vec::new();
    find_calls(source, tokens, &mut findings);
    findings
}

/// Finds `word!` on every level, also within other macros.
fn find_calls(source: &Source, tokens: TokenStream, findings: &mut Vec<Finding>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_called = |next: Option<&TokenTree>| matches!(next, Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        match token {
            TokenTree::Group(group) => find_calls(source, group.stream(), findings),
            TokenTree::Ident(word)
                if UNFINISHED.iter().any(|name| word == name) && is_called(tokens.peek()) =>
            {
                findings.push(source.finding(word.span(), format!("`{word}!` is left")));
            }
            _ => {}
        }
    }
}

pub(crate) fn ignored(source: &Source) -> Vec<Finding> {
    let mut finder = Finder { source, findings: Vec::new() };
    if let Some(syntax) = source.syntax() {
        finder.visit_file(&syntax);
    }
    let untried = source.text.lines().enumerate().filter(|(_, line)| opens_ignored_example(line));
    finder.findings.extend(untried.map(|(at, _)| source.finding_on(at + 1, "the example is never compiled")));
    finder.findings
}

fn opens_ignored_example(line: &str) -> bool {
    let line = line.trim_start().trim_start_matches(['/', '!']).trim_start();
    line.strip_prefix("```").is_some_and(|words| words.split(',').any(|word| word.trim() == "ignore"))
}

struct Finder<'a> {
    source: &'a Source,
    findings: Vec<Finding>,
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("ignore") {
            let span = attribute.path().segments[0].ident.span();
            self.findings.push(self.source.finding(span, "the test is ignored"));
        }
    }
}

pub(crate) fn machines(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        let found =
            MACHINES.iter().map(|(head, tail)| format!("{head}{tail}")).find(|word| line.contains(word));
        findings.extend(found.map(|word| {
            source.finding_on(at + 1, format!("`{word}` is a place of one machine or a registry"))
        }));
    }
    findings
}
