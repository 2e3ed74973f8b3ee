//! Which tags a page carries, and how pages are invalidated by them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::Uri;

use super::policy::Policy;
use super::query;
use super::request::PageRequest;
use super::written::{PATH, QUERY};
use crate::base::error::{Error, ErrorKind, Result};
use crate::base::sync::Mutex;
use crate::cache::{Cache, caches};

/// How many segments of a path [`invalidate_prefix`] can name at most.
pub const PREFIX_SEGMENTS: usize = 4;

/// The aliases that pages of this program are in.
static ALIASES: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(|| Mutex::new(BTreeSet::new()));

/// Notes that pages are in the cache of this alias; once for each handler and layer, when it is made.
pub(crate) fn note(alias: &str) {
    ALIASES.lock().insert(alias.to_owned());
}

/// The tags of a page: its URL with and without the host, its path if there is a query, the paths it lies under, its
/// handler.
pub(super) fn tags_of(policy: &Policy, request: &PageRequest, handler: &str) -> Vec<String> {
    let query = query::of(policy, request);
    let mut tags = policy.tags.clone();
    tags.push(tag_of_url(None, request.path(), query.as_deref()));
    tags.push(tag_of_url(Some((request.scheme(), request.host())), request.path(), query.as_deref()));
    let path = PATH.normalised(request.path());
    if query.is_some() {
        tags.push(tag_of_path(&path));
    }
    tags.extend(folders(&path).map(|folder| format!("page:under:{folder}")));
    if !handler.is_empty() {
        tags.push(tag_of_handler(handler));
    }
    tags
}

fn tag_of_handler(handler: &str) -> String {
    format!("page:of:{handler}")
}

/// What the pages of one path have in common that have a query: that without one has a URL of its own.
fn tag_of_path(normalised: &str) -> String {
    format!("page:path:{normalised}")
}

fn tag_of_url(site: Option<(&str, &str)>, path: &str, query: Option<&str>) -> String {
    let (scheme, host) = site.unwrap_or_default();
    let path = PATH.normalised(path);
    // An empty one is none.
    match query.filter(|query| !query.is_empty()).map(|query| QUERY.normalised(query)) {
        Some(query) => format!("page:url:{scheme}//{host}{path}?{query}"),
        None => format!("page:url:{scheme}//{host}{path}"),
    }
}

/// The folders that a path lies in, from the outermost: `/`, `/a/`, `/a/b/`, and the path itself if it ends so.
fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(at, _)| &path[..=at]).take(PREFIX_SEGMENTS + 1)
}

/// Drops every page of a URL, with all its variants, in every cache that pages of this program are in.
///
/// The URL is a path with its query (`/pricing/?plan=pro`), on every host; or absolute, with scheme and host,
/// for that host alone. It may be written in any way that means the same: `/café` for `/caf%C3%A9`, and `/@name` for
/// `/%40name`. While each of these has a page of its own, as it was sent, an invalidation of one drops all of them: what is
/// percent-encoded is the letter it stands for, but where the letter would divide the URL (`/` in a path; `&`, `=`, `+` and
/// `;` in a query). The query is taken as it counts in the key: parameters that a policy ignores are left out. A page that is
/// being made meanwhile is not stored. Where there is no page, nothing is dropped, which is no error.
///
/// # Errors
///
/// `InvalidArgument` for text that is no URL, has neither a slash in front nor a scheme, or has a last segment of stars alone, which
/// stand for nothing: what lies below a path is for [`invalidate_prefix`]. `Unavailable`, if a store could not be reached: then
/// its pages may still be there.
pub async fn invalidate(uri: &str) -> Result<()> {
    let tag = tag_of_uri(uri, None)?;
    everywhere(&tag).await
}

/// Drops every page of a path, whatever its query, with all its variants, on every host, in every cache that pages of
/// this program are in.
///
/// `invalidate_path("/pricing/")` drops `/pricing/`, `/pricing/?plan=pro` and `/pricing/?plan=free`, and nothing below:
/// that is for [`invalidate_prefix`]. A page that is being made meanwhile is not stored. Pages with a query that a release
/// before this function has stored are not reached.
///
/// # Errors
///
/// As [`invalidate`]; `InvalidArgument` for what does not begin with a slash, or has a query.
///
/// # Example
///
/// ```
/// # async fn prices_have_changed() -> cache_runtime::Result<()> {
/// cache_runtime::page::invalidate_path("/pricing/").await?;
/// # Ok(())
/// # }
/// ```
pub async fn invalidate_path(path: &str) -> Result<()> {
    if !path.starts_with('/') || path.contains('?') {
        let text = format!("`{path}` must begin with `/`, and have no query");
        return Err(Error::new(ErrorKind::InvalidArgument, "invalidate").context(text));
    }
    let parsed = url(path)?;
    let bare = everywhere(&tag_of_url(None, parsed.path(), None)).await;
    let with_query = everywhere(&tag_of_path(&PATH.normalised(parsed.path()))).await;
    bare.and(with_query)
}

/// Drops every page whose path begins with `prefix`, which ends in a slash, on every host.
///
/// # Errors
///
/// As [`invalidate`]; `InvalidArgument` for a prefix that does not begin and end with a slash, or of more than
/// [`PREFIX_SEGMENTS`] segments.
pub async fn invalidate_prefix(prefix: &str) -> Result<()> {
    let prefix = &*PATH.normalised(prefix);
    if !prefix.starts_with('/') || !prefix.ends_with('/') || !folders(prefix).any(|folder| folder == prefix) {
        let text =
            format!("`{prefix}` must begin and end with `/`, and have at most {PREFIX_SEGMENTS} segments");
        return Err(Error::new(ErrorKind::InvalidArgument, "invalidate").context(text));
    }
    everywhere(&format!("page:under:{prefix}")).await
}

/// Drops every page that carries a tag, in every cache that pages of this program are in. A tag that no page carries is no
/// error.
///
/// # Errors
///
/// As [`invalidate`].
pub async fn invalidate_tag(tag: &str) -> Result<()> {
    everywhere(tag).await
}

/// Drops every page that a handler ever produced, by its name (`"shop::pricing"`), in every cache that pages of
/// this program are in.
///
/// # Errors
///
/// As [`invalidate`].
pub async fn invalidate_handler(name: &str) -> Result<()> {
    everywhere(&tag_of_handler(name)).await
}

/// Drops the pages of a URL in one cache, as `policy` reads URLs.
pub(super) async fn invalidate_as(policy: &Policy, cache: &Cache, uri: &str) -> Result<()> {
    cache.invalidate_tag(&tag_of_uri(uri, Some(policy))?).await
}

/// Drops all pages of a handler.
pub(super) async fn invalidate_handler_in(cache: &Cache, handler: &str) -> Result<()> {
    cache.invalidate_tag(&tag_of_handler(handler)).await
}

/// Drops what a request of an unsafe method has changed (RFC 9111 §4.4): the pages of its URL.
pub(super) async fn invalidate_asked(policy: &Policy, cache: &Cache, request: &PageRequest) -> Result<()> {
    let query = query::of(policy, request);
    cache.invalidate_tag(&tag_of_url(None, request.path(), query.as_deref())).await
}

fn tag_of_uri(uri: &str, policy: Option<&Policy>) -> Result<String> {
    let parsed = url(uri)?;
    let asked = PageRequest::new(http::Method::GET, &parsed, http::HeaderMap::new());
    let query = match (asked.query(), policy) {
        (Some(query), Some(policy)) => query::in_key(policy, query),
        (query, _) => query.map(Into::into),
    };
    let site = (!asked.host().is_empty()).then(|| (asked.scheme(), asked.host()));
    Ok(tag_of_url(site, asked.path(), query.as_deref()))
}

fn url(uri: &str) -> Result<Uri> {
    let no_url = |text: String| Error::new(ErrorKind::InvalidArgument, "invalidate").context(text);
    match uri.parse::<Uri>() {
        Ok(parsed) if is_starred(parsed.path()) => Err(no_url(starred(parsed.path()))),
        Ok(parsed) if uri.starts_with('/') || parsed.scheme().is_some() => Ok(parsed),
        Err(fault) if uri.starts_with('/') || uri.contains("://") => {
            Err(no_url(format!("`{uri}` is no URL")).because(fault))
        }
        _ => Err(no_url(format!(
            "a URL begins with `/`, or with its scheme and host: write `/{uri}` in the place of `{uri}`"
        ))),
    }
}

/// Whether a path looks as if all that lies below were meant: other caches read a star as their last segment so.
pub(super) fn is_starred(path: &str) -> bool {
    let before = path.trim_end_matches('*');
    before.len() < path.len() && (before.is_empty() || before.ends_with('/'))
}

/// What to write instead of such a path.
pub(super) fn starred(path: &str) -> String {
    let before = path.trim_end_matches('*');
    let folder = if before.is_empty() { "/" } else { before };
    format!(
        "`*` stands for nothing in `{path}`: write `invalidate_prefix(\"{folder}\")` for all that lies below, and `%2A` for \
         a star in a URL"
    )
}

async fn everywhere(tag: &str) -> Result<()> {
    let (aliases, caches) = (ALIASES.lock().clone(), caches());
    let mut first_fault = None;
    for alias in aliases {
        let dropped = match caches.get(&alias) {
            Ok(cache) => cache.invalidate_tag(tag).await,
            // Among these caches there is none of that name, and so there are no pages in it.
            Err(fault) if fault.kind() == ErrorKind::UnknownAlias => Ok(()),
            Err(fault) => Err(fault),
        };
        if let Err(fault) = dropped {
            first_fault.get_or_insert(fault);
        }
    }
    first_fault.map_or(Ok(()), Err)
}
