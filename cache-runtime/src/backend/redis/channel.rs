//! The channel on which processes tell each other what they have changed (`PUBLISH`), heard on a connection of its own.
//!
//! It leads to the one leader, or to whoever is that after a failover; a cluster has no channel.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::client::Store;
use super::connect::Connector;
use super::failure::Failure;
use super::request::{Ask, Request, Whom};
use crate::backend::line::{Connector as _, background};
use crate::backend::{Channel, Ear, Operation};

/// How often the server is asked whether it is still there.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// How long after a failure the next connection is made.
const PAUSE: Duration = Duration::from_millis(100);

impl Channel for Store {
    fn tell<'a>(&'a self, name: &'a str, message: Bytes) -> Operation<'a, ()> {
        Box::pin(async move {
            let mut publish = redis::cmd("PUBLISH");
            publish.arg(name).arg(&message[..]);
            let request = Request::new(Whom::Leader, Ask::Command(publish));
            self.answer("tell", self.route.ask(name, &request).await).map(drop)
        })
    }

    fn listen(&self, name: &str, ear: Weak<dyn Ear>) {
        let (Some(runtime), Some(leader)) = (background(), self.route.speaker()) else { return };
        let (ended, heard, name) = (Arc::new(Notify::new()), Weak::clone(&ear), name.to_owned());
        let over = Arc::clone(&ended);
        let pushes = move |push: &PushInfo| match (push.kind.clone(), &push.data[..]) {
            (PushKind::Disconnection, _) => over.notify_one(),
            (PushKind::Message, [_, Value::BulkString(message)]) => {
                if let Some(ear) = heard.upgrade() {
                    ear.hear(message);
                }
            }
            _ => {}
        };
        let connector = leader.with(Arc::new(pushes));
        runtime.spawn(async move {
            while let Some(wants) = wants(&ear) {
                if wants {
                    let _ = hear(&connector, &name, &ear, &ended).await;
                }
                tokio::time::sleep(PAUSE).await;
            }
        });
    }
}

/// Whether somebody wants to hear; `None` once nobody ever will.
fn wants(ear: &Weak<dyn Ear>) -> Option<bool> {
    ear.upgrade().map(|ear| ear.wants())
}

/// One connection, from its beginning until it ends or nobody wants to hear any more.
async fn hear(
    connector: &Connector,
    name: &str,
    ear: &Weak<dyn Ear>,
    ended: &Notify,
) -> std::result::Result<(), Failure> {
    let link = timeout(connector.connect_timeout, connector.connect()).await.unwrap_or(Err(Failure::Late))?;
    let mut subscribe = redis::cmd("SUBSCRIBE");
    subscribe.arg(name);
    answered(link.send(&Ask::Command(subscribe)).await?)?;
    while wants(ear) == Some(true) {
        if timeout(ASKED_EVERY, ended.notified()).await.is_ok() {
            return Ok(());
        }
        answered(link.send(&Ask::Command(redis::cmd("PING"))).await?)?;
    }
    Ok(())
}

fn answered(answer: Value) -> std::result::Result<(), Failure> {
    match answer {
        Value::ServerError(error) => Err(error.into()),
        _ => Ok(()),
    }
}
