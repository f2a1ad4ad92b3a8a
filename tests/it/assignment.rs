//! Who looks after which conversation, through the whole system: given to whoever has room, waiting for whoever comes, taken by
//! hand, put aside, given to somebody else after a silence.

use serde_json::{Value, json};

use crate::world::{ANA, BEN, World};

impl World {
    /// Somebody of the staff; their id.
    pub async fn staff(&self, name: &str, more: Value) -> String {
        let mut body =
            json!({ "name": name, "email": format!("{}@hotel.example", name.to_lowercase()), "role": "employee" });
        for (field, value) in more.as_object().unwrap() {
            body[field] = value.clone();
        }
        let (status, made) = self.api("POST", "/v1/staff", body).await;
        assert_eq!(status, 201, "{made}");
        made["id"].as_str().unwrap().to_owned()
    }

    async fn says(&self, staff: &str, said: &str) {
        let (status, body) = self.api("PUT", &format!("/v1/staff/{staff}/presence"), json!({ "said": said })).await;
        assert_eq!(status, 200, "{body}");
        self.settle().await;
    }

    pub async fn gives_out(&self, settings: Value) {
        let (status, body) = self.api("PUT", "/v1/work-settings", settings).await;
        assert_eq!(status, 200, "{body}");
    }

    pub async fn work(&self, customer: &str) -> Value {
        let id = self.family(customer).await.unwrap().survivor.id;
        self.api("GET", &format!("/v1/conversations/{id}/work"), Value::Null).await.1
    }

    pub async fn works(&self, customer: &str, change: Value) -> (u16, Value) {
        let id = self.family(customer).await.unwrap().survivor.id;
        let answer = self.api("POST", &format!("/v1/conversations/{id}/work"), change).await;
        self.settle().await;
        answer
    }

    async fn waiting(&self) -> usize {
        let (_, board) = self.api("GET", "/v1/board", Value::Null).await;
        let teams = board["waiting"].as_array().unwrap();
        teams.iter().map(|team| team["conversations"].as_array().unwrap().len()).sum()
    }

    async fn open(&self, staff: &str) -> Value {
        let (_, board) = self.api("GET", "/v1/board", Value::Null).await;
        board["staff"].as_array().unwrap().iter().find(|it| it["id"] == staff).unwrap()["open"].clone()
    }
}

fn customer(number: usize) -> String {
    format!("1650557{number:04}")
}

#[tokio::test]
async fn who_has_room_is_given_what_comes_and_the_rest_waits_for_whoever_signs_in() {
    let world = World::new().await;
    world.gives_out(json!({ "auto_assign": true, "default_capacity": 2 })).await;
    let (tom, ingrid) = (world.staff("Tom", json!({})).await, world.staff("Ingrid", json!({})).await);
    world.says(&tom, "online").await;
    for number in 0..5 {
        world.writes(&customer(number), "Hello").await;
    }
    assert_eq!((world.open(&tom).await, world.waiting().await), (json!(2), 3));
    assert_eq!(world.work(&customer(0)).await["owner"]["staff"], json!(tom));
    assert_eq!(world.work(&customer(4)).await["owner"], Value::Null);

    // Who waits longest comes first.
    world.says(&ingrid, "online").await;
    assert_eq!((world.open(&ingrid).await, world.waiting().await), (json!(2), 1));
    assert_eq!(world.work(&customer(2)).await["owner"]["staff"], json!(ingrid));
    let id = world.family(&customer(0)).await.unwrap().survivor.id;
    world.api("POST", &format!("/v1/conversations/{id}/close"), Value::Null).await;
    world.settle().await;
    assert_eq!((world.open(&tom).await, world.waiting().await), (json!(2), 0), "a closed conversation makes room");
    // Whoever had it is asked first when the guest comes back.
    assert_eq!(world.work(&customer(0)).await["previous_owner"], json!(tom));
}

#[tokio::test]
async fn an_answer_by_anybody_leaves_the_queue_and_nobody_is_given_what_needs_nothing() {
    let world = World::new().await;
    world.gives_out(json!({ "auto_assign": true })).await;
    world.writes(ANA, "Hello").await;
    assert_eq!(world.waiting().await, 1);
    world.say(ANA, "Good morning").await;
    world.settle().await;
    assert_eq!(world.waiting().await, 0);
    let tom = world.staff("Tom", json!({})).await;
    world.says(&tom, "online").await;
    assert_eq!(world.open(&tom).await, json!(0));
}

#[tokio::test]
async fn a_team_gets_what_is_routed_to_it_and_a_language_is_spoken() {
    let world = World::new().await;
    world
        .gives_out(json!({
            "auto_assign": true,
            "teams": [{ "id": "spa", "name": "Spa" }, { "id": "front-desk", "name": "Front desk" }],
            "routes": [{ "languages": ["es"], "team": "spa" }, { "team": "front-desk" }],
        }))
        .await;
    let english = world.staff("Tom", json!({ "teams": ["front-desk"], "languages": ["en"] })).await;
    let spanish = world.staff("Lucia", json!({ "teams": ["spa"], "languages": ["es"] })).await;
    world.says(&english, "online").await;
    world.says(&spanish, "online").await;
    let body = json!({ "phone": format!("+{ANA}"), "name": "Ana", "language": "es" });
    world.api("POST", "/v1/contacts", body).await;
    world.writes(ANA, "Hola").await;
    world.writes(BEN, "Hello").await;
    assert_eq!(world.work(ANA).await["owner"]["staff"], json!(spanish));
    assert_eq!(world.work(BEN).await["owner"]["staff"], json!(english));
    let (status, _) = world.works(BEN, json!({ "change": "hand_to", "team": "spa" })).await;
    assert_eq!(status, 200);
    assert_eq!(world.work(BEN).await["owner"]["staff"], json!(spanish));
    let (status, problem) = world.works(BEN, json!({ "change": "hand_to", "team": "bar" })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("team")));
}

#[tokio::test]
async fn two_people_never_overwrite_each_other() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let (tom, ingrid) = (world.staff("Tom", json!({})).await, world.staff("Ingrid", json!({})).await);
    let id = world.family(ANA).await.unwrap().survivor.id;
    let path = format!("/v1/conversations/{id}/work");
    let assign = |to: &str| json!({ "change": "assign", "to": to }).to_string().into_bytes();
    let (status, first) = world.api_with("POST", &path, &[("if-match", "\"0\"")], assign(&tom)).await;
    assert_eq!((status, &first["rev"]), (200, &json!(1)));
    let (status, late) = world.api_with("POST", &path, &[("if-match", "\"0\"")], assign(&ingrid)).await;
    assert_eq!((status, &late["type"]), (412, &json!("urn:transom:problem:changed-meanwhile")));
    assert_eq!(world.work(ANA).await["owner"]["staff"], json!(tom));
    // Who looks again may take it over, and the desk before is empty.
    let (status, _) = world.api_with("POST", &path, &[("if-match", "\"1\"")], assign(&ingrid)).await;
    assert_eq!(status, 200);
    world.settle().await;
    assert_eq!((world.open(&tom).await, world.open(&ingrid).await), (json!(0), json!(1)));
    for (change, field) in [
        (json!({ "change": "assign", "to": "stf_00000000000000000000000000" }), "to"),
        (json!({ "change": "take" }), "change"),
        (json!({ "change": "snooze", "until": "2020-01-01T00:00:00Z" }), "until"),
        (json!({ "change": "label", "label": "No Slug" }), "label"),
        (json!({ "change": "guess" }), "change"),
        (json!({ "change": "snooze" }), "until"),
        (json!({ "change": "release", "label": "vip" }), "label"),
    ] {
        let (status, problem) = world.works(ANA, change).await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!(field)), "{problem}");
    }
}

#[tokio::test]
async fn what_is_put_aside_comes_back_at_its_time_or_when_the_guest_writes() {
    let world = World::new().await;
    world.gives_out(json!({ "auto_assign": true })).await;
    for guest in [ANA, BEN] {
        world.writes(guest, "Hello").await;
        let until = world.now() + jiff::SignedDuration::from_hours(3);
        let (status, body) = world.works(guest, json!({ "change": "snooze", "until": until })).await;
        assert_eq!(status, 200, "{body}");
        assert_eq!(body["snoozed_until"], json!(until));
    }
    assert_eq!(world.waiting().await, 0, "nobody is asked to do what was put aside");
    world.turn("PT1M").await;
    world.writes(ANA, "Are you there?").await;
    assert_eq!((world.work(ANA).await["snoozed_until"].clone(), world.waiting().await), (Value::Null, 1));
    world.turn("PT3H5M").await;
    assert_eq!(world.waiting().await, 2);
}

#[tokio::test]
async fn whom_an_owner_leaves_waiting_is_given_to_somebody_else() {
    let world = World::new().await;
    world.gives_out(json!({ "auto_assign": true, "reassign_after_minutes": 20 })).await;
    let tom = world.staff("Tom", json!({})).await;
    world.says(&tom, "online").await;
    world.writes(ANA, "Hello").await;
    assert_eq!(world.work(ANA).await["owner"]["staff"], json!(tom));
    let ingrid = world.staff("Ingrid", json!({})).await;
    for _ in 0..8 {
        world.says(&ingrid, "online").await;
        world.turn("PT4M").await;
    }
    assert_eq!(world.work(ANA).await["owner"]["staff"], json!(ingrid), "Tom went away without a word");
    assert_eq!(world.open(&tom).await, json!(0));
}

#[tokio::test]
async fn a_slot_that_a_crash_left_behind_is_cleared_away() {
    use transom::domain::work::{How, Slot, Ticket};
    let world = World::new().await;
    world.gives_out(json!({ "auto_assign": true, "default_capacity": 1 })).await;
    let tom = world.staff("Tom", json!({})).await;
    world.writes(ANA, "Hello").await;
    // Somebody died between the slot and the work.
    let conversation = world
        .family(BEN)
        .await
        .map_or_else(|| transom::domain::ConversationId::from_bits(7), |family| family.survivor.id);
    let house = transom::app::work::House::load(&world.parts, &world.account()).await.unwrap();
    let slot = Slot { ticket: Ticket(1), taken_at: world.now() };
    let desk = house.desk(tom.parse().unwrap());
    let taken = world.parts.store.take_slot(&world.account(), &desk, conversation, slot, How::Automatic).await;
    assert_eq!(taken.unwrap(), Ok(()));
    world.says(&tom, "online").await;
    assert_eq!(world.waiting().await, 1, "the desk seems full");
    for _ in 0..4 {
        world.says(&tom, "online").await;
        world.turn("PT4M").await;
    }
    assert_eq!((world.waiting().await, world.work(ANA).await["owner"]["staff"].clone()), (0, json!(tom)));
}

#[tokio::test]
async fn notes_are_for_staff_mention_people_and_end_with_the_guest() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let ingrid = world.staff("Ingrid", json!({})).await;
    let id = world.family(ANA).await.unwrap().survivor.id;
    let path = format!("/v1/conversations/{id}/notes");
    let (status, note) = world.api("POST", &path, json!({ "text": "@ingrid she is allergic to nuts" })).await;
    assert_eq!((status, &note["mentions"]), (201, &json!([ingrid])), "{note}");
    let (_, notes) = world.api("GET", &path, Value::Null).await;
    assert_eq!(notes["data"][0]["text"], format!("@[{ingrid}] she is allergic to nuts"));
    assert!(world.texts_sent_to(ANA).is_empty());
    let (status, problem) = world.api("POST", &path, json!({ "text": " " })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("text")));

    let second = world.api("POST", &path, json!({ "text": "another" })).await.1["id"].as_str().unwrap().to_owned();
    let (status, _) = world.api("DELETE", &format!("{path}/{second}"), Value::Null).await;
    assert_eq!(status, 204);
    let contact = world.contact_of(ANA).await;
    world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT2M").await;
    let (_, notes) = world.api("GET", &path, Value::Null).await;
    assert_eq!((notes["data"].as_array().unwrap().len(), &notes["data"][0]["text"]), (1, &Value::Null));
}

#[tokio::test]
async fn a_closed_conversation_is_opened_again_by_hand() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = world.family(ANA).await.unwrap().survivor.id;
    for end in ["close", "archive"] {
        world.api("POST", &format!("/v1/conversations/{id}/{end}"), Value::Null).await;
    }
    let (status, opened) = world.api("POST", &format!("/v1/conversations/{id}/reopen"), Value::Null).await;
    assert_eq!((status, &opened["state"]), (200, &json!("active")), "{opened}");
}

#[tokio::test]
async fn a_canned_reply_speaks_the_guests_language_and_knows_their_name() {
    let world = World::new().await;
    let body = json!({ "phone": format!("+{ANA}"), "name": "Ana Duarte", "language": "es" });
    world.api("POST", "/v1/contacts", body).await;
    world.writes(ANA, "Hola").await;
    let id = world.family(ANA).await.unwrap().survivor.id;
    let texts =
        json!({ "en": "Hello {{first_name}}, until {{hour}}.", "es": "Hola {{first_name}}, hasta las {{hour}}." });
    let (status, _) =
        world.api("PUT", "/v1/canned-replies/late", json!({ "title": "Late check-out", "texts": texts })).await;
    assert_eq!(status, 200);
    let fill = "/v1/canned-replies/late/fill";
    let (status, filled) = world.api("POST", fill, json!({ "conversation": id, "values": { "hour": "14:00" } })).await;
    assert_eq!((status, &filled["text"]), (200, &json!("Hola Ana, hasta las 14:00.")), "{filled}");
    let (status, problem) = world.api("POST", fill, json!({ "conversation": id })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("values.hour")));
    let (status, problem) = world.api("PUT", "/v1/canned-replies/x", json!({ "title": "", "texts": {} })).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("title")));
    assert_eq!(world.api("DELETE", "/v1/canned-replies/late", Value::Null).await.0, 204);
    assert_eq!(world.api("DELETE", "/v1/canned-replies/late", Value::Null).await.0, 404);
}
