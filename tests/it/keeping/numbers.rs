//! Reports of the work: a day of two people at the desk, told to the number, from the history alone.

use serde_json::{Value, json};
use transom::{
    app::archive::{
        changes::{Noted, NotedWhat},
        fold::{self, Piece, What},
        names, numbers,
    },
    domain::{StaffId, access::Actor, job::Day, numbers::Score},
};

use crate::world::{ANA, BEN, CARLA, World};

const DAY: &str = "2026-03-01";

impl World {
    async fn employee(&self, name: &str) -> StaffId {
        let mail = format!("{}@hotel.example", name.to_lowercase());
        let body = json!({ "name": name, "email": mail, "role": "employee" });
        let (status, made) = self.api("POST", "/v1/staff", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().parse().unwrap()
    }

    async fn on_conversation(&self, customer: &str, path: &str, body: Value) {
        let id = self.family(customer).await.unwrap().survivor.id;
        let (status, answer) = self.api("POST", &format!("/v1/conversations/{id}/{path}"), body).await;
        assert_eq!(status, 200, "{answer}");
        self.settle().await;
    }

    /// What a customer says of the work, as it will be noted.
    async fn scores(&self, customer: &str, score: u8, by: StaffId, sequence: &str) {
        let conversation = self.family(customer).await.unwrap().survivor.id;
        let score = Score { score, team: Some("desk".parse().unwrap()), by: Some(Actor::Staff(by)) };
        let noted = Noted { conversation, at: self.now(), what: NotedWhat::Score(score) };
        let piece = Piece {
            account: self.account(),
            what: What::Noted(Box::new(noted)),
            sequence: sequence.into(),
            record: "a record".into(),
            stored_at: self.now(),
        };
        fold::keep(&self.parts, &[piece]).await.unwrap();
    }

    async fn told_by(&self, name: &str, query: &str) -> Value {
        let path = format!("/v1/reports/{name}?from={DAY}&until=2026-03-02{query}");
        let (status, report) = self.api("GET", &path, Value::Null).await;
        assert_eq!(status, 200, "{report}");
        report
    }

    async fn csv(&self, name: &str, query: &str) -> String {
        let path = format!("/v1/reports/{name}?from={DAY}&until={DAY}{query}");
        let call = self.http("GET", &path).bearer_auth(self.local.demo.token()).header("accept", "text/csv");
        let answer = call.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/csv; charset=utf-8; header=present");
        answer.text().await.unwrap()
    }
}

/// Ana is the desk's, Ben the spa's; Carla is nobody's, and nobody answers her.
async fn a_day_of_two(world: &World) -> (StaffId, StaffId) {
    world.keeps(json!({})).await;
    let settings = json!({
        "sla": { "first_response_minutes": 5, "next_response_minutes": 60 },
        "teams": [{ "id": "desk", "name": "Desk" }, { "id": "spa", "name": "Spa" }],
    });
    assert_eq!(world.api("PUT", "/v1/work-settings", settings).await.0, 200);
    let (tom, ingrid) = (world.employee("Tom").await, world.employee("Ingrid").await);
    world.writes(ANA, "Is my room ready?").await;
    world.on_conversation(ANA, "work", json!({ "change": "hand_to", "team": "desk" })).await;
    world.turn("PT4M").await;
    world.says_as(tom, ANA, "In an hour.").await;
    world.writes(BEN, "A massage, please").await;
    world.on_conversation(BEN, "work", json!({ "change": "hand_to", "team": "spa" })).await;
    world.turn("PT10M").await;
    world.says_as(ingrid, BEN, "At five?").await;
    world.writes(ANA, "And now?").await;
    world.turn("PT30S").await;
    world.says_as(ingrid, ANA, "It is ready.").await;
    world.on_conversation(ANA, "close", Value::Null).await;
    world.writes(CARLA, "Hello?").await;
    world.scores(ANA, 5, tom, "900001").await;
    world.turn("PT1S").await;
    world.scores(ANA, 4, ingrid, "900002").await;
    // The same once more, by a batch that was cut otherwise.
    world.scores(ANA, 4, ingrid, "900002").await;
    world.turn("PT1H").await;
    (tom, ingrid)
}

fn responses(team: &str, first: (u64, u64), all: (u64, u64, u64)) -> Value {
    json!({
        "day": DAY, "team": team, "first_answers": first.0, "first_median_seconds": first.1,
        "first_p95_seconds": first.1, "first_longest_seconds": first.1, "answers": all.0, "median_seconds": all.1,
        "p95_seconds": all.2, "longest_seconds": all.2, "automatic_messages": 0,
    })
}

#[tokio::test]
async fn a_day_of_two_people_is_told_to_the_number() {
    let world = World::new().await;
    let (tom, ingrid) = a_day_of_two(&world).await;

    let report = world.told_by("responses", "").await;
    let expected = [responses("desk", (1, 240), (2, 30, 240)), responses("spa", (1, 600), (1, 600, 600))];
    assert_eq!((&report["data"], &report["missing"]), (&json!(expected), &json!([])));
    assert_eq!(report["provisional"], json!([DAY]), "the day is not over");
    let of_tom = world.told_by("responses", &format!("&by=person&person={tom}")).await;
    assert_eq!((&of_tom["data"][0]["person"], &of_tom["data"][0]["answers"]), (&json!(tom), &json!(1)));

    // Who wrote first was nobody's yet.
    let load = |team: Value, person: Value, counts: [u64; 3]| {
        json!({ "day": DAY, "team": team, "person": person, "conversations": counts[0], "messages_written": counts[1],
            "messages_received": counts[2], "automatic_messages": 0 })
    };
    let mut of_desk = [load("desk".into(), json!(tom), [1, 1, 0]), load("desk".into(), json!(ingrid), [1, 1, 0])];
    of_desk.sort_by_key(|line| line["person"].to_string());
    let mut expected = vec![load(Value::Null, Value::Null, [0, 0, 3]), load("desk".into(), Value::Null, [0, 0, 1])];
    expected.extend(of_desk);
    expected.push(load("spa".into(), json!(ingrid), [1, 1, 0]));
    assert_eq!(world.told_by("load", "").await["data"], json!(expected));
    let by_team = world.told_by("load", "&by=team&team=desk").await;
    let line = &by_team["data"][0];
    assert_eq!((&line["conversations"], &line["messages_written"]), (&json!(1), &json!(2)), "two in one: {by_team}");

    let sla = "day,team,promised,kept,broken,share_kept\r\n2026-03-01,,1,0,1,0.0\r\n2026-03-01,desk,2,2,0,1.0\r\n\
        2026-03-01,spa,1,0,1,0.0\r\n";
    assert_eq!(world.csv("sla", "").await, sla);
    let resolutions = "day,team,opened,reopened,closed,archived,timed,median_seconds,p95_seconds,longest_seconds\r\n\
        2026-03-01,,3,0,0,0,0,,,\r\n2026-03-01,desk,0,0,1,0,1,870,870,870\r\n";
    assert_eq!(world.csv("resolutions", "&format=csv").await, resolutions);
    let satisfaction = "team,scores,average,share_4_and_5,score_1,score_2,score_3,score_4,score_5\r\n\
        desk,2,4.5,1.0,0,0,0,1,1\r\n";
    assert_eq!(world.csv("satisfaction", "&by=team").await, satisfaction);
    let windows = "day,windows,answered,saved,missed\r\n2026-03-01,3,3,0,0\r\n";
    assert_eq!(world.csv("windows", "&by=day").await, windows);
}

#[tokio::test]
async fn who_is_left_alone_is_missed_on_the_next_day_and_counting_again_counts_the_same() {
    let world = World::new().await;
    a_day_of_two(&world).await;
    // Sums of long ago need nobody's open conversations.
    let (account, day): (_, Day) = (world.account(), DAY.parse().unwrap());
    let old = names::standings(&account, "2026-01-01".parse().unwrap());
    world.parts.objects.put(&old, b"old".to_vec()).await.unwrap();
    world.days(2).await;

    let report = world.told_by("windows", "&by=day,team").await;
    let missed = json!({ "day": "2026-03-02", "team": null, "windows": 1, "answered": 0, "saved": 0, "missed": 1 });
    assert_eq!((report["data"].as_array().unwrap().last(), &report["provisional"]), (Some(&missed), &json!([])));
    let fallbacks = world.told_by("fallbacks", "&by=day,kind").await;
    let template = fallbacks["data"].as_array().unwrap().iter().find(|line| line["kind"] == "window_template");
    let template = template.expect("her window closed");
    assert_eq!(
        (&template["day"], &template["written"], &template["read"]),
        (&json!("2026-03-02"), &json!(1), &json!(1))
    );
    let automatic = world.told_by("responses", "&by=day").await;
    let second = &automatic["data"][1];
    assert_eq!(
        (&second["answers"], second["automatic_messages"].as_u64() >= Some(1)),
        (&json!(0), true),
        "{automatic}"
    );

    let kept = numbers::kept(&world.parts, &account, day).await.unwrap().expect("the day is over");
    let again = numbers::compute(&world.parts, &account, day, None).await.unwrap().work;
    let told = |work: &transom::domain::numbers::DayOfWork| {
        (work.lines.clone(), work.fallbacks.clone(), work.teams.clone(), work.conversations)
    };
    assert_eq!(told(&again), told(&kept));
    // A batch that came twice, under another cut; and somebody who was forgotten since.
    for name in world.objects("segments/").await {
        let bytes = world.parts.objects.get(&name).await.unwrap().unwrap();
        world.parts.objects.put(&name.replace(".jsonl.gz", "0.jsonl.gz"), bytes).await.unwrap();
    }
    let contact = world.contact_of(ANA).await;
    world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    let again = numbers::compute(&world.parts, &account, day, None).await.unwrap().work;
    assert_eq!(told(&again), told(&kept));
    assert!(!world.objects("rollups/").await.contains(&old));
}
