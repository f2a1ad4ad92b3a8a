//! What the two providers' sending APIs share: faults, the ledger entry before the answer, and the reports.

use axum::{
    body::Body,
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde_json::Value;
use transom::domain::channel::{Medium, ProviderKind};

use super::{
    Outside, State,
    faults::{FaultKind, LostAnswer},
    ledger::{Customer, Item, LedgerError, Refusal, Result},
    receipts::{self, Accepted},
    review::{HeldTemplate, Values},
    rules::{self, Arrival, Violation},
    settings::OutsideNumber,
    sign,
};

/// An answer to a caller; or none, ever.
#[derive(Debug)]
pub(super) enum Answer {
    Json { status: u16, body: Value },
    Other { status: u16, content_type: &'static str, body: &'static str },
    Never,
}

impl Answer {
    pub(super) async fn respond(self) -> Response {
        let response = |status: u16, content_type: &str, body: Body| {
            let parts = Response::builder().status(status).header("content-type", content_type).body(body);
            parts.unwrap_or_else(|_| http::StatusCode::INTERNAL_SERVER_ERROR.into_response())
        };
        match self {
            Self::Json { status, body } => response(status, "application/json", Body::from(body.to_string())),
            Self::Other { status, content_type, body } => response(status, content_type, Body::from(body)),
            Self::Never => std::future::pending().await,
        }
    }
}

/// A send that is refused at once: HTTP status, the provider's code, and its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub status: u16,
    pub code: i64,
    pub message: String,
    pub details: String,
}

impl Refused {
    pub(super) fn new(status: u16, code: i64, message: impl Into<String>, details: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), details: details.into() }
    }
}

/// A well-formed send, before the rules that look at the ledger.
#[derive(Debug)]
pub(super) struct Order {
    pub customer: Customer,
    /// It was addressed by the person's id.
    pub by_user_id: bool,
    /// The address exactly as the sender wrote it.
    pub to: String,
    pub kind: String,
    pub content: Value,
    pub text: String,
    pub buttons: Vec<String>,
    /// Needs an open window.
    pub free_form: bool,
    /// Already known to fail later.
    pub violation: Option<Violation>,
    pub callback: Option<String>,
    /// Twilio's status callback.
    pub report_to: Option<String>,
    pub template: Option<Ordered>,
}

/// The template that is sent.
#[derive(Debug)]
pub(super) struct Ordered {
    pub template: HeldTemplate,
    /// What taps on its buttons give back, by their labels.
    pub payloads: Values,
}

/// Why an order did not get through: the provider says no, or the stand-in broke.
pub(super) enum Stop {
    Refused(Refused),
    Broken(LedgerError),
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        Self::Broken(error)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Outside {
    /// Handles one send by `number`: `read` makes the order, `accepted` the provider's good answer, `refused` its bad
    /// one. The ledger holds the acceptance before there is an answer.
    pub(super) fn take_order(
        &self,
        number: &OutsideNumber,
        read: impl FnOnce(&State) -> std::result::Result<Order, Stop>,
        accepted: impl FnOnce(&Order, &Item) -> Answer,
        refused: impl Fn(&Refused) -> Answer,
    ) -> Answer {
        let mut state = self.state();
        let now = self.now(&state);
        let fault = state.faults.strike(number.provider, &number.number);
        let result = match &fault {
            Some(FaultKind::Fail { status, code }) => {
                Err(Stop::Refused(Refused::new(*status, *code, "The stand-in was told to fail", "injected fault")))
            }
            Some(FaultKind::LoseAnswer { accepted: false, .. }) => {
                Err(Stop::Refused(Refused::new(504, 0, "The stand-in was told to lose the call", "injected fault")))
            }
            Some(FaultKind::LoseAnswer { accepted: true, .. } | FaultKind::NoReceipts) | None => {
                let silent = state.faults.strike_receipts(number.provider, &number.number);
                state.ledger.whole(|| {
                    let order = read(&state)?;
                    let item = self.accept(&state, number, &order, now, silent)?;
                    Ok((order, item))
                })
            }
        };
        let answer = match result {
            Ok((order, item)) => accepted(&order, &item),
            Err(Stop::Refused(reason)) => {
                let refusal = Refusal { at: now, number: number.key(), status: reason.status, code: reason.code };
                match state.ledger.refused(&refusal) {
                    Ok(()) => refused(&reason),
                    Err(error) => broken(&error),
                }
            }
            Err(Stop::Broken(error)) => broken(&error),
        };
        match fault {
            Some(FaultKind::LoseAnswer { mode, .. }) => lost(mode),
            Some(FaultKind::Fail { .. } | FaultKind::NoReceipts) | None => answer,
        }
    }

    fn accept(
        &self,
        state: &State,
        number: &OutsideNumber,
        order: &Order,
        now: Timestamp,
        silent: bool,
    ) -> std::result::Result<Item, Stop> {
        let ledger = &state.ledger;
        let mut pair = ledger.pair(&number.key(), &order.customer.phone)?;
        let window_open = rules::window_open(pair.last_wrote, now);
        let mut violations = Vec::new();
        match number.medium {
            Medium::WhatsApp => {
                let customer = &order.customer;
                let (on_whatsapp, blocked) = (customer.on_whatsapp, customer.blocked);
                violations =
                    rules::violations(Arrival { free_form: order.free_form, window_open, on_whatsapp, blocked });
                violations.extend(order.violation.filter(|violation| violation.matters(window_open)));
                if number.provider == ProviderKind::Meta {
                    pair.spent_until = Some(rules::pair_rate(pair.spent_until, now).ok_or_else(|| {
                        let details = "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time.";
                        Refused::new(400, 131_056, "(#131056) (Business Account, Consumer Account) pair rate limit hit", details)
                    })?);
                    ledger.put_pair(&number.key(), &order.customer.phone, pair)?;
                }
            }
            Medium::Sms if pair.opted_out => {
                return Err(Refused::new(400, 21610, "Attempt to send to unsubscribed recipient", "").into());
            }
            Medium::Sms => {}
        }
        let item = Item {
            id: self.new_id(state, number.provider)?,
            direction: "out".to_owned(),
            number: number.key(),
            customer: order.customer.phone.clone(),
            at: now,
            kind: order.kind.clone(),
            content: order.content.clone(),
            text: order.text.clone(),
            buttons: order.buttons.clone(),
            callback: order.callback.clone(),
            window_open,
            violations: violations.iter().map(|violation| violation.word().to_owned()).collect(),
        };
        ledger.add(&item)?;
        if let Some(Ordered { template, payloads }) = &order.template {
            ledger.note_template(&item.id, &template.id, &number.waba_id, payloads)?;
        }
        let report = Accepted {
            number,
            customer: &order.customer,
            item: &item,
            by_user_id: order.by_user_id,
            to: &order.to,
            violation: violations.first().copied(),
            report_to: order.report_to.as_deref(),
            category: order.template.as_ref().map(|ordered| ordered.template.category),
        };
        receipts::schedule(ledger, &report, state.habits, self.config.seed, silent)?;
        Ok(item)
    }

    /// A message id of the provider's form that never comes again.
    pub(super) fn new_id(&self, state: &State, provider: ProviderKind) -> Result<String> {
        use base64::{Engine, engine::general_purpose::STANDARD};
        let bytes = sign::derived(self.config.seed, "id", state.ledger.next_count()?);
        Ok(match provider {
            ProviderKind::Meta => format!("wamid.HBgL{}", STANDARD.encode(&bytes[..27])),
            ProviderKind::Twilio => format!("SM{}", hex::encode(&bytes[..16])),
        })
    }
}

pub(super) fn broken(error: &LedgerError) -> Answer {
    tracing::error!(error = error as &dyn std::error::Error, "the stand-in's ledger failed");
    Answer::Other { status: 500, content_type: "text/plain", body: "the stand-in's ledger failed" }
}

fn lost(mode: LostAnswer) -> Answer {
    match mode {
        LostAnswer::GatewayTimeout => Answer::Other {
            status: 504,
            content_type: "text/html",
            body: "<html><head><title>504 Gateway Time-out</title></head><body><h1>504 Gateway Time-out</h1></body></html>",
        },
        LostAnswer::Garbled => {
            Answer::Other { status: 200, content_type: "application/json", body: "{\"messaging_product\":\"what" }
        }
        LostAnswer::Hang => Answer::Never,
    }
}
