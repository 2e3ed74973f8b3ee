//! Cached functions in every shape, under lints that forbid what generated code must not do.

#![forbid(unsafe_code, dead_code, non_camel_case_types, non_snake_case, missing_docs, unreachable_pub)]
#![forbid(
    unused,
    missing_debug_implementations,
    elided_lifetimes_in_paths,
    single_use_lifetimes,
    trivial_casts
)]
#![deny(warnings, clippy::all, clippy::pedantic, clippy::nursery)]

pub mod dressed;
mod inner;
pub mod pages;

use std::sync::Arc;

use cache_runtime as renamed;
use cache_runtime::{KeyPart, cached, fragment};

pub use inner::total;

/// A connection.
#[derive(Debug)]
pub struct Db(pub u32);

/// The report of a year.
///
/// # Errors
///
/// None but in theory.
#[cached(key = "report:{region}:{year}", timeout = 60 * 15, cache = "marketing", ignore(db), tags = ["reports"])]
pub async fn report(db: &Db, region: &str, year: u16) -> Result<String, std::num::ParseIntError> {
    let number: u32 = region.parse()?;
    std::future::ready(()).await;
    Ok(format!("{number}{year}{}", db.0))
}

/// The square of a number.
#[cached]
#[must_use]
pub fn square(n: u64) -> u64 {
    n * n
}

/// Takes everything apart.
#[cached(key = "apart:{a}:{b}:{text}:{N}:{T}", unless = |list| list.is_empty(), when = !text.is_empty(), ignore(_unused))]
#[must_use]
pub fn apart<T: Copy + Into<u64>, const N: usize>(
    (a, mut b): (u64, u64),
    text: String,
    _unused: [T; N],
) -> Vec<String> {
    b += a;
    vec![text; usize::try_from(b).unwrap_or(0)]
}

/// Says what is old.
#[cached(key = "old:{n}", local)]
#[deprecated = "it is old"]
#[must_use]
pub fn old(n: u32) -> Arc<u32> {
    Arc::new(n)
}

/// Refreshes by a flag.
#[cached(key = "flagged:{n}", force_refresh, cache_none = "30s", timeout = |value| u64::from(*value) + 1)]
#[must_use]
pub fn flagged(force_refresh: bool, n: u32) -> Option<u32> {
    if force_refresh { None } else { n.checked_sub(1) }
}

/// Refreshes by a flag that the body does not look at.
#[cached(key = "unseen", force_refresh)]
#[must_use]
pub fn unseen(force_refresh: bool) -> u32 {
    7
}

/// Refreshes by such a flag, with a body that begins with an item.
#[cached(key = "counted", force_refresh)]
#[must_use]
pub fn counted(force_refresh: bool) -> u32 {
    const FIRST: u32 = 7;
    FIRST
}

/// Refreshes by such a flag, with a body of one line.
#[cached(key = "short", force_refresh)]
#[must_use]
#[rustfmt::skip]
pub fn short(force_refresh: bool) -> u32 { 7 }

/// The same as it waits.
#[cached(key = "short_async", force_refresh)]
#[rustfmt::skip]
pub async fn short_async(force_refresh: bool) -> u32 { std::future::ready(7).await }

/// Refreshes by a flag of its own name, without companions.
#[cached(key = "named", force_refresh = _fresh, companions = false)]
#[must_use]
pub fn named(_fresh: bool) -> u32 {
    7
}

/// The same without companions.
#[cached(key = "alone", force_refresh = fresh, companions = false)]
#[must_use]
pub fn alone(fresh: bool) -> u32 {
    7
}

/// A shop.
#[derive(Debug, Clone, KeyPart)]
pub struct Shop {
    id: u32,
    names: Vec<String>,
}

/// What a shop costs.
#[derive(Debug, Clone, Copy, KeyPart)]
pub enum Plan {
    /// Nothing.
    Free,
    /// So much.
    Paid(u32),
}

impl Shop {
    /// A shop.
    #[must_use]
    pub const fn new(id: u32, names: Vec<String>) -> Self {
        Self { id, names }
    }

    /// Its name.
    #[cached(key = "shop:{self.id}:{index}")]
    #[must_use]
    pub fn name(&self, index: usize) -> Option<String> {
        self.names.get(index).cloned()
    }

    /// Changes it.
    ///
    /// # Errors
    ///
    /// If there is no such name.
    #[cached(key = "renamed:{self.id}:{name}")]
    pub async fn rename(&mut self, name: String) -> std::io::Result<String> {
        std::future::ready(()).await;
        self.names.push(name.clone());
        Ok(name)
    }

    /// What it costs.
    #[cached(ignore(self))]
    #[must_use]
    pub fn cost(self, plan: Plan) -> u32 {
        match plan {
            Plan::Free => 0,
            Plan::Paid(price) => price + self.id,
        }
    }

    #[cached(key = "private:{n}", in_impl)]
    fn private(n: u32) -> u32 {
        n + 1
    }

    /// Uses what is private.
    #[must_use]
    pub fn public(n: u32) -> u32 {
        Self::private(n)
    }
}

/// What is priced.
pub trait Priced {
    /// The price.
    fn price(&self, day: u32) -> u32;

    /// The price, asked for.
    fn ask(&self, day: u32) -> impl Future<Output = u32> + Send;
}

impl Priced for Shop {
    #[cached(companions = false, key = "price:{self.id}:{day}")]
    fn price(&self, day: u32) -> u32 {
        self.id + day
    }

    #[cached(companions = false, key = "ask:{self.id}:{day}")]
    async fn ask(&self, day: u32) -> u32 {
        std::future::ready(self.id + day).await
    }
}

/// Through another name of the runtime.
#[renamed::cached(key = "other:{n}", crate = crate::renamed, companions = other_cache, cache_err)]
pub fn other(n: u32) -> Result<u32, String> {
    if n == 0 { Err("zero".to_owned()) } else { Ok(n) }
}

/// A fragment of what cannot fail.
#[must_use]
pub fn card(user: u32, names: &mut Vec<&'static str>) -> String {
    let card = fragment!("15m", "card", vary = [user, names[0]], cache = "marketing", {
        names.push("Grace");
        format!("<b>{user} {}</b>", names.join(" "))
    });
    let line = fragment!(60, "line", version = 2, { "text" });
    format!("{card}{line}{}", fragment!(60, "number", vary = [user], user))
}

/// A fragment of what can fail.
///
/// # Errors
///
/// If it is no number.
pub fn double(number: &str, fresh: bool) -> Result<String, std::num::ParseIntError> {
    let text = fragment!(60 * 15, "double", vary = [number], force_refresh = fresh, {
        let number: u32 = number.parse()?;
        (number * 2).to_string()
    });
    let same = fragment!(60 * 15, "same", vary = [number], number.parse::<u32>())?;
    Ok(format!("{text}{same}"))
}

/// Fragments that wait.
///
/// # Errors
///
/// If it is no number.
pub async fn waiting(number: &str) -> Result<String, std::num::ParseIntError> {
    let text = fragment!(60 * 15, "waiting", vary = [number], async {
        std::future::ready(()).await;
        number.parse::<u32>()?
    });
    let same = fragment!(60 * 15, "ready", vary = [number], crate = renamed, async {
        std::future::ready(number.to_owned()).await
    });
    Ok(format!("{text}{same}"))
}

macro_rules! carded {
    ($name:ident, $value:ident) => {
        /// Made by a macro.
        #[must_use]
        pub fn $name($value: u32) -> String {
            fragment!(60, "carded", vary = [$value], { format!("{}", $value) }).into()
        }
    };
}

carded!(carded, value);

macro_rules! made {
    ($name:ident, $argument:ident) => {
        /// Made by a macro.
        #[cached(key = "made:{n}")]
        #[must_use]
        pub fn $name($argument: u32) -> u32 {
            $argument
        }
    };
}

made!(made, n);
