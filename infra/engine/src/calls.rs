//! Who calls what: every AWS call that reaches the embedded engines, by the function that makes it, as IAM names it. Noted
//! where the environment variable `TRANSOM_CALLS` names a folder, for a test that compares roles with calls.

use std::{
    collections::BTreeSet,
    fs::{File, OpenOptions, create_dir_all},
    io::Write,
    path::PathBuf,
    sync::{Mutex, OnceLock, PoisonError},
};

use serde_json::Value;

tokio::task_local! {
    static CALLER: &'static str;
}

/// Does the work as this function: what it calls is noted under its name.
pub async fn as_function<T>(name: &'static str, work: impl Future<Output = T>) -> T {
    if notes().is_none() {
        return work.await;
    }
    CALLER.scope(name, work).await
}

struct Notes {
    known: BTreeSet<String>,
    file: File,
}

/// This process's own file in the folder.
fn notes() -> Option<&'static Mutex<Notes>> {
    static NOTES: OnceLock<Option<Mutex<Notes>>> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "a test asks for it, and no setting of Transom does")]
    let open = || {
        let folder = PathBuf::from(std::env::var_os("TRANSOM_CALLS")?);
        create_dir_all(&folder).ok()?;
        let name = folder.join(format!("{}.txt", std::process::id()));
        let file = OpenOptions::new().create(true).append(true).open(name).ok()?;
        Some(Mutex::new(Notes { known: BTreeSet::new(), file }))
    };
    NOTES.get_or_init(open).as_ref()
}

/// Notes an action on a resource: a table, an index as `{table}/index/{name}`, a queue, `secrets`.
pub fn note(action: &str, resource: &str) {
    let Some(notes) = notes() else { return };
    let Ok(caller) = CALLER.try_with(|caller| *caller) else { return };
    let line = format!("{caller} {action} {resource}\n");
    let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
    if !notes.known.contains(&line) {
        // What is not written is missed by the comparison, which then fails.
        let _ = notes.file.write_all(line.as_bytes());
        notes.known.insert(line);
    }
}

/// Notes a call of DynamoDB's. A transaction is allowed by the actions that it consists of (DynamoDB, "IAM policies:
/// transactions").
pub(crate) fn note_dynamo(operation: &str, body: &[u8]) {
    if notes().is_none() || CALLER.try_with(|_| ()).is_err() {
        return;
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let table = |of: &Value| of["TableName"].as_str().unwrap_or_default().to_owned();
    match operation {
        "BatchGetItem" | "BatchWriteItem" => {
            for table in body["RequestItems"].as_object().into_iter().flatten().map(|(table, _)| table) {
                note(&format!("dynamodb:{operation}"), table);
            }
        }
        "TransactWriteItems" => {
            for (kind, item) in
                body["TransactItems"].as_array().into_iter().flatten().filter_map(Value::as_object).flatten()
            {
                let action =
                    if kind == "ConditionCheck" { "ConditionCheckItem".to_owned() } else { format!("{kind}Item") };
                note(&format!("dynamodb:{action}"), &table(item));
            }
        }
        _ => match body["IndexName"].as_str() {
            Some(index) => note(&format!("dynamodb:{operation}"), &format!("{}/index/{index}", table(&body))),
            None => note(&format!("dynamodb:{operation}"), &table(&body)),
        },
    }
}

/// Who hears what is sent to a queue.
pub type Ear = Box<dyn Fn(&str) + Send + Sync>;

static EAR: OnceLock<Ear> = OnceLock::new();

/// Has every body of a call of SQS's heard from now on, for tests that look for what must not be in one. Only the first that
/// asks.
pub fn overhear_queues(ear: Ear) {
    // The first one stays.
    let _ = EAR.set(ear);
}

/// Notes a call of SQS's.
pub(crate) fn note_sqs(operation: &str, body: &[u8]) {
    if let Some(ear) = EAR.get() {
        ear(&String::from_utf8_lossy(body));
    }
    if notes().is_none() {
        return;
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let queue = body["QueueUrl"].as_str().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned();
    // A batch is allowed by the single action (SQS, "API permissions").
    note(&format!("sqs:{}", operation.trim_end_matches("Batch")), &queue);
}
