//! `cargo lambda deploy` of one function by its plain command leaves what the template says as it is.

use std::{collections::BTreeSet, fs, path::Path};

use deployment::{FUNCTIONS, Template};

/// The functions of the template by the names of their packages.
fn functions(template: &Template) -> Vec<(String, serde_json::Value)> {
    let all = template.of_type("AWS::Serverless::Function").map(|(_, function)| {
        let name = function["FunctionName"]["!Sub"].as_str().expect("a name").replace("${AWS::StackName}-", "");
        (name, function.clone())
    });
    all.collect()
}

/// (Fault matrix J4, K1.)
#[test]
fn every_function_is_deployed_from_its_build_with_a_log_that_ends() {
    let template = Template::read();
    let global = &template.0["Globals"]["Function"];
    assert_eq!((global["Runtime"].as_str(), global["Handler"].as_str()), (Some("provided.al2023"), Some("bootstrap")));
    assert_eq!(global["Architectures"][0]["!Ref"], "Architecture");
    assert_eq!(template.0["Parameters"]["Architecture"]["Default"], "arm64");
    let logging = &global["LoggingConfig"];
    assert_eq!(
        (logging["LogFormat"].as_str(), logging["SystemLogLevel"].as_str(), logging["ApplicationLogLevel"].as_str()),
        (Some("JSON"), Some("WARN"), Some("INFO"))
    );
    let found: BTreeSet<String> = functions(&template).into_iter().map(|(name, _)| name).collect();
    assert_eq!(found, FUNCTIONS.iter().map(|name| (*name).to_owned()).collect());
    for (name, function) in functions(&template) {
        assert_eq!(function["CodeUri"], format!("../target/lambda/{name}/"));
        let log = function["LoggingConfig"]["LogGroup"]["!Ref"].as_str().expect("a log group of its own");
        let log = template.properties(log);
        assert_eq!(log["LogGroupName"]["!Sub"], format!("/aws/lambda/${{AWS::StackName}}-{name}"));
        assert_eq!(log["RetentionInDays"]["!Ref"], "LogDays");
    }
    assert_eq!(
        template.properties("WebhookFunction")["ReservedConcurrentExecutions"]["!If"][1]["!Ref"],
        "WebhookConcurrency"
    );
}

#[test]
fn the_packages_say_of_their_functions_what_the_template_says() {
    let template = Template::read();
    for (name, function) in functions(&template) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../functions/{name}/Cargo.toml"));
        let package: toml::Table = fs::read_to_string(&path).expect("the package is there").parse().expect("TOML");
        let deploy = &package["package"]["metadata"]["lambda"]["deploy"];
        let number = |field: &str| deploy[field].as_integer().unwrap_or_else(|| panic!("{name}: no {field}"));
        assert_eq!(number("memory"), template.0["Globals"]["Function"]["MemorySize"].as_i64().unwrap(), "{name}");
        assert_eq!(number("timeout"), template.value(&function["Timeout"]).as_i64().unwrap(), "{name}");
        assert_eq!(deploy["tracing"].as_str(), Some("passthrough"), "{name}");
        assert!(function["Tracing"].is_null(), "{name}: the template leaves it at PassThrough");
        // Settings are the template's alone: what a package named would replace all of them.
        assert!(deploy.get("env").is_none(), "{name}");
    }
}

/// (Fault matrix C4.)
#[test]
fn c4_a_release_unwinds_whoever_builds_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let workspace: toml::Table = fs::read_to_string(&path).expect("the workspace is there").parse().expect("TOML");
    // Where it is not said, cargo lambda chooses "abort", and one bad record takes its whole batch along for ever.
    assert_eq!(workspace["profile"]["release"]["panic"].as_str(), Some("unwind"));
}
