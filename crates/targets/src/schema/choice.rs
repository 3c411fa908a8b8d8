//! The one method among those described, and what there is instead.

use prost_reflect::{DescriptorPool, MethodDescriptor};

use super::{Origin, SchemaError};
use crate::plain::plain;

/// Names that a message shows; the rest are counted.
const SHOWN_MAX: usize = 8;

/// Names that are held against the one that was asked for, and letters of each: a server may tell
/// any number of them, of any length.
const RANKED_MAX: usize = 4096;
const LETTERS_MAX: usize = 128;

/// A method's name in its two parts; either is empty where the name lacks it.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    let name = name.strip_prefix('/').unwrap_or(name);
    name.rsplit_once('/').or_else(|| name.rsplit_once('.')).unwrap_or(("", name))
}

/// `pkg.Service/Method`.
pub(super) fn full_name(method: &MethodDescriptor) -> String {
    format!("{}/{}", method.parent_service().full_name(), method.name())
}

/// The unary method of this name.
pub(super) fn choose(
    pool: &DescriptorPool,
    name: &str,
    origin: &Origin,
) -> Result<MethodDescriptor, SchemaError> {
    let (service, method) = split_name(name);
    let there = || {
        let unary = |method: &MethodDescriptor| {
            !method.is_client_streaming() && !method.is_server_streaming()
        };
        let services: Vec<_> = pool.services().collect();
        let methods = services.iter().flat_map(|service| service.methods()).filter(unary);
        closest(name, methods.map(|method| full_name(&method)))
    };
    let origin = origin.to_string();
    if service.is_empty() || method.is_empty() {
        return Err(SchemaError::Name { name: name.to_owned(), there: there() });
    }
    let Some(descriptor) = pool.get_service_by_name(service) else {
        return Err(SchemaError::NoService { service: service.to_owned(), origin, there: there() });
    };
    let Some(descriptor) = descriptor.methods().find(|each| each.name() == method) else {
        let (service, method) = (service.to_owned(), method.to_owned());
        return Err(SchemaError::NoMethod { service, method, origin, there: there() });
    };
    let streams = match (descriptor.is_client_streaming(), descriptor.is_server_streaming()) {
        (false, false) => return Ok(descriptor),
        (true, false) => "requests",
        (false, true) => "replies",
        (true, true) => "requests and replies",
    };
    Err(SchemaError::Streams { method: full_name(&descriptor), streams, there: there() })
}

/// Of `names`, the closest to `wanted` first, and how many more there are.
pub(super) fn closest(wanted: &str, names: impl Iterator<Item = String>) -> String {
    let wanted = wanted.strip_prefix('/').unwrap_or(wanted);
    let mut names: Vec<String> = names.collect();
    let more = names.len().saturating_sub(SHOWN_MAX);
    names.truncate(RANKED_MAX);
    // Whoever leaves out a package or a service means the name that ends so.
    names
        .sort_by_cached_key(|name| (!name.ends_with(wanted), distance(wanted, name), name.clone()));
    let shown: Vec<_> = names.iter().take(SHOWN_MAX).map(|name| plain(name)).collect();
    match (&shown.join(", ")[..], more) {
        ("", _) => "none".to_owned(),
        (shown, 0) => shown.to_owned(),
        (shown, more) => format!("{shown} and {more} more"),
    }
}

/// Letters to insert, remove or replace to make one name of the other (Levenshtein's distance),
/// capitals and small letters being equal.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars().take(LETTERS_MAX).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (a, b) = (letters(a), letters(b));
    // The distances of what was seen of `a` to each beginning of `b`.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_however_they_are_written() {
        for (name, parts) in [
            ("a.b.S/M", ("a.b.S", "M")),
            ("/a.b.S/M", ("a.b.S", "M")),
            ("a.b.S.M", ("a.b.S", "M")),
            ("S/M", ("S", "M")),
            ("M", ("", "M")),
            ("/M", ("", "M")),
            ("a.S/", ("a.S", "")),
            ("", ("", "")),
            ("/", ("", "")),
        ] {
            assert_eq!(split_name(name), parts, "{name}");
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        for (a, b, letters) in
            [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("Infer", "infer", 0)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (letters, letters), "{a} {b}");
        }
    }

    #[test]
    fn the_closest_names_come_first_and_the_rest_are_counted() {
        let names = (0..20).map(|n| format!("a.Other/Number{n}"));
        let names = names.chain(["a.Scheduler/Infer".into(), "a.Scheduler/Inform".into()]);
        let line = closest("a.Scheduler/Infor", names.clone());
        assert!(line.starts_with("a.Scheduler/Infer, a.Scheduler/Inform, "), "{line}");
        assert!(line.ends_with(" and 14 more"), "{line}");
        let line = closest("Infer", names);
        assert!(line.starts_with("a.Scheduler/Infer, "), "{line}");
    }
}
