//! Keys: spelled out, derived, made of one's own types, and never the same for different arguments.
//!
//! Run it by `cargo run --example keys`.

use std::net::Ipv4Addr;

use cache_runtime::key::{self, KEY_LIMIT};
use cache_runtime::{KeyPart, cached};

/// A key spelled out is exactly that text for the low-level API.
#[cached(key = "user:{id}:{locale}")]
fn user(id: u64, locale: &str) -> String {
    format!("user {id} in {locale}")
}

/// Without `key`: the path of the function and all of its arguments.
#[cached]
fn product(factors: &[u32], add: Option<i8>) -> i64 {
    factors.iter().map(|&factor| i64::from(factor)).product::<i64>() + i64::from(add.unwrap_or(0))
}

/// One's own types stand in keys once they derive `KeyPart`.
#[derive(KeyPart)]
enum Plan {
    Free,
    Pro { seats: u32 },
}

#[cached(key = "price:{plan}:{country}")]
fn price(plan: &Plan, country: &str) -> u32 {
    match plan {
        Plan::Free => 0,
        Plan::Pro { seats } => seats * u32::try_from(country.len()).unwrap_or(u32::MAX),
    }
}

/// A type without `KeyPart`: by its `Display`.
#[cached(key = "hops:{key::display(&address)}")]
fn hops(address: Ipv4Addr) -> u32 {
    address.octets().iter().map(|&octet| u32::from(octet)).sum()
}

/// A value too large to spell out: by a digest of its `Hash`.
#[cached(key = "words:{key::digest(text)}")]
fn words(text: &str) -> usize {
    text.split_whitespace().count()
}

/// An expression over an argument.
#[cached(key = "shout:{word.to_uppercase()}")]
fn shout(word: &str) -> String {
    word.to_uppercase()
}

fn main() -> cache_runtime::Result<()> {
    assert_eq!(user(7, "de"), "user 7 in de");
    assert_eq!(show("spelled out", &user::key(7, "de")), "user:7:de");

    assert_eq!(product(&[6, 7], None), 42);
    let derived = show("derived", &product::key(&[6, 7], None));
    assert!(derived.contains("keys::product"), "{derived}");
    assert_ne!(product::key(&[6, 7], None), product::key(&[6, 7], Some(0)));

    assert_eq!(price(&Plan::Pro { seats: 3 }, "de"), 6);
    let pro = show("a type of one's own", &price::key(&Plan::Pro { seats: 3 }, "de"));
    assert_ne!(pro, show("its other variant", &price::key(&Plan::Free, "de")));

    assert_eq!(hops(Ipv4Addr::LOCALHOST), 128);
    assert_eq!(show("by `Display`", &hops::key(Ipv4Addr::LOCALHOST)), "hops:127.0.0.1");

    let text = "to be or not to be ".repeat(1000);
    assert_eq!(words(&text), 6000);
    let digest = show("by a digest", &words::key(&text));
    assert_eq!(digest.len(), "words:".len() + 32);

    assert_eq!(shout("hey"), "HEY");
    assert_eq!(shout::key("hey"), shout::key("Hey"));
    show("an expression", &shout::key("hey"));

    different_arguments_never_share_an_entry()?;
    long_keys_end_in_a_digest();
    Ok(())
}

/// Text is encoded, so that it cannot pretend to be a separator.
fn different_arguments_never_share_an_entry() -> cache_runtime::Result<()> {
    #[cached(key = "pair:{left}:{right}")]
    fn pair(left: &str, right: &str) -> String {
        format!("{left} and {right}")
    }

    assert_eq!(pair("a:b", "c"), "a:b and c");
    assert_eq!(pair("a", "b:c"), "a and b:c");
    assert_eq!(show("a colon on the left", &pair::key("a:b", "c")), "pair:a%3Ab:c");
    assert_eq!(show("a colon on the right", &pair::key("a", "b:c")), "pair:a:b%3Ac");
    assert_eq!(pair::peek("a:b", "c")?.as_deref(), Some("a:b and c"));
    Ok(())
}

fn long_keys_end_in_a_digest() {
    let (long, longer) = ("x".repeat(1000), "x".repeat(1001));

    let key = user::key(7, &long);
    println!("{:>22}  {} bytes, ends in {}", "too long", key.as_str().len(), &key.as_str()[KEY_LIMIT - 32..]);
    assert_eq!(key.as_str().len(), KEY_LIMIT);
    assert_ne!(key, user::key(7, &longer));
}

fn show(what: &str, key: &key::Key) -> String {
    println!("{what:>22}  {key}");
    key.as_str().to_owned()
}
