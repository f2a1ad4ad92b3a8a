//! The machine's own clock.

use crate::{
    domain::{Timestamp, time::SignedDuration},
    ports::Clock,
};

/// Time as the operating system tells it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that time comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The machine's clock, turned by so much. For tests against a stand-in: settings allow it nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct ShiftedClock(pub SignedDuration);

impl Clock for ShiftedClock {
    fn now(&self) -> Timestamp {
        SystemClock.now() + self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_a_time_of_this_century() {
        assert!(SystemClock.now() > "2025-01-01T00:00:00Z".parse().unwrap());
    }
}
