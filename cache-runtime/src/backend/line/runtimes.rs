//! Which runtime drives the connection of a caller: its own, or ours for those who have none.
//!
//! Nothing of a driver is polled outside a tokio runtime, and no connection outlives the runtime
//! that drives it.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, OnceLock, Weak};

use foldhash::fast::RandomState;
use tokio::runtime::{Handle, Id};
use tokio::sync::oneshot;
use tokio::task::unconstrained;

use super::one::Line;
use super::{AnswerOf, Connector, Failure, Lookups, RequestOf, gather};
use crate::base::sync::{Mutex, is_blocking};

/// One line for every runtime that has asked, until the runtime ends.
pub(in crate::backend) struct Lines<C: Connector> {
    pub(in crate::backend) connector: Arc<C>,
    by_runtime: Mutex<HashMap<Id, Arc<Line<C>>, RandomState>>,
}

impl<C: Connector> Lines<C> {
    pub(in crate::backend) fn new(connector: C) -> Arc<Self> {
        Arc::new(Self { connector: Arc::new(connector), by_runtime: Mutex::default() })
    }

    /// The answer to a request, on the caller's own runtime where there is one that is being driven.
    pub(in crate::backend) async fn ask(self: &Arc<Self>, request: &RequestOf<C>) -> AnswerOf<C> {
        if let Some(line) = self.own_line() {
            match line.ask(request).await {
                Err(Failure::Stopped) if line.is_unfit() => {}
                answer => return answer,
            }
        }
        let (lines, request) = (Arc::clone(self), request.clone());
        in_background::<C>(async move { lines.line(&Handle::current()).ask(&request).await }).await
    }

    /// What the server keeps under a key; the lookup may travel with those of others.
    pub(in crate::backend) async fn get(self: &Arc<Self>, key: &str) -> AnswerOf<C>
    where
        C::Link: Lookups,
    {
        if let Some(line) = self.own_line() {
            match gather::get(&line, key).await {
                Err(Failure::Stopped) if line.is_unfit() => {}
                answer => return answer,
            }
        }
        let (lines, key) = (Arc::clone(self), key.to_owned());
        let get = async move { gather::get(&lines.line(&Handle::current()), &key).await };
        // Apart: with the room for this in it, the future of every lookup was larger.
        Box::pin(in_background::<C>(get)).await
    }

    /// The line of the caller's own runtime, if there is one that is being driven, and can drive it.
    fn own_line(self: &Arc<Self>) -> Option<Arc<Line<C>>> {
        if is_blocking() {
            return None;
        }
        let line = self.line(&Handle::try_current().ok()?);
        (!line.is_unfit()).then_some(line)
    }

    /// Lets go of all connections.
    pub(in crate::backend) fn close(&self) {
        for line in self.by_runtime.lock().values() {
            line.close();
        }
    }

    fn line(self: &Arc<Self>, runtime: &Handle) -> Arc<Line<C>> {
        if let Some(line) = self.by_runtime.lock().get(&runtime.id()) {
            return Arc::clone(line);
        }
        self.new_line(runtime)
    }

    #[cold]
    fn new_line(self: &Arc<Self>, runtime: &Handle) -> Arc<Line<C>> {
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
struct End<C: Connector> {
    lines: Weak<Lines<C>>,
    line: Weak<Line<C>>,
    id: Id,
}

impl<C: Connector> Drop for End<C> {
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

/// Asks on the runtime of those who have none.
async fn in_background<C: Connector>(ask: impl Future<Output = AnswerOf<C>> + Send + 'static) -> AnswerOf<C> {
    let Some(runtime) = background() else { return Err(Failure::Stopped) };
    // A caller that blocks a task of tokio never returns to it, so that the task's budget for polls is
    // never renewed: once it were spent, nothing of tokio would be ready again.
    unconstrained(runtime.spawn(ask)).await.unwrap_or(Err(Failure::Stopped))
}

/// The runtime of those who have none: one thread, started at first use, for all stores.
///
/// `None` if the operating system gives neither a thread nor a poller.
pub(in crate::backend) fn background() -> Option<Handle> {
    static BACKGROUND: OnceLock<Option<Handle>> = OnceLock::new();
    BACKGROUND.get_or_init(start_background).clone()
}

fn start_background() -> Option<Handle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
    let handle = runtime.handle().clone();
    std::thread::Builder::new()
        .name("cache-store".into())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))
        .ok()?;
    Some(handle)
}
