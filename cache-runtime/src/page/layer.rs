//! What stands around a route, or a whole site, and says how its pages are cached.

use std::sync::Arc;
#[cfg(any(feature = "tower", feature = "actix"))]
use std::sync::Once;
use std::time::Duration;

#[cfg(any(feature = "tower", feature = "actix"))]
use super::invalidate;
use super::laid::Laid;
use super::policy::Policy;
use super::request::PageRequest;
use crate::base::entry::Timeout;
#[cfg(any(feature = "tower", feature = "actix"))]
use crate::cache::layers;

/// Caches the pages of a route, whatever service answers them: a layer of tower, and a middleware of actix.
///
/// Its timeout counts before what pages say themselves. A request with `Authorization`, or with a cookie that
/// is not declared harmless, passes it by.
///
/// One inside of the other, the outer leaves to the inner what that has seen, and neither finds the other's pages. Two that answer one URL beside each other, by guards, share
/// their pages: a [`key_prefix`](Self::key_prefix) of its own sets one apart. The first hit of one on a page that this
/// process has made for another is said in the log.
#[derive(Debug, Clone)]
#[must_use]
pub struct CachePage(Layered);

/// Caches the pages of a whole site: a layer of tower, and a middleware of actix.
///
/// Its timeout is for pages that state none; a page that says `private`, `no-store` or `max-age` has its way, and
/// one that `#[cache_page]` or [`CachePage`] inside has seen is left to them, and is in no key of the site.
#[derive(Debug, Clone)]
#[must_use]
pub struct CacheSite(Layered);

/// The policy of a layer. It is shared: axum puts a layer around a route for every connection.
#[derive(Debug, Clone)]
struct Layered {
    policy: Arc<Policy>,
    #[cfg(any(feature = "tower", feature = "actix"))]
    noted: Arc<Once>,
}

impl Layered {
    fn new(policy: Policy) -> Self {
        Self {
            policy: Arc::new(policy),
            #[cfg(any(feature = "tower", feature = "actix"))]
            noted: Arc::new(Once::new()),
        }
    }

    fn changed(self, change: impl FnOnce(Policy) -> Policy) -> Self {
        Self::new(change(Arc::unwrap_or_clone(self.policy)))
    }

    /// The policy, for what the layer stands around; its cache is noted as one of pages.
    #[cfg(any(feature = "tower", feature = "actix"))]
    fn policy(&self) -> Arc<Policy> {
        self.noted.call_once(|| {
            invalidate::note(&self.policy.alias);
            if let Some(laid) = &self.policy.laid {
                layers::note(&self.policy.alias, laid.at());
            }
        });
        Arc::clone(&self.policy)
    }
}

impl CachePage {
    /// Pages are fresh for so many seconds; none are kept if that is zero.
    #[track_caller]
    pub fn seconds(seconds: u64) -> Self {
        Self::policy(Policy::seconds(seconds))
    }

    /// Pages are fresh for this time; none are kept if it is zero.
    #[track_caller]
    pub fn timeout(timeout: impl Into<Timeout>) -> Self {
        Self::policy(Policy::timeout(timeout))
    }

    /// Only what the response's own headers allow: a shared cache as RFC 9111 describes it.
    #[track_caller]
    pub fn explicit() -> Self {
        Self::policy(Policy::explicit())
    }
}

impl CacheSite {
    /// Pages that state no lifetime are fresh for the timeout of their cache.
    #[track_caller]
    pub fn new() -> Self {
        Self::policy(Policy::default_timeout(Timeout::Default))
    }

    /// Pages that state no lifetime are fresh for so many seconds.
    #[track_caller]
    pub fn seconds(seconds: u64) -> Self {
        Self::policy(Policy::default_timeout(Timeout::secs(seconds)))
    }

    /// Pages that state no lifetime are fresh for this time.
    #[track_caller]
    pub fn timeout(timeout: impl Into<Timeout>) -> Self {
        Self::policy(Policy::default_timeout(timeout))
    }

    /// Only what the response's own headers allow: a shared cache as RFC 9111 describes it.
    #[track_caller]
    pub fn explicit() -> Self {
        Self::policy(Policy::explicit())
    }
}

impl Default for CacheSite {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

/// The options of a policy, on the layer itself.
macro_rules! options {
    ($layer:ident: $($option:ident $([$($generics:tt)*])? ($($argument:ident: $kind:ty),*);)*) => {
        impl $layer {
            $(
                #[doc = concat!("See [`Policy::", stringify!($option), "`].")]
                pub fn $option $(<$($generics)*>)? (self, $($argument: $kind),*) -> Self {
                    Self(self.0.changed(|policy| policy.$option($($argument),*)))
                }
            )*

            /// A layer of this policy.
            #[track_caller]
            pub fn policy(policy: Policy) -> Self {
                Self(Layered::new(policy.kept_by(stringify!($layer), Laid::here())))
            }

            /// What it says, for what it stands around.
            #[cfg(any(feature = "tower", feature = "actix"))]
            pub(super) fn shared_policy(&self) -> Arc<Policy> {
                self.0.policy()
            }
        }
    };
}

macro_rules! all_options {
    ($($layer:ident)*) => {
        $(options! { $layer:
            cache(alias: impl Into<String>);
            key_prefix(prefix: impl Into<String>);
            key(key: impl Fn(&PageRequest) -> String + Send + Sync + 'static);
            client_timeout(timeout: impl Into<Timeout>);
            statuses(statuses: impl IntoIterator<Item = u16>);
            error_timeout(timeout: impl Into<Timeout>);
            query[N: Into<String>](names: impl IntoIterator<Item = N>);
            ignore_query[N: Into<String>](names: impl IntoIterator<Item = N>);
            sort_query();
            vary[N: AsRef<str>](names: impl IntoIterator<Item = N>);
            vary_on_cookie();
            ignore_cookies[N: Into<String>](names: impl IntoIterator<Item = N>);
            session_cookies[N: Into<String>](names: impl IntoIterator<Item = N>);
            public();
            max_body(bytes: usize);
            max_variants(variants: u32);
            collect_streams();
            wait(wait: Duration);
            tags[T: Into<String>](tags: impl IntoIterator<Item = T>);
            bypass(bypass: impl Fn(&PageRequest) -> bool + Send + Sync + 'static);
            stale_while_revalidate(window: Duration);
            stale_if_error(window: Duration);
            heed_request_directives();
            keep_on_unsafe_methods();
            keep_set_cookie();
            status_name(name: impl Into<String>);
            hide_status();
            behind_proxy();
            purge(secret: &str);
        })*
    };
}

all_options! { CachePage CacheSite }
