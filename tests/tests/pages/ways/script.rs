//! What the handler of a site answers: the same on every framework.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};

use crate::stage::Runs;

/// A handler in the words of no framework, and how often it has run.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) runs: Runs,
    handler: Arc<dyn Fn(Asked) -> Answering + Send + Sync>,
}

type Answering = Pin<Box<dyn Future<Output = Said> + Send>>;

/// A call of the handler, as an extractor of every framework.
pub(crate) struct Call {
    pub(super) script: Script,
    pub(super) uri: String,
    pub(super) headers: HeaderMap,
}

impl Call {
    /// Runs the handler: it has begun when this returns.
    pub(super) fn answer(self) -> Answering {
        let Self { script, uri, headers } = self;
        (script.handler)(Asked { run: script.runs.next(), uri, headers })
    }
}

/// What reaches the handler.
pub(crate) struct Asked {
    /// The number of this run.
    pub(crate) run: usize,
    pub(crate) uri: String,
    pub(crate) headers: HeaderMap,
}

impl Asked {
    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("it is text"))
    }

    /// The page that tells its URL and the number of its run.
    pub(crate) fn told(&self) -> Said {
        Said::page(format!("{} run {}", self.uri, self.run))
    }
}

/// What the handler answers.
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, HeaderValue)>,
    pub(crate) body: Content,
}

pub(crate) enum Content {
    Whole(Bytes),
    /// Parts, the last of which may be a failure, and how long they say they are together.
    Parts(Vec<Result<&'static str, &'static str>>, Option<u64>),
}

impl Said {
    pub(crate) fn page(body: impl Into<Bytes>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Whole(body.into()) }
    }

    pub(crate) fn parts(parts: &[Result<&'static str, &'static str>], length: Option<u64>) -> Self {
        Self { status: 200, headers: Vec::new(), body: Content::Parts(parts.to_vec(), length) }
    }

    pub(crate) fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub(crate) fn with(mut self, headers: &[(&'static str, &str)]) -> Self {
        for (name, value) in headers {
            let value = HeaderValue::from_bytes(value.as_bytes()).expect("it is a value");
            self.headers.push((name, value));
        }
        self
    }
}

impl Script {
    /// A handler that may wait.
    pub(crate) fn waiting<F>(handler: impl Fn(Asked) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Said> + Send + 'static,
    {
        Self { runs: Runs::default(), handler: Arc::new(move |asked| Box::pin(handler(asked))) }
    }

    pub(crate) fn of(handler: impl Fn(Asked) -> Said + Send + Sync + 'static) -> Self {
        Self::waiting(move |asked| ready(handler(asked)))
    }

    /// Each page tells its URL and the number of its run, with these headers.
    pub(crate) fn telling(headers: &'static [(&'static str, &'static str)]) -> Self {
        Self::of(move |asked| asked.told().with(headers))
    }

    /// The same with another status.
    pub(crate) fn telling_as(status: u16, headers: &'static [(&'static str, &'static str)]) -> Self {
        Self::of(move |asked| asked.told().with(headers).status(status))
    }
}
