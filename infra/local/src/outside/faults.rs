//! What the stand-in can be told to do wrong, each for a counted number of sends.

use serde::{Deserialize, Serialize};
use transom::domain::channel::ProviderKind;

/// A fault, for the sends it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// None: any provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderKind>,
    /// The provider's name of the number. None: any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    #[serde(flatten)]
    pub kind: FaultKind,
    /// For how many sends.
    #[serde(default = "once")]
    pub times: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum FaultKind {
    /// Refuses with this HTTP status and the provider's error `code`. Nothing is accepted.
    Fail { status: u16, code: i64 },
    /// Accepts (unless `accepted` is false), but the answer does not come through.
    LoseAnswer {
        mode: LostAnswer,
        #[serde(default = "yes")]
        accepted: bool,
    },
    /// Accepts and delivers, but never reports on it.
    NoReceipts,
}

/// How an answer is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LostAnswer {
    /// 504 with HTML, from something in between.
    GatewayTimeout,
    /// 200 with a body that cannot be parsed.
    Garbled,
    /// No answer at all, until the caller gives up.
    Hang,
}

fn once() -> u32 {
    1
}

fn yes() -> bool {
    true
}

/// The faults in force, oldest first.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn all(&self) -> &[Fault] {
        &self.0
    }

    /// Counts down the oldest fault of the answer that concerns a send by `number`, and says what it is.
    pub(super) fn strike(&mut self, provider: ProviderKind, number: &str) -> Option<FaultKind> {
        self.take(provider, number, |kind| *kind != FaultKind::NoReceipts)
    }

    /// Whether this send is never to be reported on; counted apart, since its answer may be lost as well.
    pub(super) fn strike_receipts(&mut self, provider: ProviderKind, number: &str) -> bool {
        self.take(provider, number, |kind| *kind == FaultKind::NoReceipts).is_some()
    }

    fn take(&mut self, provider: ProviderKind, number: &str, wanted: impl Fn(&FaultKind) -> bool) -> Option<FaultKind> {
        let concerned = |fault: &Fault| {
            fault.times > 0
                && wanted(&fault.kind)
                && fault.provider.is_none_or(|kind| kind == provider)
                && fault.number.as_deref().is_none_or(|name| name == number)
        };
        let position = self.0.iter().position(concerned)?;
        let fault = &mut self.0[position];
        let kind = fault.kind.clone();
        fault.times -= 1;
        if fault.times == 0 {
            self.0.remove(position);
        }
        Some(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_its_number_as_often_as_asked() {
        let mut faults = Faults::default();
        let kind = FaultKind::Fail { status: 500, code: 131_000 };
        faults.add(Fault { provider: None, number: Some("111".into()), kind: kind.clone(), times: 2 });
        assert_eq!(faults.strike(ProviderKind::Meta, "222"), None);
        assert_eq!(faults.strike(ProviderKind::Meta, "111"), Some(kind.clone()));
        assert_eq!(faults.strike(ProviderKind::Meta, "111"), Some(kind));
        assert_eq!(faults.strike(ProviderKind::Meta, "111"), None);
    }

    #[test]
    fn a_fault_is_read_from_plain_json() {
        let fault: Fault =
            serde_json::from_str(r#"{"provider":"meta","fault":"lose_answer","mode":"gateway_timeout"}"#).unwrap();
        assert_eq!(fault.kind, FaultKind::LoseAnswer { mode: LostAnswer::GatewayTimeout, accepted: true });
        assert_eq!(fault.times, 1);
    }
}
