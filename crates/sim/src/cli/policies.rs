//! `sim policies`: what policies there are, and what each can be told.

use std::fmt::Write;

use policy::{PolicySpec, Registry};

use super::print;

const EXAMPLES: &str = "\
Examples:
  sim policies                          all of them
  sim policies wfq aging                only these
  sim t.arrow --policy wfq:w1=8,w2=2    a policy with parameters

`scheduler --policy` and `replay --policy` take the same names.

Exit codes: 0 done, 2 there is no such policy.";

/// Lists the policies and their parameters
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PoliciesArgs {
    /// Only these
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &PoliciesArgs, registry: &Registry) -> anyhow::Result<()> {
    for name in &args.names {
        registry.make(name)?;
    }
    let wanted = |spec: &&PolicySpec| {
        args.names.is_empty() || args.names.iter().any(|name| name == spec.name)
    };
    let specs: Vec<_> = registry.iter().filter(wanted).collect();
    let text = if args.json { json(&specs)? } else { text(&specs)? };
    print(&text)
}

fn text(specs: &[&PolicySpec]) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    for (index, spec) in specs.iter().enumerate() {
        if index > 0 {
            text.push('\n');
        }
        writeln!(text, "{}", spec.name)?;
        writeln!(text, "    {}", spec.summary)?;
        for parameter in spec.parameters {
            let default = parameter.default;
            writeln!(text, "    {parameter}  [default: {default}]")?;
            for line in wrapped(parameter.meaning, 88) {
                writeln!(text, "        {line}")?;
            }
        }
    }
    Ok(text)
}

/// Lines of at most `width` characters.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one from the start");
        if !last.is_empty() && last.len() + 1 + word.len() > width {
            lines.push(word.to_owned());
        } else {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn json(specs: &[&PolicySpec]) -> serde_json::Result<String> {
    let policies = specs.iter().map(|spec| {
        let parameters = spec.parameters.iter().map(|parameter| {
            serde_json::json!({
                "name": parameter.name,
                "values": parameter.values.to_string(),
                "default": parameter.default,
                "meaning": parameter.meaning,
            })
        });
        serde_json::json!({
            "name": spec.name,
            "summary": spec.summary,
            "parameters": parameters.collect::<Vec<_>>(),
        })
    });
    Ok(serde_json::to_string_pretty(&policies.collect::<Vec<_>>())? + "\n")
}
