//! Lists of conversations: whatever happens in whatever order, and however often the records of it come, each list is what
//! the conversations say.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use transom::{
    domain::{
        ConversationId,
        conversation::{Head, Tray},
        work::Work,
    },
    ports::Chance,
};
use transom_local::{chance::SeededChance, functions::Functions, handlers::Handlers, local::TABLE};

use crate::world::{ANA, BEN, World};

const TEAMS: [&str; 2] = ["spa", "bar"];
const LABELS: [&str; 2] = ["vip", "late"];

/// A number below `most`.
fn some(chance: &SeededChance, most: usize) -> usize {
    let mut bytes = [0; 8];
    chance.bytes(&mut bytes);
    usize::try_from(u64::from_be_bytes(bytes) % most as u64).unwrap()
}

impl World {
    /// The whole list, page by page.
    async fn list(&self, query: &str, limit: usize) -> Vec<String> {
        let (mut cursor, mut ids) = (String::new(), Vec::new());
        loop {
            let path = format!("/v1/conversations?limit={limit}&{query}{cursor}");
            let (status, page) = self.api("GET", &path, Value::Null).await;
            assert_eq!(status, 200, "{path}: {page}");
            let data = page["data"].as_array().unwrap();
            assert!(data.len() <= limit);
            ids.extend(data.iter().map(|it| it["id"].as_str().unwrap().to_owned()));
            let Some(next) = page["next_cursor"].as_str() else { return ids };
            cursor = format!("&cursor={next}");
        }
    }

    /// Some of the records that the stream ever had come again, in any order.
    async fn comes_again(&self, chance: &SeededChance) {
        let known = self.local.engine.stream(TABLE, None).unwrap().next(1000).unwrap();
        let records: Vec<_> = (0..12).map(|_| known[some(chance, known.len())].clone()).collect();
        let answer = Handlers::new(&self.parts).react(json!({ "Records": records })).await.unwrap();
        assert_eq!(answer["batchItemFailures"], json!([]), "{answer}");
    }

    async fn heads_and_work(&self, guests: &[String]) -> Vec<(Head, Work)> {
        let mut found: Vec<(Head, Work)> = Vec::new();
        for guest in guests {
            let Some(family) = self.family(guest).await else { continue };
            if found.iter().any(|(head, _)| head.id == family.survivor.id) {
                continue;
            }
            let work = self.parts.store.work(&self.account(), family.survivor.id).await.unwrap();
            found.push((family.merged(), work));
        }
        found
    }
}

/// A list as a query asks for it, and what belongs into it.
type Wanted = Box<dyn Fn(&Head, &Work) -> bool>;

fn lists(staff: &[String]) -> Vec<(String, Wanted)> {
    let mut lists: Vec<(String, Wanted)> = vec![
        ("state=closed".to_owned(), Box::new(|head, _| head.tray() == Tray::Closed)),
        ("state=archived".to_owned(), Box::new(|head, _| head.tray() == Tray::Archived)),
        (String::new(), Box::new(|_, _| true)),
        ("unassigned=true".to_owned(), Box::new(|_, work| work.owner().is_none())),
        ("sort=waiting".to_owned(), Box::new(|head, _| head.customer_waits())),
        (
            "sort=waiting&unassigned=true".to_owned(),
            Box::new(|head, work| head.customer_waits() && work.owner().is_none()),
        ),
    ];
    for team in TEAMS {
        let is = move |work: &Work| work.team.as_ref().is_some_and(|it| it.as_str() == team);
        lists.push((format!("team={team}"), Box::new(move |_, work| is(work))));
        lists.push((
            format!("team={team}&unassigned=true&state=active"),
            Box::new(move |head, work| {
                is(work) && work.owner().is_none() && matches!(head.tray(), Tray::Waiting | Tray::Open)
            }),
        ));
    }
    for label in LABELS {
        let is = move |work: &Work| work.labels.iter().any(|it| it.as_str() == label);
        lists.push((format!("label={label}"), Box::new(move |_, work| is(work))));
        let waits = move |head: &Head, work: &Work| is(work) && head.customer_waits();
        lists.push((format!("label={label}&sort=waiting"), Box::new(waits)));
    }
    for id in staff {
        let own = id.clone();
        let is = move |work: &Work| work.owner().is_some_and(|owner| owner.staff.to_string() == own);
        lists.push((format!("owner={id}"), Box::new(move |_, work| is(work))));
    }
    lists
}

/// Protection: a place is written on condition that it is as it was read, and looked at again after that (`app/filing.rs`).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_list_is_what_all_conversations_say_whatever_happened_and_came_again() {
    for seed in 1..=3 {
        let world = World::new().await;
        let chance = SeededChance::new(seed);
        let guests: Vec<String> = (0..7).map(|number| format!("1650558{number:04}")).collect();
        world.gives_out(json!({ "teams": [{ "id": "spa", "name": "Spa" }, { "id": "bar", "name": "Bar" }] })).await;
        let staff = [world.staff("Tom", json!({})).await, world.staff("Ingrid", json!({})).await];
        for guest in &guests {
            world.writes(guest, "Hello").await;
            world.turn("PT1M").await;
        }
        for _ in 0..60 {
            let guest = &guests[some(&chance, guests.len())];
            let other = &guests[some(&chance, guests.len())];
            let id = world.family(guest).await.unwrap().survivor.id;
            let path = format!("/v1/conversations/{id}");
            let works = async |body: Value| world.api("POST", &format!("{path}/work"), body).await;
            match some(&chance, 12) {
                0 => {
                    world.api("POST", &format!("{path}/close"), Value::Null).await;
                }
                1 => {
                    world.api("POST", &format!("{path}/reopen"), Value::Null).await;
                }
                2 => {
                    world.api("POST", &format!("{path}/archive"), Value::Null).await;
                }
                3 => {
                    world.say(guest, "Good morning").await;
                }
                4 => world.writes_unsettled(guest, "Are you there?").await,
                5 | 6 => {
                    works(json!({ "change": "assign", "to": staff[some(&chance, 2)] })).await;
                }
                7 => {
                    works(json!({ "change": "release" })).await;
                }
                8 => {
                    works(json!({ "change": "hand_to", "team": TEAMS[some(&chance, 2)] })).await;
                }
                9 => {
                    works(json!({ "change": "label", "label": LABELS[some(&chance, 2)] })).await;
                }
                10 => {
                    works(json!({ "change": "unlabel", "label": LABELS[some(&chance, 2)] })).await;
                }
                _ if some(&chance, 4) == 0 && guest != other => {
                    let (into, from) = (world.contact_of(guest).await, world.contact_of(other).await);
                    let body = json!({ "contact": from });
                    world.api("POST", &format!("/v1/contacts/{into}/merge"), body).await;
                }
                _ => world.turn("PT1M").await,
            }
            match some(&chance, 4) {
                0 => world.settle().await,
                1 => world.comes_again(&chance).await,
                _ => {}
            }
        }
        world.settle().await;
        for _ in 0..5 {
            world.comes_again(&chance).await;
        }
        world.settle().await;
        let all = world.heads_and_work(&guests).await;
        for (query, belongs) in lists(&staff) {
            let expected: BTreeSet<String> =
                all.iter().filter(|(head, work)| belongs(head, work)).map(|(head, _)| head.id.to_string()).collect();
            for limit in [100, 2] {
                let listed = world.list(&query, limit).await;
                let once: BTreeSet<_> = listed.iter().cloned().collect();
                assert_eq!(once.len(), listed.len(), "seed {seed}, {query}: something stands twice in {listed:?}");
                assert_eq!(once, expected, "seed {seed}, {query}, {limit} at a time");
            }
            let waiting = query.contains("sort=waiting");
            assert!(in_order(&world.list(&query, 100).await, &all, waiting), "seed {seed}, {query}");
        }
        // No row is left in a list that the conversation is not in.
        for (head, work) in &all {
            let filings = world.parts.store.filings(&world.account(), head.id).await.unwrap();
            assert_eq!(filings.places.len(), 1 + usize::from(work.team.is_some()) + work.labels.len(), "seed {seed}");
        }
    }
}

fn in_order(ids: &[String], all: &[(Head, Work)], oldest_first: bool) -> bool {
    let at = |id: &String| {
        let id: ConversationId = id.parse().unwrap();
        all.iter().find(|(head, _)| head.id == id).unwrap().0.last_activity_at()
    };
    ids.is_sorted_by(|a, b| if oldest_first { at(a) <= at(b) } else { at(a) >= at(b) })
}

#[tokio::test]
async fn what_somebody_took_is_gone_from_the_unassigned_and_on_their_list_at_once() {
    let world = World::new().await;
    let tom = world.staff("Tom", json!({})).await;
    for guest in [ANA, BEN] {
        world.writes(guest, "Hello").await;
        world.turn("PT1M").await;
    }
    let ids = [world.family(ANA).await.unwrap().survivor.id, world.family(BEN).await.unwrap().survivor.id];
    let [ana, ben] = ids.map(|id| id.to_string());
    assert_eq!(world.list("unassigned=true", 10).await, [ben.clone(), ana.clone()]);
    assert_eq!(world.list("unassigned=true&sort=waiting", 10).await, [ana.clone(), ben.clone()]);
    let path = format!("/v1/conversations/{ana}/work");
    world.api("POST", &path, json!({ "change": "assign", "to": tom })).await;
    // The stream was not followed yet.
    assert_eq!(world.list("unassigned=true", 10).await, std::slice::from_ref(&ben));
    assert_eq!(world.list(&format!("owner={tom}"), 10).await, std::slice::from_ref(&ana));
    world.settle().await;
    assert_eq!(world.list("unassigned=true", 10).await, std::slice::from_ref(&ben));
    let (_, page) = world.api("GET", &format!("/v1/conversations?owner={tom}"), Value::Null).await;
    assert_eq!(page["data"][0]["work"]["owner"], json!(tom), "{page}");
    assert_eq!(world.list("", 10).await, [ben, ana.clone()]);
    world.say(ANA, "Good morning").await;
    world.settle().await;
    assert_eq!(world.list(&format!("owner={tom}&sort=waiting"), 10).await, Vec::<String>::new());
    assert_eq!(world.list(&format!("owner={tom}&state=active"), 10).await, [ana]);
    for (query, field) in [
        ("owner=me", "owner"),
        ("owner=tom", "owner"),
        ("team=Spa", "team"),
        ("label=", "label"),
        ("unassigned=yes", "unassigned"),
        ("sort=oldest", "sort"),
        ("sort=waiting&state=closed", "sort"),
        ("team=spa&label=vip", "label"),
        (&format!("owner={tom}&unassigned=true"), "unassigned"),
    ] {
        let (status, problem) = world.api("GET", &format!("/v1/conversations?{query}"), Value::Null).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (400, &json!(field)), "{query}: {problem}");
    }
}
