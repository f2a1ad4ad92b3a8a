//! What proves wishes, whom nobody writes to, and places under a cap.

use transom::{
    domain::{
        consent::{CappedSend, Choice, ConsentPurpose, ConsentSettings, Details, How, Scope, Wished},
        contact::Address,
        ids::MessageKey,
    },
    ports::store::{CappedSends, Consents, EvidenceLine, Put, Step, Suppressed, SuppressionRow},
    seal::Sealed,
};

use crate::world::{World, account, at, contact_id, hash, key};

fn line(name: &str, seconds: i64) -> EvidenceLine {
    EvidenceLine {
        name: name.to_owned(),
        wished: Wished { choice: Choice::In, scope: Scope::MARKETING, at: at(seconds), how: How::Booking },
        recorded_at: at(seconds + 1),
        details: Sealed::new(&Details::by("customer"), &key(1), [2; 12]),
    }
}

#[tokio::test]
async fn evidence_is_kept_once_and_listed_newest_first_page_by_page() {
    let world = World::new().await;
    let lines = [line("b", 5), line("a", 5), line("c", 9)];
    for each in &lines {
        assert_eq!(world.store.put_evidence(&account(), contact_id(1), each).await.unwrap(), Put::New);
        assert_eq!(world.store.put_evidence(&account(), contact_id(1), each).await.unwrap(), Put::Already);
    }
    let page = async |before: Option<&str>, limit| {
        world.store.evidence(&account(), contact_id(1), before, limit).await.unwrap()
    };
    let [b, a, c] = lines;
    assert_eq!(page(None, 10).await, [c.clone(), b.clone(), a.clone()]);
    assert_eq!(page(None, 2).await, [c.clone(), b.clone()]);
    assert_eq!(page(Some(&b.place()), 2).await, [a]);
    // From a place on that has no line of its own.
    assert_eq!(page(Some(&line("zz", 9).place()), 1).await, [c]);
    assert_eq!(world.store.evidence(&account(), contact_id(2), None, 10).await.unwrap(), []);
}

#[tokio::test]
async fn evidence_is_no_part_of_what_is_read_of_a_contact_and_cannot_be_read_by_its_row() {
    use transom::ports::store::Contacts;
    let world = World::new().await;
    world.store.put_contact(&account(), &crate::world::contact(1)).await.unwrap();
    let before = world.store.contact(&account(), contact_id(1)).await.unwrap();
    world.store.put_evidence(&account(), contact_id(1), &line("a", 5)).await.unwrap();
    assert_eq!(world.store.contact(&account(), contact_id(1)).await.unwrap(), before);
}

fn row(name: &str, seconds: i64) -> SuppressionRow {
    let address = Address::UserId(format!("US.{name}"));
    let suppressed = Suppressed { address, why: Some("asked by letter".into()), by: "import".into() };
    SuppressionRow { hash: hash(name), since: at(seconds), sealed: Some(Sealed::new(&suppressed, &key(9), [3; 12])) }
}

#[tokio::test]
async fn an_address_is_on_the_list_once_since_it_was_first_put_there() {
    let world = World::new().await;
    let (ana, ben) = (row("ana", 1), row("ben", 2));
    for each in [&ana, &ben] {
        assert_eq!(world.store.suppress(&account(), each).await.unwrap(), Put::New);
    }
    assert_eq!(world.store.suppress(&account(), &row("ana", 7)).await.unwrap(), Put::Already);
    assert_eq!(world.store.suppression(&account(), &hash("ana")).await.unwrap(), Some(ana.clone()));
    assert_eq!(world.store.suppression(&account(), &hash("carla")).await.unwrap(), None);
    assert_eq!(world.store.suppression(&"other".parse().unwrap(), &hash("ana")).await.unwrap(), None);
    let list = async |after: Option<&str>, limit| {
        let after = after.map(hash);
        world.store.suppressions(&account(), after.as_ref(), limit).await.unwrap()
    };
    assert_eq!(list(None, 10).await, [ana.clone(), ben.clone()]);
    assert_eq!(list(None, 1).await, std::slice::from_ref(&ana));
    assert_eq!(list(Some("ana"), 1).await, std::slice::from_ref(&ben));

    // Whose address it is can be forgotten; that it is on the list stays.
    world.store.forget_suppressed(&account(), &[hash("ana"), hash("carla")]).await.unwrap();
    assert_eq!(list(None, 10).await, [SuppressionRow { sealed: None, ..ana }, ben]);
    world.store.unsuppress(&account(), &hash("ana")).await.unwrap();
    assert_eq!(world.store.suppression(&account(), &hash("ana")).await.unwrap(), None);
}

#[tokio::test]
async fn of_two_that_take_a_place_at_once_one_looks_again() {
    let world = World::new().await;
    let send = |number: u128| CappedSend { message: MessageKey::from_bits(number), at: at(5) };
    let read = async || world.store.capped_sends(&account(), contact_id(1), ConsentPurpose::Marketing).await.unwrap();
    let note = async |taken: &CappedSends| {
        let purpose = ConsentPurpose::Marketing;
        world.store.note_capped_sends(&account(), contact_id(1), purpose, taken).await.unwrap()
    };
    assert_eq!(read().await, CappedSends::default());
    let first = CappedSends { sends: vec![send(1)], rev: 0 };
    assert_eq!(note(&first).await, Step::Done);
    assert_eq!(note(&CappedSends { sends: vec![send(2)], rev: 0 }).await, Step::Lost);
    assert_eq!(read().await, CappedSends { rev: 1, ..first });
    let both = CappedSends { sends: vec![send(1), send(2)], rev: 1 };
    assert_eq!(note(&both).await, Step::Done);
    assert_eq!(note(&both).await, Step::Lost);
    // Another purpose has places of its own.
    let other = world.store.capped_sends(&account(), contact_id(1), ConsentPurpose::Utility).await.unwrap();
    assert_eq!(other, CappedSends::default());
}

#[tokio::test]
async fn what_is_set_about_consent_is_the_default_until_it_is_set() {
    let world = World::new().await;
    assert_eq!(world.store.consent_settings(&account()).await.unwrap(), ConsentSettings::default());
    let settings = ConsentSettings { stop_words: vec!["adiós".into()], confirm: true, ..ConsentSettings::default() };
    world.store.put_consent_settings(&account(), &settings).await.unwrap();
    assert_eq!(world.store.consent_settings(&account()).await.unwrap(), settings);
    assert_eq!(world.store.consent_settings(&"other".parse().unwrap()).await.unwrap(), ConsentSettings::default());
}
