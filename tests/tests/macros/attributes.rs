//! Attributes of the function: each goes where it belongs.

use std::sync::{Arc, Mutex};

use cache_runtime::cached;

use crate::stage::alone;

/// Documented, deprecated, and must be used.
#[cached(key = "old:{n}")]
#[deprecated = "use `new`"]
#[must_use]
fn old(n: u32) -> u32 {
    n
}

#[test]
#[expect(deprecated, reason = "the attribute is forwarded")]
fn deprecated_is_forwarded() {
    assert_eq!(alone(|| old(1)), 1);
}

#[test]
fn a_companion_of_a_deprecated_function_is_not_deprecated_itself() {
    assert_eq!(alone(|| old::refresh(1)), 1);
}

#[cached(key = "absent:{n}")]
#[cfg(any())]
fn conditional(n: u32) -> DoesNotExist {
    n
}

#[cached(key = "present:{n}")]
#[cfg(not(any()))]
fn conditional(n: u32) -> u32 {
    n
}

struct Conditional;

impl Conditional {
    #[cached(key = "absent method:{n}", ignore(self))]
    #[cfg(any())]
    fn method(&self, n: u32) -> DoesNotExist {
        n
    }

    #[cached(key = "present method:{n}", ignore(self))]
    #[cfg_attr(any(), cfg(any()))]
    fn method(&self, n: u32) -> u32 {
        n
    }
}

#[test]
fn a_condition_holds_for_everything_that_is_made() {
    let results = alone(|| (conditional(1), conditional::key(2).to_string(), Conditional.method(3)));

    assert_eq!(results, (1, "present:2".to_owned(), 3));
}

#[cached(key = "lint:{n}")]
#[allow(clippy::needless_return)]
#[expect(unused_variables, reason = "it speaks of the body")]
fn lints(n: u32) -> u32 {
    let unused = 5;
    return n;
}

#[test]
fn lint_levels_reach_the_body() {
    assert_eq!(alone(|| lints(1)), 1);
}

#[cached(key = "instrumented:{n}", ignore(secret))]
#[tracing::instrument(skip(secret))]
fn instrumented(n: u32, secret: &str) -> usize {
    secret.len() + usize::try_from(n).unwrap_or(0)
}

#[cached(key = "instrumented async:{n}")]
#[tracing::instrument(name = "spanned")]
async fn instrumented_async(n: u32) -> u32 {
    n
}

/// Collects the names of the spans that are opened.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<String>>>);

impl tracing::Subscriber for Spans {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        let mut names = self.0.lock().unwrap();
        names.push(span.metadata().name().to_owned());
        tracing::span::Id::from_u64(names.len() as u64)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, _: &tracing::Event<'_>) {}

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[test]
fn a_span_covers_hits_too() {
    let spans = Spans::default();

    tracing::subscriber::with_default(spans.clone(), || {
        alone(|| {
            let _ = (instrumented(1, "abc"), instrumented(1, "abc"));
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async { instrumented_async(1).await });
        });
    });

    assert_eq!(*spans.0.lock().unwrap(), ["instrumented", "instrumented", "spanned"]);
}
