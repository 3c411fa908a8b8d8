//! The page of HTML in a real browser: in light, in dark and in print.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

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

/// What a browser that draws without a window may be called.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

/// A browser, ended from outside should it hang.
fn command(browser: &str) -> Command {
    let mut command = Command::new("timeout");
    command.args(["180", browser]);
    command
}

/// The first browser that is there.
fn installed() -> Option<&'static str> {
    BROWSERS.into_iter().find(|browser| {
        let asked = command(browser).arg("--version").output();
        asked.is_ok_and(|told| told.status.success())
    })
}

/// What a browser made of a page.
struct Browsed {
    file: Vec<u8>,
    /// What the page's policy refused to load, and any other complaint.
    complaints: Vec<String>,
}

/// Has a browser make a file of a page.
#[track_caller]
fn browse(browser: &str, folder: &Path, page: &str, flags: &[&str]) -> Browsed {
    // The ending says which kind of picture.
    let (making, name) = match flags.contains(&PRINT) {
        true => ("--print-to-pdf", "made.pdf"),
        false => ("--screenshot", "made.png"),
    };
    let made = folder.join(name);
    // There may be none from before.
    let _ = fs::remove_file(&made);
    let output = command(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-component-update"])
        .args(["--disable-sync", "--hide-scrollbars", "--enable-logging=stderr"])
        .args(flags)
        .arg(format!("--window-size={},{}", WINDOW.0, WINDOW.1))
        .arg(format!("--user-data-dir={}", folder.join("browser").display()))
        .arg(format!("{making}={}", made.display()))
        .arg(format!("file://{}", folder.join(page).display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let complaints = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned);
    let file = fs::read(made)
        .unwrap_or_else(|_| panic!("{browser} made nothing of {page}, {}: {said}", output.status));
    Browsed { file, complaints: complaints.collect() }
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
    let Some(browser) = installed() else {
        assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "none is there of {BROWSERS:?}");
        eprintln!("skipped: none is there of {BROWSERS:?}");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write_page(folder, "page.html");
    fs::write(folder.join("empty.html"), "<!DOCTYPE html><title>empty</title>").unwrap();
    let outside = "<!DOCTYPE html><meta http-equiv=\"Content-Security-Policy\" \
                   content=\"default-src 'none'\"><img src=\"http://127.0.0.1:9/x\">";
    fs::write(folder.join("outside.html"), outside).unwrap();
    let browse = |page: &str, flags: &[&str]| browse(browser, folder, page, flags);
    let empty = browse("empty.html", &[]);
    // Complaints are heard, so silence means something.
    let outside = browse("outside.html", &[]);
    assert!(!outside.complaints.is_empty(), "a picture from the network was not refused");

    let [light, dark] = [&[][..], &[DARK]].map(|flags| browse("page.html", flags));
    for drawn in [&light, &dark] {
        assert_eq!(drawn.complaints, Vec::<String>::new());
        assert_eq!(png_size(&drawn.file), WINDOW);
        // An empty page packs into a fraction of a full one.
        let (full, empty) = (drawn.file.len(), empty.file.len());
        assert!(full > 10 * empty, "{full} bytes, and an empty page {empty}");
    }
    assert!(light.file != dark.file, "dark looks like light");

    let printed = browse("page.html", &[PRINT]);
    assert!(printed.file.starts_with(b"%PDF-") && printed.file.len() > 50_000);
    let sheets = printed.file.windows(12).filter(|word| word == b"/Type /Page\n").count();
    assert!(sheets > 1, "{sheets} sheets of paper");
}
