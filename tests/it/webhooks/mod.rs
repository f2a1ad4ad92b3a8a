//! What providers post: who may, what is stored of it, and what a second, a late or a broken delivery changes.

mod accounts;
mod bodies;
mod failures;
mod signatures;
mod times;
mod twilio;

use serde_json::{Value, json};

use crate::world::World;

/// Names of what the messages of a customer say, newest first: texts, or the kind of anything else.
async fn said_by(world: &World, customer: &str) -> Vec<String> {
    let messages = world.messages(customer).await;
    messages.iter().filter(|message| message["direction"] == "inbound").map(words_of).collect()
}

fn words_of(message: &Value) -> String {
    let content = &message["content"];
    content["body"].as_str().or(content["type"].as_str()).unwrap_or_default().to_owned()
}

/// Everything that people can see of a customer: the conversation and its messages.
async fn everything_about(world: &World, customer: &str) -> Value {
    json!({ "conversation": world.conversation(customer).await, "messages": world.messages(customer).await })
}

/// All parked records, newest first.
async fn parked(world: &World) -> Vec<Value> {
    let (status, list) = world.api("GET", "/v1/parked?limit=100", Value::Null).await;
    assert_eq!(status, 200, "{list}");
    list["data"].as_array().expect("a list").clone()
}
