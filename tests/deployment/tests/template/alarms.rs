//! Every alarm is there, asks for what exists, tells somebody, and has its page.

use std::{collections::BTreeSet, fs, path::Path};

use deployment::Template;
use transom::telemetry::METRICS;

/// Every alarm, and what it watches.
const ALARMS: [(&str, &str); 35] = [
    ("ApiErrorsAlarm", "Errors"),
    ("ApiFailsAlarm", "transom_api_calls"),
    ("ApiThrottlesAlarm", "Throttles"),
    ("ArchiveAgeAlarm", "IteratorAge"),
    ("BulkDeadAlarm", "ApproximateNumberOfMessagesVisible"),
    ("ChannelShutAlarm", "transom_channels_shut"),
    ("ClockAlarm", "transom_clock_differs"),
    ("EventsDeadAlarm", "ApproximateNumberOfMessagesVisible"),
    ("ExpireErrorsAlarm", "Errors"),
    ("ExpireThrottlesAlarm", "Throttles"),
    ("FoldErrorsAlarm", "Errors"),
    ("FoldThrottlesAlarm", "Throttles"),
    ("GivenUpAlarm", "transom_deliveries_given_up"),
    ("JobsDeadAlarm", "ApproximateNumberOfMessagesVisible"),
    ("JobsErrorsAlarm", "Errors"),
    ("JobsThrottlesAlarm", "Throttles"),
    ("NotStoredAlarm", "transom_webhook_calls"),
    ("OperateErrorsAlarm", "Errors"),
    ("ParkedAlarm", "transom_parked"),
    ("PublishErrorsAlarm", "Errors"),
    ("PublishThrottlesAlarm", "Throttles"),
    ("QueueAgeAlarm", "ApproximateAgeOfOldestMessage"),
    ("ReactErrorsAlarm", "Errors"),
    ("ReactThrottlesAlarm", "Throttles"),
    ("SendErrorsAlarm", "Errors"),
    ("SendThrottlesAlarm", "Throttles"),
    ("SendsDeadAlarm", "ApproximateNumberOfMessagesVisible"),
    ("SignaturesAlarm", "transom_webhook_calls"),
    ("StreamAgeAlarm", "IteratorAge"),
    ("SweeperAlarm", "transom_sweep_lag_milliseconds"),
    ("TemplateFailsAlarm", "transom_template_failures"),
    ("UndeterminedAlarm", "transom_undetermined"),
    ("UnhandledAlarm", "ApproximateNumberOfMessagesVisible"),
    ("WebhookErrorsAlarm", "Errors"),
    ("WebhookThrottlesAlarm", "Throttles"),
];

/// (Fault matrix A11, A23, B11, D12, H1, I-1.)
#[test]
fn every_alarm_is_there_and_tells_somebody() {
    let template = Template::read();
    let found: BTreeSet<&str> = template.of_type("AWS::CloudWatch::Alarm").map(|(name, _)| name).collect();
    assert_eq!(found, ALARMS.iter().map(|(name, _)| *name).collect());
    for (name, watched) in ALARMS {
        let alarm = template.properties(name);
        assert_eq!(alarm["MetricName"], watched, "{name}");
        for actions in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[actions][0]["!Ref"], "Alarms", "{name}");
        }
        assert!(alarm["Threshold"].as_f64().is_some_and(|threshold| threshold >= 1.0), "{name}");
    }
    assert_eq!(template.properties("AlarmsByEmail")["TopicArn"]["!Ref"], "Alarms");
}

#[test]
fn what_is_silent_while_it_stands_still_alarms_by_its_silence() {
    let template = Template::read();
    for (name, _) in ALARMS {
        let expected = if name == "SweeperAlarm" { "breaching" } else { "notBreaching" };
        assert_eq!(template.properties(name)["TreatMissingData"], expected, "{name}");
    }
    assert_eq!(template.properties("SweeperAlarm")["Threshold"], 1_200_000);
    assert_eq!(template.properties("StreamAgeAlarm")["Threshold"], 3_600_000);
}

/// An alarm that watches something else, or for too little of it, never rings.
#[test]
fn alarms_on_what_aws_measures_name_what_they_watch() {
    let template = Template::read();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        assert_eq!(alarm["ComparisonOperator"], "GreaterThanOrEqualToThreshold", "{name}");
        if alarm["MetricName"].as_str().is_some_and(|metric| metric.starts_with("transom_")) {
            continue;
        }
        let (watched, resource) = (&alarm["Dimensions"][0]["Name"], &alarm["Dimensions"][0]["Value"]);
        let namespace = if watched == "QueueName" { "AWS/SQS" } else { "AWS/Lambda" };
        assert_eq!(alarm["Namespace"], namespace, "{name}");
        let kind = if watched == "QueueName" { "AWS::SQS::Queue" } else { "AWS::Serverless::Function" };
        let resource = resource["!Ref"].as_str().or_else(|| resource["!GetAtt"].as_str()).expect("a resource");
        let resource = resource.trim_end_matches(".QueueName");
        assert_eq!(template.resource(resource)["Type"], kind, "{name}");
        // Named after it, so that no two alarms watch one thing.
        let words = ["Errors", "Throttles", "Alarm", "Function", "Queue"];
        let bare = |text: &str| words.iter().fold(text.to_owned(), |text, word| text.replace(word, ""));
        let others = ["QueueAge", "StreamAge", "ArchiveAge"];
        assert!(
            bare(name) == bare(resource) || others.iter().any(|other| name.starts_with(other)),
            "{name}: {resource}"
        );
    }
}

/// An alarm on a metric that nobody records never rings.
#[test]
fn alarms_and_dashboard_ask_for_metrics_that_are_recorded() {
    let template = Template::read();
    for (name, alarm) in template.of_type("AWS::CloudWatch::Alarm") {
        let Some(metric) = alarm["MetricName"].as_str().filter(|metric| metric.starts_with("transom_")) else {
            continue;
        };
        assert_eq!(alarm["Namespace"]["!Ref"], "AWS::StackName", "{name}");
        let known = METRICS.iter().find(|known| known.name == metric).unwrap_or_else(|| panic!("{name}: {metric}"));
        let dimensions = alarm["Dimensions"].as_array().into_iter().flatten();
        let dimensions: Vec<&str> = dimensions.map(|it| it["Name"].as_str().unwrap()).collect();
        assert_eq!(dimensions, known.labels, "{name}");
    }
    let body = template.properties("Dashboard")["DashboardBody"]["!Sub"].as_str().unwrap();
    let body: serde_json::Value = serde_json::from_str(body).expect("the dashboard is JSON");
    let text = body.to_string();
    for metric in METRICS.iter().filter(|metric| {
        !["transom_api_calls", "transom_receipts", "transom_timers", "transom_clock_differs"].contains(&metric.name)
    }) {
        assert!(text.contains(metric.name), "the dashboard does not show {}", metric.name);
    }
    for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| word.starts_with("transom_"))
    {
        assert!(METRICS.iter().any(|metric| metric.name == word), "{word} is not recorded");
    }
}

/// Ten cents a month each (CloudWatch's price list).
#[test]
fn what_the_alarms_cost_is_said() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = fs::read_to_string(path).expect("the README is there");
    let dimes = ALARMS.len();
    let said = format!("{dimes} alarms ${}.{}0", dimes / 10, dimes % 10);
    assert!(readme.contains(&said), "README does not say {said}");
}

#[test]
fn every_alarm_has_its_page_and_every_page_its_alarm() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/RUNBOOK.md");
    let runbook = fs::read_to_string(path).expect("the runbook is there");
    let template = Template::read();
    let names = template.of_type("AWS::CloudWatch::Alarm").map(|(name, alarm)| {
        let name_of_it = alarm["AlarmName"]["!Sub"].as_str().unwrap_or_else(|| panic!("{name} has no name"));
        name_of_it.strip_prefix("${AWS::StackName}-").unwrap().to_owned()
    });
    let names: BTreeSet<String> = names.collect();
    let pages = runbook.lines().filter_map(|line| line.strip_prefix("## ")).flat_map(|title| title.split(", "));
    let pages: BTreeSet<String> = pages.map(|page| page.trim_matches('`').to_owned()).collect();
    assert_eq!(pages, names);
    for part in runbook.split("\n## ").skip(1) {
        let title = part.lines().next().unwrap();
        for heading in ["**Means.**", "**Look.**", "**Do.**"] {
            assert!(part.contains(heading), "{title}: no {heading}");
        }
    }
}
