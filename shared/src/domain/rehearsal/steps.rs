//! The ladder's part of a conversation: looks at the window, steps that are due, and what they send.

use super::{
    Fate, Happened,
    setting::ONE_SMS,
    walk::{Sent, Timer, Walk},
};
use crate::domain::{
    Timestamp,
    cost::Kind,
    invite::INVITE_WITHIN,
    ladder::{Action, Circumstances, Moment, Reached, Step},
    message::{Purpose, Via, Way},
    plan::Plan,
    reason::Reason,
    time::SignedDuration,
    timer::AHEAD,
};

/// More than can be taken back in one window; an end all the same.
const MOST_TAKEN_BACK: usize = 8;

/// What happens once for each window.
#[derive(Debug, Default)]
pub(super) struct OfWindow<'a> {
    told: Vec<&'a str>,
    holding: Vec<&'a str>,
    /// The window's templates; all but the last were taken back.
    templates: Vec<Stands>,
    /// By the number of the template that they follow, or go in the place of.
    invited_after: Vec<usize>,
    /// What the ladder wants to send and must wait.
    waiting: Vec<Own<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stands {
    /// It waits, has gone out, or was not let go.
    Put,
    TakenBack,
}

/// A message of the ladder's own.
#[derive(Debug, Clone)]
struct Own<'a> {
    step: &'a Step,
    purpose: Purpose,
    via: Via,
    expires_at: Timestamp,
    /// When it may go.
    until: Timestamp,
    number: usize,
}

impl<'a, F: FnMut(Happened<'a>)> Walk<'a, '_, F> {
    /// The window is looked at: the next look is armed, and what is due is taken.
    pub fn look(&mut self, now: Timestamp) {
        let ladder = &self.by.ladder;
        let Some(fallback_from) = self.window.fallback_from() else { return };
        if now < fallback_from {
            let next = if self.customer_waits() { ladder.next_look(self.window, now) } else { None };
            let due = next.unwrap_or(fallback_from).max(now + AHEAD);
            if !self.timers.contains(&(due, Timer::Look)) {
                self.timers.push((due, Timer::Look));
            }
        }
        if now < fallback_from && !self.window.closed_by_provider() {
            self.take_before_end(now);
        } else if self.reply_held() {
            self.answer_is_held(now);
        } else if self.customer_waits() {
            self.take(ladder.at_end(), None, now);
        }
    }

    fn take_before_end(&mut self, now: Timestamp) {
        let mut due: Vec<(SignedDuration, &'a Step)> = self.by.ladder.due_before_end(self.window, now).collect();
        due.sort_by_key(|(before, _)| std::cmp::Reverse(*before));
        while let Some((before, _)) = due.first().copied() {
            let (moment, later): (Vec<_>, Vec<_>) = due.into_iter().partition(|(other, _)| *other == before);
            self.take(moment.into_iter().map(|(_, step)| step), None, now);
            due = later;
        }
    }

    pub fn answer_is_held(&mut self, now: Timestamp) {
        self.take(self.by.ladder.answer_held(), None, now);
    }

    pub fn after_template(&mut self, template: usize, step: usize, now: Timestamp) {
        if self.window.last_in > self.sent[template].last_in {
            return; // They came back.
        }
        if !self.customer_waits() && !self.reply_held() {
            return; // Answered meanwhile by another way.
        }
        self.take(self.by.ladder.steps.get(step), Some(template), now);
    }

    pub fn template_failed(&mut self, template: usize, now: Timestamp) {
        self.take(self.by.ladder.template_failed(), Some(template), now);
    }

    fn circumstances(&self, template: Option<usize>, now: Timestamp) -> Circumstances {
        let reached = template.map_or(Reached::Nobody, |place| {
            let sent = self.sent[place];
            sent.fate.reached(now.duration_since(sent.at))
        });
        Circumstances {
            now,
            customer_waits: self.customer_waits(),
            may_be_texted: self.by.can_text && self.it.customer.has_phone,
            vip: self.it.customer.vip,
            template: reached,
            cost: None,
        }
    }

    fn take(&mut self, steps: impl IntoIterator<Item = &'a Step>, template: Option<usize>, now: Timestamp) {
        let (by, customer, window) = (self.by, &self.it.customer, self.window);
        let texts = self.held.iter().filter(|waits| waits.may_be_texted()).count();
        // One that lets go what is held, and finds nothing that may go, does not stand in another's way.
        let steps = steps.into_iter().filter(|step| texts > 0 || !matches!(step.action, Action::SmsContent {}));
        let costed = steps.map(|step| (step, by.cost_of_step(step, customer, window, texts, now)));
        let taking = by.ladder.taking(costed, &self.circumstances(template, now));
        for step in taking.told {
            if !self.of_window.told.contains(&step.name.as_str()) {
                self.of_window.told.push(&step.name);
                (self.tell)(Happened::Told { at: now, step });
            }
        }
        let Some(step) = taking.sends else { return };
        match &step.action {
            Action::SendTemplate { .. } => self.window_template(step, now),
            Action::SmsInvite { .. } => self.sms_invite(step, template, now),
            Action::SmsContent {} => self.sms_content(now),
            Action::HoldingMessage { .. } => self.holding_message(step, now),
            Action::Remind {} | Action::Notify { .. } | Action::Hold {} | Action::GiveUp { .. } => {}
        }
    }

    /// An answer was given up: whoever wants a ticket is told, once for each.
    pub fn wants_ticket(&mut self, now: Timestamp) {
        let Some((_, step)) = self.by.ladder.gives_up() else { return };
        let wanted = matches!(step.action, Action::GiveUp { ticket: true });
        if wanted && step.applies(&self.by.ladder, &self.circumstances(None, now)) {
            (self.tell)(Happened::Told { at: now, step });
        }
    }

    /// The one template of a closed window, whichever step asks for it. One that was taken back does not stand in the way.
    fn window_template(&mut self, step: &'a Step, now: Timestamp) {
        let templates = &mut self.of_window.templates;
        if templates.last() == Some(&Stands::Put) || templates.len() >= MOST_TAKEN_BACK {
            return;
        }
        templates.push(Stands::Put);
        let number = templates.len() - 1;
        let purpose = Purpose::WindowTemplate { last_in: self.window.last_in, step: step.name.clone() };
        self.attempt(Own { step, purpose, via: Via::Auto, expires_at: now + INVITE_WITHIN, until: now, number }, now);
    }

    fn sms_invite(&mut self, step: &'a Step, template: Option<usize>, now: Timestamp) {
        let (number, last_in) = match template.map(|place| self.sent[place]) {
            Some(sent) => (sent.number, sent.last_in),
            None => (0, self.window.last_in),
        };
        if last_in == self.window.last_in {
            if self.of_window.invited_after.contains(&number) {
                return;
            }
            self.of_window.invited_after.push(number);
        }
        let purpose = Purpose::SmsInvite { last_in, step: step.name.clone() };
        self.attempt(Own { step, purpose, via: Via::Sms, expires_at: now + INVITE_WITHIN, until: now, number }, now);
    }

    fn holding_message(&mut self, step: &'a Step, now: Timestamp) {
        if self.of_window.holding.contains(&step.name.as_str()) {
            return;
        }
        self.of_window.holding.push(&step.name);
        let purpose = Purpose::HoldingMessage { last_in: self.window.last_in, step: step.name.clone() };
        let expires_at = now + INVITE_WITHIN;
        self.attempt(Own { step, purpose, via: Via::WhatsApp, expires_at, until: now, number: 0 }, now);
    }

    /// What is held goes by SMS, as it is, unless its sender keeps it for WhatsApp or for later.
    fn sms_content(&mut self, now: Timestamp) {
        let mut place = 0;
        while let Some(waits) = self.held.get(place) {
            if waits.may_be_texted() {
                self.by_sms(place, now);
            } else {
                place += 1;
            }
        }
    }

    pub fn wake(&mut self, now: Timestamp) {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.of_window.waiting).into_iter().partition(|own| own.until <= now);
        self.of_window.waiting = later;
        for own in due {
            self.attempt(own, now);
        }
    }

    fn attempt(&mut self, own: Own<'a>, now: Timestamp) {
        let by = self.by;
        let is_template = matches!(own.purpose, Purpose::WindowTemplate { .. });
        let ready = if is_template { by.template(own.step, &self.it.customer) } else { None };
        match self.plan_own(&own.purpose, ready, own.via, own.expires_at, now) {
            Plan::Go { way, .. } => {
                let kind = match way {
                    Way::FreeForm => Kind::Service,
                    Way::Template => Kind::Template(ready.map(|it| it.category).unwrap_or_default()),
                    Way::Sms => ONE_SMS,
                };
                let (cost, last_in) = (self.cost(kind, now).amount, self.window.last_in);
                (self.tell)(Happened::Out { at: now, step: Some(own.step), way, cost, last_in });
                if is_template {
                    self.template_left(own.number, now);
                }
            }
            Plan::Wait { until, .. } => {
                let until = until.map_or(own.expires_at, |until| until.min(own.expires_at)).max(now + AHEAD);
                self.timers.push((until, Timer::Wake));
                self.of_window.waiting.push(Own { until, ..own });
            }
            Plan::Refuse { reason } => {
                (self.tell)(Happened::NotSent { at: now, step: own.step });
                if is_template && reason != Reason::OptedOut {
                    let place = self.sent.len();
                    let fate = Fate { accepted: false, ..Fate::fails() };
                    self.sent.push(Sent { at: now, last_in: self.window.last_in, number: own.number, fate });
                    self.template_failed(place, now);
                }
            }
            Plan::Cancel { .. } => {
                match own.purpose {
                    Purpose::WindowTemplate { .. } => {
                        if let Some(stands) = self.of_window.templates.get_mut(own.number) {
                            *stands = Stands::TakenBack;
                        }
                    }
                    // Another answer may ask for another.
                    Purpose::SmsInvite { .. } => self.of_window.invited_after.retain(|number| *number != own.number),
                    Purpose::HoldingMessage { .. }
                    | Purpose::Reply
                    | Purpose::ConsentConfirmation { .. }
                    | Purpose::AutoReply { .. }
                    | Purpose::AutoTemplate { .. }
                    | Purpose::OptInAsk { .. } => {}
                }
            }
            Plan::Expire => {}
        }
    }

    /// The window's template is out: what follows it is armed, by what becomes of it.
    fn template_left(&mut self, number: usize, now: Timestamp) {
        let known = self.it.fates.iter().min_by_key(|(at, _)| at.duration_since(now).abs());
        let fate = known.map_or(self.by.assume.template, |(_, fate)| *fate);
        let (template, last_in) = (self.sent.len(), self.window.last_in);
        self.sent.push(Sent { at: now, last_in, number, fate });
        if fate.accepted {
            for (step, it) in self.by.ladder.steps.iter().enumerate() {
                if let Moment::AfterTemplate { minutes } = it.when {
                    let after = SignedDuration::from_mins(i64::from(minutes)).max(AHEAD);
                    self.timers.push((now + after, Timer::AfterTemplate { template, step }));
                }
            }
        }
        if let Some(after) = fate.failed {
            if after.is_zero() {
                self.template_failed(template, now);
            } else {
                self.timers.push((now + after, Timer::TemplateFails { template }));
            }
        }
        let comes_back = self.by.assume.comes_back_after.filter(|_| fate.failed.is_none() && fate.delivered.is_some());
        self.timers.extend(comes_back.map(|after| (now + after, Timer::ComesBack { last_in })));
    }
}
