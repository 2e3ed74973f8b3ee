//! What refuses a visitor may tell of the visitor: so it is an argument like others, in the `Result` of one.

mod on_axum {
    use axum::extract::FromRequestParts;
    use axum::http::request::Parts;
    use cache_runtime::{SharedInput, cache_page};

    /// The shop of the host. Who is banned by a cookie is refused, by name.
    #[derive(SharedInput)]
    struct Shop;

    impl<S: Sync> FromRequestParts<S> for Shop {
        type Rejection = String;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, String> {
            Err(format!("{:?}", parts.headers.get("cookie")))
        }
    }

    #[cache_page(60)]
    async fn refused(shop: Result<Shop, String>) -> String {
        shop.err().unwrap_or_default()
    }

    #[cache_page(60, vary = ["accept-language"])]
    async fn refused_by_other_headers(shop: Result<Shop, String>) -> String {
        shop.err().unwrap_or_default()
    }
}

mod on_actix {
    use std::future::{Ready, ready};

    use actix_web::dev::Payload;
    use actix_web::{Error, FromRequest, HttpRequest, error};
    use cache_runtime::SharedInput;
    use cache_runtime::actix::cache_page;

    /// The shop of the host. Who is banned by a cookie is refused, by name.
    #[derive(SharedInput)]
    struct Shop;

    impl FromRequest for Shop {
        type Error = Error;
        type Future = Ready<Result<Self, Error>>;

        fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
            ready(Err(error::ErrorForbidden(format!("{:?}", request.headers().get("cookie")))))
        }
    }

    #[cache_page(60)]
    async fn refused(shop: Result<Shop, Error>) -> String {
        shop.err().map(|fault| fault.to_string()).unwrap_or_default()
    }

    #[cache_page(60, vary = ["accept-language"])]
    async fn refused_by_other_headers(shop: Result<Shop, Error>) -> String {
        shop.err().map(|fault| fault.to_string()).unwrap_or_default()
    }
}

fn main() {}
