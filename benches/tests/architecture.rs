//! The map in ARCHITECTURE.md, held against what is there: which crate may use which, what the
//! lower crates never touch, and how things are named.
//!
//! A new arrow between crates is one line in [`ARROWS`] and one in ARCHITECTURE.md, in a commit of
//! its own.
#![expect(clippy::unwrap_used, reason = "clippy.toml exempts test functions, not their helpers")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of the others, in its code, build script and tests.
const ARROWS: [(&str, &[&str]); 18] = [
    ("request", &[]),
    ("damaged", &[]),
    ("drawing", &[]),
    ("probability", &[]),
    ("trace", &["request", "damaged", "probability", "drawing"]),
    ("policy", &["request"]),
    ("cluster", &["request", "policy"]),
    ("outcome", &["request", "damaged"]),
    ("wire", &["request"]),
    ("targets", &["request", "outcome", "wire"]),
    ("sim", &["request", "probability", "trace", "policy", "cluster", "outcome", "drawing"]),
    ("scheduler", &["request", "policy", "cluster", "wire"]),
    ("replay", &["request", "trace", "wire", "targets", "outcome", "scheduler"]),
    ("compare", &["request", "probability", "outcome", "drawing"]),
    ("trace-record", &["request", "trace", "wire"]),
    ("peers", &["request", "trace", "wire", "outcome"]),
    ("own-policy", &["request", "policy", "sim", "scheduler"]),
    (
        "benches",
        &[
            "request",
            "probability",
            "trace",
            "policy",
            "cluster",
            "outcome",
            "wire",
            "targets",
            "sim",
            "scheduler",
            "replay",
            "compare",
        ],
    ),
];

/// What a crate may not have below it, at any depth: a package of this name or beginning `name-`.
const NOT_BELOW: [(&str, &[&str]); 7] = [
    ("request", &["arrow", "parquet", "tokio", "tonic"]),
    ("policy", &["arrow", "parquet", "tokio", "tonic"]),
    ("cluster", &["arrow", "parquet", "tokio", "tonic"]),
    ("trace", &["tokio", "tonic"]),
    ("outcome", &["tokio", "tonic"]),
    ("sim", &["tokio", "tonic"]),
    ("compare", &["tokio", "tonic"]),
];

/// Crates whose code and tests may read a clock, wait, start a task or open a socket.
const SHELLS: [&str; 5] = ["replay", "scheduler", "trace-record", "benches", "peers"];

/// What that looks like in code.
const REAL_WORLD: [&str; 8] = [
    "Instant::now",
    "SystemTime::now",
    "thread::sleep",
    "clock_gettime",
    "clock_nanosleep",
    "tokio::spawn",
    "TcpStream",
    "TcpListener",
];

/// Crates whose code never names another: crate, the other, files exempt, the reason.
const NEVER_NAMES: [(&str, &str, &[&str], &str); 3] = [
    ("policy", "trace", &[], "what decides must not see the future"),
    ("scheduler", "trace", &[], "what decides must not see the future"),
    ("replay", "scheduler", &["src/embedded.rs"], "the engine does not know what it measures"),
];

#[test]
fn crates_use_each_other_only_along_the_arrows() {
    let packages = packages();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let rows: BTreeSet<&str> = ARROWS.iter().map(|(from, _)| *from).collect();
    assert_eq!(members, rows, "ARROWS needs one row for each package of the workspace");

    let mut violations = Vec::new();
    for package in &packages {
        let (_, allowed) = ARROWS.iter().find(|(from, _)| *from == package.name).unwrap();
        for (to, kind) in &package.dependencies {
            if members.contains(to.as_str()) && !allowed.contains(&to.as_str()) {
                violations.push(format!(
                    "{} -> {to} ({kind}), in {}: remove the dependency, or, if the map is to \
                     change, add the arrow to ARROWS and ARCHITECTURE.md in a commit of its own",
                    package.name,
                    package.manifest().display()
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn request_has_no_dependencies() {
    let packages = packages();
    let request = packages.iter().find(|package| package.name == "request").unwrap();
    assert!(
        request.dependencies.is_empty(),
        "{} lists {:?}: everything stands on `request`, so it stands on nothing; move what needs \
         the dependency to the crate that uses it",
        request.manifest().display(),
        request.dependencies
    );
}

#[test]
fn pure_crates_have_neither_runtime_nor_file_format_below_them() {
    let mut violations = Vec::new();
    for (name, banned) in NOT_BELOW {
        for below in packages_below(name) {
            if banned.iter().any(|ban| below == *ban || below.starts_with(&format!("{ban}-"))) {
                violations.push(format!(
                    "{name} reaches {below}: see `cargo tree -p {name} -i {below}`, and move what \
                     needs it up"
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn only_the_shells_touch_clocks_tasks_and_sockets() {
    let mut violations = Vec::new();
    for package in packages().iter().filter(|package| !SHELLS.contains(&package.name.as_str())) {
        for line in package.code() {
            if let Some(found) = REAL_WORLD.iter().find(|word| line.text.contains(*word)) {
                violations.push(format!(
                    "{line} uses `{found}`: take the time, or what was read, as an argument; only \
                     {SHELLS:?} touch the real world"
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn no_crate_names_what_it_must_not_know() {
    let packages = packages();
    let mut violations = Vec::new();
    for (name, other, exempt, reason) in NEVER_NAMES {
        let package = packages.iter().find(|package| package.name == name).unwrap();
        for line in package.code() {
            let exempt = exempt.iter().any(|file| line.path == package.folder.join(file));
            if !exempt && names_crate(&line.text, other) {
                violations.push(format!("{line} names the crate `{other}`: {reason}"));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn folder_package_and_binary_share_one_name() {
    let mut violations = Vec::new();
    for package in packages() {
        let folder = package.folder.file_name().unwrap().to_string_lossy().into_owned();
        for name in package.binaries.iter().chain([&package.name]) {
            if *name != folder {
                violations.push(format!(
                    "{}: `{name}` lives in the folder `{folder}`; give both one name",
                    package.manifest().display()
                ));
            }
        }
    }
    assert_none(&violations);
}

#[test]
fn every_library_begins_by_saying_what_it_is_for() {
    let mut violations = Vec::new();
    for package in packages() {
        // A program without a library, such as an example, begins with its main file.
        let [library, program] = ["src/lib.rs", "src/main.rs"].map(|at| package.folder.join(at));
        let path = if library.exists() { library } else { program };
        if !fs::read_to_string(&path).unwrap_or_default().starts_with("//! ") {
            violations.push(format!("{}:1: begin with `//! ` and the purpose", path.display()));
        }
    }
    assert_none(&violations);
}

/// The scanner behind the tests above must itself see what it looks for.
#[test]
fn crate_names_are_told_from_other_words() {
    for text in ["use trace::Trace;", "    trace::generate()", "use trace;", "::trace::Reader"] {
        assert!(names_crate(text, "trace"), "{text}");
    }
    for text in [
        "let trace = 1;",
        "tracing::trace!()",
        "backtrace::new()",
        "self.trace.len()",
        "crate::trace::Reader",
    ] {
        assert!(!names_crate(text, "trace"), "{text}");
    }
}

fn assert_none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// One package of the workspace, as its manifest tells.
struct Package {
    name: String,
    folder: PathBuf,
    /// Name and kind of each dependency.
    dependencies: Vec<(String, String)>,
    binaries: Vec<String>,
}

impl Package {
    fn from_metadata(package: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let list = |key: &str| package[key].as_array().unwrap().iter();
        let binary = |target: &&Value| target["kind"].as_array().unwrap().contains(&"bin".into());
        Self {
            name: text(&package["name"]),
            folder: Path::new(&text(&package["manifest_path"])).parent().unwrap().to_owned(),
            dependencies: list("dependencies")
                .map(|to| (text(&to["name"]), to["kind"].as_str().unwrap_or("normal").to_owned()))
                .collect(),
            binaries: list("targets").filter(binary).map(|target| text(&target["name"])).collect(),
        }
    }

    fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }

    /// The lines of its code, without comments and tests.
    fn code(&self) -> Vec<Line> {
        let mut paths = Vec::new();
        collect_sources(&self.folder.join("src"), &mut paths);
        paths.sort();
        paths.iter().flat_map(|path| code_of(path)).collect()
    }
}

/// A line of code and where it stands.
struct Line {
    path: PathBuf,
    number: usize,
    text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.path.display(), self.number)
    }
}

fn collect_sources(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            collect_sources(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") && !is_test {
            into.push(path);
        }
    }
}

/// Lines up to the tests, which stand last in a file; lines that are comments are left out.
fn code_of(path: &Path) -> Vec<Line> {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let line = |(index, text): (usize, &str)| {
        let is_comment = text.trim_start().starts_with("//");
        (!is_comment).then(|| Line {
            path: path.to_owned(),
            number: index + 1,
            text: text.to_owned(),
        })
    };
    code.lines().enumerate().filter_map(line).collect()
}

/// Whether the line names the crate: as the root of a path, or in a `use` of it alone.
fn names_crate(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '.';
        let is_inner = before.strip_suffix("::").is_some_and(|outer| outer.ends_with(is_part));
        let is_root = !before.ends_with(is_part) && !is_inner;
        let is_path = after.starts_with("::");
        let is_used = before.ends_with("use ") && after.starts_with([';', ' ']);
        is_root && (is_path || is_used)
    })
}

fn packages() -> Vec<Package> {
    let text = cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(Package::from_metadata).collect()
}

/// Names of all packages that this one is built from, on this platform, tests included.
fn packages_below(name: &str) -> BTreeSet<String> {
    let tree = cargo(&["tree", "--offline", "--prefix", "none", "--format", "{p}", "-p", name]);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

fn cargo(arguments: &[&str]) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(root).output().unwrap();
    assert!(
        output.status.success(),
        "cargo {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
