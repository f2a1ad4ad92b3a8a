//! What the error codes of the Cloud API mean (WhatsApp Cloud API, "Error codes").

use crate::{
    adapters::providers::verdict::{self, ACCOUNT_DELAY, Meaning, RATE_DELAY, TROUBLE_DELAY},
    domain::{
        outcome::{Failure, FailureKind},
        time::SignedDuration,
    },
};

/// One message per six seconds may go to one customer, after a burst of 45 (Cloud API, "Throughput: pair rate limits").
const PAIR_DELAY: SignedDuration = SignedDuration::from_secs(6);

/// The Graph API counts calls by the hour.
const GRAPH_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// Maintenance takes minutes.
const MAINTENANCE_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// What a code means; `None` if it is not in the table.
pub(super) fn meaning(code: &str) -> Option<Meaning> {
    use FailureKind::{
        Account, BadRequest, Media, PairLimit, Policy, RateLimited, RecipientOptedOut, RecipientUnreachable, Template,
        Transient,
    };
    Some(match code.parse::<u32>().ok()? {
        131_047 => Meaning::WindowClosed,

        131_056 => Meaning::Later(PairLimit, PAIR_DELAY),
        130_429 => Meaning::Later(RateLimited, RATE_DELAY),
        4 | 613 | 80_007 => Meaning::Later(RateLimited, GRAPH_DELAY),
        2 | 131_016 | 131_036 | 133_004 => Meaning::Later(Transient, TROUBLE_DELAY),
        131_057 | 2_494_100 => Meaning::Later(Transient, MAINTENANCE_DELAY),

        // Token, permission, payment, registration: no message of this number gets through until people act.
        0
        | 3
        | 10
        | 33
        | 104
        | 190
        | 200..=299
        | 368
        | 131_005
        | 131_031
        | 131_037
        | 131_042
        | 131_044
        | 131_045
        | 133_000
        | 133_005
        | 133_006
        | 133_008
        | 133_009
        | 133_010
        | 133_015
        | 133_016
        | 134_011 => Meaning::Later(Account, ACCOUNT_DELAY),

        // 131030: a test number and a customer who is not on its list. 137000: no longer the same phone.
        // 131062: this kind of message needs a phone number. 130403: the business blocked the customer.
        130_403 | 131_026 | 131_030 | 131_062 | 137_000 => Meaning::Final(RecipientUnreachable),
        131_050 => Meaning::Final(RecipientOptedOut),
        // 131048 and 131064 are limits that a business earns by its conduct and that pass after days, not seconds.
        130_472 | 130_497 | 131_048 | 131_049 | 131_063 | 131_064 | 139_200 => Meaning::Final(Policy),
        132_000
        | 132_001
        | 132_005
        | 132_007
        | 132_008
        | 132_012
        | 132_015
        | 132_016
        | 132_018
        | 132_068
        | 132_069
        | 134_100..=134_102 => Meaning::Final(Template),
        131_052 | 131_053 => Meaning::Final(Media),
        100 | 131_008 | 131_009 | 131_021 | 131_051 | 131_055 | 135_000 => Meaning::Final(BadRequest),

        1 | 131_000 => Meaning::Unclear,
        _ => return None,
    })
}

/// Why a message failed whose receipt holds this code.
pub(super) fn of_receipt(code: Option<String>) -> Failure {
    let code = code.unwrap_or_else(|| "none".to_owned());
    verdict::failure(meaning(&code), code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(codes: &[&str], expected: FailureKind) {
        for code in codes {
            let failure = of_receipt(Some((*code).to_owned()));
            assert_eq!(failure, Failure { kind: expected, code: (*code).to_owned() });
        }
    }

    #[test]
    fn every_documented_code_has_its_meaning() {
        check(&["131047"], FailureKind::WindowClosed);
        check(&["131056"], FailureKind::PairLimit);
        check(&["130429", "4", "613", "80007"], FailureKind::RateLimited);
        check(&["131026", "131030", "131062", "130403", "137000"], FailureKind::RecipientUnreachable);
        check(&["131050"], FailureKind::RecipientOptedOut);
        check(&["132000", "132001", "132012", "132015", "132016"], FailureKind::Template);
        check(&["131052", "131053"], FailureKind::Media);
        check(&["0", "190", "3", "10", "200", "299", "131005", "131031", "131042", "368"], FailureKind::Account);
        check(&["131048", "131049", "130472", "130497"], FailureKind::Policy);
        check(&["100", "131008", "131009"], FailureKind::BadRequest);
        check(&["1", "2", "131000", "131016", "133004", "131057"], FailureKind::Transient);
    }

    #[test]
    fn a_code_in_no_table_is_kept_as_it_is() {
        check(&["999999", "-5", "none", "99999999999999999999"], FailureKind::Other);
        assert_eq!(of_receipt(None), Failure { kind: FailureKind::Other, code: "none".into() });
    }
}
