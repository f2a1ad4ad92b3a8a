//! How fast conversations are rehearsed: 100,000 of them under two ladders, on two threads. Goal: 10 seconds.
//!
//! `CONVERSATIONS=10000` makes fewer.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time, told how many by its environment")]

use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use benches::machine::process_time;
use rand::{Rng, SeedableRng, rngs::SmallRng};
use transom::domain::{
    Timestamp,
    cost::{Country, PriceList},
    ladder::{Action, Ladder},
    rehearsal::{
        Answer, Assumptions, Clock, Conversation, Customer, Did, Event, Figures, Report, Setting, Stretch, rehearse,
    },
    template::{Definition, Template},
    time::SignedDuration,
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const THREADS: usize = 2;
const DAYS: i64 = 30;
/// Progress is noted after so many.
const STEP: usize = 100;

fn main() {
    let wanted: usize = std::env::var("CONVERSATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let from: Timestamp = "2026-10-01T00:00:00Z".parse().expect("a time");
    let stretch = Stretch { from, until: from + SignedDuration::from_hours(24 * (DAYS + 5)) };
    let mut chance = SmallRng::seed_from_u64(7);
    let conversations: Vec<Conversation> = (0..wanted).map(|_| conversation(&mut chance, from)).collect();
    let messages: usize = conversations.iter().map(|it| it.events.len()).sum();
    let settings = [setting(Ladder::default()), setting(without_sms())];
    let (done, began, cpu) = (AtomicUsize::new(0), Instant::now(), process_time());
    let parts = thread::scope(|scope| {
        let share = wanted.div_ceil(THREADS).max(1);
        let work: Vec<_> = conversations
            .chunks(share)
            .map(|part| scope.spawn(|| settings.each_ref().map(|setting| go_through(setting, part, stretch, &done))))
            .collect();
        show_progress(&done, wanted * settings.len(), || work.iter().all(thread::ScopedJoinHandle::is_finished));
        work.into_iter().map(|it| it.join().expect("it ends")).collect::<Vec<_>>()
    });
    let took = began.elapsed().as_secs_f64();
    let cpu = process_time().saturating_sub(cpu).as_secs_f64();
    for (place, setting) in settings.iter().enumerate() {
        let mut figures = Figures::default();
        for part in &parts {
            figures.merge(&part[place]);
        }
        let report = Report::of(&figures, setting.ladder());
        let sent: u64 = report.rows.iter().filter(|row| row.what.way.is_some()).map(|row| row.count).sum();
        println!(
            "ladder {}: {sent} messages, {} SMS, {} reminders; {} turns in the window, {} after it, {} never",
            place + 1,
            report.sms,
            report.reminders,
            report.turns.in_window,
            report.turns.after_window,
            report.turns.never
        );
    }
    println!(
        "{wanted} conversations of {messages} messages under {} ladders on {THREADS} threads: {took:.2} s (goal: 10), {:.0} conversations a second; {:.1} µs of CPU for each and ladder",
        settings.len(),
        wanted as f64 / took,
        cpu * 1e6 / (wanted * settings.len()) as f64
    );
}

fn go_through(setting: &Setting, part: &[Conversation], stretch: Stretch, done: &AtomicUsize) -> Figures {
    let clock = Clock::of(setting.ladder());
    let mut figures = Figures::default();
    for some in part.chunks(STEP) {
        for conversation in some {
            figures.conversations += 1;
            rehearse(setting, conversation, stretch.until, |happened| figures.add(&happened, stretch, &clock));
        }
        done.fetch_add(some.len(), Ordering::Relaxed);
    }
    figures
}

/// One line that moves, for whoever watches a terminal.
fn show_progress(done: &AtomicUsize, all: usize, over: impl Fn() -> bool) {
    let mut terminal = std::io::stderr();
    if !terminal.is_terminal() {
        return;
    }
    while !over() {
        let count = done.load(Ordering::Relaxed);
        let full = count * 40 / all.max(1);
        let bar = format!("{}{}", "█".repeat(full), "░".repeat(40 - full));
        // Nobody misses a line that could not be written.
        let _ = write!(terminal, "\r{bar} {count} of {all}");
        let _ = terminal.flush();
        thread::sleep(Duration::from_millis(100));
    }
    let _ = write!(terminal, "\r\x1b[2K");
}

fn setting(ladder: Ladder) -> Setting {
    let of = |name, language| Template::declared(name, language, Definition::of("We are sorry.").living(3600));
    let templates: Vec<Template> =
        ["fallback", "answer_waiting"].into_iter().flat_map(|name| ["en", "es", "de"].map(|it| of(name, it))).collect();
    let prices = Arc::new(PriceList::parse(PriceList::EMBEDDED).expect("it comes with the system"));
    Setting::new(ladder, &templates, None, true, prices, Assumptions::default())
}

fn without_sms() -> Ladder {
    let mut ladder = Ladder { prefer_cheaper: true, ..Ladder::default() };
    ladder.steps.retain(|step| !matches!(step.action, Action::SmsInvite { .. }));
    ladder
}

/// One to twelve messages; half of the questions are answered within an hour, most within a day, some after days.
fn conversation(chance: &mut SmallRng, from: Timestamp) -> Conversation {
    let minutes = |chance: &mut SmallRng| {
        let most = match chance.random_range(0..10) {
            0..5 => 60,
            5..8 => 24 * 60,
            _ => 4 * 24 * 60,
        };
        SignedDuration::from_mins(chance.random_range(1..most))
    };
    let mut at = from + SignedDuration::from_mins(chance.random_range(0..(DAYS - 1) * 24 * 60));
    let mut events = Vec::new();
    for number in 0..chance.random_range(1..=12) {
        let of_customer = number == 0 || chance.random_bool(0.5);
        let what = if of_customer { Did::Wrote } else { Did::Answered(Answer::default()) };
        events.push(Event { at, what });
        at += minutes(chance);
    }
    let country = ["ES", "DE", "GB", "US", "BR"][chance.random_range(0..5)];
    let customer = Customer {
        country: Country::parse(country),
        language: Some(["es", "de", "en", "fr"][chance.random_range(0..4)].to_owned()),
        has_phone: chance.random_bool(0.9),
        vip: chance.random_bool(0.1),
        ..Customer::default()
    };
    Conversation { customer, events, fates: Vec::new() }
}
