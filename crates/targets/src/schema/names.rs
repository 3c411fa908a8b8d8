//! Names, which a descriptor may tell of any letters. They go into errors and notes in many places,
//! so whatever could not stand in a .proto is refused at the door.

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto,
};

use super::SchemaError;
use crate::plain::plain;

/// Refuses a file that gives a name to something that no .proto could.
pub(super) fn check(file: &FileDescriptorProto) -> Result<(), SchemaError> {
    match of_file(file) {
        Ok(()) => Ok(()),
        Err(Odd { of, name }) => {
            Err(SchemaError::NoName { file: plain(file.name()), of, name: plain(name) })
        }
    }
}

/// What has a name that is none.
struct Odd<'a> {
    of: &'static str,
    name: &'a str,
}

fn of_file(file: &FileDescriptorProto) -> Result<(), Odd<'_>> {
    let package = file.package();
    if !package.is_empty() && !package.split('.').all(is_name) {
        return Err(Odd { of: "package", name: package });
    }
    file.message_type.iter().try_for_each(of_message)?;
    file.enum_type.iter().try_for_each(of_enum)?;
    file.extension.iter().try_for_each(of_field)?;
    for service in &file.service {
        check_name("service", service.name())?;
        service.method.iter().try_for_each(|method| check_name("method", method.name()))?;
    }
    Ok(())
}

/// The decoder bounds how deep messages lie in messages.
fn of_message(message: &DescriptorProto) -> Result<(), Odd<'_>> {
    check_name("message", message.name())?;
    message.field.iter().try_for_each(of_field)?;
    message.extension.iter().try_for_each(of_field)?;
    message.oneof_decl.iter().try_for_each(|oneof| check_name("oneof", oneof.name()))?;
    message.enum_type.iter().try_for_each(of_enum)?;
    message.nested_type.iter().try_for_each(of_message)
}

fn of_field(field: &FieldDescriptorProto) -> Result<(), Odd<'_>> {
    check_name("field", field.name())
}

fn of_enum(enumeration: &EnumDescriptorProto) -> Result<(), Odd<'_>> {
    check_name("enum", enumeration.name())?;
    enumeration.value.iter().try_for_each(|value| check_name("value of an enum", value.name()))
}

fn check_name<'a>(of: &'static str, name: &'a str) -> Result<(), Odd<'a>> {
    if is_name(name) { Ok(()) } else { Err(Odd { of, name }) }
}

/// Whether it is an identifier of the proto language.
fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use prost_types::{
        EnumValueDescriptorProto, MethodDescriptorProto, OneofDescriptorProto,
        ServiceDescriptorProto,
    };

    use super::*;

    #[test]
    fn names_are_identifiers() {
        for name in ["a", "A", "_", "_1", "aB_9", "MEntry"] {
            assert!(is_name(name), "{name:?}");
        }
        for name in ["", "1", "a.b", "a-b", "a b", "ü", "a\n", "\u{1b}[31m", "a\u{202e}"] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    /// A file in which everything that has a name has this one.
    fn named(name: &str) -> FileDescriptorProto {
        let name = || Some(name.to_owned());
        let field = FieldDescriptorProto { name: name(), ..Default::default() };
        let value = EnumValueDescriptorProto { name: name(), ..Default::default() };
        let enumeration =
            EnumDescriptorProto { name: name(), value: vec![value], ..Default::default() };
        let inner = DescriptorProto { name: name(), ..Default::default() };
        let method = MethodDescriptorProto { name: name(), ..Default::default() };
        FileDescriptorProto {
            name: Some("x\u{1b}.proto".into()),
            package: name(),
            message_type: vec![DescriptorProto {
                field: vec![field.clone()],
                extension: vec![field.clone()],
                oneof_decl: vec![OneofDescriptorProto { name: name(), options: None }],
                enum_type: vec![enumeration.clone()],
                nested_type: vec![inner.clone()],
                ..inner
            }],
            enum_type: vec![enumeration],
            extension: vec![field],
            service: vec![ServiceDescriptorProto {
                name: name(),
                method: vec![method],
                ..Default::default()
            }],
            ..Default::default()
        }
    }

    #[test]
    fn everything_that_has_a_name_is_looked_at() {
        type Spoil = fn(&mut FileDescriptorProto, Option<String>);
        let cases: [(&str, Spoil); 13] = [
            ("package", |file, name| file.package = name),
            ("message", |file, name| file.message_type[0].name = name),
            ("message", |file, name| file.message_type[0].nested_type[0].name = name),
            ("field", |file, name| file.message_type[0].field[0].name = name),
            ("field", |file, name| file.message_type[0].extension[0].name = name),
            ("oneof", |file, name| file.message_type[0].oneof_decl[0].name = name),
            ("enum", |file, name| file.message_type[0].enum_type[0].name = name),
            ("value of an enum", |file, name| {
                file.message_type[0].enum_type[0].value[0].name = name;
            }),
            ("enum", |file, name| file.enum_type[0].name = name),
            ("value of an enum", |file, name| file.enum_type[0].value[0].name = name),
            ("field", |file, name| file.extension[0].name = name),
            ("service", |file, name| file.service[0].name = name),
            ("method", |file, name| file.service[0].method[0].name = name),
        ];
        assert!(check(&named("a1")).is_ok());
        for (of, spoil) in cases {
            let mut file = named("a1");
            spoil(&mut file, Some("a\u{1b}[31m".into()));
            assert_eq!(
                check(&file).unwrap_err().to_string(),
                format!(
                    "x .proto: `a [31m` is no name of a {of}: a name has letters, digits and _, \
                     and begins with no digit"
                )
            );
        }
    }

    #[test]
    fn a_package_is_names_with_dots() {
        let check = |package: &str| {
            check(&FileDescriptorProto { package: Some(package.into()), ..Default::default() })
        };
        for package in ["", "a", "a.b_1.C"] {
            assert!(check(package).is_ok(), "{package:?}");
        }
        for package in [".", "a.", ".a", "a..b", "a.1"] {
            assert!(check(package).is_err(), "{package:?}");
        }
    }
}
