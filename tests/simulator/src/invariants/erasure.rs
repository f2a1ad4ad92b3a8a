//! L: whoever was erased can be read nowhere, and what they write afterwards is somebody new's.

use serde_json::{Value, json};
use transom::{
    domain::{
        AccountId, Timestamp,
        job::{Job, JobState},
        time::SignedDuration,
    },
    ports::store::Jobs,
    seal::{Sealed, SubjectKey, WrappedKey},
};

use super::{Table, inbound::row_of};
use crate::{
    outside::Said,
    workload::OF_THE_FORGOTTEN,
    world::{CONTACTS_TABLE, World, at_once},
};

/// Two clocks, and a webhook that is on its way.
const DOUBT: SignedDuration = SignedDuration::from_mins(5);

fn account(world: &World) -> AccountId {
    world.cast.account_of(OF_THE_FORGOTTEN).id.clone()
}

/// The work of the erasure, if one was begun.
fn job(world: &World) -> Option<Job> {
    let contact = world.truth().erased.clone()?.parse().expect("a contact's id");
    let id = Job::erasure(&account(world), contact, world.now()).id;
    at_once(world.store().job(&account(world), id)).expect("the engine answers")
}

fn marked_at(job: &Job) -> Option<Timestamp> {
    job.progress["marked_at"].as_str()?.parse().ok()
}

fn is_theirs(world: &World, said: &Said) -> bool {
    said.person == world.cast.forgotten
}

/// Whether something was written so close to the mark, or came so late, that it may be either one's, or nobody's.
pub(super) fn is_in_doubt(world: &World, said: &Said) -> bool {
    let Some(marked_at) = job(world).filter(|_| is_theirs(world, said)).as_ref().and_then(marked_at) else {
        return false;
    };
    let came_before = said.acknowledged_at.is_some_and(|at| at < (marked_at - DOUBT).as_millisecond());
    let written_after = said.at > (marked_at + DOUBT).as_millisecond();
    !came_before && !written_after
}

/// Every key that the account's key opens in the table of contacts.
fn keys(world: &World) -> Vec<SubjectKey> {
    let parts = world.process(&world.machine).parts.clone();
    let keys = at_once(parts.keys(&account(world))).expect("the account has a key");
    let (_, answer) = world.engine.perform("Scan", json!({ "TableName": CONTACTS_TABLE }).to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let wrapped = |value: &Value| {
        use base64::{Engine, engine::general_purpose::STANDARD};
        keys.unwrap(&WrappedKey(STANDARD.decode(value["B"].as_str()?).ok()?))
    };
    let rows = answer["Items"].as_array().into_iter().flatten().filter_map(Value::as_object);
    rows.flat_map(|row| row.values().filter_map(wrapped)).collect()
}

pub(super) fn who_was_erased_is_forgotten(world: &World, table: &Table) {
    let Some(contact) = world.truth().erased.clone() else { return };
    let Some(job) = job(world) else {
        world.violate("L2", "the erasure that was accepted is lost".to_owned());
        return;
    };
    if job.state != JobState::Done {
        world.violate("L2", format!("the erasure is {:?} at the end: {}", job.state, job.progress));
        return;
    }
    let contact = contact.parse().expect("a contact's id");
    let keys = keys(world);
    let opens = |bytes: &[u8]| keys.iter().any(|key| Sealed::<Value>::from_bytes(bytes.to_vec()).open(key).is_ok());
    for row in table.inbound.iter().filter(|row| row.contact == contact) {
        if opens(row.sealed.as_bytes()) {
            world.violate("L1", format!("{} of somebody who was erased can be read", row.id));
            return;
        }
    }
    for row in table.outbound.values().filter(|row| row.contact == contact) {
        if opens(row.sealed.as_bytes()) {
            world.violate("L1", format!("{} to somebody who was erased can be read", row.id));
            return;
        }
    }
    let said: Vec<Said> = world.outside().said.clone();
    for one in said.iter().filter(|one| is_theirs(world, one) && !is_in_doubt(world, one)) {
        let Some(row) = row_of(world, table, one) else { continue };
        let is_new = one.at > marked_at(&job).map_or(i64::MAX, Timestamp::as_millisecond);
        if is_new && (row.contact == contact || !opens(row.sealed.as_bytes())) {
            world.violate("L3", format!("{}, written after the erasure, is no new person's", one.provider_id));
        }
    }
}
