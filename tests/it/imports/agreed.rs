//! What a file says of wishes: kept with its proof, once however often the process dies; and whole lists of those that nobody
//! writes to.

use serde_json::{Value, json};
use transom::{
    app::{
        deadline::Deadline,
        jobs::{Answered, answer},
    },
    domain::{
        JobId,
        consent::{Choice, ConsentPurpose, How},
    },
    ports::jobs::JobRing,
};

use crate::{
    consents::{is, welcome, went},
    world::{ANA, BEN, CARLA, World},
};

const AGREED: &str = "phone,name,opt_in,opt_in_at,opt_in_source,opt_in_wording,opt_out_at\n\
    +16505550111,Ana,marketing;utility,2025-06-01,booking form,\"Yes, offers by WhatsApp.\",\n\
    +16505550122,Ben,no,,booking form,,\n\
    +16505550133,Carla,,,,,2026-01-31T10:00:00Z\n\
    +16505550144,Nobody,marketing,,booking form,,\n\
    +16505550155,Nobody,marketing,2025-06-01,,,\n\
    +16505550166,Nobody,marketing,2027-06-01,booking form,,\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_says_who_agreed_to_what_with_its_proof() {
    let world = World::new().await;
    world.welcome_sells().await;
    let id = world.upload(&[AGREED]).await;
    let job = world.start(&id, json!({ "parts": 1 })).await;
    assert_eq!((&job["progress"]["bad"], &job["progress"]["new"]), (&json!(3), &json!(3)), "{job}");
    let told = world.file(&id, "bad_rows.csv").await;
    let lines: Vec<&str> = told.lines().skip(1).collect();
    for (line, begins) in lines.iter().zip(["5,opt_in_at,", "6,opt_in_source,", "7,opt_in_at,"]) {
        assert!(line.starts_with(begins), "{told}");
    }
    let proofs = async |phone: &str| {
        let found = world.api("GET", &format!("/v1/contacts?phone=%2B{phone}"), Value::Null).await.1;
        let contact = found["data"][0]["id"].as_str().unwrap().to_owned();
        let (_, proofs) = world.api("GET", &format!("/v1/contacts/{contact}/consents"), Value::Null).await;
        proofs["data"].as_array().unwrap().clone()
    };
    let ana = proofs(ANA).await;
    assert_eq!(ana.len(), 1, "{ana:?}");
    assert_eq!((&ana[0]["purposes"], &ana[0]["media"]), (&json!(["utility", "marketing"]), &json!(["whatsapp"])));
    assert_eq!((&ana[0]["at"], &ana[0]["how"]), (&json!("2025-06-01T00:00:00Z"), &json!("import")));
    assert_eq!((&ana[0]["source"], &ana[0]["wording"]), (&json!("booking form"), &json!("Yes, offers by WhatsApp.")));
    assert!(proofs(BEN).await.is_empty());
    assert_eq!(proofs(CARLA).await[0]["choice"], "out");
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
    assert_eq!(world.fate(welcome(BEN)).await, is("refused", "no_marketing_opt_in"));
    assert_eq!(world.fate(welcome(CARLA)).await, is("refused", "opted_out"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_often_a_process_dies_each_wish_is_proved_once_and_each_person_found() {
    let world = World::new().await;
    let row = |row: usize| format!("+1650557{row:04},Guest {row},marketing,2025-06-01,booking form\n");
    let file = "phone,name,opt_in,opt_in_at,opt_in_source\n".to_owned() + &(0..40).map(row).collect::<String>();
    let id = world.upload(&[&file]).await;
    assert_eq!(world.api("POST", &format!("/v1/imports/{id}/start"), json!({ "parts": 1 })).await.0, 202);
    let job: JobId = id.parse().unwrap();
    let ring = JobRing::V1 { account: world.account(), job };
    let over = || Deadline::within(std::time::Duration::from_mins(10), 0, world.now());
    // Each time the database fails a bit later, in the middle of whatever is done.
    let mut deaths = 0;
    for dies_after in (60..).step_by(47) {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let parts = world.parts_with(std::sync::Arc::new(move |call| {
            let writes = matches!(call.operation, "PutItem" | "UpdateItem" | "TransactWriteItems");
            let number = if writes { count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) } else { 0 };
            let dies = number >= dies_after;
            if dies {
                transom_engine::Verdict::FailBefore(400, "AccessDeniedException")
            } else {
                transom_engine::Verdict::Go
            }
        }));
        match answer(&parts, &ring, over()).await {
            Ok(Answered::Over) => break,
            Ok(Answered::Again { .. }) => {}
            Err(_) => deaths += 1,
        }
    }
    assert!(deaths >= 3, "it died {deaths} times only");
    for row in 0..40 {
        let found = world.found(&format!("557{row:04}")).await;
        assert_eq!(found.len(), 1, "{row}");
        let path = format!("/v1/contacts/{}/consents", found[0]["id"].as_str().unwrap());
        let (_, proofs) = world.api("GET", &path, Value::Null).await;
        assert_eq!(proofs["data"].as_array().unwrap().len(), 1, "{row}: {proofs}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_those_that_nobody_writes_to_is_taken_in() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    let file = "phone,why,since\n\
        +16505550111,complained,2026-02-01\n\
        +16505550122,,\n\
        12,x,\n\
        +16505550133,x,tomorrow\n\
        +16505550111,again,\n";
    let id = world.upload(&[file]).await;
    let job = world.start(&id, json!({ "of": "suppressions", "parts": 1 })).await;
    let progress = &job["progress"];
    assert_eq!((&progress["rows"], &progress["bad"], &progress["new"]), (&json!(5), &json!(2), &json!(2)), "{job}");
    let told = world.file(&id, "bad_rows.csv").await;
    assert!(told.contains("4,phone,") && told.contains("5,since,"), "{told}");
    let (_, listed) = world.api("GET", "/v1/suppressions", Value::Null).await;
    let ana = listed["data"].as_array().unwrap().iter().find(|it| it["address"]["value"] == "+16505550111").unwrap();
    assert_eq!((&ana["why"], &ana["since"]), (&json!("complained"), &json!("2026-02-01T00:00:00Z")));
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    let id = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, is("refused", "opted_out"));
    assert_eq!(world.fate(welcome(BEN)).await, is("refused", "opted_out"));
    let proofs = world.proofs(ANA).await;
    assert!(proofs.iter().all(|it| (it.wished.choice, it.wished.how) == (Choice::Out, How::Suppression)), "{proofs:?}");
    assert!(proofs[0].wished.scope.purposes.has(ConsentPurpose::Service));
    // A file of contacts is none of these.
    let id = world.upload(&["phone,name\n+16505550111,Ana\n"]).await;
    let job = world.start(&id, json!({ "of": "suppressions", "parts": 1 })).await;
    assert!(job["state"] == "failed" && job["why"].as_str().unwrap().contains("column 2"), "{job}");
}
