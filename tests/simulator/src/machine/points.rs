//! Where a process may be killed: before or after each effect of each flow (fault matrix, section 3).

use std::{collections::BTreeSet, fmt};

use rand::{Rng, rngs::SmallRng};

/// What a process is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    Inbound,
    Status,
    Router,
    Accept,
    Sender,
    Sweeper,
    /// Not Transom: whoever watches or operates it. Never killed.
    Observer,
}

impl Flow {
    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Status => "status",
            Self::Router => "router",
            Self::Accept => "accept",
            Self::Sender => "sender",
            Self::Sweeper => "sweeper",
            Self::Observer => "observer",
        }
    }
}

/// One effect of one flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    pub flow: Flow,
    pub step: &'static str,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.flow.word(), self.step)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    Before,
    After,
}

/// Which effects are a process's last.
#[derive(Debug, Clone)]
pub enum Crashes {
    /// Any, this many in 100,000.
    Random(u32),
    /// These, one after the other, each at the first time that it comes by; reversed.
    Planned(Vec<(Point, Side)>),
    /// None; notes every point that comes by.
    Watch(BTreeSet<Point>),
}

impl Crashes {
    pub(super) fn strike(&mut self, point: Point, chance: &mut SmallRng) -> Option<Side> {
        match self {
            Self::Random(0) => None,
            Self::Random(rate) if chance.random_range(0..100_000) < *rate => {
                Some(if chance.random() { Side::Before } else { Side::After })
            }
            Self::Random(_) => None,
            Self::Planned(plan) => {
                let side = plan.last().filter(|(next, _)| *next == point).map(|(_, side)| *side);
                if side.is_some() {
                    plan.pop();
                }
                side
            }
            Self::Watch(seen) => {
                seen.insert(point);
                None
            }
        }
    }
}
