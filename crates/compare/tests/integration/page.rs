//! The page of HTML in a real browser: in light, in dark and in print.

use std::fs;
use std::path::Path;
use std::process::Command;

use compare::{Files, Reading, Report, Settings, compare, read};

use crate::runs::{info, rows, write};

/// Width and height of the window.
const WINDOW: (u32, u32) = (1000, 3000);

/// Writes the page of two simulated runs.
fn write_page(folder: &Path, name: &str) {
    let sides = [("edf", 100), ("fifo", 130)].map(|(policy, factor)| {
        let path = write(folder, &format!("{policy}.arrow"), &info(policy), &rows(factor));
        Files { name: None, paths: vec![path] }
    });
    let (traffic, sides) = read(&sides, Reading::default()).unwrap();
    let comparison = compare(&traffic, &sides[0], &sides[1], &Settings::default());
    let page = Report::new(&traffic, &sides, &[comparison]).to_html();
    fs::write(folder.join(name), page).unwrap();
}

/// What a browser made of a page.
struct Browsed {
    file: Vec<u8>,
    /// What the page's policy refused to load, and any other complaint.
    complaints: Vec<String>,
}

/// Has a browser make a file of a page; `None` where there is no browser that does.
fn browse(folder: &Path, page: &str, flags: &[&str]) -> Option<Browsed> {
    let made = folder.join("made");
    // There may be none from before.
    let _ = fs::remove_file(&made);
    let making = if flags.contains(&PRINT) { "--print-to-pdf" } else { "--screenshot" };
    // Ended from outside, should it hang.
    let output = Command::new("timeout")
        .args(["60", "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"])
        .args(flags)
        .arg(format!("--window-size={},{}", WINDOW.0, WINDOW.1))
        .arg(format!("--user-data-dir={}", folder.join("browser").display()))
        .arg(format!("{making}={}", made.display()))
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned);
    Some(Browsed { file: fs::read(made).ok()?, complaints: complaints.collect() })
}

const DARK: &str = "--blink-settings=preferredColorScheme=0";
const PRINT: &str = "--no-pdf-header-footer";

/// Width and height of a picture in PNG, which stand in its first chunk.
fn png_size(file: &[u8]) -> (u32, u32) {
    assert!(file.starts_with(b"\x89PNG\r\n\x1a\n"));
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    (number(16), number(20))
}

#[test]
fn a_browser_draws_the_page_in_light_in_dark_and_in_print() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_page(folder, "page.html");
    fs::write(folder.join("empty.html"), "<!DOCTYPE html><title>empty</title>").unwrap();
    let outside = "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" \
                   content=\"default-src 'none'\"><img src=\"http://127.0.0.1:9/x\">";
    fs::write(folder.join("outside.html"), outside).unwrap();
    let Some(empty) = browse(folder, "empty.html", &[]) else {
        eprintln!("skipped: no chromium that draws a page");
        return;
    };
    // Complaints are heard, so silence means something.
    let outside = browse(folder, "outside.html", &[]).unwrap();
    assert!(!outside.complaints.is_empty(), "a picture from the network was not refused");

    let [light, dark] = [&[][..], &[DARK]].map(|flags| browse(folder, "page.html", flags).unwrap());
    for drawn in [&light, &dark] {
        assert_eq!(drawn.complaints, Vec::<String>::new());
        assert_eq!(png_size(&drawn.file), WINDOW);
        // An empty page packs into a fraction of a full one.
        let (full, empty) = (drawn.file.len(), empty.file.len());
        assert!(full > 10 * empty, "{full} bytes, and an empty page {empty}");
    }
    assert!(light.file != dark.file, "dark looks like light");

    let printed = browse(folder, "page.html", &[PRINT]).unwrap();
    assert!(printed.file.starts_with(b"%PDF-") && printed.file.len() > 50_000);
    let sheets = printed.file.windows(12).filter(|word| word == b"/Type /Page\n").count();
    assert!(sheets > 1, "{sheets} sheets of paper");
}
