//! What caches on the way to a visitor are told of answers that this cache does not give to everyone.

use http::HeaderMap;

use super::choice::{Rule, Visitors};
use super::control::CacheControl;
use super::directives::{Directives, patch_cache_control};
use super::headers::patch_vary;
use super::policy::Policy;

/// What a policy has caches on the way told. Layers that share their pages may differ in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Downstream {
    cookies: Cookies,
    is_private: bool,
}

/// Which answers are said to vary on cookies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cookies {
    /// Those that say so themselves.
    Unsaid,
    /// All but those that say that they are for everyone.
    UnlessShared,
    /// All.
    Always,
}

impl Downstream {
    pub(super) fn of(policy: &Policy) -> Self {
        Self { cookies: Cookies::of(policy), is_private: policy.private && has_own_lifetime(policy) }
    }

    /// Tells what is to be told of an answer as it leaves. Pages are stored without it, since in what is stored the name of
    /// a header sets variants apart.
    pub(super) fn tell(self, headers: &mut HeaderMap) {
        self.name_cookies(headers);
        self.keep_private(headers);
    }

    /// Names cookies in `Vary` where some of them make a visitor pass the cache by: whoever shares the answer on the way
    /// would give it to those visitors as well (RFC 9110 §12.5.5).
    fn name_cookies(self, headers: &mut HeaderMap) {
        let is_named = match self.cookies {
            Cookies::Unsaid => false,
            Cookies::UnlessShared => !is_shared(headers),
            Cookies::Always => true,
        };
        if is_named {
            patch_vary(headers, &["Cookie"]);
        }
    }

    /// As [`name_cookies`](Self::name_cookies), of an answer that another cache of ours further inside has seen: which
    /// cookies matter to that is its own word, unless those of sessions are known here.
    pub(super) fn name_cookies_outside(self, headers: &mut HeaderMap) {
        if self.cookies == Cookies::Always {
            self.name_cookies(headers);
        }
    }

    /// Says `private` of a page that is not for everyone, whatever caches on the way know of that.
    fn keep_private(self, headers: &mut HeaderMap) {
        if self.is_private && !is_shared(headers) {
            patch_cache_control(headers, &Directives::new().private());
        }
    }
}

impl Cookies {
    fn of(policy: &Policy) -> Self {
        match &policy.visitors {
            Visitors::WithoutSession(names) if !names.is_empty() => Self::Always,
            Visitors::Without { harmless } if has_own_lifetime(policy) && !are_all(harmless) => {
                Self::UnlessShared
            }
            Visitors::Typed | Visitors::All | Visitors::WithoutSession(_) | Visitors::Without { .. } => {
                Self::Unsaid
            }
        }
    }
}

/// Whether these are the names of all cookies.
fn are_all(names: &[String]) -> bool {
    names.iter().any(|name| name == "*")
}

/// Whether the policy has a lifetime of its own to tell; else all that is told is what the handler says.
fn has_own_lifetime(policy: &Policy) -> bool {
    policy.lifetime != Rule::Explicit
}

/// Whether an answer says itself that caches may share it.
fn is_shared(headers: &HeaderMap) -> bool {
    let said = CacheControl::of(headers);
    said.is_public() || said.s_maxage().is_some()
}
