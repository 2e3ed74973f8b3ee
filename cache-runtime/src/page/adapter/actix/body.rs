//! Bodies of actix: passed through as they come, or shared bytes.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::error::Error as StdError;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::HttpResponse;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;

use crate::page::handler::{Body, Reading};

/// The body of a response on the path of a page, with what else the handler has said.
pub(super) struct PageBody {
    /// The handler's response but for its body: its error, its extensions, how its connection goes on. A page has
    /// none of it, since it is for many.
    head: Option<Box<HttpResponse<()>>>,
    content: Content,
}

enum Content {
    /// Bytes that are shared with the cache.
    Shared(Bytes),
    /// As the handler sends it.
    Handler(BoxBody),
    /// The service inside has failed, and there is no body.
    Raised(actix_web::Error),
}

impl PageBody {
    /// A handler's response in two parts, as it is.
    pub(super) fn of_handler(head: HttpResponse<()>, body: BoxBody) -> Self {
        Self { head: Some(Box::new(head)), content: Content::Handler(body) }
    }

    /// The error of a service: no page is made of it.
    pub(super) fn raised(error: actix_web::Error) -> Self {
        Self { head: None, content: Content::Raised(error) }
    }

    /// Takes the error of the service, if this stands for one.
    pub(super) fn into_error(self) -> Result<Self, actix_web::Error> {
        match self.content {
            Content::Raised(error) => Err(error),
            _ => Ok(self),
        }
    }

    /// Head and body for actix. The body of a page that goes out without its bytes still tells how many they
    /// are: actix writes `Content-Length` by the body alone.
    pub(super) fn into_parts(self, announced: Option<u64>) -> (Option<HttpResponse<()>>, BoxBody) {
        let body = match (self.content, announced) {
            (Content::Shared(bytes), Some(length)) if bytes.is_empty() => BoxBody::new(Unsent(length)),
            (Content::Shared(bytes), _) => BoxBody::new(bytes),
            (Content::Handler(body), _) => body,
            (Content::Raised(_), _) => BoxBody::new(()),
        };
        (self.head.map(|head| *head), body)
    }
}

impl Body for PageBody {
    type Reading = Pin<Box<dyn Future<Output = Reading<Self>>>>;

    fn size(&self) -> Option<u64> {
        match &self.content {
            Content::Shared(bytes) => Some(bytes.len() as u64),
            Content::Handler(body) => known(body.size()),
            Content::Raised(_) => None,
        }
    }

    fn read(self, limit: usize) -> Self::Reading {
        let Self { head, content } = self;
        match content {
            Content::Handler(body) => Box::pin(async move {
                match read(body, limit).await {
                    Ok(bytes) => Reading::Whole(bytes),
                    Err(body) => Reading::Passed(Self { head, content: Content::Handler(body) }),
                }
            }),
            content => Box::pin(std::future::ready(Reading::Passed(Self { head, content }))),
        }
    }

    fn whole(bytes: Bytes) -> Self {
        Self { head: None, content: Content::Shared(bytes) }
    }
}

pub(super) fn known(size: BodySize) -> Option<u64> {
    match size {
        BodySize::None => Some(0),
        BodySize::Sized(size) => Some(size),
        BodySize::Stream => None,
    }
}

/// Reads a body; whatever does not come to its end within the limit, and as long as it said, is handed on.
pub(super) async fn read(body: BoxBody, limit: usize) -> Result<Bytes, BoxBody> {
    let said = known(body.size());
    let mut rest = match body.try_into_bytes() {
        Ok(bytes) if bytes.len() <= limit => return Ok(bytes),
        Ok(bytes) => return Err(BoxBody::new(bytes)),
        Err(rest) => rest,
    };
    let mut read = VecDeque::new();
    let mut length = 0_usize;
    loop {
        match poll_fn(|context| Pin::new(&mut rest).poll_next(context)).await {
            None if said.is_none_or(|said| said == length as u64) => return Ok(joined(read, length)),
            // Cut off before its end: it ends there for the client as well, who has been told more.
            None => return Err(BoxBody::new(Begun { read, rest: Rest::Ended, said })),
            Some(Err(error)) => {
                return Err(BoxBody::new(Begun { read, rest: Rest::Failed(Some(error)), said }));
            }
            Some(Ok(bytes)) => {
                length += bytes.len();
                read.push_back(bytes);
            }
        }
        if length > limit {
            return Err(BoxBody::new(Begun { read, rest: Rest::Open(rest), said }));
        }
    }
}

fn joined(parts: VecDeque<Bytes>, length: usize) -> Bytes {
    if parts.len() <= 1 {
        return parts.into_iter().next().unwrap_or_default();
    }
    let mut whole = Vec::with_capacity(length);
    for part in parts {
        whole.extend_from_slice(&part);
    }
    whole.into()
}

/// What was read of a body, and then the rest.
struct Begun {
    read: VecDeque<Bytes>,
    rest: Rest,
    /// How long the whole said it is.
    said: Option<u64>,
}

enum Rest {
    Open(BoxBody),
    Failed(Option<Box<dyn StdError>>),
    Ended,
}

impl MessageBody for Begun {
    type Error = Box<dyn StdError>;

    fn size(&self) -> BodySize {
        self.said.map_or(BodySize::Stream, BodySize::Sized)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if let Some(bytes) = self.read.pop_front() {
            return Poll::Ready(Some(Ok(bytes)));
        }
        match &mut self.rest {
            Rest::Open(rest) => Pin::new(rest).poll_next(context),
            Rest::Failed(error) => Poll::Ready(error.take().map(Err)),
            Rest::Ended => Poll::Ready(None),
        }
    }
}

/// A body of which only the length is told.
struct Unsent(u64);

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
