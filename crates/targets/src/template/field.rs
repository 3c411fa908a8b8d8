//! One field of a message, and what it is to hold: which values go into which kinds of fields.

use prost::encoding::{WireType, encode_varint};
use prost_reflect::Kind;

use super::constant::{self, describe};
use super::lower::{Field, Known, key};
use super::tree::{Element, Node, Place};
use super::{Piece, Tail};
use crate::chosen::Chosen;
use crate::facts::{Quantity, Time, Unit};
use crate::map::{Choice, Literal, Placeholder, Value};
use crate::number::{Number, Scalar};
use crate::text::Text;
use crate::traffic::OfModel;

/// A field, and what it is to hold.
#[derive(Clone, Copy)]
pub(super) struct Filled<'a> {
    pub(super) known: Known<'a>,
    pub(super) place: &'a Place,
    pub(super) node: &'a Node,
}

impl Filled<'_> {
    /// What it comes to.
    ///
    /// # Errors
    /// Where a field of this kind does not hold the value, in words.
    pub(super) fn lower(self, value: &Value) -> Result<Field, String> {
        self.refuse_message(value)?;
        let piece = match (value, value.as_placeholder()) {
            (_, Some(Placeholder::Tensor)) => return self.tensor().map(Field::Tensor),
            (_, Some(Placeholder::Number(Quantity::Tier))) => self.tier()?,
            (_, Some(Placeholder::Number(of))) => self.number(Number::Plain(of))?,
            (_, Some(Placeholder::Model(OfModel::Shape))) => self.shape()?,
            (_, Some(Placeholder::Slo)) => {
                self.refuse_whole_list()?;
                let slos = self.known.slos.iter();
                let fields = slos.map(|slo| self.constant(&Literal::Text(slo.clone())));
                Piece::Chosen(Chosen::BySlo(fields.collect::<Result<_, _>>()?))
            }
            (Value::Literal(literal), _) => Piece::Fixed(self.constant(literal)?),
            (Value::Choice(choice), _) => self.choice(choice)?,
            (Value::Linear(line), _) => self.number((*line).into())?,
            (Value::Text(_), _) => {
                self.text(Text::new(value, self.known.model, self.known.slos)?)?
            }
        };
        Ok(Field::Piece(piece))
    }

    /// A message takes no value, except for times, of which there are two well-known ones.
    fn refuse_message(self, value: &Value) -> Result<(), String> {
        let Kind::Message(message) = self.node.field.kind() else { return Ok(()) };
        let path = &self.node.path;
        let is_time =
            matches!(value.as_placeholder(), Some(Placeholder::Number(Quantity::Time(..))));
        match message.full_name() {
            TIMESTAMP | DURATION if is_time => Ok(()),
            TIMESTAMP | DURATION => {
                Err("it holds a time, such as {deadline_ns} or {slo_ns}".to_owned())
            }
            name => {
                let fields = message.fields().map(|field| format!("{path}.{}", field.name()));
                let fields: Vec<String> = fields.collect();
                Err(format!("it is a message, {name}; fill its fields: {}", fields.join(", ")))
            }
        }
    }

    fn tensor(self) -> Result<Tail, String> {
        let field = &self.node.field;
        let is_element = self.place.element != Element::Whole;
        let fits = match field.kind() {
            Kind::Float => field.is_list() && !is_element,
            Kind::Bytes => field.is_list() == is_element,
            _ => false,
        };
        if !fits {
            let repeated = if field.is_list() { "repeated " } else { "" };
            let hint = match field.kind() {
                Kind::Bytes => format!("; say which element: {}[0]", self.node.path),
                _ => String::new(),
            };
            let kind = describe(&field.kind());
            return Err(format!(
                "a tensor goes into bytes or repeated float, and this is {repeated}{kind}{hint}"
            ));
        }
        let mut prefix = key(field, WireType::LengthDelimited);
        encode_varint(self.known.tensor_len as u64, &mut prefix);
        Ok(Tail { prefix, tensor_len: self.known.tensor_len, suffix: Vec::new() })
    }

    fn shape(self) -> Result<Piece, String> {
        let field = &self.node.field;
        if !field.is_list() || self.place.element != Element::Whole {
            return Err("a shape goes into a repeated field of integers".to_owned());
        }
        let sizes = self.known.model.shape.iter().map(|size| Literal::Int((*size).into()));
        Ok(Piece::Fixed(self.constant(&Literal::List(sizes.collect()))?))
    }

    fn tier(self) -> Result<Piece, String> {
        self.refuse_whole_list()?;
        let is_text = matches!(self.node.field.kind(), Kind::String | Kind::Bytes);
        let of = |tier: u8| {
            let number = Literal::Int(tier.into());
            let literal = if is_text { Literal::Text(tier.to_string()) } else { number };
            self.constant(&literal)
        };
        Ok(Piece::Chosen(Chosen::by_tier(of)?))
    }

    fn choice(self, choice: &Choice) -> Result<Piece, String> {
        let Known { model, slos, .. } = self.known;
        Ok(match Chosen::of(choice, model, slos, |literal| self.constant(literal))? {
            Chosen::Same(field) => Piece::Fixed(field),
            chosen => Piece::Chosen(chosen),
        })
    }

    fn number(self, number: Number) -> Result<Piece, String> {
        let field = &self.node.field;
        self.refuse_whole_list()?;
        if let Kind::Message(message) = field.kind() {
            let Number::Plain(Quantity::Time(time, _)) = number else {
                unreachable!("refused before")
            };
            if time.is_length() != (message.full_name() == DURATION) {
                return Err(format!(
                    "{} holds {}, and this is the other kind of time",
                    message.full_name(),
                    if time.is_length() { "a moment" } else { "a length of time" }
                ));
            }
            return Ok(Piece::Time { key: key(field, WireType::LengthDelimited), time });
        }
        if matches!(field.kind(), Kind::String | Kind::Bytes) {
            return self.text(Text::of_number(number));
        }
        let scalar = Scalar::of(&field.kind()).ok_or_else(|| {
            format!("it is {}, and a number does not go there", describe(&field.kind()))
        })?;
        let width = scalar.range().map_or(0, |(_, greatest)| greatest);
        if let Number::Plain(Quantity::Time(Time::Arrival | Time::Deadline, unit)) = number
            && unit != Unit::Seconds
            && width != 0
            && width <= u32::MAX.into()
        {
            return Err(format!(
                "Unix time does not fit into {}; take seconds, or a length of time such as \
                 {{remaining_ms}}",
                describe(&field.kind())
            ));
        }
        let (key, zero) = (key(field, scalar.wire_type()), self.sends_zero());
        Ok(Piece::Number { key, path: self.node.path.clone(), scalar, number, zero })
    }

    fn text(self, text: Text) -> Result<Piece, String> {
        let field = &self.node.field;
        if let Some(text) = text.fixed() {
            return Ok(Piece::Fixed(self.constant(&Literal::Text(text))?));
        }
        if !matches!(field.kind(), Kind::String | Kind::Bytes) {
            return Err(format!("a text does not go into {}", describe(&field.kind())));
        }
        self.refuse_whole_list()?;
        let key = key(field, WireType::LengthDelimited);
        Ok(Piece::Text { key, text, zero: self.sends_zero() })
    }

    /// The field with a constant in it.
    fn constant(self, literal: &Literal) -> Result<Vec<u8>, String> {
        if matches!(literal, Literal::List(_)) && self.place.element != Element::Whole {
            return Err("a list is no element; it fills the whole field".to_owned());
        }
        constant::field(&self.node.field, literal)
    }

    /// What differs from request to request is one value, and never a list.
    fn refuse_whole_list(self) -> Result<(), String> {
        if self.node.field.is_list() && self.place.element == Element::Whole {
            return Err(format!("it is repeated; say which element: {}[0]", self.node.path));
        }
        Ok(())
    }

    /// Whether a zero is sent, and not left out as proto3 does it.
    fn sends_zero(self) -> bool {
        let field = &self.node.field;
        field.is_list() || field.supports_presence() || field.parent_message().is_map_entry()
    }
}

const TIMESTAMP: &str = "google.protobuf.Timestamp";
const DURATION: &str = "google.protobuf.Duration";
