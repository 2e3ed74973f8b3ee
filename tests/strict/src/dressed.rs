//! Handlers whose attributes change headers.

use cache_runtime::{cache_control, never_cache, vary_on_cookie, vary_on_headers};

/// The inbox of a user.
///
/// # Errors
///
/// None but in theory.
#[never_cache]
#[vary_on_headers("Accept", "Accept-Language")]
pub async fn inbox(
    user: &str,
    _unused: u8,
    (mut first, second): (u32, u32),
) -> Result<String, std::fmt::Error> {
    first += second;
    std::future::ready(()).await;
    if user.is_empty() {
        return Err(std::fmt::Error);
    }
    Ok(format!("{user}{first}"))
}

/// A site.
#[derive(Debug)]
pub struct Site(pub &'static str);

impl Site {
    /// Its name.
    #[cache_control(public, max_age = "1h")]
    #[vary_on_cookie]
    #[must_use]
    pub fn name(&self) -> String {
        self.0.to_uppercase()
    }
}
