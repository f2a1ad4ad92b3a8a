//! Every order of steps, crashes and reports, and that the model notices when a rule is taken away.
//! (Fault matrix C1, C2, C3, D1, D2, D3, D4, D8, F1, F2, F10; invariants I4, I7, I8, I10.)

use models::{Broken, Budget, System};
use stateright::{Checker, HasDiscoveries, Model};

fn check(broken: Broken, budget: Budget, until: HasDiscoveries) -> impl Checker<System> {
    System { broken, budget }.checker().threads(2).finish_when(until).spawn_bfs().join()
}

fn budget([crashes, again, turned_down, lost_answers]: [u8; 4]) -> Budget {
    Budget { crashes, again, turned_down, lost_answers }
}

/// Explores every state. `reached`: what must be possible in it, so that the model has not become trivial.
fn holds(faults: [u8; 4], reached: &[&'static str]) {
    let checked = check(Broken::Nothing, budget(faults), HasDiscoveries::AnyFailures);
    println!("{faults:?}: {} states, depth {}", checked.unique_state_count(), checked.max_depth());
    for property in
        ["accepted at most once", "what people see never moves back", "never stuck", "settled within an hour"]
    {
        checked.assert_no_discovery(property);
    }
    for property in reached {
        checked.assert_any_discovery(property);
    }
}

const UNKNOWN: [&str; 2] = ["a receipt settles an unknown outcome", "an outcome stays undetermined"];
const AGAIN: [&str; 2] = ["a second attempt is delivered", "a message is held after it was sent"];

/// Fault matrix C1, F2.
#[test]
fn with_two_senders_at_one_message_a_crash_and_a_lost_answer_nothing_goes_wrong() {
    holds([1, 1, 0, 1], &UNKNOWN);
}

#[test]
fn with_a_second_attempt_and_a_crash_nothing_goes_wrong() {
    holds([1, 0, 1, 0], &[UNKNOWN, AGAIN].concat());
}

#[test]
fn with_a_second_attempt_and_a_lost_answer_nothing_goes_wrong() {
    holds([0, 0, 1, 1], &[UNKNOWN, AGAIN].concat());
}

#[test]
#[ignore = "takes minutes: .ci/nightly orders"]
fn with_all_faults_in_one_history_nothing_goes_wrong() {
    for faults in [[1, 0, 1, 1], [0, 1, 1, 1], [1, 1, 1, 0], [2, 1, 0, 1]] {
        holds(faults, &UNKNOWN);
    }
}

#[track_caller]
fn noticed(broken: Broken, faults: [u8; 4], property: &'static str) {
    let checked = check(broken, budget(faults), HasDiscoveries::AnyOf([property].into()));
    assert!(checked.discovery(property).is_some(), "{broken:?} goes unnoticed");
}

#[test]
fn c3_an_expired_claim_that_is_free_sends_twice() {
    noticed(Broken::ExpiredClaimIsFree, [1, 0, 0, 0], "accepted at most once");
}

#[test]
fn d3_a_lost_answer_that_is_tried_again_sends_twice() {
    noticed(Broken::UnknownIsTriedAgain, [0, 0, 0, 2], "accepted at most once");
}

#[test]
fn c2_a_claim_without_its_condition_sends_twice() {
    noticed(Broken::ClaimWithoutCondition, [0, 1, 0, 0], "accepted at most once");
}

#[test]
fn a_report_on_one_attempt_that_is_taken_for_another_sends_twice() {
    noticed(Broken::ReceiptOfAnyAttempt, [0, 1, 1, 0], "accepted at most once");
}

#[test]
fn d1_an_overdue_claim_that_is_forgotten_stays_stuck() {
    noticed(Broken::OverdueClaimIsForgotten, [1, 0, 0, 0], "never stuck");
}

#[test]
fn an_unknown_outcome_without_its_timer_stays_stuck() {
    noticed(Broken::UnknownIsNeverSettled, [0, 0, 0, 1], "never stuck");
}

#[test]
fn f1_a_report_that_puts_out_another_moves_back() {
    noticed(Broken::NewestReportWins, [0, 0, 0, 0], "what people see never moves back");
}
