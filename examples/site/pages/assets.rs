//! What all pages look like, and the script of their foot.

#![expect(clippy::unused_async, reason = "handlers are async, whether or not they wait")]

use axum::http::header::{CONTENT_TYPE, HeaderName};
use cache_runtime::cache_control;

type Asset = ([(HeaderName, &'static str); 1], &'static str);

#[cache_control(public, max_age = 300)]
pub(crate) async fn style() -> Asset {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("../assets/style.css"))
}

#[cache_control(public, max_age = 300)]
pub(crate) async fn panel() -> Asset {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("../assets/panel.js"))
}
