//! Leases: a token in the item of its own key, so that whatever removes or replaces the item ends the
//! lease with the same command, and a fill is one comparison of the item's number.

use std::time::Duration;

use bytes::Bytes;

use super::item::{Contents, Item};
use super::node::Node;
use super::store::{CONTENTION_LIMIT, check_length};
use super::wire::{Reply, When};
use crate::backend::{Acquired, Claim, Token};
use crate::base::clock::Stopwatch;
use crate::base::entry::{Life, Record};
use crate::base::error::{ErrorKind, Result};

impl Node {
    pub(super) async fn acquire(
        &self,
        key: &str,
        token: Token,
        life: Duration,
        claim: Claim,
        past: Option<&Bytes>,
    ) -> Result<Acquired> {
        // A cold key is the common case: one write adds the lease, or shows what stands in its way.
        let Some(mut found) = self.add_lease(key, token, life).await? else { return Ok(Acquired::Granted) };
        let watch = Stopwatch::start();
        while watch.elapsed() < CONTENTION_LIMIT {
            let contents = found.as_ref().map(|item| item.contents(self.now())).unwrap_or_default();
            if let Some(answer) = objection(&contents, token, claim, past) {
                return Ok(answer);
            }
            if self.replace("acquire", key, found.as_ref(), contents.under(token, life)).await? {
                return Ok(Acquired::Granted);
            }
            found = self.whole("acquire", key).await?;
        }
        Err(self.contended("acquire"))
    }

    /// Adds a lease where nothing is; else what is there.
    async fn add_lease(&self, key: &str, token: Token, life: Duration) -> Result<Option<Option<Item>>> {
        let item = Contents::lease(token, life).pack(self.now());
        let [added, found]: [Reply; 2] = self
            .ask_for("acquire", key, |commands, name| {
                commands.set(name, &item, When::Absent);
                commands.get(name, "v f t c");
            })
            .await?;
        if self.is_done("acquire", &added)? { Ok(None) } else { self.item("acquire", found).map(Some) }
    }

    pub(super) async fn fill(&self, key: &str, token: Token, value: Bytes, life: Life) -> Result<bool> {
        let filled = match check_length("fill", &value) {
            Ok(()) => {
                let filled = self.change("fill", key, |contents| {
                    if contents.is_held_by(token) {
                        Ok(Contents::value(value.clone(), life))
                    } else {
                        Err(())
                    }
                });
                filled.await.map(|filled| filled.is_ok())
            }
            Err(error) => Err(error),
        };
        if filled.as_ref().is_err_and(|error| error.kind() == ErrorKind::TooLarge) {
            self.drop_old("fill", key).await?;
        }
        filled
    }

    pub(super) async fn extend(&self, key: &str, token: Token, life: Duration) -> Result<bool> {
        let extended = self.change("extend", key, |contents| {
            if contents.is_held_by(token) { Ok(contents.under(token, life)) } else { Err(()) }
        });
        extended.await.map(|extended| extended.is_ok())
    }

    pub(super) async fn release(&self, key: &str, token: Token) -> Result<()> {
        let watch = Stopwatch::start();
        while watch.elapsed() < CONTENTION_LIMIT {
            let Some(found) = self.whole("release", key).await? else { return Ok(()) };
            let contents = found.contents(self.now());
            if !contents.is_held_by(token) {
                return Ok(());
            }
            let is_released = if let Some((value, life)) = contents.value {
                self.replace("release", key, Some(&found), Contents::value(value, life)).await?
            } else {
                let [reply] = self
                    .ask_for("release", key, |commands, name| commands.delete_unchanged(name, found.cas))
                    .await?;
                self.is_done("release", &reply)?
            };
            if is_released {
                return Ok(());
            }
        }
        Err(self.contended("release"))
    }
}

/// What stands in the way of a claim; nothing, if the lease may be taken.
fn objection(contents: &Contents, token: Token, claim: Claim, past: Option<&Bytes>) -> Option<Acquired> {
    // Our own token is there if the connection ended before the first answer came.
    if claim == Claim::Take || contents.is_held_by(token) {
        return contents.is_held_by(token).then_some(Acquired::Granted);
    }
    if let Some((bytes, _)) = contents.value.as_ref().filter(|(bytes, _)| past != Some(bytes)) {
        return Some(Acquired::Found(Record { bytes: bytes.clone() }));
    }
    let held = contents.lease?;
    (claim != Claim::TakeFrom(held.token)).then_some(Acquired::Held(held.token))
}
