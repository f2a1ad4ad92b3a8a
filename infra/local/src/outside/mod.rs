//! The stand-in for the outside world: Meta's and Twilio's APIs and the customers' phones. It enforces the providers'
//! documented rules by a clock of its own, remembers what it accepted, and says which webhooks are to be made when.
//! It does nothing by itself: no task, no timer, no chance but the seed's.

mod control;
mod faults;
mod handset;
mod ledger;
mod meta_api;
mod phones;
mod receipts;
mod review;
mod rules;
mod sending;
mod settings;
mod setup_api;
mod sign;
#[cfg(test)]
mod tests;
mod twilio_api;
mod webhooks;

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Router, body::Body};
use jiff::{SignedDuration, Timestamp};
use tower::ServiceExt;
use transom::ports::Clock;

pub use faults::{Fault, FaultKind, LostAnswer};
pub use handset::{Handset, HandsetMessage, Thread};
pub use ledger::{Customer, Item, LedgerError, Refusal};
pub use phones::{BadAct, Says, Shows, Writes};
pub use review::{Category, HeldTemplate, ReviewHabits, Status};
pub use rules::{Violation, WINDOW};
pub use settings::{OutsideConfig, OutsideNumber, OutsideTemplate, ReceiptHabits, TemplateStatus};
pub use sign::{meta_signature, twilio_signature};
pub use webhooks::WebhookOut;

use faults::Faults;
use ledger::Ledger;

/// The outside world. Every time that goes in or out at this interface is by the shared clock; the stand-in adds its
/// own offset inside.
#[derive(Debug)]
pub struct Outside {
    clock: Arc<dyn Clock>,
    config: OutsideConfig,
    state: Mutex<State>,
    /// The `traceparent` that came with an accepted message, by its provider's id. Ends with the process.
    traces: Mutex<BTreeMap<String, String>>,
    /// Where each endpoint's webhooks are to go, by the system's own word. Ends with the process.
    registered: Mutex<BTreeMap<String, String>>,
}

/// What changes.
#[derive(Debug)]
struct State {
    ledger: Ledger,
    faults: Faults,
    habits: ReceiptHabits,
    reviews: ReviewHabits,
    offset: SignedDuration,
}

impl Outside {
    /// Opens the world that is kept in the file at `path`, or a new one in memory for `None`. Webhooks that were taken
    /// but not reported on are due again.
    pub fn open(path: Option<&Path>, clock: Arc<dyn Clock>, config: OutsideConfig) -> Result<Self, LedgerError> {
        let ledger = Ledger::open(path)?;
        let offset_ms = ledger.setting("offset_ms")?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let state = State {
            ledger,
            faults: Faults::default(),
            habits: config.habits,
            reviews: config.reviews,
            offset: SignedDuration::from_millis(offset_ms),
        };
        let now = clock.now() + state.offset;
        state.ledger.whole(|| review::start_with(&state.ledger, &config.templates, now))?;
        Ok(Self { clock, config, state: Mutex::new(state), traces: Mutex::default(), registered: Mutex::default() })
    }

    /// What it was told about the business.
    pub fn config(&self) -> &OutsideConfig {
        &self.config
    }

    /// The providers' APIs and the control API: `/meta/…`, `/twilio/…`, `/outside/…`.
    pub fn router(self: Arc<Self>) -> Router {
        meta_api::routes()
            .merge(twilio_api::routes())
            .merge(setup_api::routes())
            .merge(review::routes())
            .merge(control::routes())
            .with_state(self)
    }

    /// One HTTP call without a socket: status and body. `path` may carry a query. A call that meets the fault `hang`
    /// stays pending for ever.
    pub async fn call(
        self: &Arc<Self>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> (u16, Vec<u8>) {
        let mut request = http::Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let Ok(request) = request.body(Body::from(body)) else {
            return (400, b"not an HTTP request".to_vec());
        };
        let answer = Arc::clone(self).router().oneshot(request).await.unwrap_or_else(|never| match never {});
        let status = answer.status().as_u16();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap_or_default();
        (status, body.to_vec())
    }

    /// When the next webhook call is due, or a provider decides about a template.
    pub fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        let state = self.state();
        let due = state.ledger.next_due()?.into_iter().chain(state.ledger.next_template_due()?).min();
        Ok(due.map(|due| due - state.offset))
    }

    /// Takes the webhook calls that are due now. See [`Self::take_due`].
    pub fn due_webhooks(&self) -> Result<Vec<WebhookOut>, LedgerError> {
        self.take_due(self.clock.now())
    }

    /// Lets the providers decide about templates, then takes the webhook calls that are due at `now`, in the order in which
    /// they are to be made. Each is to be reported on with [`Self::webhook_done`]; until then it is nobody else's.
    pub fn take_due(&self, now: Timestamp) -> Result<Vec<WebhookOut>, LedgerError> {
        let state = self.state();
        let now = now + state.offset;
        state.ledger.whole(|| {
            self.review_templates(&state, now)?;
            state.ledger.take_due(now)
        })
    }

    /// Reports how a webhook call was answered; status 0 if it was not. Meta repeats anything but 200 with growing
    /// pauses for 7 days, Twilio a few times.
    pub fn webhook_done(&self, id: i64, status: u16) -> Result<(), LedgerError> {
        let state = self.state();
        let now = self.now(&state);
        state.ledger.whole(|| {
            if let Some(item) = state.ledger.webhook_done(id, status, now)? {
                state.ledger.tick(&item, "delivered", now)?;
            }
            Ok(())
        })
    }

    /// Sets how far the providers' clocks are ahead of the shared one. Survives a restart.
    pub fn set_offset(&self, offset: SignedDuration) -> Result<(), LedgerError> {
        let mut state = self.state();
        state.ledger.set_setting("offset_ms", &offset.as_millis().to_string())?;
        state.offset = offset;
        Ok(())
    }

    pub fn set_habits(&self, habits: ReceiptHabits) {
        self.state().habits = habits;
    }

    /// Lets a fault strike the next sends that it concerns, after those injected before. Faults end with the process.
    pub fn inject(&self, fault: Fault) {
        self.state().faults.add(fault);
    }

    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }

    /// Everything that was accepted from the business, in order.
    pub fn accepted(&self) -> Result<Vec<Item>, LedgerError> {
        let items = self.state().ledger.items(None)?;
        Ok(items.into_iter().filter(|item| item.direction == "out").collect())
    }

    /// The address that was registered for an endpoint's webhooks.
    pub fn registered(&self, endpoint: &str) -> Option<String> {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).get(endpoint).cloned()
    }

    fn register(&self, endpoint: &str, url: &str) {
        self.registered.lock().unwrap_or_else(PoisonError::into_inner).insert(endpoint.to_owned(), url.to_owned());
    }

    /// The `traceparent` with which an accepted message came, by its provider's id.
    pub fn trace_of(&self, id: &str) -> Option<String> {
        self.traces.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn note_trace(&self, item: &Item, headers: &http::HeaderMap) {
        if let Some(trace) = headers.get("traceparent").and_then(|value| value.to_str().ok()) {
            self.traces.lock().unwrap_or_else(PoisonError::into_inner).insert(item.id.clone(), trace.to_owned());
        }
    }

    /// Every send that was refused at once, in order.
    pub fn refused(&self) -> Result<Vec<Refusal>, LedgerError> {
        self.state().ledger.refusals()
    }

    /// How often sends of the message `msg_…` were accepted. More than one is what must never happen.
    pub fn acceptances(&self, message: &str) -> Result<u64, LedgerError> {
        self.state().ledger.acceptances(message)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change to the ledger is a transaction, so a panic elsewhere leaves nothing half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the outside's clock.
    fn now(&self, state: &State) -> Timestamp {
        self.clock.now() + state.offset
    }
}
