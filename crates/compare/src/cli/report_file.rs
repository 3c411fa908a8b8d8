//! `--report FILE`: where the result is written as well, and as what.

use std::path::PathBuf;

use super::Format;

/// A file that the result is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportFile {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
}

/// What the end of a file's name says about what is in it.
const EXTENSIONS: [(&str, Format); 5] = [
    ("html", Format::Html),
    ("txt", Format::Text),
    ("md", Format::Md),
    ("json", Format::Json),
    ("xml", Format::Junit),
];

pub(super) fn parse(text: &str) -> Result<ReportFile, String> {
    let path = PathBuf::from(text);
    let known = |extension: &str| EXTENSIONS.iter().find(|(name, _)| *name == extension);
    let extension = path.extension().and_then(|extension| extension.to_str());
    match extension.and_then(known) {
        Some((_, format)) => Ok(ReportFile { path, format: *format }),
        None => {
            let names = EXTENSIONS.map(|(name, _)| format!(".{name}"));
            Err(format!("the name tells what is written; end it in {}", names.join(", ")))
        }
    }
}

/// Refuses reports in place of what is to be read: tables and what lies beside them, thresholds.
pub(super) fn check_apart<'a>(
    reports: &[ReportFile],
    read: impl Iterator<Item = &'a PathBuf>,
) -> Result<(), String> {
    let read: Vec<PathBuf> = read
        .flat_map(|path| [path.clone(), outcome::sidecar(path)])
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    let is_read =
        |report: &&ReportFile| report.path.canonicalize().is_ok_and(|path| read.contains(&path));
    match reports.iter().find(is_read) {
        None => Ok(()),
        Some(report) => Err(format!(
            "--report {}: the comparison reads this file; write the report to another",
            report.path.display()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_says_what_is_written() {
        let format = |name| parse(name).map(|file| file.format);
        assert_eq!(format("out/result.md"), Ok(Format::Md));
        assert_eq!(format("page.html"), Ok(Format::Html));
        assert_eq!(format("result.v2.xml"), Ok(Format::Junit));
        let refused = "the name tells what is written; end it in .html, .txt, .md, .json, .xml";
        for name in ["result", "result.pdf", ".md", "result.MD", ""] {
            assert_eq!(format(name), Err(refused.into()), "{name}");
        }
    }
}
