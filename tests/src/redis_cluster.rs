//! A Redis cluster for one test: three nodes that take writes, and a replica of each.

use redis::Value;

use crate::free_port;
use crate::redis_server::wait_for;
use crate::{Plan, Server};

/// How many nodes have slots; as many are replicas.
const LEADERS: usize = 3;

/// How many slots there are.
const SLOTS: u16 = 16_384;

/// A running cluster; the first three nodes begin with the slots, node `n + 3` as the replica of node `n`.
#[derive(Debug)]
pub struct Cluster {
    nodes: Vec<Server>,
}

impl Cluster {
    /// Starts six servers and joins them; a node that is silent for so long counts as failed.
    ///
    /// # Panics
    ///
    /// If the servers do not start, or do not find each other.
    pub fn start(plan: &Plan, node_timeout_millis: u32) -> Self {
        let nodes = (0..2 * LEADERS).map(|_| {
            plan.clone()
                .setting("cluster-enabled", "yes")
                .setting("cluster-port", &free_port().to_string())
                .setting("cluster-node-timeout", &node_timeout_millis.to_string())
                .setting("cluster-replica-validity-factor", "0")
                .setting("repl-diskless-sync-delay", "0")
                .start()
        });
        let cluster = Self { nodes: nodes.collect() };
        cluster.share_out();
        cluster.join();
        cluster.add_replicas();
        cluster
    }

    fn share_out(&self) {
        for (index, node) in self.nodes.iter().enumerate() {
            node.command::<()>(&["CLUSTER", "SET-CONFIG-EPOCH", &(index + 1).to_string()]);
        }
        for (index, node) in self.nodes[..LEADERS].iter().enumerate() {
            let bound = |index: usize| usize::from(SLOTS) * index / LEADERS;
            let (first, last) = (bound(index).to_string(), (bound(index + 1) - 1).to_string());
            node.command::<()>(&["CLUSTER", "ADDSLOTSRANGE", &first, &last]);
        }
    }

    fn join(&self) {
        let first = &self.nodes[0];
        for node in &self.nodes[1..] {
            let (port, bus) = (node.port().to_string(), bus_port(node));
            first.command::<()>(&["CLUSTER", "MEET", "127.0.0.1", &port, &bus]);
        }
        for node in &self.nodes {
            wait_for("the nodes know each other", || {
                let known = cluster_info(node, "cluster_known_nodes");
                known == self.nodes.len().to_string() && cluster_info(node, "cluster_state") == "ok"
            });
        }
    }

    fn add_replicas(&self) {
        for (index, node) in self.nodes[LEADERS..].iter().enumerate() {
            let leader = self.id(index);
            node.command::<()>(&["CLUSTER", "REPLICATE", &leader]);
        }
        for node in &self.nodes[LEADERS..] {
            wait_for("the replica follows", || node.info("master_link_status") == "up");
        }
        for node in &self.nodes {
            wait_for("every node knows the replicas", || {
                let Value::Array(ranges) = node.command::<Value>(&["CLUSTER", "SLOTS"]) else { return false };
                ranges.iter().all(|range| matches!(range, Value::Array(parts) if parts.len() == 4))
            });
        }
    }

    /// The URL, which names three nodes.
    pub fn url(&self) -> String {
        let first = self.nodes[0].url().replacen("://", "+cluster://", 1);
        format!("{first},127.0.0.1:{},127.0.0.1:{}", self.nodes[1].port(), self.nodes[5].port())
    }

    /// A node.
    pub fn node(&self, index: usize) -> &Server {
        &self.nodes[index]
    }

    /// A node, to be killed or started again.
    pub fn node_mut(&mut self, index: usize) -> &mut Server {
        &mut self.nodes[index]
    }

    /// The nodes.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// The slot of a key, as a node says.
    pub fn slot(&self, key: &str) -> u16 {
        self.nodes[1].command(&["CLUSTER", "KEYSLOT", key])
    }

    /// Which node had the slot of a key when the cluster began.
    pub fn first_owner(&self, key: &str) -> usize {
        usize::from(self.slot(key)) * LEADERS / usize::from(SLOTS)
    }

    /// A key, made from this text, whose slot began with this node.
    ///
    /// # Panics
    ///
    /// If the node began without slots.
    pub fn key_on(&self, node: usize, text: &str) -> String {
        let mut keys = (0..).map(|number| format!("{text}{number}"));
        keys.find(|key| self.first_owner(key) == node).expect("there are keys for every node")
    }

    /// Begins to move a slot; its keys are where they were.
    pub fn begin_move(&self, slot: u16, from: usize, to: usize) {
        let (slot, from_id, to_id) = (slot.to_string(), self.id(from), self.id(to));
        self.nodes[to].command::<()>(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id]);
        self.nodes[from].command::<()>(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id]);
    }

    /// Moves what keys the slot has, or some of them.
    pub fn move_keys(&self, slot: u16, from: usize, to: usize, at_most: usize) {
        let (slot, count) = (slot.to_string(), at_most.to_string());
        let keys: Vec<String> = self.nodes[from].command(&["CLUSTER", "GETKEYSINSLOT", &slot, &count]);
        let port = self.nodes[to].port().to_string();
        for key in keys {
            self.nodes[from].command::<()>(&["MIGRATE", "127.0.0.1", &port, &key, "0", "5000"]);
        }
    }

    /// Ends the move of a slot.
    pub fn end_move(&self, slot: u16, from: usize, to: usize) {
        let (slot, to_id) = (slot.to_string(), self.id(to));
        for node in [to, from] {
            self.nodes[node].command::<()>(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id]);
        }
    }

    /// Whether this node counts the cluster as whole, and itself as one that has slots.
    pub fn leads(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        node.info("role") == "master" && cluster_info(node, "cluster_state") == "ok"
    }

    fn id(&self, node: usize) -> String {
        self.nodes[node].command(&["CLUSTER", "MYID"])
    }
}

fn bus_port(node: &Server) -> String {
    let [_, port]: [String; 2] = node
        .command::<Vec<String>>(&["CONFIG", "GET", "cluster-port"])
        .try_into()
        .expect("the setting has one value");
    port
}

fn cluster_info(node: &Server, name: &str) -> String {
    let text: String = node.command(&["CLUSTER", "INFO"]);
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.unwrap_or_default().to_owned()
}
