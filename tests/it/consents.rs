//! What people wish about being written to: heard from wherever it comes, proved, and heeded by the very next message.

use serde_json::{Value, json};
use transom::{
    app::consents::{self, Proof, suppression},
    domain::{
        Phone,
        channel::Medium,
        consent::{
            Cap, Choice, ConsentPurpose, ConsentSettings, Details, Evidence, How, Media, Purposes, Scope, Wished,
        },
        contact::Address,
        message::{Message, Purpose},
        template::Category,
    },
    ports::store::{Step, Suppressed},
};

use crate::{
    calls::{META_NUMBER, TWILIO_SMS, body_of},
    world::{ANA, BEN, CARLA, CHANNEL, World},
};

/// The template that the demo has for whoever never wrote.
pub fn welcome(customer: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") },
        "content": { "type": "template", "name": "welcome", "language": "en", "values": { "guest_name": "Ana" } } })
}

fn by_sms(customer: &str, words: &str) -> Value {
    json!({ "channel": CHANNEL, "to": { "phone": format!("+{customer}") }, "via": "sms",
        "content": { "type": "text", "body": words } })
}

/// What Meta calls when a customer turns marketing off or on in WhatsApp.
fn preference(customer: &str, value: &str, at_second: i64) -> Value {
    let value = json!({
        "messaging_product": "whatsapp",
        "metadata": { "display_phone_number": "15550783881", "phone_number_id": META_NUMBER },
        "contacts": [{ "wa_id": customer }],
        "user_preferences": [{
            "wa_id": customer, "category": "marketing_messages", "value": value,
            "detail": "User requested to change marketing messages", "timestamp": at_second,
        }],
    });
    body_of(&[json!({ "field": "user_preferences", "value": value })])
}

fn phone(customer: &str) -> Address {
    Address::Phone(Phone::from_e164(customer).expect("a number"))
}

fn marketing_on_whatsapp() -> Scope {
    Scope { purposes: Purposes::MARKETING, media: Media::only(Medium::WhatsApp) }
}

impl World {
    /// The welcome is marketing from now on.
    pub async fn welcome_sells(&self) {
        for mut template in self.parts.store.templates(&self.account(), Some("welcome")).await.expect("an answer") {
            template.definition.category = Category::Marketing;
            let put = self.parts.store.put_template(&self.account(), &template).await.expect("an answer");
            assert_eq!(put, Step::Done);
        }
    }

    pub async fn sets(&self, settings: ConsentSettings) {
        settings.check().expect("it makes sense");
        self.parts.store.put_consent_settings(&self.account(), &settings).await.expect("it is stored");
    }

    /// Everything that proves a customer's wishes, the newest first.
    pub async fn proofs(&self, customer: &str) -> Vec<Proof> {
        let contact = self.contact_of(customer).await;
        let page = consents::proofs(&self.parts, &self.account(), contact, None, 100).await.expect("an answer");
        page.expect("the contact is there").proofs
    }

    /// A wish that came by a form.
    async fn wishes(&self, customer: &str, choice: Choice, scope: Scope) {
        let wished = Wished { choice, scope, at: self.now(), how: How::WebForm };
        let details = Details {
            wording: Some("Yes, send me your offers.".to_owned()),
            source: Some("https://example.com/offers".to_owned()),
            ..Details::by("customer")
        };
        let contact = self.contact_of(customer).await;
        let wish = consents::wish(&self.parts, &self.account(), contact, &Evidence { wished, details }).await;
        assert_eq!(wish.expect("it is recorded"), Some(contact));
        self.settle().await;
    }

    /// What became of a message: its state and reason.
    pub async fn fate(&self, body: Value) -> (String, String) {
        let id = self.send(body).await;
        self.settle().await;
        self.fate_of(id).await
    }

    pub async fn fate_of(&self, id: transom::domain::MessageId) -> (String, String) {
        let it = self.get_message(id).await;
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (word(&it["state"]), word(&it["reason"]["code"]))
    }

    /// How many messages confirm a customer's words.
    async fn confirmations(&self, customer: &str) -> usize {
        let family = self.family(customer).await.expect("the customer is known");
        let mut found = 0;
        for head in family.heads() {
            let messages = self.parts.store.messages(&head.account, head.id, None, 100).await.expect("an answer");
            found += messages
                .iter()
                .filter(|it| matches!(it, Message::Outbound(it) if matches!(it.purpose, Purpose::ConsentConfirmation { .. })))
                .count();
        }
        found
    }
}

pub fn is(state: &str, reason: &str) -> (String, String) {
    (state.to_owned(), reason.to_owned())
}

/// A message that went and was read.
pub fn went(reason: &str) -> (String, String) {
    is("read", reason)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_stops_what_is_queued_already_and_is_proved_by_its_own_words() {
    let world = World::new().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    // Its bell is rung, and the sender has not looked yet.
    let queued = world.say(ANA, "Buy more").await;
    world.follow_stream().await;
    world.writes_unsettled(ANA, "BAJA").await;
    world.deliver_webhooks().await;
    world.settle().await;
    assert_eq!(world.fate_of(queued).await, is("refused", "opted_out"));
    assert!(world.texts_sent_to(ANA).is_empty());

    let proofs = world.proofs(ANA).await;
    let [proof] = proofs.as_slice() else { panic!("{proofs:?}") };
    assert_eq!(
        (proof.wished.choice, proof.wished.scope, proof.wished.how),
        (Choice::Out, Scope::EVERYTHING, How::Keyword)
    );
    let details = proof.details.as_ref().expect("it can be opened");
    assert_eq!((details.by.as_str(), details.wording.as_deref()), ("customer", Some("BAJA")));
    assert_eq!(details.language.as_deref(), Some("es"));
    let message = details.message.expect("it names the message");
    assert!(matches!(world.message(message).await, Some(Message::Inbound(_))));
    // What an earlier attempt was made under stays on its row; this one made none.
    assert!(world.outbound(queued).await.consent.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accounts_own_word_stops_as_well() {
    let world = World::new().await;
    world.sets(ConsentSettings { stop_words: vec!["basta ya".to_owned()], ..ConsentSettings::default() }).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    world.writes(ANA, "¡Basta ya!").await;
    let id = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, is("refused", "opted_out"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn marketing_goes_only_after_an_opt_in_and_after_a_stop_only_after_a_new_one() {
    let world = World::new().await;
    world.welcome_sells().await;
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    let (_, plan) = world.api("POST", "/v1/plan", welcome(ANA)).await;
    assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("refuse"), &json!("no_marketing_opt_in")), "{plan}");
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "no_marketing_opt_in"));
    world.wishes(ANA, Choice::In, Scope::MARKETING).await;
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
    world.turn("PT1M").await;
    world.writes(ANA, "STOP").await;
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "opted_out"));
    world.turn("PT1M").await;
    world.writes(ANA, "START").await;
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "no_marketing_opt_in"));
    let id = world.say(ANA, "Welcome back").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, went("window_open"));
    world.turn("PT1M").await;
    world.wishes(ANA, Choice::In, Scope::MARKETING).await;
    let id = world.send(welcome(ANA)).await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, went("approved_template"));
    // What the attempt was made under is on its row.
    let consent = world.outbound(id).await.consent.expect("it was read before the claim");
    assert_eq!(consent.may(ConsentPurpose::Marketing, Medium::WhatsApp), Ok(()));
    assert!(consent.opted_out_at.is_some() && consent.opted_in_at.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_turns_marketing_off_in_whatsapp_gets_none_and_everything_else() {
    let world = World::new().await;
    world.welcome_sells().await;
    world.writes(ANA, "Hello").await;
    world.wishes(ANA, Choice::In, Scope::EVERYTHING).await;
    world.turn("PT1M").await;
    let stop = preference(ANA, "stop", world.now().as_second());
    for _ in 0..2 {
        assert_eq!(world.meta_posts(&stop).await, 200);
        world.settle().await;
    }
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "opted_out"));
    let id = world.say(ANA, "Your room is ready").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, went("window_open"));

    let proofs = world.proofs(ANA).await;
    assert_eq!(proofs.len(), 2, "told twice it is one wish: {proofs:?}");
    let newest = proofs[0].wished;
    assert_eq!((newest.choice, newest.scope, newest.how), (Choice::Out, marketing_on_whatsapp(), How::ProviderEvent));
    world.turn("PT1M").await;
    assert_eq!(world.meta_posts(&preference(ANA, "resume", world.now().as_second())).await, 200);
    world.settle().await;
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
    // It is handled, and parked nowhere.
    assert_eq!(world.api("GET", "/v1/parked", Value::Null).await.1["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preference_of_somebody_unknown_is_not_lost() {
    let world = World::new().await;
    assert_eq!(world.meta_posts(&preference(BEN, "stop", world.now().as_second())).await, 200);
    world.turn("PT1M").await;
    world.writes(BEN, "Hello").await;
    let proofs = world.proofs(BEN).await;
    assert_eq!(proofs.len(), 1, "{proofs:?}");
    assert_eq!(proofs[0].wished.scope, marketing_on_whatsapp());
}

/// Meta says 131050: the customer stopped marketing, and its webhook was missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_because_marketing_is_off_is_the_last_one() {
    let world = World::new().await;
    world.welcome_sells().await;
    world.writes(ANA, "Hello").await;
    world.wishes(ANA, Choice::In, Scope::EVERYTHING).await;
    world.turn("PT1M").await;
    world.fault(json!({ "provider": "meta", "fault": "fail", "status": 400, "code": 131_050, "times": 1 }));
    let id = world.send(welcome(ANA)).await;
    world.settle().await;
    let it = world.get_message(id).await;
    assert_eq!((&it["state"], &it["failure"]["code"]), (&json!("failed"), &json!("131050")), "{it}");
    assert_eq!(world.fate(welcome(ANA)).await, is("refused", "opted_out"));
    assert_eq!(world.outside.refused().unwrap().len(), 1, "nobody asked once more");
    let id_of_text = world.say(ANA, "Your room is ready").await;
    world.settle().await;
    assert_eq!(world.fate_of(id_of_text).await, went("window_open"));
    let proof = world.proofs(ANA).await.remove(0);
    assert_eq!((proof.wished.scope, proof.wished.how), (marketing_on_whatsapp(), How::ProviderEvent));
    let details = proof.details.expect("it can be opened");
    assert_eq!((details.source.as_deref(), details.message), (Some("131050"), Some(id)));
}

/// Twilio says 21610: they wrote STOP by SMS, and its webhook was missed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_because_of_a_stop_by_sms_stops_sms_and_not_whatsapp() {
    let world = World::new().await;
    world.writes(CARLA, "Hello").await;
    world.turn("PT1M").await;
    world.fault(json!({ "provider": "twilio", "fault": "fail", "status": 400, "code": 21_610, "times": 1 }));
    let id = world.send(by_sms(CARLA, "Your table is ready")).await;
    world.settle().await;
    assert_eq!(world.get_message(id).await["failure"]["code"], "21610");
    assert_eq!(world.fate(by_sms(CARLA, "Your table is ready")).await, is("refused", "opted_out"));
    let text = world.say(CARLA, "Your table is ready").await;
    world.settle().await;
    assert_eq!(world.fate_of(text).await, went("window_open"));
    let proof = world.proofs(CARLA).await.remove(0);
    assert_eq!(proof.wished.scope, Scope { purposes: Purposes::ALL, media: Media::only(Medium::Sms) });
}

/// A word that only Twilio knows, by what is set there for the country.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_twilio_takes_for_a_stop_is_one() {
    let world = World::new().await;
    world.writes(CARLA, "Hello").await;
    world.turn("PT1M").await;
    let from = format!("+{CARLA}");
    let form = [
        ("MessageSid", "SM0stop"),
        ("SmsStatus", "received"),
        ("From", from.as_str()),
        ("To", TWILIO_SMS),
        ("Body", "Lasciatemi in pace"),
        ("OptOutType", "STOP"),
    ];
    for _ in 0..2 {
        assert_eq!(world.twilio_posts("demo-sms", "", &form).await, 200);
        world.settle().await;
        world.turn("PT1M").await;
    }
    let id = world.say(CARLA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, is("refused", "opted_out"));
    assert_eq!(world.proofs(CARLA).await.len(), 1, "told twice it is one wish");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_is_confirmed_once_however_often_its_webhook_comes() {
    let world = World::new().await;
    world.sets(ConsentSettings { confirm: true, ..ConsentSettings::default() }).await;
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    world.writes_with(ANA, "BAJA", json!({ "times": 3 })).await;
    world.turn("PT1M").await;
    let sent = world.texts_sent_to(ANA);
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(sent[0].starts_with("Ya no recibirá más mensajes"), "in the language of the word: {sent:?}");
    assert_eq!(world.confirmations(ANA).await, 1);
    // It is the last one, and answers nothing.
    let id = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, is("refused", "opted_out"));
    world.turn("PT25H").await;
    assert_eq!((world.texts_sent_to(ANA).len(), world.templates_sent_to(ANA)), (1, 0));
    // Coming back is confirmed as well.
    world.writes(ANA, "ALTA").await;
    assert_eq!(world.texts_sent_to(ANA).len(), 2);
    assert_eq!(world.confirmations(ANA).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_confirmed_by_sms_or_where_the_account_does_not_want_it() {
    let world = World::new().await;
    world.writes(ANA, "STOP").await;
    assert_eq!(world.confirmations(ANA).await, 0);
    world.sets(ConsentSettings { confirm: true, ..ConsentSettings::default() }).await;
    let from = format!("+{CARLA}");
    let form = [
        ("MessageSid", "SM1"),
        ("SmsStatus", "received"),
        ("From", from.as_str()),
        ("To", TWILIO_SMS),
        ("Body", "BAJA"),
    ];
    assert_eq!(world.twilio_posts("demo-sms", "", &form).await, 200);
    world.settle().await;
    assert!(world.sms_sent_to(CARLA).is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_on_the_list_is_written_to_by_nobody_whether_it_is_known_or_not() {
    let world = World::new().await;
    let account = world.account();
    world.writes(ANA, "Hello").await;
    world.turn("PT1M").await;
    let listed: Vec<Suppressed> = [ANA, BEN]
        .map(|customer| Suppressed {
            address: phone(customer),
            why: Some("asked by letter".into()),
            by: "import".into(),
        })
        .into();
    let put = suppression::suppress(&world.parts, &account, &listed, world.now()).await.unwrap();
    assert_eq!(put, 2);
    let again = suppression::suppress(&world.parts, &account, &listed, world.now()).await.unwrap();
    assert_eq!(again, 0, "they are there already");
    // Known: at once.
    let id = world.say(ANA, "One more thing").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, is("refused", "opted_out"));
    assert_eq!(world.proofs(ANA).await[0].wished.how, How::Suppression);
    // Not known: nobody is made of them by asking, and whoever is made of them has opted out.
    let (_, plan) = world.api("POST", "/v1/plan", welcome(BEN)).await;
    assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("refuse"), &json!("opted_out")), "{plan}");
    assert_eq!(world.fate(welcome(BEN)).await, is("refused", "opted_out"));
    assert!(world.accepted_for(BEN).is_empty());
    // The list is shown page by page.
    let first = suppression::list(&world.parts, &account, None, 1).await.unwrap();
    let second = suppression::list(&world.parts, &account, Some(&first[0].hash), 5).await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 1));
    let shown: Vec<_> = first.iter().chain(&second).filter_map(|it| it.suppressed.clone()).collect();
    assert!(listed.iter().all(|it| shown.contains(it)));
    // Off the list, the opt-out stands until they say otherwise.
    suppression::unsuppress(&world.parts, &account, &phone(BEN)).await.unwrap();
    assert_eq!(suppression::find(&world.parts, &account, &phone(BEN)).await.unwrap(), None);
    assert_eq!(world.fate(welcome(BEN)).await, is("refused", "opted_out"));
    world.turn("PT1M").await;
    world.writes(BEN, "START").await;
    assert_eq!(world.fate(welcome(BEN)).await, went("approved_template"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn templates_wait_for_room_under_the_accounts_cap_and_answers_do_not() {
    let world = World::new().await;
    let cap = Cap { purpose: ConsentPurpose::Utility, most: 1, per_hours: 24 };
    world.sets(ConsentSettings { caps: vec![cap], ..ConsentSettings::default() }).await;
    world.writes(ANA, "Hello").await;
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
    let (_, plan) = world.api("POST", "/v1/plan", welcome(ANA)).await;
    assert_eq!((&plan["plan"], &plan["reason"]["code"]), (&json!("wait"), &json!("frequency_cap")), "{plan}");
    let waits = world.send(welcome(ANA)).await;
    world.settle().await;
    assert_eq!(world.fate_of(waits).await, is("held", "frequency_cap"));
    // One whose time ends before there is room ends at once.
    let mut soon = welcome(ANA);
    soon["expires_at"] = json!((world.now() + jiff::SignedDuration::from_hours(2)).to_string());
    assert_eq!(world.fate(soon).await, is("refused", "frequency_cap"));
    // Answers are not capped, nor is somebody else.
    let id = world.say(ANA, "Your room is ready").await;
    world.settle().await;
    assert_eq!(world.fate_of(id).await, went("window_open"));
    assert_eq!(world.fate(welcome(BEN)).await, went("approved_template"));
    assert_eq!(world.templates_sent_to(ANA), 1);
    world.turn("PT23H").await;
    assert_eq!(world.fate_of(waits).await, is("held", "frequency_cap"));
    world.turn("PT1H5M").await;
    assert_eq!(world.fate_of(waits).await, went("approved_template"));
    assert_eq!(world.templates_sent_to(ANA), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_windows_template_goes_whatever_the_cap() {
    let world = World::new().await;
    let cap = Cap { purpose: ConsentPurpose::Utility, most: 1, per_hours: 240 };
    world.sets(ConsentSettings { caps: vec![cap], ..ConsentSettings::default() }).await;
    world.writes(ANA, "Is there parking?").await;
    assert_eq!(world.fate(welcome(ANA)).await, went("approved_template"));
    world.turn("PT1M").await;
    world.writes(ANA, "Hello?").await;
    world.turn("PT24H3M").await;
    assert_eq!(world.templates_sent_to(ANA), 2, "the welcome, and the fallback");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_proves_wishes_is_shown_page_by_page_and_after_an_erasure_without_its_words() {
    let world = World::new().await;
    world.keeps(json!({})).await;
    world.writes(ANA, "Hello").await;
    for (choice, scope) in
        [(Choice::In, Scope::EVERYTHING), (Choice::Out, Scope::MARKETING), (Choice::In, marketing_on_whatsapp())]
    {
        world.turn("PT1M").await;
        world.wishes(ANA, choice, scope).await;
    }
    let (account, contact) = (world.account(), world.contact_of(ANA).await);
    let page = async |before: Option<String>| {
        let page = consents::proofs(&world.parts, &account, contact, before.as_deref(), 2).await.expect("an answer");
        page.expect("the contact is there")
    };
    let first = page(None).await;
    let second = page(first.next.clone()).await;
    let choices: Vec<Choice> = first.proofs.iter().chain(&second.proofs).map(|proof| proof.wished.choice).collect();
    assert_eq!((choices, second.next), (vec![Choice::In, Choice::Out, Choice::In], None));
    let details = first.proofs[0].details.as_ref().expect("it can be opened");
    assert_eq!(details.source.as_deref(), Some("https://example.com/offers"));

    // She is handed it.
    let job = world.ask(&format!("/v1/contacts/{contact}/export"), json!({})).await;
    let lines = world.file(&job, "consents.jsonl").await;
    assert_eq!((lines.lines().count(), lines.contains("send me your offers")), (3, true), "{lines}");

    let job = world.ask(&format!("/v1/contacts/{contact}/erase"), json!({})).await;
    world.turn("PT3M").await;
    assert_eq!(world.job(&job).await["state"], "done");
    let left = page(None).await.proofs;
    assert!(left.len() == 2 && left.iter().all(|proof| proof.details.is_none()), "{left:?}");
    assert_eq!(world.readable("send me your offers").await, 0);
}
