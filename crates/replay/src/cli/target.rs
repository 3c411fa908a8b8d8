//! What kind of server it is, and how the requests of a trace are put to it.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use sha2::{Digest, Sha256};
use targets::{Map, Method, Target};

use crate::small_file;

/// The longest map that is read, which is room for thousands of fields.
const MAP_LEN_MAX: usize = 1 << 20;

/// What a template's braces can be wrong about. It is not shown: it may hold a secret.
const BRACE: &str = "a brace is of no placeholder, such as {request_id}, {tier}, {slo}, {model}, \
                     {deadline_ns} or {remaining_ms}; one that is meant is doubled, {{ or }}";

/// Flags about the target.
#[derive(clap::Args)]
#[command(next_help_heading = "Target")]
pub(crate) struct TargetArgs {
    /// What kind of server it is: scheduler (of proto/scheduler.proto), kserve (KServe v2, the Open
    /// Inference Protocol), proto (any unary gRPC method)
    #[arg(long, value_enum, hide_possible_values = true, default_value_t, value_name = "KIND")]
    target: Kind,

    /// What requests hold and how replies are read: a TOML file, or one that is built in (triton,
    /// v2). May be repeated; the later lies over the earlier
    #[arg(long, value_name = "FILE|NAME")]
    map: Vec<String>,

    /// The method of --target proto
    #[arg(long, value_name = "PACKAGE.SERVICE/METHOD")]
    method: Option<String>,

    /// The proto of the method: .proto, or a set of descriptors (.binpb). May be repeated
    #[arg(long, value_name = "FILE")]
    proto: Vec<PathBuf>,

    /// Where imports of --proto are looked for [default: beside it, and here]. May be repeated
    #[arg(long, value_name = "DIR", requires = "proto")]
    proto_path: Vec<PathBuf>,

    /// Ask the server for the proto of the method
    #[arg(long, conflicts_with = "proto")]
    reflection: bool,

    /// Send this header with each call; {request_id}, {tier}, {deadline_ns}, {slo_ms} and the like
    /// are the request's own. Under a key that ends in -bin the text goes as base64, unlike that of
    /// --header, which is base64. May be repeated
    #[arg(long, value_name = "KEY=TEMPLATE")]
    header_template: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    #[default]
    Scheduler,
    Kserve,
    Proto,
}

/// What was chosen.
pub(crate) struct Chosen {
    pub(crate) target: Target,
    /// By the names of the flags, for whoever reads the outcome later. Of headers only the names.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

impl TargetArgs {
    /// The target.
    ///
    /// # Errors
    /// Where a map or proto is none, or flags do not go together.
    pub(crate) fn target(&self) -> anyhow::Result<Chosen> {
        let (map, maps) = self.map()?;
        Ok(Chosen { target: self.target_of(map)?, parameters: self.parameters(&maps) })
    }

    fn target_of(&self, map: Map) -> anyhow::Result<Target> {
        match self.target {
            Kind::Proto => self.proto(map),
            kind => {
                for (is_given, flag) in [
                    (self.method.is_some(), "--method"),
                    (!self.proto.is_empty(), "--proto"),
                    (self.reflection, "--reflection"),
                ] {
                    ensure!(!is_given, "{flag} is for --target proto");
                }
                Ok(if kind == Kind::Kserve { Target::kserve(map) } else { Target::scheduler(map) })
            }
        }
    }

    /// Refuses targets that the embedded scheduler is not.
    ///
    /// # Errors
    /// Where it is not of that kind.
    pub(crate) fn check_embedded(&self) -> anyhow::Result<()> {
        ensure!(
            self.target != Kind::Kserve,
            "--target kserve needs --scheduler-url or SCHEDULER_URL: the embedded scheduler speaks \
             a proto of its own"
        );
        Ok(())
    }

    fn parameters(&self, maps: &[String]) -> Vec<(&'static str, String)> {
        let kind = match self.target {
            Kind::Scheduler => None,
            Kind::Kserve => Some("kserve"),
            Kind::Proto => Some("proto"),
        };
        let list = |texts: &[String]| (!texts.is_empty()).then(|| texts.join(", "));
        let protos: Vec<_> = self.proto.iter().map(|path| path.display().to_string()).collect();
        let name = |text: &String| text.split('=').next().unwrap_or_default().to_owned();
        let names: Vec<String> = self.header_template.iter().map(name).collect();
        let all = [
            ("target", kind.map(str::to_owned)),
            ("map", list(maps)),
            ("method", self.method.clone()),
            ("proto", list(&protos)),
            ("reflection", self.reflection.then(|| "true".to_owned())),
            ("header_template", list(&names)),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// What people should know, who have left something out.
    pub(crate) fn note(&self) -> Option<&'static str> {
        (self.target == Kind::Kserve && self.map.is_empty()).then_some(
            "no --map: requests carry neither priority nor deadline (--map triton for Triton)",
        )
    }

    fn proto(&self, map: Map) -> anyhow::Result<Target> {
        let Some(method) = &self.method else {
            bail!("--target proto needs --method PACKAGE.SERVICE/METHOD");
        };
        ensure!(
            !self.map.is_empty(),
            "--target proto needs --map FILE, which says what its requests hold"
        );
        if self.reflection {
            return Ok(Target::reflection(method.clone(), map));
        }
        ensure!(!self.proto.is_empty(), "--target proto needs --proto FILE, or --reflection");
        Ok(Target::proto(Method::from_files(&self.proto, &self.proto_path, method)?, map))
    }

    /// The map, and what tells one of its parts from others of the same name.
    fn map(&self) -> anyhow::Result<(Map, Vec<String>)> {
        let (mut map, mut parts) = (Map::default(), Vec::new());
        for name in &self.map {
            let (over, part) = read(name)?;
            map = over.over(map);
            parts.push(part);
        }
        for (index, text) in self.header_template.iter().enumerate() {
            let flag = format!("--header-template number {}", index + 1);
            let (name, value) = text
                .split_once('=')
                .with_context(|| format!("{flag}: no '='; write KEY=TEMPLATE"))?;
            map.add_header(name, value).map_err(|_| anyhow!("{flag} ({name}): {BRACE}"))?;
        }
        Ok((map, parts))
    }
}

/// Of headers no more than how many: their values may be secret.
impl fmt::Debug for TargetArgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TargetArgs")
            .field("target", &self.target)
            .field("map", &self.map)
            .field("method", &self.method)
            .field("proto", &self.proto)
            .field("proto_path", &self.proto_path)
            .field("reflection", &self.reflection)
            .field("header_template_count", &self.header_template.len())
            .finish()
    }
}

/// A map that is built in, or in a file; and its name, with a digest of a file's text.
fn read(name: &str) -> anyhow::Result<(Map, String)> {
    if let Some(map) = targets::preset(name) {
        return Ok((map, name.to_owned()));
    }
    let presets = || targets::preset_names().join(", ");
    let bytes = small_file::read(Path::new(name), MAP_LEN_MAX).with_context(|| {
        format!("cannot read the map {name}, and none of that name is built in ({})", presets())
    })?;
    let text = String::from_utf8(bytes)
        .map_err(|_| anyhow!("the map {name} is not a text in UTF-8, as TOML is"))?;
    let part = format!("{name} (sha256 {})", digest(&text));
    Ok((Map::parse(&text, name)?, part))
}

/// As many digits of a text's SHA-256 as summaries show of a trace's.
fn digest(text: &str) -> String {
    let bytes = Sha256::digest(text);
    let number = bytes.iter().take(6).fold(0, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:012x}")
}

#[cfg(test)]
mod tests;
