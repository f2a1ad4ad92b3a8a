//! A file as large as a hotel group's, on the embedded engine: how fast, with how much memory, and through a death in the middle.

use std::{
    fmt::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use tokio::sync::Notify;
use transom::{
    app::{
        deadline::{Deadline, WORK_WITHIN},
        jobs::{Answered, answer},
    },
    domain::JobId,
    ports::jobs::JobRing,
};
use transom_engine::Verdict;
use transom_local::local::CONTACTS_TABLE;

use crate::world::World;

/// So many people are written at once.
const AT_ONCE: usize = 16;
/// A part has at most so many bytes.
const PART: usize = 4 * 1024 * 1024;

#[expect(clippy::disallowed_methods, reason = "it is about this test alone")]
fn rows() -> usize {
    std::env::var("IMPORT_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000)
}

/// A line of what the system says of this process, in KiB.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn phone(row: usize) -> String {
    format!("+1650{:07}", 2_000_000 + row)
}

fn file(rows: usize) -> String {
    let mut file = "phone,name,language,tags,fields.room_number,opt_in,opt_in_at,opt_in_source\n".to_owned();
    for row in 0..rows {
        let phone = phone(row);
        let agreed = if row % 4 == 0 { "marketing,2025-06-01,booking form" } else { ",," };
        writeln!(file, "{phone},Guest Number{row},es,returning;vegan,B{row},{agreed}").unwrap();
    }
    file
}

/// In parts that are cut anywhere.
fn parts(file: &str) -> Vec<&str> {
    let cut = |from: usize| &file[from..(from + PART).min(file.len())];
    (0..file.len()).step_by(PART).map(cut).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes; `.ci/nightly imports` runs it with 100,000 rows"]
#[expect(clippy::disallowed_methods, reason = "it measures real time")]
async fn a_large_file_is_taken_in_through_a_death_in_the_middle() {
    let rows = rows();
    let world = World::new().await;
    let file = file(rows);
    let parts = parts(&file);
    let id = world.upload(&parts).await;
    let order = json!({ "parts": parts.len() });
    assert_eq!(world.api("POST", &format!("/v1/imports/{id}/start"), order).await.0, 202);
    let (bytes, before) = (file.len(), status("VmRSS"));
    let job: JobId = id.parse().unwrap();
    let ring = JobRing::V1 { account: world.account(), job };
    let progress = async || world.parts.store.job(&world.account(), job).await.unwrap().unwrap().progress;

    // The process ends where it stands, once so many people are stored.
    let (dies, links) = (Arc::new(Notify::new()), AtomicUsize::new(0));
    let tells = Arc::clone(&dies);
    let mortal = world.parts_with(Arc::new(move |call| {
        // Two for each person.
        let is_link = call.operation == "UpdateItem" && call.table == CONTACTS_TABLE;
        if is_link && links.fetch_add(1, Ordering::Relaxed) + 1 == rows {
            tells.notify_one();
        }
        Verdict::Go
    }));
    let began = std::time::Instant::now();
    let (mut died_at, mut peak, mut calls) = (None, before, 0);
    loop {
        let parts = if died_at.is_none() { &mortal } else { &world.parts };
        calls += 1;
        let answered = tokio::select! {
            answered = answer(parts, &ring, Deadline::after(WORK_WITHIN)) => Some(answered.unwrap()),
            () = dies.notified(), if died_at.is_none() => None,
        };
        peak = peak.max(status("VmRSS"));
        match answered {
            None => died_at = Some(progress().await["stored"].as_u64().unwrap()),
            Some(Answered::Over) => break,
            Some(Answered::Again { .. }) => {}
        }
    }
    let took = began.elapsed().max(Duration::from_millis(1));
    let shown = world.api("GET", &format!("/v1/jobs/{id}"), Value::Null).await.1;
    let expected = json!({ "rows": rows, "bad": 0, "stored": rows });
    for field in ["rows", "bad", "stored"] {
        assert_eq!(shown["progress"][field], expected[field], "{shown}");
    }
    assert!(died_at.is_some_and(|at| (1..rows as u64).contains(&at)), "it did not die in the middle: {died_at:?}");
    let (mut people, mut after) = (0, None);
    loop {
        let page = world.parts.store.contacts(&world.account(), after.as_deref(), 1000).await.unwrap();
        people += page.contacts.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    // Whoever was just being made when it died was made anew: what is left of that leads nowhere.
    assert!((rows..=rows + AT_ONCE).contains(&people), "{people} people");
    for row in (0..rows).step_by(rows.div_ceil(100)).chain([rows / 2, rows - 1]) {
        let found = world.found(&phone(row)[5..]).await;
        assert_eq!(found.len(), 1, "{row}");
        let (_, proofs) =
            world.api("GET", &format!("/v1/contacts/{}/consents", found[0]["id"].as_str().unwrap()), Value::Null).await;
        assert_eq!(proofs["data"].as_array().unwrap().len(), usize::from(row % 4 == 0), "{row}");
    }
    println!(
        "result: {rows} rows ({} KiB in {} parts) in {:.0} s and {calls} calls: {:.0} rows/s; memory {} MiB before, {} MiB at most \
         (at the ends of calls), {} MiB at the peak of the process; died after {} rows were noted",
        bytes / 1024,
        parts.len(),
        took.as_secs_f64(),
        f64::from(u32::try_from(rows).unwrap()) / took.as_secs_f64(),
        before / 1024,
        peak / 1024,
        status("VmHWM") / 1024,
        died_at.unwrap_or_default(),
    );
}
