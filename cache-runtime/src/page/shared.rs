//! Which arguments of a handler may take part in a page that many visitors share.

use std::convert::Infallible;
use std::marker::PhantomData;

use http::header::HeaderName;
use http::{HeaderMap, Method, Uri};

use super::function::CachedPage;

/// An argument of a handler that is the same for all visitors of a URL.
///
/// `#[cache_page]` asks it of every argument that is neither in the key nor ignored, so that what one visitor sees
/// cannot reach another by oversight. State, path, query and method have it; `Option`, `Result` and tuples have it
/// if what is in them does, and so do the rejections of these. Extractors of one's own, and their rejections, derive it if their fields have it, or promise it:
///
/// ```
/// use cache_runtime::page::SharedInput;
///
/// /// The shop that the host of the URL names.
/// struct Shop {
///     id: u32,
/// }
///
/// impl SharedInput for Shop {}
/// # let _ = Shop { id: 1 }.id;
/// ```
///
/// Never shared by themselves are headers, cookies, sessions, extensions, addresses, the version of HTTP, and the body of a
/// request.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can differ between visitors of one URL, so a page that is made of it is not for all of them",
    label = "this argument is not shared by all visitors of a URL",
    note = "if the page shows something of it, put that into the key: `key = \"{{user.id}}\"`",
    note = "if the page does not depend on it, name the argument: `ignore(user)`; so it is with the body of a request, \
            since a request that has one passes the cache by",
    note = "if it is made of request headers, name those: `vary = [\"accept-language\"]`, and \"cookie\" for cookies; `CookieJar` and \
            `TypedHeader` are known with the feature `axum-extra` of `cache-runtime`",
    note = "if it is your own type, and the same for all visitors of a URL: `#[derive(SharedInput)]`"
)]
pub trait SharedInput {}

/// A field of an extractor that derives [`SharedInput`]: another name of that, for what the compiler says of a field.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can differ between visitors of one URL, so an extractor that holds it is not shared by all of them",
    label = "this field is not shared by all visitors of a URL",
    note = "if no page depends on it, leave it out: `#[shared_input(ignore)]` on the field",
    note = "if it is your own type, and the same for all visitors of a URL: `#[derive(SharedInput)]` for it",
    note = "if pages depend on it, derive nothing, and put what they show into the key of each: `key = \"{{session.user}}\"`"
)]
pub trait SharedField {}

#[diagnostic::do_not_recommend]
impl<T: SharedInput + ?Sized> SharedField for T {}

/// An argument of a handler whose pages vary on request headers (`vary = [..]`).
///
/// What is shared by all visitors is admitted as it is; a `HeaderMap` is reduced to the headers that the page varies on; one
/// typed header, or the cookies, are admitted if the page varies on that header. `Option` and `Result` around any of
/// them are admitted alike.
///
/// An extractor of one's own that is made of certain headers says which:
///
/// ```
/// use cache_runtime::page::VariedInput;
/// use http::header::{ACCEPT_LANGUAGE, HeaderName};
///
/// struct Language(String);
///
/// impl VariedInput for Language {
///     fn is_covered(names: &[HeaderName]) -> bool {
///         names.contains(&ACCEPT_LANGUAGE)
///     }
///
///     fn narrow(self, _: &[HeaderName]) -> Self {
///         self
///     }
/// }
/// # assert!(Language::is_covered(&[ACCEPT_LANGUAGE]) && !Language(String::new()).narrow(&[]).0.contains('a'));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` can differ between visitors of one URL, also between those whose headers in `vary` are equal",
    label = "`vary` does not cover this argument",
    note = "if the page shows something of it, put that into the key: `key = \"{{user.id}}\"`",
    note = "if the page does not depend on it, name the argument: `ignore(user)`",
    note = "if it is your own type, and the same for all visitors of a URL: `#[derive(SharedInput)]`",
    note = "if it is your own type, and made of headers that `vary` names: `impl VariedInput` for it",
    note = "`CookieJar` and `TypedHeader` are known with the feature `axum-extra` of `cache-runtime`"
)]
pub trait VariedInput: Sized {
    /// Whether a page that varies on these headers may be made of it; otherwise the cache is passed by.
    fn is_covered(_names: &[HeaderName]) -> bool {
        true
    }

    /// What of it the handler may see.
    #[must_use]
    fn narrow(self, names: &[HeaderName]) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: SharedInput> VariedInput for T {
    fn narrow(self, _: &[HeaderName]) -> Self {
        self
    }
}

/// A rejection that tells of a request no more than the extractor `T` does, whose rejection it is: an argument
/// `Result<T, _>` of a handler whose pages vary on request headers may have it.
///
/// A rejection that is the same for all visitors of a URL has it. One that tells of the headers which its extractor is
/// made of promises it:
///
/// ```
/// use cache_runtime::page::VariedRejection;
///
/// struct Language(String);
///
/// /// What `Accept-Language` says instead of a language.
/// struct NoLanguage(String);
///
/// impl VariedRejection<Language> for NoLanguage {}
/// # let _ = (Language(String::new()).0, NoLanguage(String::new()).0);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` may tell of more than `{T}` does, whose rejection it is: it can differ between visitors of one URL, \
               also between those whose headers in `vary` are equal",
    label = "`vary` does not cover the rejection of this argument",
    note = "if the page does not depend on it, take the argument by `Option`",
    note = "if it is your own type, and the same for all visitors of a URL: `#[derive(SharedInput)]`",
    note = "if it tells only of headers that `vary` names: `impl VariedRejection<{T}> for {Self} {{}}`"
)]
pub trait VariedRejection<T> {}

#[diagnostic::do_not_recommend]
impl<T, E: SharedInput> VariedRejection<T> for E {}

impl VariedInput for HeaderMap {
    fn narrow(self, names: &[HeaderName]) -> Self {
        let lines = names.iter().flat_map(|name| self.get_all(name).iter().map(move |line| (name, line)));
        let mut narrowed = Self::new();
        for (name, line) in lines {
            narrowed.append(name.clone(), line.clone());
        }
        narrowed
    }
}

impl SharedInput for () {}
impl SharedInput for Method {}
impl SharedInput for Uri {}
impl<T> SharedInput for PhantomData<T> {}
impl<T: SharedInput> SharedInput for Option<T> {}
// What refuses a request may tell of it: a rejection is an argument like others.
impl<T: SharedInput, E: SharedInput> SharedInput for Result<T, E> {}
impl SharedInput for Infallible {}

/// Tuples of up to eight.
macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: SharedInput),*> SharedInput for ($($name,)*) {}
    )*};
}

tuples! { (A) (A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H) }

/// Accepts an argument that is shared; the compiler explains why another is not.
pub const fn shared<T: SharedInput + ?Sized>() {}

/// As [`shared`], for an argument whose type has no name.
pub const fn shared_value<T: SharedInput + ?Sized>(_: &T) {}

/// Reduces an argument to what the pages of `P` vary on; and whether they vary on all that it is made of. If not, that is
/// said once, and the pages are to pass the cache by.
pub fn narrow<P: CachedPage, T: VariedInput>(argument: T) -> (T, bool) {
    (argument.narrow(&P::page().policy().vary), is_covered::<P, T>())
}

/// As [`narrow`], for an argument that may be absent.
pub fn narrow_option<P: CachedPage, T: VariedInput>(argument: Option<T>) -> (Option<T>, bool) {
    (argument.map(|argument| argument.narrow(&P::page().policy().vary)), is_covered::<P, T>())
}

/// As [`narrow`], for an argument that may be refused.
pub fn narrow_result<P, T, E>(argument: Result<T, E>) -> (Result<T, E>, bool)
where
    P: CachedPage,
    T: VariedInput,
    E: VariedRejection<T>,
{
    (argument.map(|argument| argument.narrow(&P::page().policy().vary)), is_covered::<P, T>())
}

fn is_covered<P: CachedPage, T: VariedInput>() -> bool {
    let page = P::page();
    let is_covered = T::is_covered(&page.policy().vary);
    if !is_covered {
        page.warn_of_uncovered(std::any::type_name::<T>());
    }
    is_covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_reduced_to_those_that_are_named() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("accept-language", "fr"), ("cookie", "id=7"), ("accept-language", "en")] {
            headers.append(name, value.parse().unwrap());
        }

        let narrowed = headers.narrow(&[http::header::ACCEPT_LANGUAGE]);

        let lines: Vec<_> = narrowed.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        assert_eq!(lines, [("accept-language", &b"fr"[..]), ("accept-language", b"en")]);
    }
}
