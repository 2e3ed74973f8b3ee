//! The connection on which the server says what has changed (`CLIENT TRACKING`), renewed whenever it ends.
//!
//! The driver keeps a tracked connection silently without its tracking after it has connected anew, and its own cache
//! keeps answers that were invalidated on their way: so both are done here.

use std::sync::{Arc, Weak};
use std::time::Duration;

use redis::{PushInfo, PushKind, Value};
use tokio::time::timeout;

use super::answers::text_of;
use super::connect::{Connector, Link, Target};
use super::failure::Failure;
use super::front::Kept;
use super::request::Ask;
use crate::backend::line::{Connector as _, background};

/// How often the server is asked whether it is still there. One that says nothing is believed for so long at most, and
/// for one answer's limit more.
pub const HEARD_EVERY: Duration = Duration::from_secs(1);

/// How long after a failure the next connection is made.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens for as long as what is kept is there.
pub(super) fn listen(kept: &Arc<Kept>, target: Target, connect_timeout: Duration, answer_timeout: Duration) {
    let Some(runtime) = background() else { return };
    let weak = Arc::downgrade(kept);
    let heard = Weak::clone(&weak);
    let pushes = move |push: &PushInfo| {
        if let Some(kept) = heard.upgrade() {
            take(&kept, push);
        }
    };
    let connector = Connector { target, connect_timeout, answer_timeout, pushes: Some(Arc::new(pushes)) };
    runtime.spawn(async move {
        while let Some(kept) = weak.upgrade() {
            if !kept.is_wanted() {
                // Awake now and then, so as to end with what is kept.
                let _ = timeout(HEARD_EVERY, kept.news.notified()).await;
                continue;
            }
            drop(kept);
            let _ = hear(&weak, &connector).await;
            if let Some(kept) = weak.upgrade() {
                kept.is_deaf();
            }
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// One connection, from its beginning until it ends or is not wanted any more.
async fn hear(weak: &Weak<Kept>, connector: &Connector) -> Result<(), Failure> {
    let link = timeout(connector.connect_timeout, connector.connect()).await.unwrap_or(Err(Failure::Late))?;
    let Some(kept) = weak.upgrade() else { return Ok(()) };
    let prefixes = kept.prefixes();
    drop(kept);
    track(&link, &prefixes).await?;
    if !weak.upgrade().is_some_and(|kept| kept.hears(&prefixes)) {
        return Ok(());
    }
    loop {
        let Some(kept) = weak.upgrade() else { return Ok(()) };
        let is_silent = timeout(HEARD_EVERY, kept.news.notified()).await.is_err();
        if !kept.is_wanted() || !kept.is_heard() {
            return Ok(());
        }
        drop(kept);
        if is_silent {
            answered(link.send(&Ask::Command(redis::cmd("PING"))).await?)?;
        }
    }
}

async fn track(link: &Link, prefixes: &[String]) -> Result<(), Failure> {
    let mut tracking = redis::cmd("CLIENT");
    tracking.arg("TRACKING").arg("ON").arg("BCAST");
    for prefix in prefixes {
        tracking.arg("PREFIX").arg(prefix);
    }
    answered(link.send(&Ask::Command(tracking)).await?)
}

fn answered(answer: Value) -> Result<(), Failure> {
    match answer {
        Value::ServerError(error) => Err(error.into()),
        _ => Ok(()),
    }
}

/// What the server says by itself.
fn take(kept: &Kept, push: &PushInfo) {
    match push.kind {
        PushKind::Disconnection => {
            kept.is_deaf();
            kept.news.notify_one();
        }
        PushKind::Invalidate => match push.data.first() {
            Some(Value::Array(keys)) => {
                keys.iter().cloned().filter_map(text_of).for_each(|key| kept.forget(&key));
            }
            // The whole database was emptied.
            _ => kept.flush(),
        },
        _ => {}
    }
}
