//! Whether a person may be written to: what they wished for each purpose on each medium, and what proves it.
//!
//! A word to stop is an opt-out of everything on every medium. A word to start again takes that back for what they asked
//! for (service) and for what is about their own business with the account (utility); marketing begins only with an
//! opt-in that names it, and after a stop with a new one. So neither a word to start nor an opt-in of earlier versions,
//! which named no purpose, agrees to marketing.

mod caps;
mod carried;
mod confirmation;
mod evidence;
mod provider;
mod scope;
mod settings;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Timestamp, channel::Medium, template::Category, time};
pub use caps::{Cap, CapRoom, CappedSend};
pub use carried::{medium_of, needs};
pub use confirmation::{CONFIRMED_WITHIN, confirmation};
pub use evidence::{BadEvidence, Details, Evidence, How, LONGEST_WORDING, Wished};
pub use provider::told_by;
pub use scope::{Choice, Media, Purposes, Raise, Scope};
pub use settings::{BadConsentSettings, Confirmations, ConsentSettings};
pub use words::{ConsentWord, Word, consent_word, could_be_word};

/// What a message is for, in the words of consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConsentPurpose {
    /// Answers to what they wrote.
    Service,
    /// About their own request, booking or stay.
    Utility,
    /// Whatever is to make them buy.
    Marketing,
}

impl ConsentPurpose {
    pub const ALL: [Self; 3] = [Self::Service, Self::Utility, Self::Marketing];

    /// What a template of this category is for.
    pub fn of(category: Category) -> Self {
        match category {
            Category::Utility | Category::Authentication => Self::Utility,
            Category::Marketing => Self::Marketing,
        }
    }

    /// The word that settings and rows know it by.
    pub fn word(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Utility => "utility",
            Self::Marketing => "marketing",
        }
    }
}

/// Both media.
pub const MEDIA: [Medium; 2] = [Medium::WhatsApp, Medium::Sms];

/// Why a person may not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    OptedOut,
    /// Marketing needs an opt-in, and there is none that counts.
    NoOptIn,
}

/// The newest of each wish; whichever is newer holds. Facts arrive in any order, so all are kept as maxima.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consent {
    /// Out of everything, on every medium.
    pub opted_out_at: Option<Timestamp>,
    /// Back for service and utility, on every medium.
    pub opted_in_at: Option<Timestamp>,
    pub specific: Specific,
}

/// The newest wishes about one purpose on one medium.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    #[serde(rename = "opted_out_at")]
    pub out: Option<Timestamp>,
    #[serde(rename = "opted_in_at")]
    pub back: Option<Timestamp>,
}

/// What was said of one purpose on one medium alone: opt-out and opt-in of each, in milliseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Specific([[i64; 2]; CELLS]);

const CELLS: usize = ConsentPurpose::ALL.len() * MEDIA.len();
const NEVER: i64 = i64::MIN;

impl Default for Specific {
    fn default() -> Self {
        Self([[NEVER; 2]; CELLS])
    }
}

/// Only what was said.
impl fmt::Debug for Specific {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.said().map(|(purpose, medium, said)| ((purpose, medium), said))).finish()
    }
}

fn place(purpose: ConsentPurpose, medium: Medium) -> usize {
    let purpose = match purpose {
        ConsentPurpose::Service => 0,
        ConsentPurpose::Utility => 1,
        ConsentPurpose::Marketing => 2,
    };
    let medium = match medium {
        Medium::WhatsApp => 0,
        Medium::Sms => 1,
    };
    purpose * MEDIA.len() + medium
}

fn column(choice: Choice) -> usize {
    match choice {
        Choice::Out => 0,
        Choice::In => 1,
    }
}

impl Specific {
    /// What was said of this purpose on this medium.
    pub fn of(&self, purpose: ConsentPurpose, medium: Medium) -> Said {
        let cell = self.0[place(purpose, medium)];
        let time = |choice: Choice| Some(cell[column(choice)]).filter(|at| *at != NEVER).map(time::from_millis);
        Said { out: time(Choice::Out), back: time(Choice::In) }
    }

    /// Everything that was said, by purpose and medium.
    pub fn said(&self) -> impl Iterator<Item = (ConsentPurpose, Medium, Said)> + '_ {
        let all = ConsentPurpose::ALL.into_iter().flat_map(|purpose| MEDIA.map(|medium| (purpose, medium)));
        all.map(|(purpose, medium)| (purpose, medium, self.of(purpose, medium)))
            .filter(|(_, _, said)| *said != Said::default())
    }

    fn raise(&mut self, choice: Choice, purpose: ConsentPurpose, medium: Medium, at: Timestamp) {
        let time = &mut self.0[place(purpose, medium)][column(choice)];
        *time = (*time).max(at.as_millisecond());
    }

    fn with_each(mut self, mut change: impl FnMut(i64, usize, usize) -> i64) -> Self {
        for (row, cell) in self.0.iter_mut().enumerate() {
            for (column, time) in cell.iter_mut().enumerate() {
                *time = change(*time, row, column);
            }
        }
        self
    }
}

impl Consent {
    /// Whether a message for this purpose may go by this medium.
    ///
    /// # Errors
    /// Why it may not.
    pub fn may(&self, purpose: ConsentPurpose, medium: Medium) -> Result<(), Why> {
        let said = self.specific.of(purpose, medium);
        let out = self.opted_out_at.max(said.out);
        let back = self.opted_in_at.max(said.back);
        match purpose {
            ConsentPurpose::Service | ConsentPurpose::Utility => {
                if holds(out, back) {
                    Err(Why::OptedOut)
                } else {
                    Ok(())
                }
            }
            ConsentPurpose::Marketing => {
                if said.back > out {
                    Ok(())
                } else if holds(out, back) {
                    Err(Why::OptedOut)
                } else {
                    Err(Why::NoOptIn)
                }
            }
        }
    }

    /// Whether they may be asked by SMS for an opt-in: marketing needs none for that, but nobody is asked who wants no
    /// marketing on any medium, or nothing by SMS.
    ///
    /// # Errors
    /// Why they may not.
    pub fn may_be_asked(&self) -> Result<(), Why> {
        self.may(ConsentPurpose::Service, Medium::Sms)?;
        let said_no = MEDIA.iter().any(|medium| self.may(ConsentPurpose::Marketing, *medium) == Err(Why::OptedOut));
        if said_no { Err(Why::OptedOut) } else { Ok(()) }
    }

    /// What two contacts that are one person wish: the newest of each.
    #[must_use]
    pub fn joined(self, other: Self) -> Self {
        Self {
            opted_out_at: self.opted_out_at.max(other.opted_out_at),
            opted_in_at: self.opted_in_at.max(other.opted_in_at),
            specific: self.specific.with_each(|time, row, column| time.max(other.specific.0[row][column])),
        }
    }

    /// With one more wish; an older one than is known changes nothing.
    #[must_use]
    pub fn with(mut self, wished: &Wished) -> Self {
        for raise in wished.scope.raises(wished.choice) {
            self.raise(raise, wished.at);
        }
        self
    }

    /// With one time raised.
    pub fn raise(&mut self, raise: Raise, at: Timestamp) {
        match raise {
            Raise::General(Choice::Out) => self.opted_out_at = self.opted_out_at.max(Some(at)),
            Raise::General(Choice::In) => self.opted_in_at = self.opted_in_at.max(Some(at)),
            Raise::Specific(choice, purpose, medium) => self.specific.raise(choice, purpose, medium, at),
        }
    }

    /// As it was then, as far as the newest wishes tell.
    #[must_use]
    pub fn as_of(self, at: Timestamp) -> Self {
        let until = |time: Option<Timestamp>| time.filter(|time| *time <= at);
        let millis = at.as_millisecond();
        Self {
            opted_out_at: until(self.opted_out_at),
            opted_in_at: until(self.opted_in_at),
            specific: self.specific.with_each(|time, _, _| if time <= millis { time } else { NEVER }),
        }
    }

    /// Nothing at all may go out to them, by any way, until they say otherwise.
    pub fn opted_out(&self) -> bool {
        let mut all = ConsentPurpose::ALL.into_iter().flat_map(|purpose| MEDIA.map(|medium| (purpose, medium)));
        all.all(|(purpose, medium)| self.may(purpose, medium) == Err(Why::OptedOut))
    }

    /// Somebody who agreed to everything then.
    pub fn agreed(at: Timestamp) -> Self {
        let scope = Scope { purposes: Purposes::ALL, media: Media::ALL };
        Self::default().with(&Wished { choice: Choice::In, scope, at, how: How::Api })
    }
}

/// Whether an opt-out stands against an opt-in. Of two at once it does.
fn holds(out: Option<Timestamp>, back: Option<Timestamp>) -> bool {
    out.is_some() && out >= back
}

#[cfg(test)]
mod tests;
