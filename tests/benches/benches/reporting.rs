//! A compliance report of a million messages: how long it takes, and how much memory is resident at most. Goal: 128 MiB.
//!
//! `MESSAGES=100000` makes fewer. The history is written to a folder first, as `fold` does.
#![expect(clippy::cast_precision_loss, reason = "figures for people to read")]
#![expect(clippy::disallowed_methods, reason = "a measurement of real time, told how many by its environment")]

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use benches::setting;
use serde_json::Value;
use transom::{
    adapters::{
        dynamodb::{DynamoStore, schema::create_tables},
        objects::FolderObjects,
        providers::ProviderUrls,
    },
    app::{
        Parts,
        archive::fold::{Piece, What, keep},
        deadline::Deadline,
        jobs::{Answered, answer, begin, report},
    },
    domain::{
        ContactId, ConversationId, JobId, MessageId, Timestamp,
        content::Content,
        conversation::Head,
        ids::MessageKey,
        job::{Job, JobKind, ReportFormat, ReportOrder},
        message::{Outbound, OutboundBody, Purpose, Via},
        time::SignedDuration,
    },
    ports::{
        jobs::JobRing,
        store::{Archiving, Messages},
    },
    seal::{Sealed, SubjectKey},
};
use transom_engine::Engine;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const DAYS: i64 = 30;
/// As many as come together on AWS in five minutes of a busy hour.
const BATCH: usize = 1000;

/// The most memory that was resident since the last [`forget_peak`], in MiB.
fn peak() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("the most that was resident");
    line.trim().trim_end_matches(" kB").trim().parse::<f64>().expect("a number") / 1024.0
}

fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").expect("Linux forgets");
}

fn main() {
    let wanted: usize = std::env::var("MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let engine = Engine::memory().expect("the engine");
        create_tables(&engine.dynamo(), "transom", "transom-contacts").await.expect("tables");
        let store = DynamoStore::new(engine.dynamo(), "transom", "transom-contacts");
        let parts = Parts {
            store: Arc::new(store.clone()),
            objects: Arc::new(FolderObjects::new(folder.path())),
            ..setting::parts_on_an_engine(ProviderUrls::default()).await.0
        };
        let began = Instant::now();
        write_history(&parts, &store, wanted).await;
        println!("{wanted} messages of {DAYS} days, folded in {:.0} s", began.elapsed().as_secs_f64());
        for (format, word) in [(ReportFormat::Csv, "CSV"), (ReportFormat::Jsonl, "JSON")] {
            forget_peak();
            let (before, began) = (peak(), Instant::now());
            let (files, messages) = make(&parts, format).await;
            assert_eq!(messages, wanted as u64, "all of them");
            let took = began.elapsed().as_secs_f64();
            println!(
                "{word}: {:.0} s, {:.0} µs a message, {files} files; resident at most {:.0} MiB (goal: 128), {:.0} before",
                took,
                took * 1e6 / wanted as f64,
                peak(),
                before
            );
        }
    });
}

async fn make(parts: &Parts, format: ReportFormat) -> (u32, u64) {
    let from = "2026-03-01T00:00:00Z".parse().expect("a time");
    let order = ReportOrder { from, until: from + SignedDuration::from_hours(24 * DAYS), format, personal: false };
    let id = JobId::from_bits(parts.bits());
    let job = Job::new(id, setting::account(), JobKind::Report(order), parts.now());
    begin(parts, job).await.expect("it begins");
    let ring = JobRing::V1 { account: setting::account(), job: id };
    while answer(parts, &ring, Deadline::after(Duration::from_secs(42))).await.expect("a step") != Answered::Over {}
    let job = parts.store.job(&setting::account(), id).await.expect("an answer").expect("the job");
    let done: report::Reported = serde_json::from_value(job.progress).expect("where it stands");
    (done.files, done.messages)
}

/// Each message in one state, in batches as `fold` gets them.
async fn write_history(parts: &Parts, store: &DynamoStore, wanted: usize) {
    let account = setting::account();
    let from: Timestamp = "2026-03-01T00:00:00Z".parse().expect("a time");
    let sample = sample(store, from).await;
    let step = DAYS * 86_400_000 / i64::try_from(wanted).expect("a count");
    let mut pieces = Vec::with_capacity(BATCH);
    let mut sequence: u64 = 100_000_000_000;
    for number in 0..wanted {
        let at = from + SignedDuration::from_millis(step * i64::try_from(number).expect("a count"));
        let id = MessageId {
            conversation: ConversationId::from_bits(number as u128 % 50_000),
            key: MessageKey::new(at, number as u128),
        };
        let mut row = sample.clone();
        row["pk"]["S"] = format!("A#{account}#V#{}", id.conversation.to_string().trim_start_matches("cnv_")).into();
        row["sk"]["S"] = format!("M#{}", id.key).into();
        for time in ["ac", "cg"] {
            row[time]["N"] = at.as_millisecond().to_string().into();
        }
        sequence += 1;
        pieces.push(Piece {
            account: account.clone(),
            what: What::Message { id, row: row.to_string() },
            sequence: sequence.to_string(),
            record: sequence.to_string(),
            stored_at: at,
        });
        if pieces.len() == BATCH || number + 1 == wanted {
            keep(parts, &pieces).await.expect("it is kept");
            pieces.clear();
        }
    }
}

/// The row of an ordinary message.
async fn sample(store: &DynamoStore, at: Timestamp) -> Value {
    let key = SubjectKey { id: [1; 8], key: [2; 32] };
    let content = Content::text("Your room is ready; the key is at the front desk.");
    let head = Head::new(setting::account(), setting::CHANNEL.parse().expect("an id"), ContactId::from_bits(1), at);
    let id = MessageId { conversation: head.id, key: MessageKey::new(at, 1) };
    let body = Sealed::new(&OutboundBody { content: content.clone(), to: None }, &key, [0; 12]);
    let message = Outbound::queued(&head, id, Purpose::Reply, Via::Auto, body, at, at + SignedDuration::from_hours(72));
    store.put_outbound(&message.of_content(&content)).await.expect("it is stored");
    let later = at + SignedDuration::from_hours(1);
    let rows = store.rows_before(&setting::account(), head.id, later, 1).await.expect("it is read");
    serde_json::from_str(&rows[0].line).expect("JSON")
}
