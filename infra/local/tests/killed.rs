//! The whole process is killed two hundred times under load and started again each time: every acknowledged message is
//! there, none is accepted twice, none is lost unless it is shown as undetermined, and every queue is empty in the end.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Mutex,
    time::Duration,
};

use futures::future::join_all;
use http::StatusCode;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use transom::adapters::providers::http_client;

const KILLS: u32 = 200;
const SEED: u64 = 20_260_301;
/// Clients that ask at the same time.
const CLIENTS: u32 = 4;
/// How long a round may take.
const PATIENCE: Duration = Duration::from_secs(90);
/// Customers that the load spreads over.
const CUSTOMERS: u32 = 40;

/// The running system; killed when dropped.
struct Running {
    child: Child,
    url: String,
    token: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Running {
    /// Starts the real binary on a free port and waits for the line that names its address.
    async fn start(state: &Path, client: &reqwest::Client) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_transom-local"))
            .args(["--port", "0", "--log", "error", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        let url = loop {
            let line = lines.next().expect("it says where it listens before it ends").expect("text");
            if let Some(at) = line.find("http://") {
                break line[at..].split_whitespace().next().expect("a URL").trim_end_matches('/').to_owned();
            }
        };
        // The rest of what it says must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let page: Value = client.get(format!("{url}/local/page")).send().await.unwrap().json().await.unwrap();
        Self { child, url, token: page["token"].as_str().expect("a token").to_owned() }
    }

    /// Waits until nothing is left to do. A backlog may take longer than one call may.
    async fn rest(&self, client: &reqwest::Client) {
        for _ in 0..20 {
            if self.call(client, "POST", "/local/settle", Value::Null).await.is_some() {
                return;
            }
        }
        panic!("it does not come to rest");
    }

    fn request(&self, client: &reqwest::Client, method: &str, path: &str, body: &Value) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        let call = client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.token);
        if body.is_null() { call } else { call.json(body) }
    }

    /// `None`: no answer, or an error. Where this was a call too many, the time that was asked for passes first.
    async fn call(&self, client: &reqwest::Client, method: &str, path: &str, body: Value) -> Option<Value> {
        let answer = loop {
            let answer = self.request(client, method, path, &body).send().await.ok()?;
            if answer.status() != StatusCode::TOO_MANY_REQUESTS {
                break answer.error_for_status().ok()?;
            }
            let seconds = answer.headers()["retry-after"].to_str().expect("seconds").to_owned();
            let wait = json!({ "advance": format!("PT{seconds}S") });
            self.request(client, "POST", "/local/clock", &wait).send().await.ok()?;
        };
        let bytes = answer.bytes().await.ok()?;
        if bytes.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&bytes).ok() }
    }
}

fn customer(number: u32) -> String {
    format!("165055502{number:02}")
}

/// What one client asks for, until so many messages are acknowledged in all, or it is cut off.
async fn load(
    running: &Running,
    client: &reqwest::Client,
    mut chance: SmallRng,
    acknowledged: &Mutex<BTreeMap<String, String>>,
    goal: usize,
) {
    while acknowledged.lock().unwrap().len() < goal {
        let who = customer(chance.random_range(0..CUSTOMERS));
        if chance.random_ratio(1, 4) {
            let text = format!("question {}", chance.random::<u32>());
            let body = json!({ "to": "demo-whatsapp", "text": text });
            running.call(client, "POST", &format!("/outside/customers/{who}/messages"), body).await;
        } else {
            let text = format!("answer {:08x}", chance.random::<u32>());
            let body = json!({
                "channel": "demo-whatsapp", "to": { "phone": format!("+{who}") },
                "content": { "type": "text", "body": text },
            });
            if let Some(answer) = running.call(client, "POST", "/v1/messages", body).await {
                acknowledged.lock().unwrap().insert(answer["id"].as_str().expect("an id").to_owned(), text);
            }
        }
    }
}

/// Jobs that are in any queue, in whatever way.
fn left_in(queues: &Value) -> u64 {
    let counts =
        queues["queues"].as_object().expect("queues").values().flat_map(|queue| queue.as_object().unwrap().values());
    counts.map(|count| count.as_u64().expect("a count")).sum()
}

/// (Fault matrix D1, D2.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "real processes are killed in real time")]
async fn two_hundred_kills_lose_nothing_and_double_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let client = http_client().unwrap();
    let mut chance = SmallRng::seed_from_u64(SEED);
    let acknowledged = Mutex::new(BTreeMap::new());

    for round in 0..KILLS {
        let running = Running::start(&state, &client).await;
        // The moment of the kill is by chance: after so many acknowledgements, from none to some, and a little later, in
        // the middle of whatever goes on then.
        let goal = acknowledged.lock().unwrap().len() + chance.random_range(0..6);
        let later = Duration::from_millis(chance.random_range(0..60));
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| load(&running, &client, SmallRng::seed_from_u64(chance.random()), &acknowledged, goal))
            .collect();
        tokio::time::timeout(PATIENCE, join_all(clients)).await.unwrap_or_else(|_| panic!("round {round} hangs"));
        let more = load(&running, &client, SmallRng::seed_from_u64(chance.random()), &acknowledged, usize::MAX);
        tokio::time::timeout(later, more).await.ok();
        drop(running);
    }

    let acknowledged = acknowledged.into_inner().unwrap();
    let running = Running::start(&state, &client).await;
    // Claims run out, unknown outcomes are settled or end as undetermined, and the queues run empty.
    let mut queues = Value::Null;
    for _ in 0..30 {
        running.rest(&client).await;
        let turned = running.call(&client, "POST", "/local/clock", json!({ "advance": "PT20M" })).await;
        turned.expect("the clock turns");
        running.rest(&client).await;
        queues = running.call(&client, "GET", "/local/queues", Value::Null).await.expect("an answer");

        if left_in(&queues) == 0 {
            break;
        }
    }
    assert_eq!(left_in(&queues), 0, "{queues}");
    // What became unknown last has its time too.
    let turned = running.call(&client, "POST", "/local/clock", json!({ "advance": "PT20M" })).await;
    turned.expect("the clock turns");
    running.rest(&client).await;
    let ledger = running.call(&client, "GET", "/outside/ledger", Value::Null).await.unwrap();
    let accepted: Vec<&Value> =
        ledger["accepted"].as_array().unwrap().iter().filter(|item| item["direction"] == "out").collect();
    let mut times = BTreeMap::<&str, u32>::new();
    for item in &accepted {
        let callback = item["callback"].as_str().expect("it is one of ours");
        let message = callback.split('.').nth(1).expect("account, message and attempt");
        *times.entry(message).or_default() += 1;
    }
    assert!(acknowledged.len() > 200, "the load was too light to show anything: {}", acknowledged.len());

    let mut ends = BTreeMap::<String, u32>::new();
    for (id, text) in &acknowledged {
        let message = running.call(&client, "GET", &format!("/v1/messages/{id}"), Value::Null).await;
        let message = message.unwrap_or_else(|| panic!("acknowledged and gone: {id}"));
        assert_eq!(message["content"]["body"].as_str(), Some(text.as_str()));
        let state = message["state"].as_str().unwrap().to_owned();
        match times.get(id.as_str()).copied().unwrap_or(0) {
            // Held ones wait for a customer who never wrote; whatever else was not sent must say so.
            0 => assert!(["undetermined", "held"].contains(&state.as_str()), "{id} is {state} but was never accepted"),
            1 => assert!(
                ["accepted", "sent", "delivered", "read", "undetermined"].contains(&state.as_str()),
                "{id} was accepted and is {state}"
            ),
            more => panic!("{id} was accepted {more} times"),
        }
        *ends.entry(state).or_default() += 1;
    }
    println!("{} kills, {} acknowledged messages, in the end {ends:?}", KILLS, acknowledged.len());
}
