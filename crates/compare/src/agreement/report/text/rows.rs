//! The table of figures by class.

use outcome::Grid;
use outcome::units::{grouped, percent};

use crate::agreement::{AgreementReport, ClassAgreement, Figure, Measure, Row, View, Word};
use crate::report::signed::signed;

impl AgreementReport<'_> {
    pub(super) fn rows_grid(self) -> Grid {
        let several = self.runs.len() > 1;
        let mut header = vec!["class", "requests", "metric", "A", "B", "difference"];
        if several {
            header.extend(["least", "most"]);
        }
        header.extend(["less_lag", "and_overhead", ""]);
        let mut grid = Grid::new(&header).words(&[0, 2, header.len() - 1]);
        for (index, class) in self.agreement.classes.iter().enumerate() {
            if index > 0 {
                grid.rule();
            }
            for (index, row) in class.rows.iter().enumerate() {
                let named = index == 0;
                let mut cells = vec![
                    if named { class.class.to_string() } else { String::new() },
                    if named { grouped(class.n) } else { String::new() },
                ];
                cells.extend(self.cells(class, row, several));
                grid.row(cells);
            }
        }
        grid
    }

    fn cells(self, class: &ClassAgreement, row: &Row, several: bool) -> Vec<String> {
        let apart = |figure: Option<Figure>| figure.map_or("-".into(), |b| difference(row, b));
        let measured = row.spread(View::Measured);
        let middle = |view| row.spread(view).map(|spread| spread.middle);
        let mut cells = vec![
            label(row.measure).into(),
            shown(row.simulated),
            measured.map_or("-".into(), |spread| shown(spread.middle)),
            apart(measured.map(|spread| spread.middle)),
        ];
        if several {
            cells.push(apart(measured.map(|spread| spread.least)));
            cells.push(apart(measured.map(|spread| spread.most)));
        }
        cells.push(apart(middle(View::WithoutLag)));
        cells.push(apart(middle(View::WithoutOverhead)));
        let word = class.word(row, &self.agreement.limits);
        cells.push(word.map_or_else(String::new, |word: Word| word.to_string()));
        cells
    }

    /// How to read the table.
    pub(super) fn rows_note(self) -> &'static str {
        if self.runs.len() > 1 {
            "B is the middle run of each row, least and most are the ends of all. Differences are of\n\
            what was measured, then less lag, then less overhead too; pp are points of attainment.\n\
            Failures count as infinite latency (inf). A p50 needs 40 requests, a p95 400."
        } else {
            "Differences are of what was measured, then less lag, then less overhead too; pp are\n\
            points of attainment. Failures count as infinite latency (inf). A p50 needs 40 requests,\n\
            a p95 400."
        }
    }
}

/// The measure with the unit of its row.
const fn label(measure: Measure) -> &'static str {
    match measure {
        Measure::P50 => "p50_ms",
        Measure::P95 => "p95_ms",
        Measure::P99 => "p99_ms",
        Measure::Attainment => "slo_attainment_%",
        Measure::WaitP50 => "wait_p50_ms",
        Measure::WaitP95 => "wait_p95_ms",
        Measure::ServiceP50 => "service_p50_ms",
        Measure::ServiceP95 => "service_p95_ms",
    }
}

fn shown(figure: Figure) -> String {
    match figure {
        Figure::Latency(latency) => latency.to_string(),
        Figure::Share { part, whole } => percent(part, whole),
    }
}

/// The difference with its unit, which is another for shares.
fn difference(row: &Row, measured: Figure) -> String {
    let unit = match measured {
        Figure::Latency(_) => "%",
        Figure::Share { .. } => "pp",
    };
    format!("{} {unit}", signed(measured.difference(row.simulated) * 100.0, 2))
}
