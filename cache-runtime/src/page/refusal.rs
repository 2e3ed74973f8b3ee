//! Why an answer is not stored, in the words of `Cache-Status` and of the log.

macro_rules! refusals {
    ($($(#[$documentation:meta])* $name:ident = $word:literal;)*) => {
        /// Why an answer is not stored: the `detail` in `Cache-Status` (RFC 9211 §2.8), and the `reason` of a debug event.
        ///
        /// There are words for what those who make a site can act on. An answer without one is of a request that the
        /// cache is not meant for (its method, a `bypass`), was left to a cache further inside, or could be stored and was
        /// overtaken by an invalidation, or by the state of the store.
        ///
        /// ```
        /// assert_eq!(cache_runtime::page::Refusal::SetCookie.as_str(), "set-cookie");
        /// ```
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Refusal {
            $(
                #[doc = concat!("`", $word, "`:")]
                $(#[$documentation])*
                $name,
            )*
        }

        impl Refusal {
            /// The word.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

refusals! {
    /// it is a part of something: 206, or `Content-Range`.
    Partial = "partial";
    /// answers of its status are not stored, unless the policy names it in `statuses`, or the answer states a lifetime;
    /// failures of the server never are.
    Status = "status";
    /// it says `Cache-Control: no-store`, or what cannot be read.
    NoStore = "no-store";
    /// it says `Cache-Control: private`.
    Private = "private";
    /// it says `Cache-Control: no-cache`.
    NoCache = "no-cache";
    /// the request says `Cache-Control: no-store`.
    Request = "request-no-store";
    /// it sets a cookie; see [`keep_set_cookie`](super::Policy::keep_set_cookie).
    SetCookie = "set-cookie";
    /// it was made for `Authorization`, and does not say that it is for others.
    Authorization = "authorization";
    /// it says `Vary: *`.
    VaryOnAll = "vary-all";
    /// its `Content-Security-Policy` has a nonce, which is good for one answer.
    Nonce = "nonce";
    /// it has more lines of headers than a page can hold.
    Headers = "headers";
    /// it states no lifetime where the policy has none, or one that has passed.
    Lifetime = "lifetime";
    /// its body is larger than [`max_body`](super::Policy::max_body); or was collected, and did not come to its end.
    TooLarge = "too-large";
    /// the size of its body is not known before; see [`collect_streams`](super::Policy::collect_streams).
    Stream = "stream";
    /// its body did not come to its end, has another length than the headers say, or has trailers.
    Body = "body";
    /// parameters that do not count could not be taken out of the URL that its handler saw.
    Query = "query";
    /// the request brings `Authorization`, or a cookie that is not declared harmless; see
    /// [`ignore_cookies`](super::Policy::ignore_cookies).
    Visitor = "visitor";
    /// the request names more than one host, or none that is one.
    Host = "host";
    /// the cache cannot be used; what is wrong with it is said in the log.
    Unusable = "unusable";
}
