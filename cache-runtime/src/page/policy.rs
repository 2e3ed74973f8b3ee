//! What a page, a route or a site says about its caching.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, StatusCode};

use super::choice::{Query, Rule, Visitors};
use super::laid::Laid;
use super::lasting::Lasting;
use super::plain::Fronts;
use super::purge::Secret;
use super::request::PageRequest;
use crate::base::entry::Timeout;
use crate::call::DEFAULT_WAIT;

/// The largest body that is kept unless a policy says otherwise, in bytes.
pub const DEFAULT_MAX_BODY: usize = 2 << 20;

/// How many variants of one URL are kept unless a policy says otherwise.
pub const DEFAULT_MAX_VARIANTS: u32 = 1024;

/// What is asked about a request.
pub(crate) type Question<T> = Arc<dyn Fn(&PageRequest) -> T + Send + Sync>;

/// What a page, a route or a site says about its caching; made once, shared by all its requests.
///
/// # Example
///
/// ```
/// use cache_runtime::page::Policy;
///
/// let policy = Policy::seconds(60 * 15).cache("marketing").query(["page", "q"]).ignore_cookies(["_ga*"]);
/// # let _ = policy;
/// ```
#[derive(Clone)]
#[must_use]
#[expect(clippy::struct_excessive_bools, reason = "independent options, each set by its own method")]
pub struct Policy {
    pub(crate) alias: String,
    pub(super) lasting: Lasting,
    pub(super) fronts: Fronts,
    pub(crate) prefix: String,
    /// The kind of layer that keeps the pages; empty for what is no layer.
    pub(crate) keeper: &'static str,
    /// Where that layer is made.
    pub(crate) laid: Option<Laid>,
    pub(crate) lifetime: Rule,
    pub(crate) client: Option<Timeout>,
    pub(crate) private: bool,
    pub(crate) statuses: Vec<StatusCode>,
    pub(crate) error_timeout: Option<Timeout>,
    pub(crate) query: Query,
    pub(crate) sorts_query: bool,
    pub(crate) vary: Vec<HeaderName>,
    pub(crate) visitors: Visitors,
    pub(crate) max_body: usize,
    pub(crate) max_variants: u32,
    pub(crate) collects: bool,
    pub(crate) wait: Duration,
    pub(crate) tags: Vec<String>,
    pub(crate) key: Option<Question<String>>,
    pub(crate) bypass: Option<Question<bool>>,
    pub(crate) while_revalidate: Option<Duration>,
    pub(crate) if_error: Option<Duration>,
    pub(crate) heeds_requests: bool,
    pub(crate) invalidates: bool,
    pub(crate) keeps_cookies: bool,
    pub(crate) status_name: Option<String>,
    pub(crate) behind_proxy: bool,
    pub(crate) purge: Option<Secret>,
}

impl Policy {
    pub(crate) fn new(lifetime: Rule) -> Self {
        Self {
            alias: "default".to_owned(),
            lasting: Lasting::default(),
            fronts: Fronts::default(),
            prefix: String::new(),
            keeper: "",
            laid: None,
            lifetime,
            client: None,
            private: false,
            statuses: vec![StatusCode::OK],
            error_timeout: None,
            query: Query::All,
            sorts_query: false,
            vary: Vec::new(),
            visitors: Visitors::Without { harmless: Vec::new() },
            max_body: DEFAULT_MAX_BODY,
            max_variants: DEFAULT_MAX_VARIANTS,
            collects: false,
            wait: DEFAULT_WAIT,
            tags: Vec::new(),
            key: None,
            bypass: None,
            while_revalidate: None,
            if_error: None,
            heeds_requests: false,
            invalidates: true,
            keeps_cookies: false,
            status_name: Some("cache-runtime".to_owned()),
            behind_proxy: false,
            purge: None,
        }
    }

    /// Pages are fresh for this time, whatever they say themselves; none are kept if it is zero.
    pub fn timeout(timeout: impl Into<Timeout>) -> Self {
        let timeout = timeout.into();
        if timeout.life(Timeout::Never).is_none() {
            tracing::warn!("a timeout of zero keeps no page");
        }
        Self::new(Rule::Here(timeout))
    }

    /// Pages are fresh for so many seconds, whatever they say themselves; none are kept if that is zero.
    pub fn seconds(seconds: u64) -> Self {
        Self::timeout(Timeout::secs(seconds))
    }

    /// Pages are fresh for as long as they say, and those that say nothing for this time.
    pub fn default_timeout(timeout: impl Into<Timeout>) -> Self {
        Self::new(Rule::Default(timeout.into()))
    }

    /// Only what the response's own headers allow is stored: a shared cache as RFC 9111 describes it.
    ///
    /// A page that is no longer fresh, and has a validator, stays to be confirmed by the handler.
    pub fn explicit() -> Self {
        Self::new(Rule::Explicit)
    }

    /// The alias of the cache; `"default"` if not stated.
    pub fn cache(self, alias: impl Into<String>) -> Self {
        Self { alias: alias.into(), lasting: Lasting::default(), ..self }
    }

    /// Text that sets these pages apart from others of the same URL.
    ///
    /// Those of a `CachePage`, of a `CacheSite`, and of each handler under `#[cache_page]` are apart without it, as
    /// are layers of one kind inside of each other. Where guards lead one URL to two routes with a `CachePage` each, a
    /// prefix tells them apart.
    pub fn key_prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), ..self }
    }

    /// Another part of the key: pages of different texts are never shared. Other caches on the way do not know it, so
    /// pages are [private to browsers](Self::private_to_browsers).
    pub fn key(self, key: impl Fn(&PageRequest) -> String + Send + Sync + 'static) -> Self {
        Self { key: Some(Arc::new(key)), ..self }.private_to_browsers()
    }

    /// Caches on the way to the visitor are told not to share these pages, by `private` beside `max-age`; unless a page
    /// says `public` or `s-maxage` itself, or all that is known of its lifetime is what it [says](Self::explicit). What another cache
    /// of ours further inside has answered is told as that says.
    pub fn private_to_browsers(self) -> Self {
        Self { private: true, ..self }
    }

    /// How long browsers and other caches are told to keep a page, apart from how long the server does.
    ///
    /// With zero they ask each time, and are told that their copy still holds where it does.
    pub fn client_timeout(self, timeout: impl Into<Timeout>) -> Self {
        Self { client: Some(timeout.into()), ..self }
    }

    /// The statuses of pages that are stored with the timeout of this policy; only 200 if not stated.
    ///
    /// # Panics
    ///
    /// If one is no status, or is never stored (below 200, 206, 304).
    pub fn statuses(self, statuses: impl IntoIterator<Item = u16>) -> Self {
        let check = |status| {
            let code = StatusCode::from_u16(status).ok();
            let code = code.filter(|code| *code >= StatusCode::OK && !matches!(status, 206 | 304));
            code.unwrap_or_else(|| panic!("a page of status {status} is never stored"))
        };
        Self { statuses: statuses.into_iter().map(check).collect(), ..self }
    }

    /// The timeout of pages whose status is 400 or more, where [`statuses`](Self::statuses) names it.
    pub fn error_timeout(self, timeout: impl Into<Timeout>) -> Self {
        Self { error_timeout: Some(timeout.into()), ..self }
    }

    /// The only parameters of the query that count; of the others, see [`ignore_query`](Self::ignore_query).
    pub fn query<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { query: Query::Only(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Parameters of the query that do not count: `["utm_*", "gclid"]`.
    ///
    /// A handler that makes a page does not see them: what the key lacks would get into the page of others. Where a
    /// service outside of a middleware of actix holds a clone of the request, which nobody can change then, the handler
    /// sees them, and what it makes is not stored.
    pub fn ignore_query<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { query: Query::Except(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// The order of the query's parameters does not count.
    pub fn sort_query(self) -> Self {
        Self { sorts_query: true, ..self }
    }

    /// Request headers that every page varies on, so that its key is known before it is looked up.
    ///
    /// # Panics
    ///
    /// If one is no name of a header.
    pub fn vary<N: AsRef<str>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let name = |name: N| {
            let name = name.as_ref();
            name.parse().unwrap_or_else(|_| panic!("`{name}` is no name of a header"))
        };
        Self { vary: names.into_iter().map(name).collect(), ..self }
    }

    /// Every page varies on the cookies, and says so by `Vary`: visitors with the same ones share it.
    pub fn vary_on_cookie(mut self) -> Self {
        self.vary.push(http::header::COOKIE);
        self
    }

    /// Cookies that change no page: `["_ga*", "consent"]`. A request with another one passes the cache by. Names
    /// are compared as they are sent, and as frameworks decode them (`%5Fga`): both have to be among these.
    ///
    /// Answers say `Vary: Cookie`, with no name declared as well, since a cache on the way cannot tell one cookie from another,
    /// and would give what is made without any to those who have signed in. An answer that says `public` or `s-maxage`
    /// itself does without it, as do all under [`public`](Self::public), under the name `*`, and where nothing is known of their
    /// lifetime but what they [say](Self::explicit).
    pub fn ignore_cookies<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        let harmless = names.into_iter().map(Into::into).collect();
        Self { visitors: Visitors::Without { harmless }, ..self }
    }

    /// The cookies that make a request a visitor's own: it passes the cache by. All others are harmless. Names are
    /// compared as they are sent, and as frameworks decode them (`%73ession`).
    ///
    /// Every answer says `Vary: Cookie`, so that caches on the way keep apart what this one keeps apart; in the key of
    /// a page no cookie is.
    pub fn session_cookies<N: Into<String>>(self, names: impl IntoIterator<Item = N>) -> Self {
        Self { visitors: Visitors::WithoutSession(names.into_iter().map(Into::into).collect()), ..self }
    }

    /// Every visitor may share these pages, whatever credentials they bring; but for a page that says itself, by
    /// `Vary: Authorization`, that it is for those with the same ones.
    pub fn public(self) -> Self {
        Self { visitors: Visitors::All, ..self }
    }

    /// The largest body that is kept, in bytes; [`DEFAULT_MAX_BODY`] if not stated. A larger one passes
    /// through as it is.
    pub fn max_body(self, bytes: usize) -> Self {
        Self { max_body: bytes, ..self }
    }

    /// The most variants of one URL that are kept, at least one; [`DEFAULT_MAX_VARIANTS`] if not stated.
    /// Beyond that, some displace each other.
    pub fn max_variants(self, variants: u32) -> Self {
        Self { max_variants: variants.max(1), ..self }
    }

    /// Keeps pages whose size is not known before as well, such as those of a compressing layer inside.
    ///
    /// Their first byte leaves when the last is there, or when there are more than
    /// [`max_body`](Self::max_body); without this, they pass through as they come.
    pub fn collect_streams(self) -> Self {
        Self { collects: true, ..self }
    }

    /// How long a visitor waits for another's page before the handler runs again; 5 seconds if not stated.
    pub fn wait(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Tags that every page carries, for [`invalidate_tag`](crate::Cache::invalidate_tag).
    pub fn tags<T: Into<String>>(self, tags: impl IntoIterator<Item = T>) -> Self {
        Self { tags: tags.into_iter().map(Into::into).collect(), ..self }
    }

    /// Requests that pass the cache by: previews, administrators.
    pub fn bypass(self, bypass: impl Fn(&PageRequest) -> bool + Send + Sync + 'static) -> Self {
        Self { bypass: Some(Arc::new(bypass)), ..self }
    }

    /// For so long after it was fresh, a page goes out at once and is made anew behind the visitor's back;
    /// where the response says so itself, that counts.
    pub fn stale_while_revalidate(self, window: Duration) -> Self {
        Self { while_revalidate: Some(window), ..self }
    }

    /// For so long after it was fresh, a page goes out where the handler fails; where the response says so
    /// itself, that counts.
    pub fn stale_if_error(self, window: Duration) -> Self {
        Self { if_error: Some(window), ..self }
    }

    /// Heeds `Cache-Control` of requests (`no-cache`, `max-age`, `only-if-cached`, …), so that any client
    /// can make the handler run.
    pub fn heed_request_directives(self) -> Self {
        Self { heeds_requests: true, ..self }
    }

    /// Requests of unsafe methods that succeed leave the pages of their URL as they are.
    pub fn keep_on_unsafe_methods(self) -> Self {
        Self { invalidates: false, ..self }
    }

    /// Stores pages with their `Set-Cookie` lines, which every visitor gets then; never those that vary on
    /// cookies.
    pub fn keep_set_cookie(self) -> Self {
        Self { keeps_cookies: true, ..self }
    }

    /// The name of this cache in the `Cache-Status` header (RFC 9211); `cache-runtime` if not stated.
    pub fn status_name(self, name: impl Into<String>) -> Self {
        Self { status_name: Some(name.into()), ..self }
    }

    /// Responses have no `Cache-Status` header.
    pub fn hide_status(self) -> Self {
        Self { status_name: None, ..self }
    }

    /// Takes host and scheme from `X-Forwarded-Host` and `X-Forwarded-Proto`: for a server that only a
    /// proxy of one's own can reach.
    ///
    /// Let the proxy set these headers, not append to them: a request in which their values differ passes the cache
    /// by, since some of them are then the client's own word.
    pub fn behind_proxy(self) -> Self {
        Self { behind_proxy: true, ..self }
    }

    /// Answers `PURGE` requests that bring `Authorization: Bearer secret`: the pages of their URL are dropped,
    /// on every host. Without this, no client can drop anything.
    ///
    /// # Panics
    ///
    /// If the secret is shorter than 16 bytes.
    pub fn purge(self, secret: &str) -> Self {
        Self { purge: Some(Secret::new(secret)), ..self }
    }

    pub(super) fn kept_by(self, keeper: &'static str, laid: Laid) -> Self {
        Self { keeper, laid: Some(laid), ..self }
    }

    pub(crate) fn typed(self) -> Self {
        Self { visitors: Visitors::Typed, ..self }
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { alias, prefix, lifetime, .. } = self;
        out.debug_struct("Policy")
            .field("alias", alias)
            .field("prefix", prefix)
            .field("lifetime", lifetime)
            .finish_non_exhaustive()
    }
}
