//! Checks of tag records: the first version stays until the record is deleted or replaced.

use bytes::Bytes;

use super::lasting::is_about_an_hour;
use super::stage::{LONG, MEDIUM, Stage};
use crate::base::entry::{Life, Ttl};

pub(super) async fn the_first_version_stays(stage: &Stage) {
    let [a, b] = ["~t:000000000000000a", "~t:000000000000000b"].map(|name| stage.key(name));
    let both = |first, second| [(a.clone(), first), (b.clone(), second)];

    stage.equal("stamp of an absent record", stamp(stage, &both(1, u64::MAX)[..1], MEDIUM).await, vec![1]);
    stage.equal("stamp of both", stamp(stage, &both(2, u64::MAX), LONG).await, vec![1, u64::MAX]);
    stage.equal("stamp of nothing", stamp(stage, &[], LONG).await, vec![]);
    stage.holds(&a, &1_u64.to_le_bytes()).await;
    let ttl = stage.done("ttl", stage.backend.ttl(&a).await);
    stage.expect(is_about_an_hour(ttl), &format!("stamp for an hour left a life of {ttl:?}"));

    stamp(stage, &both(3, 3), MEDIUM).await;
    let ttl = stage.done("ttl", stage.backend.ttl(&a).await);
    stage.expect(is_about_an_hour(ttl), &format!("stamp for a minute shortened the life to {ttl:?}"));
    stamp(stage, &both(3, 3), Life::Forever).await;
    stage.equal("ttl", stage.done("ttl", stage.backend.ttl(&a).await), Some(Ttl::Never));

    stage.done("delete", stage.backend.delete(&a).await);
    stage.done("set", stage.backend.set(&b, Bytes::copy_from_slice(&9_u64.to_le_bytes()), LONG).await);
    stage.equal(
        "stamp of a deleted and a replaced record",
        stamp(stage, &both(4, 4), LONG).await,
        vec![4, 9],
    );
}

async fn stamp(stage: &Stage, records: &[(String, u64)], life: Life) -> Vec<u64> {
    stage.done("stamp", stage.backend.stamp(records, life).await)
}
