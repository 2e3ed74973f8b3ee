//! Pages on actix-web: what `#[cache_page]` writes there, and middleware.
//!
//! [`CachePage`] and [`CacheSite`] are middleware of a route, a scope or a whole application:
//!
//! ```
//! use actix_web::{App, web};
//! use cache_runtime::actix::{CachePage, CacheSite};
//!
//! let app = App::new()
//!     .wrap(CacheSite::seconds(600))
//!     .service(web::resource("/home/").wrap(CachePage::seconds(60 * 60 * 24)).to(|| async { "home" }));
//! # let _ = app;
//! ```

mod body;
mod convert;
mod counted;
mod handler;
mod middleware;
mod service;
mod tasks;

/// What the expansion of an attribute returns.
pub use actix_web::HttpResponse as Response;
pub use counted::{Counted, CountedInput, Extracting};
pub use handler::{CachedPage, PageInput, serve};
pub use middleware::PageMiddleware;

pub use crate::page::{CachePage, CacheSite};
