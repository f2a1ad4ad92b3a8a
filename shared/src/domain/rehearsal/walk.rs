//! One conversation, gone through time: what people did, and what comes due between.

use super::{
    Answer, Conversation, Did, Event, Fate, Happened, HeldEnd, Setting, TurnEnd,
    setting::{ONE_SMS, Ready},
};
use crate::domain::{
    Timestamp,
    channel::Medium,
    content::Content,
    cost::{Cost, Kind},
    message::{OnHeld, Purpose, Via, Way},
    plan::{Facts, Placed, Plan, Wish, plan},
    template::Status,
    time::SignedDuration,
    timer::{AHEAD, must_arm},
    window::{ServiceWindow, WindowState},
};

/// Something that is to be looked at later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Timer {
    /// The window.
    Look,
    /// The ladder's own messages that wait.
    Wake,
    /// A template that went out, by its place, and the step's place in the ladder.
    AfterTemplate {
        template: usize,
        step: usize,
    },
    TemplateFails {
        template: usize,
    },
    ComesBack {
        last_in: Option<Timestamp>,
    },
}

/// An answer that waits for the customer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Waits<'c> {
    pub answer: &'c Answer,
    pub written_at: Timestamp,
    pub expires_at: Timestamp,
}

impl Waits<'_> {
    /// Whether the ladder may let it go by SMS. How long it is, nobody knows here.
    pub fn may_be_texted(&self) -> bool {
        self.answer.via == Via::Auto && self.answer.on_held == OnHeld::Ladder && self.answer.template.is_none()
    }

    /// When it ends by itself, and how.
    fn ends(&self) -> (Timestamp, HeldEnd) {
        match self.answer.taken_back_at {
            Some(at) if at < self.expires_at => (at, HeldEnd::TakenBack),
            Some(_) | None => (self.expires_at, HeldEnd::Expired),
        }
    }
}

/// A window's template that went out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent {
    pub at: Timestamp,
    pub last_in: Option<Timestamp>,
    /// Which of this window's it is: those that were taken back count.
    pub number: usize,
    pub fate: Fate,
}

/// A customer's wait.
#[derive(Debug, Clone, Copy)]
struct Turn {
    since: Timestamp,
    /// The window ended on it.
    late: bool,
}

pub(super) struct Walk<'a, 'c, F> {
    pub by: &'a Setting,
    pub it: &'c Conversation,
    pub tell: &'c mut F,
    until: Timestamp,
    pub window: ServiceWindow,
    /// The customer's message that was answered last.
    answered: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    turn: Option<Turn>,
    pub held: Vec<Waits<'c>>,
    pub timers: Vec<(Timestamp, Timer)>,
    pub sent: Vec<Sent>,
    pub of_window: super::steps::OfWindow<'a>,
}

impl<'a, 'c, F: FnMut(Happened<'a>)> Walk<'a, 'c, F> {
    pub fn new(by: &'a Setting, it: &'c Conversation, until: Timestamp, tell: &'c mut F) -> Self {
        Self {
            by,
            it,
            tell,
            until,
            window: ServiceWindow::default(),
            answered: None,
            closed_at: None,
            turn: None,
            held: Vec::new(),
            timers: Vec::new(),
            sent: Vec::new(),
            of_window: super::steps::OfWindow::default(),
        }
    }

    pub fn finish(mut self) {
        let (it, until) = (self.it, self.until);
        for event in it.events.iter().filter(|event| event.at < until) {
            self.pass_until(event.at);
            self.happens(event);
        }
        self.pass_until(self.until);
        for waits in std::mem::take(&mut self.held) {
            (self.tell)(Happened::Held { written_at: waits.written_at, at: self.until, end: HeldEnd::StillHeld });
        }
        let over = self.window.closes_at().is_none_or(|end| end <= self.until);
        let late = self.turn.is_some_and(|turn| turn.late);
        self.end_turn(self.until, if over || late { TurnEnd::Never } else { TurnEnd::Open });
    }

    fn happens(&mut self, event: &'c Event) {
        match &event.what {
            Did::Wrote => self.wrote(event.at),
            Did::Answered(answer) => self.answered(answer, event.at),
            Did::AnsweredElsewhere => self.is_answered(event.at, Way::FreeForm, false),
            Did::Closed => {
                self.closed_at = Some(event.at);
                self.end_turn(event.at, TurnEnd::Closed);
            }
        }
    }

    /// Lets everything happen that is due before `at`. What people did at that very moment comes first.
    fn pass_until(&mut self, at: Timestamp) {
        loop {
            let timer = self.timers.iter().enumerate().min_by_key(|(_, (due, _))| *due).map(|(place, it)| (place, *it));
            let timer = timer.filter(|(_, (due, _))| *due < at);
            let ends = self.held.iter().enumerate().map(|(place, waits)| (waits.ends(), place));
            let ends = ends.min_by_key(|((due, _), _)| *due).filter(|((due, _), _)| *due < at);
            match (timer, ends) {
                (None, None) => return,
                (Some((_, (due, _))), Some(((ends, how), place))) if ends <= due => self.gives_up(place, ends, how),
                (None, Some(((ends, how), place))) => self.gives_up(place, ends, how),
                (Some((place, (due, timer))), _) => {
                    self.timers.remove(place);
                    self.fire(timer, due);
                }
            }
        }
    }

    fn fire(&mut self, timer: Timer, now: Timestamp) {
        match timer {
            Timer::Look => self.look(now),
            Timer::Wake => self.wake(now),
            Timer::AfterTemplate { template, step } => self.after_template(template, step, now),
            Timer::TemplateFails { template } => self.template_failed(template, now),
            Timer::ComesBack { last_in } if last_in == self.window.last_in => self.wrote(now),
            Timer::ComesBack { .. } => {}
        }
    }

    fn wrote(&mut self, now: Timestamp) {
        if self.window.last_in.is_some_and(|last| last >= now) {
            return;
        }
        let old_end = self.window.closes_at();
        if let Some(turn) = &mut self.turn {
            turn.late |= old_end.is_some_and(|end| end <= now);
        }
        self.window.last_in = Some(now);
        self.of_window = super::steps::OfWindow::default();
        if must_arm(old_end, now) {
            let next = self.by.ladder.next_look(self.window, now).or(self.window.fallback_from());
            self.timers.extend(next.map(|due| (due.max(now + AHEAD), Timer::Look)));
        }
        // Now everything that was held may go, in its order.
        for waits in std::mem::take(&mut self.held) {
            match self.plan_answer(waits.answer, waits.answer.via, waits.expires_at, now) {
                Plan::Go { way, .. } => self.answer_leaves(waits.answer, way, Some(waits), now),
                Plan::Refuse { .. } => self.held_ends(waits, now, HeldEnd::Refused),
                Plan::Wait { .. } | Plan::Cancel { .. } | Plan::Expire => self.held.push(waits),
            }
        }
        // Whoever is answered by writing did not wait.
        if self.customer_waits() {
            self.turn.get_or_insert(Turn { since: now, late: false });
        }
    }

    fn answered(&mut self, answer: &'c Answer, now: Timestamp) {
        if answer.met_a_closed_window && self.window.state(now) == WindowState::Open {
            self.window.closed_for = self.window.last_in;
        }
        let expires_at = answer.expires_at.unwrap_or(now + self.by.life);
        match self.plan_answer(answer, answer.via, expires_at, now) {
            Plan::Go { way, .. } => self.answer_leaves(answer, way, None, now),
            Plan::Wait { .. } => {
                let waits = Waits { answer, written_at: now, expires_at };
                self.held.push(waits);
                match answer.on_held {
                    OnHeld::Hold => {}
                    OnHeld::Sms => self.by_sms(self.held.len() - 1, now),
                    OnHeld::Ladder if self.window.last_in.is_some() => self.look(now),
                    // They never wrote: there is no end to wait for.
                    OnHeld::Ladder => self.answer_is_held(now),
                }
            }
            Plan::Refuse { .. } | Plan::Cancel { .. } | Plan::Expire => {}
        }
    }

    /// Lets one held answer go by SMS, whatever its sender said.
    pub fn by_sms(&mut self, place: usize, now: Timestamp) {
        let waits = self.held.remove(place);
        match self.plan_answer(waits.answer, Via::Sms, waits.expires_at, now) {
            Plan::Go { way, .. } => self.answer_leaves(waits.answer, way, Some(waits), now),
            Plan::Refuse { .. } | Plan::Wait { .. } | Plan::Cancel { .. } => {
                self.held_ends(waits, now, HeldEnd::Refused);
            }
            Plan::Expire => self.held_ends(waits, now, HeldEnd::Expired),
        }
    }

    fn plan_answer(&self, answer: &Answer, via: Via, expires_at: Timestamp, now: Timestamp) -> Plan {
        let stand_ins = &self.by.stand_ins;
        let template = answer.template.map(|category| Placed {
            template: &stand_ins.template,
            status: Status::Approved,
            category,
        });
        let content = if template.is_some() { &stand_ins.of_template } else { &stand_ins.text };
        let wish = Wish { content, purpose: &Purpose::Reply, via, to: None, expires_at };
        plan(&Facts { template, ..self.facts(now) }, &wish, now)
    }

    /// The plan for a message of the ladder's own.
    pub fn plan_own(
        &self,
        purpose: &Purpose,
        ready: Option<&Ready>,
        via: Via,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Plan {
        let stand_ins = &self.by.stand_ins;
        let content: &Content = match (purpose, ready) {
            (_, Some(ready)) => &ready.content,
            (Purpose::WindowTemplate { .. }, None) => &stand_ins.of_template,
            (_, None) => &stand_ins.text,
        };
        let template = ready.map(|it| Placed { template: &it.template, status: it.status, category: it.category });
        let facts = Facts { template, ..self.facts(now) };
        plan(&facts, &Wish { content, purpose, via, to: None, expires_at }, now)
    }

    fn facts(&self, now: Timestamp) -> Facts<'_> {
        let (stand_ins, customer) = (&self.by.stand_ins, &self.it.customer);
        let quiet = customer.quiet_hours.as_ref().filter(|quiet| quiet.is_quiet(now));
        Facts {
            medium: Medium::WhatsApp,
            window: self.window,
            window_address: Some(&stand_ins.hash),
            customer_waits: self.customer_waits(),
            reply_held: self.reply_held(),
            addresses: stand_ins.addresses(customer),
            consent: customer.consent.as_of(now),
            erased: false,
            can_text: self.by.can_text,
            quiet_until: quiet.and_then(|quiet| quiet.ends_at(now)),
            doubt: SignedDuration::ZERO,
            template: None,
        }
    }

    /// Somebody's answer goes out: at once, or after it was held.
    fn answer_leaves(&mut self, answer: &Answer, way: Way, waited: Option<Waits<'c>>, now: Timestamp) {
        let kind = match way {
            Way::FreeForm => Kind::Service,
            Way::Template => Kind::Template(answer.template.unwrap_or_default()),
            Way::Sms => ONE_SMS,
        };
        let cost = self.cost(kind, now).amount;
        (self.tell)(Happened::Out { at: now, step: None, way, cost, last_in: self.window.last_in });
        if let Some(waits) = waited {
            self.held_ends(waits, now, if way == Way::Sms { HeldEnd::BySms } else { HeldEnd::Released });
        }
        self.is_answered(now, way, waited.is_some());
    }

    fn is_answered(&mut self, now: Timestamp, way: Way, waited: bool) {
        self.answered = self.answered.max(self.window.last_in);
        let late = self.turn.is_some_and(|turn| turn.late) || self.window.closes_at().is_some_and(|end| end <= now);
        self.end_turn(
            now,
            match way {
                Way::Sms | Way::Template => TurnEnd::ByAnotherWay,
                Way::FreeForm if waited || late => TurnEnd::AfterWindow,
                Way::FreeForm => TurnEnd::InWindow,
            },
        );
    }

    fn end_turn(&mut self, at: Timestamp, end: TurnEnd) {
        if let Some(turn) = self.turn.take() {
            (self.tell)(Happened::Turn { since: turn.since, at, end });
        }
    }

    fn held_ends(&mut self, waits: Waits<'c>, at: Timestamp, end: HeldEnd) {
        (self.tell)(Happened::Held { written_at: waits.written_at, at, end });
    }

    fn gives_up(&mut self, place: usize, at: Timestamp, end: HeldEnd) {
        let waits = self.held.remove(place);
        self.held_ends(waits, at, end);
        if end == HeldEnd::Expired {
            self.wants_ticket(at);
        }
    }

    pub fn customer_waits(&self) -> bool {
        let Some(last_in) = self.window.last_in else { return false };
        self.answered.is_none_or(|answered| answered < last_in) && self.closed_at.is_none_or(|at| at < last_in)
    }

    /// A reply waits for the customer's next message, and they are to be told so.
    pub fn reply_held(&self) -> bool {
        self.held.iter().any(|waits| waits.answer.on_held != OnHeld::Hold)
    }

    pub fn cost(&self, kind: Kind, now: Timestamp) -> Cost {
        self.by.cost(kind, &self.it.customer, self.window, now)
    }
}
