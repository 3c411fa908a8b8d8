//! A fit as a profile, as a table for people, and as JSON.

use std::fmt::{self, Write as _};

use cluster::Law;
use outcome::Grid;
use outcome::units::grouped;

use super::judge::p_text;
use super::{Fit, LeftOut, Method, ModelFit};

const HEADER: [&str; 9] =
    ["model", "law", "times", "mean_ms", "cv", "ks", "p50_%", "p95_%", "p99_%"];

impl Fit {
    /// The profile file: the laws, with what is to be known of them as comments.
    #[must_use]
    pub fn to_profile(&self) -> String {
        let mut text = format!(
            "# Service times that `sim fit` found in {}\n# ({}).\n# {}.\n",
            comment(&self.table),
            comment(&self.run),
            self.method.describe()
        );
        if let Some(left_out) = self.left_out.describe() {
            let _ = writeln!(text, "# Left out: {left_out}.");
        }
        text += "version = 1\n";
        for model in &self.models {
            let _ = write!(text, "\n{}", model.comments());
            let _ = write!(text, "[models.{}]\n{}", key(&model.model), model.section);
        }
        text
    }

    /// The fit as a JSON object of several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a fit is numbers, text and lists")
    }

    fn grid(&self) -> Grid {
        let mut grid = Grid::new(&HEADER).words(&[0, 1]);
        for model in &self.models {
            let judgement = &model.judgement;
            let mut cells = vec![
                model.model.clone(),
                model.law.to_string(),
                grouped((model.fitted + model.judged) as u64),
                format!("{:.3}", model.mean_ns / 1e6),
                format!("{:.3}", model.cv),
                match model.has_distance() {
                    true => format!("{:.3}", judgement.distance),
                    false => "-".to_owned(),
                },
            ];
            let errors = judgement.quantiles.iter();
            cells.extend(errors.map(|quantile| percent(quantile.error)));
            grid.row(cells);
        }
        grid
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "sim fit  {}  ·  {}\n", self.table, self.run)?;
        writeln!(f, "{}", self.grid())?;
        writeln!(f, "times     {}", self.method.describe())?;
        if let Some(left_out) = self.left_out.describe() {
            writeln!(f, "left out  {left_out}")?;
        }
        writeln!(
            f,
            "judged    ks and the errors of p50, p95 and p99 are on the half that was not fitted"
        )?;
        for model in &self.models {
            writeln!(f)?;
            for passed_over in &model.passed_over {
                let law = passed_over.law.name();
                writeln!(f, "{}: not {law}, since {}", model.model, passed_over.reason)?;
            }
            let (law, judgement) = (model.law, model.judgement_text());
            match &model.judgement.refused {
                None => writeln!(f, "{}: {law}, {judgement}", model.model)?,
                Some(reason) => writeln!(f, "{}: {law} does not fit, {reason}", model.model)?,
            }
        }
        Ok(())
    }
}

impl ModelFit {
    fn comments(&self) -> String {
        let mut text = String::new();
        let times = grouped((self.fitted + self.judged) as u64);
        let of_batches = match self.batch_size_max {
            1 => String::new(),
            size => format!(" of batches of up to {size}"),
        };
        let (mean, cv) = (self.mean_ns / 1e6, self.cv);
        let _ = writeln!(
            text,
            "# {times} times{of_batches}: one takes {mean:.3} ms on average, cv {cv:.3}."
        );
        let judgement = self.judgement_text();
        let _ = writeln!(text, "# The half that was not fitted: {judgement}.");
        if let Some(reason) = &self.judgement.refused {
            let _ = writeln!(text, "# This law does not fit: {}.", comment(reason));
        }
        for passed_over in &self.passed_over {
            let reason = comment(&passed_over.reason);
            let _ = writeln!(text, "# Not {}, since {reason}.", passed_over.law);
        }
        text
    }

    fn judgement_text(&self) -> String {
        let judgement = &self.judgement;
        let errors = judgement.quantiles.iter();
        let mut parts: Vec<String> =
            errors.map(|one| format!("{} {} %", one.name, percent(one.error))).collect();
        if self.has_distance() {
            let (distance, p) = (judgement.distance, p_text(judgement.p_value));
            parts.insert(0, format!("KS distance {distance:.3} ({p})"));
        }
        parts.join(", ")
    }

    /// A law of one time is never near in distribution, however near it is in time.
    fn has_distance(&self) -> bool {
        self.law != Law::Constant
    }
}

impl Method {
    const fn describe(self) -> &'static str {
        match self {
            Self::Started => "done_ns - started_ns, once for each batch",
            Self::Alone => {
                "done_ns - sent_ns of requests that found no other in flight, since no starts are \
                 recorded; the way there and back is in it"
            }
        }
    }
}

impl LeftOut {
    /// `None` where every row said something.
    fn describe(&self) -> Option<String> {
        let mut parts: Vec<(u64, &str)> =
            self.statuses.iter().map(|(status, &count)| (count, status.name())).collect();
        parts.extend([
            (self.without_start, "without a start"),
            (self.without_sending, "never sent"),
            (self.not_alone, "found others in flight"),
        ]);
        parts.retain(|part| part.0 > 0);
        let texts: Vec<String> =
            parts.into_iter().map(|(count, what)| format!("{} {what}", grouped(count))).collect();
        (!texts.is_empty()).then(|| texts.join(", "))
    }
}

/// A relative error in per cent, with its sign; never `-0.0`.
fn percent(error: f64) -> String {
    let text = format!("{:+.1}", 100.0 * error);
    if text == "-0.0" { "+0.0".to_owned() } else { text }
}

/// Text in a comment, where a line break would end it and control characters are not allowed.
fn comment(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A name as a key of TOML.
fn key(name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !name.is_empty() && name.chars().all(is_bare) {
        return name.to_owned();
    }
    let mut text = "\"".to_owned();
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_a_key() {
        for name in ["resnet50", "a b", "", "\"quoted\\", "line\nbreak\u{7f}", "gpt-4.1", "größe"]
        {
            let text =
                format!("version = 1\n[models.{}]\nlaw = \"constant\"\nmean_ms = 1", key(name));
            let profile = cluster::Profile::parse(&text).unwrap();
            assert_eq!(profile.iter().next().map(|(name, _)| name), Some(name));
        }
        assert_eq!((key("resnet50"), key("a b")), ("resnet50".into(), "\"a b\"".into()));
    }

    #[test]
    fn an_error_has_a_sign_and_nothing_is_not_negative() {
        assert_eq!([0.0123, -0.25, -0.0001].map(percent), ["+1.2", "-25.0", "+0.0"]);
    }
}
