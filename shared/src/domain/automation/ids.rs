//! Ids of what rules cause: derived, so that an effect is one however often its cause is told.

use crate::{
    domain::{AccountId, ConversationId, EventId},
    seal::sha256,
};

pub use crate::domain::{
    StaffId, TeamId,
    ids::{EffectId, LabelId, RuleId, SequenceId, SkillId},
};

impl EffectId {
    /// The id of what these words name, within an account.
    pub(super) fn derived(account: &AccountId, words: &[&str]) -> Self {
        let name = format!("automation#{account}#{}", words.join("#"));
        Self::from_bits(u128::from_be_bytes(*sha256(name.as_bytes()).first_chunk().expect("it has 32 bytes")))
    }

    /// As the id of the event that tells of it.
    pub const fn event(self) -> EventId {
        EventId::from_bits(self.bits())
    }
}

/// The id of a sequence that somebody begins by hand, under a key of theirs.
pub fn begun_by_hand(account: &AccountId, conversation: ConversationId, sequence: &SequenceId, key: &str) -> EffectId {
    EffectId::derived(account, &["by-hand", &conversation.to_string(), sequence.as_str(), key])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_effect_of_another_account_or_name_is_another() {
        let of = |account: &str, words: &[&str]| EffectId::derived(&account.parse().unwrap(), words);
        assert_eq!(of("a", &["x", "y"]), of("a", &["x", "y"]));
        assert_ne!(of("a", &["x", "y"]), of("b", &["x", "y"]));
        assert_ne!(of("a", &["x", "y"]), of("a", &["x", "z"]));
    }
}
