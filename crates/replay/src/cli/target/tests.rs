//! What the flags give away, which is no value of a header.

use clap::Parser;

use super::*;

#[derive(Debug, Parser)]
#[command(name = "replay")]
struct Cli {
    #[command(flatten)]
    target: TargetArgs,
}

fn parse(template: &str) -> TargetArgs {
    Cli::try_parse_from(["replay", "--header-template", template]).unwrap().target
}

#[test]
fn errors_and_debug_show_no_value_of_a_header() {
    for (template, reason) in [
        ("hush", "--header-template number 1: no '='"),
        ("x-key=hush{tier", "--header-template number 1 (x-key): a brace"),
        ("cookie={hush}", "--header-template number 1 (cookie): a brace"),
        ("authorization=}hush", "--header-template number 1 (authorization): a brace"),
    ] {
        let args = parse(template);
        let error = args.target().err().unwrap();
        let shown = format!("{error:#} {error:?} {args:?}");
        assert!(shown.contains(reason), "{template}: {shown}");
        assert!(!shown.contains("hush"), "{shown}");
    }
    let args = parse("cookie=hush-{tier}");
    let chosen = args.target().unwrap();
    assert_eq!(chosen.parameters, [("header_template", "cookie".to_owned())]);
    assert!(!format!("{args:?}").contains("hush"), "{args:?}");
}
