//! Which variant a visitor gets where a page varies on headers that its policy names, and on others.

use axum::Router;
use axum::response::Response;
use axum::routing::get as on_get;
use cache_runtime::cache_page;
use cache_runtime::page::CachePage;
use http::{HeaderMap, StatusCode};

use crate::service::answer;
use crate::stage::{Stage, ask, send};

fn page_of(headers: &HeaderMap, name: &str, vary: &[(&'static str, &'static str)]) -> Response {
    answer(StatusCode::OK, vary, format!("page of {}", headers[name].to_str().unwrap()))
}

/// Asks as 200 visitors who differ in one header, and have these in common.
async fn each_visitor_gets_a_page_of_its_own(app: Router, name: &str, common: &[(&str, &str)]) {
    Stage::new()
        .run(async {
            for visitor in 0..200 {
                let who = format!("id={visitor}");
                let headers: Vec<_> = common.iter().copied().chain([(name, who.as_str())]).collect();
                let answer = send(&app, ask("GET", "/page", &headers)).await;
                assert_eq!(answer.text(), format!("page of {who}"));
            }
        })
        .await;
}

#[tokio::test]
async fn a_page_that_varies_on_more_than_it_declares_is_given_to_its_visitor_alone() {
    let handler = async |headers: HeaderMap| page_of(&headers, "cookie", &[("vary", "Accept-Encoding")]);
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).vary_on_cookie());

    each_visitor_gets_a_page_of_its_own(app, "cookie", &[]).await;
}

/// Credentials make a page vary on `Authorization`, though neither the handler nor its attribute says so.
#[tokio::test]
async fn a_declared_header_and_credentials_together_tell_visitors_apart() {
    #[cache_page(60, vary = ["x-user"])]
    async fn narrowed(headers: HeaderMap) -> Response {
        page_of(&headers, "x-user", &[])
    }
    let app = Router::new().route("/page", on_get(narrowed));

    each_visitor_gets_a_page_of_its_own(app, "x-user", &[("authorization", "Bearer app")]).await;
}

/// Two visitors whose declared headers meet in one place, which the first has filled with a list.
#[tokio::test]
async fn a_list_of_one_visitor_leads_no_other_to_its_variants() {
    let handler = async |headers: HeaderMap| page_of(&headers, "cookie", &[("vary", "Accept-Encoding")]);
    let layer = CachePage::seconds(60).vary_on_cookie().max_variants(1);
    let app = Router::new().route("/page", on_get(handler)).layer(layer);

    each_visitor_gets_a_page_of_its_own(app, "cookie", &[]).await;
}

/// RFC 9111 §4.1: the policy lets everybody share, the page itself says whom it is for.
#[tokio::test]
async fn a_public_page_that_varies_on_credentials_is_given_to_the_same_ones() {
    let handler = async |headers: HeaderMap| page_of(&headers, "authorization", &[("vary", "Authorization")]);
    let app = Router::new().route("/page", on_get(handler)).layer(CachePage::seconds(60).public());

    each_visitor_gets_a_page_of_its_own(app, "authorization", &[]).await;
}
