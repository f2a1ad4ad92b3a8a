//! Tables, queues, event sources, ways in: what loses messages when a flag is missing.

use deployment::Template;
use serde_json::{Value, json};

#[test]
fn the_tables_are_streamed_recoverable_and_hard_to_delete() {
    let template = Template::read();
    let table = template.properties("Table");
    assert_eq!(table["StreamSpecification"], json!({"StreamViewType": "NEW_AND_OLD_IMAGES"}));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["IndexName"], "inbox");
    assert_eq!(table["GlobalSecondaryIndexes"][0]["Projection"]["ProjectionType"], "KEYS_ONLY");
    for name in ["Table", "ContactsTable"] {
        let table = template.properties(name);
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true, "{name}");
        assert_eq!(table["DeletionProtectionEnabled"], true, "{name}");
        assert_eq!(table["TimeToLiveSpecification"], json!({"AttributeName": "ttl", "Enabled": true}), "{name}");
    }
    let recovery = &template.properties("ContactsTable")["PointInTimeRecoverySpecification"];
    assert_eq!(recovery["RecoveryPeriodInDays"], 7, "who was erased must not come back");
    for name in ["Table", "ContactsTable", "MediaBucket", "ArchiveBucket"] {
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(template.resource(name)[policy], "Retain", "{name}");
        }
    }
}

#[test]
fn a_change_that_cannot_be_handed_over_is_kept_and_holds_up_no_other() {
    let template = Template::read();
    let stream = &template.properties("ReactFunction")["Events"]["Stream"]["Properties"];
    assert_eq!(stream["Stream"]["!GetAtt"], "Table.StreamArn");
    assert_eq!(stream["StartingPosition"], "TRIM_HORIZON");
    assert_eq!(stream["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(stream["BisectBatchOnFunctionError"], true);
    assert_eq!(stream["MaximumRetryAttempts"], 1000);
    assert_eq!(stream["BatchSize"], 100);
    assert_eq!(stream["ParallelizationFactor"], 2, "what is slow holds up half of its shard, not all of it");
    assert_eq!(stream["DestinationConfig"]["OnFailure"]["Destination"]["!GetAtt"], "UnhandledQueue.Arn");
}

/// (Fault matrix C7, C10.)
#[test]
fn a_job_that_fails_comes_again_alone_and_dies_where_it_is_seen() {
    let template = Template::read();
    let jobs = &template.properties("SendFunction")["Events"]["Sends"]["Properties"];
    assert_eq!(jobs["Queue"]["!GetAtt"], "SendsQueue.Arn");
    assert_eq!(jobs["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(jobs["BatchSize"], 10, "SQS hands over at most ten of a FIFO queue");
    assert_eq!(jobs["ScalingConfig"]["MaximumConcurrency"]["!Ref"], "SendConcurrency");
    let queue = template.properties("SendsQueue");
    assert_eq!((&queue["FifoQueue"], &queue["DeduplicationScope"]), (&json!(true), &json!("messageGroup")));
    assert_eq!(queue["FifoThroughputLimit"], "perMessageGroupId");
    // A job's own deadline ends it, and not the queue; `functions/send` counts on this very number.
    assert_eq!(queue["RedrivePolicy"]["maxReceiveCount"], 1000);
    for (name, dead) in [
        ("SendsQueue", "SendsDead"),
        ("BulkQueue", "BulkDead"),
        ("EventsQueue", "EventsDead"),
        ("JobsQueue", "JobsDead"),
    ] {
        let queue = template.properties(name);
        assert_eq!(queue["RedrivePolicy"]["deadLetterTargetArn"]["!GetAtt"], format!("{dead}.Arn"));
        assert_eq!(queue["VisibilityTimeout"]["!Ref"], "Visibility");
    }
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        assert_eq!(queue["MessageRetentionPeriod"], 1_209_600, "{name}: fourteen days, the most there is");
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name}");
        assert_eq!(queue["FifoQueue"].as_bool().unwrap_or(false), name.starts_with("Sends"), "{name}");
    }
}

#[test]
fn what_is_kept_for_long_is_gathered_and_comes_again_until_it_is_kept() {
    let template = Template::read();
    let stream = &template.properties("FoldFunction")["Events"]["Stream"]["Properties"];
    assert_eq!(stream["Stream"]["!GetAtt"], "Table.StreamArn");
    assert_eq!(stream["StartingPosition"], "TRIM_HORIZON");
    assert_eq!(stream["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    assert_eq!(template.value(&stream["MaximumBatchingWindowInSeconds"]), 300);
    assert_eq!(stream["MaximumRetryAttempts"], 10_000);
    assert_eq!(stream["DestinationConfig"]["OnFailure"]["Destination"]["!GetAtt"], "UnhandledQueue.Arn");
    let jobs = &template.properties("JobsFunction")["Events"]["Jobs"]["Properties"];
    assert_eq!((&jobs["Queue"]["!GetAtt"], &jobs["BatchSize"]), (&json!("JobsQueue.Arn"), &json!(1)));
    assert_eq!(jobs["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
}

#[test]
fn events_come_by_the_hundred_since_telling_is_mostly_waiting() {
    let template = Template::read();
    let events = &template.properties("PublishFunction")["Events"]["Events"]["Properties"];
    assert_eq!(events["Queue"]["!GetAtt"], "EventsQueue.Arn");
    assert_eq!(events["FunctionResponseTypes"], json!(["ReportBatchItemFailures"]));
    // More than ten at once are handed over only after a pause (Lambda, "SQS: batching behavior").
    assert_eq!((&events["BatchSize"], &events["MaximumBatchingWindowInSeconds"]), (&json!(100), &json!(1)));
    assert_eq!(events["ScalingConfig"]["MaximumConcurrency"]["!Ref"], "PublishConcurrency");
    // `functions/publish` parks before this.
    assert_eq!(template.properties("EventsQueue")["RedrivePolicy"]["maxReceiveCount"], 100);
}

/// (Fault matrix C2.)
#[test]
fn a_job_is_invisible_for_six_times_its_functions_time() {
    let template = Template::read();
    let default = |name: &str| template.0["Parameters"][name]["Default"].as_i64().expect("a number");
    assert!(default("Visibility") >= 6 * default("WorkTimeout"));
    assert!(default("HttpTimeout") < 30, "API Gateway gives up after 30 seconds");
}

#[test]
fn timers_are_looked_at_every_minute() {
    let template = Template::read();
    let schedule = &template.properties("ExpireFunction")["Events"]["EveryMinute"];
    assert_eq!(schedule["Type"], "ScheduleV2");
    assert_eq!(schedule["Properties"]["Name"]["!Sub"], "${AWS::StackName}-expire", "two stacks have two schedules");
    assert_eq!(template.value(&schedule["Properties"]["ScheduleExpression"]), "rate(1 minute)");
}

#[test]
fn providers_call_in_by_the_api_or_by_a_function_url() {
    let template = Template::read();
    for name in ["WebhookIntegration", "WebhookRoute", "WebhookPermission"] {
        assert_eq!(template.resource(name)["Condition"], "WebhooksByApi", "{name}");
    }
    for name in ["WebhookUrl", "WebhookUrlPermission", "WebhookUrlInvocation"] {
        assert_eq!(template.resource(name)["Condition"], "WebhooksByUrl", "{name}");
    }
    let action = |name: &str| template.properties(name)["Action"].clone();
    // Both are needed (Lambda, "control access to Lambda function URLs").
    assert_eq!(action("WebhookUrlPermission"), "lambda:InvokeFunctionUrl");
    assert_eq!(action("WebhookUrlInvocation"), "lambda:InvokeFunction");
    for (integration, route, permission, function, key) in [
        ("WebhookIntegration", "WebhookRoute", "WebhookPermission", "WebhookFunction", "ANY /webhooks/{proxy+}"),
        ("ApiIntegration", "ApiRoute", "ApiPermission", "ApiFunction", "ANY /v1/{proxy+}"),
    ] {
        assert_eq!(template.properties(route)["RouteKey"], key);
        assert_eq!(template.properties(route)["Target"]["!Sub"], format!("integrations/${{{integration}}}"));
        assert_eq!(template.properties(integration)["IntegrationUri"]["!GetAtt"], format!("{function}.Arn"));
        assert_eq!(template.properties(integration)["PayloadFormatVersion"], "2.0");
        assert_eq!(template.properties(permission)["FunctionName"]["!Ref"], function);
        assert_eq!(template.properties(permission)["Principal"], "apigateway.amazonaws.com");
        let source = template.properties(permission)["SourceArn"]["!Sub"].as_str().expect("only of this API");
        assert!(source.contains(":${HttpApi}/"), "{permission}: {source}");
    }
    assert_eq!(template.properties("HttpStage")["AutoDeploy"], true);
}

#[test]
fn files_of_customers_are_nobodys_to_see() {
    let template = Template::read();
    for name in ["MediaBucket", "ArchiveBucket"] {
        let bucket = template.properties(name);
        let blocked = bucket["PublicAccessBlockConfiguration"].as_object().expect("public access is blocked");
        assert_eq!(blocked.len(), 4);
        assert!(blocked.values().all(|value| *value == Value::Bool(true)));
        let encrypted = &bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0];
        assert_eq!(encrypted["ServerSideEncryptionByDefault"]["SSEAlgorithm"], "AES256");
        assert_eq!(bucket["OwnershipControls"]["Rules"][0]["ObjectOwnership"], "BucketOwnerEnforced");
        assert!(bucket["VersioningConfiguration"].is_null(), "{name}: what is forgotten must be gone");
    }
}
