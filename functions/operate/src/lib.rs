//! What an operator asks of a whole system, by hand: a rebuild, the fence after a restore, taking over, a look at strays.
//! Every order may be given at any time and any number of times.
#![forbid(unsafe_code)]

mod doctor;
mod order;
mod setup;

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use transom::{
    app::{
        Parts, Trouble,
        deadline::Deadline,
        rebuild::Rebuild,
        restore::{self, NotRestored},
    },
    ports::{
        StoreError,
        administration::QueueCare,
        store::{Step, Stray},
    },
};

pub use order::BadOrder;
use order::{Order, Resumed};

/// For how long one call works, unless the function itself ends sooner: it may take a quarter of an hour.
const WORK_WITHIN: Duration = Duration::from_mins(10);
/// Strays are shown for so many days, and so many of them.
const STRAY_DAYS: u32 = 30;
const MOST_STRAYS: usize = 100;

/// The function. Made once per process.
#[derive(Debug, Clone)]
pub struct Operate {
    parts: Parts,
    queues: Arc<dyn QueueCare>,
    addresses: Addresses,
    api: axum::Router,
}

/// Where this installation is reached from outside, without a slash at the end.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// The API, without `/v1`.
    pub api: Option<String>,
    /// Webhooks, without `/webhooks`.
    pub webhooks: Option<String>,
}

impl Operate {
    pub fn new(parts: Parts, queues: Arc<dyn QueueCare>, addresses: Addresses) -> Self {
        Self { api: api::router(parts.clone()), parts, queues, addresses }
    }
}

/// Why an order was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    #[error(transparent)]
    Bad(#[from] BadOrder),
    #[error("not all of it was done; the same order may be given again at any time")]
    Trouble(#[source] Trouble),
}

impl From<Trouble> for NotDone {
    fn from(trouble: Trouble) -> Self {
        tracing::error!(error = &trouble as &dyn std::error::Error, "what an operator asked for was not done");
        Self::Trouble(trouble)
    }
}

/// Carries out one order.
pub async fn handle(operate: &Operate, event: Value) -> Result<Value, NotDone> {
    handle_until(operate, event, 0).await
}

/// The same in a function that ends at `ends_at` (milliseconds since 1970; 0: nobody says).
pub async fn handle_until(operate: &Operate, event: Value, ends_at: u64) -> Result<Value, NotDone> {
    let parts = &operate.parts;
    match Order::read(&event)? {
        Order::Rebuild { run, pages } => {
            let deadline = parts.deadline(WORK_WITHIN, ends_at);
            rebuild(parts, run, pages, deadline).await
        }
        Order::Fence { restored_to, live_until } => {
            match restore::fence(parts, restored_to, live_until).await {
                Ok(()) => {}
                Err(error @ NotRestored::OutOfOrder) => {
                    return Err(BadOrder::new("restored_to", error.to_string()).into());
                }
                Err(error @ NotRestored::Future) => return Err(BadOrder::new("live_until", error.to_string()).into()),
                Err(NotRestored::Trouble(trouble)) => return Err(trouble.into()),
            }
            Ok(json!({ "restored_to": restored_to, "live_until": live_until, "done": true }))
        }
        Order::EraseAgain { account } => {
            let people = restore::erase_again(parts, &account).await?;
            Ok(json!({ "account": account, "people": people, "done": true }))
        }
        Order::TakeOver => {
            restore::take_over(parts).await?;
            Ok(json!({ "epoch": parts.mode.epoch, "done": true }))
        }
        Order::LimitToken { token_hash, calls_per_second } => {
            let limited = parts.store.limit_token(&token_hash, calls_per_second).await.map_err(Trouble::from)?;
            if limited == Step::Lost {
                return Err(BadOrder::new("token_hash", "no token has it").into());
            }
            Ok(json!({ "token_hash": token_hash, "calls_per_second": calls_per_second, "done": true }))
        }
        Order::Strays => {
            let strays = parts.store.strays(parts.now(), STRAY_DAYS, MOST_STRAYS).await.map_err(Trouble::from)?;
            Ok(json!({ "data": strays.iter().map(view).collect::<Vec<_>>() }))
        }
        Order::About => Ok(setup::about(operate)),
        Order::AddToken { account, token_hash, name, scopes } => {
            setup::add_token(parts, &account, &token_hash, name, scopes).await
        }
        Order::Call { account, method, path, body } => {
            setup::is_made(parts, &account).await?;
            Ok(setup::call(operate, account, method, path, body.as_ref()).await)
        }
        Order::Register { account, channel } => setup::register(parts, &account, &channel).await,
        Order::Stored { account } => {
            let channels = parts.store.channels(&account).await.map_err(Trouble::from)?;
            Ok(json!({ "account": account, "stored": !channels.is_empty() }))
        }
        Order::Doctor { account } => doctor::examine(operate, account).await,
        Order::Probe { id } => doctor::probe(parts, id).await,
        Order::Redrive { most } => {
            let rung = operate.queues.redrive(most).await.map_err(Trouble::from)?;
            // What is no doorbell stays.
            let depths = operate.queues.depths().await.map_err(Trouble::from)?;
            let dead = depths.iter().find(|depth| depth.name == "sends-dead");
            let left = dead.map_or(0, |depth| depth.waiting + depth.in_flight);
            Ok(json!({ "rung": rung, "left": left, "done": rung < most }))
        }
    }
}

/// Page by page while there is time. The answer is the order for what is left.
async fn rebuild(parts: &Parts, run: Resumed, pages: usize, deadline: Deadline) -> Result<Value, NotDone> {
    let mut run = match run {
        Resumed::New { account } => Rebuild::begin(parts, account),
        Resumed::From(run) => run,
    };
    for _ in 0..pages {
        if run.done || deadline.passed() {
            break;
        }
        match run.step(parts).await {
            Ok(()) => {}
            Err(Trouble::Store(StoreError::BadRow { key, why })) if run.cursor.as_ref() == Some(&key) => {
                return Err(BadOrder::new("cursor", why).into());
            }
            Err(trouble) => return Err(trouble.into()),
        }
    }
    Ok(order::to_go_on(&run))
}

fn view(stray: &Stray) -> Value {
    json!({ "id": stray.id, "at": stray.at, "why": stray.why, "what": stray.what, "element": stray.element })
}
