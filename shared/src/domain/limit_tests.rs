//! What a limit promises, with a row and processes to play it through.

use proptest::prelude::*;

use super::*;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + millis).unwrap()
}

fn a_second(per_second: u32) -> Limit {
    Limit { per_second, over_seconds: 1 }
}

/// The row that all processes share, and what they did.
#[derive(Default)]
struct Shared {
    seats: Seats,
    writes: u32,
    revs: u32,
    went: Vec<i64>,
}

impl Shared {
    /// One conditional write.
    fn take(&mut self, asked: &[Asked]) -> bool {
        self.writes += 1;
        let unchanged = asked.iter().all(|asked| self.seats.get(&asked.seat) == asked.was.as_ref());
        if unchanged {
            self.seats.extend(asked.iter().map(|asked| (asked.seat, asked.lease.clone())));
        }
        unchanged
    }
}

struct Process {
    hand: Hand,
    offset: i64,
    /// What it has read or asked for before others came between.
    asked: Option<(Vec<Asked>, Timestamp)>,
}

impl Process {
    fn new(offset: i64) -> Self {
        Self { hand: Hand::default(), offset, asked: None }
    }

    /// One step: a go, or a wish, or the write of an earlier wish.
    fn step(&mut self, limit: Limit, shared: &mut Shared, real: i64) {
        let now = at(real + self.offset);
        if let Some((asked, asked_at)) = self.asked.take() {
            if shared.take(&asked) {
                self.hand.granted(&asked, asked_at);
            }
        } else if self.hand.go(limit, now) {
            shared.went.push(real);
        } else {
            shared.revs += 1;
            let rev = shared.revs.wrapping_mul(0x9E37_79B9);
            if let Wish::Lease(asked) = self.hand.wish(limit, &shared.seats, now, rev) {
                self.asked = Some((asked, now));
            }
        }
    }
}

/// The most in any span of the limit, half-open.
fn most(went: &[i64], span_ms: i64) -> usize {
    let mut went = went.to_vec();
    went.sort_unstable();
    let mut first = 0;
    let mut most = 0;
    for last in 0..went.len() {
        while went[first] + span_ms <= went[last] {
            first += 1;
        }
        most = most.max(last + 1 - first);
    }
    most
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    /// Several processes, each with a clock of its own within the skew allowance, that read, ask and go in any order,
    /// are quiet for a while and come back.
    #[test]
    fn d10_no_sliding_second_holds_more_than_the_limit_whatever_the_clocks(
        per_second in 1_u32..100,
        over_seconds in 1_u32..3,
        offsets in prop::collection::vec(-60_000_i64..60_000, 1..7),
        steps in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![20 => 0_i64..30, 2 => 0_i64..2_000, 1 => 20_000_i64..40_000]), 300..1500),
    ) {
        let limit = Limit { per_second, over_seconds };
        let mut shared = Shared::default();
        let mut processes: Vec<Process> = offsets.into_iter().map(Process::new).collect();
        let mut real = 0;
        for (which, later) in steps {
            real += later;
            let which = which.index(processes.len());
            processes[which].step(limit, &mut shared, real);
        }
        let most = most(&shared.went, i64::from(over_seconds) * 1000);
        prop_assert!(most <= usize::try_from(per_second * over_seconds).unwrap(), "{most} of {per_second} a second");
    }
}

/// Forty senders of two messages a second each: what a provider that answers after half a second allows.
#[test]
fn d10_under_load_a_lease_costs_less_than_a_tenth_of_a_write_for_each_message() {
    let limit = a_second(80);
    let mut shared = Shared::default();
    let mut senders: Vec<Process> = (0..40).map(|n| Process::new((n - 20) * 1000)).collect();
    for half_second in 0..600 {
        for (n, sender) in (0_i64..).zip(&mut senders) {
            let real = half_second * 500 + n * 10;
            let before = shared.went.len();
            for _ in 0..8 {
                sender.step(limit, &mut shared, real);
                if shared.went.len() > before {
                    break;
                }
            }
        }
    }
    let each = f64::from(shared.writes) / f64::from(u32::try_from(shared.went.len()).unwrap());
    assert!(each <= 0.1, "{each} writes for each message");
    assert!(shared.went.len() > 300 * 80 * 95 / 100, "{} in 300 seconds", shared.went.len());
    assert!(most(&shared.went, 1000) <= 80);
}

#[test]
fn one_process_alone_may_have_the_whole_limit() {
    for limit in [a_second(1), a_second(7), a_second(80), a_second(1000)] {
        let mut shared = Shared::default();
        let mut process = Process::new(0);
        for real in 0..20_000 {
            process.step(limit, &mut shared, real);
            process.step(limit, &mut shared, real);
        }
        let (went, most) = (shared.went.len(), most(&shared.went, 1000));
        let per_second = usize::try_from(limit.per_second).unwrap();
        assert_eq!(most, per_second);
        assert!(went * 100 >= per_second * 20 * 90, "{went} of {per_second} a second in 20 seconds");
    }
}

/// Of a channel whose calls hang, so many processes are at work at most; the others see that there is no seat. (Fault
/// matrix D15.)
#[test]
fn d15_no_more_processes_work_for_a_channel_than_it_has_seats() {
    let limit = a_second(80);
    let mut shared = Shared::default();
    let mut at_work = 0;
    for n in 0..200 {
        let before = shared.went.len();
        let mut process = Process::new(0);
        for _ in 0..4 {
            process.step(limit, &mut shared, n);
        }
        at_work += usize::from(shared.went.len() > before);
    }
    assert_eq!(at_work, 40);
    assert_eq!(shared.seats.len(), 40);
}

#[test]
fn a_seat_is_taken_over_once_it_was_seen_unchanged_for_longer_than_a_lease() {
    let limit = a_second(1);
    let mut shared = Shared::default();
    let (mut first, mut second) = (Process::new(0), Process::new(-110_000));
    for _ in 0..3 {
        first.step(limit, &mut shared, 0);
    }
    assert_eq!(shared.went, [0]);
    for real in (0..60_000).step_by(100) {
        second.step(limit, &mut shared, real);
    }
    assert!((33_000..34_000).contains(&shared.went[1]), "{:?}", shared.went);
    // One that never watched goes by the noted end.
    let mut third = Process::new(0);
    for real in [70_000, 70_001, 70_002, 100_000, 100_001, 100_002] {
        third.step(limit, &mut shared, real);
    }
    assert_eq!(shared.went.last(), Some(&100_002));
}

#[test]
fn a_clock_that_was_set_back_ends_the_lease() {
    let mut hand = Hand::default();
    let Wish::Lease(asked) = hand.wish(a_second(1), &Seats::new(), at(10_000), 1) else { panic!("free seats") };
    hand.granted(&asked, at(10_000));
    assert!(!hand.go(a_second(1), at(9_000)));
    assert!(hand.go(a_second(1), at(11_000)));
    assert!(!hand.go(a_second(1), at(40_000)));
}

#[test]
fn all_seats_together_have_the_whole_limit() {
    for (per_second, over_seconds) in [(1, 1), (7, 2), (40, 1), (50, 2), (83, 3), (1000, 1)] {
        let limit = Limit { per_second, over_seconds };
        let all: usize = (0..limit.seats()).map(|seat| limit.share(seat)).sum();
        assert_eq!(all, usize::try_from(per_second * over_seconds).unwrap());
        let (most, least) = (limit.share(0), limit.share(limit.seats() - 1));
        assert!(least > 0 && most - least <= usize::try_from(over_seconds).unwrap());
    }
}

#[test]
fn who_finds_no_room_is_told_when_there_will_be_some() {
    let limit = a_second(1);
    let mut hand = Hand::default();
    let Wish::Lease(asked) = hand.wish(limit, &Seats::new(), at(0), 1) else { panic!("free seats") };
    hand.granted(&asked, at(0));
    let seats: Seats = asked.iter().map(|asked| (asked.seat, asked.lease.clone())).collect();
    assert!(hand.go(limit, at(200)));
    assert_eq!(hand.wish(limit, &seats, at(300), 2), Wish::Wait(at(1_200)));
    // It has room at once, and wants to know whether it may go now: never without a pause.
    assert_eq!(hand.wish(limit, &seats, at(1_500), 3), Wish::Wait(at(1_501)));
    // Another process has nothing to go by.
    assert_eq!(Hand::default().wish(limit, &seats, at(300), 4), Wish::Wait(at(1_300)));
}

#[test]
fn a_seat_that_was_leased_again_is_watched_anew() {
    let limit = a_second(1);
    let mut hand = Hand::default();
    // Its holder's clock is ahead by an hour, so its noted end says nothing.
    let leased = |rev| Seats::from([(0, Taken { rev, until: at(3_600_000) })]);
    let may_be_had = |hand: &mut Hand, rev, now| matches!(hand.wish(limit, &leased(rev), at(now), 9), Wish::Lease(_));
    assert!(!may_be_had(&mut hand, 1, 0));
    assert!(!may_be_had(&mut hand, 2, 20_000));
    assert!(!may_be_had(&mut hand, 2, 52_999));
    assert!(may_be_had(&mut hand, 2, 53_000));
}
