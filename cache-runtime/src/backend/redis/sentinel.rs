//! Which server is the master now: what sentinels say, and the server itself confirms.

use std::sync::Arc;
use std::time::Duration;

use redis::Value;
use tokio::task::JoinSet;

use super::answers::text_of;
use super::connect::{Connector, Link};
use super::failure::{Failure, Trouble};
use super::request::Ask;
use super::servers::{Address, Servers};
use crate::base::sync::random;

/// The sentinels of a master.
pub(super) struct Sentinels {
    pub(super) servers: Servers,
    pub(super) addresses: Vec<Address>,
    pub(super) name: String,
}

/// What a sentinel is asked for.
#[derive(Clone, Copy)]
enum Sought {
    Master,
    Replicas,
}

impl Sentinels {
    /// A connection to the master.
    ///
    /// A sentinel may not know yet who has become it, and a server not that it is one no more: so all sentinels are
    /// asked at once, and each server that one of them names is asked for its role, until one says that it is the
    /// master.
    pub(super) async fn master(self: &Arc<Self>, connector: &Connector) -> Result<Link, Failure> {
        self.find(connector, Sought::Master).await
    }

    /// A connection to some replica that is in order.
    pub(super) async fn replica(self: &Arc<Self>, connector: &Connector) -> Result<Link, Failure> {
        self.find(connector, Sought::Replicas).await
    }

    async fn find(self: &Arc<Self>, connector: &Connector, sought: Sought) -> Result<Link, Failure> {
        let search = self.search(connector, sought);
        tokio::time::timeout(connector.connect_timeout, search).await.unwrap_or(Err(Failure::Late))
    }

    async fn search(self: &Arc<Self>, connector: &Connector, sought: Sought) -> Result<Link, Failure> {
        let mut answers = JoinSet::new();
        for address in self.addresses.clone() {
            let (sentinels, limit) = (Arc::clone(self), connector.connect_timeout);
            answers.spawn(async move { sentinels.ask(&address, sought, limit).await });
        }
        let (mut seen, mut failure) = (Vec::new(), Trouble::NoMaster.into());
        while let Some(answer) = answers.join_next().await {
            let named = match answer.unwrap_or(Err(Failure::Stopped)) {
                Ok(named) => named,
                Err(why) => {
                    failure = why;
                    continue;
                }
            };
            for address in named {
                if seen.contains(&address) {
                    continue;
                }
                match self.confirmed(connector, &address, sought).await {
                    Ok(link) => return Ok(link),
                    Err(why) => failure = why,
                }
                seen.push(address);
            }
        }
        Err(failure)
    }

    /// The servers that one sentinel names.
    async fn ask(
        &self,
        sentinel: &Address,
        sought: Sought,
        limit: Duration,
    ) -> Result<Vec<Address>, Failure> {
        let client = self.servers.sentinel_at(sentinel);
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(limit))
            .set_response_timeout(Some(limit));
        let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
        let mut command = redis::cmd("SENTINEL");
        match sought {
            Sought::Master => command.arg("GET-MASTER-ADDR-BY-NAME").arg(&self.name),
            Sought::Replicas => command.arg("REPLICAS").arg(&self.name),
        };
        match connection.send_packed_command(&command).await? {
            Value::ServerError(error) => Err(error.into()),
            Value::Array(answer) => Ok(match sought {
                Sought::Master => address_in(answer).into_iter().collect(),
                Sought::Replicas => replicas_in(answer),
            }),
            _ => Err(Trouble::NoMaster.into()),
        }
    }

    /// A connection to this server, if it has the role itself.
    async fn confirmed(
        &self,
        connector: &Connector,
        address: &Address,
        sought: Sought,
    ) -> Result<Link, Failure> {
        let link = connector.link(&self.servers.client_at(address)).await?;
        let role: &[u8] = match sought {
            Sought::Master => b"master",
            Sought::Replicas => b"slave",
        };
        match link.send(&Ask::Command(redis::cmd("ROLE"))).await? {
            Value::Array(answer) if matches!(answer.first(), Some(Value::BulkString(word)) if word == role) => {
                Ok(link)
            }
            // Users may not be allowed to ask for it: then the sentinel's word counts.
            Value::ServerError(error) if error.kind() == Some(redis::ServerErrorKind::NoPerm) => Ok(link),
            Value::ServerError(error) => Err(error.into()),
            _ => Err(Trouble::NoMaster.into()),
        }
    }
}

fn address_in(answer: Vec<Value>) -> Option<Address> {
    let [host, port] = <[Value; 2]>::try_from(answer).ok()?;
    Some(Address { host: text_of(host)?, port: text_of(port)?.parse().ok()? })
}

/// The replicas that are neither down nor without their master, in any order.
fn replicas_in(answer: Vec<Value>) -> Vec<Address> {
    let mut found: Vec<_> = answer.into_iter().filter_map(replica_in).collect();
    if !found.is_empty() {
        let first = usize::try_from(random() % found.len() as u64).unwrap_or_default();
        found.rotate_left(first);
    }
    found
}

/// One replica: names and values in turn.
fn replica_in(answer: Value) -> Option<Address> {
    let Value::Array(fields) = answer else { return None };
    let texts: Vec<String> = fields.into_iter().filter_map(text_of).collect();
    let value = |name: &str| texts.chunks_exact(2).find(|pair| pair[0] == name).map(|pair| pair[1].as_str());
    let is_up = value("flags").is_none_or(|flags| flags == "slave" || flags == "replica");
    let is_linked = value("master-link-status").is_none_or(|status| status == "ok");
    let address = Address { host: value("ip")?.to_owned(), port: value("port")?.parse().ok()? };
    (is_up && is_linked).then_some(address)
}
