//! The reference workload: 3 accounts, 20 guests, 48 hours. Who does what is fixed by the guests' roles; when, to the
//! minute, is the seed's. README.md beside this crate tells it in words.

use serde_json::json;

use crate::{
    cast::{Guest, Index, Role},
    clients::{erase, pry, reply, reply_and_take_back},
    machine::Millis,
    outside::{Shows, says, writes},
    world::{BEGAN, World, deploy},
};

pub const MINUTE: Millis = 60_000;
pub const HOUR: Millis = 60 * MINUTE;
/// For how long people and programs act, and things go wrong.
pub const LASTS: Millis = 48 * HOUR;
/// By then everything has come to rest: providers repeat for seven days, messages wait for three.
pub const RESTS_WITHIN: Millis = LASTS + 12 * 24 * HOUR;

/// When today's code takes the first version's place.
const DEPLOYMENT: Millis = 20 * HOUR;

/// What goes wrong by plan at a moment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Incident {
    /// Meta cannot be reached for three hours.
    pub meta_down: bool,
    /// This account's token has expired at the provider.
    pub expired_token: Option<Index>,
    /// The provider has paused this account's templates.
    pub paused_templates: Option<Index>,
    /// The table is throttled as a whole.
    pub store_down: bool,
    pub queue_down: bool,
    /// Nobody follows the table's stream until then.
    pub stream_down_until: Option<Millis>,
    /// The schedule wakes nobody until then.
    pub sweeper_down_until: Option<Millis>,
}

/// The incidents at a time since the beginning.
pub fn incident(since: Millis) -> Incident {
    let within = |from: Millis, minutes: Millis| (from..from + minutes * MINUTE).contains(&since);
    Incident {
        meta_down: within(14 * HOUR, 180),
        expired_token: within(21 * HOUR, 120).then_some(2),
        paused_templates: within(25 * HOUR, 300).then_some(0),
        store_down: within(40 * HOUR, 8),
        queue_down: within(9 * HOUR, 15),
        stream_down_until: within(15 * HOUR + 30 * MINUTE, 90).then_some(BEGAN + 17 * HOUR),
        sweeper_down_until: within(34 * HOUR, 180).then_some(BEGAN + 37 * HOUR),
    }
}

/// How much of the workload is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// All guests.
    Whole,
    /// Some guests, drawn by the seed; all else stays as it is. Conversations have little to do with one another, so that
    /// many small runs find more than few large ones take.
    Few,
}

/// How many guests a cut has.
const FEW: usize = 2;
/// Of so many seeds, one plays the whole workload.
const WHOLE_EVERY: u64 = 50;

impl Cut {
    pub fn of_seed(seed: u64) -> Self {
        if seed.is_multiple_of(WHOLE_EVERY) { Self::Whole } else { Self::Few }
    }
}

/// Puts the workload on the agenda.
pub fn plan(world: &World, cut: Cut) {
    let guests = &world.cast.guests;
    let mut playing: Vec<usize> = (0..guests.len()).collect();
    while cut == Cut::Few && playing.len() > FEW {
        let last = Millis::try_from(playing.len()).unwrap_or(1) - 1;
        playing.remove(usize::try_from(world.machine.pick(0, last)).unwrap_or(0));
    }
    for place in playing {
        script(world, place, &guests[place]);
    }
    if world.faults().erasure {
        is_forgotten(world);
    }
    if world.faults().deployment {
        at(world, DEPLOYMENT, |world| deploy(world, &world.machine));
    }
    for hour in [6, 18, 30] {
        at(world, hour * HOUR, pry);
    }
}

/// Puts an act on the agenda, at a time since the beginning.
pub fn at(world: &World, since: Millis, act: impl FnOnce(&World) + Send + 'static) {
    let me = world.me.clone();
    world.machine.at(BEGAN + since, move |_| {
        if let Some(world) = me.upgrade() {
            act(&world);
        }
    });
}

fn script(world: &World, place: usize, guest: &Guest) {
    let jitter = |minutes: Millis| world.machine.pick(0, minutes * MINUTE);
    let shift = Millis::try_from(place).unwrap_or(0) * 4 * MINUTE;
    let Guest { person, number, role } = *guest;
    let writes_at = |since: Millis, shows: Shows, text: &str| {
        let text = text.to_owned();
        at(world, since, move |world| writes(world, number, person, shows, &text));
    };
    let reply_at = |since: Millis| at(world, since, move |world| reply(world, number, person, &json!({})));
    match role {
        Role::Chatty => {
            for (session, hour) in [1, 5, 10, 15, 22, 33, 43].into_iter().enumerate() {
                let begin = hour * HOUR + shift + jitter(30);
                writes_at(begin, Shows::Both, "Good day");
                writes_at(begin + jitter(2), Shows::Both, "A question");
                reply_at(begin + 3 * MINUTE + jitter(20));
                reply_at(begin + 3 * MINUTE + jitter(20));
                writes_at(begin + jitter(40), Shows::Phone, "Thank you");
                if session == 2 {
                    let since = begin + jitter(50);
                    at(world, since, move |world| gestures(world, number, person));
                }
            }
        }
        Role::LeftWaiting => {
            let begin = HOUR + shift + jitter(30);
            writes_at(begin, Shows::Both, "Is anybody there?");
            writes_at(begin + jitter(20), Shows::Both, "Hello?");
            for _ in 0..2 {
                reply_at(begin + 26 * HOUR + jitter(60));
            }
            let since = begin + 26 * HOUR + jitter(60);
            at(world, since, move |world| reply_and_take_back(world, number, person));
            let back = begin + 29 * HOUR + jitter(240);
            writes_at(back, Shows::Both, "Yes, please");
            reply_at(back + jitter(20));
        }
        Role::AnsweredLate => {
            let begin = shift + jitter(90);
            writes_at(begin, Shows::Both, "Do you have a crib?");
            reply_at(begin + 24 * HOUR + jitter(10));
            reply_at(begin + 25 * HOUR + jitter(60));
            writes_at(begin + 24 * HOUR + jitter(600), Shows::Both, "Yes, please");
            writes_at(begin + 47 * HOUR, Shows::Both, "Good bye");
        }
        Role::StopsAndStarts => {
            let begin = 3 * HOUR + shift + jitter(60);
            writes_at(begin, Shows::Both, "Hello");
            reply_at(begin + 5 * MINUTE + jitter(5));
            writes_at(begin + 7 * MINUTE + jitter(3), Shows::Both, "STOP");
            reply_at(begin + 8 * MINUTE + jitter(4));
            reply_at(begin + 10 * HOUR);
            writes_at(begin + 20 * HOUR + jitter(60), Shows::Both, "START");
            reply_at(begin + 20 * HOUR + jitter(120));
        }
        Role::TwoNames => {
            let begin = 2 * HOUR + shift + jitter(60);
            writes_at(begin, Shows::Phone, "It is me");
            reply_at(begin + 10 * MINUTE + jitter(10));
            writes_at(begin + 4 * HOUR + jitter(30), Shows::UserId, "Me again");
            at(world, begin + 5 * HOUR, move |world| {
                let to = json!({"user_id": world.cast.people[person].user_id});
                reply(world, number, person, &json!({ "to": to }));
            });
            writes_at(begin + 8 * HOUR + jitter(30), Shows::Both, "Both of me");
            reply_at(begin + 8 * HOUR + jitter(60));
            reply_at(begin + 34 * HOUR + jitter(60));
            writes_at(begin + 37 * HOUR + jitter(60), Shows::UserId, "Yes, please");
        }
        Role::Unreachable => writes_at(HOUR + shift + jitter(60), Shows::Both, "I am leaving"),
        Role::Invited => {
            let begin = 2 * HOUR + shift + jitter(60);
            let welcome = json!({"content": {"type": "template", "name": "welcome", "language": "en", "values": {}}});
            at(world, begin, move |world| reply(world, number, person, &welcome));
            reply_at(begin + 30 * MINUTE);
            writes_at(begin + 3 * HOUR + jitter(60), Shows::Both, "Thank you for writing");
            reply_at(begin + 3 * HOUR + jitter(120));
        }
        Role::Brink => {
            let begin = 2 * HOUR + shift + jitter(60);
            writes_at(begin, Shows::Both, "Until when can I check out?");
            let end = begin + 24 * HOUR;
            for since in [end - 5 * MINUTE - 4000, end - 5 * MINUTE, end - 2000, end + 1000, end + 3 * MINUTE] {
                reply_at(since + world.machine.pick(-3000, 3000));
            }
            writes_at(end + 2 * MINUTE + jitter(10), Shows::Both, "Hello?");
        }
        Role::Burst => {
            let begin = 4 * HOUR + shift + jitter(60);
            writes_at(begin, Shows::Both, "Send me everything");
            let many = if world.machine.happens(125) { 48 } else { 6 };
            for _ in 0..many {
                reply_at(begin + 5 * MINUTE + jitter(1));
            }
        }
    }
}

/// The number that the one who is forgotten writes to.
pub const OF_THE_FORGOTTEN: Index = 0;

/// Somebody writes, is answered, asks to be forgotten, and writes again: at the same moment, soon and later.
fn is_forgotten(world: &World) {
    let (number, person) = (OF_THE_FORGOTTEN, world.cast.forgotten);
    let jitter = |minutes: Millis| world.machine.pick(0, minutes * MINUTE);
    let writes_at = |since: Millis, text: &str| {
        let text = text.to_owned();
        at(world, since, move |world| writes(world, number, person, Shows::Both, &text));
    };
    writes_at(2 * HOUR + jitter(60), "I am here");
    writes_at(9 * HOUR + jitter(60), "And I am gone");
    for hour in [4, 22, 30] {
        let since = hour * HOUR + jitter(120);
        at(world, since, move |world| reply(world, number, person, &json!({})));
    }
    let asked = 20 * HOUR + jitter(120);
    for again in [0, 10 * MINUTE, 6 * HOUR] {
        at(world, asked + again, erase);
    }
    writes_at(asked + world.machine.pick(-2 * MINUTE, 4 * MINUTE), "Wait");
    writes_at(asked + 10 * MINUTE + jitter(30), "It is me");
    writes_at(40 * HOUR + jitter(60), "It is me again");
}

/// What opens no window and answers nobody.
fn gestures(world: &World, number: Index, person: Index) {
    let reaction = json!({"type": "reaction", "reaction": {"message_id": "wamid.x", "emoji": "👍"}});
    let meta = world.cast.numbers[number].provider == transom::domain::channel::ProviderKind::Meta;
    if meta {
        says(world, number, person, Shows::Both, &reaction, "👍", false);
        let strange = json!({"type": "hologram", "hologram": {"depth": 3}});
        says(world, number, person, Shows::Both, &strange, "", false);
    }
}

/// The person behind an unreachable number follows the SMS's link from another phone.
pub fn comes_back(world: &World, number: Index, person: Index, text: &str) {
    let Some((_, rest)) = text.split_once("text=Hello%20") else { return };
    let token: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    let Some(whatsapp) = world.cast.numbers.iter().position(|n| n.sms == Some(number)) else { return };
    // One phone for all who come back: from then on they are one person.
    world.outside().came_back.insert((whatsapp, person));
    let person = world.cast.other_phone;
    // Once: whoever comes back and is not answered is invited again, every day anew.
    if world.outside().writers(whatsapp).contains(&person) {
        return;
    }
    let me = world.me.clone();
    world.machine.after(world.machine.pick(MINUTE, HOUR), move |_| {
        if let Some(world) = me.upgrade() {
            writes(&world, whatsapp, person, Shows::Both, &format!("Hello {token}"));
        }
    });
}
