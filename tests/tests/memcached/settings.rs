//! What is set up reaches the servers.

use std::time::{Duration, Instant};

use cache_runtime::backend::memcached::{Memcached, Options};
use cache_runtime::base::clock::Clock;
use cache_runtime::base::error::ErrorKind;
use cache_runtime::base::fields::{Fields, Value};
use cache_runtime::{Caches, Timeout};
use cache_tests::{MemcachedServer, Proxy};

use crate::stage::three;

fn servers_in(location: Value) -> Vec<String> {
    let mut fields = Fields::new("here");
    fields.put("location", location);
    Options::from_fields(&mut fields).unwrap().servers
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn be054_a_list_and_text_with_either_mark_name_the_same_servers() {
    let list = Value::List(vec!["server1.tld".to_owned(), "server2:11211".to_owned()]);

    for location in [
        list,
        text("server1.tld;server2:11211"),
        text("server1.tld,server2:11211"),
        text("memcached://server1.tld, server2:11211"),
    ] {
        assert_eq!(servers_in(location), ["server1.tld", "server2:11211"]);
    }
}

#[test]
fn be063_every_form_of_an_address_is_taken() {
    for server in ["unix:/run/m.sock", "/run/m.sock", "host", "host:1", "[::1]", "[::1]:1"] {
        assert_eq!(servers_in(text(server)), [server]);
        assert!(Memcached::servers([server]).is_ok(), "{server}");
        assert!(Memcached::url(&format!("memcached://{server}")).is_ok(), "{server}");
    }
}

#[tokio::test]
async fn a_url_of_three_servers_is_a_cache() {
    let servers = three();
    let addresses: Vec<_> = servers.iter().map(MemcachedServer::address).collect();
    let url = format!("memcached://{}?key_prefix=site&timeout=1h", addresses.join(","));
    let cache = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap();

    for number in 0..30 {
        cache.set(format!("key {number}"), &number, Timeout::Default).await.unwrap();
    }

    assert!(servers.iter().all(|server| server.stat("curr_items") > 1));
}

#[tokio::test]
async fn a_url_of_a_unix_socket_is_a_cache() {
    let server = MemcachedServer::start_on_a_socket();
    let cache = Caches::from_url(&server.url()).unwrap().build().unwrap().get("default").unwrap();

    cache.set("key", &1, Timeout::Default).await.unwrap();

    assert_eq!(cache.get("key").await.unwrap(), Some(1));
}

#[tokio::test]
async fn be064_the_limits_are_used() {
    let proxy = Proxy::silent();
    let url = format!("memcached://127.0.0.1:{}?connect_timeout=400ms&answer_timeout=3s", proxy.port());
    let cache = Caches::from_url(&url).unwrap().build().unwrap().get("default").unwrap();
    let start = Instant::now();

    let error = cache.get::<u64>("key").await.unwrap_err();

    let time = start.elapsed();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(time > Duration::from_millis(390) && time < Duration::from_secs(2), "{time:?}");
}

#[test]
fn a_table_of_the_settings_file_is_read_whole() {
    let file = r#"
        [caches.default]
        backend = "memcached"
        location = ["host:7000", "unix:/run/m.sock"]
        connect_timeout = "20ms"
        answer_timeout = 0.5
    "#;

    let caches = Caches::from_toml(file).unwrap().build().unwrap();

    assert_eq!(caches.get("default").unwrap().alias(), "default");
}

#[test]
fn what_names_no_servers_is_an_error_when_it_is_loaded() {
    let cases = [
        ("", "`location` is missing"),
        ("location = \"\"", "names no server"),
        ("location = []", "names no server"),
        ("location = 7", "takes text, or a list of texts"),
        ("location = [\"a\", 7]", "takes text, or a list of texts"),
        ("location = \"a, b, a:11211\"", "`a:11211` is named twice"),
        ("location = \"user:password@host\"", "expected servers such as"),
        ("location = \"redis://host\"", "expected servers such as"),
        ("location = \"host\"\ndatabase = 1", "unknown field `database`"),
    ];
    for (fields, words) in cases {
        let file = format!("[caches.default]\nbackend = \"memcached\"\n{fields}\n");

        let error = Caches::from_toml(&file).err().unwrap_or_else(|| panic!("{fields} is no error"));

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(words), "{error}");
        assert!(!error.to_string().contains("password"), "{error}");
    }
}

#[test]
fn a_limit_of_nothing_is_an_error_that_names_it() {
    let at = || Options::at("memcached://host");
    let cases = [
        (Options { connect_timeout: Duration::ZERO, ..at() }, "connect_timeout"),
        (Options { answer_timeout: Duration::from_micros(999), ..at() }, "answer_timeout"),
    ];
    for (options, name) in cases {
        let error = options.build(&Clock::system()).err().unwrap();

        assert_eq!(error.kind(), ErrorKind::Settings);
        assert!(error.to_string().contains(name), "{error}");
    }
}
