use proptest::prelude::*;
use prost::Message;
use prost_reflect::{DynamicMessage, MapKey, MessageDescriptor, Value};
use request::Tier;

use super::*;
use crate::facts::EXAMPLE;
use crate::testing::{MODEL, fields, message, slos};

const PROTO: &str = r#"
    syntax = "proto3";
    package t;
    import "google/protobuf/timestamp.proto";
    import "google/protobuf/duration.proto";
    enum Urgency { NONE = 0; HIGH = 1; LOW = 2; }
    message Options { string client = 1; Urgency urgency = 2; optional int32 level = 3; }
    message Tensor { repeated int64 shape = 1; bytes data = 2; string name = 3; string id = 4; }
    message Parameter { oneof value { int64 int64_param = 2; string string_param = 3; } }
    message Request {
      int32 tier = 1;
      int64 deadline = 2;
      string id = 3;
      repeated Tensor tensors = 4;
      Options options = 5;
      map<string, Parameter> parameters = 6;
      google.protobuf.Timestamp at = 7;
      google.protobuf.Duration left = 8;
      repeated float floats = 9;
      double weight = 10;
      sint64 signed = 11;
      fixed64 seed = 12;
      bool yes = 13;
      map<int32, uint32> numbers = 14;
      sint32 zigzag = 15;
      repeated uint32 several = 16;
      bytes raw = 17;
      float small = 18;
      repeated bytes raws = 19;
    }
"#;

fn request() -> MessageDescriptor {
    message(PROTO, "t.Request")
}

fn template(map: &str) -> Template {
    Template::new(&request(), &fields(map), &MODEL, &slos()).unwrap()
}

/// The tensor's place filled with sevens.
fn bytes(template: &Template, facts: &Facts) -> Vec<u8> {
    let mut tail = vec![0; template.tail().len()];
    if !tail.is_empty() {
        template.tail().frame(&mut tail).fill(7);
    }
    [template.head(facts).to_vec(), tail].concat()
}

/// As another implementation reads it.
fn sent(map: &str, facts: &Facts) -> DynamicMessage {
    let bytes = bytes(&template(map), facts);
    let (prefix, message) = bytes.split_at(wire::FRAME_PREFIX_LEN);
    assert_eq!(prefix[0], 0);
    assert_eq!(prefix[1..], u32::try_from(message.len()).unwrap().to_be_bytes());
    DynamicMessage::decode(request(), message).unwrap()
}

/// The value at a path, as prost-reflect prints it.
fn shown(message: &DynamicMessage, field: &str) -> String {
    message.get_field_by_name(field).unwrap().to_string()
}

fn refused(map: &str) -> String {
    match Template::new(&request(), &fields(map), &MODEL, &slos()).unwrap_err() {
        Unfit::Map(error) => error.to_string(),
        Unfit::Tensor(error) => error.to_string(),
    }
}

#[test]
fn each_kind_of_value_goes_into_each_kind_of_field() {
    for (field, map, expected) in [
        ("tier", "tier = '{tier}'", "2"),
        ("tier", "tier = { of = 'tier', scale = -1, offset = 4 }", "2"),
        ("tier", "tier = { of = 'slo', values = { urgent = 9 }, otherwise = -4 }", "-4"),
        ("tier", "tier = { of = 'model', values = { small = 5 } }", "5"),
        ("tier", "tier = '{slo_ms}'", "500"),
        ("deadline", "deadline = '{deadline_ns}'", "1700000000623456789"),
        ("deadline", "deadline = '{remaining_us}'", "499456"),
        ("deadline", "deadline = { of = 'tier', scale = -3 }", "-6"),
        ("signed", "signed = { of = 'tier', scale = -3 }", "-6"),
        ("zigzag", "zigzag = { of = 'tier', scale = -3, offset = 1 }", "-5"),
        ("seed", "seed = '{tensor_seed}'", "18446744073709551615"),
        ("weight", "weight = '{slo_s}'", "0.5"),
        ("deadline", "deadline = { of = 'slo_s', scale = 1000 }", "500"),
        ("deadline", "deadline = { of = 'slo_s', scale = 0.5 }", "1"),
        ("deadline", "deadline = { of = 'deadline_s', scale = 1000 }", "1700000000623"),
        ("weight", "weight = { of = 'tier', scale = 0.25 }", "0.5"),
        ("weight", "weight = 2", "2.0"),
        ("small", "small = { of = 'tier', scale = 0.25 }", "0.5"),
        ("id", "id = '{request_id}'", "\"7\""),
        ("id", "id = '{model}/{slo}/{tier}-{request_id}{{}}'", "\"small-v2/normal/2-7{}\""),
        ("id", "id = '{tier}'", "\"2\""),
        ("id", "id = { of = 'tier', values = { 1 = 'a' }, otherwise = 'b' }", "\"b\""),
        ("id", "id = { of = 'slo_ms', scale = 0.001 }", "\"0.5\""),
        ("id", "id = '{input} {datatype}'", "\"x FP32\""),
        ("yes", "yes = true", "true"),
        ("yes", "yes = { of = 'tier', values = { 2 = true }, otherwise = false }", "true"),
        ("options", "'options.client' = 'us'", "{client:\"us\"}"),
        (
            "options",
            "'options.urgency' = { of = 'tier', values = { 1 = 'HIGH', 2 = 'LOW', 3 = 0 } }",
            "{urgency:LOW}",
        ),
        ("options", "'options.level' = { of = 'tier', offset = -2 }", "{level:0}"),
        ("several", "several = [1, 0, 3]", "[1,0,3]"),
        ("several", "several = '{shape}'", "[1,2]"),
        (
            "several",
            "'several[0]' = '{tier}'\n'several[1]' = 0\n'several[2]' = '{slo_ms}'",
            "[2,0,500]",
        ),
        ("raw", "raw = 'text {request_id}'", "\"text 7\""),
        ("raw", "raw = '{tensor}'", "\"\\007\\007\\007\\007\\007\\007\\007\\007\""),
        (
            "raws",
            "'raws[0]' = '{tensor}'\n'raws[1]' = 'x'",
            "[\"\\007\\007\\007\\007\\007\\007\\007\\007\",\"x\"]",
        ),
        (
            "floats",
            "floats = '{tensor}'",
            "[0.00000000000000000000000000000000010158336,\
             0.00000000000000000000000000000000010158336]",
        ),
    ] {
        assert_eq!(shown(&sent(map, &EXAMPLE), field), expected, "{map}");
    }
}

#[test]
fn times_of_protobuf_are_seconds_and_nanoseconds() {
    let message = sent("at = '{deadline_ns}'\nleft = '{remaining_ms}'", &EXAMPLE);
    assert_eq!(shown(&message, "at"), "{seconds:1700000000,nanos:623456789}");
    assert_eq!(shown(&message, "left"), "{nanos:499456790}");
}

#[test]
fn maps_have_entries_by_key() {
    let map = "'parameters[timeout].int64_param' = '{slo_us}'\n\
               'parameters[name].string_param' = '{slo}'\n'numbers[-3]' = '{tier}'\n'numbers[5]' = 0";
    let message = sent(map, &EXAMPLE);
    let parameters = message.get_field_by_name("parameters").unwrap();
    let parameters = parameters.as_map().unwrap();
    let of = |key: &str| parameters[&MapKey::String(key.to_owned())].to_string();
    assert_eq!(
        (of("timeout"), of("name")),
        ("{int64_param:500000}".to_owned(), "{string_param:\"normal\"}".to_owned())
    );
    let numbers = message.get_field_by_name("numbers").unwrap();
    let numbers = numbers.as_map().unwrap();
    assert_eq!(numbers[&MapKey::I32(-3)], Value::U32(2));
    assert_eq!(numbers[&MapKey::I32(5)], Value::U32(0));
}

/// What differs goes before the tensor, what does not stays behind it, at each level.
#[test]
fn a_tensor_inside_messages_is_last_but_for_constants() {
    let map = "id = '{request_id}'\n'tensors[0].data' = '{tensor}'\n'tensors[0].shape' = '{shape}'\n\
               'tensors[0].name' = 'x'\n'tensors[0].id' = '{request_id}'\n\
               'tensors[1].name' = 'y'\n'options.client' = 'us'\nseed = '{tensor_seed}'";
    let template = template(map);
    let suffix = [&b"\x1a\x01x"[..], b"\x22\x03\x1a\x01y", b"\x2a\x04\x0a\x02us"].concat();
    let tail = Tail { prefix: vec![0x12, 8], tensor_len: 8, suffix };
    assert_eq!(template.tail, tail);
    let message = sent(map, &EXAMPLE);
    let tensors = "[{shape:[1,2],data:\"\\007\\007\\007\\007\\007\\007\\007\\007\",name:\"x\",id:\"7\"},{name:\"y\"}]";
    assert_eq!(shown(&message, "tensors"), tensors);
    assert_eq!(shown(&message, "seed"), u64::MAX.to_string());
}

/// Elements of a field behind the tensor's keep their order, whichever of them differs.
#[test]
fn elements_keep_their_order() {
    let map = "raw = '{tensor}'\n'raws[0]' = 'x'\n'raws[1]' = '{request_id}'\n'raws[2]' = 'y'\n\
               small = 1";
    assert_eq!(shown(&sent(map, &EXAMPLE), "raws"), "[\"x\",\"7\",\"y\"]");
    assert_eq!(template(map).tail.suffix, b"\x95\x01\0\0\x80\x3f");
}

#[test]
fn a_message_that_nobody_reads_is_refused() {
    let refused = |shape: &[i32], map: &str| {
        let model = Model { shape, ..MODEL };
        Template::new(&request(), &fields(map), &model, &slos()).map(drop)
    };
    let too_long = |len| Err(Unfit::Tensor(TensorError::TooLong { len }));
    assert_eq!(refused(&[1 << 29], "raw = '{tensor}'"), too_long(1 << 31));
    // The floats alone would fit; their key and length do not.
    assert_eq!(refused(&[(1 << 29) - 1], "raw = '{tensor}'"), too_long((1 << 31) + 3));
    // Where no tensor is sent its shape says nothing.
    assert_eq!(refused(&[], "tier = 1"), Ok(()));
}

#[test]
fn zeros_are_left_out_where_proto3_leaves_them_out() {
    let zero = Facts { id: 0, ..EXAMPLE };
    let len = |map: &str| bytes(&template(map), &zero).len() - wire::FRAME_PREFIX_LEN;
    assert_eq!(len("deadline = '{request_id}'"), 0);
    assert_eq!(len("weight = '{request_id}'"), 0);
    assert_eq!(len("tier = 0"), 0);
    assert_eq!(len("id = ''"), 0);
    assert_eq!(len("'options.level' = { of = 'request_id' , scale = 1 }"), 4);
    assert_eq!(len("'several[0]' = '{request_id}'"), 3);
    assert_eq!(len(""), 0);
}

#[test]
fn a_map_that_does_not_fit_says_which_entry_and_why() {
    for (map, words) in [
        ("x = 1", "[request] \"x\": t.Request has no field x; it has tier, deadline, id"),
        ("'tier.x' = 1", "tier is int32, which has no fields"),
        ("tier = 'HIGH'", "\"tier\": \"HIGH\" is no int32"),
        ("tier = '{slo}'", "\"urgent\" is no int32"),
        ("tier = 3000000000", "3000000000 is no int32"),
        ("tier = 1.5", "1.5 is no int32"),
        ("tier = true", "true is no int32"),
        ("tier = [1]", "a list is no int32"),
        ("'several[0]' = [1, 2]", "a list is no element; it fills the whole field"),
        ("small = 1e300", "1e300 is no float"),
        ("tier = '{deadline_ms}'", "Unix time does not fit into int32; take seconds"),
        ("tier = 't{tier}'", "a text does not go into int32"),
        ("tier = '{tensor}'", "a tensor goes into bytes or repeated float, and this is int32"),
        ("tier = '{shape}'", "a shape goes into a repeated field"),
        ("id = '{tensor}{tier}'", "a tensor is no text"),
        ("id = '{shape}{tier}'", "a shape is no text"),
        ("yes = '{tier}'", "1 is no bool"),
        ("yes = '{slo_ms}'", "it is bool, and a number does not go there"),
        ("options = 1", "it is a message, t.Options; fill its fields: options.client, options.u"),
        ("'options.urgency' = 'TOP'", "t.Urgency has no TOP; there are NONE, HIGH, LOW"),
        ("'options.urgency' = 7", "t.Urgency has no 7; there are 0 NONE, 1 HIGH, 2 LOW"),
        ("at = 5", "it holds a time, such as {deadline_ns}"),
        ("at = '{slo_ns}'", "Timestamp holds a moment"),
        ("left = '{deadline_ns}'", "Duration holds a length of time"),
        ("raws = '{tensor}'", "and this is repeated bytes; say which element: raws[0]"),
        ("'floats[0]' = '{tensor}'", "and this is repeated float"),
        ("raw = '{tensor}'\nfloats = '{tensor}'", "this is a second tensor"),
        ("several = '{tier}x'", "a text does not go into uint32"),
        ("several = '{slo_ms}'", "it is repeated; say which element: several[0]"),
        ("several = '{tier}'", "it is repeated; say which element: several[0]"),
        ("raws = '{slo}'", "it is repeated; say which element: raws[0]"),
        ("'several[1]' = 1", "element 0 is missing before it"),
        ("'several[x]' = 1", "elements have numbers"),
        ("several = [1]\n'several[0]' = 1", "both whole and by its elements"),
        ("'tier[0]' = 1", "tier is not repeated and no map"),
        ("'tensors.name' = 'x'", "tensors is repeated; say which element: tensors[0]"),
        ("parameters = 1", "parameters is a map; say which entry: parameters[key]"),
        ("'numbers[x]' = 1", "\"x\" is no int32"),
        (
            "'parameters[a].int64_param' = 1\n'parameters[a].string_param' = 'x'",
            "of the oneof value, parameters[a].int64_param is filled already",
        ),
        ("'raws[0]' = '{tensor}'\n'raws[1]' = '{request_id}'", "where only constants may"),
        ("tier = { of = 'tier', values = { 1 = 1 } }", "its values leave tier 2 out"),
        ("tier = { of = 'slo', values = { urgent = 1 } }", "its values leave SLO class normal out"),
        ("tier = { of = 'model', values = {} }", "its values leave model small out"),
    ] {
        let error = refused(map);
        assert!(error.contains(words), "{map}:\n  {error}");
    }
}

#[test]
fn groups_and_missing_required_fields_of_proto2_are_refused() {
    let proto = "syntax = 'proto2'; message M { required int32 a = 1; optional group G = 2 { \
                 optional int32 b = 1; } optional M m = 3; repeated float loose = 4; }";
    let template = |map| {
        Template::new(&message(proto, "M"), &fields(map), &MODEL, &slos()).map_err(|unfit| {
            match unfit {
                Unfit::Map(error) => error.to_string(),
                Unfit::Tensor(_) => unreachable!(),
            }
        })
    };
    assert!(template("a = 1").is_ok());
    // Receivers take packed floats where the proto does not say so.
    assert!(template("a = 1\nloose = '{tensor}'").is_ok());
    assert!(template("'m.m.a' = 1\na = 1").unwrap_err().contains("\"m.a\": M requires it"));
    assert!(template("a = 1\n'g.b' = 1").unwrap_err().contains("is a group"));
}

#[test]
fn numbers_that_do_not_fit_are_found_beforehand() {
    let template = template("tier = '{slo_ns}'\n'several[0]' = { of = 'tier', offset = -3 }");
    let facts = Facts { deadline_ns: EXAMPLE.arrival_ns + 1_000_000, tier: Tier::Free, ..EXAMPLE };
    assert_eq!(template.check(&facts), Ok(()));
    let (path, problem) = template.check(&Facts { tier: Tier::Vip, ..facts }).unwrap_err();
    assert_eq!(path, "several[0]");
    assert_eq!(problem, "request 7 has -2 for it, and the field holds 0 to 4294967295");
    let slow = Facts { deadline_ns: EXAMPLE.arrival_ns + 3_000_000_000, ..facts };
    assert_eq!(template.check(&slow).unwrap_err().0, "tier");
}

/// The scheduler's own message, as prost encodes it.
fn by_prost(facts: &Facts, shape: &[i32]) -> Vec<u8> {
    let elements: i32 = shape.iter().product();
    let message = wire::InferRequest {
        tier: facts.tier.number().into(),
        deadline_ns: facts.deadline_ns,
        model_name: MODEL.name.to_owned(),
        input_tensor: vec![7; 4 * usize::try_from(elements).unwrap()].into(),
        input_shape: shape.to_vec(),
    };
    message.encode_to_vec()
}

proptest! {
    #[test]
    fn the_scheduler_s_message_is_what_prost_makes_of_it(
        tier in 1i64..=3, deadline_ns in any::<i64>(), shape in prop::collection::vec(1..20, 1..4)
    ) {
        let pool = prost_reflect::DescriptorPool::decode(wire::FILE_DESCRIPTOR_SET).unwrap();
        let message = pool.get_message_by_name("scheduler.InferRequest").unwrap();
        let map = fields(
            "tier = '{tier}'\ndeadline_ns = '{deadline_ns}'\nmodel_name = '{model}'\n\
             input_tensor = '{tensor}'\ninput_shape = '{shape}'"
        );
        let model = Model { shape: &shape, ..MODEL };
        let template = Template::new(&message, &map, &model, &slos()).unwrap();
        let tier = Tier::from_number(tier).unwrap();
        let facts = Facts { tier, deadline_ns, ..EXAMPLE };
        prop_assert_eq!(&bytes(&template, &facts)[wire::FRAME_PREFIX_LEN..], by_prost(&facts, &shape));
    }

    #[test]
    fn any_numbers_are_read_back(
        id in any::<i64>(), tensor_seed in any::<u64>(), arrival_ns in any::<i64>(),
        text in 0usize..400
    ) {
        let facts = Facts { id, tensor_seed, arrival_ns, ..EXAMPLE };
        let long = "x".repeat(text);
        let map = format!(
            "deadline = '{{request_id}}'\nseed = '{{tensor_seed}}'\nsigned = '{{arrival_ns}}'\n\
             'options.client' = '{long}{{request_id}}'\nraw = '{{tensor}}'\nat = '{{arrival_ns}}'"
        );
        let message = sent(&map, &facts);
        let field = |name: &str| message.get_field_by_name(name).unwrap();
        prop_assert_eq!(field("deadline").as_i64(), Some(id));
        prop_assert_eq!(field("seed").as_u64(), Some(tensor_seed));
        prop_assert_eq!(field("signed").as_i64(), Some(arrival_ns));
        prop_assert_eq!(shown(&message, "options"), format!("{{client:\"{long}{id}\"}}"));
        let at = field("at").as_message().unwrap().clone();
        let part = |name: &str| at.get_field_by_name(name).unwrap().into_owned();
        let nanos = part("nanos").as_i32().unwrap();
        prop_assert!((0..1_000_000_000).contains(&nanos));
        let seconds = part("seconds").as_i64().unwrap();
        let ns = i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        prop_assert_eq!(ns, i128::from(arrival_ns));
    }
}
