//! What a trace was meant to be, where its workload can tell.

use request::Tier;

use crate::header::Header;
use crate::workload::{Class, Process, Workload};

/// What a trace's rows may be held against.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Intent<'a> {
    header: &'a Header,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// The rows were drawn from the workload: its law is theirs.
    Drawn,
    /// The times came from elsewhere, and the workload gave classes and models.
    Marked,
    /// The workload says nothing about these rows.
    Unknown,
}

impl<'a> Intent<'a> {
    pub(crate) fn of(header: &'a Header) -> Self {
        let workload = &header.workload;
        let is_recorded = workload.arrivals.process == Process::Recorded;
        let operations: Vec<&str> =
            header.provenance.iter().map(|step| step.operation.as_str()).collect();
        let kind = match (workload.validate().is_ok(), is_recorded, operations.as_slice()) {
            (true, false, []) => Kind::Drawn,
            (true, true, ["import"]) => Kind::Marked,
            _ => Kind::Unknown,
        };
        Self { header, kind }
    }

    /// The workload, if the rows were drawn from it.
    pub(crate) fn drawn(&self) -> Option<&'a Workload> {
        (self.kind == Kind::Drawn).then_some(&self.header.workload)
    }

    /// The class of the workload that rows of this tier and this position in the header's SLO
    /// classes belong to, if the workload says how many they should be.
    pub(crate) fn class(&self, tier: Tier, slo: usize) -> Option<&'a Class> {
        let name = self.header.slos.get(slo)?;
        let mut classes = self.workload()?.active_classes();
        classes.find(|class| class.tier == tier && class.slo == *name)
    }

    /// Part of all rows that a class should have.
    pub(crate) fn share(&self, class: &Class) -> Option<f64> {
        let total = self.workload()?.active_classes().fold(0.0, |sum, class| sum + class.share);
        (total > 0.0).then(|| class.share / total)
    }

    /// Requests per second that a class should have over the workload's duration.
    pub(crate) fn rate_per_s(&self, class: &Class) -> Option<f64> {
        self.drawn().map(|workload| workload.total_qps * class.share)
    }

    /// Part of all rows that should ask for this model.
    pub(crate) fn model_share(&self, model: &str) -> Option<f64> {
        let workload = self.workload()?;
        let weight = |class: &Class| {
            let named = class.models.iter().filter(|share| share.model == model);
            named.fold(0.0, |sum, share| sum + share.weight)
        };
        let shares =
            workload.active_classes().map(|class| Some(self.share(class)? * weight(class)));
        shares.sum()
    }

    fn workload(&self) -> Option<&'a Workload> {
        (self.kind != Kind::Unknown).then_some(&self.header.workload)
    }
}
