//! Metrics as CloudWatch reads them out of a function's log (embedded metric format), written once per invocation: a function
//! stands still between two.

use std::io;

use metrics_cloudwatch_embedded::{Builder, Collector};

use crate::{
    config::{Environment, metrics_namespace},
    telemetry,
};

/// What is counted and measured in this process.
#[derive(Clone, Copy)]
pub struct Emf(&'static Collector);

impl Emf {
    /// Begins to count. Once per process.
    pub fn start(environment: Environment<'_>) -> Self {
        let collector = Builder::new().cloudwatch_namespace(metrics_namespace(environment)).init();
        // It fails only where another recorder was set before.
        let emf = Self(collector.expect("the first thing that a function does"));
        telemetry::describe();
        emf
    }

    /// Writes what was counted since the last time into the log.
    pub fn flush(self) {
        self.write_to(io::stdout());
    }

    fn write_to(self, log: impl io::Write) {
        if let Err(error) = self.0.flush(log) {
            tracing::error!(error = &error as &dyn std::error::Error, "the metrics could not be written");
        }
    }
}

impl std::fmt::Debug for Emf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Emf").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_count_is_written_once_with_its_namespace_and_unit() {
        let environment = |name: &str| (name == "TRANSOM_METRICS_NAMESPACE").then(|| "hotels".to_owned());
        let emf = Emf::start(&environment);
        telemetry::inbound(&"front-desk".parse().unwrap());
        let written = || {
            let mut log = Vec::new();
            emf.write_to(&mut log);
            let lines: Vec<Value> =
                String::from_utf8(log).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            lines.into_iter().find(|line| line["channel"] == "front-desk")
        };
        let line = written().expect("a line of its own for its labels");
        assert_eq!(line["transom_inbound_messages"], 1);
        let metrics = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(metrics["Namespace"], "hotels");
        assert_eq!(metrics["Dimensions"], serde_json::json!([["channel"]]));
        assert_eq!(metrics["Metrics"][0], serde_json::json!({"Name": "transom_inbound_messages", "Unit": "Count"}));
        assert!(written().is_none());
    }
}
