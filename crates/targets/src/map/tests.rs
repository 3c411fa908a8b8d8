use super::*;

const WHOLE: &str = r#"
[request]
tier = "{tier}"
"inputs[0].shape" = "{shape}"
"parameters[timeout].int64_param" = "{slo_us}"
urgency = { of = "tier", values = { 1 = "HIGH" }, otherwise = "LOW" }

[headers]
"x-slo-ttft-ms" = "{slo_ms}"

[models]
resnet50 = "densenet_onnx"

[reply]
field = "status.code"
values = { OK = "ok", LATE = "expired" }
otherwise = "error"
echo = { field = "id", value = "{request_id}" }

[[ending]]
grpc = "UNAVAILABLE"
message = "Request timeout expired"
status = "expired"
"#;

fn refused(text: &str) -> String {
    Map::parse(text, "m.toml").unwrap_err().to_string()
}

#[test]
fn a_map_has_all_its_parts() {
    let map = Map::parse(WHOLE, "m.toml").unwrap();
    // In the order of the file's names, which TOML sorts; the proto decides the order on the wire.
    let paths: Vec<String> = map.request.iter().map(|entry| entry.name.to_string()).collect();
    assert_eq!(paths, ["inputs[0].shape", "parameters[timeout].int64_param", "tier", "urgency"]);
    assert_eq!(map.headers[0].name, "x-slo-ttft-ms");
    assert_eq!(map.models["resnet50"], "densenet_onnx");
    assert_eq!(map.reply.values["LATE"], Status::Expired);
    assert_eq!(map.reply.otherwise, Some(Status::Error));
    let ending = &map.endings[0];
    assert_eq!((ending.code, ending.status), (Code::Unavailable, Status::Expired));
    let empty = Map::parse("", "empty").unwrap();
    assert_eq!((empty.request.len(), empty.source.as_str()), (0, "empty"));
}

#[test]
fn a_map_lies_over_another() {
    let base = Map::parse(WHOLE, "base").unwrap();
    let text = r#"
        [request]
        tier = 1
        [headers]
        "x-slo-ttft-ms" = "1"
        [models]
        resnet50 = "mine"
        [[ending]]
        grpc = "UNAVAILABLE"
        status = "rejected"
    "#;
    let map = Map::parse(text, "mine").unwrap().over(base.clone());
    assert_eq!((map.source.as_str(), map.request.len(), map.headers.len()), ("mine", 4, 1));
    assert_eq!(map.request[0].value, Value::Literal(Literal::Int(1)));
    assert_eq!(map.models["resnet50"], "mine");
    assert_eq!(map.reply, base.reply);
    let other = Map::parse("[reply]\nfield = 'x'\nvalues = { a = 'ok' }", "other").unwrap();
    let reply = other.over(base.clone()).reply;
    assert_eq!((reply.values.len(), &reply.echo), (1, &base.reply.echo));
    assert_eq!(map.endings[0].status, Status::Rejected);
    assert_eq!(map.endings.len(), 2);
    // Without one of the user's, mistakes are told of the one below.
    assert_eq!(Map::default().over(base.clone()), base);
}

#[test]
fn a_map_can_take_away_what_the_one_below_says() {
    let base = Map::parse(WHOLE, "base").unwrap();
    let text = "unset = ['parameters[timeout]', 'inputs', 'tie']\n[reply]\necho = false";
    let map = Map::parse(text, "mine").unwrap().over(base);
    let paths: Vec<String> = map.request.iter().map(|entry| entry.name.to_string()).collect();
    assert_eq!(paths, ["tier", "urgency"]);
    assert_eq!(map.reply.echo, Some(Echo::Off));
    assert!(map.reply.field.is_some());
    assert!(refused("[reply]\necho = true").contains("or false"));
}

/// One tensor is sent, and servers want it in different fields.
#[test]
fn a_tensor_has_one_place() {
    let base = Map::parse("[request]\n'raw[0]' = '{tensor}'\nid = '{request_id}'", "base").unwrap();
    let map = Map::parse("[request]\n'floats' = '{tensor}'", "mine").unwrap().over(base);
    let paths: Vec<String> = map.request.iter().map(|entry| entry.name.to_string()).collect();
    assert_eq!(paths, ["floats", "id"]);
}

/// A mistake in a map below is not one of the map above.
#[test]
fn entries_know_where_they_were_read() {
    let base = Map::parse(WHOLE, "base").unwrap();
    let map = Map::parse("[request]\ntier = 1\n[headers]\nx = 'y'", "mine").unwrap().over(base);
    let field = |path| map.field_error(path, String::new()).map;
    assert_eq!(
        (field("tier"), field("urgency"), field("none")),
        ("mine".into(), "base".into(), "mine".into())
    );
    let headers = map.headers.iter().map(|header| Map::header_error(header, String::new()).map);
    assert_eq!(headers.collect::<Vec<_>>(), ["mine", "base"]);
    assert_eq!(map.reply_error("field", String::new()).map, "base");
}

#[test]
fn a_mistake_says_where() {
    for (text, words) in [
        ("[request]\ntier = ", "m.toml: TOML parse error at line 2"),
        ("version = 2", "m.toml: version 2 is unknown; this program reads version 1"),
        ("[requests]", "unknown field `requests`"),
        ("[request]\n\"a..b\" = 1", "m.toml: [request] \"a..b\": this is no path"),
        ("[request]\na = \"{x}\"", "m.toml: [request] \"a\": there is no {x}"),
        ("[headers]\na = \"{\"", "m.toml: [headers] \"a\": a '{' stands alone"),
        ("[reply]\nvalues = { a = \"ok\" }", "m.toml: [reply]: it has values and no field"),
        ("[reply]\nfield = \"a\"\nvalues = { a = \"fine\" }", "'fine' is no status; there are ok"),
        ("[reply]\notherwise = \"unsent\"\nfield = \"a\"", "'unsent' is no status"),
        ("[reply]\necho = { field = \"a\", value = \"{slo}\" }", "is not one number"),
        (
            "[[ending]]\ngrpc = \"LATE\"\nstatus = \"ok\"",
            "[[ending]] number 1: 'LATE' is no status",
        ),
        ("[[ending]]\ngrpc = \"stale\"\nstatus = \"ok\"", "'stale' is no status of gRPC"),
    ] {
        let error = refused(text);
        assert!(error.contains(words), "{text}: {error}");
    }
}
