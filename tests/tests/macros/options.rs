//! Options: what each does to a call.

use std::time::Duration;

use cache_runtime::backend::memory::Memory;
use cache_runtime::{Caches, Timeout, cache, cached};

use crate::stage::{Runs, alone, in_time};

const MINUTE: u64 = 60;
const LONG: Duration = Duration::from_mins(1);
const FOR_EVER: Timeout = Timeout::NEVER;

macro_rules! lives {
    ($($name:ident: $timeout:expr, $seconds:expr;)*) => {$(
        #[test]
        fn $name() {
            #[cached(timeout = $timeout)]
            fn timed(n: u64) -> u64 {
                n
            }

            let (before, after) = in_time(|advance| {
                timed(60);
                advance($seconds - 1);
                let before = timed::peek(60).unwrap();
                advance(2);
                (before, timed::peek(60).unwrap())
            });

            assert_eq!((before, after), (Some(60), None));
        }
    )*};
}

lives! {
    a_timeout_counts_seconds: 60 * 15, 900;
    a_timeout_may_be_a_constant: MINUTE * 2, 120;
    a_timeout_may_be_a_duration: LONG, 60;
    a_timeout_may_be_made_in_place: Duration::from_secs(90), 90;
    a_timeout_may_be_a_text: "1h 30m", 5400;
    a_timeout_may_be_seconds_as_text: "90", 90;
    a_timeout_may_be_a_timeout: Timeout::secs(7), 7;
    a_timeout_may_be_decided_by_the_value_in_seconds: |value| *value, 60;
    a_timeout_may_be_decided_by_the_value_as_a_duration: |value| Duration::from_secs(*value * 2), 120;
}

#[test]
fn a_value_may_never_expire() {
    #[cached(timeout = FOR_EVER)]
    fn lasting(n: u64) -> u64 {
        n
    }

    let after = in_time(|advance| {
        lasting(1);
        advance(1_000_000_000);
        lasting::peek(1).unwrap()
    });

    assert_eq!(after, Some(1));
}

#[cached(key = "elsewhere:{n}", cache = "other")]
fn elsewhere(n: u32) -> u32 {
    n
}

#[test]
fn a_function_names_its_cache() {
    let (here, there) = alone(|| {
        elsewhere(5);
        let read = |alias| cache(alias).unwrap().blocking().get::<u32>("elsewhere:5").unwrap();
        (read("default"), read("other"))
    });

    assert_eq!((here, there), (None, Some(5)));
}

const TWO: u32 = 2;

#[cached(key = "versioned:{n}", version = TWO)]
fn versioned(n: u32) -> u32 {
    n
}

#[test]
fn a_version_is_part_of_the_final_key() {
    let (first, second) = alone(|| {
        versioned(5);
        let cache = cache("default").unwrap();
        let read = |version| cache.with_version(version).blocking().get::<u32>("versioned:5").unwrap();
        (read(1), read(2))
    });

    assert_eq!((first, second), (None, Some(5)));
}

static WHEN: Runs = Runs::none();

#[cached(key = "when:{year}:{month}", when = year < 2026 && *month > 0)]
fn archived(year: u32, (month, _): (u8, u8)) -> u32 {
    WHEN.count() + year + u32::from(month)
}

#[test]
fn when_leaves_the_cache_out() {
    let (old, new) = alone(|| {
        let old = archived(2020, (1, 0)) == archived(2020, (1, 0));
        (old, archived(2026, (1, 0)) == archived(2026, (1, 0)))
    });

    assert_eq!((old, new, WHEN.so_far()), (true, false, 3));
}

static UNLESS: Runs = Runs::none();

#[cached(key = "unless:{n}:{(limit)}", unless = |list| list.is_empty() || list.len() > *limit)]
fn unless(n: usize, (limit, ()): (usize, ())) -> Result<Vec<usize>, String> {
    UNLESS.count();
    Ok((0..n.min(limit * 10)).collect())
}

#[test]
fn unless_leaves_a_value_out_of_the_store() {
    alone(|| {
        for n in [0, 0, 2, 2, 9, 9] {
            assert_eq!(unless(n, (5, ())).unwrap().len(), n);
        }
    });

    assert_eq!(UNLESS.so_far(), 5);
}

#[cached(key = "tagged:{id}:{page}", tags = ["tagged", "user:{id}"])]
fn tagged(id: u32, page: u32) -> u32 {
    id + page
}

#[test]
fn a_tag_invalidates_every_entry_that_carries_it() {
    let (one, other) = alone(|| {
        let _ = (tagged(1, 1), tagged(1, 2), tagged(2, 1));
        cache("default").unwrap().blocking().invalidate_tag("user:1").unwrap();
        (tagged::peek(1, 2).unwrap(), tagged::peek(2, 1).unwrap())
    });

    assert_eq!((one, other), (None, Some(3)));
}

struct Request {
    fresh: bool,
    id: u32,
}

static FLAG: Runs = Runs::none();

#[cached(key = "request:{request.id}", force_refresh = request.fresh)]
fn serve(request: &Request) -> u32 {
    request.id * 10 + FLAG.count()
}

#[test]
fn a_flag_may_be_an_expression() {
    let results = alone(|| {
        let call = |fresh| serve(&Request { fresh, id: 1 });
        [call(false), call(false), call(true), call(false)]
    });

    assert_eq!(results, [11, 11, 12, 12]);
}

static SEED: Runs = Runs::none();

#[cached(key = "expensive", timeout = 3000, force_refresh)]
fn expensive_calc(force_refresh: bool) -> u32 {
    let _ = force_refresh;
    SEED.count()
}

#[test]
fn a_flag_argument_bypasses_the_lookup_and_stores() {
    let results =
        alone(|| [expensive_calc(false), expensive_calc(false), expensive_calc(true), expensive_calc(false)]);

    assert_eq!(results, [1, 1, 2, 2]);
    assert_eq!(expensive_calc::key().as_str(), "expensive");
}

#[cached(key = "ignored:{n}", ignore(connection))]
fn with_connection(connection: &mut Vec<u32>, n: u32) -> usize {
    connection.push(n);
    connection.len()
}

#[test]
fn an_ignored_argument_reaches_the_body() {
    let (first, second, connection) = alone(|| {
        let mut connection = vec![0];
        let first = with_connection(&mut connection, 5);
        (first, with_connection(&mut connection, 5), connection)
    });

    assert_eq!((first, second, connection), (2, 2, vec![0, 5]));
}

#[cached(key = "waits:{n}", wait = Duration::from_millis(20))]
fn waits(n: u32) -> u32 {
    n
}

#[cached(key = "waits long:{n}", wait = "1m")]
fn waits_long(n: u32) -> u32 {
    n
}

#[test]
fn every_function_registers_itself_as_its_attribute_says() {
    let caches = Caches::builder().add("other", Memory::new()).build().expect("the settings are sound");
    let (_, _) = (waits(1), waits_long(1));

    let functions = caches.functions();

    let here =
        functions.iter().find(|function| function.name == "macros::options::elsewhere").expect("it is there");
    assert_eq!((here.alias, here.key, here.version), ("other", "elsewhere:{n}", None));
    assert!(here.file.ends_with("options.rs"), "{}", here.file);
    assert!(here.line > 0);
}
