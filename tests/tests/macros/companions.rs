//! The companions: what a person does to the entries of a function by hand.

use cache_runtime::{Result, cached};

use crate::stage::{Runs, alone, alone_async};

struct Db(u32);

/// The report of a year.
#[cached(key = "report:{region}:{year}", timeout = 60 * 15, ignore(db))]
async fn report(db: &Db, region: &str, year: u16) -> std::io::Result<String> {
    Ok(format!("{region}{year}:{}", db.0))
}

#[tokio::test]
async fn companions_of_an_async_function_speak_of_one_entry() {
    let (absent, computed, peeked, refreshed, removed, again, uncached) = alone_async(async {
        (
            report::peek("emea", 26).await.unwrap(),
            report(&Db(1), "emea", 26).await.unwrap(),
            report::peek("emea", 26).await.unwrap(),
            report::refresh(&Db(2), "emea", 26).await.unwrap(),
            report::invalidate("emea", 26).await.unwrap(),
            report::invalidate("emea", 26).await.unwrap(),
            report::uncached(&Db(3), "emea", 26).await.unwrap(),
        )
    })
    .await;

    assert_eq!((absent, computed.as_str(), peeked.as_deref()), (None, "emea26:1", Some("emea26:1")));
    assert_eq!(
        (refreshed.as_str(), removed, again, uncached.as_str()),
        ("emea26:2", true, false, "emea26:3")
    );
}

#[tokio::test]
async fn what_was_set_is_served() {
    let served = alone_async(async {
        report::set("emea", 26, &"by hand".to_owned()).await.unwrap();
        report(&Db(1), "emea", 26).await.unwrap()
    })
    .await;

    assert_eq!(served, "by hand");
}

#[tokio::test]
async fn a_key_is_the_text_that_the_low_level_api_takes() {
    let (key, value) = alone_async(async {
        report(&Db(9), "a b", 26).await.unwrap();
        let key = report::key("a b", 26);
        let cache = cache_runtime::cache("default").unwrap();
        (key.to_string(), cache.get::<String>(key).await.unwrap())
    })
    .await;

    assert_eq!(key, "report:a%20b:26");
    assert!(value.is_some_and(|value| value.starts_with("a b26:9")));
}

#[cached(key = "blocking:{n}")]
fn blocking(n: u32) -> Option<u32> {
    n.checked_sub(1)
}

#[test]
fn companions_of_a_function_that_is_not_async_block() {
    let results: Result<_> = alone(|| {
        let computed = (blocking(5), blocking(0));
        let peeked = (blocking::peek(5)?, blocking::peek(0)?);
        blocking::set(0, &7)?;
        Ok((
            computed,
            peeked,
            blocking(0),
            blocking::refresh(0),
            blocking::invalidate(5)?,
            blocking::uncached(1),
        ))
    });

    let (computed, peeked, set, refreshed, removed, uncached) = results.expect("the cache answers");
    assert_eq!((computed, peeked), ((Some(4), None), (Some(4), None)));
    assert_eq!((set, refreshed, removed, uncached), (Some(7), None, true, Some(0)));
}

type Answer<T> = std::result::Result<T, std::fmt::Error>;

#[cached(key = "aliased:{n}")]
fn aliased(n: u32) -> Answer<u32> {
    if n == 0 { Err(std::fmt::Error) } else { Ok(n) }
}

#[test]
fn behind_an_alias_of_another_name_the_companions_speak_of_the_whole() {
    let (first, peeked, set) = alone(|| {
        let first = (aliased(0), aliased(1));
        let peeked = (aliased::peek(0).unwrap(), aliased::peek(1).unwrap());
        aliased::set(0, &Ok(5)).unwrap();
        (first, peeked, aliased(0))
    });

    assert_eq!(first, (Err(std::fmt::Error), Ok(1)));
    assert_eq!((peeked, set), ((None, Some(Ok(1))), Ok(5)));
}

#[expect(clippy::module_inception, reason = "the clash of names is what is tested")]
mod companions {
    use cache_runtime::cached;

    #[cached(key = "u8:{n}", companions = bytes)]
    pub(crate) fn u8(n: u32) -> u32 {
        n % 256
    }
}

#[test]
fn companions_may_have_another_name() {
    let (value, key) = alone(|| (companions::u8(257), companions::bytes::key(257)));

    assert_eq!((value, key.as_str()), (1, "u8:257"));
}

mod elsewhere {
    use cache_runtime::cached;

    /// A function whose name brings its companions along.
    #[cached(key = "visible:{n}")]
    pub(crate) fn visible(n: u32) -> u32 {
        n
    }
}

#[test]
fn one_import_brings_the_function_and_its_companions() {
    use elsewhere::visible;

    let (value, removed) = alone(|| (visible(3), visible::invalidate(3).unwrap()));

    assert_eq!((value, removed), (3, true));
}

static FLAGGED: Runs = Runs::none();

#[cached(key = "flagged:{n}", force_refresh)]
fn flagged(force_refresh: bool, n: u32) -> u32 {
    n * 100 + FLAGGED.count() * 10 + u32::from(force_refresh)
}

#[test]
fn refresh_drops_the_flag_and_passes_true() {
    let (first, hit, refreshed, after) =
        alone(|| (flagged(false, 1), flagged(false, 1), flagged::refresh(1), flagged(false, 1)));

    assert_eq!((first, hit, refreshed, after), (110, 110, 121, 121));
}

#[cached(key = "timed:{n}", timeout = |value| u64::from(*value), tags = ["timed", "timed:{n}"])]
fn timed(n: u32) -> u32 {
    n
}

#[test]
fn what_was_set_gets_the_timeout_and_the_tags_of_a_computed_value() {
    let (fresh, expired) = crate::stage::in_time(|advance| {
        timed::set(1, &60).unwrap();
        advance(59);
        let fresh = timed::peek(1).unwrap();
        advance(2);
        (fresh, timed::peek(1).unwrap())
    });
    let invalidated = alone(|| {
        timed::set(1, &60).unwrap();
        cache_runtime::cache("default").unwrap().blocking().invalidate_tag("timed:1").unwrap();
        timed::peek(1).unwrap()
    });

    assert_eq!((fresh, expired, invalidated), (Some(60), None, None));
}
