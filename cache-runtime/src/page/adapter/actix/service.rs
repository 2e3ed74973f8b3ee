//! The service inside a middleware, as the handler of a page.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{
    HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, RANGE,
};
use actix_web::{Error, HttpRequest};
use bytes::Bytes;
use event_listener::{Event, EventListener};
use http::{Response, StatusCode};

use super::body::PageBody;
use super::{convert, tasks};
use crate::page::handler::{Ask, AskedAsSent, Handler};
use crate::page::{Begun, PageRequest, Refresh, Visit, begin, go_on};

/// What makes an answer for one client alone.
const CONDITIONS: [HeaderName; 6] =
    [IF_MATCH, IF_NONE_MATCH, IF_MODIFIED_SINCE, IF_UNMODIFIED_SINCE, IF_RANGE, RANGE];

/// Where a request stays while it is decided whether the service is asked.
///
/// A request of actix can be changed, and be routed further inside, only while there is no clone of it. So there is
/// none here: the service gets the request itself, and the answer brings it back.
pub(super) struct Seat {
    request: RefCell<Option<ServiceRequest>>,
    /// The request stays for a page that is made anew behind the visitor's back.
    is_kept: Cell<bool>,
    /// A service outside of this middleware holds clones of its requests.
    are_held: Rc<Cell<bool>>,
    departure: Event,
}

impl Seat {
    pub(super) fn of(request: ServiceRequest, are_held: Rc<Cell<bool>>) -> Rc<Self> {
        let request = RefCell::new(Some(request));
        Rc::new(Self { request, is_kept: Cell::new(false), are_held, departure: Event::new() })
    }

    fn take(&self) -> Option<ServiceRequest> {
        self.request.borrow_mut().take()
    }

    fn put(&self, request: HttpRequest) {
        *self.request.borrow_mut() = Some(ServiceRequest::from_request(request));
    }

    /// Keeps the request; what is returned ends when the visitor has no more need of it.
    fn keep(&self) -> EventListener {
        self.is_kept.set(true);
        self.departure.listen()
    }

    /// The request that the visitor's answer is for.
    fn leave(&self, asked: &PageRequest) -> HttpRequest {
        match self.take() {
            Some(request) if self.is_kept.get() => {
                let (request, payload) = request.into_parts();
                let leaving = request.clone();
                // `from_parts` warns of clones: this one is gone before the service is asked.
                let mut kept = ServiceRequest::from_request(request);
                kept.set_payload(payload);
                *self.request.borrow_mut() = Some(kept);
                leaving
            }
            Some(request) => request.into_parts().0,
            // The service has failed, and a stale page stands for its answer: services outside see the head of the
            // request; what was in its extensions is lost.
            None => convert::stand_in(asked, asked.query(), |_| true),
        }
    }
}

/// Tells whoever waits for it, when it is dropped, that the visitor needs the request no more.
struct Departure(Rc<Seat>);

impl Drop for Departure {
    fn drop(&mut self) {
        self.0.departure.notify(usize::MAX);
    }
}

/// Answers a visit by the service or from the cache.
pub(super) async fn answer<S, B>(inner: Rc<S>, visit: Visit, seat: Rc<Seat>) -> Result<ServiceResponse, Error>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    // Made first: a visitor who goes away has departed as well.
    let departure = Departure(Rc::clone(&seat));
    let response = match begin(&visit) {
        Begun::Hit(response) => response,
        begun => {
            let handler = ServiceHandler { inner, seat: Rc::clone(&seat) };
            Box::pin(go_on(visit.clone(), begun, handler)).await
        }
    };
    let (parts, body) = response.into_parts();
    let body = body.into_error()?;
    let request = seat.leave(visit.request());
    let mut answer = convert::answer(request.method(), Response::from_parts(parts, body));
    if seat.is_kept.get() {
        answer = answer.map_body(|_, body| BoxBody::new(Leaving { body, departure: Some(departure) }));
    }
    Ok(ServiceResponse::new(request, answer))
}

/// A body that is asked for its bytes only when the server has let go of the request.
struct Leaving {
    body: BoxBody,
    departure: Option<Departure>,
}

impl MessageBody for Leaving {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.departure = None;
        Pin::new(&mut self.body).poll_next(context)
    }
}

/// The service inside, which is asked at most once.
struct ServiceHandler<S> {
    inner: Rc<S>,
    seat: Rc<Seat>,
}

impl<S, B> Handler for ServiceHandler<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    B: MessageBody + 'static,
{
    type Body = PageBody;
    type Answer = Pin<Box<dyn Future<Output = Response<PageBody>>>>;

    const CAN_CHANGE: bool = true;

    fn ask(self, ask: Ask) -> Self::Answer {
        let Self { inner, seat } = self;
        Box::pin(async move {
            let mut request = seat.take().expect("a request is asked with at most once");
            let is_asked_so = change(&mut request, &ask, &seat.are_held);
            let mut response = match inner.call(request).await {
                Ok(answered) => {
                    let (request, response) = answered.into_parts();
                    seat.put(request);
                    convert::response(response.map_into_boxed_body())
                }
                Err(error) => raised(error),
            };
            if !is_asked_so {
                response.extensions_mut().insert(AskedAsSent);
            }
            response
        })
    }

    /// The request cannot be copied, and the visitor's answer needs it: so it waits until that has left.
    fn spawn(refresh: Refresh<Self>) {
        let departed = refresh.handler().seat.keep();
        tasks::spawn(async move {
            departed.await;
            Box::pin(refresh.run()).await;
        });
    }
}

/// Stands for the error of a service, with the status that actix would give it.
fn raised(error: Error) -> Response<PageBody> {
    let status = StatusCode::from_u16(error.as_response_error().status_code().as_u16());
    let mut response = Response::new(PageBody::raised(error));
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// Asks for the whole page, or for the word that one still holds; whether the handler is asked so.
fn change(request: &mut ServiceRequest, ask: &Ask, are_held: &Cell<bool>) -> bool {
    let page = match ask {
        Ask::AsSent => return true,
        Ask::Whole => None,
        Ask::Confirm(page) => Some(page),
    };
    if page.is_none() && !CONDITIONS.iter().any(|name| request.headers().contains_key(name)) {
        return true;
    }
    let Some(headers) = headers_to_change(request, are_held) else { return false };
    for name in CONDITIONS {
        headers.remove(name);
    }
    for (name, value) in page.iter().flat_map(|page| page.preconditions()) {
        let (name, value) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_bytes()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    true
}

/// The headers of a request that nobody else holds: where a service outside holds a clone, actix panics, and
/// offers no way to know before. Once it has, no request of this middleware is changed any more.
fn headers_to_change<'a>(
    request: &'a mut ServiceRequest,
    are_held: &Cell<bool>,
) -> Option<&'a mut HeaderMap> {
    if are_held.get() {
        return None;
    }
    let can_be_changed = catch_unwind(AssertUnwindSafe(|| {
        request.headers_mut();
    }));
    if can_be_changed.is_err() {
        are_held.set(true);
        tracing::warn!(
            "a service outside of cached pages holds its requests: handlers are asked as visitors ask"
        );
        return None;
    }
    Some(request.headers_mut())
}
