//! Texts that are put together for each request: fields of text, and headers.

use std::io::Write;

use crate::facts::{Facts, Quantity};
use crate::map::{Choice, Label, Literal, Part, Placeholder, Value};
use crate::number::Number;
use crate::traffic::Model;

/// A text, in parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Text(Vec<Span>);

#[derive(Clone, Debug, PartialEq)]
enum Span {
    Literal(String),
    /// By position of the SLO class.
    BySlo(Vec<String>),
    /// By tier, the first at 0.
    ByTier([String; 3]),
    Number(Number),
}

impl Text {
    /// What `value` is as a text, in requests of `model`.
    ///
    /// # Errors
    /// Where it is none, in words.
    pub(crate) fn new(value: &Value, model: &Model<'_>, slos: &[String]) -> Result<Self, String> {
        Ok(Self(match value {
            Value::Literal(literal) => vec![Span::Literal(plain(literal)?)],
            Value::Text(parts) => {
                parts.iter().map(|part| span(part, model, slos)).collect::<Result<_, _>>()?
            }
            Value::Choice(choice) => vec![chosen(choice, model, slos)?],
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
                Span::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Span::BySlo(texts) => out.extend_from_slice(texts[facts.slo].as_bytes()),
                Span::ByTier(texts) => {
                    let tier = usize::from(facts.tier.number()) - 1;
                    out.extend_from_slice(texts[tier].as_bytes());
                }
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
        let longest = |texts: &[String]| texts.iter().map(String::len).max().unwrap_or(0);
        let spans = self.0.iter().map(|span| match span {
            Span::Literal(text) => text.len(),
            Span::BySlo(texts) => longest(texts),
            Span::ByTier(texts) => longest(texts),
            Span::Number(_) => NUMBER_LEN,
        });
        spans.sum()
    }

    /// It, where it is the same for all requests.
    pub(crate) fn fixed(&self) -> Option<String> {
        let literal = |span: &Span| match span {
            Span::Literal(text) => Some(text.clone()),
            _ => None,
        };
        self.0.iter().map(literal).collect()
    }
}

fn span(part: &Part, model: &Model<'_>, slos: &[String]) -> Result<Span, String> {
    Ok(match part {
        Part::Literal(text) => Span::Literal(text.clone()),
        Part::Placeholder(Placeholder::Number(Quantity::Tier)) => {
            Span::ByTier(["1".to_owned(), "2".to_owned(), "3".to_owned()])
        }
        Part::Placeholder(Placeholder::Number(number)) => Span::Number(Number::Plain(*number)),
        Part::Placeholder(Placeholder::Slo) => Span::BySlo(slos.to_vec()),
        Part::Placeholder(Placeholder::Model(of)) => Span::Literal(model.text(*of)?),
        Part::Placeholder(Placeholder::Tensor) => {
            return Err("a tensor is no text; it goes into bytes or repeated float".to_owned());
        }
    })
}

fn chosen(choice: &Choice, model: &Model<'_>, slos: &[String]) -> Result<Span, String> {
    let text = |label: &str| plain(choice.get(label)?);
    Ok(match choice.of {
        Label::Tier => Span::ByTier([text("1")?, text("2")?, text("3")?]),
        Label::Slo => Span::BySlo(slos.iter().map(|slo| text(slo)).collect::<Result<_, _>>()?),
        Label::Model => Span::Literal(text(model.trace_name)?),
    })
}

impl Choice {
    /// The constant of a label.
    ///
    /// # Errors
    /// Where it has none, in words.
    pub(crate) fn get(&self, label: &str) -> Result<&Literal, String> {
        self.values.get(label).or(self.otherwise.as_ref()).ok_or_else(|| {
            let of = match self.of {
                Label::Tier => "tier",
                Label::Slo => "SLO class",
                Label::Model => "model",
            };
            format!("its values leave {of} {label} out; add it, or an otherwise = ..")
        })
    }
}

fn plain(literal: &Literal) -> Result<String, String> {
    match literal {
        Literal::Text(text) => Ok(text.clone()),
        Literal::List(_) => Err("a list is no text".to_owned()),
        Literal::Bool(_) | Literal::Int(_) | Literal::Float(_) => Ok(literal.describe()),
    }
}
