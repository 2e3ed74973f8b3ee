//! Which runtime drives the connections of a caller: its own, or ours for those who have none.
//!
//! Nothing of the client is polled outside a tokio runtime, and no connection outlives the runtime that
//! drives it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use bytes::Bytes;
use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;

use super::driver::Connector;
use super::failure::Failure;
use super::line::{Act, Common, Line};
use crate::base::sync::{Mutex, is_blocking};

/// Where connections come from.
pub(super) struct Source {
    /// Makes connections of our own; `None` where those of a pool serve every runtime.
    pub(super) own: Option<Arc<dyn Connector>>,
    /// Lends those of a user's pool.
    pub(super) lent: Option<Lent>,
}

/// A user's pool, and the runtime that drives it.
pub(super) struct Lent {
    pub(super) connector: Arc<dyn Connector>,
    /// The runtime where the pool was handed over, or else the first that asks.
    pub(super) home: OnceLock<Id>,
}

impl Source {
    /// What connects on this runtime, and whether it lends.
    fn on(&self, runtime: &Handle, is_background: bool) -> (Arc<dyn Connector>, bool) {
        match (&self.lent, &self.own) {
            (Some(lent), None) => (Arc::clone(&lent.connector), true),
            (Some(lent), Some(_))
                if !is_background && *lent.home.get_or_init(|| runtime.id()) == runtime.id() =>
            {
                (Arc::clone(&lent.connector), true)
            }
            (_, Some(own)) => (Arc::clone(own), false),
            (None, None) => unreachable!("a source has connections from somewhere"),
        }
    }
}

/// One line for every runtime that has asked, until the runtime ends.
pub(super) struct Lines {
    pub(super) common: Arc<Common>,
    source: Source,
    by_runtime: Mutex<HashMap<Id, Arc<Line>>>,
}

impl Lines {
    pub(super) fn new(common: Common, source: Source) -> Arc<Self> {
        Arc::new(Self { common: Arc::new(common), source, by_runtime: Mutex::default() })
    }

    /// What an operation finds, on the caller's own runtime where there is one that is being driven.
    pub(super) async fn ask<A: Act>(self: &Arc<Self>, act: A) -> Result<A::Answer, Failure> {
        let act = Arc::new(act);
        if let Some(line) = self.line_of_caller() {
            match line.ask(Arc::clone(&act)).await {
                Err(Failure::Stopped) if line.is_unfit() => {}
                answer => return answer,
            }
        }
        self.line_in_background()?.ask(act).await
    }

    /// The live value under a key, in the same way.
    pub(super) async fn get(self: &Arc<Self>, key: Bytes) -> Result<Option<Bytes>, Failure> {
        if let Some(line) = self.line_of_caller() {
            match line.get(key.clone()).await {
                Err(Failure::Stopped) if line.is_unfit() => {}
                answer => return answer,
            }
        }
        self.line_in_background()?.get(key).await
    }

    /// None for those who have no runtime, and for all callers of a pool that serves every runtime: a connection
    /// goes back to its pool by a task, which a runtime that a synchronous caller holds up would never run.
    fn line_of_caller(self: &Arc<Self>) -> Option<Arc<Line>> {
        if is_blocking() || self.source.own.is_none() {
            return None;
        }
        let line = self.line(&Handle::try_current().ok()?, false);
        (!line.is_unfit()).then_some(line)
    }

    fn line_in_background(self: &Arc<Self>) -> Result<Arc<Line>, Failure> {
        let runtime = background().ok_or(Failure::Stopped)?;
        Ok(self.line(&runtime, true))
    }

    /// A line that is in use.
    pub(super) fn any(&self) -> Option<Arc<Line>> {
        self.by_runtime.lock().values().find(|line| !line.is_unfit()).map(Arc::clone)
    }

    /// Every line that is in use.
    pub(super) fn all(&self) -> Vec<Arc<Line>> {
        self.by_runtime.lock().values().map(Arc::clone).collect()
    }

    fn line(self: &Arc<Self>, runtime: &Handle, is_background: bool) -> Arc<Line> {
        if let Some(line) = self.by_runtime.lock().get(&runtime.id()) {
            return Arc::clone(line);
        }
        self.new_line(runtime, is_background)
    }

    #[cold]
    fn new_line(self: &Arc<Self>, runtime: &Handle, is_background: bool) -> Arc<Line> {
        let id = runtime.id();
        let (in_use, unused) = oneshot::channel();
        let (connector, is_lent) = self.source.on(runtime, is_background);
        let line = Arc::new(Line::new(&self.common, connector, is_lent, runtime.clone(), in_use));
        {
            let mut lines = self.by_runtime.lock();
            if let Some(line) = lines.get(&id) {
                return Arc::clone(line);
            }
            lines.insert(id, Arc::clone(&line));
        }
        let end = End { lines: Arc::downgrade(self), line: Arc::downgrade(&line), id };
        // Not under the lock: a runtime that is shutting down drops the task, and so `end`, at once.
        runtime.spawn(async move {
            let _end = end;
            // Ready when the line is dropped; if the runtime ends before, the task is dropped here.
            let _ = unused.await;
        });
        line
    }
}

/// Forgets the line of a runtime when the runtime drops its tasks, that is, when it ends.
struct End {
    lines: Weak<Lines>,
    line: Weak<Line>,
    id: Id,
}

impl Drop for End {
    fn drop(&mut self) {
        let Some(lines) = self.lines.upgrade() else { return };
        let mut by_runtime = lines.by_runtime.lock();
        let is_ours =
            by_runtime.get(&self.id).is_some_and(|line| Weak::ptr_eq(&Arc::downgrade(line), &self.line));
        let forgotten = if is_ours { by_runtime.remove(&self.id) } else { None };
        // Dropped after the lock: a line takes its connections with it.
        drop(by_runtime);
        drop(forgotten);
    }
}

/// The runtime of those who have none: one thread, started at first use, for all stores.
///
/// `None` if the operating system gives neither a thread nor a poller.
fn background() -> Option<Handle> {
    static BACKGROUND: OnceLock<Option<Handle>> = OnceLock::new();
    BACKGROUND.get_or_init(start_background).clone()
}

fn start_background() -> Option<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("cache-database".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .ok()?;
    Some(handle)
}
