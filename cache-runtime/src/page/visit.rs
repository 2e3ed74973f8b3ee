//! One request for a page, with what its route or handler says about it.

use std::borrow::Cow;
use std::sync::Arc;

#[cfg(feature = "tower")]
use http::Extensions;

use super::intent::Intent;
use super::list;
#[cfg(any(feature = "tower", feature = "actix"))]
use super::nesting::Nesting;
use super::policy::Policy;
use super::request::{PageRequest, host_of, is_host};
use super::rules::Pass;
use crate::base::key::KeyBuf;
use crate::cache::Cache;

/// One request for a page, with what its route or handler says about it.
#[derive(Clone)]
#[must_use]
pub struct Visit {
    pub(super) policy: Arc<Policy>,
    pub(super) request: PageRequest,
    pub(super) intent: Intent,
    /// The handler's name; empty for a layer.
    pub(super) handler: &'static str,
    /// Who keeps the pages, besides a handler of this name: others of the same URL share none with it.
    pub(super) keeper: &'static str,
    /// How many layers of the same kind stand further outside: they keep other pages.
    pub(super) depth: usize,
    /// No cache of ours stands further outside.
    pub(super) is_outermost: bool,
    /// What a handler makes on this visit could hold more than the key does: it is not stored.
    pub(super) is_for_one: bool,
}

impl Visit {
    /// A visit under this policy.
    #[inline]
    pub fn new(policy: Arc<Policy>, request: PageRequest) -> Self {
        let (keeper, intent) = (policy.keeper, Intent::usual());
        let mut visit = Self {
            policy,
            request,
            intent,
            handler: "",
            keeper,
            depth: 0,
            is_outermost: false,
            is_for_one: false,
        };
        if visit.policy.behind_proxy {
            visit.request = as_forwarded(visit.request);
        }
        visit
    }

    /// What the visit asks for besides what its request says, instead of what is usual.
    pub fn intending(mut self, intent: Intent) -> Self {
        self.intent = intent;
        self
    }

    /// If `flag` is set, the request brings a body that its headers need not announce: it passes the cache by.
    #[inline]
    pub fn with_body(mut self, flag: bool) -> Self {
        self.intent.brings_body |= flag;
        self
    }

    /// Looks for a cache further outside, by which extensions of the request it would be known. Where it stands: a visit is
    /// large, and a hit moves it as little as it can.
    #[cfg(feature = "tower")]
    #[inline]
    pub(super) fn look_outside(&mut self, extensions: &Extensions) {
        let outside = extensions.get::<Nesting>();
        self.is_outermost = outside.is_none();
        self.depth = Nesting::depth_of(outside, self.keeper);
    }

    /// A visit of a request that has come through these layers.
    #[cfg(feature = "actix")]
    pub(super) fn nested_in(mut self, outside: Option<&Nesting>) -> Self {
        self.depth = Nesting::depth_of(outside, self.keeper);
        self
    }

    /// Sets these pages apart from those that others keep of the same URL, and in the same cache: by a word that
    /// is the same in each process of one program.
    #[inline]
    pub fn kept_by(mut self, keeper: &'static str) -> Self {
        self.keeper = keeper;
        self
    }

    #[cfg(feature = "actix")]
    pub(super) fn for_one(mut self, flag: bool) -> Self {
        self.is_for_one = flag;
        self
    }

    /// The request.
    pub fn request(&self) -> &PageRequest {
        &self.request
    }

    /// The cache of its policy, here and now; what is wrong with it is said once for each alias.
    pub(super) fn cache(&self) -> Result<Cow<'_, Cache>, Pass> {
        let Policy { lasting, alias, .. } = &*self.policy;
        lasting.cache(alias).map_err(|error| {
            lasting.say(alias, &error);
            Pass::Unusable
        })
    }

    pub(super) fn tags_of_page(&self) -> Vec<String> {
        let mut tags = super::invalidate::tags_of(&self.policy, &self.request, self.handler);
        tags.extend(self.intent.tags.iter().cloned());
        tags
    }
}

/// What a template over the arguments of a handler renders, in full length.
///
/// # Panics
///
/// Never: only whole strings go in.
pub fn rendered(render: impl FnOnce(&mut KeyBuf)) -> String {
    let mut text = KeyBuf::new();
    render(&mut text);
    String::from_utf8(text.as_bytes().to_vec()).expect("only whole strings went in")
}

/// The request as a trusted proxy says that it came in.
fn as_forwarded(request: PageRequest) -> PageRequest {
    let scheme = forwarded(&request, "x-forwarded-proto", |scheme| Some(scheme.to_ascii_lowercase()));
    let of_host = scheme.clone().ok().flatten().unwrap_or_else(|| request.scheme().to_owned());
    let host = |host: &str| is_host(host).then(|| host_of(host, &of_host));
    let host = forwarded(&request, "x-forwarded-host", host);
    let (Ok(scheme), Ok(host)) = (scheme, host) else { return request.doubted() };
    if scheme.is_none() && host.is_none() {
        return request;
    }
    let host = host.unwrap_or_else(|| request.host().to_owned());
    request.outside(&scheme.unwrap_or(of_host), &host)
}

/// There are values that differ, or are none of their kind.
#[derive(Debug, Clone, Copy)]
struct Doubt;

/// The one value of a header that a proxy sets.
///
/// Where values differ, the proxy has appended to what it was sent: some are the client's own word, and which of
/// them a handler reads is not known here.
fn forwarded(
    request: &PageRequest,
    name: &str,
    form: impl Fn(&str) -> Option<String>,
) -> Result<Option<String>, Doubt> {
    let mut found = None;
    for value in list::elements(request.headers(), name) {
        let value = std::str::from_utf8(value).ok().and_then(&form).ok_or(Doubt)?;
        if *found.get_or_insert_with(|| value.clone()) != value {
            return Err(Doubt);
        }
    }
    Ok(found)
}
