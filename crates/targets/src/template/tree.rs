//! The fields that a map fills, by the messages that hold them: paths checked against a proto.

use std::collections::BTreeMap;

use prost_reflect::{FieldDescriptor, Kind, MessageDescriptor};

use super::constant::describe;
use crate::map::{Literal, Path, Step, Value};

/// The fields of one message, in the order in which they are sent.
///
/// Not `Debug`: that of a descriptor does not end where a message holds its own kind.
pub(super) struct Tree {
    pub(super) message: MessageDescriptor,
    pub(super) nodes: BTreeMap<Place, Node>,
}

/// A field, or one of its elements. They are sent in this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) number: u32,
    pub(super) element: Element,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    /// The whole field.
    Whole,
    /// A position in a repeated field.
    At(u32),
    /// A key of a map.
    Key(String),
}

pub(super) struct Node {
    pub(super) field: FieldDescriptor,
    /// Its path, for messages.
    pub(super) path: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    Value(Value),
    Message(Tree),
}

/// A path that does not fit, and why.
pub(super) type Misfit = (String, String);

impl Tree {
    pub(super) fn new(message: MessageDescriptor) -> Self {
        Self { message, nodes: BTreeMap::new() }
    }

    /// Adds what a path holds.
    ///
    /// # Errors
    /// Where the message has no such field, or it holds something already.
    pub(super) fn insert(&mut self, path: &Path, value: &Value) -> Result<(), String> {
        self.insert_steps(&path.steps, "", value)
    }

    fn insert_steps(&mut self, steps: &[Step], above: &str, value: &Value) -> Result<(), String> {
        let [step, rest @ ..] = steps else { return Err("it ends too early".to_owned()) };
        let field = find(&self.message, &step.field)?;
        let dot = if above.is_empty() { "" } else { "." };
        let path = format!("{above}{dot}{}", step.field);
        if field.is_group() {
            return Err(format!("{path} is a group, which is not supported"));
        }
        let Some(key) = &step.element else {
            if field.is_map() {
                return Err(format!("{path} is a map; say which entry: {path}[key]"));
            }
            if field.is_list() && !rest.is_empty() {
                return Err(format!("{path} is repeated; say which element: {path}[0]"));
            }
            let place = Place { number: field.number(), element: Element::Whole };
            return self.put(place, field, path, rest, value);
        };
        let path = format!("{path}[{key}]");
        if field.is_map() {
            return self.insert_entry(&field, key, path, rest, value);
        }
        if !field.is_list() {
            return Err(format!("{} is not repeated and no map", step.field));
        }
        let at = key.parse().map_err(|_| format!("{path}: elements have numbers, from 0"))?;
        let place = Place { number: field.number(), element: Element::At(at) };
        self.put(place, field, path, rest, value)
    }

    /// An entry of a map is a message of two fields.
    fn insert_entry(
        &mut self,
        field: &FieldDescriptor,
        key: &str,
        path: String,
        rest: &[Step],
        value: &Value,
    ) -> Result<(), String> {
        let Kind::Message(entry) = field.kind() else { unreachable!("a map has entries") };
        let place = Place { number: field.number(), element: Element::Key(key.to_owned()) };
        let (key_field, value_field) = (entry.map_entry_key_field(), entry.map_entry_value_field());
        let node = self.nodes.entry(place).or_insert_with(|| {
            let mut tree = Self::new(entry);
            let place = Place { number: key_field.number(), element: Element::Whole };
            let content = Content::Value(Value::Literal(key_literal(&key_field.kind(), key)));
            tree.nodes.insert(place, Node { field: key_field, path: path.clone(), content });
            Node { field: field.clone(), path: path.clone(), content: Content::Message(tree) }
        });
        let Content::Message(tree) = &mut node.content else { unreachable!("made above") };
        let place = Place { number: value_field.number(), element: Element::Whole };
        tree.put(place, value_field, path, rest, value)
    }

    fn put(
        &mut self,
        place: Place,
        field: FieldDescriptor,
        path: String,
        rest: &[Step],
        value: &Value,
    ) -> Result<(), String> {
        if rest.is_empty() {
            let content = Content::Value(value.clone());
            let node = Node { field, path: path.clone(), content };
            return match self.nodes.insert(place, node) {
                None => Ok(()),
                Some(_) => Err(format!("{path} is filled twice")),
            };
        }
        let Kind::Message(message) = field.kind() else {
            return Err(format!("{path} is {}, which has no fields", describe(&field.kind())));
        };
        let content = Content::Message(Self::new(message));
        let node = self.nodes.entry(place).or_insert(Node { field, path: path.clone(), content });
        match &mut node.content {
            Content::Message(tree) => tree.insert_steps(rest, &path, value),
            Content::Value(_) => Err(format!("{path} is filled twice")),
        }
    }

    /// Looks for what only the whole shows: gaps between elements, two members of a oneof, required
    /// fields of proto2 that are missing.
    pub(super) fn check(&self, above: &str) -> Result<(), Misfit> {
        let mut oneofs = BTreeMap::new();
        let mut next = BTreeMap::new();
        let is_whole = |number| self.nodes.contains_key(&Place { number, element: Element::Whole });
        for (place, node) in &self.nodes {
            let misfit = |problem| Err((node.path.clone(), problem));
            if let Some(oneof) = node.field.containing_oneof()
                && let Some(other) = oneofs.insert(oneof.name().to_owned(), &node.path)
            {
                return misfit(format!("of the oneof {}, {other} is filled already", oneof.name()));
            }
            if let Element::At(at) = place.element {
                let next: &mut u32 = next.entry(place.number).or_default();
                if is_whole(place.number) {
                    return misfit("it is filled both whole and by its elements".to_owned());
                }
                if at != *next {
                    return misfit(format!("element {next} is missing before it"));
                }
                *next += 1;
            }
            if let Content::Message(tree) = &node.content {
                tree.check(&format!("{}.", node.path))?;
            }
        }
        let is_there = |number| self.nodes.keys().any(|place| place.number == number);
        let mut fields = self.message.fields();
        match fields.find(|field| field.is_required() && !is_there(field.number())) {
            None => Ok(()),
            Some(field) => {
                let message = self.message.full_name();
                let path = format!("{above}{}", field.name());
                Err((path, format!("{message} requires it; say what it holds")))
            }
        }
    }
}

/// The field of this name, which may be that of JSON.
pub(crate) fn find(message: &MessageDescriptor, name: &str) -> Result<FieldDescriptor, String> {
    let found = message.get_field_by_name(name).or_else(|| message.get_field_by_json_name(name));
    found.ok_or_else(|| {
        let fields: Vec<String> = message.fields().map(|field| field.name().to_owned()).collect();
        let fields = if fields.is_empty() { "none".to_owned() } else { fields.join(", ") };
        format!("{} has no field {name}; it has {fields}", message.full_name())
    })
}

/// A key of a map as the constant it is written as.
fn key_literal(kind: &Kind, key: &str) -> Literal {
    match (kind, key.parse(), key.parse()) {
        (Kind::String, ..) => Literal::Text(key.to_owned()),
        (Kind::Bool, Ok(value), _) => Literal::Bool(value),
        (_, _, Ok(number)) => Literal::Int(number),
        _ => Literal::Text(key.to_owned()),
    }
}
