//! Subscriptions: who outside is told of events, and what became of that.

use std::str::FromStr;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use transom::{
    app::{
        jobs::begin,
        publish::{self, check_expression},
    },
    domain::{
        AccountId, ChannelId, EventId, JobId, SubscriptionId, Timestamp,
        content::Content,
        delivery::Health,
        event::{Event, EventKind},
        ids::BadId,
        job::{Job, JobKind},
        subscription::{Batch, Filter, Payload, SigningSecrets, Subscription},
        time::SignedDuration,
    },
    ports::store::{DeliveryLine, DeliveryOutcome},
    seal::{AccountKeys, Sealed, SubjectKey, is_webhook_secret, webhook_secret},
};

use super::jobs::{JobView, accepted};
use crate::{
    Api, Shared,
    answer::{Accepted, NoContent, Stored},
    auth::Account,
    check,
    paging::{List, Page, PageQuery, Paging, Whole, bad_cursor, cursor},
    problem::Problem,
    request::{JsonBody, Parameters, PathId, PathPair},
};

const LONGEST_URL: usize = 1000;
/// The most subscriptions of an account, so that telling all of them stays one read.
const MOST: usize = 50;
/// How long a secret is that is made here.
const SECRET_BYTES: usize = 32;

/// A subscription as it is shown. Its secret is shown when it is made and never again.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct SubscriptionView {
    id: SubscriptionId,
    url: String,
    types: Vec<EventKind>,
    channels: Vec<ChannelId>,
    contents: Vec<String>,
    filter: Option<String>,
    payload: Payload,
    batch: Option<Batch>,
    enabled: bool,
    /// Why Transom gave it up; storing it again lets it try anew.
    disabled_why: Option<String>,
    failing_since: Option<Timestamp>,
    created_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl SubscriptionView {
    fn new(it: Subscription, health: Health, secret: Option<String>) -> Self {
        Self {
            id: it.id,
            url: it.url,
            types: it.kinds,
            channels: it.filter.channels,
            contents: it.filter.contents,
            filter: it.filter.expression,
            payload: it.payload,
            batch: it.batch,
            enabled: it.enabled,
            disabled_why: it.disabled_why,
            failing_since: health.failing_since,
            created_at: it.created_at,
            secret,
        }
    }
}

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionBody {
    id: Option<SubscriptionId>,
    url: String,
    /// None: of all kinds.
    #[serde(default)]
    types: Vec<EventKind>,
    #[serde(default)]
    channels: Vec<ChannelId>,
    #[serde(default)]
    contents: Vec<String>,
    /// An expression (CEL) over what is told.
    filter: Option<String>,
    #[serde(default)]
    payload: Payload,
    batch: Option<Batch>,
    #[serde(default = "on")]
    enabled: bool,
    /// One of the caller's own; else one is made.
    secret: Option<String>,
}

fn on() -> bool {
    true
}

pub async fn list(
    Account(account): Account,
    State(api): State<Shared>,
) -> Result<Json<Whole<SubscriptionView>>, Problem> {
    let all = api.parts.store.subscriptions(&account).await?;
    Ok(Json(Whole { data: all.into_iter().map(|(it, health)| SubscriptionView::new(it, health, None)).collect() }))
}

pub async fn show(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
) -> Result<Json<SubscriptionView>, Problem> {
    let (it, health) = known(&api, &account, &id).await?;
    Ok(Json(SubscriptionView::new(it, health, None)))
}

async fn known(api: &Api, account: &AccountId, id: &SubscriptionId) -> Result<(Subscription, Health), Problem> {
    let found = api.parts.store.subscription(account, id).await?;
    found.ok_or_else(|| Problem::not_found("There is no such subscription."))
}

pub async fn put(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<SubscriptionBody>,
) -> Result<Stored<SubscriptionView>, Problem> {
    value.check(&id)?;
    let parts = &api.parts;
    parts.subscribers.check(&value.url).map_err(|bad| Problem::invalid("url", bad.to_string()))?;
    let channels = parts.store.channels(&account).await?;
    for (index, channel) in value.channels.iter().enumerate() {
        if !channels.iter().any(|known| known.id == *channel) {
            let words = format!("there is no channel {channel}; store it first");
            return Err(Problem::invalid(format!("channels[{index}]"), words));
        }
    }
    let keys = parts.keys(&account).await?;
    let before = parts.store.subscription(&account, &id).await?.map(|(it, _)| it);
    if before.is_none() && parts.store.subscriptions(&account).await?.len() >= MOST {
        return Err(Problem::conflict(format!("An account may have {MOST} subscriptions; remove one first.")));
    }
    let now = parts.now();
    let (secrets, shown) = secrets(&api, &keys, before.as_ref(), value.secret)?;
    let subscription = Subscription {
        id,
        account,
        url: value.url,
        kinds: value.types,
        filter: Filter { channels: value.channels, contents: value.contents, expression: value.filter },
        payload: value.payload,
        batch: value.batch,
        enabled: value.enabled,
        disabled_why: None,
        secrets: Sealed::new(&secrets, keys.own(), parts.nonce()),
        created_at: before.as_ref().map_or(now, |before| before.created_at),
    };
    parts.store.put_subscription(&subscription).await?;
    Ok(Stored { new: before.is_none(), value: SubscriptionView::new(subscription, Health::default(), shown) })
}

/// The secrets of a subscription that is stored, and the one to show, if it was made here. One that replaces another leaves
/// that one good for a day.
fn secrets(
    api: &Api,
    keys: &AccountKeys,
    before: Option<&Subscription>,
    given: Option<String>,
) -> Result<(SigningSecrets, Option<String>), Problem> {
    let before = before.map(|before| before.secrets.open(keys.own())).transpose();
    let before =
        before.map_err(|_| Problem::conflict("Its secret cannot be opened; remove the subscription first."))?;
    Ok(match (before, given) {
        (Some(before), Some(given)) if before.current == given => (before, None),
        (Some(before), Some(given)) => (before.replaced_by(given, api.parts.now()), None),
        (Some(before), None) => (before, None),
        (None, Some(given)) => (SigningSecrets::new(given), None),
        (None, None) => {
            let made = new_secret(api);
            (SigningSecrets::new(made.clone()), Some(made))
        }
    })
}

fn new_secret(api: &Api) -> String {
    let mut bytes = [0; SECRET_BYTES];
    api.parts.chance.bytes(&mut bytes);
    webhook_secret(&bytes)
}

impl SubscriptionBody {
    fn check(&self, id: &SubscriptionId) -> Result<(), Problem> {
        check::agrees("id", self.id.as_ref(), id)?;
        if self.url.len() > LONGEST_URL {
            return Err(Problem::invalid("url", format!("may have {LONGEST_URL} characters")));
        }
        for (index, kind) in self.contents.iter().enumerate() {
            if !Content::KINDS.contains(&kind.as_str()) {
                let words = format!("is no kind of content; these are: {}", Content::KINDS.join(", "));
                return Err(Problem::invalid(format!("contents[{index}]"), words));
            }
        }
        if let Some(filter) = &self.filter {
            check_expression(filter).map_err(|bad| Problem::invalid("filter", bad.to_string()))?;
        }
        if let Some(batch) = self.batch {
            if !(1..=Batch::MOST_EVENTS).contains(&batch.events) {
                return Err(Problem::invalid("batch.events", format!("must be from 1 to {}", Batch::MOST_EVENTS)));
            }
            if !(1..=Batch::MOST_SECONDS).contains(&batch.seconds) {
                return Err(Problem::invalid("batch.seconds", format!("must be from 1 to {}", Batch::MOST_SECONDS)));
            }
        }
        if self.secret.as_ref().is_some_and(|secret| !is_webhook_secret(secret)) {
            let words = "must be whsec_ and the base64 of 24 to 64 random bytes; leave it out to have one made";
            return Err(Problem::invalid("secret", words));
        }
        Ok(())
    }
}

pub async fn remove(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
) -> Result<NoContent, Problem> {
    known(&api, &account, &id).await?;
    api.parts.store.remove_subscription(&account, &id).await?;
    Ok(NoContent)
}

/// Makes a new secret. Deliveries are signed with both for a day.
pub async fn rotate(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
) -> Result<Json<SubscriptionView>, Problem> {
    let (mut it, health) = known(&api, &account, &id).await?;
    let keys = api.parts.keys(&account).await?;
    let secret = new_secret(&api);
    let (secrets, _) = secrets(&api, &keys, Some(&it), Some(secret.clone()))?;
    it.secrets = Sealed::new(&secrets, keys.own(), api.parts.nonce());
    api.parts.store.put_subscription(&it).await?;
    Ok(Json(SubscriptionView::new(it, health, Some(secret))))
}

/// What was set going.
#[derive(Debug, Serialize, schemars::JsonSchema)]
#[schemars(rename = "ToldView")]
pub struct Told {
    /// The id that the subscriber will see.
    event: EventId,
}

/// Sends a test, and tells under which id.
pub async fn test(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
) -> Result<Accepted<Told>, Problem> {
    let (it, _) = known(&api, &account, &id).await?;
    let event = Event::test(&account, &id, api.parts.now());
    let told = Told { event: event.id };
    publish::tell_one(&api.parts, &account, &it, event).await?;
    Ok(Accepted { at: None, value: told })
}

/// One attempt that failed, as it is shown.
#[derive(Debug, Serialize, schemars::JsonSchema)]
pub struct DeliveryView {
    /// For telling it again.
    id: String,
    at: Timestamp,
    event: EventId,
    #[serde(rename = "type")]
    kind: EventKind,
    attempt: u32,
    outcome: DeliveryOutcome,
    status: Option<u16>,
    /// The beginning of the answer, or why there was none.
    answer: Option<String>,
}

/// Attempts that failed, newest first. What was delivered leaves no line.
pub async fn deliveries(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
    mut parameters: Parameters<PageQuery>,
) -> Result<Json<Page<DeliveryView>>, Problem> {
    let paging = Paging::read(&mut parameters, List::Deliveries)?;
    parameters.finish()?;
    known(&api, &account, &id).await?;
    if paging.after.as_deref().is_some_and(|after| !is_line(after)) {
        return Err(bad_cursor());
    }
    let keys = api.parts.keys(&account).await?;
    let lines = api.parts.store.deliveries(&account, &id, paging.after.as_deref(), paging.limit).await?;
    let next_cursor =
        lines.last().filter(|_| lines.len() == paging.limit).map(|line| cursor(List::Deliveries, &line.id()));
    let mut data = Vec::with_capacity(lines.len());
    for line in &lines {
        data.push(shown(&publish::keys_of_line(&api.parts, &keys, line).await?, line));
    }
    Ok(Json(Page { data, next_cursor }))
}

fn shown(keys: &[SubjectKey], line: &DeliveryLine) -> DeliveryView {
    DeliveryView {
        id: line.id(),
        at: line.at,
        event: line.event.id,
        kind: line.event.kind,
        attempt: line.attempt,
        outcome: line.outcome,
        status: line.status,
        answer: keys.iter().find_map(|key| line.answer.open(key).ok()),
    }
}

/// `{milliseconds}.{event}.{attempt}`
fn is_line(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    matches!(parts[..], [at, event, attempt] if digits(at) && event.parse::<EventId>().is_ok() && digits(attempt))
}

/// Names an attempt that failed.
#[derive(Debug, schemars::JsonSchema)]
#[schemars(transparent)]
pub struct LineId(#[schemars(regex(pattern = r"^[0-9]+\.evt_[0-7][0-9A-HJKMNP-TV-Z]{25}\.[0-9]+$"))] String);

impl FromStr for LineId {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        if is_line(text) { Ok(Self(text.to_owned())) } else { Err(BadId { expected: "the id of a delivery" }) }
    }
}

/// Tells it again, from the first attempt on and under the same id.
pub async fn replay(
    Account(account): Account,
    PathPair(id, LineId(line)): PathPair<SubscriptionId, LineId>,
    State(api): State<Shared>,
) -> Result<Accepted<Told>, Problem> {
    let missing = || Problem::not_found("There is no such delivery; lines are kept for 30 days.");
    let (it, _) = known(&api, &account, &id).await?;
    let line = api.parts.store.delivery(&account, &id, &line).await?.ok_or_else(missing)?;
    if !it.is_on() {
        return Err(Problem::conflict("The subscription is disabled; store it again first."));
    }
    let told = Told { event: line.event.id };
    publish::tell_again(&api.parts, &it, line.event).await?;
    Ok(Accepted { at: None, value: told })
}

/// The longest time that is told again at once.
const LONGEST_REPLAY: SignedDuration = SignedDuration::from_hours(24 * 31);
/// How many events a second are told again, unless asked otherwise.
const USUAL_REPLAY: u32 = 10;
const FASTEST_REPLAY: u32 = 100;

#[derive(Debug, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    from: Timestamp,
    /// Not included.
    until: Timestamp,
    per_second: Option<u32>,
}

impl ReplayBody {
    fn checked(&self) -> Result<u32, Problem> {
        if self.until <= self.from {
            return Err(Problem::invalid("until", "must be after from"));
        }
        if self.until.duration_since(self.from) > LONGEST_REPLAY {
            return Err(Problem::invalid("until", "may be at most 31 days after from"));
        }
        let per_second = self.per_second.unwrap_or(USUAL_REPLAY);
        if !(1..=FASTEST_REPLAY).contains(&per_second) {
            return Err(Problem::invalid("per_second", format!("must be from 1 to {FASTEST_REPLAY}")));
        }
        Ok(per_second)
    }
}

/// Begins to tell a subscriber again of everything in a time that it wants, at a rate of its own and under the same ids.
pub async fn replay_range(
    Account(account): Account,
    PathId(id): PathId<SubscriptionId>,
    State(api): State<Shared>,
    JsonBody { value, .. }: JsonBody<ReplayBody>,
) -> Result<Accepted<JobView>, Problem> {
    let per_second = value.checked()?;
    let (it, _) = known(&api, &account, &id).await?;
    if !it.is_on() {
        return Err(Problem::conflict("The subscription is disabled; store it again first."));
    }
    let parts = &api.parts;
    let kind = JobKind::Replay { subscription: id, from: value.from, until: value.until, per_second };
    let job = Job::new(JobId::from_bits(parts.bits()), account, kind, parts.now());
    Ok(accepted(&begin(parts, job).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::request::parse;

    fn read(body: &Value) -> Result<(), Problem> {
        parse::<SubscriptionBody>(body.to_string().as_bytes())?.check(&"desk".parse().unwrap())
    }

    #[test]
    fn a_wrong_value_is_named() {
        let good = json!({ "url": "https://hotel.example/hook" });
        read(&good).unwrap();
        let refused = |field: &str, value: Value| {
            let mut body = good.clone();
            body[field] = value;
            read(&body).unwrap_err().errors.remove(0).field
        };
        assert_eq!(refused("id", json!("other")), "id");
        assert_eq!(refused("url", json!(7)), "url");
        assert_eq!(refused("url", json!("x".repeat(1001))), "url");
        assert_eq!(refused("types", json!(["message.smelled"])), "types[0]");
        assert_eq!(refused("channels", json!(["Front Desk"])), "channels[0]");
        assert_eq!(refused("contents", json!(["text", "smell"])), "contents[1]");
        assert_eq!(refused("payload", json!("fat")), "payload");
        assert_eq!(refused("secret", json!("short")), "secret");
        assert_eq!(refused("secret", json!("whsec_c2hvcnQ=")), "secret");
        assert_eq!(refused("team", json!("x")), "team");
        assert_eq!(refused("filter", json!("event.type ==")), "filter");
        assert_eq!(refused("filter", json!("message.state == 'sent'")), "filter");
        assert_eq!(refused("batch", json!({ "events": 101, "seconds": 5 })), "batch.events");
        assert_eq!(refused("batch", json!({ "events": 10, "seconds": 0 })), "batch.seconds");
        assert_eq!(refused("batch", json!({ "events": 10 })), "batch.seconds");
    }

    #[test]
    fn a_wrong_range_is_named() {
        let read = |body: &Value| parse::<ReplayBody>(body.to_string().as_bytes())?.checked();
        let good = json!({ "from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z" });
        assert_eq!(read(&good).unwrap(), USUAL_REPLAY);
        for (field, value) in [
            ("from", json!("yesterday")),
            ("until", json!("2026-03-01T00:00:00Z")),
            ("until", json!("2026-04-02T00:00:00Z")),
            ("per_second", json!(0)),
            ("per_second", json!(101)),
        ] {
            let mut body = good.clone();
            body[field] = value.clone();
            assert_eq!(read(&body).unwrap_err().errors[0].field, field, "{field}: {value}");
        }
    }

    #[test]
    fn only_a_line_is_one() {
        let event = Event::test(&"demo".parse().unwrap(), &"desk".parse().unwrap(), Timestamp::UNIX_EPOCH).id;
        assert!(is_line(&format!("1772366400000.{event}.3")));
        for bad in ["", "1", "1.2.3", &format!("x.{event}.3"), &format!("1.{event}."), &format!("1.{event}.3.4")] {
            assert!(!is_line(bad), "{bad}");
        }
    }
}
