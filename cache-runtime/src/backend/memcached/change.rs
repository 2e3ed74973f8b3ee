//! Compare and change: what is under a key is read, and replaced only if it is still what was read.

use super::item::{Contents, Item};
use super::node::Node;
use super::store::CONTENTION_LIMIT;
use super::wire::{Reply, When};
use crate::base::clock::Stopwatch;
use crate::base::error::{Error, ErrorKind, Result};

/// What is asked of an item that may be replaced: its value, its flags, its time, its number.
const WHOLE: &str = "v f t c";

impl Node {
    /// Replaces what is under a key by what `change` makes of it, if nobody else changes it meanwhile;
    /// what `change` objects.
    pub(super) async fn change<E>(
        &self,
        operation: &'static str,
        key: &str,
        mut change: impl FnMut(Contents) -> std::result::Result<Contents, E>,
    ) -> Result<std::result::Result<(), E>> {
        let watch = Stopwatch::start();
        while watch.elapsed() < CONTENTION_LIMIT {
            let found = self.whole(operation, key).await?;
            let contents = found.as_ref().map(|item| item.contents(self.now())).unwrap_or_default();
            let changed = match change(contents) {
                Ok(changed) => changed,
                Err(objection) => return Ok(Err(objection)),
            };
            if self.replace(operation, key, found.as_ref(), changed).await? {
                return Ok(Ok(()));
            }
        }
        Err(self.contended(operation))
    }

    /// All there is under a key.
    pub(super) async fn whole(&self, operation: &'static str, key: &str) -> Result<Option<Item>> {
        let [reply] = self.ask_for(operation, key, |commands, name| commands.get(name, WHOLE)).await?;
        self.item(operation, reply)
    }

    /// Stores contents in the place of an item, unless another is there by now; whether it did.
    pub(super) async fn replace(
        &self,
        operation: &'static str,
        key: &str,
        found: Option<&Item>,
        contents: Contents,
    ) -> Result<bool> {
        let when = when(operation, found)?;
        let item = contents.pack(self.now());
        let [reply]: [Reply; 1] =
            self.ask_for(operation, key, |commands, name| commands.set(name, &item, when)).await?;
        self.is_done(operation, &reply)
    }
}

/// The condition that this is still what is there.
pub(super) fn when(operation: &'static str, found: Option<&Item>) -> Result<When> {
    match found {
        None => Ok(When::Absent),
        Some(Item { cas: 0, .. }) => {
            let text = "the server numbers no items: it must run without `-C`";
            Err(Error::new(ErrorKind::Unsupported, operation).context(text))
        }
        Some(item) => Ok(When::Unchanged(item.cas)),
    }
}
