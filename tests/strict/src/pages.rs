//! Handlers whose pages are cached.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::get;
use cache_runtime::{SharedInput, cache_page};

/// A shop.
#[derive(Debug, Clone)]
pub struct Shop {
    name: &'static str,
}

/// What a visitor wants to see.
#[derive(Debug, SharedInput)]
pub struct Wanted(Path<u32>, Query<Vec<(String, String)>>);

/// What it costs.
#[cache_page(60 * 15, cache = "marketing", key_prefix = "beta", tags = ["prices", "plan:{plan}"])]
pub async fn pricing(State(shop): State<Shop>, Path(plan): Path<u32>) -> impl IntoResponse {
    std::future::ready(()).await;
    format!("{} {plan}", shop.name)
}

/// Greets in a language.
#[cache_page(
    "1h",
    vary = ["accept-language"],
    when = !name.is_empty(),
    force_refresh = request.header("x-refresh").is_some()
)]
async fn greeting(Path(mut name): Path<String>, headers: HeaderMap) -> Result<String, StatusCode> {
    if headers.len() > 1 {
        return Err(StatusCode::BAD_REQUEST);
    }
    std::future::ready(()).await;
    name.push('!');
    Ok(name)
}

/// Says what is old.
#[cache_page(60, statuses = [200, 404], error_timeout = "30s", ignore_query = ["utm_*"], companions = old_pages)]
#[deprecated = "it is old"]
pub async fn old(_unused: State<Shop>) -> &'static str {
    std::future::ready("old").await
}

#[cache_page(60, key = "{id}|{length}", ignore(_body), companions = false)]
async fn alone<const N: usize>(Path((id, length)): Path<(u32, u8)>, _body: String) -> String {
    std::future::ready(()).await;
    format!("{id} {length} {N}")
}

/// All of them.
#[must_use]
pub fn routes() -> Router {
    let routes = Router::new().route("/pricing/{plan}", get(pricing)).route("/hello/{name}", get(greeting));
    routes.route("/alone/{id}/{length}", get(alone::<3>)).with_state(Shop { name: "shop" })
}
