//! The service inside a middleware, as the handler of a page.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage, HttpRequest};
use bytes::Bytes;
use event_listener::{Event, EventListener};
use http::{Response, StatusCode};

use super::body::PageBody;
use super::held::Held;
use super::urls::Urls;
use super::{convert, tasks};
use crate::page::adapter::CONDITIONS;
use crate::page::handler::{Ask, AskedAsSent, Handler, KnowsMore};
use crate::page::nesting::{Asking, Nesting};
use crate::page::{Begun, PageRequest, Policy, Refresh, Visit, begin, go_on};

/// Where a request stays while it is decided whether the service is asked.
///
/// A request of actix can be changed, and be routed further inside, only while there is no clone of it. So there is
/// none here: the service gets the request itself, and the answer brings it back.
pub(super) struct Seat {
    request: RefCell<Option<ServiceRequest>>,
    /// The request stays for a page that is made anew behind the visitor's back.
    is_kept: Cell<bool>,
    held: Rc<Held>,
    departure: Event,
}

impl Seat {
    pub(super) fn of(request: ServiceRequest, held: Rc<Held>) -> Rc<Self> {
        let request = RefCell::new(Some(request));
        Rc::new(Self { request, is_kept: Cell::new(false), held, departure: Event::new() })
    }

    fn take(&self) -> Option<ServiceRequest> {
        self.request.borrow_mut().take()
    }

    /// Puts back a request that was asked with; services outside find the URLs in it that they have sent.
    fn put(&self, request: HttpRequest, sent: Option<Urls>) {
        let mut request = ServiceRequest::from_request(request);
        if let Some(sent) = sent
            && self.held.can_change_back(&mut request)
        {
            sent.put(&mut request);
        }
        *self.request.borrow_mut() = Some(request);
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
            let policy = Arc::clone(&visit.policy);
            let handler = ServiceHandler { inner, policy, seat: Rc::clone(&seat) };
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
    policy: Arc<Policy>,
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
        let Self { inner, policy, seat } = self;
        Box::pin(async move {
            let mut request = seat.take().expect("a request is asked with at most once");
            let is_asked_so = change(&mut request, &ask, &seat.held);
            let shown = leave_out_uncounted(&mut request, &ask, &policy, &seat.held);
            let knows_more = matches!(shown, Shown::All);
            let asking = go_inside(&request, policy.keeper);
            let answered = inner.call(request).await;
            drop(asking);
            let mut response = match answered {
                Ok(answered) => {
                    let (request, response) = answered.into_parts();
                    seat.put(request, shown.sent());
                    convert::response(response.map_into_boxed_body())
                }
                Err(error) => raised(error),
            };
            if !is_asked_so {
                response.extensions_mut().insert(AskedAsSent);
            }
            if knows_more {
                response.extensions_mut().insert(KnowsMore);
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

/// Marks a request for what stands inside of this kind of layer, for as long as that is asked: a service outside may ask
/// with it once more, after an answer, an error, or when it had no patience.
fn go_inside(request: &ServiceRequest, kind: &'static str) -> Asking {
    let mut extensions = request.extensions_mut();
    let (inside, asking) = Nesting::while_asking(extensions.get(), kind);
    extensions.insert(inside);
    asking
}

/// Stands for the error of a service, with the status that actix would give it.
fn raised(error: Error) -> Response<PageBody> {
    let status = StatusCode::from_u16(error.as_response_error().status_code().as_u16());
    let mut response = Response::new(PageBody::raised(error));
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
}

/// Asks for the whole page, or for the word that one still holds; whether the handler is asked so.
fn change(request: &mut ServiceRequest, ask: &Ask, held: &Held) -> bool {
    let page = match ask {
        Ask::AsSent | Ask::InParts => return true,
        Ask::Whole => None,
        Ask::Confirm(page) => Some(page),
    };
    let has = |name: &http::HeaderName| request.headers().contains_key(name.as_str());
    if page.is_none() && !CONDITIONS.iter().any(has) {
        return true;
    }
    if !held.can_change(request) {
        return false;
    }
    let headers = request.headers_mut();
    for name in &CONDITIONS {
        headers.remove(name.as_str());
    }
    for (name, value) in page.iter().flat_map(|page| page.preconditions()) {
        let (name, value) = (HeaderName::try_from(name.as_str()), HeaderValue::try_from(value.as_bytes()));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    true
}

/// What of its URL the service is shown.
enum Shown {
    /// What it is meant to see: all that counts for the key, or its visitor's own.
    Right,
    /// What counts for the key; these are the URLs that were sent.
    Less(Urls),
    /// All that was sent, since nothing could be taken away.
    All,
}

impl Shown {
    fn sent(self) -> Option<Urls> {
        if let Self::Less(sent) = self { Some(sent) } else { None }
    }
}

/// Takes the parameters of the query that do not count for the key out of the URL: a page is made without them.
fn leave_out_uncounted(request: &mut ServiceRequest, ask: &Ask, policy: &Policy, held: &Held) -> Shown {
    let sent = Urls::of(request);
    match sent.counted(policy).filter(|_| !matches!(ask, Ask::AsSent)) {
        None => Shown::Right,
        Some(_) if !held.can_change(request) => Shown::All,
        Some(counted) => {
            counted.put(request);
            Shown::Less(sent)
        }
    }
}
