//! Which runtime drives the connection of a caller: its own, or ours for those who have none.
//!
//! Nothing of the driver is polled outside a tokio runtime, and no connection outlives the runtime
//! that drives it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, Weak};

use redis::Value;
use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;
use tokio::task::unconstrained;

use super::connect::{Connector, Line, Request};
use super::failure::Failure;
use crate::base::sync::{Mutex, is_blocking};

/// One line for every runtime that has asked, until the runtime ends.
pub(super) struct Lines {
    pub(super) connector: Arc<Connector>,
    by_runtime: Mutex<HashMap<Id, Arc<Line>>>,
}

impl Lines {
    pub(super) fn new(connector: Connector) -> Arc<Self> {
        Arc::new(Self { connector: Arc::new(connector), by_runtime: Mutex::default() })
    }

    /// The answer to a request, on the caller's own runtime where there is one that is being driven.
    pub(super) async fn ask(self: &Arc<Self>, request: &Request) -> Result<Value, Failure> {
        if !is_blocking()
            && let Ok(runtime) = Handle::try_current()
        {
            let line = self.line(&runtime);
            if !line.is_unfit() {
                match line.ask(request).await {
                    Err(Failure::Stopped) if line.is_unfit() => {}
                    answer => return answer,
                }
            }
        }
        self.ask_in_background(request.clone()).await
    }

    /// Lets go of all connections.
    pub(super) fn close(&self) {
        for line in self.by_runtime.lock().values() {
            line.close();
        }
    }

    async fn ask_in_background(self: &Arc<Self>, request: Request) -> Result<Value, Failure> {
        let Some(runtime) = background() else { return Err(Failure::Stopped) };
        let lines = Arc::clone(self);
        let answer = runtime.spawn(async move { lines.line(&Handle::current()).ask(&request).await });
        // A caller that blocks a task of tokio never returns to it, so that the task's budget for polls is
        // never renewed: once it were spent, nothing of tokio would be ready again.
        unconstrained(answer).await.unwrap_or(Err(Failure::Stopped))
    }

    fn line(self: &Arc<Self>, runtime: &Handle) -> Arc<Line> {
        if let Some(line) = self.by_runtime.lock().get(&runtime.id()) {
            return Arc::clone(line);
        }
        self.new_line(runtime)
    }

    #[cold]
    fn new_line(self: &Arc<Self>, runtime: &Handle) -> Arc<Line> {
        let id = runtime.id();
        let (in_use, unused) = oneshot::channel();
        let line = Arc::new(Line::new(Arc::clone(&self.connector), runtime.clone(), in_use));
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
        // Dropped after the lock: a line takes its connection with it.
        drop(by_runtime);
        drop(forgotten);
    }
}

/// The runtime of those who have none: one thread, started at first use, for all stores.
///
/// `None` if the operating system gives neither a thread nor a poller.
pub(super) fn background() -> Option<Handle> {
    static BACKGROUND: OnceLock<Option<Handle>> = OnceLock::new();
    BACKGROUND.get_or_init(start_background).clone()
}

fn start_background() -> Option<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("cache-redis".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .ok()?;
    Some(handle)
}
