use policy::{
    Actions, Event, Parameters, Policy, PolicySpec, RefusalReason, View, WorkerId, by_name,
};
use request::Moment;

use super::*;
use crate::testing::trace_of_seed;

/// `fifo`, unless there is an odd number of workers: then it serves nobody.
struct Spiteful(Box<dyn Policy>);

impl Policy for Spiteful {
    fn name(&self) -> String {
        "spiteful".to_owned()
    }

    fn on_event(&mut self, now: Moment, event: Event<'_>, view: &dyn View, actions: &mut Actions) {
        match event {
            Event::Arrived { ticket, .. } if view.worker_count() % 2 == 1 => {
                actions.refuse(ticket, RefusalReason::Rejected);
            }
            event => self.0.on_event(now, event, view, actions),
        }
    }
}

/// Asks an idle worker for nothing at all, which is against the rules.
struct Rude;

impl Policy for Rude {
    fn name(&self) -> String {
        "rude".to_owned()
    }

    fn on_event(&mut self, _: Moment, _: Event<'_>, _: &dyn View, actions: &mut Actions) {
        actions.dispatch(WorkerId(0), &[]);
    }
}

fn registry() -> Registry {
    let own = |name, make| PolicySpec { name, summary: "for a test", parameters: &[], make };
    let spiteful = |_: &Parameters| -> Box<dyn Policy> {
        Box::new(Spiteful(by_name("fifo").expect("fifo is built in")))
    };
    let rude = |_: &Parameters| -> Box<dyn Policy> { Box::new(Rude) };
    Registry::built_in().with(own("spiteful", spiteful)).with(own("rude", rude))
}

fn ask(policy: &str) -> Result<(Answer, String), CapacityError> {
    let question = Question {
        trace: &trace_of_seed(1),
        limit: None,
        profile: &Profile::default(),
        seeds: &[Seed(1), Seed(2)],
        confidence: "95%".parse().unwrap(),
        targets: &["all>=50%".parse().unwrap()],
        goal: &Goal::Workers { max: 8 },
    };
    let answer = question.answer(&registry(), policy)?;
    let report = Report { question, answers: vec![answer.clone()] }.to_string();
    Ok((answer, report))
}

#[test]
fn an_easier_level_that_fails_is_told_of() {
    let (answer, report) = ask("spiteful").unwrap();
    assert_eq!(answer.level(), Some(Level::Workers(2)));
    let contrary = answer.contradiction.map(|index| answer.probes[index].level);
    assert_eq!(contrary, Some(Level::Workers(3)));
    let note = "spiteful: the targets hold at 2 workers and fail at 3 workers, which should be";
    assert!(report.contains(note), "{report}");

    let (answer, report) = ask("fifo").unwrap();
    assert_eq!(answer.contradiction, None);
    assert!(!report.contains("should be easier"), "{report}");
}

#[test]
fn a_policy_that_breaks_a_rule_is_an_error_that_says_where() {
    let error = ask("rude").unwrap_err().to_string();
    assert!(error.starts_with("rude, ") && error.contains("worker"), "{error}");
}
