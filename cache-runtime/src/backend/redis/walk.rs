//! Walks over the keys of a server, in steps that never hold it up (`SCAN`; never `KEYS`).

use std::collections::HashSet;
use std::time::Duration;

use redis::Value;

use super::answers::text_of;
use super::client::Store;
use crate::base::clock::Stopwatch;
use crate::base::error::{Error, ErrorKind, Result};

/// How long `keys` and `clear` walk at most.
pub const WALK_LIMIT: Duration = Duration::from_mins(1);

/// How many keys the server looks at in one step.
const STEP: usize = 1000;

/// Which keys a walk is for, and what becomes of them.
pub(super) struct Walk<'a> {
    pub(super) admits: &'a (dyn Fn(&str) -> bool + Sync),
    pub(super) found: Found,
}

pub(super) enum Found {
    Listed(HashSet<String>),
    Removed,
}

impl Store {
    /// Walks the keys that match `pattern`, and gives each to `visit` at least once.
    pub(super) async fn walk(
        &self,
        operation: &'static str,
        pattern: &str,
        walk: &mut Walk<'_>,
    ) -> Result<()> {
        let watch = Stopwatch::start();
        let mut cursor = b"0".to_vec();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor[..]).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let Value::Array(answer) = self.command(operation, scan).await? else {
                return Err(self.unexpected(operation));
            };
            let Ok([Value::BulkString(next), Value::Array(names)]) = <[Value; 2]>::try_from(answer) else {
                return Err(self.unexpected(operation));
            };
            let found = names.into_iter().filter_map(text_of).filter(|name| (walk.admits)(name));
            self.visit(operation, found.collect(), &mut walk.found).await?;
            if next == b"0" {
                return Ok(());
            }
            if watch.elapsed() > WALK_LIMIT {
                let text = format!("{}: not all keys were seen within {WALK_LIMIT:?}", self.place);
                return Err(Error::new(ErrorKind::TimedOut, operation).context(text));
            }
            cursor = next;
        }
    }

    async fn visit(&self, operation: &'static str, names: Vec<String>, found: &mut Found) -> Result<()> {
        match found {
            Found::Listed(list) => list.extend(names),
            Found::Removed if names.is_empty() => {}
            Found::Removed => {
                let mut unlink = redis::cmd("UNLINK");
                unlink.arg(names);
                self.command(operation, unlink).await?;
            }
        }
        Ok(())
    }
}
