//! The bytes of a stored page, in a form of their own that every release reads.
//!
//! ```text
//! form            1 byte: 2
//! kind            1 byte: 0 a page, 1 a list of what it varies on
//!
//! page:   status  2 bytes
//!         made    8 bytes, milliseconds since the Unix epoch
//!         times   8 bytes each, milliseconds: age, fresh, while revalidating, if in error, to confirm
//!         variant 16 bytes
//!         headers 2 bytes: how many; of each 2 bytes and the name, 4 bytes and the value
//!         body    the rest
//!
//! list:   epoch   8 bytes
//!         names   2 bytes: how many; of each 2 bytes and the name
//! ```
//!
//! Numbers are little-endian. Nothing in it is executable, and reading asks for no more memory than the
//! bytes account for.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::{Buf, Bytes};
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::stored::{Outgoing, Page, Stale, Stored, Varies};
use super::{list, rules};

/// What stands where other entries have the fingerprint of a type: "cachepag" in ASCII.
pub(super) const MARK: u64 = u64::from_le_bytes(*b"cachepag");

const FORM: u8 = 2;
const PAGE: u8 = 0;
const LIST: u8 = 1;

/// Most headers that are read back; a response with more is not stored.
pub(super) const MAX_HEADERS: usize = 512;

/// Appends the bytes of what is stored.
pub(super) fn write(stored: &Stored, out: &mut Vec<u8>) {
    match stored {
        Stored::Page(page) => write_page(page, out),
        Stored::Varies(varies) => write_list(varies, out),
    }
}

fn write_page(page: &Page, out: &mut Vec<u8>) {
    out.extend_from_slice(&[FORM, PAGE]);
    out.extend_from_slice(&page.status.as_u16().to_le_bytes());
    let made = page.made.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let Stale { while_revalidate, if_error, to_confirm } = page.stale;
    for time in [made, page.age, page.fresh, while_revalidate, if_error, to_confirm] {
        let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        out.extend_from_slice(&millis.to_le_bytes());
    }
    out.extend_from_slice(&page.variant.to_le_bytes());
    write_count(page.headers.len(), out);
    for (name, value) in &page.headers {
        write_name(name.as_str(), out);
        let length = u32::try_from(value.len()).expect("a header is shorter than 4 GiB");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(value.as_bytes());
    }
    out.extend_from_slice(&page.body);
}

fn write_list(varies: &Varies, out: &mut Vec<u8>) {
    out.extend_from_slice(&[FORM, LIST]);
    out.extend_from_slice(&varies.epoch.to_le_bytes());
    write_count(varies.names.len(), out);
    for name in &varies.names {
        write_name(name, out);
    }
}

fn write_count(count: usize, out: &mut Vec<u8>) {
    let count = u16::try_from(count).expect("the rules admit fewer headers");
    out.extend_from_slice(&count.to_le_bytes());
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    let length = u16::try_from(name.len()).expect("a header's name has at most 64 KiB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(name.as_bytes());
}

/// Reads what [`write`] wrote; `None` if these are other bytes. The body shares them.
pub(super) fn read(bytes: Bytes) -> Option<Stored> {
    let mut input = Input(bytes);
    if input.byte()? != FORM {
        return None;
    }
    match input.byte()? {
        PAGE => read_page(input).map(|page| Stored::Page(Arc::new(page))),
        LIST => read_list(input).map(Stored::Varies),
        _ => None,
    }
}

fn read_page(mut input: Input) -> Option<Page> {
    let status = StatusCode::from_u16(input.short()?).ok().filter(|status| rules::is_of_a_page(*status))?;
    let made = SystemTime::UNIX_EPOCH.checked_add(input.time()?)?;
    let (age, fresh) = (input.time()?, input.time()?);
    let stale = Stale { while_revalidate: input.time()?, if_error: input.time()?, to_confirm: input.time()? };
    let variant = input.variant()?;
    let mut headers = HeaderMap::new();
    for _ in 0..input.count()? {
        let name = HeaderName::from_bytes(&input.name()?).ok()?;
        let length = usize::try_from(input.int()?).ok()?;
        let value = HeaderValue::from_maybe_shared(input.take(length)?).ok()?;
        headers.try_append(name, value).ok()?;
    }
    let (body, outgoing, laid_at) = (input.0, Outgoing::default(), None);
    let is_sound = is_sound(&headers, &body);
    is_sound.then_some(Page { status, headers, body, made, age, fresh, stale, variant, outgoing, laid_at })
}

/// Whether a page of these headers and this body can have been written: what is for one connection never is, and a
/// length is that of the body, but for the page of a `HEAD` request.
fn is_sound(headers: &HeaderMap, body: &Bytes) -> bool {
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter();
    let is_length = |length: &HeaderValue| list::number(length.as_bytes()) == Some(body.len() as u64);
    ![CONNECTION, TRANSFER_ENCODING, UPGRADE, CONTENT_RANGE].iter().any(|name| headers.contains_key(name))
        && (body.is_empty() || lengths.all(is_length))
}

fn read_list(mut input: Input) -> Option<Varies> {
    let epoch = input.long()?;
    let mut names = Vec::new();
    for _ in 0..input.count()? {
        names.push(String::from_utf8(input.name()?.into()).ok()?);
    }
    input.0.is_empty().then_some(Varies { names, epoch })
}

/// Bytes that are read from their beginning, and may end anywhere.
struct Input(Bytes);

impl Input {
    fn take(&mut self, length: usize) -> Option<Bytes> {
        (length <= self.0.len()).then(|| self.0.split_to(length))
    }

    fn byte(&mut self) -> Option<u8> {
        self.0.try_get_u8().ok()
    }

    fn short(&mut self) -> Option<u16> {
        self.0.try_get_u16_le().ok()
    }

    fn int(&mut self) -> Option<u32> {
        self.0.try_get_u32_le().ok()
    }

    fn long(&mut self) -> Option<u64> {
        self.0.try_get_u64_le().ok()
    }

    fn variant(&mut self) -> Option<u128> {
        self.0.try_get_u128_le().ok()
    }

    fn time(&mut self) -> Option<Duration> {
        self.long().map(Duration::from_millis)
    }

    fn count(&mut self) -> Option<usize> {
        self.short().map(usize::from).filter(|count| *count <= MAX_HEADERS)
    }

    fn name(&mut self) -> Option<Bytes> {
        let length = self.short()?;
        self.take(usize::from(length))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let mut headers = HeaderMap::new();
        headers.append("link", HeaderValue::from_static("</a>; rel=preload"));
        headers.append("x-town", HeaderValue::from_bytes(b"Z\xFCrich").unwrap());
        headers.append("link", HeaderValue::from_static("</b>; rel=preload"));
        Page {
            status: StatusCode::NOT_FOUND,
            headers,
            body: Bytes::from_static(b"nothing here"),
            made: SystemTime::UNIX_EPOCH + Duration::from_millis(1_767_225_600_123),
            age: Duration::from_secs(2),
            fresh: Duration::from_mins(1),
            stale: Stale { if_error: Duration::from_secs(9), ..Stale::default() },
            variant: 7,
            outgoing: Outgoing::default(),
            laid_at: None,
        }
    }

    fn written(stored: &Stored) -> Bytes {
        let mut out = Vec::new();
        write(stored, &mut out);
        out.into()
    }

    /// HT042, HT043.
    #[test]
    fn a_page_is_read_back_with_every_line_and_byte() {
        let stored = Stored::Page(Arc::new(page()));

        assert_eq!(read(written(&stored)), Some(stored));
    }

    #[test]
    fn a_list_is_read_back() {
        let stored = Stored::Varies(Varies { names: vec!["accept-language".to_owned()], epoch: 3 });

        assert_eq!(read(written(&stored)), Some(stored));
    }

    #[test]
    fn the_body_shares_the_bytes_it_was_read_from() {
        let bytes = written(&Stored::Page(Arc::new(page())));
        let end = bytes.as_ptr_range().end;

        let Some(Stored::Page(page)) = read(bytes) else { panic!("it is a page") };

        assert_eq!(page.body.as_ptr_range().end, end);
    }

    /// HT019.
    #[test]
    fn bytes_that_end_early_or_lie_are_no_page() {
        let whole = written(&Stored::Page(Arc::new(page())));
        let head = whole.len() - page().body.len();

        for end in 0..head {
            assert_eq!(read(whole.slice(..end)), None, "{end}");
        }
        for at in 0..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[at] ^= 0xFF;
            let _ = read(damaged.into());
        }
    }

    fn with(change: impl FnOnce(&mut Page)) -> Stored {
        let mut page = page();
        change(&mut page);
        Stored::Page(Arc::new(page))
    }

    /// A store that says so lies, or was written by others.
    #[test]
    fn what_no_rule_would_have_stored_is_no_page() {
        for status in [100, 101, 199, 206, 304, 500, 503, 599, 999] {
            let stored = with(|page| page.status = StatusCode::from_u16(status).unwrap());
            assert_eq!(read(written(&stored)), None, "{status}");
        }
        for (name, value) in [
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("upgrade", "h2c"),
            ("content-range", "bytes 0-1/2"),
            ("content-length", "5"),
            ("content-length", "x"),
        ] {
            let stored = with(|page| drop(page.headers.insert(name, HeaderValue::from_static(value))));
            assert_eq!(read(written(&stored)), None, "{name}: {value}");
        }
    }

    #[test]
    fn a_length_is_that_of_the_body_or_of_what_a_head_request_asks_about() {
        let stated =
            |page: &mut Page| drop(page.headers.insert("content-length", HeaderValue::from_static("12")));
        let of_head = with(|page| {
            stated(page);
            page.body = Bytes::new();
        });

        assert!(read(written(&with(stated))).is_some());
        assert!(read(written(&of_head)).is_some());
    }
}
