//! Every order of steps, crashes and reports, and that the model notices when a rule is taken away.
//! (Fault matrix C1, C2, C3, D1, D2, D3, D4, D8, F1, F2, F10; invariants I4, I7, I8, I10.)

use models::{Broken, Budget, System};
use stateright::{Checker, Model};

fn check(broken: Broken, budget: Budget) -> impl Checker<System> {
    System { broken, budget }.checker().threads(2).spawn_bfs().join()
}

fn some() -> Budget {
    Budget { crashes: 1, again: 1, turned_down: 1, lost_answers: 1 }
}

#[test]
fn no_order_sends_twice_moves_back_or_gets_stuck() {
    let checked = check(Broken::Nothing, some());
    println!("{} states, {} of them different", checked.state_count(), checked.unique_state_count());
    assert!(checked.unique_state_count() > 10_000, "the model has become trivial");
    checked.assert_properties();
}

/// More faults in one history than two: minutes, and gigabytes.
#[test]
#[ignore = "takes minutes: .ci/nightly orders"]
fn no_order_with_more_faults_does_either() {
    let checked = check(Broken::Nothing, Budget { crashes: 2, again: 2, turned_down: 2, lost_answers: 1 });
    println!("{} states, {} of them different", checked.state_count(), checked.unique_state_count());
    checked.assert_properties();
}

#[track_caller]
fn noticed(broken: Broken, property: &'static str) {
    let checked = check(broken, some());
    assert!(checked.discovery(property).is_some(), "{broken:?} goes unnoticed");
}

#[test]
fn c3_an_expired_claim_that_is_free_sends_twice() {
    noticed(Broken::ExpiredClaimIsFree, "accepted at most once");
}

#[test]
fn d3_a_lost_answer_that_is_tried_again_sends_twice() {
    noticed(Broken::UnknownIsTriedAgain, "accepted at most once");
}

#[test]
fn c2_a_claim_without_its_condition_sends_twice() {
    noticed(Broken::ClaimWithoutCondition, "accepted at most once");
}

#[test]
fn a_report_on_one_attempt_that_is_taken_for_another_sends_twice() {
    noticed(Broken::ReceiptOfAnyAttempt, "accepted at most once");
}

#[test]
fn d1_an_overdue_claim_that_is_forgotten_stays_stuck() {
    noticed(Broken::OverdueClaimIsForgotten, "never stuck");
}

#[test]
fn an_unknown_outcome_without_its_timer_stays_stuck() {
    noticed(Broken::UnknownIsNeverSettled, "never stuck");
}

#[test]
fn f1_a_report_that_puts_out_another_moves_back() {
    noticed(Broken::NewestReportWins, "what people see never moves back");
}
