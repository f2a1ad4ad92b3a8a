//! Who is chosen, and why.

use proptest::prelude::*;

use super::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
}

fn somebody(id: u128) -> Candidate {
    Candidate {
        staff: StaffId::from_bits(id),
        online: true,
        last_seen: at(100),
        teams: ["desk".parse().unwrap()].into(),
        skills: BTreeSet::new(),
        languages: ["en".to_owned()].into(),
        open: 0,
        capacity: 5,
        last_assigned_at: None,
    }
}

fn busy(id: u128, open: usize, capacity: usize) -> Candidate {
    Candidate { open, capacity, ..somebody(id) }
}

fn speaking(id: u128, language: &str) -> Candidate {
    Candidate { languages: [language.to_owned()].into(), ..somebody(id) }
}

fn in_team(team: &str) -> Wanted {
    Wanted { team: Some(team.parse().unwrap()), ..Wanted::default() }
}

#[track_caller]
fn chosen(candidates: &[Candidate], wanted: &Wanted, id: u128, why: Why) {
    let found = choose(candidates, wanted, at(100)).found;
    assert_eq!(found, Found::Somebody { staff: StaffId::from_bits(id), why });
}

#[track_caller]
fn nobody(candidates: &[Candidate], wanted: &Wanted, why: NobodyWhy) {
    assert_eq!(choose(candidates, wanted, at(100)).found, Found::Nobody { why });
}

#[test]
fn whoever_has_the_smallest_share_of_their_capacity_taken_is_chosen() {
    let any = Wanted::default();
    chosen(&[busy(1, 2, 4), busy(2, 1, 3), busy(3, 4, 10)], &any, 2, Why::LeastLoad);
    // A half is a half.
    let rested = Candidate { last_assigned_at: Some(at(1)), ..busy(2, 5, 10) };
    let given = Candidate { last_assigned_at: Some(at(2)), ..busy(1, 2, 4) };
    chosen(&[given.clone(), rested.clone()], &any, 2, Why::LongestWithout);
    chosen(&[given, rested, busy(3, 3, 6)], &any, 3, Why::LongestWithout);
    chosen(&[busy(2, 1, 2), busy(1, 1, 2)], &any, 1, Why::LongestWithout);
    chosen(&[busy(9, 4, 5), busy(1, 5, 5)], &any, 9, Why::OnlyOne);
}

#[test]
fn nobody_is_chosen_beyond_their_capacity_or_who_is_not_there() {
    let any = Wanted::default();
    nobody(&[busy(1, 5, 5), busy(2, 9, 5), busy(3, 0, 0)], &any, NobodyWhy::AllFull);
    let said_nothing = Candidate { online: false, ..somebody(1) };
    let left_it_open = Candidate { last_seen: at(95), ..somebody(2) };
    nobody(&[said_nothing.clone(), left_it_open.clone()], &any, NobodyWhy::NobodyOnline);
    nobody(&[said_nothing, busy(2, 5, 5)], &any, NobodyWhy::AllFull);
    let just_seen = Candidate { last_seen: at(96), ..somebody(2) };
    chosen(&[just_seen], &any, 2, Why::OnlyOne);
    nobody(&[], &any, NobodyWhy::NoMatch);
}

#[test]
fn team_and_skills_are_a_must() {
    nobody(&[somebody(1)], &in_team("spa"), NobodyWhy::NoMatch);
    chosen(&[somebody(1)], &in_team("desk"), 1, Why::OnlyOne);
    let skilled = Wanted { skills: ["billing".parse().unwrap()].into(), ..in_team("desk") };
    nobody(&[somebody(1)], &skilled, NobodyWhy::NoMatch);
    let able = Candidate { skills: skilled.skills.clone(), ..busy(2, 4, 5) };
    chosen(&[somebody(1), able], &skilled, 2, Why::OnlyOne);
}

#[test]
fn a_needed_language_is_waited_for_and_a_preferred_one_decides_only_among_those_who_are_there() {
    let needed = |code: &str| Wanted { language: Tongue::Needed(code.into()), ..Wanted::default() };
    let preferred = |code: &str| Wanted { language: Tongue::Preferred(code.into()), ..Wanted::default() };
    let portuguese = speaking(2, "pt");
    let away = Candidate { online: false, ..portuguese.clone() };
    nobody(&[somebody(1), away.clone()], &needed("pt_BR"), NobodyWhy::NobodyOnline);
    chosen(&[somebody(1), away], &preferred("pt_BR"), 1, Why::OnlyOne);
    chosen(&[somebody(1), portuguese.clone()], &needed("pt_BR"), 2, Why::OnlyOne);
    let busier = Candidate { open: 4, ..portuguese };
    chosen(&[somebody(1), busier], &preferred("pt_BR"), 2, Why::Language);
    // Nobody speaks it: nothing is gained by waiting.
    chosen(&[somebody(1), speaking(2, "pt")], &needed("fi"), 1, Why::LongestWithout);
}

#[test]
fn who_knows_the_customer_comes_first_and_who_let_them_wait_comes_last() {
    let known = Wanted {
        previous_owner: Some(StaffId::from_bits(2)),
        language: Tongue::Needed("es".into()),
        ..Wanted::default()
    };
    chosen(&[speaking(1, "es"), busy(2, 4, 5)], &known, 2, Why::PreviousOwner);
    chosen(&[speaking(1, "es"), busy(2, 5, 5)], &known, 1, Why::OnlyOne);
    let passed = Wanted { passed_over: Some(StaffId::from_bits(1)), ..Wanted::default() };
    chosen(&[somebody(1), busy(2, 4, 5)], &passed, 2, Why::OnlyOne);
    chosen(&[somebody(1), busy(2, 5, 5)], &passed, 1, Why::OnlyOne);
    let both = Wanted { previous_owner: Some(StaffId::from_bits(1)), ..passed };
    chosen(&[somebody(1), busy(2, 4, 5)], &both, 2, Why::OnlyOne);
}

#[test]
fn each_candidate_is_told_about_in_a_word() {
    let other = Candidate { teams: BTreeSet::new(), ..somebody(1) };
    let gone = Candidate { online: false, ..somebody(2) };
    let (full, free, later) = (busy(3, 5, 5), busy(4, 0, 5), busy(5, 1, 5));
    let found = choose(&[other, gone, full, free, later], &in_team("desk"), at(100));
    let fits: Vec<_> = found.considered.iter().map(|it| it.fit).collect();
    assert_eq!(fits, [Fit::OtherTeam, Fit::Offline, Fit::Full, Fit::Chosen, Fit::Later]);
}

#[test]
fn what_waits_is_content_with_less() {
    let settings = WorkSettings {
        overflow_team: Some("desk".parse().unwrap()),
        relax_language_after_minutes: 5,
        overflow_after_minutes: 10,
        ..WorkSettings::default()
    };
    let wanted = Wanted { language: Tongue::Needed("es".into()), ..in_team("spa") };
    let after = |seconds, attended| relaxed(&wanted, SignedDuration::from_secs(seconds), attended, &settings);
    assert_eq!(after(299, false), wanted);
    assert_eq!(after(300, false).language, Tongue::Preferred("es".into()));
    assert_eq!(after(599, false).team, wanted.team);
    assert_eq!(after(600, false).team, settings.overflow_team);
    assert_eq!(after(6000, true).team, wanted.team);
    assert_eq!(relaxed(&Wanted::default(), SignedDuration::from_hours(9), false, &settings), Wanted::default());
    let nobody_else = WorkSettings { overflow_team: None, ..settings };
    assert_eq!(relaxed(&wanted, SignedDuration::from_hours(9), false, &nobody_else).team, wanted.team);
}

fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (any::<bool>(), 90i64..=100, 0usize..4, 0usize..4, prop::option::of(0i64..3), 0usize..3, any::<bool>());
    let one = one.prop_map(|(online, seen, open, capacity, last, language, spa)| Candidate {
        online,
        last_seen: at(seen),
        open,
        capacity,
        last_assigned_at: last.map(at),
        languages: [["en", "es", "pt_BR"][language].to_owned()].into(),
        teams: [if spa { "spa" } else { "desk" }.parse().unwrap()].into(),
        ..somebody(0)
    });
    prop::collection::vec(one, 0..8).prop_map(|people| {
        let named = |(id, it)| Candidate { staff: StaffId::from_bits(id), ..it };
        (0..).zip(people).map(named).collect()
    })
}

fn wishes() -> impl Strategy<Value = Wanted> {
    let tongue = prop_oneof![
        Just(Tongue::Any),
        Just(Tongue::Preferred("es".into())),
        Just(Tongue::Needed("pt".into())),
        Just(Tongue::Needed("fi".into())),
    ];
    let team = prop::option::of(prop_oneof![Just("spa"), Just("desk"), Just("none")]);
    let person = || prop::option::of((0u128..8).prop_map(StaffId::from_bits));
    (team, tongue, person(), person()).prop_map(|(team, language, previous_owner, passed_over)| Wanted {
        team: team.map(|team| team.parse().unwrap()),
        skills: BTreeSet::new(),
        language,
        previous_owner,
        passed_over,
    })
}

proptest! {
    #[test]
    fn whoever_is_chosen_is_there_has_room_and_is_of_the_team(people in candidates(), wanted in wishes()) {
        let selection = choose(&people, &wanted, at(100));
        prop_assert_eq!(selection.considered.len(), people.len());
        let could = |it: &Candidate| it.is_online(at(100)) && it.has_room() && it.is_of(wanted.team.as_ref());
        match selection.found {
            Found::Somebody { staff, .. } => {
                let chosen = people.iter().find(|it| it.staff == staff).unwrap();
                prop_assert!(could(chosen));
                let less = |it: &&Candidate| could(it) && it.cmp_load(chosen) == Ordering::Less;
                let plain = wanted.language == Tongue::Any && wanted.previous_owner.is_none() && wanted.passed_over.is_none();
                prop_assert!(!plain || people.iter().find(less).is_none());
            }
            // Nobody is left waiting for another reason than language.
            Found::Nobody { .. } => {
                let needs = matches!(wanted.language, Tongue::Needed(_));
                prop_assert!(needs || !people.iter().any(could));
            }
        }
    }

    #[test]
    fn the_order_in_which_candidates_are_read_does_not_matter(people in candidates(), wanted in wishes()) {
        let mut turned = people.clone();
        turned.reverse();
        prop_assert_eq!(choose(&people, &wanted, at(100)).found, choose(&turned, &wanted, at(100)).found);
    }
}
