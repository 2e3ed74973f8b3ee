//! What is known so far of a type's layout: its parts, and how far each has been explored.

use std::any::TypeId;
use std::collections::HashMap;

use super::samples;

/// The most parts of one layout; a larger one counts as hidden.
const MOST_NODES: usize = 4096;

/// The most elements of a tuple that are told apart.
const MOST_ELEMENTS: usize = 256;

/// A kind of value without parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf {
    Bool,
    I8,
    I16,
    I32,
    I64,
    I128,
    U8,
    U16,
    U32,
    U64,
    U128,
    F32,
    F64,
    Char,
    Text,
    Bytes,
    Unit,
    UnitStruct(&'static str),
    Identifier,
    Ignored,
    Anything,
}

impl Leaf {
    /// How many samples there are to try.
    fn samples(self) -> usize {
        match self {
            Self::Bool => 2,
            Self::F32 | Self::F64 => samples::FLOATS.len(),
            Self::Char => samples::CHARS.len(),
            Self::Text | Self::Identifier => samples::STRINGS.len(),
            Self::Bytes => samples::BYTES.len(),
            Self::Unit | Self::UnitStruct(_) | Self::Ignored => 1,
            Self::Anything => samples::ANYTHING.len(),
            _ => samples::INTEGERS.len(),
        }
    }
}

/// A kind of value with parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// What holds the type itself.
    Root,
    Option,
    Newtype(&'static str),
    Sequence,
    Map,
    Tuple(usize),
    TupleStruct(&'static str, usize),
    Struct(&'static str, &'static [&'static str]),
    Enum(&'static str, &'static [&'static str]),
    NewtypeVariant,
    TupleVariant(usize),
    StructVariant(&'static [&'static str]),
}

impl Form {
    fn parts(self) -> usize {
        match self {
            Self::Root | Self::Option | Self::Newtype(_) | Self::Sequence | Self::NewtypeVariant => 1,
            Self::Map => 2,
            Self::Tuple(len) | Self::TupleStruct(_, len) | Self::TupleVariant(len) => len.min(MOST_ELEMENTS),
            Self::Struct(_, names) | Self::Enum(_, names) | Self::StructVariant(names) => names.len(),
        }
    }
}

/// A node by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct NodeId(pub(super) usize);

/// An edge: the node it leaves, and its place among that node's edges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EdgeId(pub(super) NodeId, pub(super) usize);

/// Where the type itself stands.
pub(super) const ROOT: EdgeId = EdgeId(NodeId(0), 0);

/// What stands at the end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Leaf(Leaf),
    Node(NodeId),
    /// A variant without a payload.
    Nothing,
}

/// A part of a node: a field, a variant, an element.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent marks, each set by another rule")]
pub(super) struct Edge {
    pub(super) target: Option<Target>,
    /// Whether it had different targets at different times, as the content of a tagged enum has.
    pub(super) varies: bool,
    /// The sample it is offered next; if it was accepted, the one it accepted.
    pub(super) attempt: usize,
    /// When a value was accepted here for the first time, in acceptances.
    pub(super) accepted: Option<usize>,
    /// No sample was accepted.
    pub(super) exhausted: bool,
    /// It leads nowhere that other edges do not.
    pub(super) dead: bool,
    /// A field that is another name of one before it.
    pub(super) alias: bool,
    /// Whether it is being followed right now.
    pub(super) open: bool,
}

/// A value with parts.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) form: Form,
    pub(super) edges: Vec<Edge>,
    /// Fields of a map that only their absence told of (`flatten`); their edges follow the two of the map.
    pub(super) learned: Vec<&'static str>,
    /// Whether something below can still be learnt.
    pub(super) unfinished: bool,
    /// How often it is entered right now.
    pub(super) open: usize,
    /// The last pass that explored it.
    pub(super) pass: usize,
    /// A field to be offered before the others, which failed.
    pub(super) first: usize,
    /// Its visitor reads fields by place, variants by number.
    pub(super) by_place: bool,
}

/// The layout of one type, and the pass that is under way.
#[derive(Debug)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    by_visitor: HashMap<TypeId, Vec<NodeId>, foldhash::fast::FixedState>,
    /// The number of this pass.
    pub(super) pass: usize,
    /// Whether this pass learnt something, so that another one is worth it.
    pub(super) progress: bool,
    /// Whether the part that made this pass fail is known.
    blamed: bool,
    /// Edges that this pass chose to follow and need not have.
    pub(super) choices: Vec<EdgeId>,
    acceptances: usize,
    /// A limit was reached, or the type's own code panicked.
    pub(super) cut_short: Option<&'static str>,
}

impl Graph {
    pub(super) fn new() -> Self {
        let mut graph = Self {
            nodes: Vec::new(),
            by_visitor: HashMap::default(),
            pass: 0,
            progress: false,
            blamed: false,
            choices: Vec::new(),
            acceptances: 0,
            cut_short: None,
        };
        graph.add(Form::Root);
        graph
    }

    pub(super) fn edge(&mut self, EdgeId(node, index): EdgeId) -> &mut Edge {
        &mut self.nodes[node.0].edges[index]
    }

    pub(super) fn node(&mut self, node: NodeId) -> &mut Node {
        &mut self.nodes[node.0]
    }

    fn add(&mut self, form: Form) -> NodeId {
        let edges = (0..form.parts()).map(|_| Edge::default()).collect();
        let learned = Vec::new();
        let node =
            Node { form, edges, learned, unfinished: true, open: 0, pass: 0, first: 0, by_place: false };
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }

    /// The node of this form that this visitor reads: one for a type, however often it occurs.
    pub(super) fn node_of(&mut self, visitor: TypeId, form: Form) -> Option<NodeId> {
        let mut known = self.by_visitor.get(&visitor).into_iter().flatten();
        if let Some(&node) = known.find(|node| self.nodes[node.0].form == form) {
            return Some(node);
        }
        if self.nodes.len() >= MOST_NODES {
            self.cut_short = Some("it has too many parts");
            return None;
        }
        let node = self.add(form);
        self.by_visitor.entry(visitor).or_default().push(node);
        Some(node)
    }

    /// The node of a variant's payload.
    pub(super) fn payload(&mut self, edge: EdgeId, form: Form) -> NodeId {
        let known = self.edge(edge).target;
        match known {
            Some(Target::Node(node)) if self.nodes[node.0].form == form => node,
            _ => self.add(form),
        }
    }

    /// Notes what stands at the end of an edge.
    pub(super) fn note(&mut self, edge: EdgeId, target: Target) {
        let known = self.edge(edge);
        match known.target {
            None => {
                known.target = Some(target);
                self.progress = true;
            }
            Some(before) if before != target && !known.varies => {
                known.varies = true;
                self.progress = true;
            }
            Some(_) => {}
        }
    }

    /// Notes how an edge ended; the first one to fail in a pass is the one to be changed.
    pub(super) fn finish(&mut self, edge: EdgeId, accepted: bool, varied: bool) {
        let now = self.acceptances + 1;
        let blamed = self.blamed;
        let limit = match self.edge(edge).target {
            Some(Target::Leaf(leaf)) => leaf.samples(),
            Some(Target::Node(_)) => samples::VARIATIONS,
            Some(Target::Nothing) | None => 1,
        };
        let known = self.edge(edge);
        if accepted {
            if known.accepted.is_none() {
                known.accepted = Some(now);
                self.acceptances = now;
                self.progress = true;
            }
        } else if !blamed && !varied {
            let next = known.attempt + 1;
            let changed = known.accepted.is_none() && !known.exhausted;
            if changed && next < limit {
                known.attempt = next;
            }
            known.exhausted |= changed && next >= limit;
            self.progress |= changed;
            self.blamed = true;
        }
    }

    /// Notes a field that a map is told to have by its absence.
    pub(super) fn learn(&mut self, map: NodeId, field: &'static str) {
        let node = self.node(map);
        if !node.learned.contains(&field) {
            node.learned.push(field);
            node.edges.push(Edge::default());
            self.explain();
        }
    }

    /// Which variant to give: one that can teach something, else the one that was accepted first.
    ///
    /// What an accepted variant needed was accepted before it, so that a recursive type comes to its
    /// end. Before any was, a variant is taken that is not being read already.
    pub(super) fn variant(&mut self, node: NodeId, explore: bool) -> Option<usize> {
        let edges = &self.nodes[node.0].edges;
        if explore && let Some(live) = (0..edges.len()).find(|&index| self.is_live(EdgeId(node, index))) {
            self.choices.push(EdgeId(node, live));
            return Some(live);
        }
        let accepted = (0..edges.len()).filter(|&index| edges[index].accepted.is_some());
        let first = accepted.min_by_key(|&index| edges[index].accepted);
        first.or_else(|| edges.iter().position(|edge| !edge.open && !edge.dead))
    }

    /// Notes that the reason of this pass's failure is known, and will not be met again.
    pub(super) fn explain(&mut self) {
        self.progress = true;
        self.blamed = true;
    }

    /// Whether following this edge can teach anything.
    pub(super) fn is_live(&self, EdgeId(node, index): EdgeId) -> bool {
        let edge = &self.nodes[node.0].edges[index];
        let unfinished = match edge.target {
            None => true,
            Some(Target::Node(node)) => self.nodes[node.0].unfinished,
            Some(_) => false,
        };
        !edge.dead && !edge.alias && (unfinished || (edge.accepted.is_none() && !edge.exhausted))
    }

    /// Enters a node; the answer says whether to explore it, or to make the smallest value of it.
    pub(super) fn enter(&mut self, node: NodeId) -> bool {
        let pass = self.pass;
        let node = self.node(node);
        let explore = node.unfinished && node.open == 0 && node.pass != pass;
        node.open += 1;
        node.pass = pass;
        explore
    }

    pub(super) fn leave(&mut self, node: NodeId) {
        self.node(node).open -= 1;
    }

    /// Begins another pass, if there is something left to be learnt.
    pub(super) fn next_pass(&mut self) -> bool {
        self.mark_unfinished();
        self.pass += 1;
        self.progress = false;
        self.blamed = false;
        self.choices.clear();
        self.is_live(ROOT)
    }

    /// A node is unfinished while one of its own edges is, or one of the nodes they lead to.
    fn mark_unfinished(&mut self) {
        for node in &mut self.nodes {
            node.unfinished = false;
        }
        let mut changed = true;
        while changed {
            changed = false;
            for id in 0..self.nodes.len() {
                let live = (0..self.nodes[id].edges.len()).any(|edge| self.is_live(EdgeId(NodeId(id), edge)));
                changed |= live && !self.nodes[id].unfinished;
                self.nodes[id].unfinished |= live;
            }
        }
    }

    /// After a pass that taught nothing: tries another order of fields, then gives up one choice.
    pub(super) fn unblock(&mut self) -> bool {
        let pass = self.pass;
        let stuck =
            |node: &Node| node.pass == pass && matches!(node.form, Form::Struct(..) | Form::StructVariant(_));
        for node in self.nodes.iter_mut().filter(|node| stuck(node)) {
            let unseen = |edge: &Edge| edge.target.is_none() && !edge.dead && !edge.alias;
            if let Some(index) = node.edges.iter().position(unseen) {
                // It was offered before all others, and still not read.
                node.edges[index].dead = node.first == index;
                node.first = index;
                return true;
            }
        }
        let Some(choice) = self.choices.pop() else { return false };
        self.edge(choice).dead = true;
        true
    }
}
