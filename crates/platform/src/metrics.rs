//! What is counted for the people who run this: answers, sign-ins, decisions, problems and calls of
//! the provider, as OpenMetrics text.
//!
//! Every label is a word of a closed set: a route of our URL map, a status, a word of ours. Nothing
//! that a caller writes and nothing that names a person or a request ever becomes one.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use ciba::Problem;

/// In which text the counters are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exposition {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus's own text, version 0.0.4. Scrapers that know nothing newer end at the first type that
    /// they do not know.
    Prometheus,
}

impl Exposition {
    /// What a scraper that accepts these media types is told. Without a wish it is OpenMetrics.
    pub fn for_accept(accept: &str) -> Self {
        let weight = |media_type: &str| {
            let mut ranges = accept.split(',').map(|range| range.split(';').map(str::trim));
            let mut parameters = ranges.find_map(|mut parts| {
                parts.next()?.eq_ignore_ascii_case(media_type).then_some(parts)
            })?;
            let weight = parameters.find_map(|parameter| parameter.strip_prefix("q="));
            Some(weight.map_or(1.0, |weight| weight.parse::<f32>().unwrap_or_default()))
        };
        let newer = weight("application/openmetrics-text").unwrap_or_default();
        match weight("text/plain") {
            Some(older) if older > newer => Self::Prometheus,
            _ => Self::OpenMetrics,
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Prometheus => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// Upper bounds of the buckets, in seconds: a page takes a millisecond, a decision up to ten seconds.
const SECONDS: [f64; 11] = [0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.25, 1.0, 2.5, 5.0, 10.0];

/// What may come of a call of the provider.
const CALL_OUTCOMES: [&str; 5] = ["ok", "too_many_requests", "refused", "failed", "no_answer"];

/// The counters of one process. A clone counts into the same ones.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Counters>);

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

struct Counters {
    registry: Registry,
    answers: Family<AnswerLabels, Histogram, fn() -> Histogram>,
    calls: Family<CallLabels, Histogram, fn() -> Histogram>,
    sign_ins: Family<SignInLabels, Counter>,
    decisions: Family<DecisionLabels, Counter>,
    open_decisions: Gauge,
    reports: Counter,
    wrong_references: Counter,
    problems: Family<ProblemLabels, Counter>,
    passkey_faults: Family<PasskeyFaultLabels, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AnswerLabels {
    listener: &'static str,
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct SignInLabels {
    method: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    decision: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ProblemLabels {
    problem: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PasskeyFaultLabels {
    fault: &'static str,
}

impl Default for Counters {
    fn default() -> Self {
        let histogram: fn() -> Histogram = || Histogram::new(SECONDS);
        let counters = Self {
            registry: Registry::with_prefix("ciba_login"),
            answers: Family::new_with_constructor(histogram),
            calls: Family::new_with_constructor(histogram),
            sign_ins: Family::default(),
            decisions: Family::default(),
            open_decisions: Gauge::default(),
            reports: Counter::default(),
            wrong_references: Counter::default(),
            problems: Family::default(),
            passkey_faults: Family::default(),
        };
        for outcome in CALL_OUTCOMES {
            drop(counters.calls.get_or_create(&CallLabels { outcome }));
        }
        for problem in Problem::ALL.map(Problem::as_str) {
            drop(counters.problems.get_or_create(&ProblemLabels { problem }));
        }
        counters.registered()
    }
}

impl Counters {
    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The program", version);
        registry.register_with_unit(
            "http_answer",
            "Time until an HTTP request was answered",
            Unit::Seconds,
            self.answers.clone(),
        );
        registry.register_with_unit(
            "provider_call",
            "Time until the provider answered a call",
            Unit::Seconds,
            self.calls.clone(),
        );
        registry.register("sign_ins", "Customers who have signed in", self.sign_ins.clone());
        registry.register(
            "decisions",
            "Decisions, by what the provider answered",
            self.decisions.clone(),
        );
        registry.register(
            "open_decisions",
            "Decisions of which the provider has not been told yet",
            self.open_decisions.clone(),
        );
        registry.register(
            "reports",
            "Customers who said that they are not speaking with an agent",
            self.reports.clone(),
        );
        registry.register(
            "wrong_references",
            "Picks of another reference than the agent's",
            self.wrong_references.clone(),
        );
        registry.register("problems", "Problem pages that were shown", self.problems.clone());
        registry.register(
            "passkey_faults",
            "Browsers that said why no passkey was used",
            self.passkey_faults.clone(),
        );
        self
    }
}

impl Metrics {
    /// Everything, as text.
    pub fn text(&self, exposition: Exposition) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.0.registry)?;
        Ok(match exposition {
            Exposition::OpenMetrics => text,
            Exposition::Prometheus => as_prometheus_reads(&text),
        })
    }

    /// Tells what the site counts from zero on: a series that begins with its first event has not grown
    /// by it, for whoever watches for growth, and one that is not there cannot be compared with.
    pub fn begin_at_zero(
        &self,
        sign_ins: impl IntoIterator<Item = &'static str>,
        decisions: impl IntoIterator<Item = (&'static str, &'static str)>,
        passkey_faults: impl IntoIterator<Item = &'static str>,
    ) {
        for method in sign_ins {
            drop(self.0.sign_ins.get_or_create(&SignInLabels { method }));
        }
        for (decision, outcome) in decisions {
            drop(self.0.decisions.get_or_create(&DecisionLabels { decision, outcome }));
        }
        for fault in passkey_faults {
            drop(self.0.passkey_faults.get_or_create(&PasskeyFaultLabels { fault }));
        }
    }

    /// The provider has answered a call with this status, or not at all.
    pub fn provider_called(&self, status: Option<u16>, took: Duration) {
        let [ok, too_many_requests, refused, failed, no_answer] = CALL_OUTCOMES;
        let outcome = match status {
            Some(200..=299) => ok,
            Some(429) => too_many_requests,
            Some(400..=499) => refused,
            Some(_) => failed,
            None => no_answer,
        };
        self.0.calls.get_or_create(&CallLabels { outcome }).observe(took.as_secs_f64());
    }

    /// A customer has signed in.
    pub fn signed_in(&self, method: &'static str) {
        self.0.sign_ins.get_or_create(&SignInLabels { method }).inc();
    }

    /// The provider has answered a decision, or nobody knows what it made of it.
    pub fn decided(&self, decision: &'static str, outcome: &'static str) {
        self.0.decisions.get_or_create(&DecisionLabels { decision, outcome }).inc();
    }

    /// So many decisions wait for the provider.
    pub fn decisions_are_open(&self, count: i64) {
        self.0.open_decisions.set(count);
    }

    /// A customer said that they are not speaking with an agent.
    pub fn reported(&self) {
        self.0.reports.inc();
    }

    /// Another reference than the agent's was picked.
    pub fn wrong_reference_picked(&self) {
        self.0.wrong_references.inc();
    }

    /// A problem page was shown.
    pub fn problem_shown(&self, problem: &'static str) {
        self.0.problems.get_or_create(&ProblemLabels { problem }).inc();
    }

    /// A browser said why no passkey was used.
    pub fn passkey_failed(&self, fault: &'static str) {
        self.0.passkey_faults.get_or_create(&PasskeyFaultLabels { fault }).inc();
    }
}

/// OpenMetrics text as version 0.0.4 of Prometheus's: what is said of a metric names the series, `info` is
/// no type, and neither units nor the end are told.
fn as_prometheus_reads(text: &str) -> String {
    let types: HashMap<&str, &str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' ')).collect();
    let mut older = String::with_capacity(text.len());
    for line in text.lines() {
        let comment =
            line.strip_prefix("# ").map(|comment| comment.splitn(3, ' ').collect::<Vec<_>>());
        match comment.as_deref() {
            None => older.push_str(line),
            Some([word @ ("HELP" | "TYPE"), name, rest]) => {
                let (ending, rest) = match types.get(name) {
                    Some(&"counter") => ("_total", *rest),
                    Some(&"info") if *word == "TYPE" => ("_info", "gauge"),
                    Some(&"info") => ("_info", *rest),
                    _ => ("", *rest),
                };
                older.extend(["# ", word, " ", name, ending, " ", rest]);
            }
            Some(_) => continue,
        }
        older.push('\n');
    }
    older
}

/// Whose answers are counted.
#[derive(Debug, Clone)]
pub struct AnswerCounter {
    metrics: Metrics,
    listener: &'static str,
}

impl AnswerCounter {
    /// Those of `listener`.
    pub fn of(listener: &'static str, metrics: &Metrics) -> Self {
        Self { metrics: metrics.clone(), listener }
    }
}

/// Counts an answer and the time until it was there; a stream counts when it begins.
pub async fn count(State(answers): State<AnswerCounter>, request: Request, next: Next) -> Response {
    let method = word(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let started = tokio::time::Instant::now();
    let response = next.run(request).await;
    let labels = AnswerLabels {
        listener: answers.listener,
        method,
        route: route.as_ref().map_or("-", MatchedPath::as_str).to_owned(),
        status: response.status().as_u16(),
    };
    let took = started.elapsed().as_secs_f64();
    answers.metrics.0.answers.get_or_create(&labels).observe(took);
    response
}

/// A method may be any word that somebody sends.
pub(super) fn word(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told_and_ends_as_open_metrics_does() {
        let metrics = Metrics::default();
        metrics.decided("approve", "confirmed");
        metrics.clone().decided("approve", "confirmed");
        metrics.provider_called(None, Duration::from_secs(2));
        let text = metrics.text(Exposition::OpenMetrics).unwrap();
        let decisions = r#"ciba_login_decisions_total{decision="approve",outcome="confirmed"} 2"#;
        assert!(text.contains(decisions), "{text}");
        let calls = r#"ciba_login_provider_call_seconds_count{outcome="no_answer"} 1"#;
        assert!(text.contains(calls), "{text}");
        assert!(text.ends_with("# EOF\n"), "{text}");
    }

    #[test]
    fn a_method_that_somebody_invents_makes_no_label() {
        assert_eq!(word(&Method::from_bytes(b"EVIL").unwrap()), "other");
    }
}
