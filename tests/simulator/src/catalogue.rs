//! The catalogue of planted defects, and whether the simulation finds them.

use transom::defects::Defect as Inner;

use crate::{
    defects::{self, Outer},
    faults::Faults,
    run::run,
    workload::Cut,
};

/// One planted defect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    Outer(Outer),
    Inner(Inner),
}

/// The seeds within which a defect is to be found.
pub const SEEDS: u64 = 1000;

/// All of them.
pub fn all() -> Vec<Planted> {
    let inner = INNER.iter().copied().map(Planted::Inner);
    Outer::ALL.into_iter().map(Planted::Outer).chain(inner).collect()
}

const INNER: [Inner; 43] = [
    Inner::NoGuardBand,
    Inner::FallbackEarly,
    Inner::ProviderClosedIgnored,
    Inner::OptOutIgnored,
    Inner::OptOutNotStored,
    Inner::TemplateNotReplanned,
    Inner::ExpiredClaimIsFree,
    Inner::UnknownIsRetried,
    Inner::UnknownIsAccepted,
    Inner::UnknownNeverSettled,
    Inner::ClaimAfterSending,
    Inner::WaitWithoutTimer,
    Inner::WaitMarksNoHead,
    Inner::WaitMarksMessageFirst,
    Inner::NoRingOnRise,
    Inner::NoRingForIntent,
    Inner::NoRearm,
    Inner::NoRearmWhenAnswered,
    Inner::ArmedOnlyOnce,
    Inner::TimerDeletedFirst,
    Inner::TimerBehindCursor,
    Inner::CursorBeforeWork,
    Inner::TimeOfReceipt,
    Inner::OnlyFirstEvent,
    Inner::CallbackAccountIgnored,
    Inner::ReceiptOfAnyAttempt,
    Inner::TimeoutIsRetried,
    Inner::BrokenGatewayIsRetried,
    Inner::TemplateKeyWithoutWindow,
    Inner::TemplateKeyByChance,
    Inner::IdempotencyKeyIgnored,
    Inner::ParkAtFirstFailure,
    Inner::LateCallsGoOut,
    Inner::LoserKeepsItsContact,
    Inner::FormerKeyNotChecked,
    Inner::EventDroppedWhenQueueRefuses,
    Inner::EventNotTriedAgain,
    Inner::EventUnderNewId,
    Inner::GivenUpAtFirstFailure,
    Inner::StampOfTheEvent,
    Inner::LongDelaysOnTheQueue,
    Inner::ErasureForgetsIdentities,
    Inner::ErasedComeBack,
];

impl Planted {
    /// Its name on the command line.
    pub fn name(self) -> String {
        match self {
            Self::Outer(it) => format!("{it:?}"),
            Self::Inner(it) => format!("{it:?}"),
        }
    }

    fn plant(self, on: bool) {
        match self {
            Self::Outer(it) => defects::plant(on.then_some(it)),
            Self::Inner(it) => plant_inner(on.then_some(it)),
        }
    }

    /// The first of `within` seeds from `from` on in which it shows, with the invariant that it breaks.
    pub fn find(self, from: u64, within: u64) -> Option<(u64, &'static str, String)> {
        self.plant(true);
        let found = (from..from + within).find_map(|seed| {
            let outcome = run(seed, Cut::of_seed(seed), &Faults::of_seed(seed), false);
            outcome.violations.into_iter().next().map(|first| (seed, first.invariant, first.words))
        });
        self.plant(false);
        found
    }
}

/// Whether the switches inside the product are compiled in.
pub const COMPILED_IN: bool = cfg!(feature = "defects");

#[cfg(feature = "defects")]
fn plant_inner(defect: Option<Inner>) {
    transom::defects::plant(defect);
}

#[cfg(not(feature = "defects"))]
fn plant_inner(_: Option<Inner>) {}
