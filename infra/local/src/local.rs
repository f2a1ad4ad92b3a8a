//! Everything put together: the real functions, the real SDK, the embedded engine, and a server in front.

use std::{io, net::SocketAddr, sync::Arc};

use axum::Router;
use metrics_exporter_prometheus::PrometheusHandle;
use operate::{Addresses, Operate};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};
use transom::{
    adapters::{
        dynamodb::{DynamoStore, schema::create_tables},
        event_queue::SqsEventQueue,
        job_queue::SqsJobQueue,
        objects::{FolderObjects, MemoryObjects},
        providers::{ProviderUrls, Providers, http_client},
        sign_in::OpenIdSignIn,
        sqs::{SqsCare, SqsDoorbell},
        subscribers::{Guard, HttpSubscribers},
    },
    app::{Mode, Parts, staff::NotKept},
    domain::time::SignedDuration,
    ports::{Chance, Clock, StoreError, store::Scanning},
};
use transom_engine::{
    Engine, EngineError, Hook,
    sqs::{QueueDefinition, QueueError, Queues, queue_url},
};

use crate::{
    clock::TurnedClock,
    demo::{Demo, SecretsError, staff},
    front,
    handlers::Handlers,
    issuer::{BadKey, Issuer, SigningKey},
    noted::NotedObjects,
    outside::{LedgerError, Outside, ReceiptHabits},
    page,
    state::{StateError, StateFolder},
    system::{Pieces, Running, System, SystemError},
};

/// What may be called here beside the public internet.
fn this_machine() -> Guard {
    Guard::new(vec!["127.0.0.0/8".parse().expect("it is a network"), "::1/128".parse().expect("it is a network")])
}

/// The table of conversations.
pub const TABLE: &str = "transom";
/// The table of contacts and keys.
pub const CONTACTS_TABLE: &str = "transom-contacts";
/// The queue of doorbells.
pub const SENDS: &str = "sends.fifo";
/// Where doorbells go that were received too often.
pub const SENDS_DEAD: &str = "sends-dead.fifo";
/// The queue of events for subscribers.
pub const EVENTS: &str = "events";
/// Where events go that were received too often.
pub const EVENTS_DEAD: &str = "events-dead";
/// The queue of long work.
pub const JOBS: &str = "jobs";
/// Where long work goes that was received too often.
pub const JOBS_DEAD: &str = "jobs-dead";
/// Where jobs of campaigns go that were received too often. There are no campaigns yet.
pub const BULK_DEAD: &str = "bulk-dead";
/// Where the stream leaves what it could not hand over. Here it hands over everything.
pub const UNHANDLED: &str = "unhandled";

/// Six times the longest run of `send` (Lambda, "configuring a queue to use with Lambda").
const VISIBILITY: SignedDuration = SignedDuration::from_secs(360);

/// A message's own deadline ends it; this only stops what can never be read.
const RECEIVE_LIMIT: u32 = 1000;

/// As in the template: an event that could not be told is tried by timers, so the queue need not.
const EVENTS_VISIBILITY: SignedDuration = SignedDuration::from_secs(90);
const EVENTS_RECEIVE_LIMIT: u32 = 100;

/// The version of the Graph API in the stand-in's addresses; it takes any.
const META_VERSION: &str = "v26.0";

/// How a system is to be put together.
#[derive(Debug)]
pub struct Options {
    /// `None`: in memory, gone when it is dropped.
    pub state: Option<StateFolder>,
    /// Port 0: any free one.
    pub listen: SocketAddr,
    /// Where time comes from, before it is turned.
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// Where Meta's API is; `None`: the stand-in.
    pub meta_url: Option<String>,
    /// Where Twilio's API is; `None`: the stand-in.
    pub twilio_url: Option<String>,
    /// How the outside world reaches this system; `None`: at the address that it listens on.
    pub public_url: Option<String>,
    /// What `/metrics` shows; `None`: there is no such address.
    pub metrics: Option<PrometheusHandle>,
    pub faults: Faults,
}

/// What tests change.
#[derive(Default)]
pub struct Faults {
    /// Sees every call of the functions to the database.
    pub database: Option<Hook>,
    /// What the outside's chance comes from.
    pub seed: u64,
    /// How receipts come back.
    pub receipts: ReceiptHabits,
}

impl std::fmt::Debug for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faults").field("seed", &self.seed).finish_non_exhaustive()
    }
}

/// A system that listens. Its loops run only after [`Self::run`].
#[derive(Debug)]
pub struct Local {
    pub system: System,
    pub parts: Parts,
    pub engine: Engine,
    pub demo: Demo,
    /// Such as `http://127.0.0.1:8080`.
    pub url: String,
    server: Server,
    state: Option<StateFolder>,
}

/// Why the system cannot start.
#[derive(Debug, thiserror::Error)]
pub enum CannotStart {
    #[error("port {0} is in use; choose another with --port, or --port 0 for any free one")]
    PortInUse(u16),
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
    #[error("the database cannot be opened")]
    Engine(#[from] EngineError),
    #[error("the queues cannot be opened")]
    Queues(#[from] QueueError),
    #[error("the stand-in for the providers cannot be opened")]
    Outside(#[from] LedgerError),
    #[error("the secrets cannot be opened")]
    Secrets(#[from] SecretsError),
    #[error("nobody could sign in")]
    SignIn(#[from] BadKey),
    #[error("the demo account cannot be stored")]
    Store(#[from] StoreError),
    #[error("the demo's staff cannot be stored")]
    Staff(#[source] NotKept),
    #[error("the HTTP client cannot be made")]
    Http(#[from] reqwest::Error),
    #[error("the system cannot be put together")]
    System(#[from] SystemError),
}

impl Local {
    /// Opens the state, stores the demo account where it is missing, and begins to listen.
    pub async fn start(options: Options) -> Result<Self, CannotStart> {
        let Options { state, listen, clock, chance, meta_url, twilio_url, public_url, metrics, faults } = options;
        let listener = TcpListener::bind(listen).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => CannotStart::PortInUse(listen.port()),
            _ => CannotStart::Listen { address: listen, source },
        })?;
        let bound = listener.local_addr().map_err(|source| CannotStart::Listen { address: listen, source })?;
        let url = url_of(bound);
        let public_url = public_url.map_or_else(|| url.clone(), |url| url.trim_end_matches('/').to_owned());

        let clock = Arc::new(match &state {
            Some(folder) => TurnedClock::open(clock, &folder.clock()).map_err(CannotStart::Clock)?,
            None => TurnedClock::in_memory(clock),
        });
        let engine = match &state {
            Some(folder) => Engine::open(&folder.database())?,
            None => Engine::memory()?,
        };
        create_tables(&engine.dynamo(), TABLE, CONTACTS_TABLE).await?;
        let queue_clock = Arc::clone(&clock);
        let queues = Queues::open(engine.side_connection()?, queues(), Arc::new(move || queue_clock.now()))?;
        let demo = Demo::open(&public_url, state.as_ref().map(StateFolder::secrets).as_deref(), chance.as_ref())?;

        let key = SigningKey::of(&demo.sign_in_key())?;
        let issuer = Issuer::new(demo.sign_in.issuer.clone(), staff::people(), key, clock.clone(), Arc::clone(&chance));

        let outside = crate::outside::OutsideConfig { seed: faults.seed, habits: faults.receipts, ..demo.outside() };
        let ledger = state.as_ref().map(StateFolder::outside);
        let outside = Arc::new(Outside::open(ledger.as_deref(), clock.clone(), outside)?);
        let provider_urls = ProviderUrls {
            meta: meta_url.unwrap_or_else(|| format!("{url}/meta/{META_VERSION}")),
            twilio: twilio_url.unwrap_or_else(|| format!("{url}/twilio")),
        };
        let dynamo = match faults.database {
            Some(hook) => engine.with_hook(hook).dynamo(),
            None => engine.dynamo(),
        };
        let parts = Parts {
            store: Arc::new(DynamoStore::new(dynamo, TABLE, CONTACTS_TABLE)),
            clock: clock.clone(),
            chance,
            secrets: demo.secrets_port(),
            doorbell: Arc::new(SqsDoorbell::new(queues.client(), queue_url(SENDS))),
            events: Arc::new(SqsEventQueue::new(queues.client(), queue_url(EVENTS))),
            jobs: Arc::new(SqsJobQueue::new(queues.client(), queue_url(JOBS))),
            objects: Arc::new(NotedObjects(match &state {
                Some(folder) => Arc::new(FolderObjects::new(folder.archive())),
                None => Arc::new(MemoryObjects::default()),
            })),
            // Whoever tries the system has subscribers on this machine, and its issuer is there, too.
            subscribers: Arc::new(HttpSubscribers::new(this_machine())),
            sign_in: Arc::new(OpenIdSignIn::new(this_machine(), clock.clone())),
            providers: Arc::new(Providers::new(http_client()?, provider_urls)),
            // No function ends here, and a busy machine may take its time.
            mode: Mode { answer_within: std::time::Duration::from_mins(1), ..Mode::default() },
            memory: Arc::default(),
        };
        // Past any injected fault: the demo account is there before the story begins.
        let store = DynamoStore::new(engine.dynamo(), TABLE, CONTACTS_TABLE);
        demo.store(&store, parts.now()).await?;
        demo.store_staff(&Parts { store: Arc::new(store.clone()), ..parts.clone() })
            .await
            .map_err(CannotStart::Staff)?;
        // Whoever held seats under a limit ended with its process: this one need not wait until their leases lapse.
        demo.give_back_seats(&store).await?;
        // And the table knows its name, which the first sender would write down otherwise.
        store.fence().await?;

        let others = [
            (EVENTS, false),
            (EVENTS_DEAD, true),
            (BULK_DEAD, true),
            (JOBS, false),
            (JOBS_DEAD, true),
            (UNHANDLED, true),
        ]
        .map(|(queue, is_dead)| (queue, Some(queue_url(queue)), is_dead));
        let care = SqsCare::new(queues.client(), queue_url(SENDS), Some(queue_url(SENDS_DEAD)), others);
        let addresses = Addresses { api: Some(url.clone()), webhooks: Some(public_url) };
        let operate = Operate::new(parts.clone(), Arc::new(care), addresses);
        let system = System::new(Pieces {
            clock,
            engine: engine.clone(),
            table: TABLE.to_owned(),
            queues,
            sends: SENDS.to_owned(),
            events: EVENTS.to_owned(),
            jobs: JOBS.to_owned(),
            functions: Arc::new(Handlers::new(&parts)),
            outside: Some(outside),
            page: demo.page(),
        })?;
        let extra = page::router()
            .merge(front::operator_api::routes(&system, operate, demo.secrets().clone()))
            .merge(front::metrics::routes(metrics))
            .merge(issuer.router());
        let server = Server::start(listener, front::router(&system, extra));
        if let Some(folder) = &state {
            folder.write_address(&url)?;
        }
        Ok(Self { system, parts, engine, demo, url, server, state })
    }

    /// Starts the loops, for as long as the answer lives.
    pub fn run(&self) -> Running {
        self.system.run()
    }

    pub fn state(&self) -> Option<&StateFolder> {
        self.state.as_ref()
    }

    /// Stops listening, once the requests that are being answered are answered.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

fn queues() -> [QueueDefinition; 8] {
    [
        QueueDefinition::new(EVENTS, EVENTS_VISIBILITY).with_redrive(EVENTS_DEAD, EVENTS_RECEIVE_LIMIT),
        QueueDefinition::new(EVENTS_DEAD, EVENTS_VISIBILITY),
        QueueDefinition::new(BULK_DEAD, VISIBILITY),
        QueueDefinition::new(JOBS, VISIBILITY).with_redrive(JOBS_DEAD, RECEIVE_LIMIT),
        QueueDefinition::new(JOBS_DEAD, VISIBILITY),
        QueueDefinition::new(SENDS, VISIBILITY).with_redrive(SENDS_DEAD, RECEIVE_LIMIT),
        QueueDefinition::new(SENDS_DEAD, VISIBILITY),
        QueueDefinition::new(UNHANDLED, VISIBILITY),
    ]
}

/// An address that a browser on this machine can open, also where every interface is listened on.
fn url_of(bound: SocketAddr) -> String {
    let mut reachable = bound;
    if bound.ip().is_unspecified() {
        reachable.set_ip(if bound.is_ipv4() {
            std::net::Ipv4Addr::LOCALHOST.into()
        } else {
            std::net::Ipv6Addr::LOCALHOST.into()
        });
    }
    format!("http://{reachable}")
}

#[derive(Debug)]
struct Server {
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Server {
    fn start(listener: TcpListener, router: Router) -> Self {
        let (stop, mut stopped) = watch::channel(false);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let serve = axum::serve(listener, service).with_graceful_shutdown(async move {
            // A sender that is gone means stop as well.
            stopped.wait_for(|stop| *stop).await.ok();
        });
        let task = tokio::spawn(async move {
            if let Err(error) = serve.await {
                tracing::error!(error = &error as &dyn std::error::Error, "the server ended");
            }
        });
        Self { stop, task }
    }

    async fn stop(mut self) {
        self.stop.send_replace(true);
        // An error is a panic of the server, which has been printed.
        (&mut self.task).await.ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[cfg(test)]
mod tests;
