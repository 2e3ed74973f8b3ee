//! Timeouts as templates of askama hold them: numbers, text, and what Rust has.

use std::time::Duration;

use crate::base::entry::Timeout;
use crate::fragment::bridge::timeout_of_text;

/// How long the text of a fragment is fresh, as a template says it.
///
/// Integers are seconds; text is `"500"`, `"15m"` or `"never"`; `None` is for ever; and there are `Duration` and
/// [`Timeout`]. What is zero or negative is not kept.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no timeout of a fragment",
    label = "neither seconds, nor text, nor a `Duration` or a `Timeout`"
)]
pub trait Lasting {
    /// The timeout.
    ///
    /// # Errors
    ///
    /// The text, if it is no length of time.
    fn lasting(&self) -> Result<Timeout, String>;
}

macro_rules! seconds {
    ($($integer:ty)*) => {$(
        impl Lasting for $integer {
            fn lasting(&self) -> Result<Timeout, String> {
                Ok(Timeout::secs(u64::try_from(*self).unwrap_or_default()))
            }
        }
    )*};
}

seconds!(u8 u16 u32 u64 usize i8 i16 i32 i64 isize);

impl Lasting for str {
    fn lasting(&self) -> Result<Timeout, String> {
        timeout_of_text(self).ok_or_else(|| self.to_owned())
    }
}

impl Lasting for String {
    fn lasting(&self) -> Result<Timeout, String> {
        self.as_str().lasting()
    }
}

impl Lasting for Duration {
    fn lasting(&self) -> Result<Timeout, String> {
        Ok(Timeout::After(*self))
    }
}

impl Lasting for Timeout {
    fn lasting(&self) -> Result<Timeout, String> {
        Ok(*self)
    }
}

impl<T: Lasting> Lasting for Option<T> {
    fn lasting(&self) -> Result<Timeout, String> {
        self.as_ref().map_or(Ok(Timeout::NEVER), T::lasting)
    }
}

impl<T: Lasting + ?Sized> Lasting for &T {
    fn lasting(&self) -> Result<Timeout, String> {
        (**self).lasting()
    }
}
