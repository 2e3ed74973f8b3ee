//! Services of actix that ask twice with one request: a layer inside of them is no deeper the second time.

use std::future::{Future, Ready, pending, poll_fn, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::ErrorInternalServerError;
use actix_web::http::Uri;
use actix_web::test::{TestRequest, init_service};
use actix_web::{App, Error, HttpResponse, web};
use cache_runtime::actix::CachePage;

use crate::actix_stage::{Script, Site, told};
use crate::stage::Stage;

/// A service that asks twice.
#[derive(Clone, Copy)]
enum Twice {
    /// With the request that its answer brings back.
    AfterTheAnswer,
    /// With a clone of the request, when it has waited for nothing: it has an answer, an error, or no patience.
    AtOnce,
}

struct Asking<S> {
    inner: Rc<S>,
    when: Twice,
}

impl<S> Transform<S, ServiceRequest> for Twice
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Transform = Asking<S>;
    type InitError = ();
    type Future = Ready<Result<Asking<S>, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(Asking { inner: Rc::new(inner), when: *self }))
    }
}

impl<S> Service<ServiceRequest> for Asking<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse, Error = Error> + 'static,
{
    type Response = ServiceResponse;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let (inner, when) = (Rc::clone(&self.inner), self.when);
        Box::pin(async move {
            let again = match when {
                Twice::AfterTheAnswer => inner.call(request).await?.into_parts().0,
                Twice::AtOnce => {
                    let held = request.request().clone();
                    let mut first = Box::pin(inner.call(request));
                    poll_fn(|context| Poll::Ready(first.as_mut().poll(context).is_ready())).await;
                    held
                }
            };
            inner.call(ServiceRequest::from_request(again)).await
        })
    }
}

/// The handler: its first run fails, or never ends.
async fn unwilling(script: web::Data<Script>, uri: Uri) -> Result<HttpResponse, Error> {
    if script.runs.count() > 0 {
        return Ok(told(script, uri).await);
    }
    script.runs.next();
    if uri.path() == "/hangs" { pending().await } else { Err(ErrorInternalServerError("at first")) }
}

#[actix_web::test]
async fn a_request_that_comes_again_is_no_deeper() {
    let (stage, script) = (Stage::new(), Script::new(&[]));
    let app = App::new()
        .app_data(web::Data::new(script.clone()))
        .wrap(CachePage::seconds(60))
        .wrap(Twice::AfterTheAnswer)
        .default_service(web::to(told));
    let site = Site::of(init_service(app).await, TestRequest::to_request);

    let second = stage.run(site.get("/page")).await;

    assert!(second.is_hit() && second.text() == "/page run 1", "{second:?}");
}

#[actix_web::test]
async fn a_request_that_comes_again_after_an_error_or_unanswered_is_no_deeper() {
    for path in ["/fails", "/hangs"] {
        let (stage, script) = (Stage::new(), Script::new(&[]));
        let page = web::resource(path).wrap(CachePage::seconds(60)).wrap(Twice::AtOnce).to(unwilling);
        let app = App::new().app_data(web::Data::new(script.clone())).service(page);
        let site = Site::of(init_service(app).await, TestRequest::to_request);

        stage
            .run(async {
                assert_eq!(site.get(path).await.text(), format!("{path} run 2"));

                let later = site.get(path).await;
                assert!(later.is_hit() && later.text() == format!("{path} run 2"), "{later:?}");
            })
            .await;
    }
}
