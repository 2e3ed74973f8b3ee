//! Walks over the keys of a server, in steps that never hold it up (`SCAN`; never `KEYS`).

use std::collections::HashSet;
use std::time::Duration;

use redis::Value;

use super::answers::text_of;
use super::client::Store;
use super::node::Node;
use super::request::{Ask, Request, Whom};
use super::route::{Route, Walked};
use super::servers::Address;
use super::slot::slot_of;
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
    ///
    /// Where slots of a cluster have moved meanwhile, keys may have moved from a node that was still to be seen to one
    /// that was seen already: all is walked again.
    pub(super) async fn walk(
        &self,
        operation: &'static str,
        pattern: &str,
        walk: &mut Walk<'_>,
    ) -> Result<()> {
        let watch = Stopwatch::start();
        if let Found::Removed = &walk.found {
            self.note_all();
        }
        loop {
            let before = self.servers(operation).await?;
            for server in &before.0 {
                self.walk_one(operation, server.node(), pattern, walk, watch).await?;
            }
            if before.1 == self.servers(operation).await?.1 {
                break;
            }
            self.is_in_time(operation, watch)?;
        }
        if let Found::Removed = &walk.found {
            self.note_all();
        }
        Ok(())
    }

    /// The servers, and who has which slot of a cluster.
    async fn servers(&self, operation: &'static str) -> Result<(Vec<Walked<'_>>, Vec<Option<Address>>)> {
        let servers = self.route.walked().await.map_err(|failure| self.failed(operation, &failure))?;
        let table = match &self.route {
            Route::Server(_) => Vec::new(),
            Route::Cluster(cluster) => cluster.table(),
        };
        Ok((servers, table))
    }

    async fn walk_one(
        &self,
        operation: &'static str,
        node: &Node,
        pattern: &str,
        walk: &mut Walk<'_>,
        watch: Stopwatch,
    ) -> Result<()> {
        let mut cursor = b"0".to_vec();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor[..]).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP);
            let request = Request::new(Whom::Leader, Ask::Command(scan));
            let Value::Array(answer) = self.answer(operation, node.ask(&request).await)? else {
                return Err(self.unexpected(operation));
            };
            let Ok([Value::BulkString(next), Value::Array(names)]) = <[Value; 2]>::try_from(answer) else {
                return Err(self.unexpected(operation));
            };
            let found = names.into_iter().filter_map(text_of).filter(|name| (walk.admits)(name));
            self.visit(operation, node, found.collect(), &mut walk.found).await?;
            if next == b"0" {
                return Ok(());
            }
            self.is_in_time(operation, watch)?;
            cursor = next;
        }
    }

    fn is_in_time(&self, operation: &'static str, watch: Stopwatch) -> Result<()> {
        if watch.elapsed() <= WALK_LIMIT {
            return Ok(());
        }
        let text = format!("{}: not all keys were seen within {WALK_LIMIT:?}", self.place);
        Err(Error::new(ErrorKind::TimedOut, operation).context(text))
    }

    async fn visit(
        &self,
        operation: &'static str,
        node: &Node,
        names: Vec<String>,
        found: &mut Found,
    ) -> Result<()> {
        match (found, &self.route) {
            (Found::Listed(list), _) => list.extend(names),
            (Found::Removed, _) if names.is_empty() => {}
            (Found::Removed, Route::Server(_)) => {
                let request = unlink(&names);
                self.answer(operation, node.ask(&request).await)?;
            }
            (Found::Removed, Route::Cluster(cluster)) => {
                let requests: Vec<_> =
                    names.iter().map(|name| (slot_of(name), unlink(std::slice::from_ref(name)))).collect();
                for answer in cluster.ask_each(&requests).await {
                    self.answer(operation, answer)?;
                }
            }
        }
        Ok(())
    }
}

fn unlink(names: &[String]) -> Request {
    let mut unlink = redis::cmd("UNLINK");
    unlink.arg(names);
    Request::new(Whom::All, Ask::Command(unlink))
}
