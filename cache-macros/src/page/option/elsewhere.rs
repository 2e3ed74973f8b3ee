//! Words that one looks for on a page, each with what is written in its place: those of functions, of headers, of layers.

use crate::option::elsewhere;

/// What is written in the place of a word.
pub(super) fn instead_of(word: &str) -> Option<String> {
    let own = ELSEWHERE.iter().find(|(name, _)| *name == word).map(|(_, instead)| *instead);
    if let Some(instead) = own {
        return Some(format!("`{word}` is not an option of a page; {instead}"));
    }
    of_layers(word).or_else(|| {
        let instead = elsewhere::of_both(word)?;
        Some(format!("`{word}` is not an option of a page; {instead}"))
    })
}

/// Whether only layers have an option of this name.
pub(super) fn is_of_layers(word: &str) -> bool {
    LAYERS.iter().any(|layer| layer.name == word)
}

fn of_layers(word: &str) -> Option<String> {
    let Layer { name, arguments, here } = LAYERS.iter().find(|layer| layer.name == word)?;
    let layer = if *name == "explicit" {
        "CachePage::explicit()".to_owned()
    } else {
        format!("CachePage::seconds(60).{name}({arguments})")
    };
    Some(format!(
        "`{word}` is an option of the layer: write `.layer({layer})` around the route (`.wrap(..)` in actix-web) in the \
         place of the attribute{here}"
    ))
}

/// Words that one looks for here, of functions and of headers, each with what a page has instead.
const ELSEWHERE: [(&str, &str); 16] = [
    (
        "stale",
        "write `stale_while_revalidate = …`: for so long an older page goes out at once while it is made anew",
    ),
    ("early", "write `stale_while_revalidate = …`, and nobody waits for a page that has expired"),
    ("jitter", "leave it out"),
    ("prefix", "write `key_prefix = \"beta\"`: text that sets these pages apart from others of the same URL"),
    ("vary_on", "write `vary = [\"accept-language\"]`"),
    ("vary_on_headers", "write `vary = [\"accept-language\"]`"),
    ("batch", "leave it out: a handler answers one request"),
    ("detached", "leave it out: where its visitor goes away, the handler of another who waits runs"),
    ("version", "write `key_prefix = \"v2\"`: text that sets these pages apart from older ones"),
    (
        "unless",
        "write `when = …`, over the request; a page that is not to be kept says so by `Cache-Control: no-store`",
    ),
    ("cache_err", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("cache_none", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("outcome", "write `statuses = [200, 404]`: what is kept goes by the status of the page"),
    ("local", "leave it out: in memory the bytes of a page are shared as they are"),
    ("in_impl", "leave it out: a handler is a free function"),
    (
        "max_age",
        "write `client_timeout = …` for what browsers are told, and the timeout for how long the page is kept",
    ),
];

/// An option that only layers have.
struct Layer {
    name: &'static str,
    /// What stands in its parentheses, by way of example.
    arguments: &'static str,
    /// What the attribute has in its place.
    here: &'static str,
}

const fn layer(name: &'static str, arguments: &'static str, here: &'static str) -> Layer {
    Layer { name, arguments, here }
}

const LAYERS: &[Layer] = &[
    layer("explicit", "", ""),
    layer("sort_query", "", ""),
    layer("vary_on_cookie", "", "; or `vary = [\"cookie\"]` in it"),
    layer(
        "ignore_cookies",
        "[\"_ga*\"]",
        "; it knows by the arguments which cookies count, so it needs no such list",
    ),
    layer(
        "session_cookies",
        "[\"session\"]",
        "; it knows by the arguments which cookies count, so it needs no such list",
    ),
    layer(
        "public",
        "",
        "; it knows by the arguments that visitors may share a page, so it needs no such word",
    ),
    layer("max_variants", "64", ""),
    layer("collect_streams", "", ""),
    layer("bypass", "|request| …", "; or `when = …` in it, for the requests that do not pass by"),
    layer("heed_request_directives", "", ""),
    layer("keep_on_unsafe_methods", "", ""),
    layer("keep_set_cookie", "", ""),
    layer("status_name", "\"site\"", ""),
    layer("hide_status", "", ""),
    layer("behind_proxy", "", ""),
    layer("purge", "secret", ""),
];
