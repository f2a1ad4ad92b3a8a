//! Templates at Meta: created, listed, edited, deleted, each rule with the error that it gives.

use super::*;

/// The error's code, subcode, and whether it has words for people.
#[track_caller]
fn refused(answer: &(u16, Value), code: i64, subcode: Option<i64>) {
    let error = &answer.1["error"];
    assert_eq!(
        (answer.0, error["code"].as_i64(), error["error_subcode"].as_i64()),
        (400, Some(code), subcode),
        "{answer:?}"
    );
    assert_eq!(error["type"], "OAuthException");
    if subcode.is_some_and(|subcode| subcode > 33) {
        assert!(error["error_user_title"].is_string() && error["error_user_msg"].is_string(), "{error}");
    }
}

async fn create(world: &World, template: Value) -> (u16, Value) {
    world.graph("POST", "waba/message_templates", template).await
}

/// The template with one field changed.
fn with(mut template: Value, field: &str, value: Value) -> Value {
    template[field] = value;
    template
}

fn rich() -> Value {
    json!({"name": "order_update", "language": "en_US", "category": "UTILITY", "parameter_format": "NAMED",
        "message_send_ttl_seconds": 3600, "components": [
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}} update",
            "example": {"header_text_named_params": [{"param_name": "order_no", "example": "A-17"}]}},
        {"type": "BODY", "text": "Hello {{first_name}}, your order {{order_no}} leaves today. Thank you!",
            "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ana"},
                {"param_name": "order_no", "example": "A-17"}]}},
        {"type": "FOOTER", "text": "Reply STOP to opt out"},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Change date"},
            {"type": "URL", "text": "Track", "url": "https://x.example/t/{{1}}", "example": ["A-17"]},
            {"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+15550051310"}]}]})
}

#[tokio::test]
async fn a_template_is_given_back_as_it_was_created_but_only_what_is_asked_for() {
    let world = World::new();
    let (status, made) = create(&world, rich()).await;
    assert_eq!((status, &made["status"], &made["category"]), (200, &json!("PENDING"), &json!("UTILITY")));
    let id = made["id"].as_str().unwrap();
    assert!(id.chars().all(|one| one.is_ascii_digit()));
    assert_eq!(world.graph("GET", id, json!({})).await, (200, json!({"id": id})));
    let fields = "name,language,status,category,components,parameter_format,quality_score,rejected_reason,message_send_ttl_seconds";
    let (_, shown) = world.graph("GET", &format!("{id}?fields={fields}"), json!({})).await;
    for field in ["name", "language", "category", "components", "parameter_format", "message_send_ttl_seconds"] {
        assert_eq!(shown[field], rich()[field], "{field}");
    }
    assert_eq!((&shown["quality_score"]["score"], &shown["rejected_reason"]), (&json!("UNKNOWN"), &json!("NONE")));
    refused(&world.graph("GET", &format!("{id}?fields=name,colour"), json!({})).await, 100, None);
    refused(&world.graph("GET", "12345", json!({})).await, 100, Some(33));
    assert_eq!(
        world.graph("GET", "106540352242922", json!({})).await.1["status"],
        "CONNECTED",
        "a number, by the same path"
    );
}

#[tokio::test]
async fn a_positional_template_has_its_examples_in_lists() {
    let world = World::new();
    let template = json!({"name": "numbered", "language": "en", "category": "utility", "components": [
        {"type": "header", "format": "text", "text": "Room {{1}}", "example": {"header_text": ["12"]}},
        {"type": "body", "text": "Hello {{1}}, room {{2}} is ready for you.", "example": {"body_text": [["Ana", "12"]]}}]});
    assert_eq!(create(&world, template.clone()).await.0, 200);
    for (field, example) in [
        ("body_text", json!(["Ana", "12"])),
        ("body_text", json!([["Ana"]])),
        ("body_text", json!([["Ana", " "]])),
        (
            "body_text_named_params",
            json!([{"param_name": "1", "example": "Ana"}, {"param_name": "2", "example": "12"}]),
        ),
    ] {
        let mut wrong = with(template.clone(), "name", json!("other"));
        wrong["components"][1]["example"] = json!({field: example});
        refused(&create(&world, wrong).await, 100, Some(2_388_043));
    }
    let mut wrong = with(template.clone(), "name", json!("other"));
    wrong["components"][1]["example"] = json!({"body_text": [["Ana", "12", "13"]]});
    refused(&create(&world, wrong).await, 100, None);
    let mut wrong = with(template, "name", json!("other"));
    wrong["components"][0]["example"] = json!({});
    refused(&create(&world, wrong).await, 100, Some(2_388_043));
}

#[tokio::test]
async fn what_breaks_a_limit_is_refused_with_metas_code() {
    let world = World::new();
    let body = |text: &str| json!([{"type": "BODY", "text": text}]);
    let guest = json!({"body_text_named_params": [{"param_name": "guest", "example": "Ana"}]});
    let about = |text: &str| json!([{"type": "BODY", "text": text, "example": guest}]);
    let plain = |component: Value| json!([{"type": "BODY", "text": "Hello"}, component]);
    let buttons = |all: Value| plain(json!({"type": "BUTTONS", "buttons": all}));
    for (field, value, subcode) in [
        ("name", json!("Order"), Some(2_388_046)),
        ("name", Value::Null, None),
        ("language", json!("en-US"), None),
        ("category", json!("SERVICE"), None),
        ("category", Value::Null, None),
        ("parameter_format", json!("BOTH"), None),
        ("message_send_ttl_seconds", json!(29), None),
        ("message_send_ttl_seconds", json!("3600"), None),
        ("components", Value::Null, None),
        ("components", json!([]), Some(2_388_072)),
        ("components", body(&"x".repeat(1025)), Some(2_388_040)),
        ("components", body("Hello {{guest}}, your room is ready."), Some(2_388_043)),
        ("components", about("{{guest}}, your room is ready."), Some(2_388_299)),
        ("components", about("Hi {{guest}}, bye."), Some(2_388_293)),
        ("components", about("Hi {{Guest}}, your room is ready."), Some(2_388_043)),
        ("components", plain(json!({"type": "HEADER", "format": "TEXT", "text": "x".repeat(61)})), Some(2_388_040)),
        ("components", plain(json!({"type": "HEADER", "format": "TEXT", "text": "*Hi*"})), Some(2_388_047)),
        ("components", plain(json!({"type": "HEADER", "format": "IMAGE"})), Some(2_388_043)),
        ("components", plain(json!({"type": "FOOTER", "text": "Bye {{guest}}"})), Some(2_388_073)),
        ("components", plain(json!({"type": "CAROUSEL"})), None),
        ("components", plain(json!({"type": "BODY", "text": "twice"})), None),
        ("components", buttons(json!([{"type": "QUICK_REPLY"}])), Some(2_388_043)),
        ("components", buttons(json!([{"type": "QUICK_REPLY", "text": "x".repeat(26)}])), Some(2_388_040)),
        (
            "components",
            buttons(json!([{"type": "URL", "text": "Go", "url": "https://x.example/{{1}}"}])),
            Some(2_388_043),
        ),
        (
            "components",
            buttons(json!([{"type": "URL", "text": "Go", "url": "https://x.example/{{a}}", "example": ["b"]}])),
            None,
        ),
        ("components", buttons(json!([{"type": "OTP", "text": "Copy"}])), None),
    ] {
        refused(&create(&world, with(submitted("fine"), field, value)).await, 100, subcode);
    }
    assert_eq!(create(&world, submitted("fine")).await.0, 200);
    let (status, answer) = world.graph("POST", "other/message_templates", submitted("fine")).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)), "another account's");
}

#[tokio::test]
async fn a_name_is_free_once_in_each_language_and_not_for_30_days_after_an_approved_one() {
    let world = World::new();
    let id = world.approved(submitted("stay")).await;
    refused(&create(&world, submitted("stay")).await, 100, Some(2_388_024));
    refused(&create(&world, with(submitted("waiting"), "language", json!("en"))).await, 100, Some(2_388_024));
    let (_, pending) = create(&world, with(submitted("stay"), "language", json!("en"))).await;
    let path = |name: &str, id: &str| format!("waba/message_templates?name={name}&hsm_id={id}");
    refused(&world.graph("DELETE", "waba/message_templates", json!({})).await, 100, None);
    refused(&world.graph("DELETE", &format!("waba/message_templates?hsm_id={id}"), json!({})).await, 100, None);
    refused(&world.graph("DELETE", &path("other", &id), json!({})).await, 100, None);

    assert_eq!(world.graph("DELETE", &path("stay", &id), json!({})).await, (200, json!({"success": true})));
    assert_eq!(world.news(0)[0].1["event"], "PENDING_DELETION");
    refused(&world.graph("GET", &id, json!({})).await, 100, Some(33));
    assert_eq!(world.graph("GET", pending["id"].as_str().unwrap(), json!({})).await.0, 200, "the other language");
    refused(&create(&world, submitted("stay")).await, 100, Some(2_388_023));
    assert_eq!(world.graph("DELETE", "waba/message_templates?name=stay", json!({})).await.0, 200);
    assert_eq!(create(&world, with(submitted("stay"), "language", json!("en"))).await.0, 200, "it was never approved");
    world.turn(30 * 86_400 - 1);
    refused(&create(&world, submitted("stay")).await, 100, Some(2_388_023));
    world.turn(1);
    let (status, again) = create(&world, submitted("stay")).await;
    assert_eq!(status, 200);
    assert_ne!(again["id"], json!(id));
    refused(&world.graph("DELETE", "waba/message_templates?name=nothing", json!({})).await, 100, None);
    let id = again["id"].as_str().unwrap();
    world.control("POST", &format!("/outside/templates/{id}"), json!({"status": "disabled"})).await;
    refused(&world.graph("DELETE", &path("stay", id), json!({})).await, 100, None);
}

#[tokio::test]
async fn so_many_are_created_in_an_hour_and_so_many_there_may_be() {
    let world = World::new();
    for number in 0..100 {
        assert_eq!(create(&world, submitted(&format!("t_{number}"))).await.0, 200);
    }
    refused(&create(&world, submitted("one_more")).await, 80_007, None);
    world.turn(3600);
    assert_eq!(create(&world, submitted("one_more")).await.0, 200);
    world.control("POST", "/outside/reviews", json!({"most_templates": 103})).await;
    refused(&create(&world, submitted("yet_one_more")).await, 100, Some(2_388_019));
}

#[tokio::test]
async fn the_list_comes_in_pages_of_four_and_can_be_filtered() {
    let world = World::new();
    for name in ["a", "b", "c"] {
        world.approved(submitted(name)).await;
    }
    create(&world, with(submitted("d"), "language", json!("en"))).await;
    let list_of = async |query: &str| world.graph("GET", &format!("waba/message_templates?{query}"), json!({})).await.1;
    let names = |page: &Value| {
        let names = list(&page["data"]).into_iter().map(|one| one["name"].as_str().unwrap_or("?").to_owned());
        names.collect::<Vec<_>>()
    };
    let first = list_of("fields=name,status&limit=100").await;
    assert_eq!(names(&first), ["waiting", "paused", "a", "b"]);
    let after = first["paging"]["cursors"]["after"].as_str().unwrap();
    let next = first["paging"]["next"].as_str().unwrap();
    assert_eq!(
        next,
        format!("http://meta.example/meta/v26.0/waba/message_templates?fields=name%2Cstatus&limit=100&after={after}")
    );
    let second = list_of(&format!("fields=name,status&limit=100&after={after}")).await;
    assert_eq!((names(&second), &second["paging"]["next"]), (vec!["c".to_owned(), "d".to_owned()], &Value::Null));
    assert!(second["paging"]["cursors"]["after"].is_string());

    assert_eq!(list_of("limit=1").await["data"].as_array().unwrap()[0].as_object().unwrap().len(), 1, "the id alone");
    assert_eq!(names(&list_of("fields=name&name=b").await), ["b"]);
    assert_eq!(names(&list_of("fields=name&status=PENDING").await), ["d"]);
    assert_eq!(names(&list_of("fields=name&language=en").await), ["waiting", "paused", "d"]);
    assert_eq!(names(&list_of("fields=name&status=PAUSED").await), ["paused"]);
    assert_eq!(list_of("fields=name&name=none").await, json!({"data": []}));
    for wrong in ["fields=colour", "limit=0", "content=x"] {
        refused(&world.graph("GET", &format!("waba/message_templates?{wrong}"), json!({})).await, 100, None);
    }
    refused(&world.graph("GET", "waba/message_templates?after=2", json!({})).await, 131_059, None);
}

#[tokio::test]
async fn an_edit_replaces_everything_and_is_reviewed_again() {
    let world = World::new();
    let (_, made) = create(&world, rich()).await;
    let id = made["id"].as_str().unwrap();
    let edit = async |body: Value| world.graph("POST", id, body).await;
    let only_body = json!({"components": [{"type": "BODY", "text": "Your order has left."}]});
    refused(&edit(only_body.clone()).await, 100, Some(2_388_039));
    world.webhooks(60);
    for wrong in [
        json!({}),
        json!({"name": "other", "components": []}),
        json!({"language": "en", "components": []}),
        json!({"category": "MARKETING"}),
        json!({"category": "UTILITY", "message_send_ttl_seconds": 86_400}),
    ] {
        refused(&edit(wrong).await, 100, None);
    }
    refused(&edit(json!({"components": [{"type": "FOOTER", "text": "Bye"}]})).await, 100, Some(2_388_072));
    assert_eq!(edit(only_body.clone()).await, (200, json!({"success": true})));
    assert_eq!(world.standing(id).await, "PENDING");
    let shown = world.graph("GET", &format!("{id}?fields=components"), json!({})).await.1;
    assert_eq!(shown["components"], only_body["components"]);
    world.webhooks(60);
    assert_eq!(world.standing(id).await, "APPROVED");
    refused(&world.graph("POST", "12345", only_body).await, 100, Some(33));
}

#[tokio::test]
async fn an_approved_template_is_edited_once_a_day_and_ten_times_in_thirty() {
    let world = World::new();
    let id = world.approved(submitted("stay")).await;
    let edit = async |number: u32| {
        let components = json!([{"type": "BODY", "text": format!("This is edit {number} of your stay.")}]);
        let edited = world.graph("POST", &id, json!({"components": components})).await;
        world.webhooks(60);
        edited
    };
    for number in 0..10 {
        assert_eq!(edit(number).await.0, 200, "{number}");
        refused(&edit(99).await, 100, Some(2_388_039));
        world.turn(86_400);
    }
    refused(&edit(99).await, 100, Some(2_388_039));
    world.turn(20 * 86_400);
    assert_eq!(edit(99).await.0, 200);
    // One that was rejected may be edited as often as one likes, and get another category.
    let rejected =
        world.approved(with(submitted("bad"), "components", json!([{"type": "BODY", "text": "Our casino"}]))).await;
    for category in ["MARKETING", "UTILITY"] {
        assert_eq!(world.graph("POST", &rejected, json!({"category": category})).await.0, 200);
        world.webhooks(60);
        assert_eq!(world.standing(&rejected).await, "REJECTED");
    }
}
