//! Sentences beside a label, in as many lines as they need.

/// Where nobody says how wide a terminal is.
const COLUMNS_DEFAULT: usize = 100;
/// A terminal narrower than this breaks lines by itself.
const COLUMNS_MIN: usize = 40;
/// The label takes this much.
const INDENT: usize = 9;

/// `text` beside `label`; further lines begin below its first word.
pub(super) fn labelled(label: &str, text: &str, columns: Option<usize>) -> String {
    let columns = columns.unwrap_or(COLUMNS_DEFAULT).max(COLUMNS_MIN);
    let mut lines = format!("{label:INDENT$}");
    let mut width = INDENT;
    for (index, word) in words(text).into_iter().enumerate() {
        let word_width = word.chars().count();
        if index > 0 && width + 1 + word_width > columns {
            lines.push_str(&format!("\n{:INDENT$}", ""));
            width = INDENT;
        } else if index > 0 {
            lines.push(' ');
            width += 1;
        }
        lines.push_str(&word);
        width += word_width;
    }
    lines.push('\n');
    lines
}

/// The words of a text, numbers with their units.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let is_unit = matches!(word.trim_end_matches([',', ';', '.']), "%" | "pp" | "ms" | "s");
        match words.last_mut().filter(|_| is_unit) {
            Some(number) => number.push_str(&format!(" {word}")),
            None => words.push(word.into()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hang_below_the_first_word() {
        let text = "the trace is short; use another one, of 60 s or more";
        let wrapped = "\
NOTE     the trace is short; use another
         one, of 60 s or more
";
        assert_eq!(labelled("NOTE", text, Some(COLUMNS_MIN)), wrapped);
        assert_eq!(labelled("NOTE", text, None), format!("NOTE     {text}\n"));
    }

    #[test]
    fn a_number_keeps_its_unit() {
        assert_eq!(
            words("up by 7.1 %, or 3 ms more"),
            ["up", "by", "7.1 %,", "or", "3 ms", "more"]
        );
    }

    #[test]
    fn a_long_word_stands_alone() {
        let path = "x".repeat(50);
        let wrapped = labelled("NOTE", &format!("in {path} it is"), Some(10));
        assert_eq!(wrapped, format!("NOTE     in\n         {path}\n         it is\n"));
    }
}
