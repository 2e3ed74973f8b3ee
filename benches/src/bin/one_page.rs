//! Asks one site for one page so many times: what callgrind counts the instructions of.
//!
//! `one_page SITE REQUESTS`. What is before and after the hits stays out of the count with
//! `--toggle-collect=*counted*`.

use axum::body::Body;
use axum::http::Request;
use cache_benches::page::{Asked, requests, site};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, count] = arguments.as_slice() else { panic!("usage: one_page SITE REQUESTS") };
    let site = site(name).expect("such a site");
    let asked = Asked::warm(site);
    let requests = requests(count.parse().expect("a number of requests"));
    counted(&asked, requests);
}

#[inline(never)]
fn counted(asked: &Asked, requests: Vec<Request<Body>>) {
    asked.ask(requests);
}
