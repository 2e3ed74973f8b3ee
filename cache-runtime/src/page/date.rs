//! Dates in headers (RFC 9110 §5.6.7): written in one form, read in three.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

use super::list;

/// The last second of the year 9999, which is the last that a date can say.
const LAST: u64 = 253_402_300_799;

/// The time as a header says it, in whole seconds; within the years 1970 to 9999.
pub(super) fn written(time: SystemTime) -> HeaderValue {
    list::line(httpdate::fmt_http_date(whole(time)))
}

/// The time that a header says; nothing if it is no date.
pub(super) fn read(value: &HeaderValue) -> Option<SystemTime> {
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

/// Without the part of a second that no header can say.
pub(super) fn whole(time: SystemTime) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds(time).min(LAST))
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}
