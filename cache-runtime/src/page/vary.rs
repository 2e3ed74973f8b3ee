//! The keys of a page and its variants: what two requests must share to share a page.
//!
//! The key of a plain URL is that URL ([`PlainKey`]). Every other key is readable at its
//! head, and ends in a digest of every part, each with its length before it, so that no two requests that differ have one key.
//! Clients choose the parts, hence SHA-256.

use hmac_sha256::Hash;
use http::{HeaderMap, Uri};

use super::plain::PlainKey;
use super::policy::Policy;
use super::query;
use super::request::PageRequest;
use super::stored::Varies;
use super::visit::Visit;
use crate::base::key::Key;

/// Bytes of host and path at the head of a key.
const HEAD: usize = 120;

/// Bytes of the digest at its end: two requests that share 160 bits are not to be found.
const DIGEST: usize = 20;

/// Where a page is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) key: Key,
    /// Which variant belongs there; zero where there is but one.
    pub(super) variant: u128,
}

/// What a page is asked as: pages of a `HEAD` request answer no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Whole,
    Head,
}

/// Where a page is looked for first, as it is found out.
pub(super) enum Spot {
    /// Under its URL.
    Plain(PlainKey),
    /// Under another key.
    Other(Place),
}

impl Spot {
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Plain(key) => key.as_str(),
            Self::Other(place) => place.key.as_str(),
        }
    }

    /// Which variant belongs there.
    pub(super) fn variant(&self) -> u128 {
        match self {
            Self::Plain(_) => 0,
            Self::Other(place) => place.variant,
        }
    }

    pub(super) fn into_place(self) -> Place {
        match self {
            Self::Plain(key) => Place { key: key.as_str().into(), variant: 0 },
            Self::Other(place) => place,
        }
    }
}

/// Who keeps a page: by this name, of this handler, with what the handler adds to its key.
#[derive(Clone, Copy)]
pub(super) struct Keeper<'a> {
    pub(super) name: &'static str,
    /// How many of the same name stand further outside.
    pub(super) depth: usize,
    pub(super) handler: &'static str,
    pub(super) part: &'a str,
}

/// Where the page of a visit is.
pub(super) fn spot_of(visit: &Visit, form: Form) -> Spot {
    let keeper =
        Keeper { name: visit.keeper, depth: visit.depth, handler: visit.handler, part: &visit.intent.part };
    spot(&visit.policy, &visit.request, keeper, form)
}

/// Where the page of a request is, of this keeper.
pub(super) fn spot(policy: &Policy, request: &PageRequest, keeper: Keeper<'_>, form: Form) -> Spot {
    let own = policy.key.as_ref().map(|key| key(request)).unwrap_or_default();
    let query = query::of(policy, request);
    let is_plain = form == Form::Whole
        && query.is_none()
        && request.rewritten().is_none()
        && [&policy.prefix, keeper.part, &own].iter().all(|text| text.is_empty());
    let front = if is_plain { policy.fronts.of(keeper.name, keeper.depth, keeper.handler) } else { None };
    match front.and_then(|front| PlainKey::of(&front, request)) {
        Some(key) if policy.vary.is_empty() => Spot::Plain(key),
        Some(key) => Spot::Other(of_declared(policy, request, key.as_str().to_owned())),
        None => {
            let key = digested(policy, request, keeper, &own, query.as_deref(), form);
            Spot::Other(of_declared(policy, request, key))
        }
    }
}

/// Where the variant of a request is, of a page that varies on what the policy declares.
fn of_declared(policy: &Policy, request: &PageRequest, key: String) -> Place {
    if policy.vary.is_empty() {
        return Place { key: key.into(), variant: 0 };
    }
    let variant = variant(declared(policy), request.headers());
    Place { key: format!("{key}~{}", slot(policy, variant)).into(), variant }
}

/// What a person recognises of the URL, and the digest of all that counts.
fn digested(
    policy: &Policy,
    request: &PageRequest,
    keeper: Keeper<'_>,
    own: &str,
    query: Option<&str>,
    form: Form,
) -> String {
    let mut digest = Hash::new();
    let (scheme, host, path) = (request.scheme(), request.host(), request.path());
    let Keeper { name, depth, handler, part } = keeper;
    for text in [name, handler, &policy.prefix, scheme, host, path, part, own] {
        take(&mut digest, text.as_bytes());
    }
    take_maybe(&mut digest, query);
    take_url(&mut digest, policy, request.rewritten());
    take(&mut digest, if form == Form::Head { b"head" } else { b"" });
    if depth > 0 {
        digest.update((depth as u64).to_le_bytes());
    }
    let mut key = String::with_capacity(HEAD + 2 * DIGEST + 8);
    key.push_str("page:");
    push_head(&mut key, host, path);
    key.push(':');
    push_hex(&mut key, &digest.finalize()[..DIGEST]);
    key
}

fn declared(policy: &Policy) -> impl Iterator<Item = &str> {
    policy.vary.iter().map(http::HeaderName::as_str)
}

/// Where the variant of a request is, of a page that varies and whose place is under `key`.
///
/// What the policy declares counts again: the list may be that of others, who share no more than the place.
pub(super) fn variant_place(policy: &Policy, request: &PageRequest, key: &str, varies: &Varies) -> Place {
    let learned = varies.names.iter().map(String::as_str);
    let variant = variant(declared(policy).chain(learned), request.headers());
    let (epoch, slot) = (varies.epoch, slot(policy, variant));
    Place { key: format!("{key}~{epoch:x}.{slot}").into(), variant }
}

/// How many places the variants of one page have: a client that sends ever new values fills no more.
fn slot(policy: &Policy, variant: u128) -> u128 {
    variant % u128::from(policy.max_variants)
}

/// The variant that these headers ask for; absent and empty differ, and so do one line and two.
fn variant<'a>(names: impl Iterator<Item = &'a str>, headers: &HeaderMap) -> u128 {
    let mut digest = Hash::new();
    for name in names {
        take(&mut digest, name.as_bytes());
        let lines = headers.get_all(name);
        digest.update((lines.iter().count() as u64).to_le_bytes());
        for line in lines {
            take(&mut digest, line.as_bytes());
        }
    }
    let digest = digest.finalize();
    let variant = u128::from_le_bytes(digest[..16].try_into().expect("a digest has 32 bytes"));
    variant.max(1)
}

fn take(digest: &mut Hash, part: &[u8]) {
    digest.update((part.len() as u64).to_le_bytes());
    digest.update(part);
}

fn take_maybe(digest: &mut Hash, part: Option<&str>) {
    match part {
        Some(part) => take(digest, part.as_bytes()),
        None => digest.update(u64::MAX.to_le_bytes()),
    }
}

/// The URL that a service outside has made of the one that the client asked for.
fn take_url(digest: &mut Hash, policy: &Policy, url: Option<&Uri>) {
    take_maybe(digest, url.map(Uri::path));
    let Some(url) = url else { return };
    take_maybe(digest, url.scheme_str());
    take_maybe(digest, url.authority().map(http::uri::Authority::as_str));
    take_maybe(digest, url.query().and_then(|query| query::in_key(policy, query)).as_deref());
}

/// As much of host and path as a person needs to recognise the page.
fn push_head(key: &mut String, host: &str, path: &str) {
    let host = &host[..host.floor_char_boundary(HEAD)];
    key.push_str(host);
    key.push_str(&path[..path.floor_char_boundary(HEAD - host.len())]);
}

fn push_hex(key: &mut String, bytes: &[u8]) {
    let digit = |half: u8| char::from(b"0123456789abcdef"[usize::from(half)]);
    for byte in bytes {
        key.extend([digit(byte >> 4), digit(byte & 15)]);
    }
}

#[cfg(test)]
mod tests {
    use http::{Method, Uri};

    use super::*;

    fn asked(uri: &str) -> PageRequest {
        let uri: Uri = uri.parse().unwrap();
        PageRequest::new(Method::GET, &uri, HeaderMap::new())
    }

    fn place(policy: &Policy, request: &PageRequest, parts: [&'static str; 3], form: Form) -> Place {
        let [name, handler, part] = parts;
        spot(policy, request, Keeper { name, depth: 0, handler, part }, form).into_place()
    }

    fn key(policy: &Policy, uri: &str) -> Key {
        place(policy, &asked(uri), [""; 3], Form::Whole).key
    }

    /// HT009, HT010, HT011, HT014, MW018, MW027.
    #[test]
    fn urls_that_differ_have_keys_that_differ() {
        let policy = Policy::seconds(60);
        let urls = [
            "/a",
            "/ab",
            "/a?",
            "/a?x",
            "/a?x=1",
            "/a?x=2",
            "/a?a=1&a=2",
            "/a?a[x]=1",
            "/a?a=2&a=1",
            "/a%2Fb",
            "/a/b",
            "/%41",
            "/A",
            "/a%7Cb",
            "/a//b",
            "http://one.example/a",
            "http://two.example/a",
            "https://one.example/a",
        ];

        for (at, one) in urls.iter().enumerate() {
            for other in &urls[at + 1..] {
                assert_ne!(key(&policy, one), key(&policy, other), "{one} {other}");
            }
        }
    }

    /// HT012.
    #[test]
    fn sorting_makes_one_page_of_two_orders() {
        let sorted = Policy::seconds(60).sort_query();

        assert_eq!(key(&sorted, "/?a=1&b=2"), key(&sorted, "/?b=2&a=1"));
        assert_ne!(key(&sorted, "/?a=1&a=2"), key(&sorted, "/?a=2&a=1"));
        assert_ne!(key(&Policy::seconds(60), "/?a=1&b=2"), key(&Policy::seconds(60), "/?b=2&a=1"));
    }

    /// HT013.
    #[test]
    fn parameters_that_do_not_count_are_left_out_of_the_key() {
        let except = Policy::seconds(60).ignore_query(["utm_*", "gclid"]);
        let only = Policy::seconds(60).query(["page"]);

        assert_eq!(key(&except, "/?a=1&utm_source=x&gclid=2"), key(&except, "/?a=1"));
        assert_eq!(key(&except, "/?%75tm_source=x"), key(&except, "/"));
        assert_ne!(key(&except, "/?a=1"), key(&except, "/?a=2"));
        assert_eq!(key(&only, "/?page=2&b=1"), key(&only, "/?page=2"));
        assert_eq!(key(&only, "/?b=1"), key(&only, "/"));
    }

    /// HT015, MW033.
    #[test]
    fn parts_are_delimited_by_their_lengths() {
        let variant_of = |region: &str, tenant: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-region", region.parse().unwrap());
            headers.insert("x-tenant", tenant.parse().unwrap());
            variant(["x-region", "x-tenant"].into_iter(), &headers)
        };
        let policy = Policy::seconds(60);

        assert_ne!(variant_of("EU", ""), variant_of("", "EU"));
        let place_of = |prefix: &str, part: &'static str| {
            place(&policy.clone().key_prefix(prefix), &asked("/"), ["", "", part], Form::Whole)
        };
        assert_ne!(place_of("ab", "c"), place_of("a", "bc"));
    }

    #[test]
    fn who_keeps_a_page_is_part_of_its_key() {
        let key_of = |parts| place(&Policy::seconds(60), &asked("/"), parts, Form::Whole).key;
        let keys = [["", "", ""], ["a", "", ""], ["", "a", ""], ["", "", "a"], ["ab", "", ""]].map(key_of);

        for (at, one) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(one));
        }
    }

    #[test]
    fn how_deep_a_layer_is_nested_is_part_of_the_key() {
        let key_of = |uri, depth| {
            let keeper = Keeper { name: "a", depth, handler: "", part: "" };
            spot(&Policy::seconds(60), &asked(uri), keeper, Form::Whole).into_place().key
        };

        for uri in ["/", "/?q=1"] {
            assert_eq!(
                key_of(uri, 0),
                place(&Policy::seconds(60), &asked(uri), ["a", "", ""], Form::Whole).key
            );
            let keys: std::collections::BTreeSet<_> = (0..300).map(|depth| key_of(uri, depth)).collect();
            assert_eq!(keys.len(), 300, "{uri}");
        }
    }

    #[test]
    fn a_url_that_was_rewritten_is_part_of_the_key() {
        let policy = Policy::seconds(60).ignore_query(["utm_*"]);
        let key_of = |inner: &str| {
            let request = asked("/a").rewritten_to(&inner.parse().unwrap());
            place(&policy, &request, [""; 3], Form::Whole).key
        };

        assert_eq!(key_of("/b?q=1&utm_source=x"), key_of("/b?q=1"));
        let keys = ["/a", "/b", "/b?", "/b?q=1", "http://one.example/b", "http://two.example/b"].map(key_of);
        for (at, one) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(one));
        }
        assert!(!keys.contains(&key(&policy, "/a")));
    }

    /// HT065, HT066, MW031.
    #[test]
    fn absent_and_empty_and_many_lines_differ() {
        let variant_of = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append("pony", line.parse().unwrap());
            }
            variant(["pony"].into_iter(), &headers)
        };
        let variants = [&[][..], &[""], &["a"], &["a", "b"], &["ab"], &["a, b"]].map(variant_of);

        for (at, one) in variants.iter().enumerate() {
            assert!(!variants[at + 1..].contains(one));
        }
    }

    #[test]
    fn a_key_is_short_and_hides_the_query() {
        let path = "/very-long".repeat(200);
        let key = key(&Policy::seconds(60), &format!("http://shop.example{path}?token=secret"));

        assert!(key.as_str().starts_with("page:shop.example/very-long"));
        assert!(key.as_str().len() < 200 && !key.as_str().contains("secret"));
    }

    /// HT068.
    #[test]
    fn variants_have_so_many_places_and_no_more() {
        let policy = Policy::seconds(60).vary(["accept-language"]).max_variants(8);
        let places = (0..1000).map(|number| {
            let mut headers = HeaderMap::new();
            headers.insert("accept-language", format!("l{number}").parse().unwrap());
            place(
                &policy,
                &PageRequest::new(Method::GET, &Uri::from_static("/"), headers),
                [""; 3],
                Form::Whole,
            )
            .key
        });

        assert_eq!(places.collect::<std::collections::BTreeSet<_>>().len(), 8);
    }
}
