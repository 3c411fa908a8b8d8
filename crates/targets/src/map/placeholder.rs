//! `{request_id}` and its like: what a map may say of a request, and texts that hold them.

use crate::facts::{Quantity, Time, Unit};
use crate::traffic::OfModel;

/// What stands between braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Placeholder {
    /// A number that differs from request to request.
    Number(Quantity),
    /// Name of the SLO class.
    Slo,
    /// What the model has for all its requests.
    Model(OfModel),
    /// The tensor's bytes.
    Tensor,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// Those that have no unit.
const NAMED: [(&str, Placeholder); 9] = [
    ("request_id", Placeholder::Number(Quantity::RequestId)),
    ("tier", Placeholder::Number(Quantity::Tier)),
    ("slo", Placeholder::Slo),
    ("model", Placeholder::Model(OfModel::Name)),
    ("tensor_seed", Placeholder::Number(Quantity::TensorSeed)),
    ("tensor", Placeholder::Tensor),
    ("shape", Placeholder::Model(OfModel::Shape)),
    ("input", Placeholder::Model(OfModel::Input)),
    ("datatype", Placeholder::Model(OfModel::Datatype)),
];

impl Placeholder {
    /// The placeholder of this name.
    ///
    /// # Errors
    /// Where there is none; says which there are.
    pub(crate) fn from_name(name: &str) -> Result<Self, String> {
        if let Some((_, found)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(*found);
        }
        let time = name.rsplit_once('_').and_then(|(time, unit)| {
            let (_, time) = Time::ALL.into_iter().find(|(known, _)| *known == time)?;
            let (_, unit) = Unit::ALL.into_iter().find(|(known, _)| *known == unit)?;
            Some(Self::Number(Quantity::Time(time, unit)))
        });
        time.ok_or_else(|| {
            let named = NAMED.map(|(name, _)| name).join(", ");
            let times = Time::ALL.map(|(name, _)| name).join(", ");
            format!(
                "there is no {{{name}}}; there are {named}, and the times {times} with their unit: \
                 deadline_ns, slo_us, remaining_ms, arrival_s"
            )
        })
    }
}

/// Takes a text apart at its placeholders; braces that are meant stand doubled.
///
/// # Errors
/// Where a brace stands alone, or a placeholder is none.
pub(crate) fn parts(text: &str) -> Result<Vec<Part>, String> {
    let (mut parts, mut literal, mut rest) = (Vec::new(), String::new(), text);
    while let Some(at) = rest.find(['{', '}']) {
        let (before, braced) = rest.split_at(at);
        literal += before;
        let brace = &braced[..1];
        if braced[1..].starts_with(brace) {
            literal += brace;
            rest = &braced[2..];
            continue;
        }
        let end = braced.find('}').filter(|end| *end > 0);
        let end = end.ok_or_else(|| {
            // Without the text, which may be a secret in a header.
            format!("a '{brace}' stands alone; one that is meant is written '{brace}{brace}'")
        })?;
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(&mut literal)));
        }
        parts.push(Part::Placeholder(Placeholder::from_name(&braced[1..end])?));
        rest = &braced[end + 1..];
    }
    literal += rest;
    if !literal.is_empty() || parts.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID: Part = Part::Placeholder(Placeholder::Number(Quantity::RequestId));

    fn literal(text: &str) -> Part {
        Part::Literal(text.to_owned())
    }

    #[test]
    fn texts_come_apart_at_placeholders_and_doubled_braces_are_meant() {
        assert_eq!(parts("").unwrap(), [literal("")]);
        assert_eq!(parts("{request_id}").unwrap(), [ID]);
        assert_eq!(parts("a{request_id}{{b}}").unwrap(), [literal("a"), ID, literal("{b}")]);
        let slo = Placeholder::Number(Quantity::Time(Time::Slo, Unit::Micros));
        assert_eq!(
            parts("{slo_us}{slo}").unwrap(),
            [Part::Placeholder(slo), Part::Placeholder(Placeholder::Slo)]
        );
    }

    #[test]
    fn what_is_no_placeholder_says_what_there_is() {
        for (text, words) in [
            ("{", "'{' stands alone"),
            ("a}b", "'}' stands alone"),
            ("{tier", "'{' stands alone"),
            ("{}", "there is no {}"),
            ("{deadline}", "with their unit: deadline_ns"),
            ("{deadline_h}", "there is no {deadline_h}"),
            ("{Tier}", "there are request_id, tier"),
        ] {
            let error = parts(text).unwrap_err();
            assert!(error.contains(words), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_written_with_its_braces_doubled(text in "[a-z{}é]{0,12}") {
            let doubled = text.replace('{', "{{").replace('}', "}}");
            prop_assert_eq!(parts(&doubled).unwrap(), [Part::Literal(text)]);
        }

        #[test]
        fn no_text_is_a_panic(text in "[a-z_{}é]{0,12}") {
            let _ = parts(&text);
        }
    }
}
