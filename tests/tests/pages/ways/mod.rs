//! The four ways in which a page is cached, and one site that each of them serves.

mod actix;
mod axum;
mod dressed;
mod page;
mod script;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use cache_runtime::page::{ConditionalPages, Policy};
use futures_util::{Stream, StreamExt};
use http::{HeaderMap, Request, StatusCode};

pub(crate) use dressed::Dress;
pub(crate) use script::{Said, Script};

use crate::stage::{Answer, Stage};

/// What stands between visitors and a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    AxumAttribute,
    AxumLayer,
    ActixAttribute,
    ActixMiddleware,
}

/// The site in the midst of one framework: a request goes in, a response comes out.
pub(crate) trait App {
    fn answer(&self, request: Request<()>) -> Pin<Box<dyn Future<Output = Opened>>>;
}

/// A response whose body nobody has read.
pub(crate) struct Opened {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Pin<Box<dyn Stream<Item = Result<bytes::Bytes, String>>>>,
}

impl Opened {
    /// Reads the body to its end, which it must have.
    pub(crate) async fn read(mut self) -> Answer {
        let mut body = Vec::new();
        while let Some(part) = self.body.next().await {
            body.extend_from_slice(&part.expect("the body comes to its end"));
        }
        Answer { status: self.status, headers: self.headers, body: body.into() }
    }
}

impl Way {
    /// A site whose pages are cached as `policy` says, in the cache `default` of a stage of its own.
    ///
    /// It answers every URL by one handler; under `/first` and `/second` stands the same cached handler, nested. A service
    /// outside of the cache numbers the requests in `x-number`.
    pub(crate) async fn site(self, policy: fn() -> Policy, script: Script) -> Site {
        self.site_on(Rc::new(Stage::new()), policy, script).await
    }

    /// The same on a stage that is there already.
    pub(crate) async fn site_on(self, stage: Rc<Stage>, policy: fn() -> Policy, script: Script) -> Site {
        self.site_in("default", stage, policy, script).await
    }

    /// The same in another cache.
    pub(crate) async fn site_in(
        self,
        alias: &'static str,
        stage: Rc<Stage>,
        policy: fn() -> Policy,
        script: Script,
    ) -> Site {
        let app: Rc<dyn App> = match self {
            Self::AxumAttribute => Rc::new(axum::attribute(page::function(alias, policy), script.clone())),
            Self::AxumLayer => Rc::new(axum::layer(policy().cache(alias), script.clone())),
            Self::ActixAttribute => {
                Rc::new(actix::attribute(page::function(alias, policy), script.clone()).await)
            }
            Self::ActixMiddleware => Rc::new(actix::middleware(policy().cache(alias), script.clone()).await),
        };
        Site { stage, script, app }
    }

    /// A site without a cache, whose pages are dressed by an attribute or by a layer.
    pub(crate) async fn dressed(self, dress: Dress, script: Script) -> Site {
        let is_attribute = self.is_attribute();
        let app: Rc<dyn App> = match self {
            Self::AxumAttribute | Self::AxumLayer => {
                Rc::new(axum::dress(dress, is_attribute, script.clone()))
            }
            Self::ActixAttribute | Self::ActixMiddleware => {
                Rc::new(actix::dress(dress, is_attribute, script.clone()).await)
            }
        };
        Site { stage: Rc::new(Stage::new()), script, app }
    }

    /// A site without a cache, whose pages are given tags by a layer: no attribute does that alone.
    pub(crate) async fn conditional(self, pages: ConditionalPages, script: Script) -> Site {
        let app: Rc<dyn App> = match self {
            Self::AxumAttribute | Self::AxumLayer => Rc::new(axum::conditional(pages, script.clone())),
            Self::ActixAttribute | Self::ActixMiddleware => {
                Rc::new(actix::conditional(pages, script.clone()).await)
            }
        };
        Site { stage: Rc::new(Stage::new()), script, app }
    }

    /// A site whose pages are compressed outside of the cache, by what leaves their tags alone.
    pub(crate) async fn packed(self, script: Script) -> Site {
        let app: Rc<dyn App> = match self {
            Self::AxumAttribute | Self::AxumLayer => Rc::new(axum::packed(script.clone())),
            Self::ActixAttribute | Self::ActixMiddleware => Rc::new(actix::packed(script.clone()).await),
        };
        Site { stage: Rc::new(Stage::new()), script, app }
    }

    /// Whether extractors have read the request before the cache is asked: their types tell who may share a page, and
    /// the request that the handler sees cannot be changed any more.
    pub(crate) fn is_attribute(self) -> bool {
        matches!(self, Self::AxumAttribute | Self::ActixAttribute)
    }
}

/// A site, its caches and its clock.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) stage: Rc<Stage>,
    script: Script,
    app: Rc<dyn App>,
}

impl Site {
    pub(crate) async fn get(&self, uri: &str) -> Answer {
        self.ask("GET", uri, &[]).await
    }

    pub(crate) async fn get_with(&self, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", uri, headers).await
    }

    pub(crate) async fn ask(&self, method: &str, uri: &str, headers: &[(&str, &str)]) -> Answer {
        self.within(async { self.open(method, uri, headers).await.read().await }).await
    }

    /// A response whose body nobody has read, from within the caches of the site.
    pub(crate) async fn open(&self, method: &str, uri: &str, headers: &[(&str, &str)]) -> Opened {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.within(self.app.answer(request.body(()).expect("it is a request"))).await
    }

    /// A visit of `/page` as a task of its own: its text.
    pub(crate) fn visit(&self, headers: &'static [(&'static str, &'static str)]) -> Visit {
        let site = self.clone();
        actix_web::rt::spawn(async move { site.get_with("/page", headers).await.text().to_owned() })
    }

    /// Whatever is done with the caches of the site.
    pub(crate) async fn within<F: Future>(&self, doing: F) -> F::Output {
        self.stage.run(doing).await
    }

    /// How often the handler has run.
    pub(crate) fn runs(&self) -> usize {
        self.script.runs.count()
    }

    pub(crate) fn pass_secs(&self, seconds: u64) {
        self.stage.pass_secs(seconds);
    }
}

/// A visit that goes on by itself.
pub(crate) type Visit = actix_web::rt::task::JoinHandle<String>;

/// Waits for what another task must do.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::task::yield_now().await;
    }
}

/// Runs a row, which ends in a minute or has failed.
pub(crate) async fn run(row: impl Future<Output = ()>) {
    tokio::time::timeout(Duration::from_mins(1), row).await.expect("a row ends");
}

/// Rows of the tables, each as a test of its own for each way: `<row>::axum_layer`.
macro_rules! rows {
    ($($(#[$documentation:meta])* async fn $name:ident($way:ident) $body:block)*) => {$(
        mod $name {
            use super::*;

            $(#[$documentation])*
            async fn row($way: Way) $body

            #[actix_web::test]
            async fn axum_attribute() {
                crate::ways::run(Box::pin(row(Way::AxumAttribute))).await;
            }

            #[actix_web::test]
            async fn axum_layer() {
                crate::ways::run(Box::pin(row(Way::AxumLayer))).await;
            }

            #[actix_web::test]
            async fn actix_attribute() {
                crate::ways::run(Box::pin(row(Way::ActixAttribute))).await;
            }

            #[actix_web::test]
            async fn actix_middleware() {
                crate::ways::run(Box::pin(row(Way::ActixMiddleware))).await;
            }
        }
    )*};
}

pub(crate) use rows;
