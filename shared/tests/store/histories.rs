//! Histories of one conversation: any commands in any order, repeated as a crash repeats them, by workers that read the
//! head some time ago. After each the head is what a model that remembers everything says.
//! (Fault matrix A1, A2, A4, A17, B2, B10; invariants I2 and I3.)

use std::collections::BTreeSet;

use proptest::prelude::*;
use transom::{
    domain::{Timestamp, conversation::Head, ids::MessageKey, message::Message},
    ports::store::{Conversations, Messages, Step},
};

use crate::world::{World, account, at, conversation, head, inbound, last_in, message_id};

#[derive(Debug, Clone)]
enum Command {
    /// The customer wrote then. `dies`: the webhook died before it raised the head.
    Wrote {
        second: i64,
        dies: bool,
    },
    /// The provider said "closed" for the newest message.
    ClosedFor,
    Close(i64),
    Archive(i64),
    Wake(i64),
    Answered {
        by: i64,
        last_in: i64,
    },
    /// A sender that read the head some commands ago lets a message wait.
    Waits {
        ago: usize,
        from: i64,
    },
    /// A sender that read the head some commands ago found nothing that waits.
    NothingWaits {
        ago: usize,
    },
}

fn commands() -> impl Strategy<Value = Vec<(Command, usize)>> {
    let second = || 0..12_i64;
    let ago = || prop_oneof![2 => Just(0_usize), 1 => 1..4_usize];
    let command = prop_oneof![
        4 => (second(), prop::bool::weighted(0.3)).prop_map(|(second, dies)| Command::Wrote { second, dies }),
        1 => Just(Command::ClosedFor),
        1 => second().prop_map(Command::Close),
        1 => second().prop_map(Command::Archive),
        1 => second().prop_map(Command::Wake),
        2 => (second(), second()).prop_map(|(by, last_in)| Command::Answered { by, last_in }),
        3 => (ago(), second()).prop_map(|(ago, from)| Command::Waits { ago, from }),
        2 => ago().prop_map(|ago| Command::NothingWaits { ago }),
    ];
    prop::collection::vec((command, 1..3_usize), 1..25)
}

/// Everything that happened to the conversation.
#[derive(Debug, Clone, Default, PartialEq)]
struct Model {
    there: bool,
    wrote: BTreeSet<i64>,
    raised: Option<i64>,
    closed_for: Option<i64>,
    closed: Option<i64>,
    archived: Option<i64>,
    woken: Option<i64>,
    answered: Option<(i64, i64)>,
    waits: Option<MessageKey>,
    /// Counts the waits that began.
    wait: usize,
}

impl Model {
    /// What the store must hold now.
    fn expected(&self, version: u64) -> Option<Head> {
        let mut head = Head { version, ..head() };
        head.last_in = self.raised.map(last_in);
        head.closed_for = self.closed_for.map(at);
        head.closed_at = self.closed.map(at);
        head.archived_at = self.archived.map(at);
        head.wake = self.woken.map(at);
        head.answered = self.answered.map(|(by, last_in)| transom::domain::conversation::Answered {
            message: message_id(by, 2).key,
            last_in: at(last_in),
        });
        head.waiting_from = self.waits;
        head.wait_rev = (self.wait > 0).then(|| self.wait.to_string());
        self.there.then_some(head)
    }

    /// Takes the command as the words of the design say; answers whether anything was done.
    fn take(&mut self, command: &Command, reads: &[Self]) -> Step {
        let done = |fine: bool| if fine { Step::Done } else { Step::Lost };
        let read = |ago: usize| &reads[reads.len() - 1 - ago.min(reads.len() - 1)];
        let there = self.there;
        let raise = |time: &mut Option<i64>, second: i64| {
            let higher = there && time.is_none_or(|time| time < second);
            if higher {
                *time = Some(second);
            }
            done(higher)
        };
        match command {
            Command::Wrote { second, dies } => {
                self.wrote.insert(*second);
                if *dies {
                    return Step::Lost;
                }
                let newest = self.raised.is_none_or(|raised| raised < *second);
                self.there = true;
                self.raised = self.raised.max(Some(*second));
                done(newest)
            }
            Command::ClosedFor => match self.raised {
                Some(raised) => raise(&mut self.closed_for, raised),
                None => Step::Lost,
            },
            Command::Close(second) => raise(&mut self.closed, *second),
            Command::Archive(second) => raise(&mut self.archived, *second),
            Command::Wake(second) => raise(&mut self.woken, *second),
            Command::Answered { by, last_in } => {
                let newer = there && self.answered.is_none_or(|(_, known)| known < *last_in);
                if newer {
                    self.answered = Some((*by, *last_in));
                }
                done(newer)
            }
            Command::Waits { ago, from } => {
                let read = read(*ago);
                // Nothing that frees the message may have happened since it was planned.
                let fine = there && read.raised == self.raised && read.waits == self.waits;
                if fine {
                    let from = message_id(*from, 2).key;
                    self.waits = Some(self.waits.map_or(from, |waits| waits.min(from)));
                    self.wait += 1;
                }
                done(fine)
            }
            Command::NothingWaits { ago } => {
                let read = read(*ago);
                let fine = read.wait == self.wait;
                if fine {
                    self.waits = None;
                }
                // Where nothing ever waited there is nothing to do, and that is done.
                done(fine || read.wait == 0)
            }
        }
    }
}

async fn through_the_store(world: &World, command: &Command, model: &Model, reads: &[Option<Head>]) -> Option<Step> {
    let store = &world.store;
    let read = |ago: usize| reads[reads.len() - 1 - ago.min(reads.len() - 1)].clone().unwrap_or_else(head);
    let done = match command {
        Command::Wrote { second, dies } => {
            store.put_inbound(&inbound(*second, "hello")).await.unwrap();
            if *dies {
                return None;
            }
            store.raise(&head(), &last_in(*second)).await
        }
        Command::ClosedFor => {
            store.close_window(&account(), conversation(), model.raised.map(at)).await.unwrap();
            return None;
        }
        Command::Close(second) => store.close(&account(), conversation(), at(*second)).await,
        Command::Archive(second) => store.archive(&account(), conversation(), at(*second)).await,
        Command::Wake(second) => store.wake(&account(), conversation(), at(*second)).await,
        Command::Answered { by, last_in } => {
            store.record_answer(&account(), conversation(), message_id(*by, 2).key, at(*last_in)).await
        }
        Command::Waits { ago, from } => {
            store.wait_from(&read(*ago), message_id(*from, 2).key, &(model.wait + 1).to_string()).await
        }
        Command::NothingWaits { ago } => store.nothing_waits(&read(*ago)).await,
    };
    Some(done.unwrap())
}

async fn run(commands: &[(Command, usize)]) -> Result<(), String> {
    let world = World::new().await;
    let mut model = Model::default();
    let (mut heads, mut models): (Vec<Option<Head>>, Vec<Model>) = (vec![None], vec![model.clone()]);
    for (number, (command, times)) in commands.iter().enumerate() {
        // A repeat is another worker's: it read what the first one read.
        for _ in 0..*times {
            let stored = through_the_store(&world, command, &model, &heads).await;
            let expected = model.take(command, &models);
            let at = || format!("step {number} {command:?}");
            if stored.is_some_and(|stored| stored != expected) {
                return Err(format!("{}: the store {stored:?}, the model {expected:?}", at()));
            }
            let found = world.store.head(&account(), conversation()).await.unwrap();
            if found != model.expected(found.as_ref().map_or(0, |head| head.version)) {
                return Err(format!("{}: {found:#?}\n{model:?}", at()));
            }
        }
        heads.push(world.store.head(&account(), conversation()).await.unwrap());
        models.push(model.clone());
    }
    let messages = world.store.messages(&account(), conversation(), None, 100).await.unwrap();
    let mut stored: Vec<Timestamp> = messages
        .iter()
        .map(|message| match message {
            Message::Inbound(message) => message.at,
            Message::Outbound(_) => panic!("an outbound message"),
        })
        .collect();
    stored.reverse();
    let wrote: Vec<Timestamp> = model.wrote.iter().map(|second| at(*second)).collect();
    if stored == wrote { Ok(()) } else { Err(format!("stored {stored:?}, written {wrote:?}")) }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 8, failure_persistence: None, ..ProptestConfig::default()
    })]

    /// Fault matrix A2, A17, B2, B10.
    #[test]
    fn any_history_with_any_repeats_leaves_what_happened(commands in commands()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(run(&commands));
        prop_assert!(ended.is_ok(), "{}", ended.unwrap_err());
    }
}
