//! What the tests of headers are given: headers in short, and a fixed time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderName, HeaderValue};

/// The headers of these lines.
pub(crate) fn headers<const N: usize>(lines: [(&str, &str); N]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in lines {
        let name: HeaderName = name.parse().expect("the name is one of a header");
        headers
            .append(name, HeaderValue::from_bytes(value.as_bytes()).expect("the value is one of a header"));
    }
    headers
}

/// Sun, 06 Nov 1994 08:49:37 GMT, the example of RFC 9110.
pub(crate) fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(784_111_777)
}

/// The time `seconds` after [`now`], as a header says it.
pub(crate) fn date(seconds: i64) -> String {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = if seconds < 0 { now() - distance } else { now() + distance };
    httpdate::fmt_http_date(time)
}
