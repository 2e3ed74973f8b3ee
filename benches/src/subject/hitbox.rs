//! `hitbox-fn` over `hitbox-moka`, with the value format its documentation recommends.

use std::sync::LazyLock;
use std::time::Duration;

use hitbox::concurrency::NoopConcurrencyManager;
use hitbox::policy::PolicyConfig;
use hitbox_backend::format::BincodeFormat;
use hitbox_fn::{Cache, CacheableResponse, cached};
use hitbox_moka::MokaBackend;
use serde::{Deserialize, Serialize};

use super::{Slow, Subject, Task};
use crate::task::{Row, ask_anew_async, ask_async, slow_row_async};

pub(super) const SUBJECT: Subject = Subject {
    name: "hitbox-fn",
    remark: "values are bytes, so every hit decodes (bincode); 100,000 entries, 5 minutes",
    is_async: true,
    hits: &[
        (Task::Integer, |calls| ask_async(calls, async |question| by_id(question.id).cache(&*CACHE).await)),
        (Task::Text, |calls| {
            ask_async(calls, async |question| by_name(question.name.clone()).cache(&*CACHE).await);
        }),
        (Task::ThreeParts, |calls| {
            ask_async(calls, async |question| {
                report(question.region.to_owned(), question.year, question.id).cache(&*CACHE).await
            });
        }),
        (Task::Struct, |calls| ask_async(calls, async |question| by_id(question.id).cache(&*CACHE).await)),
    ],
    misses: |first, calls| ask_anew_async(first, calls, async |id| miss(id).cache(&*CACHE).await),
    slow: Slow::Async(|id| {
        Box::pin(async move {
            let _ = slow(id).cache(&*CACHE).await;
        })
    }),
};

type Store = Cache<MokaBackend<BincodeFormat>, NoopConcurrencyManager>;

static CACHE: LazyLock<Store> = LazyLock::new(|| {
    Cache::builder()
        .backend(MokaBackend::builder().max_entries(100_000).value_format(BincodeFormat).build())
        .policy(PolicyConfig::builder().ttl(Duration::from_mins(5)).build())
        .build()
});

/// Its values say themselves how they are stored.
#[derive(Clone, Serialize, Deserialize, CacheableResponse)]
struct Answer {
    row: Row,
}

impl Answer {
    fn of(id: u64) -> Self {
        Self { row: Row::of(id) }
    }
}

#[cached]
async fn by_id(id: u64) -> Answer {
    Answer::of(id)
}

#[cached]
async fn by_name(name: String) -> Answer {
    Answer::of(name.len() as u64)
}

#[cached]
async fn report(region: String, year: u16, id: u64) -> Answer {
    Answer::of(id + u64::from(year) + region.len() as u64)
}

#[cached]
async fn miss(id: u64) -> Answer {
    Answer::of(id)
}

#[cached]
async fn slow(id: u64) -> Answer {
    slow_row_async(id).await;
    Answer::of(id)
}
