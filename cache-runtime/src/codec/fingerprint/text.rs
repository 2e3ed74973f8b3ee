//! The canonical text of a layout, which the fingerprint is the hash of, and the reason why one is hidden.

use std::fmt::Write;

use super::graph::{Edge, Form, Graph, Leaf, NodeId, Target};

/// The layout in words that any two processes agree on.
///
/// Nodes are numbered as they are first met, and named by number where they are met again. Names
/// carry their length, so that no name can pass for another text.
pub(super) fn canonical(graph: &Graph) -> String {
    let mut text = Text { graph, out: String::new(), numbers: vec![None; graph.nodes.len()], count: 0 };
    text.edge(&graph.nodes[0].edges[0]);
    if graph.cut_short.is_some() {
        text.out.push_str(" …");
    }
    text.out
}

struct Text<'g> {
    graph: &'g Graph,
    out: String,
    numbers: Vec<Option<usize>>,
    count: usize,
}

impl Text<'_> {
    fn edge(&mut self, edge: &Edge) {
        match edge.target {
            None if edge.alias => self.out.push_str("alias"),
            None => self.out.push('?'),
            Some(Target::Nothing) => self.out.push_str("nothing"),
            Some(Target::Node(node)) => self.node(node),
            Some(Target::Leaf(leaf)) => self.leaf(leaf, edge),
        }
        if edge.varies {
            self.out.push('!');
        }
    }

    /// A leaf tells which sample it took, if not the first: what validates its input is not what does not.
    fn leaf(&mut self, leaf: Leaf, edge: &Edge) {
        let (kind, name) = kind(leaf);
        self.out.push_str(kind);
        if let Some(name) = name {
            self.name(name);
        }
        match (edge.accepted, edge.attempt) {
            (Some(_), 0) => {}
            (Some(_), sample) => write!(self.out, "#{sample}").expect("a string takes any text"),
            (None, _) => self.out.push_str("#none"),
        }
    }

    fn node(&mut self, id: NodeId) {
        if let Some(number) = self.numbers[id.0] {
            write!(self.out, "@{number}").expect("a string takes any text");
            return;
        }
        self.numbers[id.0] = Some(self.count);
        self.count += 1;
        let graph = self.graph;
        let node = &graph.nodes[id.0];
        let names: &[&str] = match node.form {
            Form::Struct(_, names) | Form::Enum(_, names) | Form::StructVariant(names) => names,
            _ => &[],
        };
        self.form(node.form);
        self.out.push('{');
        let learned = node.edges.len() - node.learned.len();
        for (index, edge) in node.edges.iter().enumerate() {
            let name = names.get(index).or_else(|| node.learned.get(index.checked_sub(learned)?));
            if let Some(name) = name {
                self.name(name);
            }
            self.edge(edge);
            self.out.push(',');
        }
        self.out.push('}');
    }

    fn form(&mut self, form: Form) {
        let (word, name, length) = match form {
            Form::Root => ("root", None, None),
            Form::Option => ("option", None, None),
            Form::Newtype(name) => ("newtype", Some(name), None),
            Form::Sequence => ("sequence", None, None),
            Form::Map => ("map", None, None),
            Form::Tuple(length) => ("tuple", None, Some(length)),
            Form::TupleStruct(name, length) => ("tuple struct", Some(name), Some(length)),
            Form::Struct(name, _) => ("struct", Some(name), None),
            Form::Enum(name, _) => ("enum", Some(name), None),
            Form::NewtypeVariant => ("newtype variant", None, None),
            Form::TupleVariant(length) => ("tuple variant", None, Some(length)),
            Form::StructVariant(_) => ("struct variant", None, None),
        };
        self.out.push_str(word);
        if let Some(name) = name {
            self.name(name);
        }
        if let Some(length) = length {
            write!(self.out, "*{length}").expect("a string takes any text");
        }
    }

    fn name(&mut self, name: &str) {
        write!(self.out, " {}:{name} ", name.len()).expect("a string takes any text");
    }
}

fn kind(leaf: Leaf) -> (&'static str, Option<&'static str>) {
    let kind = match leaf {
        Leaf::Bool => "bool",
        Leaf::I8 => "i8",
        Leaf::I16 => "i16",
        Leaf::I32 => "i32",
        Leaf::I64 => "i64",
        Leaf::I128 => "i128",
        Leaf::U8 => "u8",
        Leaf::U16 => "u16",
        Leaf::U32 => "u32",
        Leaf::U64 => "u64",
        Leaf::U128 => "u128",
        Leaf::F32 => "f32",
        Leaf::F64 => "f64",
        Leaf::Char => "char",
        Leaf::Text => "text",
        Leaf::Bytes => "bytes",
        Leaf::Unit => "unit",
        Leaf::UnitStruct(name) => return ("unit struct", Some(name)),
        Leaf::Identifier => "identifier",
        Leaf::Ignored => "ignored",
        Leaf::Anything => "anything",
    };
    (kind, None)
}

/// Why a part of the layout could not be seen, in words for an error; `None` if all of it was.
pub(super) fn hidden(graph: &Graph) -> Option<String> {
    if let Some(reason) = graph.cut_short {
        return Some(reason.to_owned());
    }
    let mut seen = vec![false; graph.nodes.len()];
    let mut path = Vec::new();
    let reason = hidden_below(graph, &graph.nodes[0].edges[0], &mut seen, &mut path)?;
    let place = if path.is_empty() { String::new() } else { format!("`{}` ", path.join(".")) };
    Some(format!("{place}{reason}"))
}

fn hidden_below(
    graph: &Graph,
    edge: &Edge,
    seen: &mut [bool],
    path: &mut Vec<&'static str>,
) -> Option<&'static str> {
    let node = match edge.target {
        _ if edge.varies => return Some("has a layout that depends on another part"),
        None if edge.alias => return None,
        None => return Some("cannot be examined: its samples were refused"),
        Some(Target::Leaf(Leaf::Anything)) => {
            return Some("says what it holds only while it is read (untagged, tag, flatten, Value)");
        }
        Some(Target::Leaf(_) | Target::Nothing) => return None,
        Some(Target::Node(node)) if seen[node.0] => return None,
        Some(Target::Node(node)) => node,
    };
    seen[node.0] = true;
    let node = &graph.nodes[node.0];
    let key = node.edges.first().and_then(|edge| edge.target);
    if node.form == Form::Map && key == Some(Target::Leaf(Leaf::Identifier)) {
        return Some("is a struct with flattened parts");
    }
    for (index, edge) in node.edges.iter().enumerate() {
        let depth = path.len();
        if matches!(node.form, Form::Enum(..)) && edge.target.is_none() {
            // The type refused the variant before it asked what it holds: no value has it.
            continue;
        }
        path.extend(part_name(node.form, index));
        if let Some(reason) = hidden_below(graph, edge, seen, path) {
            return Some(reason);
        }
        path.truncate(depth);
    }
    None
}

fn part_name(form: Form, index: usize) -> Option<&'static str> {
    match form {
        Form::Struct(_, names) | Form::Enum(_, names) | Form::StructVariant(names) => {
            names.get(index).copied()
        }
        _ => None,
    }
}
