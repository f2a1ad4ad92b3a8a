//! The model's row does what the store's conditional writes do, for any order of them: so what the model proves is proved
//! of the product. (Fault matrix C2, F1 to F5, F10; invariants I3 and I7.)

use proptest::prelude::*;
use transom::{
    adapters::dynamodb::{DynamoStore, schema},
    domain::{
        inbound::{ReceiptStatus, ReportedAt},
        message::{Message, Outbound, Way},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Answer, CLAIM_LASTS, Delivery, UNKNOWN_SETTLES_WITHIN},
    },
    ports::store::{Claim, Messages, Recorded, Report, Step, Verdict},
};
use transom_engine::Engine;

use models::{Row, Said, State, Wrote, at};

/// One write, by a worker that read the row some steps ago (0: just now).
#[derive(Debug, Clone)]
enum Write {
    Claim { ago: usize },
    Settle { attempt: u32, said: Said },
    Release { attempt: u32 },
    Judge { ago: usize, verdict: State },
    Receipt { attempt: u32, status: ReceiptStatus },
}

fn failure(of_window: bool) -> Failure {
    let kind = if of_window { FailureKind::WindowClosed } else { FailureKind::Other };
    Failure { kind, code: "1".into() }
}

fn writes() -> impl Strategy<Value = Vec<(i64, Write)>> {
    let ago = prop_oneof![4 => Just(0_usize), 1 => 1..4_usize];
    let said = prop_oneof![Just(Said::Accepted), Just(Said::Refused), Just(Said::WindowClosed), Just(Said::Unknown)];
    let verdict = prop_oneof![
        Just(State::Waiting),
        Just(State::Unknown { until: 50 }),
        Just(State::Undetermined),
        Just(State::Cancelled),
    ];
    let status = prop_oneof![
        Just(ReceiptStatus::Sent),
        Just(ReceiptStatus::Delivered),
        Just(ReceiptStatus::Read),
        any::<bool>().prop_map(|of_window| ReceiptStatus::Failed(failure(of_window))),
    ];
    let write = prop_oneof![
        4 => ago.clone().prop_map(|ago| Write::Claim { ago }),
        3 => (1..4_u32, said).prop_map(|(attempt, said)| Write::Settle { attempt, said }),
        2 => (1..4_u32).prop_map(|attempt| Write::Release { attempt }),
        1 => (ago, verdict).prop_map(|(ago, verdict)| Write::Judge { ago, verdict }),
        4 => (0..4_u32, status).prop_map(|(attempt, status)| Write::Receipt { attempt, status }),
    ];
    // The clock may stand still and go back: workers' clocks differ.
    prop::collection::vec((-2..5_i64, write), 1..25)
}

fn answer(said: Said) -> Answer {
    match said {
        Said::Accepted => Answer::Accepted,
        Said::Refused => Answer::Refused(failure(false)),
        Said::WindowClosed => Answer::WindowClosed(failure(true)),
        Said::Unknown => Answer::Unknown,
    }
}

async fn read(store: &DynamoStore, message: &Outbound) -> Outbound {
    match store.message(&message.account, message.id).await.unwrap().unwrap() {
        Message::Outbound(message) => *message,
        Message::Inbound(_) => panic!("an inbound message"),
    }
}

/// Does one write through the store; whether it took place.
async fn through_the_store(store: &DynamoStore, reads: &[Outbound], now: i64, write: &Write) -> Wrote {
    let then = |ago: usize| &reads[reads.len() - 1 - ago.min(reads.len() - 1)];
    let last = then(0);
    let step = match write {
        Write::Claim { ago } => {
            let read = then(*ago);
            let claim = Claim {
                attempt: read.attempt + 1,
                at: at(now),
                until: at(now) + CLAIM_LASTS,
                way: Way::FreeForm,
                reason: Reason::WindowOpen,
                planned_with: None,
                consent: transom::domain::consent::Consent::default(),
                quote: transom::domain::cost::Quote { country: None, amount: None },
                epoch: 0,
            };
            store.claim(read, &claim).await
        }
        Write::Settle { attempt, said } => {
            store.settle(last, *attempt, &answer(*said), None, at(now), at(now) + UNKNOWN_SETTLES_WITHIN).await
        }
        Write::Release { attempt } => store.release(last, *attempt, Reason::ProviderNotReady, at(now)).await,
        Write::Judge { ago, verdict } => {
            let verdict = match verdict {
                State::Waiting => Verdict::Waiting,
                State::Unknown { until } => Verdict::Unknown { until: at(*until) },
                State::Undetermined => Verdict::Undetermined,
                _ => Verdict::Cancelled,
            };
            store.judge(then(*ago), verdict, Reason::NoAnswer, None, at(now)).await
        }
        Write::Receipt { attempt, status } => {
            match store
                .record_receipt(
                    &last.account,
                    last.id,
                    *attempt,
                    &Report { status, at: ReportedAt::Provider(at(now)), pricing: None },
                )
                .await
                .unwrap()
            {
                Recorded::New => Ok(Step::Done),
                Recorded::Already | Recorded::NoSuchMessage => Ok(Step::Lost),
            }
        }
    };
    if step.unwrap() == Step::Done { Wrote::Done } else { Wrote::Lost }
}

fn through_the_model(row: &mut Row, reads: &[Row], now: i64, write: &Write) -> Wrote {
    let then = |ago: usize| &reads[reads.len() - 1 - ago.min(reads.len() - 1)];
    match write {
        Write::Claim { ago } => row.claim(then(*ago), now),
        Write::Settle { attempt, said } => row.settle(*attempt, *said, now),
        Write::Release { attempt } => row.release(*attempt),
        Write::Judge { ago, verdict } => row.judge(then(*ago), *verdict),
        Write::Receipt { attempt, status } => row.receipt(*attempt, status, now),
    }
}

fn has_arrived(message: &Outbound) -> bool {
    matches!(message.delivery(), Delivery::Delivered | Delivery::Read)
}

/// Runs a history through both. The error says where they part.
async fn run(writes: &[(i64, Write)], twice: bool) -> Result<Outbound, String> {
    let client = Engine::memory().unwrap().dynamo();
    schema::create_tables(&client, "main", "contacts").await.unwrap();
    let store = DynamoStore::new(client, "main", "contacts");
    let mut row = Row::new();
    let message = row.message();
    store.put_outbound(&message).await.unwrap();
    let (mut reads, mut rows) = (vec![message.clone()], vec![row.clone()]);
    let mut now = 0;
    for (number, (later, write)) in writes.iter().enumerate() {
        now = (now + later).max(0);
        let stored = through_the_store(&store, &reads, now, write).await;
        let modelled = through_the_model(&mut row, &rows, now, write);
        if twice && matches!(write, Write::Receipt { .. }) {
            through_the_store(&store, &reads, now, write).await;
        }
        let after = read(&store, &message).await;
        if (stored, &Row::of(&after)) != (modelled, &row) {
            return Err(format!(
                "step {number} {write:?}: the store {stored:?} {after:?}, the model {modelled:?} {row:?}"
            ));
        }
        if has_arrived(reads.last().unwrap()) && !has_arrived(&after) {
            return Err(format!("step {number} {write:?}: it had arrived, and now has not"));
        }
        reads.push(after);
        rows.push(row.clone());
    }
    Ok(reads.pop().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    /// Fault matrix F10.
    #[test]
    fn the_models_row_is_the_stores(writes in writes(), twice: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let ended = runtime.block_on(run(&writes, twice));
        prop_assert!(ended.is_ok(), "{}", ended.unwrap_err());
    }
}
