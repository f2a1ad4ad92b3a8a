//! The service window: for how long after a customer's message a business may write freely.
//! (Meta, "customer service windows": 24 hours from the customer's last message.)

use serde::Serialize;

use super::{
    Timestamp,
    time::{SKEW_ALLOWANCE, SignedDuration},
};
use crate::defects::{Defect, planted};

/// How long a window lasts. Half-open: at `last_in` + this, it is closed.
pub const WINDOW_LASTS: SignedDuration = SignedDuration::from_hours(24);

/// Free-form stops this long before the end, since the message must *arrive* at the provider inside the window and
/// clocks differ. Larger than the skew allowance.
pub const GUARD_BAND: SignedDuration = SignedDuration::from_mins(5);

/// One conversation's service window, from facts alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServiceWindow {
    /// The customer's last message, by the provider's clock.
    pub last_in: Option<Timestamp>,
    /// The provider said "closed" for the window that this message opened. It beats our own reckoning.
    pub closed_for: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// The customer never wrote.
    NeverOpened,
    /// Free-form may go.
    Open,
    /// In the guard band: neither free-form nor a fallback may go.
    Closing,
    Closed,
    /// Closed by the provider's word, before our own time.
    ClosedByProvider,
}

impl ServiceWindow {
    /// The end: the window is `[last_in, closes_at)`.
    pub fn closes_at(self) -> Option<Timestamp> {
        self.last_in.map(closes_at)
    }
    /// Free-form leaves before this.
    pub fn free_until(self) -> Option<Timestamp> {
        self.closes_at().map(|end| end - guard_band())
    }
    /// From here on the window's template may go: the end, and what clocks may differ by.
    pub fn fallback_from(self) -> Option<Timestamp> {
        let early = if planted(Defect::FallbackEarly) { WINDOW_LASTS / 12 } else { SignedDuration::ZERO };
        self.closes_at().map(|end| end + SKEW_ALLOWANCE - early)
    }

    pub fn closed_by_provider(self) -> bool {
        if planted(Defect::ProviderClosedIgnored) {
            return false;
        }
        match (self.closed_for, self.last_in) {
            (Some(closed_for), Some(last_in)) => closed_for >= last_in,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }

    pub fn state(self, now: Timestamp) -> WindowState {
        let Some(last_in) = self.last_in else { return WindowState::NeverOpened };
        let end = closes_at(last_in);
        if now >= end {
            WindowState::Closed
        } else if self.closed_by_provider() {
            WindowState::ClosedByProvider
        } else if now >= end - guard_band() {
            WindowState::Closing
        } else {
            WindowState::Open
        }
    }

    /// The window of several heads of one person: the newest message, and the newest word of the provider.
    pub fn newest(self, other: Self) -> Self {
        Self { last_in: self.last_in.max(other.last_in), closed_for: self.closed_for.max(other.closed_for) }
    }
}

fn guard_band() -> SignedDuration {
    if planted(Defect::NoGuardBand) { SignedDuration::ZERO } else { GUARD_BAND }
}

fn closes_at(last_in: Timestamp) -> Timestamp {
    last_in + WINDOW_LASTS
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST_IN: &str = "2026-03-01T09:00:00Z";

    #[track_caller]
    fn check(now: &str, expected: WindowState) {
        let window = ServiceWindow { last_in: Some(LAST_IN.parse().unwrap()), closed_for: None };
        assert_eq!(window.state(now.parse().unwrap()), expected, "{now}");
    }

    /// (Fault matrix E12.)
    #[test]
    fn it_is_half_open_and_ends_with_a_guard_band() {
        check("2026-03-01T09:00:00Z", WindowState::Open);
        check("2026-03-02T08:54:59.999Z", WindowState::Open);
        check("2026-03-02T08:55:00Z", WindowState::Closing);
        check("2026-03-02T08:55:00.001Z", WindowState::Closing);
        check("2026-03-02T08:59:59.999Z", WindowState::Closing);
        check("2026-03-02T09:00:00Z", WindowState::Closed);
        check("2026-03-02T09:00:00.001Z", WindowState::Closed);
    }

    #[test]
    fn a_message_from_the_near_future_opens_it_too() {
        check("2026-03-01T08:59:59.999Z", WindowState::Open);
    }

    #[test]
    fn the_providers_word_closes_it_until_the_customer_writes_again() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-03-01T10:00:00Z");
        let mut window = ServiceWindow { last_in: Some(at(LAST_IN)), closed_for: Some(at(LAST_IN)) };
        assert_eq!(window.state(now), WindowState::ClosedByProvider);
        window.last_in = Some(at("2026-03-01T09:30:00Z"));
        assert_eq!(window.state(now), WindowState::Open);
    }

    #[test]
    fn it_never_opens_by_itself() {
        assert_eq!(ServiceWindow::default().state(Timestamp::UNIX_EPOCH), WindowState::NeverOpened);
    }

    #[test]
    fn no_fallback_is_due_before_the_end_and_the_skew() {
        let window = ServiceWindow { last_in: Some(LAST_IN.parse().unwrap()), closed_for: None };
        assert_eq!(window.closes_at().unwrap().to_string(), "2026-03-02T09:00:00Z");
        assert_eq!(window.free_until().unwrap().to_string(), "2026-03-02T08:55:00Z");
        assert_eq!(window.fallback_from().unwrap().to_string(), "2026-03-02T09:02:00Z");
        assert!(GUARD_BAND > SKEW_ALLOWANCE);
    }
}
