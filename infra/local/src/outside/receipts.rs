//! What becomes of an accepted message: the reports on it, with the providers' disorder.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, rngs::StdRng, seq::SliceRandom};
use serde_json::{Value, json};
use transom::domain::channel::{Medium, ProviderKind};

use super::{
    ledger::{Customer, Item, Ledger, Result},
    review::Category,
    rules::Violation,
    settings::{OutsideNumber, ReceiptHabits, medium_word},
    sign,
    webhooks::{Planned, meta_call, twilio_call},
};

/// An accepted message, and what its reports need.
#[derive(Debug)]
pub(super) struct Accepted<'a> {
    pub number: &'a OutsideNumber,
    pub customer: &'a Customer,
    pub item: &'a Item,
    /// It was addressed by the person's id, so reports do not show the phone.
    pub by_user_id: bool,
    /// The address exactly as the sender wrote it.
    pub to: &'a str,
    /// Why it will not arrive, if it will not.
    pub violation: Option<Violation>,
    /// Twilio's status callback, if the send named one.
    pub report_to: Option<&'a str>,
    /// That of its template, if it has one.
    pub category: Option<Category>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Sent,
    Delivered,
    Read,
    Failed(Violation),
}

/// A report: what happened when, and when the webhook comes.
#[derive(Debug, Clone, Copy)]
struct Report {
    status: Status,
    at: Timestamp,
    due: Timestamp,
}

/// Queues the reports on an accepted message, and notes what the customer's phone shows.
pub(super) fn schedule(
    ledger: &Ledger,
    accepted: &Accepted<'_>,
    habits: ReceiptHabits,
    seed: u64,
    silent: bool,
) -> Result<()> {
    let mut chance = StdRng::from_seed(sign::derived(seed, "receipts", ledger.next_count()?));
    let reports = plan(accepted, habits, &mut chance);
    for report in &reports {
        ledger.tick(&accepted.item.id, report.status.word(), report.at)?;
    }
    if silent {
        return Ok(());
    }
    match accepted.number.provider {
        ProviderKind::Meta => {
            for (calls, due) in batched(&reports, &mut chance) {
                ledger.queue(&meta_report(accepted, &calls, &mut chance), due)?;
            }
        }
        ProviderKind::Twilio => {
            let Some(url) = accepted.report_to else { return Ok(()) };
            for report in &reports {
                ledger.queue(&twilio_report(accepted, url, *report), report.due)?;
            }
        }
    }
    Ok(())
}

fn plan(accepted: &Accepted<'_>, habits: ReceiptHabits, chance: &mut StdRng) -> Vec<Report> {
    let statuses = match accepted.violation {
        Some(violation) => vec![Status::Failed(violation)],
        // A reaction is only ever reported as sent (Meta, "statuses").
        None if accepted.item.kind == "reaction" => vec![Status::Sent],
        None if habits.read && accepted.number.medium == Medium::WhatsApp => {
            vec![Status::Sent, Status::Delivered, Status::Read]
        }
        None => vec![Status::Sent, Status::Delivered],
    };
    let latest = i64::try_from(habits.latest.as_millis()).unwrap_or(0).max(0);
    let mut late = |from: i64| SignedDuration::from_millis(chance.random_range(from..=latest.max(from)));
    let mut events: Vec<SignedDuration> = statuses.iter().map(|_| late(0)).collect();
    events.sort_unstable();
    let mut reports: Vec<Report> = Vec::new();
    for (status, event) in statuses.into_iter().zip(events) {
        let at = accepted.item.at + event;
        let delay = late(i64::try_from(event.as_millis()).unwrap_or(0));
        reports.push(Report { status, at, due: accepted.item.at + delay });
    }
    if !habits.shuffle {
        let mut dues: Vec<Timestamp> = reports.iter().map(|report| report.due).collect();
        dues.sort_unstable();
        for (report, due) in reports.iter_mut().zip(dues) {
            report.due = due;
        }
    }
    if habits.duplicates {
        for report in reports.clone() {
            if chance.random_ratio(1, 4) {
                let later = SignedDuration::from_millis(chance.random_range(0..=latest));
                reports.push(Report { due: report.due + later, ..report });
            }
        }
    }
    if habits.shuffle {
        reports.shuffle(chance); // Those with one due time come in any order, too.
    }
    reports
}

/// Meta sometimes puts two reports into one body, which comes at the later of their times.
fn batched(reports: &[Report], chance: &mut StdRng) -> Vec<(Vec<Report>, Timestamp)> {
    let mut bodies: Vec<(Vec<Report>, Timestamp)> = Vec::new();
    for report in reports {
        match bodies.last_mut() {
            Some((batch, due)) if batch.len() < 3 && chance.random_ratio(1, 4) => {
                batch.push(*report);
                *due = (*due).max(report.due);
            }
            Some(_) | None => bodies.push((vec![*report], report.due)),
        }
    }
    bodies
}

impl Status {
    fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed(_) => "failed",
        }
    }
}

/// What a report is about, by the name that its sender has for the customer.
fn meta_status(accepted: &Accepted<'_>, report: Report) -> Value {
    let Accepted { customer, item, .. } = accepted;
    let mut status =
        json!({"id": item.id, "status": report.status.word(), "timestamp": report.at.as_second().to_string()});
    if !accepted.by_user_id {
        status["recipient_id"] = json!(&customer.phone[1..]);
    }
    let failed = matches!(report.status, Status::Failed(_));
    if accepted.by_user_id || !failed {
        status["recipient_user_id"] = json!(customer.user_id);
    }
    if let Some(callback) = &item.callback {
        status["biz_opaque_callback_data"] = json!(callback);
    }
    match report.status {
        Status::Sent | Status::Delivered => {
            status["pricing"] = match accepted.category {
                Some(category) => {
                    json!({"billable": true, "pricing_model": "PMP", "type": "regular", "category": category.priced()})
                }
                None => {
                    json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"})
                }
            };
        }
        Status::Read => {}
        Status::Failed(violation) => {
            let (code, title, details) = meta_failure(violation);
            status["errors"] = json!([{"code": code, "title": title, "message": title,
                "error_data": {"details": details},
                "href": "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes"}]);
        }
    }
    status
}

fn meta_report(accepted: &Accepted<'_>, reports: &[Report], chance: &mut StdRng) -> Planned {
    let number = accepted.number;
    let value = |reports: &[Report]| {
        let statuses: Vec<Value> = reports.iter().map(|report| meta_status(accepted, *report)).collect();
        let mut value = json!({"messaging_product": "whatsapp", "statuses": statuses,
            "metadata": {"display_phone_number": &number.display_phone.trim_start_matches('+'), "phone_number_id": number.number}});
        if !reports.iter().any(|report| matches!(report.status, Status::Failed(_))) {
            let mut contact =
                json!({"profile": {"name": accepted.customer.name}, "user_id": accepted.customer.user_id});
            if !accepted.by_user_id {
                contact["wa_id"] = json!(&accepted.customer.phone[1..]);
            }
            value["contacts"] = json!([contact]);
        }
        value
    };
    let entry = |value: Value| json!({"id": number.waba_id, "changes": [{"field": "messages", "value": value}]});
    let entries: Vec<Value> = if reports.len() > 1 && chance.random_bool(0.5) {
        reports.iter().map(|report| entry(value(&[*report]))).collect()
    } else {
        vec![entry(value(reports))]
    };
    meta_call(number, &json!({"object": "whatsapp_business_account", "entry": entries}))
}

fn meta_failure(violation: Violation) -> (i64, &'static str, &'static str) {
    match violation {
        Violation::OutsideWindow => (
            131_047,
            "Re-engagement message",
            "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
        ),
        Violation::Unreachable | Violation::Blocked => (
            131_026,
            "Message undeliverable",
            "Message Undeliverable. The receiver is incapable of receiving this message.",
        ),
        Violation::TemplatePaused
        | Violation::TemplateDisabled
        | Violation::TemplateRejected
        | Violation::TemplateNotApproved => {
            (132_015, "Template is paused", "The template is paused because of its quality.")
        }
        Violation::BadVariable => {
            (132_018, "There is an issue with the parameters in your template", "A parameter's text.")
        }
        Violation::TextTooLong => (132_005, "Translated text too long", "The translated text is too long."),
    }
}

fn twilio_report(accepted: &Accepted<'_>, url: &str, report: Report) -> Planned {
    let Accepted { number, item, .. } = accepted;
    let word = match report.status {
        Status::Failed(Violation::Unreachable | Violation::Blocked) => "undelivered",
        Status::Failed(_) => "failed",
        Status::Sent | Status::Delivered | Status::Read => report.status.word(),
    };
    let mut form = vec![
        ("MessageSid", item.id.clone()),
        ("SmsSid", item.id.clone()),
        ("MessageStatus", word.to_owned()),
        ("SmsStatus", word.to_owned()),
        ("AccountSid", number.account_sid.clone().unwrap_or_default()),
        ("From", twilio_address(number.medium, &number.number)),
        ("To", accepted.to.to_owned()),
        ("ApiVersion", "2010-04-01".to_owned()),
    ];
    match number.medium {
        Medium::WhatsApp => {
            form.push(("ChannelPrefix", medium_word(number.medium).to_owned()));
            form.push(("ChannelInstallSid", "XE00000000000000000000000000000001".to_owned()));
            form.push(("ChannelToAddress", accepted.to.trim_start_matches("whatsapp:").to_owned()));
            if report.status == Status::Read {
                form.push(("EventType", "READ".to_owned()));
            }
        }
        Medium::Sms => form.push(("RawDlrDoneDate", report.at.strftime("%y%m%d%H%M").to_string())),
    }
    if let Status::Failed(violation) = report.status {
        form.push(("ErrorCode", twilio_failure(violation).to_string()));
    }
    let form: Vec<_> = form.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    twilio_call(number, url, &form)
}

fn twilio_failure(violation: Violation) -> i64 {
    match violation {
        Violation::OutsideWindow | Violation::TemplateNotApproved => 63016,
        Violation::Unreachable => 63024,
        Violation::Blocked => 63033,
        Violation::TemplateRejected => 63040,
        Violation::TemplatePaused => 63041,
        Violation::TemplateDisabled => 63042,
        Violation::BadVariable => 63013,
        Violation::TextTooLong => 63021,
    }
}

/// A number as Twilio writes it: `whatsapp:` before it on WhatsApp.
pub(super) fn twilio_address(medium: Medium, number: &str) -> String {
    match medium {
        Medium::WhatsApp => format!("whatsapp:{number}"),
        Medium::Sms => number.to_owned(),
    }
}

/// Our callback data out of a status callback's query: the value that has its form, under whatever name.
pub(super) fn callback_in(url: &str) -> Option<String> {
    let (_, query) = url.split('#').next()?.split_once('?')?;
    let values: Vec<String> = form_urlencoded::parse(query.as_bytes()).map(|(_, value)| value.into_owned()).collect();
    let ours = values.iter().find(|value| transom::domain::ids::CallbackData::from_str(value).is_ok());
    ours.or(values.first()).cloned()
}
