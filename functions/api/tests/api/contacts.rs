//! Contacts: lookup, profile, consent, merging.

use http::header;
use serde_json::{Value, json};
use transom::domain::time::SignedDuration;

use crate::world::{ANA, OTHER_TOKEN, World, text_to};

const ANAS_OTHER: &str = "+16505559999";

async fn contact_of(world: &World, phone: &str) -> String {
    let found = world.get(&format!("/v1/contacts?phone=%2B{}", &phone[1..])).await.with(200);
    assert_eq!(found["data"].as_array().unwrap().len(), 1);
    found["data"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_is_found_by_exactly_their_address() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let id = contact_of(&world, ANA).await;
    let shown = world.get(&format!("/v1/contacts/{id}")).await.with(200);
    let expected = json!({
        "id": id,
        "name": null,
        "language": null,
        "time_zone": null,
        "tags": [],
        "fields": {},
        "vip": false,
        "quiet_hours": null,
        "addresses": [{ "kind": "phone", "value": ANA }],
        "opted_out": false,
        "consent": { "opted_out_at": null, "opted_in_at": null },
        "former": [],
        "survivor": null,
        "erased": false,
    });
    assert_eq!(shown, expected);
    // A plus sign that was not escaped is a space by the time it arrives.
    assert_eq!(world.get("/v1/contacts?phone=+16505551234").await.with(200)["data"][0]["id"], json!(id));
    assert_eq!(world.get("/v1/contacts?phone=%2B16505551235").await.with(200)["data"], json!([]));
    assert_eq!(world.get("/v1/contacts?user_id=US.123").await.with(200)["data"], json!([]));
    world.get("/v1/contacts?phone=123").await.names(422, "phone");
    world.get("/v1/contacts?user_id=123").await.names(422, "user_id");
    world.get("/v1/contacts").await.is_a_problem(400);
    world.get("/v1/contacts?phone=%2B16505551234&user_id=US.123").await.is_a_problem(400);
    world.get("/v1/contacts?name=Ana").await.names(400, "name");
}

#[tokio::test]
async fn a_profile_changes_by_what_is_named() {
    let world = World::new().await;
    let conversation = world.writes(ANA, "Hello").await;
    let path = format!("/v1/contacts/{}", contact_of(&world, ANA).await);
    let changed = world.patch(&path, json!({ "name": "Ana María", "language": "es" })).await.with(200);
    assert_eq!((&changed["name"], &changed["language"]), (&json!("Ana María"), &json!("es")));
    let changed = world.patch(&path, json!({ "language": null })).await.with(200);
    assert_eq!((&changed["name"], &changed["language"]), (&json!("Ana María"), &Value::Null));
    let shown = world.get(&format!("/v1/conversations/{conversation}")).await.with(200);
    assert_eq!(shown["contact"]["name"], "Ana María");
    world.patch(&path, json!({ "language": "Spanish" })).await.names(422, "language");
    world.patch(&path, json!({ "name": "" })).await.names(422, "name");
    world.patch(&path, json!({ "phone": ANA })).await.names(422, "phone");
    let nobody = format!("/v1/contacts/con_{}", "0".repeat(26));
    world.patch(&nobody, json!({ "name": "Ana" })).await.is_a_problem(404);
    world.get(&nobody).await.is_a_problem(404);
}

#[tokio::test]
async fn an_opt_out_stops_everything_until_an_opt_in() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let path = format!("/v1/contacts/{}", contact_of(&world, ANA).await);
    assert_eq!(world.poke(&format!("{path}/opt-out")).await.with(200)["opted_out"], true);
    let plan = world.post("/v1/plan", text_to(&json!({ "phone": ANA }), "Hi")).await.with(200);
    assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("refuse"), &json!("opted_out")));
    world.turn(SignedDuration::from_secs(1));
    let back = world.poke(&format!("{path}/opt-in")).await.with(200);
    assert_eq!(back["opted_out"], false);
    assert_eq!(back["consent"]["opted_in_at"], json!(world.now()));
    let nobody = format!("/v1/contacts/con_{}", "0".repeat(26));
    world.poke(&format!("{nobody}/opt-out")).await.is_a_problem(404);
    world.poke(&format!("{nobody}/opt-in")).await.is_a_problem(404);
}

#[tokio::test]
async fn two_contacts_become_one_and_two_again() {
    let world = World::new().await;
    let former_conversation = world.writes(ANAS_OTHER, "From my work phone").await;
    world.turn(SignedDuration::from_mins(1));
    let conversation = world.writes(ANA, "From my own phone").await;
    let (ana, other) = (contact_of(&world, ANA).await, contact_of(&world, ANAS_OTHER).await);

    let merged = world.post(&format!("/v1/contacts/{ana}/merge"), json!({ "contact": other })).await.with(200);
    assert_eq!(merged["former"], json!([other]));
    assert_eq!(merged["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(contact_of(&world, ANAS_OTHER).await, ana);
    assert_eq!(world.get(&format!("/v1/contacts/{other}")).await.with(200)["survivor"], json!(ana));

    // Either conversation's id shows the survivor's, with the messages of both.
    let shown = world.get(&format!("/v1/conversations/{former_conversation}")).await.with(200);
    assert_eq!(shown["id"], json!(conversation));
    assert_eq!(shown["former"], json!([former_conversation]));
    for id in [conversation, former_conversation] {
        let page = world.get(&format!("/v1/conversations/{id}/messages")).await.with(200);
        let texts: Vec<_> = page["data"].as_array().unwrap().iter().map(|it| it["content"]["body"].clone()).collect();
        assert_eq!(texts, ["From my own phone", "From my work phone"]);
        let page = world.get(&format!("/v1/conversations/{id}/messages?limit=1")).await.with(200);
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = world.get(&format!("/v1/conversations/{id}/messages?limit=1&cursor={cursor}")).await.with(200);
        assert_eq!(rest["data"][0]["content"]["body"], "From my work phone");
    }
    let mut listed = world.get("/v1/conversations").await.with(200);
    assert_eq!(listed["data"].as_array().unwrap().len(), 1);
    listed["data"][0].as_object_mut().unwrap().remove("work");
    assert_eq!(listed["data"][0], shown);

    // Doing it again changes nothing; a wish recorded for the one holds for both.
    world.post(&format!("/v1/contacts/{ana}/merge"), json!({ "contact": other })).await.with(200);
    world.poke(&format!("/v1/contacts/{other}/opt-out")).await.with(200);
    assert_eq!(world.get(&format!("/v1/contacts/{ana}")).await.with(200)["opted_out"], true);

    let parted = world.post(&format!("/v1/contacts/{ana}/unmerge"), json!({ "contact": other })).await.with(200);
    assert_eq!(parted["former"], json!([]));
    assert_eq!(contact_of(&world, ANAS_OTHER).await, other);
    let shown = world.get(&format!("/v1/conversations/{former_conversation}")).await.with(200);
    assert_eq!(shown["id"], json!(former_conversation));
    world.post(&format!("/v1/contacts/{ana}/unmerge"), json!({ "contact": other })).await.is_a_problem(409);
}

#[tokio::test]
async fn a_merge_with_nobody_or_oneself_is_refused() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let ana = contact_of(&world, ANA).await;
    let nobody = format!("con_{}", "0".repeat(26));
    for route in ["merge", "unmerge"] {
        let path = format!("/v1/contacts/{ana}/{route}");
        world.post(&path, json!({ "contact": ana })).await.names(422, "contact");
        world.post(&path, json!({ "contact": nobody })).await.names(422, "contact");
        world.post(&path, json!({ "contact": "Ana" })).await.names(422, "contact");
        world.post(&path, json!({})).await.names(422, "contact");
        world.post(&format!("/v1/contacts/{nobody}/{route}"), json!({ "contact": ana })).await.is_a_problem(404);
    }
}

#[tokio::test]
async fn another_account_sees_no_contact() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let path = format!("/v1/contacts/{}", contact_of(&world, ANA).await);
    let found = world.call(OTHER_TOKEN, "GET", "/v1/contacts?phone=%2B16505551234", None).await.with(200);
    assert_eq!(found["data"], json!([]));
    world.call(OTHER_TOKEN, "GET", &path, None).await.is_a_problem(404);
    let name = Some(json!({ "name": "Eve" }));
    world.call(OTHER_TOKEN, "PATCH", &path, name).await.is_a_problem(404);
    world.call(OTHER_TOKEN, "POST", &format!("{path}/opt-out"), None).await.is_a_problem(404);
    assert_eq!(world.get(&path).await.with(200)["opted_out"], false);
}

#[tokio::test]
async fn a_person_is_added_with_what_is_known_and_found_as_their_name_is_typed() {
    let world = World::new().await;
    let body = json!({
        "phone": "+16505550101", "name": "María O’Brien", "language": "es", "time_zone": "Europe/Madrid",
        "tags": ["Returning"], "fields": { "booking": "HX-2041", "room_number": "B12" },
    });
    let made = world.post("/v1/contacts", body.clone()).await;
    let path = made.headers[header::LOCATION].to_str().unwrap().to_owned();
    let made = made.with(201);
    assert_eq!((&made["tags"], &made["time_zone"]), (&json!(["returning"]), &json!("Europe/Madrid")));
    let again = world.post("/v1/contacts", body).await;
    again.is_a_problem(409);
    assert!(again.body["detail"].as_str().unwrap().contains(made["id"].as_str().unwrap()));

    let found = async |typed: &str| {
        let answer = world.get(&format!("/v1/contacts?q={}", typed.replace(' ', "%20"))).await.with(200);
        answer["data"].as_array().unwrap().iter().map(|contact| contact["name"].clone()).collect::<Vec<_>>()
    };
    for typed in ["ma", "maria", "OBRI", "obrien m", "0101", "650 555 0101", "hx", "2041", "b12"] {
        assert_eq!(found(typed).await, [json!("María O’Brien")], "{typed}");
    }
    for typed in ["", "aria", "0102", "maria x", "b13"] {
        assert_eq!(found(typed).await, [] as [serde_json::Value; 0], "{typed}");
    }
    // By what she is called now, and no more by what she was.
    world.patch(&path, json!({ "name": "Maria Lund", "fields": { "booking": null } })).await.with(200);
    assert_eq!(found("lund").await, [json!("Maria Lund")]);
    assert_eq!(found("obrien").await, [] as [serde_json::Value; 0]);
    assert_eq!(found("hx").await, [] as [serde_json::Value; 0]);
    // Whom she was merged into is found by her name.
    let other = world.post("/v1/contacts", json!({ "phone": "+16505550199", "name": "M. Berg" })).await.with(201);
    let other = other["id"].as_str().unwrap();
    world.post(&format!("/v1/contacts/{other}/merge"), json!({ "contact": made["id"] })).await.with(200);
    assert_eq!(found("lund").await, [json!("M. Berg")]);
    world.post(&format!("/v1/contacts/{other}/unmerge"), json!({ "contact": made["id"] })).await.with(200);
    assert_eq!(found("lund").await, [json!("Maria Lund")]);
    let theirs = world.call(OTHER_TOKEN, "GET", "/v1/contacts?q=lund", None).await.with(200);
    assert_eq!(theirs["data"], json!([]));
}

#[tokio::test]
async fn of_many_who_are_meant_some_are_shown_and_it_says_that_there_are_more() {
    let world = World::empty().await;
    for number in 0..7 {
        let body = json!({ "phone": format!("+1650555020{number}"), "name": format!("Ana {number}") });
        world.post("/v1/contacts", body).await.with(201);
    }
    let page = world.get("/v1/contacts?q=ana&limit=5").await.with(200);
    assert_eq!((page["data"].as_array().unwrap().len(), &page["more"]), (5, &json!(true)));
    let all = world.get("/v1/contacts?q=ana").await.with(200);
    assert_eq!((all["data"].as_array().unwrap().len(), &all["more"]), (7, &json!(false)));
}

#[tokio::test]
async fn whom_nobody_can_be_made_of_is_named() {
    let world = World::empty().await;
    for (body, field) in [
        (json!({ "phone": "12" }), "phone"),
        (json!({ "phone": "+16505550101", "name": "" }), "name"),
        (json!({ "phone": "+16505550101", "time_zone": "Madrid" }), "time_zone"),
        (json!({ "phone": "+16505550101", "tags": "vip" }), "tags"),
        (json!({ "phone": "+16505550101", "nme": "Ana" }), "nme"),
        (json!({ "phone": "+16505550101", "fields": { "Room": "1" } }), "fields.Room"),
    ] {
        world.post("/v1/contacts", body).await.names(422, field);
    }
    world.post("/v1/contacts", json!({ "name": "Ana" })).await.is_a_problem(422);
    world.get("/v1/contacts?q=a&phone=1").await.is_a_problem(400);
    world.get("/v1/contacts?q=a&limit=51").await.names(400, "limit");
    world.get(&format!("/v1/contacts?q={}", "a".repeat(101))).await.names(400, "q");
}
