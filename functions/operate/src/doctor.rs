//! Whether everything is in order, and if not, what is not: looked at from where the functions run, with their own rights.

use std::fmt::Display;

use secrecy::SecretString;
use serde_json::{Value, json};
use transom::{
    app::{Parts, Trouble},
    domain::{
        AccountId, Timestamp,
        channel::{Channel, ProviderKind},
        template::{Status, Template},
        time::{SignedDuration, from_millis},
    },
    ports::{administration::Administered, template_review::Listed},
};

use crate::{BadOrder, NotDone, Operate, setup};

/// A clock that is off by more is worth a look: two minutes are what windows allow for.
const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The sweep runs every minute, and its cursor moves by five.
const SWEPT_WITHIN: SignedDuration = SignedDuration::from_mins(20);

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    check: &'static str,
    /// The channel, template or queue that it is about.
    what: String,
    ok: bool,
    in_words: String,
}

#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, check: &'static str, what: impl Display, ok: bool, in_words: impl Into<String>) {
        self.0.push(Finding { check, what: format!("{what}"), ok, in_words: in_words.into() });
    }

    fn to_json(&self) -> Value {
        let line = |it: &Finding| json!({ "check": it.check, "what": it.what, "ok": it.ok, "in_words": it.in_words });
        json!({ "ok": self.0.iter().all(|it| it.ok), "findings": self.0.iter().map(line).collect::<Vec<_>>() })
    }
}

/// Looks at the installation, and at one account if it is named.
pub(crate) async fn examine(operate: &Operate, account: Option<AccountId>) -> Result<Value, NotDone> {
    let mut findings = Findings::default();
    installation(operate, &mut findings).await?;
    if let Some(account) = account {
        examine_account(&operate.parts, &account, &mut findings).await?;
    }
    Ok(findings.to_json())
}

async fn installation(operate: &Operate, findings: &mut Findings) -> Result<(), NotDone> {
    let parts = &operate.parts;
    let fence = parts.store.fence().await.map_err(Trouble::from)?;
    if parts.mode.sends_paused {
        findings.add("sends", "installation", false, "sends are paused (TRANSOM_SENDS); nothing leaves");
    } else if fence.shuts_out(parts.mode.epoch) {
        let why = "this installation may not send: the table is a copy without its fence, or a newer one took over";
        findings.add("sends", "installation", false, why);
    } else {
        findings.add("sends", "installation", true, "sends are on");
    }
    let swept = parts.store.cursors().await.map_err(Trouble::from)?.into_iter().filter_map(Result::ok).flatten().min();
    let (ok, words) = match swept {
        None => (false, "no sweep has run yet: is the schedule there, and expire well?".to_owned()),
        Some(minute) => {
            let lag = parts.now().duration_since(from_millis(minute * 60_000));
            (lag <= SWEPT_WITHIN, format!("timers were looked at up to {} minutes ago", lag.as_mins()))
        }
    };
    findings.add("sweep", "timers", ok, words);
    for depth in operate.queues.depths().await.map_err(Trouble::from)? {
        let words = format!("{} waiting, {} in flight", depth.waiting, depth.in_flight);
        findings.add("queue", depth.name, !depth.is_dead || depth.waiting + depth.in_flight == 0, words);
    }
    Ok(())
}

async fn examine_account(parts: &Parts, account: &AccountId, findings: &mut Findings) -> Result<(), NotDone> {
    match parts.keys(account).await {
        Ok(_) => findings.add("account_key", account, true, "is there"),
        Err(Trouble::NoAccountKey { .. }) => {
            findings.add(
                "account_key",
                account,
                false,
                "the secret account-key is missing or shorter than 32 characters",
            );
        }
        Err(trouble) => return Err(trouble.into()),
    }
    let channels = parts.store.channels(account).await.map_err(Trouble::from)?;
    if channels.is_empty() {
        findings.add("channels", account, false, "the account has no channel yet");
    }
    // A forged call counts as one, and an alarm counts those: one for each kind of provider is enough.
    let mut tried: Vec<ProviderKind> = Vec::new();
    for channel in &channels {
        let forges = !tried.contains(&channel.provider);
        if examine_channel(parts, account, channel, forges, findings).await? && forges {
            tried.push(channel.provider);
        }
    }
    Ok(())
}

async fn secret(
    parts: &Parts,
    account: &AccountId,
    name: &transom::domain::channel::SecretName,
) -> Result<Option<SecretString>, NotDone> {
    Ok(parts.secrets.get(account, name).await.map_err(Trouble::from)?.into_iter().next())
}

/// Answers whether its signatures could be looked at; with `forges`, also by a call that nobody signed rightly.
async fn examine_channel(
    parts: &Parts,
    account: &AccountId,
    channel: &Channel,
    forges: bool,
    findings: &mut Findings,
) -> Result<bool, NotDone> {
    let id = &channel.id;
    let endpoint = match setup::channel_of(parts, account, id).await {
        Ok((_, endpoint)) => endpoint,
        Err(NotDone::Bad(BadOrder { problem, .. })) => {
            findings.add("endpoint", id, false, problem);
            return Ok(false);
        }
        Err(trouble) => return Err(trouble),
    };
    let mapped = endpoint.numbers.values().any(|mapped| mapped == id);
    let words = if mapped { "leads here" } else { "does not map the number to this channel; what comes in is parked" };
    findings.add("endpoint", id, mapped, words);
    if channel.provider == ProviderKind::Meta {
        let named = match &endpoint.verify_token {
            Some(name) => secret(parts, account, name).await?.is_some(),
            None => false,
        };
        let words = if named { "is there" } else { "the endpoint's verify_token or its secret is missing" };
        findings.add("verify_token", id, named, words);
    }
    let gate = parts.store.gate(account, id).await.map_err(Trouble::from)?;
    let words = if gate.circuit.open.is_some() { "the provider refuses or fails; messages wait" } else { "sends" };
    findings.add("circuit", id, gate.circuit.open.is_none(), words);

    let Some(credential) = secret(parts, account, &channel.credentials).await? else {
        findings.add("credentials", id, false, format!("the secret {} is missing", channel.credentials));
        return Ok(false);
    };
    let administration = parts.providers.administration(channel.provider);
    let at = Administered { channel, credential: &credential, endpoint: &endpoint, now: parts.now() };
    match administration.number(&at).await {
        Ok(state) => {
            findings.add("credentials", id, state.usable, state.in_words);
            if let Some(date) = state.date.filter(|_| parts.providers.are_timed()) {
                clock(parts.now(), date, id, findings);
            }
        }
        Err(error) => findings.add("credentials", id, false, error.to_string()),
    }
    let signing = secret(parts, account, &endpoint.signing_secret).await?;
    match &signing {
        Some(signing) => signatures(administration, &at, signing, forges, findings).await,
        None => findings.add("signature", id, false, format!("the secret {} is missing", endpoint.signing_secret)),
    }
    let templates = parts.store.templates(account, None).await.map_err(Trouble::from)?;
    if channel.medium == transom::domain::channel::Medium::WhatsApp && !templates.is_empty() {
        match parts.providers.template_review(channel.provider).list(&at).await {
            Ok(listed) => {
                for template in &templates {
                    let what = format!("{id} {}/{}", template.name, template.language);
                    let (approved, word) = standing_of(template, &at, &listed);
                    findings.add("template", what, approved, word);
                }
            }
            Err(error) => findings.add("template", id, false, error.to_string()),
        }
    }
    Ok(signing.is_some())
}

/// Whether a template of ours is approved at the channel's provider, and the provider's word.
fn standing_of(template: &Template, at: &Administered<'_>, listed: &[Listed]) -> (bool, String) {
    let reference = template.reference(&at.channel.place());
    let theirs = listed.iter().filter(|it| match reference {
        Some(reference) => it.standing.reference.as_deref() == Some(reference),
        None => it.name == template.name && it.language == template.language,
    });
    match theirs.map(|it| &it.standing).min_by_key(|standing| standing.status) {
        Some(standing) => (standing.status == Status::Approved, standing.word.clone()),
        None => (false, "missing".to_owned()),
    }
}

fn clock(now: Timestamp, date: Timestamp, what: &impl Display, findings: &mut Findings) {
    let skew = now.duration_since(date);
    let words = format!("the provider's differs from ours by about {} s", skew.as_secs().abs());
    findings.add("clock", what, skew.abs() <= SKEW, words);
}

/// A signed call to the public address must be taken, and the same under another signature refused.
async fn signatures(
    administration: &dyn transom::ports::administration::Administration,
    at: &Administered<'_>,
    signing: &SecretString,
    forges: bool,
    findings: &mut Findings,
) {
    let id = &at.channel.id;
    let url = &at.endpoint.public_url;
    match administration.probe(at, signing).await {
        Ok(200) => findings.add("signature", id, true, format!("{url} takes what is signed")),
        Ok(401) => {
            let words = format!("{url} refuses what is signed: its public_url or the secret differs there");
            findings.add("signature", id, false, words);
        }
        Ok(status) => findings.add("signature", id, false, format!("{url} answers {status}; does it lead here?")),
        Err(error) => findings.add("signature", id, false, format!("{url}: {error}")),
    }
    if !forges {
        return;
    }
    match administration.probe(at, &SecretString::from("nobody's secret")).await {
        Ok(401) => findings.add("forgery", id, true, "what is signed wrongly is refused"),
        Ok(status) => {
            findings.add("forgery", id, false, format!("what is signed wrongly is answered with {status}, not 401"));
        }
        Err(error) => findings.add("forgery", id, false, error.to_string()),
    }
}

/// Puts a probe, or says how far it has come.
pub(crate) async fn probe(parts: &Parts, id: Option<String>) -> Result<Value, NotDone> {
    let Some(id) = id else {
        let id = format!("{:032x}", parts.bits());
        parts.store.put_probe(&id, parts.now()).await.map_err(Trouble::from)?;
        return Ok(json!({ "id": id, "arrived": false }));
    };
    let probe = parts.store.probe(&id).await.map_err(Trouble::from)?;
    let probe = probe.ok_or_else(|| BadOrder::new("id", "there is no such probe, or it is older than a day"))?;
    let took = probe.arrived_at.map(|at| at.duration_since(probe.put_at).as_millis());
    Ok(json!({ "id": id, "arrived": took.is_some(), "milliseconds": took }))
}
