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
mod condition;
mod conditional;
mod convert;
mod counted;
mod dressed;
mod handler;
mod held;
mod middleware;
mod payload;
mod service;
mod shared;
mod tasks;
mod urls;

/// What the expansion of an attribute returns.
pub use actix_web::HttpResponse as Response;
/// `#[cache_page]` for handlers of actix; its options are those of [`macro@crate::cache_page`].
pub use cache_macros::cache_page_actix as cache_page;
pub use condition::{Condition, ConditionMiddleware};
pub use conditional::ConditionalMiddleware;
pub use counted::{Counted, CountedInput, Extracting};
pub use dressed::DressedMiddleware;
pub use handler::{PageInput, serve};
pub use middleware::PageMiddleware;

pub use crate::page::{CachePage, CacheSite, ConditionalPages};
