//! No password and no user name in what is shown or reported.

use std::path::PathBuf;

use cache_runtime::backend::redis::{Options, Redis};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::error::{Error, ErrorKind};
use cache_tests::{Proxy, Server};

use crate::stage::{patient, store};

const SECRET: &str = "hunter2";
const USER: &str = "mallory";

#[track_caller]
fn assert_hidden(text: &str) {
    assert!(!text.contains(SECRET) && !text.contains(USER), "{text}");
}

fn assert_hidden_in(error: &Error) {
    assert_hidden(&format!("{error} {error:?}"));
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        assert_hidden(&format!("{cause} {cause:?}"));
        source = cause.source();
    }
}

fn urls(port: u16) -> [String; 3] {
    [
        format!("redis://{USER}:{SECRET}@127.0.0.1:{port}/0"),
        format!("rediss://{USER}:{SECRET}@127.0.0.1:{port}"),
        format!("unix:///nowhere/redis.sock?user={USER}&pass={SECRET}"),
    ]
}

#[test]
fn a_set_up_shows_where_the_server_is_and_no_secret() {
    for url in urls(6379) {
        let setup = Redis::url(&url).unwrap().username(USER).password(SECRET);

        let shown = format!("{setup:?}");

        assert_hidden(&shown);
        assert!(shown.contains("127.0.0.1:6379") || shown.contains("/nowhere/redis.sock"), "{shown}");
    }
}

#[test]
fn an_error_about_a_url_does_not_repeat_it() {
    let urls = [
        format!("http://{USER}:{SECRET}@host"),
        format!("redis://{USER}:{SECRET}@host:port"),
        format!("redis://{USER}:{SECRET}@host/{SECRET}"),
        format!("redis://{USER}:{SECRET}@"),
        format!("redis://{USER}:{SECRET}@0.0.0.0"),
        format!("redis://host?protocol={SECRET}"),
        format!("rediss://{USER}:{SECRET}@host#insecure"),
        format!("rediss://{USER}:{SECRET}@host#{SECRET}"),
        format!("unix:///path?db={SECRET}"),
        SECRET.to_owned(),
        String::new(),
    ];
    for url in urls {
        let error = Redis::url(&url).unwrap_err();

        assert_eq!(error.kind(), ErrorKind::Settings, "{url}");
        assert_hidden_in(&error);
    }
}

#[test]
fn an_unusable_file_of_authorities_is_an_error_that_names_it() {
    let cases = [
        ("redis://host", "/etc/hosts", "rediss://"),
        ("rediss://host", "/nowhere/ca.pem", "/nowhere/ca.pem"),
        ("rediss://host", "/etc/hosts", "/etc/hosts"),
    ];
    for (url, file, expected) in cases {
        let options = Options { ca_file: Some(PathBuf::from(file)), ..Options::at(url) };

        let error = options.build(&Clock::system()).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn an_unreachable_server_is_named_without_secrets() {
    let mut server = Server::redis().start();
    server.kill();
    for url in urls(server.port()) {
        let error = store(&Options::at(&url)).get("key").await.unwrap_err();

        assert_hidden_in(&error);
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_refused_user_is_reported_without_secrets() {
    let server = Server::redis().acl("alice", "right").start();
    let place = format!("127.0.0.1:{}", server.port());
    for url in [
        format!("redis://{USER}:{SECRET}@{place}"),
        format!("redis://alice:{SECRET}@{place}"),
        format!("redis://{place}"),
    ] {
        let error = store(&Options::at(&url)).get("key").await.unwrap_err();

        assert_hidden_in(&error);
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("refuses this user or password"), "{error}");
        assert!(error.to_string().contains(&place), "{error}");
    }
}

#[tokio::test]
async fn a_missing_password_is_reported() {
    let server = Server::redis().password("right").start();

    let error = store(&Options::at(&format!("redis://127.0.0.1:{}", server.port()))).get("key").await;

    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("refuses this user or password"), "{error}");
}

#[tokio::test]
async fn what_a_user_may_not_do_is_reported_without_keys_and_names() {
    let server = Server::redis().acl("alice", "right").start();
    let _: () = server.command(&["ACL", "SETUSER", USER, "on", &format!(">{SECRET}"), "~other:*", "+get"]);
    let store = store(&Options::at(&format!("redis://{USER}:{SECRET}@127.0.0.1:{}", server.port())));

    for error in [store.get("key of ours").await.unwrap_err(), store.ttl("key of ours").await.unwrap_err()] {
        assert_hidden_in(&error);
        assert!(!error.to_string().contains("key of ours"), "{error}");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
    }
}

#[tokio::test]
async fn a_server_of_an_unknown_authority_is_refused() {
    let (server, other) = (Server::redis().tls().start(), Server::redis().tls().start());
    let options = Options { ca_file: Some(other.authority()), ..Options::at(&server.url()) };

    let error = store(&patient(options)).get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("certificate"), "{error}");
}

#[tokio::test]
async fn a_greeting_of_tls_that_is_never_answered_ends_in_time() {
    let proxy = Proxy::silent();
    let store = store(&Options::at(&format!("rediss://127.0.0.1:{}", proxy.port())));

    let error = store.get("key").await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::TimedOut, "{error}");
}
