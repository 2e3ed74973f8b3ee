//! Bodies of HTTP services: passed through as they come, or shared bytes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::BodyExt;

use crate::page::handler::{Body, Reading};

/// The body of a response that may come from the cache.
pub struct PageBody<B: HttpBody>(Inner<B>);

enum Inner<B: HttpBody> {
    /// Bytes that are shared with the cache; `None` once they were sent.
    Shared(Option<Bytes>),
    /// No bytes, and no word of how many: axum would make a `Content-Length` of it.
    Nothing,
    /// As the handler sends it.
    Handler(Pin<Box<B>>),
    /// What was read of it, and then the rest.
    Begun(VecDeque<Frame<Bytes>>, Pin<Box<B>>),
    /// What was read of it, and how it failed then.
    Failed(VecDeque<Frame<Bytes>>, Option<B::Error>),
    /// What was read of it, and how many bytes it has said besides and not sent: so the client can tell.
    CutOff(VecDeque<Frame<Bytes>>, u64),
}

impl<B: HttpBody> PageBody<B> {
    /// A handler's body, as it is.
    pub fn of_handler(body: B) -> Self {
        Self(Inner::Handler(Box::pin(body)))
    }
}

/// Nothing in it is borrowed or pinned in place: the handler's body has a box of its own.
impl<B: HttpBody> Unpin for PageBody<B> {}

impl<B: HttpBody<Data = Bytes>> HttpBody for PageBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut self.0 {
            Inner::Shared(bytes) => Poll::Ready(
                bytes.take().filter(|bytes| !bytes.is_empty()).map(|bytes| Ok(Frame::data(bytes))),
            ),
            Inner::Nothing => Poll::Ready(None),
            Inner::Handler(body) => body.as_mut().poll_frame(context),
            Inner::Begun(frames, rest) => match frames.pop_front() {
                Some(frame) => Poll::Ready(Some(Ok(frame))),
                None => rest.as_mut().poll_frame(context),
            },
            Inner::Failed(frames, error) => {
                Poll::Ready(frames.pop_front().map(Ok).or_else(|| error.take().map(Err)))
            }
            Inner::CutOff(frames, _) => Poll::Ready(frames.pop_front().map(Ok)),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Inner::Shared(bytes) => bytes.as_ref().is_none_or(Bytes::is_empty),
            Inner::Nothing => true,
            Inner::Handler(body) => body.is_end_stream(),
            Inner::Begun(frames, rest) => frames.is_empty() && rest.is_end_stream(),
            Inner::Failed(frames, error) => frames.is_empty() && error.is_none(),
            Inner::CutOff(..) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Inner::Shared(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Inner::Handler(body) => body.size_hint(),
            Inner::Nothing | Inner::Failed(..) => SizeHint::new(),
            Inner::CutOff(frames, missing) => {
                SizeHint::with_exact(length_of(frames).saturating_add(*missing))
            }
            Inner::Begun(frames, rest) => {
                let read = length_of(frames);
                let hint = rest.size_hint();
                let mut whole = SizeHint::new();
                whole.set_lower(hint.lower().saturating_add(read));
                if let Some(upper) = hint.upper() {
                    whole.set_upper(upper.saturating_add(read));
                }
                whole
            }
        }
    }
}

impl<B> Body for PageBody<B>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    type Reading = Pin<Box<dyn Future<Output = Reading<Self>> + Send>>;

    fn size(&self) -> Option<u64> {
        self.size_hint().exact()
    }

    fn read(self, limit: usize) -> Self::Reading {
        match self.0 {
            Inner::Handler(body) => Box::pin(read(body, limit)),
            other => Box::pin(std::future::ready(Reading::Passed(Self(other)))),
        }
    }

    fn whole(bytes: Bytes) -> Self {
        Self(Inner::Shared(Some(bytes)))
    }

    fn none() -> Self {
        Self(Inner::Nothing)
    }
}

/// Reads a body frame by frame; whatever is not plain bytes to the end within the limit is handed on.
async fn read<B>(mut body: Pin<Box<B>>, limit: usize) -> Reading<PageBody<B>>
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Send,
{
    let said = body.size_hint().exact();
    let mut frames = VecDeque::new();
    let mut length = 0_usize;
    loop {
        let frame = match body.frame().await {
            None => return ended(frames, length, said),
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Reading::Passed(PageBody(Inner::Failed(frames, Some(error)))),
        };
        length += frame.data_ref().map_or(0, Bytes::len);
        let is_plain = frame.is_data();
        frames.push_back(frame);
        if !is_plain || length > limit {
            return Reading::Passed(PageBody(Inner::Begun(frames, body)));
        }
    }
}

/// A body that has come to its end: the whole of it, unless it has said that it is longer.
fn ended<B: HttpBody>(
    frames: VecDeque<Frame<Bytes>>,
    length: usize,
    said: Option<u64>,
) -> Reading<PageBody<B>> {
    match said.and_then(|said| said.checked_sub(length as u64)) {
        Some(missing @ 1..) => Reading::Passed(PageBody(Inner::CutOff(frames, missing))),
        _ => Reading::Whole(joined(frames, length)),
    }
}

fn length_of(frames: &VecDeque<Frame<Bytes>>) -> u64 {
    frames.iter().filter_map(Frame::data_ref).map(Bytes::len).sum::<usize>() as u64
}

fn joined(frames: VecDeque<Frame<Bytes>>, length: usize) -> Bytes {
    let mut parts = frames.into_iter().filter_map(|frame| frame.into_data().ok());
    match (parts.next(), parts.next()) {
        (None, _) => Bytes::new(),
        (Some(only), None) => only,
        (Some(first), Some(second)) => {
            let mut whole = Vec::with_capacity(length);
            for part in [first, second].into_iter().chain(parts) {
                whole.extend_from_slice(&part);
            }
            whole.into()
        }
    }
}
