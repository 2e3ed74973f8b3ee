//! What of a request counts for a page: its method, its URL in parts, its headers.

use http::header::HOST;
use http::uri::Scheme;
use http::{HeaderMap, Method, Uri};

/// A request, as far as the cache looks at it.
#[derive(Debug, Clone)]
pub struct PageRequest {
    method: Method,
    scheme: String,
    host: String,
    path: String,
    query: Option<String>,
    headers: HeaderMap,
    /// It does not say of which host it is in one way alone.
    is_doubtful: bool,
    /// What a service outside has made of its URL.
    rewritten: Option<Uri>,
}

impl PageRequest {
    /// A request of this method for the URL that the client asked for (in nested routers the original one).
    ///
    /// The host is the URL's own, or else that of the `Host` header; in lower case, without the port that is
    /// the default of the scheme, and without a final dot. The scheme is the URL's own, or else `http`.
    ///
    /// Where URL and header name two hosts, or there are several `Host` lines, or one is no host (RFC 3986 §3.2),
    /// a handler may read another than the cache does: such a request passes the cache by, as does one whose URL
    /// names a user.
    pub fn new(method: Method, uri: &Uri, headers: HeaderMap) -> Self {
        let scheme = uri.scheme().unwrap_or(&Scheme::HTTP).as_str().to_ascii_lowercase();
        let named = headers.get(HOST).and_then(|host| host.to_str().ok());
        let own = uri.authority().map(http::uri::Authority::as_str);
        let host = host_of(own.or(named).unwrap_or_default(), &scheme);
        let is_doubtful = own.is_some_and(|own| !is_host(own))
            || headers.get_all(HOST).iter().count() > 1
            || headers.contains_key(HOST)
                && !named.is_some_and(|named| is_host(named) && host_of(named, &scheme) == host);
        let (path, query) = (uri.path().to_owned(), uri.query().map(str::to_owned));
        Self { method, scheme, host, path, query, headers, is_doubtful, rewritten: None }
    }

    /// The same request, of whose URL a service outside has made this one: both count for the key.
    #[must_use]
    pub fn rewritten_to(self, uri: &Uri) -> Self {
        Self { rewritten: Some(uri.clone()), ..self }
    }

    /// The same request as the outside knows it: behind a proxy that ends TLS, say.
    #[must_use]
    pub fn outside(mut self, scheme: &str, host: &str) -> Self {
        self.scheme = scheme.to_ascii_lowercase();
        self.host = host_of(host, &self.scheme);
        self.is_doubtful |= !is_host(host);
        self
    }

    /// The same request, of which it is not certain what host it is of.
    pub(super) fn doubted(self) -> Self {
        Self { is_doubtful: true, ..self }
    }

    pub(super) fn is_doubtful(&self) -> bool {
        self.is_doubtful
    }

    /// What a service outside has made of the URL, if it is another.
    pub(super) fn rewritten(&self) -> Option<&Uri> {
        self.rewritten.as_ref()
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host, with its port if that is not the default of the scheme; empty if the client named none.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path as it was sent, percent-encoding and all.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The query as it was sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The first value of a header, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies().find_map(|(found, value)| (found == name).then_some(value))
    }

    /// The cookies, in the order in which they were sent; those that are no text are left out.
    pub fn cookies(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.headers.get_all(http::header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';'));
        pairs.filter_map(|pair| pair.trim().split_once('='))
    }
}

/// A host in the one form that keys know (RFC 9110 §4.2.3).
pub(super) fn host_of(authority: &str, scheme: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host).to_ascii_lowercase();
    let default = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(default).or_else(|| host.strip_suffix(':')).unwrap_or(&host);
    host.strip_suffix('.').unwrap_or(host).to_owned()
}

/// Whether this is a host, and perhaps its port, and nothing else (RFC 3986 §3.2.2 and §3.2.3); no host is one too.
pub(super) fn is_host(text: &str) -> bool {
    let (is_sound, rest) = if let Some(literal) = text.strip_prefix('[') {
        let Some((address, rest)) = literal.split_once(']') else { return false };
        (address.bytes().all(|byte| byte == b':' || is_of_a_name(byte)), rest)
    } else {
        let (name, rest) = text.split_at(text.find(':').unwrap_or(text.len()));
        (is_name(name.as_bytes()), rest)
    };
    let port = rest.strip_prefix(':').unwrap_or(rest);
    is_sound && (rest.is_empty() || rest.starts_with(':')) && port.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_name(mut name: &[u8]) -> bool {
    while let [first, rest @ ..] = name {
        name = match rest {
            [high, low, rest @ ..]
                if *first == b'%' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                rest
            }
            _ if is_of_a_name(*first) => rest,
            _ => return false,
        };
    }
    true
}

fn is_of_a_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, host: &str) -> PageRequest {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        PageRequest::new(Method::GET, &uri.parse().unwrap(), headers)
    }

    #[test]
    fn a_host_has_one_form() {
        for host in ["Example.com", "example.com:80", "EXAMPLE.COM.", "example.com."] {
            assert_eq!(asked("/", host).host(), "example.com");
        }
        assert_eq!(asked("/", "example.com:8080").host(), "example.com:8080");
        assert_eq!(asked("/", "[::1]:80").host(), "[::1]");
    }

    #[test]
    fn the_authority_of_the_url_comes_before_the_host_header() {
        let asked = asked("https://shop.example:443/a?b=c", "other.example");

        assert_eq!((asked.scheme(), asked.host()), ("https", "shop.example"));
        assert_eq!((asked.path(), asked.query()), ("/a", Some("b=c")));
    }

    #[test]
    fn cookies_of_all_lines_are_seen() {
        let mut headers = HeaderMap::new();
        headers.append(http::header::COOKIE, "a=1; b=2".parse().unwrap());
        headers.append(http::header::COOKIE, "c=3".parse().unwrap());

        let asked = PageRequest::new(Method::GET, &Uri::from_static("/"), headers);

        assert_eq!((asked.cookie("b"), asked.cookie("c"), asked.cookie("d")), (Some("2"), Some("3"), None));
    }
}
