//! The line to the providers' servers: a call may find no connection, may arrive and be taken, and may lose its answer.

use std::sync::Weak;

use async_trait::async_trait;
use http::Response;
use transom::adapters::providers::{NoAnswer, Wire};

use super::arrive::{Call, arrive};
use crate::{
    defects,
    machine::{Flow, Point},
    world::World,
};

/// See the module.
#[derive(Debug)]
pub struct Line(pub Weak<World>);

/// What becomes of one call besides what the provider decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    Fine,
    NoConnection,
    /// It arrives, and the answer does not.
    AnswerLost,
    /// It arrives, is taken, and is answered with an error of something in between.
    TakenButBroken,
    /// It never arrives, and nobody knows.
    LostOnTheWay,
    /// Taken; the answer has no id.
    NoId,
    /// Too many calls.
    Limited,
}

impl Fate {
    fn words(self) -> &'static str {
        match self {
            Self::Fine => "",
            Self::NoConnection => ", but finds no connection",
            Self::AnswerLost => ", and will not hear the answer",
            Self::TakenButBroken => ", and will hear of a bad gateway",
            Self::LostOnTheWay => ", and is lost on the way",
            Self::NoId => ", and will get no id",
            Self::Limited => ", but has called too often",
        }
    }
}

#[async_trait]
impl Wire for Line {
    async fn carry(&self, request: reqwest::Request) -> Result<Response<Vec<u8>>, NoAnswer> {
        let Some(world) = self.0.upgrade() else { return Err(NoAnswer::NotConnected) };
        let machine = world.machine.clone();
        let call = Call::read(&request);
        let fate = fate(&world, &call);
        world.truth().work.calls += 1;
        machine.note("calls", || format!("{}{}", call.about(), fate.words()));
        drop(world);
        let point = |step| Some(Point { flow: Flow::Sender, step });
        let connect = machine.pick(5, 60);
        machine.effect(point("open connection"), connect, |_| ()).await;
        if fate == Fate::NoConnection {
            return Err(NoAnswer::NotConnected);
        }
        machine.effect(point("first byte"), 1, |_| ()).await;
        let slow = machine.happens(15);
        let (there, back) = if slow { (machine.pick(100, 9_000), machine.pick(10, 4_000)) } else { (20, 60) };
        let (me, again) = (self.0.clone(), call.clone());
        let take = move |call: Call| {
            let me = me.clone();
            move |_: &crate::machine::Machine| me.upgrade().map(|world| arrive(&world, &call, fate))
        };
        let answer = machine.effect(point("last byte"), there, take(call)).await;
        machine.effect(point("response received"), back, |_| ()).await;
        let lost = matches!(fate, Fate::AnswerLost | Fate::LostOnTheWay);
        if lost && defects::on(defects::Outer::HttpClientRetries) {
            return machine.effect(None, 20, take(again)).await.ok_or(NoAnswer::TimedOut);
        }
        match answer {
            Some(answer) if !lost => Ok(answer),
            Some(_) | None => {
                machine.effect(None, 15_000, |_| ()).await;
                Err(if slow { NoAnswer::Broken } else { NoAnswer::TimedOut })
            }
        }
    }
}

fn fate(world: &World, call: &Call) -> Fate {
    let (machine, faults) = (&world.machine, world.faults());
    let outage = world.incident(machine.now()).meta_down && call.is_meta();
    if outage && !machine.happens(100) {
        return Fate::NoConnection;
    }
    if machine.happens(faults.provider_refuses_connection) {
        return Fate::NoConnection;
    }
    if machine.happens(faults.provider_limits) {
        return Fate::Limited;
    }
    if outage || machine.happens(faults.provider_unknown) {
        return match machine.pick(0, 9) {
            0..=3 => Fate::AnswerLost,
            4 | 5 => Fate::TakenButBroken,
            6..=8 => Fate::LostOnTheWay,
            _ => Fate::NoId,
        };
    }
    Fate::Fine
}
