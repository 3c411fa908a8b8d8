//! Texts that are put together for each request: fields of text, and headers.

use std::io::Write;

use crate::chosen::Chosen;
use crate::facts::{Facts, Quantity};
use crate::map::{Literal, Part, Placeholder, Value};
use crate::number::Number;
use crate::traffic::Model;

/// A text, in parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text(Vec<Span>);

#[derive(Clone, Debug, PartialEq)]
enum Span {
    Chosen(Chosen<String>),
    Number(Number),
}

impl Text {
    /// What `value` is as a text, in requests of `model`.
    ///
    /// # Errors
    /// Where it is none, in words.
    pub(crate) fn new(value: &Value, model: &Model<'_>, slos: &[String]) -> Result<Self, String> {
        Ok(Self(match value {
            Value::Literal(literal) => vec![Span::Chosen(Chosen::Same(plain(literal)?))],
            Value::Text(parts) => {
                parts.iter().map(|part| span(part, model, slos)).collect::<Result<_, _>>()?
            }
            Value::Choice(choice) => vec![Span::Chosen(Chosen::of(choice, model, slos, plain)?)],
            Value::Linear(line) => vec![Span::Number((*line).into())],
        }))
    }

    /// A number in decimal.
    pub(crate) fn of_number(number: Number) -> Self {
        Self(vec![Span::Number(number)])
    }

    /// Appends it.
    pub(crate) fn put(&self, facts: &Facts, out: &mut Vec<u8>) {
        for span in &self.0 {
            match span {
                Span::Chosen(texts) => out.extend_from_slice(texts.get(facts).as_bytes()),
                Span::Number(number) => {
                    let written = match number {
                        Number::Real { .. } => write!(out, "{}", number.real(facts)),
                        _ => write!(out, "{}", number.whole(facts)),
                    };
                    written.expect("a vector takes any number of bytes");
                }
            }
        }
    }

    /// About how many bytes it comes to, and hardly more.
    pub(crate) fn len_guess(&self) -> usize {
        const NUMBER_LEN: usize = 20;
        let spans = self.0.iter().map(|span| match span {
            Span::Chosen(texts) => texts.len_max(String::len),
            Span::Number(_) => NUMBER_LEN,
        });
        spans.sum()
    }

    /// It, where it is the same for all requests.
    pub(crate) fn fixed(&self) -> Option<String> {
        let literal = |span: &Span| match span {
            Span::Chosen(Chosen::Same(text)) => Some(text.clone()),
            _ => None,
        };
        self.0.iter().map(literal).collect()
    }
}

fn span(part: &Part, model: &Model<'_>, slos: &[String]) -> Result<Span, String> {
    Ok(Span::Chosen(match part {
        Part::Literal(text) => Chosen::Same(text.clone()),
        Part::Placeholder(Placeholder::Number(Quantity::Tier)) => {
            Chosen::by_tier(|tier| Ok(tier.to_string()))?
        }
        Part::Placeholder(Placeholder::Number(number)) => {
            return Ok(Span::Number(Number::Plain(*number)));
        }
        Part::Placeholder(Placeholder::Slo) => Chosen::BySlo(slos.to_vec()),
        Part::Placeholder(Placeholder::Model(of)) => Chosen::Same(model.text(*of)?),
        Part::Placeholder(Placeholder::Tensor) => {
            return Err("a tensor is no text; it goes into bytes or repeated float".to_owned());
        }
    }))
}

fn plain(literal: &Literal) -> Result<String, String> {
    match literal {
        Literal::Text(text) => Ok(text.clone()),
        Literal::List(_) => Err("a list is no text".to_owned()),
        Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) => Ok(literal.describe()),
    }
}
