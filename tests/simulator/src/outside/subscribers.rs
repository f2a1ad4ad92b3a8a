//! Programs that are told of events: one that works, one that comes and goes and says no although it has taken what it was sent, one
//! that is slow and goes by another clock, and one that is dead.

use std::{collections::BTreeSet, sync::Weak};

use async_trait::async_trait;
use transom::{
    domain::{EventId, event::EventKind},
    ports::events::{BadAddress, NotPosted, Post, Posted, Subscribers},
    seal::sign_webhook,
};

use crate::{
    machine::{Flow, Machine, Millis, Point},
    world::{BEGAN, World},
};

/// What all of them check signatures with: `whsec_` and base64.
pub const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
/// An attempt that takes longer has no answer.
const PATIENCE: Millis = 15_000;
/// A stamp that is off by more is not believed (Standard Webhooks, "verifying signatures").
const TOLERANCE: Millis = 300_000;
/// The one that comes and goes is away for the second half of each of these.
const TIDE: Millis = 6 * 3_600_000;
/// By how much the slow one's clock is ahead.
const AHEAD: Millis = 200_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Steady,
    Fickle,
    Slow,
    Dead,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Steady, Self::Fickle, Self::Slow, Self::Dead];

    /// The dead one asks for less: everything would be tried ten times.
    pub fn wants(self) -> &'static [EventKind] {
        match self {
            Self::Steady | Self::Fickle | Self::Slow => EventKind::ALL,
            Self::Dead => &[EventKind::MessageReceived],
        }
    }

    /// Of its subscription, and of its host.
    pub fn name(self) -> &'static str {
        match self {
            Self::Steady => "steady",
            Self::Fickle => "fickle",
            Self::Slow => "slow",
            Self::Dead => "dead",
        }
    }
}

/// What they have taken.
#[derive(Debug, Default)]
pub struct Heard(pub BTreeSet<(Kind, EventId)>);

/// The way to them.
#[derive(Debug)]
pub struct Posts(pub Weak<World>);

#[async_trait]
impl Subscribers for Posts {
    fn check(&self, _: &str) -> Result<(), BadAddress> {
        Ok(())
    }

    async fn post(&self, post: Post<'_>) -> Result<Posted, NotPosted> {
        let Some(world) = self.0.upgrade() else { return Err(NotPosted::NotConnected) };
        let machine = world.machine.clone();
        let kind = Kind::ALL.into_iter().find(|kind| post.url.contains(kind.name())).ok_or(NotPosted::NotConnected)?;
        let header = |name: &str| {
            let found = post.headers.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        let (id, seconds) = (header("webhook-id"), header("webhook-timestamp").parse::<i64>().unwrap_or_default());
        if header("webhook-signature") != sign_webhook(&[SECRET], &id, seconds, post.body) {
            world.violate("I9", format!("{} cannot know that {id} is genuine", kind.name()));
        }
        if !post.body.contains(&id) {
            world.violate("I9", format!("the body of {id} is about something else"));
        }
        drop(world);
        let calm = machine.now() > BEGAN + crate::workload::LASTS;
        let away = kind == Kind::Fickle && !calm && (machine.now() - BEGAN) % TIDE > TIDE / 2;
        if away && machine.happens(700) {
            return Err(NotPosted::NotConnected);
        }
        let takes = if kind == Kind::Slow && !calm { machine.pick(50, 20_000) } else { machine.pick(20, 200) };
        let (refuses, takes_it) = match kind {
            Kind::Dead => (true, false),
            Kind::Fickle if !calm => (machine.happens(300), machine.happens(500)),
            Kind::Steady | Kind::Fickle | Kind::Slow => (false, true),
        };
        let me = self.0.clone();
        let arrives = machine.effect(point("post"), takes, move |machine| {
            let Some(world) = me.upgrade() else { return 500 };
            let status = status(machine, kind, seconds, refuses);
            machine.note("told", || format!("{} of {id}: {status}", kind.name()));
            if (status == 200 || takes_it && kind == Kind::Fickle)
                && let Ok(id) = id.parse()
            {
                world.outside().heard.0.insert((kind, id));
            }
            status
        });
        let status = arrives.await;
        machine.effect(point("answer"), 5, |_| ()).await;
        if takes > PATIENCE {
            return Err(NotPosted::TimedOut);
        }
        Ok(Posted { status, retry_after: None, excerpt: String::new() })
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an effect may be at no point")]
fn point(step: &'static str) -> Option<Point> {
    Some(Point { flow: Flow::Publisher, step })
}

fn status(machine: &Machine, kind: Kind, seconds: i64, refuses: bool) -> u16 {
    let clock = machine.now() + if kind == Kind::Slow { AHEAD } else { 0 };
    if (clock - seconds * 1000).abs() > TOLERANCE {
        return 401;
    }
    if refuses { 500 } else { 200 }
}
