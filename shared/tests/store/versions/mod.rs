//! Rows and queue messages outlive a deploy: what an earlier version wrote is read by this one, and what this one writes
//! can be read by the earlier one. (Fault matrix B13, C15, J6.)
//!
//! `fixtures/rows_v1.json` holds every kind of row as the first version with a stored form wrote it, and
//! `fixtures/rings_v1.json` its queue messages. They are never written again: a later version gets files of its own.

mod rows;
mod scenario;

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Map, Value, json};
use transom::{
    domain::{
        consent::Consent,
        outcome::{Failure, FailureKind},
        sending::{Answer, SenderState},
    },
    ports::{
        Ring, StoreError,
        store::{Messages, ParkedKind, Parking, Timers},
    },
};

use self::{
    rows::{fixture, of_the_first_version, reading, rows, to_json},
    scenario::{outbound_id, rings, timers, write_everything},
};
use crate::world::{World, account, at};

#[tokio::test]
async fn b13_rows_of_the_first_version_read_as_the_same_facts() {
    let (then, now) = (of_the_first_version().await, World::new().await);
    write_everything(&now).await;
    // It did not note the wishes that a claim was made under, nor what it would cost, nor how often a template was written.
    let unknown = |facts: String| {
        let quote = format!("quote: {:?}", Some(crate::world::claim(1).quote));
        facts
            .replace(&format!("consent: {:?}", Some(Consent::default())), "consent: None")
            .replace(&quote, "quote: None")
            .replace("draft_refused: None, rev: 1", "draft_refused: None, rev: 0")
    };
    let now: Vec<String> = reading(&now).await.into_iter().map(unknown).collect();
    assert_eq!(reading(&then).await, now);
}

/// Nothing that an earlier version reads has gone, or has another form: a version can be taken back.
#[tokio::test]
async fn j6_rows_of_this_version_hold_all_that_the_first_one_reads() {
    let world = World::new().await;
    write_everything(&world).await;
    let now = rows(&world).await;
    let first = fixture();
    // A token's line in the list of its account, which the first version did not have.
    assert_eq!(first.len() + 1, now.len());
    for (table, row) in first {
        let text = |name: &str| row[name].as_s().unwrap().clone();
        let key = (table, text("pk"), text("sk"));
        let written = now.get(&key).unwrap_or_else(|| panic!("{key:?} is written no more"));
        for (name, value) in &row {
            match (name.as_str(), value, &written[name]) {
                // Kept as JSON: the same holds for its fields.
                ("j", AttributeValue::S(then), AttributeValue::S(now)) => {
                    let fields = |json: &str| serde_json::from_str::<Map<String, Value>>(json).unwrap();
                    let now = fields(now);
                    for (field, value) in fields(then) {
                        assert_eq!(now.get(&field), Some(&value), "field {field} of {key:?}");
                    }
                }
                // A row may live longer than it did then.
                ("ttl", AttributeValue::N(then), AttributeValue::N(now)) => {
                    let seconds = |text: &str| text.parse::<i64>().unwrap();
                    assert!(seconds(now) >= seconds(then), "{key:?} ends earlier than it did");
                }
                (_, then, now) => assert_eq!(now, then, "attribute {name} of {key:?}"),
            }
        }
    }
}

/// Attributes of a version to come are passed over, in every kind of row.
#[tokio::test]
async fn b13_attributes_of_a_version_to_come_change_nothing() {
    let world = of_the_first_version().await;
    let before = reading(&world).await;
    for (table, mut row) in fixture() {
        row.insert("zz".into(), AttributeValue::S("later".into()));
        row.insert("zn".into(), AttributeValue::N("5".into()));
        row.insert("zm".into(), AttributeValue::M(HashMap::from([("a".into(), AttributeValue::Bool(true))])));
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    assert_eq!(reading(&world).await, before);
}

/// The first version's row of an outbound message, with one attribute as a version to come might write it.
async fn with_later_word(state: &str, attribute: &str, later: &str) -> World {
    let world = of_the_first_version().await;
    let key = outbound_id(state).key.to_string();
    let (table, mut row) =
        fixture().into_iter().find(|(_, row)| row["sk"].as_s().unwrap().strip_prefix("M#") == Some(&*key)).unwrap();
    row.insert(attribute.into(), AttributeValue::S(later.into()));
    world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    world
}

/// What decides whether and how a message goes is an error where its word is not known: never a wrong send.
#[tokio::test]
async fn b13_a_word_of_a_version_to_come_that_decides_about_sending_is_an_error_with_the_key() {
    for (attribute, word) in
        [("st", "scheduled"), ("pu", "campaign"), ("vi", "email"), ("wy", "rcs"), ("o1", "perhaps")]
    {
        let world = with_later_word("claimed", attribute, word).await;
        let id = outbound_id("claimed");
        let error = world.store.message(&account(), id).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::BadRow { key, .. } if key.contains(&id.key.to_string())),
            "{attribute}: {error}"
        );
        assert!(world.store.outbound_from(&account(), id.conversation, id.key).await.is_err(), "{attribute}");
    }
}

#[tokio::test]
async fn b13_a_word_of_a_version_to_come_that_only_explains_is_left_out() {
    let world = with_later_word("waiting", "re", "moon_phase").await;
    let message = world.outbound(outbound_id("waiting")).await;
    assert_eq!((message.reason, message.state), (None, SenderState::Waiting));
    let world = with_later_word("waiting", "by", "committee:7").await;
    assert_eq!(world.outbound(outbound_id("waiting")).await.by, None);
    let world = with_later_word("failed", "o1", "refused:quantum:7").await;
    let attempt = world.outbound(outbound_id("failed")).await.attempts.remove(0);
    let failure = Failure { kind: FailureKind::Other, code: "7".into() };
    assert_eq!(attempt.answer, Some(Answer::Refused(failure)));
}

#[tokio::test]
async fn b13_a_timer_or_a_parked_record_of_a_version_to_come_hides_no_other() {
    let world = of_the_first_version().await;
    for (table, mut row) in fixture() {
        let sk = row["sk"].as_s().unwrap().clone();
        if sk.contains("#wake#") {
            row.insert("j".into(), AttributeValue::S(r#"{"timer":"snooze"}"#.into()));
        } else if row["pk"].as_s().unwrap().contains("#P#") && row["wh"].as_s().is_ok() {
            row.insert("j".into(), AttributeValue::S(r#"{"kind":"picture"}"#.into()));
        } else {
            continue;
        }
        world.engine.dynamo().put_item().table_name(table).set_item(Some(row)).send().await.unwrap();
    }
    let timer = &timers()[0];
    let hour = transom::domain::timer::hour_of(timer.due);
    let due = world.store.due(hour, timer.shard(), at(0), at(9000), 9).await.unwrap();
    assert_eq!((due.len(), due.iter().filter(|timer| timer.is_err()).count()), (4, 1));
    let parked = world.store.parked_list(&account(), at(100), 2, None, 9).await.unwrap();
    assert_eq!(parked.iter().map(|record| &record.what).collect::<Vec<_>>(), [&ParkedKind::Unknown; 2]);
}

/// Jobs of the first version are read, and one of a version to come rings as far as it names a conversation.
#[test]
fn c15_a_job_of_another_version_rings() {
    let jobs: Vec<Value> = serde_json::from_str(include_str!("../fixtures/rings_v1.json")).unwrap();
    let read: Vec<_> = jobs.iter().map(|job| Ring::read(&job.to_string()).unwrap()).collect();
    assert_eq!(read, rings());
    for (job, ring) in jobs.iter().zip(rings()) {
        let mut later = job.clone();
        later["v"] = json!("7");
        later["urgency"] = json!({ "level": 3 });
        assert_eq!(Ring::read(&later.to_string()).unwrap(), ring);
    }
    assert_eq!(Ring::read(r#"{"v":"7","account":"demo"}"#).unwrap_err().account, Some("demo".parse().unwrap()));
    assert_eq!(Ring::read("nonsense").unwrap_err().account, None);
}

#[tokio::test]
#[ignore = "writes the fixtures of a version, once"]
async fn write_the_fixtures() {
    let world = World::new().await;
    write_everything(&world).await;
    let rows = rows(&world).await.into_iter().map(|((table, _, _), row)| {
        let row: BTreeMap<_, _> = row.iter().map(|(name, value)| (name.clone(), to_json(value))).collect();
        json!({ "table": table, "row": row })
    });
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/fixtures");
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        assert!(!path.exists(), "{name} is there already: a version's fixtures never change");
        std::fs::write(path, text).unwrap();
    };
    write("rows_v1.json", lines(rows));
    write("rings_v1.json", lines(rings().iter().map(|ring| serde_json::to_value(ring).unwrap())));
}

fn lines(values: impl Iterator<Item = Value>) -> String {
    format!("[\n{}\n]\n", values.map(|value| value.to_string()).collect::<Vec<_>>().join(",\n"))
}
