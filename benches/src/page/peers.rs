//! The peers, each as its documentation shows it, with the same five minutes.

use std::time::Duration;

use axum::BoxError;
use axum::body::{Body, Bytes};
use axum::error_handling::HandleErrorLayer;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum_response_cache::CacheLayer as ResponseCache;
use hitbox::policy::PolicyConfig;
use hitbox_backend::format::BincodeFormat;
use hitbox_http::extractors::Method as MethodKey;
use hitbox_http::extractors::path::PathExtractor;
use hitbox_http::predicates::NeutralResponsePredicate;
use hitbox_http::predicates::request::Method as IsMethod;
use hitbox_moka::MokaBackend;
use http_body_util::{BodyExt, Full};
use http_cache::{MokaCache, MokaManager};
use http_cache_tower_server::{ServerCacheLayer, ServerCacheOptions};
use tower::ServiceBuilder;
use tower_http_cache::prelude::{CacheLayer as HttpCache, InMemoryBackend};

use super::app;
use super::{Kind, Site};

const FRESH: Duration = Duration::from_mins(5);
const ENTRIES: u64 = 10_000;

pub(super) const RESPONSE_CACHE: Site = Site {
    name: "axum-response-cache",
    remark: "keeps whatever succeeds, by method and path; no rule of HTTP is looked at",
    kind: Kind::Peer,
    router: || app::pages().layer(ResponseCache::with_lifespan(FRESH)).merge(app::counter()),
};

pub(super) const HTTP_CACHE: Site = Site {
    name: "tower-http-cache",
    remark: "in memory",
    kind: Kind::Peer,
    router: || {
        let cache = HttpCache::builder(InMemoryBackend::new(ENTRIES)).ttl(FRESH).build();
        let layers =
            ServiceBuilder::new().layer(HandleErrorLayer::new(failed)).layer(cache).and_then(collected);
        app::pages().layer(layers).merge(app::counter())
    },
};

/// A response that is `Sync`, which tower-http-cache asks for and axum's own is not. Hits do not come here.
async fn collected(response: Response) -> Result<axum::http::Response<Full<Bytes>>, BoxError> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    Ok(axum::http::Response::from_parts(parts, Full::new(body)))
}

pub(super) const HITBOX: Site = Site {
    name: "hitbox-tower",
    remark: "over `hitbox-moka`, with the value format its documentation recommends",
    kind: Kind::Peer,
    router: || {
        let policy = PolicyConfig::builder().ttl(FRESH).build();
        let config = hitbox_tower::Config::builder()
            .request_predicate(IsMethod::<hitbox::Neutral<_>>::new(Method::GET).expect("a method"))
            .response_predicate(NeutralResponsePredicate::<Body>::new())
            .extractor(MethodKey::new().path("/{path}*"))
            .policy(policy)
            .build();
        let backend = MokaBackend::builder().max_entries(ENTRIES).value_format(BincodeFormat).build();
        let cache = hitbox_tower::Cache::builder().backend(backend).config(config).build();
        app::pages().layer(cache).merge(app::counter())
    },
};

pub(super) const SERVER_CACHE: Site = Site {
    name: "http-cache-tower-server",
    remark: "over its store in memory (moka), keeping what states no lifetime as well",
    kind: Kind::Peer,
    router: || {
        let manager = MokaManager::new(MokaCache::new(ENTRIES));
        let options = ServerCacheOptions {
            default_ttl: Some(FRESH),
            cache_by_default: true,
            ..ServerCacheOptions::default()
        };
        let cache = ServerCacheLayer::new(manager).with_options(options);
        let layers = ServiceBuilder::new().layer(HandleErrorLayer::new(failed)).layer(cache);
        app::pages().layer(layers).merge(app::counter())
    },
};

async fn failed(error: BoxError) -> (StatusCode, String) {
    (StatusCode::INTERNAL_SERVER_ERROR, error.to_string())
}
