//! The outside world alone, for a system that runs elsewhere: the providers' APIs and the customers' phones listen here, and
//! post to whatever address the system has registered with them.

use std::{
    collections::BTreeMap,
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Request, State},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::{
    net::TcpListener,
    sync::{Mutex, Notify},
};
use transom::{
    adapters::providers::http_client,
    domain::template::Template,
    ports::{Chance, Clock},
};

use crate::{
    clock::TurnedClock,
    demo::{Demo, SecretsError},
    front::local_api,
    outside::{LedgerError, Outside, WebhookOut},
    state::{StateError, StateFolder},
};

/// How a stand-in is to be put together.
#[derive(Debug)]
pub struct Options {
    pub state: StateFolder,
    pub listen: SocketAddr,
    /// Where the system is reached, without `/webhooks/…`: part of what Twilio signs.
    pub webhooks_url: String,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
}

/// Why the stand-in cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error(transparent)]
    State(#[from] StateError),
    #[error("the clock's offset cannot be read")]
    Clock(#[source] io::Error),
    #[error("the stand-in cannot be opened")]
    Outside(#[from] LedgerError),
    #[error("the secrets cannot be opened")]
    Secrets(#[from] SecretsError),
    #[error("the HTTP client cannot be made")]
    Http(#[from] reqwest::Error),
}

/// A stand-in that listens.
#[derive(Debug)]
pub struct StandIn {
    pub demo: Demo,
    pub url: String,
    world: World,
    listener: TcpListener,
    _state: StateFolder,
}

#[derive(Debug, Clone)]
struct World {
    outside: Arc<Outside>,
    clock: Arc<TurnedClock>,
    client: reqwest::Client,
    /// One round of posting at a time, so that whoever waits for rest sees the end of one.
    posting: Arc<Mutex<()>>,
    stirred: Arc<Notify>,
    /// Nothing is posted meanwhile.
    held: Arc<AtomicBool>,
    settings: Arc<Value>,
}

/// The longest that a change of the clock goes unnoticed.
const LONGEST_SLEEP: Duration = Duration::from_millis(200);

impl StandIn {
    pub async fn start(options: Options) -> Result<Self, CannotStart> {
        let Options { state, listen, webhooks_url, clock, chance } = options;
        let listener =
            TcpListener::bind(listen).await.map_err(|source| CannotStart::Listen { address: listen, source })?;
        let address = listener.local_addr().map_err(|source| CannotStart::Listen { address: listen, source })?;
        let url = format!("http://{address}");
        let clock = Arc::new(TurnedClock::open(clock, &state.clock()).map_err(CannotStart::Clock)?);
        let demo = Demo::open(webhooks_url.trim_end_matches('/'), Some(&state.secrets()), chance.as_ref())?;
        let outside = Arc::new(Outside::open(Some(&state.outside()), clock.clone(), demo.outside())?);
        let world = World {
            outside,
            clock,
            client: http_client()?,
            posting: Arc::default(),
            stirred: Arc::default(),
            held: Arc::default(),
            settings: Arc::new(demo.settings()),
        };
        state.write_address(&url)?;
        Ok(Self { demo, url, world, listener, _state: state })
    }

    /// Serves and posts until the process is asked to stop.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> io::Result<()> {
        let world = self.world;
        let posting = tokio::spawn(post_for_ever(world.clone()));
        let stirs = middleware::from_fn_with_state(world.clone(), stirs);
        let router = Router::new()
            .route("/local/clock", get(clock).post(turn))
            .route("/local/settle", post(settle))
            .route("/local/hold", post(hold))
            .route("/local/settings", get(settings))
            .with_state(world.clone())
            .merge(world.outside.router().layer(stirs));
        let served = axum::serve(self.listener, router).with_graceful_shutdown(stop).await;
        posting.abort();
        served
    }
}

async fn stirs(State(world): State<World>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    world.stirred.notify_one();
    response
}

#[expect(clippy::disallowed_methods, reason = "webhooks are posted in real time")]
async fn post_for_ever(world: World) {
    loop {
        let posted = world.post_due().await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "the webhooks could not be posted");
            0
        });
        if posted == 0 {
            tokio::select! {
                () = world.stirred.notified() => {}
                () = tokio::time::sleep(LONGEST_SLEEP) => {}
            }
        }
    }
}

impl World {
    /// Posts what is due now, all at once; answers how much that was.
    async fn post_due(&self) -> Result<usize, LedgerError> {
        let _one_at_a_time = self.posting.lock().await;
        if self.held.load(Ordering::SeqCst) {
            return Ok(0);
        }
        let due = self.outside.take_due(self.clock.now())?;
        let statuses = futures::future::join_all(due.iter().map(|call| self.post(call))).await;
        for (call, status) in due.iter().zip(statuses) {
            self.outside.webhook_done(call.id, status)?;
        }
        Ok(due.len())
    }

    /// The status of the answer; 0 where nobody registered an address, or nobody answers there.
    async fn post(&self, call: &WebhookOut) -> u16 {
        let Some(registered) = self.outside.registered(&call.endpoint) else { return 0 };
        let Some(base) = registered.split("/webhooks/").next() else { return 0 };
        let Some(origin_ends) =
            base.find("://").map(|at| base[at + 3..].find('/').map_or(base.len(), |slash| at + 3 + slash))
        else {
            return 0;
        };
        // What a send named as its status callback is a whole path already.
        let base = if call.path.starts_with("/webhooks/") { base } else { &base[..origin_ends] };
        let query = if call.query.is_empty() { String::new() } else { format!("?{}", call.query) };
        let mut request = self.client.post(format!("{base}{}{query}", call.path)).body(call.body.clone());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let status = request.send().await.map_or(0, |answer| answer.status().as_u16());
        if !(200..300).contains(&status) {
            tracing::warn!(
                endpoint.id = call.endpoint,
                http.status = status,
                "a webhook was not taken and comes again"
            );
        }
        status
    }
}

async fn clock(State(world): State<World>) -> Json<Value> {
    Json(json!({"now": world.clock.now().to_string()}))
}

async fn turn(State(world): State<World>, body: Bytes) -> Response {
    let turned = local_api::asked(&body).and_then(|by| world.clock.advance(by).map_err(|_| "cannot be turned so far"));
    world.stirred.notify_one();
    match turned {
        Ok(now) => Json(json!({"now": now.to_string()})).into_response(),
        Err(detail) => (StatusCode::BAD_REQUEST, Json(json!({"field": "advance", "detail": detail}))).into_response(),
    }
}

/// `{"hold": true}`: nothing is posted until it is false again; answers once what was under way has ended.
async fn hold(State(world): State<World>, body: Bytes) -> Json<Value> {
    let hold = serde_json::from_slice::<Value>(&body).is_ok_and(|body| body["hold"] == true);
    world.held.store(hold, Ordering::SeqCst);
    drop(world.posting.lock().await);
    world.stirred.notify_one();
    Json(json!({"hold": hold}))
}

/// Answers once nothing is due any more; `posted`: how much was until then.
async fn settle(State(world): State<World>) -> Response {
    let mut posted = 0;
    loop {
        match world.post_due().await {
            Ok(0) => return Json(json!({"posted": posted})).into_response(),
            Ok(some) => posted += some,
            Err(error) => return (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
        }
    }
}

/// What a system needs to know of this world: settings as the API takes them, and the secrets.
async fn settings(State(world): State<World>) -> Json<Value> {
    Json((*world.settings).clone())
}

/// A template of which the API is told that it is approved.
fn declaration(template: &Template) -> Value {
    let mut told = json!(template);
    let fields = told.as_object_mut().expect("a struct");
    for ours in ["stage", "rev"] {
        fields.remove(ours);
    }
    fields.insert("approved".to_owned(), true.into());
    told
}

impl Demo {
    /// The demo account as another installation is set up with it.
    pub fn settings(&self) -> Value {
        let secrets: BTreeMap<&str, String> =
            crate::demo::SECRETS.iter().map(|name| (*name, self.secret(name))).collect();
        let mut endpoints: Vec<Value> = Vec::new();
        for endpoint in &self.endpoints {
            let mut endpoint = json!(endpoint);
            for ours in ["account", "early_until"] {
                endpoint.as_object_mut().expect("a struct").remove(ours);
            }
            endpoints.push(endpoint);
        }
        // An SMS channel is there before the one that names it.
        let mut channels = self.channels.clone();
        channels.sort_by_key(|channel| channel.sms.is_some());
        let templates: Vec<Value> = self.templates.iter().map(declaration).collect();
        json!({"account": self.account, "secrets": secrets, "channels": channels, "endpoints": endpoints,
            "templates": templates})
    }
}
