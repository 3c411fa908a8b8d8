//! Text that Markdown shall show as it is.

/// The text on one line, with nothing in it that Markdown, HTML or GitHub's mathematics would take
/// for themselves. What names of metrics are made of stays as it is, so that the source reads well.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut before = ' ';
    while let Some(char) = chars.next() {
        let in_word =
            before.is_alphanumeric() && chars.peek().is_some_and(|next| next.is_alphanumeric());
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\r' => escaped.push(' '),
            '\\' | '|' | '`' | '*' | '~' | '#' | '$' => escaped.extend(['\\', char]),
            // `tier1/slo_attainment` holds no emphasis, and `[+1.0, +2.0]` no link.
            '_' if !in_word => escaped.extend(['\\', char]),
            '(' | '[' if before == ']' => escaped.extend(['\\', char]),
            char => escaped.push(char),
        }
        before = char;
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_shown_as_it_is() {
        for (text, escaped) in [
            ("tier1/slo_attainment -0.50 pp", "tier1/slo_attainment -0.50 pp"),
            ("[+1.0, +2.0]", "[+1.0, +2.0]"),
            ("[a](b)", "[a]\\(b)"),
            ("a|b", "a\\|b"),
            ("<img src=x> & <1e-6", "&lt;img src=x&gt; &amp; &lt;1e-6"),
            ("_a_ `b` *c* $d$ \\|", "\\_a\\_ \\`b\\` \\*c\\* \\$d\\$ \\\\\\|"),
            ("two\nlines", "two lines"),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }
}
