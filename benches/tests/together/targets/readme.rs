//! The commands of a README, run as they stand there.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::programs::{program, run};

pub(crate) const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What the commands of `examples/targets/README.md` find and leave: a folder with what of the
/// repository they name.
pub(crate) struct Walk {
    folder: TempDir,
    sections: Vec<Section>,
}

/// A heading, and the commands below it.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    heading: String,
    commands: Vec<String>,
}

impl Walk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Path::new(REPOSITORY);
        for name in ["examples", "proto"] {
            symlink(repository.join(name), folder.path().join(name)).unwrap();
        }
        let readme = fs::read_to_string(repository.join("examples/targets/README.md")).unwrap();
        Self { folder, sections: sections(&readme) }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The headings that have commands below them.
    pub(crate) fn headings(&self) -> Vec<&str> {
        self.sections.iter().map(|section| section.heading.as_str()).collect()
    }

    /// Runs those of the commands below a heading that call one of these programs, with words in
    /// them replaced.
    pub(crate) fn run(&self, heading: &str, programs: &[&str], replaced: &[(&str, &str)]) {
        let section = self.sections.iter().find(|section| section.heading == heading);
        let commands = &section.unwrap_or_else(|| panic!("no commands below '{heading}'")).commands;
        let is_wanted = |command: &&String| {
            programs.iter().any(|program| command.split(' ').next() == Some(program))
        };
        for command in commands.iter().filter(is_wanted) {
            let replace = |command: String, (from, to): &(&str, &str)| command.replace(from, to);
            let command = replaced.iter().fold(command.clone(), replace);
            // A busy machine may be late, which is the verdict's business.
            run(shell(self.folder()).args(["-c", &command]), &[0, 3]);
        }
    }
}

/// A shell that finds the programs.
fn shell(folder: &Path) -> Command {
    let replay = program("replay", folder);
    let programs = Path::new(replay.get_program()).parent().unwrap();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let path = std::iter::once(programs.to_owned()).chain(std::env::split_paths(&others));
    let mut shell = Command::new("sh");
    shell.current_dir(folder).env_remove("SCHEDULER_URL").env("NO_COLOR", "1");
    shell.env("PATH", std::env::join_paths(path).unwrap());
    shell
}

/// The commands of Markdown: what stands in fences of `sh`, with lines that go on put together.
fn sections(text: &str) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    let (mut heading, mut is_command, mut begun) = ("", false, String::new());
    for line in text.lines() {
        match (is_command, line) {
            (false, "```sh") => is_command = true,
            (true, "```") => is_command = false,
            (false, _) => heading = line.strip_prefix("## ").unwrap_or(heading),
            (true, _) => {
                if let Some(part) = line.strip_suffix('\\') {
                    begun += part;
                    continue;
                }
                let command = std::mem::take(&mut begun) + line;
                match sections.last_mut() {
                    Some(last) if last.heading == heading => last.commands.push(command),
                    _ => {
                        let heading = heading.to_owned();
                        sections.push(Section { heading, commands: vec![command] });
                    }
                }
            }
        }
    }
    sections
}

#[test]
fn commands_are_found_by_their_headings() {
    let text = "# T\n```sh\na\n```\n## One\ntext\n## Two\n```sh\nb \\\n  c\n```\n```\nd\n```\n\
                ```sh\ne\n```\n";
    let section = |heading: &str, commands: &[&str]| Section {
        heading: heading.to_owned(),
        commands: commands.iter().map(|&command| command.to_owned()).collect(),
    };
    let expected = [section("", &["a"]), section("Two", &["b   c", "e"])];
    assert_eq!(sections(text), expected);
}
