//! Names and sentences of tables and files, without what a reader or a parser would choke on.

/// The text with a replacement for each control character, for what turns the direction of
/// writing, and for what no XML may hold: a name must neither steer a terminal nor end a report.
pub(crate) fn legible(text: &str) -> String {
    let harmful = |char: char| {
        char.is_control()
            || matches!(char, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            || matches!(char, '\u{fffe}' | '\u{ffff}')
    };
    text.chars()
        .map(|char| if harmful(char) { char::REPLACEMENT_CHARACTER } else { char })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::legible;

    #[test]
    fn what_steers_or_breaks_is_replaced() {
        assert_eq!(legible("v1.4 (größer) | 3 %"), "v1.4 (größer) | 3 %");
        assert_eq!(
            legible("a\x1b[2Jb\nc\u{202e}d\u{fffe}\u{0}"),
            "a\u{fffd}[2Jb\u{fffd}c\u{fffd}d\u{fffd}\u{fffd}"
        );
    }
}
