//! What strangers say, such as a server of its models, on its way to a person.

/// The longest text of a stranger that is shown whole: a path of a file, with room to spare.
const SHOWN_LETTERS_MAX: usize = 1024;

/// What a stranger said, fit for a line on a terminal.
pub(crate) fn plain(text: &str) -> String {
    let is_long = text.chars().nth(SHOWN_LETTERS_MAX).is_some();
    let mut line: String = text
        .chars()
        .take(SHOWN_LETTERS_MAX)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    if is_long {
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_stranger_said_stays_one_line_of_text() {
        assert_eq!(plain("a\u{1b}[31m\nb"), "a [31m b");
        assert_eq!(plain(&"x".repeat(10_000)).len(), SHOWN_LETTERS_MAX + 3);
    }
}
