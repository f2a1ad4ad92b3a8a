//! Where a process may be killed: before or after each effect of each flow (fault matrix, section 3).

use std::{collections::BTreeMap, fmt};

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
    Publisher,
    /// Does long work.
    Worker,
    /// Not Transom: whoever watches or operates it. Never killed.
    Observer,
}

impl Flow {
    /// Those that plans of kills go through. Whoever tells subscribers or does long work is killed by
    /// chance alone.
    pub const ALL: [Self; 6] = [Self::Inbound, Self::Status, Self::Router, Self::Accept, Self::Sender, Self::Sweeper];

    pub fn word(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Status => "status",
            Self::Router => "router",
            Self::Accept => "accept",
            Self::Sender => "sender",
            Self::Sweeper => "sweeper",
            Self::Publisher => "publisher",
            Self::Worker => "worker",
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

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// One death of a process: at which effect, the how manieth time that it comes by, and on which side of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kill {
    pub point: Point,
    /// From one; counted from the kill before.
    pub time: u32,
    pub side: Side,
}

impl fmt::Display for Kill {
    /// As `sender/write claim#1:before`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}:{}", self.point, self.time, self.side.word())
    }
}

/// Which effects are a process's last.
#[derive(Debug, Clone)]
pub enum Crashes {
    /// Any, this many in 100,000.
    Random(u32),
    Planned(Planned),
}

/// Kills that come one after the other.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// Those that are still to come, the next one last.
    left: Vec<Kill>,
    /// What has come by since the latest kill, and how often.
    pub passed: BTreeMap<Point, u32>,
}

impl Planned {
    pub fn new(kills: &[Kill]) -> Self {
        Self { left: kills.iter().rev().copied().collect(), passed: BTreeMap::new() }
    }

    /// Whether every kill has come about.
    pub fn is_over(&self) -> bool {
        self.left.is_empty()
    }

    fn strike(&mut self, point: Point) -> Option<Side> {
        let passed = self.passed.entry(point).or_insert(0);
        *passed += 1;
        let kill = *self.left.last().filter(|kill| kill.point == point && kill.time == *passed)?;
        self.left.pop();
        self.passed.clear();
        Some(kill.side)
    }
}

impl Crashes {
    pub(super) fn strike(&mut self, point: Point, chance: &mut SmallRng) -> Option<Side> {
        match self {
            Self::Random(0) => None,
            Self::Random(rate) if chance.random_range(0..100_000) < *rate => {
                Some(if chance.random() { Side::Before } else { Side::After })
            }
            Self::Random(_) => None,
            Self::Planned(planned) => planned.strike(point),
        }
    }
}
