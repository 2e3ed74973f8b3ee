//! The key of a plain URL, which is the URL: most hits need no digest, and no memory but the stack's.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::request::PageRequest;

/// Bytes of keeper, host and path in such a key: with a prefix of its cache it goes into every store as it is.
const PLAIN: usize = 187;

/// Bytes of the longest such key.
const LONGEST: usize = PLAIN + "https://".len();

/// The URL itself as the key, after whoever keeps the page.
///
/// No slash follows the last colon of a key with a digest, and one follows that of this key. What follows a tilde in a
/// key is a variant. The last `://` is that before the host; up to the first bar there is the keeper,
/// and after it the handler, unless that is of the same name; what follows a caret there is how deep the keeper is nested.
pub(super) struct PlainKey {
    text: [u8; LONGEST],
    length: usize,
}

impl PlainKey {
    /// The key, if it is short, and if no other request can have that text.
    pub(super) fn of(front: &str, request: &PageRequest) -> Option<Self> {
        let (host, path) = (request.host(), request.path());
        let scheme = match request.scheme() {
            "http" => "http://",
            "https" => "https://",
            _ => return None,
        };
        let is_unmistakable = front.len() + host.len() + path.len() <= PLAIN
            && !has_either(host, [b'/', b'~'])
            && !host.ends_with(':')
            && path.starts_with('/')
            && !has_either(path, [b':', b'~']);
        if is_unmistakable { Some(Self::joined([front, scheme, host, path])) } else { None }
    }

    fn joined<const N: usize>(pieces: [&str; N]) -> Self {
        let (mut text, mut length) = ([0; LONGEST], 0);
        for piece in pieces {
            let end = length + piece.len();
            text[length..end].copy_from_slice(piece.as_bytes());
            length = end;
        }
        Self { text, length }
    }

    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).expect("only whole strings went in")
    }
}

/// What stands before the URL in the plain keys of one policy: who keeps its pages, put together once for each depth that
/// layers of it are at. What is deeper than most is put together anew each time.
#[derive(Default)]
pub(crate) struct Fronts([OnceLock<Known>; 4]);

struct Known {
    keeper: &'static str,
    handler: &'static str,
    front: Option<String>,
}

/// It follows from who keeps the pages: a clone finds out its own.
impl Clone for Fronts {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Fronts {
    /// The front for a keeper at a depth and a handler, as a rule the same each time; nothing if others could imitate it.
    pub(super) fn of(
        &self,
        keeper: &'static str,
        depth: usize,
        handler: &'static str,
    ) -> Option<Cow<'_, str>> {
        let known = || Known { keeper, handler, front: front(keeper, depth, handler) };
        match self.0.get(depth).map(|place| place.get_or_init(known)) {
            Some(known) if known.keeper == keeper && known.handler == handler => {
                known.front.as_deref().map(Cow::Borrowed)
            }
            Some(_) | None => front(keeper, depth, handler).map(Cow::Owned),
        }
    }
}

fn front(keeper: &str, depth: usize, handler: &str) -> Option<String> {
    let depth = if depth == 0 { String::new() } else { format!("^{depth}") };
    let bar = if handler.is_empty() { "" } else { "|" };
    let handler = if handler == keeper { "" } else { handler };
    let is_unmistakable = !keeper.contains(['|', '~', '^']) && !handler.contains('~');
    is_unmistakable.then(|| ["page:", keeper, &depth, bar, handler, ":"].concat())
}

/// Whether a text has one of two bytes; without a branch, so that many are compared in one instruction.
#[expect(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
fn has_either(text: &str, [one, other]: [u8; 2]) -> bool {
    text.bytes().fold(false, |has, byte| has | (byte == one) | (byte == other))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;
    use crate::base::key::Key;
    use crate::page::policy::Policy;
    use crate::page::vary::{Form, Keeper, spot};

    fn asked(uri: &str) -> PageRequest {
        PageRequest::new(Method::GET, &uri.parse().unwrap(), HeaderMap::new())
    }

    fn key(request: &PageRequest, [keeper, handler]: [&'static str; 2]) -> Key {
        nested_key(request, [keeper, handler], 0)
    }

    fn nested_key(request: &PageRequest, [keeper, handler]: [&'static str; 2], depth: usize) -> Key {
        let keeper = Keeper { name: keeper, depth, handler, part: "" };
        spot(&Policy::seconds(60), request, keeper, Form::Whole).into_place().key
    }

    #[test]
    fn the_key_of_a_plain_url_is_the_url() {
        let key_of = |keeper, handler, uri: &str| key(&asked(uri), [keeper, handler]);

        assert_eq!(
            key_of("CachePage", "", "http://shop.example:8080/pricing"),
            "page:CachePage:http://shop.example:8080/pricing"
        );
        assert_eq!(
            key_of("shop::pricing", "shop::pricing", "https://shop.example/"),
            "page:shop::pricing|:https://shop.example/"
        );
        assert_eq!(
            key_of("shop::new::index", "shop::index", "https://shop.example/"),
            "page:shop::new::index|shop::index:https://shop.example/"
        );
    }

    #[test]
    fn one_layer_at_several_depths_has_a_front_for_each() {
        let fronts = Fronts::default();

        for round in 0..2 {
            for (depth, written) in ["page:a:", "page:a^1:", "page:a^2:", "page:a^3:"].into_iter().enumerate()
            {
                let front = fronts.of("a", depth, "").unwrap();
                assert!(matches!(front, Cow::Borrowed(_)), "round {round}, depth {depth}");
                assert_eq!(front, written);
            }
        }
        assert_eq!(fronts.of("a", 11, "").as_deref(), Some("page:a^11:"));
        assert_eq!(fronts.of("b", 0, "c").as_deref(), Some("page:b|c:"));
    }

    #[test]
    fn no_keeper_or_handler_imitates_another() {
        let keepers = [
            ["", ""],
            ["a", ""],
            ["", "a"],
            ["a|b", ""],
            ["a", "a"],
            ["a", "b"],
            ["a|b", "c"],
            ["a", "b|c"],
            ["a:http://one.example/", ""],
            ["a:http:", ""],
            ["a:http", ""],
            ["a~b", ""],
            ["a^1", ""],
            ["a", "^1"],
            ["a^1:http:", ""],
            ["a", "~b"],
        ];
        let urls =
            ["/", "/http://one.example/", "http://one.example/", "http://http/", "http://one.example//a"];
        let keys: std::collections::BTreeSet<_> = keepers
            .iter()
            .flat_map(|keeper| urls.map(|uri| (keeper, uri)))
            .flat_map(|(keeper, uri)| [0, 1, 11].map(|depth| nested_key(&asked(uri), *keeper, depth)))
            .collect();

        assert_eq!(keys.len(), keepers.len() * urls.len() * 3);
        assert_eq!(keys.iter().filter(|key| key.as_str().contains('~')).count(), 0);
    }

    #[test]
    fn no_url_imitates_the_key_of_another() {
        let at = |host: &str, path: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            let request = PageRequest::new(Method::GET, &path.parse().unwrap(), headers);
            key(&request, ["", ""])
        };
        let digested = at(":http://shop.example", "/a?token=1");

        let forged =
            digested.as_str().strip_prefix("page::http://shop.example").expect("a head and a digest");

        assert_ne!(at("shop.example", forged), digested);
        assert_ne!(at("one/two", "/three"), at("one", "/two/three"));
        assert_ne!(at("one", "/two~1f.3").as_str(), format!("{}~1f.3", at("one", "/two")));
    }
}
