//! A run as metrics, named and with units as Prometheus asks.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use outcome::Status;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use request::Tier;

use crate::progress::{Buckets, Progress};

const PREFIX: &str = "reprise_replay";

/// The latest look, and how it reads.
pub(super) struct Exposition {
    pub(super) latest: Arc<Mutex<Option<Progress>>>,
    registry: Registry,
}

impl Exposition {
    pub(super) fn new(trace: &str) -> Self {
        let latest = Arc::default();
        let mut registry = Registry::with_prefix(PREFIX);
        let run = RunCollector { trace: trace.to_owned(), latest: Arc::clone(&latest) };
        registry.register_collector(Box::new(run));
        Self { latest, registry }
    }

    /// All metrics; none before the first look.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        // A String takes whatever is written to it.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[derive(Debug)]
struct RunCollector {
    trace: String,
    latest: Arc<Mutex<Option<Progress>>>,
}

impl Collector for RunCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(progress) = latest else { return Ok(()) };
        let out = &mut encoder;
        self.encode_info(out, &progress)?;
        encode_requests(out, &progress)?;
        encode_lag(out, &progress.lags)?;
        encode_tiers(out, &progress)
    }
}

impl RunCollector {
    fn encode_info(&self, out: &mut DescriptorEncoder, progress: &Progress) -> fmt::Result {
        let help = "The run that is measured. The counters begin anew with each run";
        let mut metric = out.encode_descriptor("run", help, None, MetricType::Info)?;
        let number = (i64::from(progress.run) + 1).to_string();
        metric.encode_info(&[
            ("subject", progress.subject.as_ref()),
            ("trace", self.trace.as_str()),
            ("run", number.as_str()),
        ])
    }
}

fn encode_requests(out: &mut DescriptorEncoder, progress: &Progress) -> fmt::Result {
    let gauges = [
        ("requests_planned", "Requests of the run", progress.total),
        ("requests_in_flight", "Requests sent and not ended", progress.in_flight),
    ];
    for (name, help, value) in gauges {
        out.encode_descriptor(name, help, None, MetricType::Gauge)?
            .encode_gauge(&(value as i64))?;
    }
    let counters = [
        ("requests_due", "Requests whose scheduled arrival has passed", progress.due),
        ("requests_sent", "Requests whose last byte was sent", progress.sent),
    ];
    for (name, help, value) in counters {
        let metric = out.encode_descriptor(name, help, None, MetricType::Counter)?;
        counter(metric, value)?;
    }
    let help = "Requests that have ended, by how";
    let mut metric = out.encode_descriptor("requests_ended", help, None, MetricType::Counter)?;
    for (status, value) in Status::ALL.iter().zip(progress.statuses) {
        counter(metric.encode_family(&[("status", status.name())])?, value)?;
    }
    Ok(())
}

fn encode_lag(out: &mut DescriptorEncoder, lags: &Buckets) -> fmt::Result {
    let help = "How late requests were sent; an early one counts as punctual";
    let kind = MetricType::Histogram;
    histogram(out.encode_descriptor("send_lag", help, Some(&Unit::Seconds), kind)?, lags)
}

fn encode_tiers(out: &mut DescriptorEncoder, progress: &Progress) -> fmt::Result {
    let tiers = || Tier::ALL.iter().map(|tier| tier.number().to_string()).zip(&progress.tiers);
    let help = "From scheduled arrival to answer, of requests that ended ok";
    let (unit, kind) = (Some(&Unit::Seconds), MetricType::Histogram);
    let mut metric = out.encode_descriptor("latency", help, unit, kind)?;
    for (number, tier) in tiers() {
        histogram(metric.encode_family(&[("tier", number)])?, &tier.latencies)?;
    }
    let help = "Requests that ended ok by their deadline";
    let mut metric = out.encode_descriptor("slo_met", help, None, MetricType::Counter)?;
    for (number, tier) in tiers() {
        counter(metric.encode_family(&[("tier", number)])?, tier.met)?;
    }
    let help = "Requests that ended, in time or not: what slo_met is a share of";
    let mut metric = out.encode_descriptor("slo_judged", help, None, MetricType::Counter)?;
    for (number, tier) in tiers() {
        counter(metric.encode_family(&[("tier", number)])?, tier.ended)?;
    }
    Ok(())
}

fn counter(mut metric: MetricEncoder<'_>, value: usize) -> fmt::Result {
    metric.encode_counter::<NoLabelSet, u64, f64>(&(value as u64), None)
}

fn histogram(mut metric: MetricEncoder<'_>, values: &Buckets) -> fmt::Result {
    let seconds = |nanos: i64| if nanos == i64::MAX { f64::INFINITY } else { nanos as f64 / 1e9 };
    let buckets: Vec<(f64, u64)> =
        values.iter().map(|(bound, count)| (seconds(bound), count)).collect();
    let sum = values.sum_ns() as f64 / 1e9;
    metric.encode_histogram::<NoLabelSet>(sum, values.total(), &buckets, None)
}
