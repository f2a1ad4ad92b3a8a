//! What each function's role allows, and what the function was seen to call.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::Path,
};

use serde_json::Value;

use crate::Template;

/// An action on a resource, in words that both sides have: `dynamodb:GetItem main`.
pub type Calls = BTreeMap<String, BTreeSet<String>>;

/// What Lambda itself does in a role's name, so that no test can see it: it reads the stream and hands over what failed
/// (Lambda, "using Lambda with DynamoDB: permissions"), takes jobs off the queue (Lambda, "using Lambda with SQS:
/// permissions"), and writes the log.
const BY_LAMBDA: [(&str, &str); 19] = [
    ("fold", "dynamodb:DescribeStream stream"),
    ("fold", "dynamodb:GetRecords stream"),
    ("fold", "dynamodb:GetShardIterator stream"),
    ("fold", "dynamodb:ListStreams stream"),
    ("fold", "sqs:SendMessage unhandled"),
    ("jobs", "sqs:DeleteMessage jobs"),
    ("jobs", "sqs:GetQueueAttributes jobs"),
    ("jobs", "sqs:ReceiveMessage jobs"),
    ("publish", "sqs:DeleteMessage events"),
    ("publish", "sqs:GetQueueAttributes events"),
    ("publish", "sqs:ReceiveMessage events"),
    ("react", "dynamodb:DescribeStream stream"),
    ("react", "dynamodb:GetRecords stream"),
    ("react", "dynamodb:GetShardIterator stream"),
    ("react", "dynamodb:ListStreams stream"),
    ("react", "sqs:SendMessage unhandled"),
    ("send", "sqs:DeleteMessage sends"),
    ("send", "sqs:GetQueueAttributes sends"),
    ("send", "sqs:ReceiveMessage sends"),
];

/// What a resource of the template is called here.
fn resource(arn: &Value) -> String {
    let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
    let named = text(&arn["!GetAtt"]).or_else(|| text(&arn["!Sub"])).unwrap_or_else(|| arn.to_string());
    match named.as_str() {
        "Table.Arn" => "main".to_owned(),
        "Table.StreamArn" => "stream".to_owned(),
        "${Table.Arn}/index/inbox" => "main/index/inbox".to_owned(),
        "ContactsTable.Arn" => "contacts".to_owned(),
        "SendsQueue.Arn" => "sends".to_owned(),
        "SendsDead.Arn" => "sends-dead".to_owned(),
        "EventsQueue.Arn" => "events".to_owned(),
        "EventsDead.Arn" => "events-dead".to_owned(),
        "BulkDead.Arn" => "bulk-dead".to_owned(),
        "JobsQueue.Arn" => "jobs".to_owned(),
        "JobsDead.Arn" => "jobs-dead".to_owned(),
        "ArchiveBucket.Arn" => "archive".to_owned(),
        "UnhandledQueue.Arn" => "unhandled".to_owned(),
        "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/transom/*" => "secrets".to_owned(),
        log if log.ends_with("Log.Arn") => "log".to_owned(),
        objects if objects.starts_with("${ArchiveBucket.Arn}/") => {
            format!("archive/{}", objects.trim_start_matches("${ArchiveBucket.Arn}/").trim_end_matches("/*"))
        }
        other => other.to_owned(),
    }
}

/// What the roles of the template allow, by function.
pub fn allowed(template: &Template) -> Calls {
    let mut allowed = Calls::new();
    for (_, function) in template.of_type("AWS::Serverless::Function") {
        let name = function["FunctionName"]["!Sub"].as_str().and_then(|name| name.strip_prefix("${AWS::StackName}-"));
        let name = name.expect("a function is named after the stack and its package");
        let role = function["Role"]["!GetAtt"].as_str().and_then(|role| role.strip_suffix(".Arn"));
        let role = template.properties(role.expect("a function has a role of its own in the template"));
        assert!(role["ManagedPolicyArns"].is_null(), "{name}: a managed policy allows more than is needed");
        let of_it = allowed.entry(name.to_owned()).or_default();
        for policy in role["Policies"].as_array().into_iter().flatten() {
            for statement in policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten() {
                assert_eq!(statement["Effect"], "Allow", "{name}");
                let (actions, resources) = (&statement["Action"], &statement["Resource"]);
                for action in actions.as_array().expect("a list of actions") {
                    for arn in resources.as_array().expect("a list of resources") {
                        of_it.insert(format!("{} {}", action.as_str().expect("an action"), resource(arn)));
                    }
                }
            }
        }
    }
    allowed
}

/// What was seen, out of the files that a run of the tests has left in `folder`, with what Lambda does by itself.
pub fn seen(folder: &Path) -> io::Result<Calls> {
    let mut seen = Calls::new();
    for entry in fs::read_dir(folder)? {
        for line in fs::read_to_string(entry?.path())?.lines() {
            let Some((function, call)) = line.split_once(' ') else { continue };
            let Some((action, resource)) = call.split_once(' ') else { continue };
            let resource = match resource {
                "transom" => "main",
                "transom/index/inbox" => "main/index/inbox",
                "transom-contacts" => "contacts",
                "sends.fifo" => "sends",
                "sends-dead.fifo" => "sends-dead",
                other => other,
            };
            seen.entry(function.to_owned()).or_default().insert(format!("{action} {resource}"));
        }
    }
    for (function, call) in BY_LAMBDA {
        seen.entry(function.to_owned()).or_default().insert(call.to_owned());
    }
    // An operator may call the whole API through operate.
    let by_api = seen.get("api").cloned().unwrap_or_default();
    seen.entry("operate".to_owned()).or_default().extend(by_api);
    for function in crate::FUNCTIONS {
        let of_it = seen.entry(function.to_owned()).or_default();
        of_it.extend(["logs:CreateLogStream log".to_owned(), "logs:PutLogEvents log".to_owned()]);
    }
    Ok(seen)
}

/// What one side has and the other has not, as sentences.
pub fn differences(allowed: &Calls, seen: &Calls) -> Vec<String> {
    let none = BTreeSet::new();
    let mut differences = Vec::new();
    for function in allowed.keys().chain(seen.keys()).collect::<BTreeSet<_>>() {
        let (may, does) = (allowed.get(function).unwrap_or(&none), seen.get(function).unwrap_or(&none));
        differences
            .extend(does.difference(may).map(|call| format!("{function} calls {call}, and its role forbids it")));
        differences.extend(may.difference(does).map(|call| format!("{function} may {call}, and never does")));
    }
    differences
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(of: &[(&str, &[&str])]) -> Calls {
        let set = |calls: &[&str]| calls.iter().map(|&call| call.to_owned()).collect();
        of.iter().map(|(function, calls)| ((*function).to_owned(), set(calls))).collect()
    }

    #[test]
    fn too_much_and_too_little_are_both_told() {
        let allowed = calls(&[("send", &["a t", "b t"]), ("api", &["a t"])]);
        let seen = calls(&[("send", &["b t", "c t"]), ("api", &["a t"])]);
        assert_eq!(
            differences(&allowed, &seen),
            ["send calls c t, and its role forbids it", "send may a t, and never does"]
        );
    }
}
