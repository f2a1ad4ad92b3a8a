//! Planted defects: each switch takes one protection away, so that the simulator can be seen to find it. Without the
//! feature `defects`, which nothing that ships turns on, [`planted`] is a constant `false` and leaves no trace.

/// One protection, by what its absence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Defect {
    NoGuardBand,
    FallbackEarly,
    ProviderClosedIgnored,
    OptOutIgnored,
    OptOutNotStored,
    TemplateNotReplanned,
    ExpiredClaimIsFree,
    UnknownIsRetried,
    UnknownIsAccepted,
    UnknownNeverSettled,
    ClaimAfterSending,
    WaitWithoutTimer,
    WaitMarksNoHead,
    WaitMarksMessageFirst,
    NoRingOnRise,
    NoRingForIntent,
    NoRearm,
    NoRearmWhenAnswered,
    ArmedOnlyOnce,
    TimerDeletedFirst,
    TimerBehindCursor,
    CursorBeforeWork,
    TimeOfReceipt,
    OnlyFirstEvent,
    CallbackAccountIgnored,
    ReceiptOfAnyAttempt,
    TimeoutIsRetried,
    BrokenGatewayIsRetried,
    TemplateKeyWithoutWindow,
    TemplateKeyByChance,
    IdempotencyKeyIgnored,
    ParkAtFirstFailure,
    LateCallsGoOut,
    LoserKeepsItsContact,
    FormerKeyNotChecked,
    ErasureForgetsIdentities,
    ErasedComeBack,
    EventDroppedWhenQueueRefuses,
    EventNotTriedAgain,
    EventUnderNewId,
    GivenUpAtFirstFailure,
    StampOfTheEvent,
    LongDelaysOnTheQueue,
}

#[cfg(feature = "defects")]
mod switch {
    use std::cell::Cell;

    use super::Defect;

    thread_local! {
        static PLANTED: Cell<Option<Defect>> = const { Cell::new(None) };
    }

    /// Whether this defect is planted on this thread.
    pub fn planted(defect: Defect) -> bool {
        PLANTED.get() == Some(defect)
    }

    /// Plants a defect on this thread, or none.
    pub fn plant(defect: Option<Defect>) {
        PLANTED.set(defect);
    }
}

#[cfg(feature = "defects")]
pub use switch::{plant, planted};

/// Nothing is ever planted without the feature.
#[cfg(not(feature = "defects"))]
#[inline(always)]
#[expect(clippy::inline_always, reason = "so that not even a call is left")]
pub const fn planted(_: Defect) -> bool {
    false
}
