//! What a circuit promises.

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

fn conversation(n: u128) -> ConversationId {
    ConversationId::from_bits(n)
}

/// Opened at `at(0)`.
fn opened(sign: Sign) -> Circuit {
    (0..100)
        .fold(Circuit::default(), |circuit, n| circuit.after(sign, false, conversation(n), at(0)).unwrap_or(circuit))
}

#[test]
fn d13_a_refusal_of_the_account_opens_at_once() {
    let circuit = Circuit::default().after(Sign::Refused, false, conversation(1), at(0)).unwrap();
    assert_eq!(circuit.open.unwrap().why, Why::Account);
    assert!(matches!(circuit.ask(conversation(1), at(119)), Passage::Shut { why: Why::Account, .. }));
    assert_eq!(circuit.ask(conversation(1), at(120)), Passage::Probe);
}

#[test]
fn d14_trouble_opens_after_five_conversations_in_a_row_and_not_when_one_was_taken_between() {
    let mut circuit = Circuit::default();
    for n in 0..4 {
        circuit = circuit.after(Sign::Trouble, false, conversation(n), at(0)).unwrap();
        assert_eq!(circuit.open, None);
    }
    let taken = circuit.after(Sign::Taken, false, conversation(8), at(1)).unwrap();
    assert_eq!(taken.after(Sign::Trouble, false, conversation(9), at(2)).unwrap().open, None);
    let fifth = circuit.after(Sign::Trouble, false, conversation(9), at(2)).unwrap();
    assert_eq!(fifth.open.unwrap().why, Why::Outage);
}

#[test]
fn after_a_message_was_taken_counting_begins_anew_with_any_conversation() {
    let trouble = Circuit::default().after(Sign::Trouble, false, conversation(1), at(0)).unwrap();
    let taken = trouble.after(Sign::Taken, false, conversation(2), at(1)).unwrap();
    assert_eq!(taken.after(Sign::Trouble, false, conversation(1), at(2)).unwrap().troubles, 1);
}

/// Fault matrix D16.
#[test]
fn one_message_that_always_meets_trouble_opens_nothing() {
    let mut circuit = Circuit::default();
    for second in 0..100 {
        circuit = circuit.after(Sign::Trouble, false, conversation(1), at(second)).unwrap_or(circuit);
    }
    assert_eq!((circuit.open, circuit.troubles), (None, 1));
}

#[test]
fn a_refusal_of_the_message_alone_says_nothing_and_a_healthy_send_writes_nothing() {
    let healthy = Circuit::default();
    assert_eq!(healthy.after(Sign::Nothing, false, conversation(1), at(0)), None);
    assert_eq!(healthy.after(Sign::Taken, false, conversation(1), at(0)), None);
    let shut = opened(Sign::Refused);
    // Calls that began before it opened say nothing new.
    for sign in [Sign::Taken, Sign::Refused, Sign::Trouble, Sign::Nothing] {
        assert_eq!(shut.after(sign, false, conversation(1), at(1)), None);
    }
}

#[test]
fn one_probe_goes_at_a_time_until_its_lease_is_over() {
    let shut = opened(Sign::Refused);
    assert_eq!(shut.ask(conversation(1), at(130)), Passage::Probe);
    let probing = shut.probing(at(130));
    assert!(matches!(probing.ask(conversation(2), at(131)), Passage::Shut { .. }));
    assert_eq!(probing.ask(conversation(2), at(190)), Passage::Probe, "the prober is gone");
    let closed = probing.after(Sign::Taken, true, conversation(1), at(132)).unwrap();
    assert_eq!(closed.ask(conversation(2), at(132)), Passage::Free);
    assert!(closed.rev > probing.rev);
}

#[test]
fn d14_pauses_grow_to_a_quarter_of_an_hour() {
    let mut circuit = opened(Sign::Refused);
    let mut now = at(0);
    let mut pauses = Vec::new();
    for _ in 0..6 {
        let probe_at = circuit.open.unwrap().probe_at;
        pauses.push(probe_at.duration_since(now).as_mins());
        now = probe_at;
        assert_eq!(circuit.ask(conversation(1), now), Passage::Probe);
        circuit = circuit.probing(now).after(Sign::Refused, true, conversation(1), now).unwrap();
    }
    assert_eq!(pauses, [2, 4, 8, 15, 15, 15]);
    assert_eq!(pause(u32::MAX), LONGEST_PAUSE);
}

#[test]
fn a_probe_that_says_nothing_lets_the_next_one_probe() {
    let probing = opened(Sign::Refused).probing(at(120));
    let next = probing.after(Sign::Nothing, true, conversation(1), at(121)).unwrap();
    assert_eq!(next.ask(conversation(2), at(121)), Passage::Probe);
}

#[test]
fn a_probe_ends_its_lease_and_says_why_the_channel_still_cannot_send() {
    let probing = opened(Sign::Refused).probing(at(120));
    let after = |sign| probing.after(sign, true, conversation(1), at(121)).unwrap().open.unwrap();
    let trouble = after(Sign::Trouble);
    assert_eq!((trouble.why, trouble.since, trouble.probing_until), (Why::Outage, at(0), None));
    assert_eq!(after(Sign::Refused).why, Why::Account);
    let slowed = probing.after(Sign::SlowDown(at(300)), true, conversation(1), at(121)).unwrap();
    assert_eq!(slowed.busy_until, Some(at(300)));
    let slow = slowed.open.unwrap();
    assert_eq!((slow.why, slow.probe_at, slow.probing_until), (Why::Account, at(300), None));
}

#[test]
fn every_change_has_a_number_of_its_own_and_an_open_circuit_counts_no_troubles() {
    let mut circuit = Circuit::default();
    for n in 0..5 {
        let next = circuit.after(Sign::Trouble, false, conversation(n), at(0)).unwrap();
        assert_eq!(next.rev, circuit.rev + 1);
        circuit = next;
    }
    assert_eq!((circuit.troubles, circuit.last), (0, None));
    assert_eq!(circuit.probing(at(120)).rev, 6);
}

#[test]
fn d14_conversations_look_again_one_by_one_and_another_is_first_each_time() {
    let look_at = |circuit: &Circuit, n: u128| match circuit.ask(conversation(n << 40), at(1)) {
        Passage::Shut { look_at, .. } => look_at,
        other => panic!("{other:?}"),
    };
    let mut firsts = std::collections::BTreeSet::new();
    for probe in 0..20 {
        let mut circuit = opened(Sign::Refused);
        let open = circuit.open.as_mut().unwrap();
        open.failed_probes = 5;
        open.probe_at = at(900 + probe * 901);
        let looks: Vec<_> = (0..300).map(|n| look_at(&circuit, n)).collect();
        let probe_at = circuit.open.unwrap().probe_at;
        assert!(looks.iter().all(|at| *at >= probe_at && *at < probe_at + SignedDuration::from_mins(5)));
        let in_a_second = looks.iter().map(|at| looks.iter().filter(|b| b.as_second() == at.as_second()).count()).max();
        assert!(in_a_second.unwrap() <= 8, "300 conversations within 300 seconds");
        firsts.insert((0..300).min_by_key(|n| looks[usize::try_from(*n).unwrap()]).unwrap());
    }
    assert!(firsts.len() > 10);
}

#[test]
fn d10_a_number_that_is_too_fast_is_left_alone_for_as_long_as_the_provider_says() {
    let busy = Circuit::default().after(Sign::SlowDown(at(10)), false, conversation(1), at(0)).unwrap();
    assert_eq!(busy.ask(conversation(2), at(9)), Passage::Busy(at(10)));
    assert_eq!(busy.ask(conversation(2), at(10)), Passage::Free);
    assert_eq!(busy.after(Sign::SlowDown(at(5)), false, conversation(1), at(0)), None);
    assert_eq!(busy.after(Sign::SlowDown(at(10)), false, conversation(1), at(0)), None);
}
