//! Tests wait for an event or move a clock; what sleeps nevertheless stands here with its reason.

use syn::visit::{self, Visit};
use syn::{Expr, ExprCall, ExprMethodCall, ImplItemFn, ItemFn, ItemMod};

use super::source::{Finding, Source, is_for_tests};

/// Files whose tests may sleep, each with the reason.
const REASONS: &[(&str, &str)] = &[
    ("tests/tests/call/clock.rs", "the sleep is what is tested, and its wakers"),
    ("tests/tests/call/limits.rs", "a body that takes its time, by a clock that is moved"),
    ("cache-runtime/src/base/clock.rs", "the sleep is what is tested, by a clock that is moved"),
    ("cache-runtime/src/testing/faulty/mod.rs", "a delay is what it injects, by a clock that the test moves"),
    (
        "cache-runtime/src/testing/suite/stage.rs",
        "a store on a server lets entries expire by its own clock only",
    ),
    ("tests/tests/call/clock.rs", "a sleep is polled once, and whom the clock wakes is what is tested"),
    ("tests/tests/call/limits.rs", "a body takes its time, by a clock that the test moves"),
    ("tests/src/proxy.rs", "a slow server is what it plays"),
    ("tests/src/abandoning.rs", "callers leave at moments that are drawn, in microseconds of real time"),
    ("tests/tests/redis/runtimes.rs", "a runtime that nobody drives is left alone for a while"),
    ("tests/tests/redis/settings.rs", "a server that hangs goes on after a while that a limit allows for"),
    ("tests/tests/faults/servers.rs", "a server comes back when it does; until then it is asked again"),
    ("tests/tests/low_level/stage.rs", "a server expires by its own clock; until it has, it is asked again"),
];

pub(crate) fn sleeps(source: &Source) -> Vec<Finding> {
    if REASONS.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    all_sleeps(source)
}

/// The reasons whose files do not sleep.
pub(crate) fn needless(workspace: &[Source]) -> Vec<&'static str> {
    let sleeps =
        |path: &str| workspace.iter().any(|source| source.path == path && !all_sleeps(source).is_empty());
    REASONS.iter().map(|(path, _)| *path).filter(|path| !sleeps(path)).collect()
}

fn all_sleeps(source: &Source) -> Vec<Finding> {
    let tests_only = source.is_test || source.path.starts_with("cache-runtime/src/testing/");
    let mut finder = Finder { source, in_test: tests_only, findings: Vec::new() };
    if let Some(syntax) = source.syntax() {
        finder.visit_file(&syntax);
    }
    finder.findings
}

struct Finder<'a> {
    source: &'a Source,
    in_test: bool,
    findings: Vec<Finding>,
}

impl Finder<'_> {
    fn judge(&mut self, name: &syn::Ident) {
        if self.in_test && (name == "sleep" || name == "sleep_until") {
            let words =
                "a test waits for a while: wait for an event, move a clock, or state the reason in tidy";
            self.findings.push(self.source.finding(name.span(), words));
        }
    }

    fn inside(&mut self, is_test: bool, visit: impl FnOnce(&mut Self)) {
        let before = self.in_test;
        self.in_test |= is_test;
        visit(self);
        self.in_test = before;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_mod(&mut self, module: &'ast ItemMod) {
        self.inside(is_for_tests(&module.attrs), |finder| visit::visit_item_mod(finder, module));
    }

    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.inside(is_for_tests(&function.attrs), |finder| visit::visit_item_fn(finder, function));
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        self.inside(is_for_tests(&function.attrs), |finder| visit::visit_impl_item_fn(finder, function));
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        if let Expr::Path(function) = &*call.func
            && let Some(last) = function.path.segments.last()
        {
            self.judge(&last.ident);
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.judge(&call.method);
        visit::visit_expr_method_call(self, call);
    }
}
