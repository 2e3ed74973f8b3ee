//! What of a request counts for a page: its method, its URL in parts, its headers.

use std::borrow::Cow;

use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Method, Uri};

/// A request, as far as the cache looks at it.
#[derive(Debug, Clone)]
pub struct PageRequest {
    method: Method,
    scheme: Cow<'static, str>,
    host: Host,
    /// Whose path and query count; a clone of it copies no text.
    uri: Uri,
    headers: HeaderMap,
    pub(super) brings: Brought,
    /// It does not say of which host it is in one way alone.
    is_doubtful: bool,
    /// What a service outside has made of its URL.
    rewritten: Option<Uri>,
}

/// The host of a request, in the one form that keys know.
#[derive(Debug, Clone)]
enum Host {
    /// The `Host` line as it was sent: most are in that form.
    AsSent,
    /// That form.
    Written(String),
}

/// What of the headers decides about a visit, seen in one pass: most requests bring none of it, and need not be asked for
/// each by its name.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brought {
    /// A body, or the wish for another protocol.
    pub(super) body: bool,
    /// What may make the answer one visitor's own.
    pub(super) credentials: bool,
    /// Preconditions, or a range.
    pub(super) conditions: bool,
}

impl Brought {
    fn by(headers: &HeaderMap) -> Self {
        let mut brought = Self::default();
        for name in headers.keys() {
            match name.as_str() {
                "content-length" | "transfer-encoding" | "upgrade" => brought.body = true,
                "authorization" | "cookie" => brought.credentials = true,
                "if-match" | "if-none-match" | "if-modified-since" | "if-unmodified-since" | "range" => {
                    brought.conditions = true;
                }
                _ => {}
            }
        }
        brought
    }
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
        let scheme = scheme_of(uri);
        let mut lines = headers.get_all(HOST).iter();
        let line = lines.next();
        let named = line.and_then(|line| line.to_str().ok());
        let own = uri.authority().map(Authority::as_str);
        let (host, is_doubtful) = match (own, named) {
            (None, Some(line)) if is_in_form(line, &scheme) => (Host::AsSent, false),
            _ => (
                Host::Written(host_of(own.or(named).unwrap_or_default(), &scheme)),
                is_in_doubt(own, line, &scheme),
            ),
        };
        let is_doubtful = is_doubtful || lines.next().is_some();
        let brings = Brought::by(&headers);
        Self { method, scheme, host, uri: uri.clone(), headers, brings, is_doubtful, rewritten: None }
    }

    /// The same request, of whose URL a service outside has made this one: both count for the key.
    #[must_use]
    pub fn rewritten_to(mut self, uri: &Uri) -> Self {
        self.rewritten = Some(uri.clone());
        self
    }

    /// The same request as the outside knows it: behind a proxy that ends TLS, say.
    #[must_use]
    pub fn outside(mut self, scheme: &str, host: &str) -> Self {
        self.scheme = scheme.to_ascii_lowercase().into();
        self.host = Host::Written(host_of(host, &self.scheme));
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
        match &self.host {
            Host::AsSent => self.headers.get(HOST).and_then(|line| line.to_str().ok()).unwrap_or_default(),
            Host::Written(host) => host,
        }
    }

    /// The path as it was sent, percent-encoding and all.
    pub fn path(&self) -> &str {
        self.uri.path()
    }

    /// The query as it was sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.uri.query()
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

fn scheme_of(uri: &Uri) -> Cow<'static, str> {
    match uri.scheme() {
        None => "http".into(),
        Some(scheme) if *scheme == Scheme::HTTP => "http".into(),
        Some(scheme) if *scheme == Scheme::HTTPS => "https".into(),
        Some(scheme) => scheme.as_str().to_ascii_lowercase().into(),
    }
}

/// A host in the one form that keys know (RFC 9110 §4.2.3).
pub(super) fn host_of(authority: &str, scheme: &str) -> String {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let default = if scheme == "https" { ":443" } else { ":80" };
    let host = host.strip_suffix(default).or_else(|| host.strip_suffix(':')).unwrap_or(host);
    host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase()
}

/// Whether a host is one, and in that form as it was sent. It may be though this says no: then it is written again.
fn is_in_form(host: &str, scheme: &str) -> bool {
    let end = host.bytes().position(|byte| !IS_PLAIN[usize::from(byte)]).unwrap_or(host.len());
    let (name, port) = host.as_bytes().split_at(end);
    let default: &[u8] = if scheme == "https" { b"443" } else { b"80" };
    let is_port =
        |digits: &[u8]| !digits.is_empty() && digits != default && digits.iter().all(u8::is_ascii_digit);
    !name.ends_with(b".") && (port.is_empty() || port.strip_prefix(b":").is_some_and(is_port))
}

/// Which bytes most names of hosts are made of.
static IS_PLAIN: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0_u8);
    while byte < 128 {
        let is_letter = byte.is_ascii_lowercase() || byte.is_ascii_digit();
        table[byte as usize] = is_letter || matches!(byte, b'-' | b'.' | b'_');
        byte += 1;
    }
    table
};

/// Whether it is in doubt what host a URL and a `Host` line name: one names none, or they name two.
fn is_in_doubt(own: Option<&str>, line: Option<&HeaderValue>, scheme: &str) -> bool {
    let agrees =
        |named: &str| is_host(named) && own.is_none_or(|own| host_of(named, scheme) == host_of(own, scheme));
    let named = line.map(|line| line.to_str().is_ok_and(agrees));
    own.is_some_and(|own| !is_host(own)) || named == Some(false)
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
    fn a_host_that_is_in_form_is_what_it_would_be_written_as() {
        let hosts = [
            "", "a", "a.b-c_d", "a.", "A", "a:80", "a:443", "a:8080", "a:", ":8080", "[::1]", "a:8x", "u@a",
            "a~",
        ];

        for (host, scheme) in hosts.iter().flat_map(|host| [(host, "http"), (host, "https")]) {
            let is_itself = is_host(host) && host_of(host, scheme) == **host;
            assert!(is_itself || !is_in_form(host, scheme), "{host} {scheme}");
        }
        assert!(is_in_form("shop.example:8080", "http") && is_in_form("shop.example:80", "https"));
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
