//! Redis servers that replace one another: a cluster, and a master behind sentinels.

use super::fault::Fault;
use super::victim::{Victim, mood, set_memory};
use crate::redis_server::wait_for;
use crate::{Cluster, Mood, Proxy, Sentinels, Server};

/// After how long a silent node of a cluster counts as failed, where that is not to happen, and where it is.
const NEVER_FAILS_MILLIS: u32 = 60_000;
const FAILS_MILLIS: u32 = 1500;

/// A cluster, the first of whose nodes is reached by a proxy.
pub(super) struct Clustered {
    cluster: Cluster,
    proxy: Proxy,
    settings: &'static str,
}

impl Clustered {
    /// A cluster that stays as it is.
    pub(super) fn steady() -> Self {
        Self::start(NEVER_FAILS_MILLIS, "")
    }

    /// A cluster in which replicas take over; with settings of the store.
    pub(super) fn failing(settings: &'static str) -> Self {
        Self::start(FAILS_MILLIS, settings)
    }

    fn start(node_timeout_millis: u32, settings: &'static str) -> Self {
        // Nodes that count others as failed so soon tell each other what is new as soon.
        let cluster = Cluster::start(&Server::redis(), FAILS_MILLIS);
        let proxy = Proxy::to(cluster.node(0).port());
        let mut clustered = Self { cluster, proxy, settings };
        clustered.announce();
        for node in clustered.cluster.nodes() {
            node.command::<()>(&["CONFIG", "SET", "cluster-node-timeout", &node_timeout_millis.to_string()]);
        }
        clustered
    }

    /// Lets the first node be known by the port of the proxy, also when it is started again.
    fn announce(&mut self) {
        let port = self.proxy.port().to_string();
        self.cluster.node_mut(0).change_setting("cluster-announce-port", &port);
        wait_for("every node knows the proxy", || {
            self.cluster.nodes().iter().all(|node| {
                let told: String = node.command(&["CLUSTER", "NODES"]);
                told.contains(&format!("127.0.0.1:{port}@"))
            })
        });
    }
}

impl Victim for Clustered {
    fn url(&self) -> String {
        let first = format!("127.0.0.1:{}", self.cluster.node(0).port());
        let url = self.cluster.url().replacen(&first, &format!("127.0.0.1:{}", self.proxy.port()), 1);
        format!("{url}{}", self.settings)
    }

    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Killed | Fault::Failover | Fault::FailoverAwaited => self.cluster.node_mut(0).kill(),
            Fault::Stopped => self.cluster.node(0).pause(),
            Fault::MemoryFull => (0..3).for_each(|node| set_memory(self.cluster.node(node), "1")),
            other => self.proxy.turn(mood(other)),
        }
    }

    fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::Failover => {}
            // With nobody to wait for, no invalidation would be confirmed any more.
            Fault::Killed | Fault::FailoverAwaited => self.cluster.node_mut(0).restart(),
            Fault::Stopped => self.cluster.node(0).resume(),
            Fault::MemoryFull => (0..3).for_each(|node| set_memory(self.cluster.node(node), "0")),
            _ => self.proxy.turn(Mood::Prompt),
        }
    }

    fn has_failed_over(&self) -> bool {
        self.cluster.leads(3)
    }
}

/// A master behind sentinels, which reach it by a proxy, as callers do.
pub(super) struct Watched {
    sentinels: Sentinels,
    proxy: Proxy,
    settings: &'static str,
}

impl Watched {
    pub(super) fn start(settings: &'static str) -> Self {
        let (sentinels, proxy) = Sentinels::start_behind_a_proxy(&Server::redis());
        Self { sentinels, proxy, settings }
    }
}

impl Victim for Watched {
    fn url(&self) -> String {
        format!("{}{}", self.sentinels.url(), self.settings)
    }

    fn strike(&mut self, fault: Fault) {
        match fault {
            Fault::Killed | Fault::Failover | Fault::FailoverAwaited => self.sentinels.server_mut(0).kill(),
            Fault::Stopped => self.sentinels.server(0).pause(),
            Fault::MemoryFull => set_memory(self.sentinels.server(0), "1"),
            other => self.proxy.turn(mood(other)),
        }
    }

    fn heal(&mut self, fault: Fault) {
        match fault {
            Fault::Failover => {}
            Fault::Killed | Fault::FailoverAwaited => self.sentinels.server_mut(0).restart(),
            Fault::Stopped => self.sentinels.server(0).resume(),
            Fault::MemoryFull => set_memory(self.sentinels.server(0), "0"),
            _ => self.proxy.turn(Mood::Prompt),
        }
    }

    fn has_failed_over(&self) -> bool {
        self.sentinels.master_but(&[0]).is_some()
    }
}
