//! Words that one brings along from other caches, each with what is written here in its place.

/// What is written in the place of a word, where functions and pages have the same answer to it.
pub(crate) fn of_both(word: &str) -> Option<&'static str> {
    advice(COMMON, word)
}

/// What a function has in the place of a word.
pub(super) fn of_functions(word: &str) -> Option<String> {
    let advice = of_both(word).or_else(|| advice(OF_FUNCTIONS, word))?;
    Some(format!("`{word}` is not an option here; {advice}"))
}

fn advice(rows: &[Row], word: &str) -> Option<&'static str> {
    rows.iter().find(|(words, _)| words.contains(&word)).map(|(_, advice)| *advice)
}

/// Words, and what is written in their place.
type Row = (&'static [&'static str], &'static str);

const COMMON: &[Row] = &[
    (
        &[
            "ttl",
            "time",
            "seconds",
            "secs",
            "expire",
            "expires",
            "expires_in",
            "expire_after",
            "expiry",
            "expiration",
            "duration",
            "lifetime",
            "max_age",
            "time_to_live",
        ],
        "write `timeout = …`: seconds, a `Duration`, or a text such as `\"15m\"`",
    ),
    (&["time_refresh", "time_to_idle", "tti", "sliding"], "leave it out: a hit does not prolong a life"),
    (
        &["size", "max_size", "maxsize", "limit", "capacity", "max_capacity", "max_entries", "max_memory"],
        "the cache is bounded, for all that is in it: write `max_entries = 10_000` into its table of `cache.toml`, or \
         `Memory::new().max_entries(10_000)`",
    ),
    (&["unbound", "unbounded"], "leave it out: `max_entries`, of the cache, may be as large as you like"),
    (
        &["policy", "eviction", "frequency_weight", "window_ratio"],
        "leave it out: the cache decides what makes room",
    ),
    (
        &["sync", "sync_writes", "sync_writes_buckets", "sync_lock", "lock", "single_flight", "coalesce"],
        "leave it out: it is on by default, so that of many who miss one computes, and the others wait",
    ),
    (
        &["redis", "memcached", "disk", "memory", "backend", "alias", "cache_name", "store"],
        "write `cache = \"alias\"`: the table of that alias in `cache.toml` has a `backend`",
    ),
    (
        &["codec", "serializer", "compression", "compress"],
        "it is one of the cache: write it into its table of `cache.toml`",
    ),
    (
        &["ty", "create", "map_error"],
        "leave it out: caches are made by `cache.toml`, or by `Caches::builder()`",
    ),
    (&["condition", "cache_if", "only_if"], "write `when = …`, a `bool` expression over the arguments"),
    (&["exclude", "exclude_args", "ignore_args", "skip"], "write `ignore(db)`, with the names of arguments"),
];

const OF_FUNCTIONS: &[Row] = &[
    (
        &["result", "cache_result"],
        "leave it out: the return type decides, and of a `Result` only `Ok` is kept; `cache_err` keeps errors too",
    ),
    (
        &["option"],
        "leave it out: the return type decides, and of an `Option` only `Some` is kept; `cache_none` keeps `None` too",
    ),
    (
        &["unless_exc", "unless_error", "exceptions"],
        "leave it out: errors are not kept unless `cache_err` says so; `unless = |value| …` refuses other values",
    ),
    (&["result_fallback"], "it is planned for a later release, as `stale_if_error`"),
    (
        &["convert", "key_fn", "key_func", "key_builder", "make_key", "key_type"],
        "write `key = \"report:{region}\"`, a template over the arguments",
    ),
    (
        &["name"],
        "write `key = \"…\"` for the name of the value, `cache = \"…\"` for the cache, or `companions = …` for what \
         belongs to the function",
    ),
    (
        &["prefix", "key_prefix", "cache_prefix_block", "namespace"],
        "begin the `key` with it: `key = \"site:{id}\"`; `key_prefix` in `cache.toml` is for all keys of a cache",
    ),
    (&["refresh"], "write `force_refresh`, with an argument that asks for it; a hit does not prolong a life"),
    (&["with_cached_flag"], "leave it out: `stats()` of the cache counts hits and misses"),
    (
        &["vary", "query", "ignore_query", "statuses", "error_timeout", "client_timeout", "max_body"],
        "it is one of pages: write `#[cache_page]` on a handler",
    ),
];
