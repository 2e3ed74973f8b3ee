//! The type that an attribute would write for a handler, with a policy that a test says when it runs.

use std::future::Future;

use cache_runtime::page::{CachedPage, PageFunction, Policy};

tokio::task_local! {
    static PAGE: &'static PageFunction;
}

/// An attribute makes such a type for each handler; here one stands for all, and a site says whose it is now.
pub(super) enum Page {}

impl CachedPage for Page {
    fn page() -> &'static PageFunction {
        PAGE.get()
    }
}

/// What the attribute would write as a `static`.
pub(super) fn function(alias: &'static str, policy: fn() -> Policy) -> &'static PageFunction {
    Box::leak(Box::new(PageFunction::new("pages::page", alias, policy)))
}

/// Answers a request by handlers whose page this is.
pub(super) async fn within<F: Future>(page: &'static PageFunction, answering: F) -> F::Output {
    PAGE.scope(page, answering).await
}
