//! What Twilio's error codes mean (Twilio, "Error and warning dictionary").

use crate::{
    adapters::providers::verdict::{self, ACCOUNT_DELAY, Meaning, RATE_DELAY},
    domain::{
        outcome::{Failure, FailureKind},
        time::SignedDuration,
    },
};

/// A full queue at Twilio takes a while to drain.
const QUEUE_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// What a code means; `None` if it is not in the table.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    use FailureKind::{Account, Media, Policy, RateLimited, RecipientOptedOut, RecipientUnreachable, Template};
    Some(match code.parse::<u32>().ok()? {
        63_016 => Meaning::WindowClosed,

        14_107 | 20_429 | 30_022 | 63_017 => Meaning::Later(RateLimited, RATE_DELAY),
        21_611 | 30_001 | 63_018 => Meaning::Later(RateLimited, QUEUE_DELAY),
        // The day's limit: trying on would go on all day.
        63_038 => Meaning::Final(RateLimited),

        20_003 | 30_002 | 30_034 | 63_001 | 63_002 | 63_007 | 63_020 | 63_051 => Meaning::Later(Account, ACCOUNT_DELAY),

        21_211 | 21_612 | 21_614 | 30_003 | 30_005 | 30_006 | 63_003 | 63_015 | 63_024 => {
            Meaning::Final(RecipientUnreachable)
        }
        // 63014 and 63033: the customer blocked the business.
        21_610 | 63_014 | 63_033 => Meaning::Final(RecipientOptedOut),
        30_007 | 63_013 | 63_026 | 63_032 | 63_049 => Meaning::Final(Policy),
        21_655 | 21_656 | 63_021 | 63_027 | 63_028 | 63_029 | 63_040..=63_042 => Meaning::Final(Template),
        21_620 | 63_019 | 63_030 | 63_034 | 63_043..=63_045 | 63_047 => Meaning::Final(Media),

        // "Channel temporarily unavailable" and the like: what was taken before that is not said.
        30_008 | 63_009 | 63_010 | 63_012 | 63_037 => Meaning::Unclear,
        _ => return None,
    })
}

/// Why a message failed whose receipt holds this code.
pub(super) fn of_receipt(code: Option<&str>) -> Failure {
    let code = code.unwrap_or("none").to_owned();
    verdict::failure(meaning(&code), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(codes: &[&str], expected: FailureKind) {
        for code in codes {
            assert_eq!(of_receipt(Some(code)), Failure { kind: expected, code: (*code).to_owned() });
        }
    }

    #[test]
    fn every_documented_code_has_its_meaning() {
        check(&["63016"], FailureKind::WindowClosed);
        check(&["63018", "63017", "20429", "14107", "30022", "63038", "30001", "21611"], FailureKind::RateLimited);
        check(
            &["63003", "63024", "21211", "21614", "21612", "30003", "30005", "30006", "63015"],
            FailureKind::RecipientUnreachable,
        );
        check(&["21610", "63033", "63014"], FailureKind::RecipientOptedOut);
        check(&["63049", "63032", "63013", "63026", "30007"], FailureKind::Policy);
        check(&["63027", "63028", "63040", "63041", "63042", "21655", "21656", "63021"], FailureKind::Template);
        check(&["63019", "63034", "63030", "21620", "63047", "63043", "63044", "63045"], FailureKind::Media);
        check(&["63020", "63051", "63001", "63002", "63007", "20003", "30002", "30034"], FailureKind::Account);
        check(&["63009", "63010", "63012", "63037", "30008"], FailureKind::Transient);
    }

    #[test]
    fn a_code_in_no_table_is_kept_as_it_is() {
        check(&["99999", "0", "none", "x"], FailureKind::Other);
        assert_eq!(of_receipt(None), Failure { kind: FailureKind::Other, code: "none".into() });
    }
}
