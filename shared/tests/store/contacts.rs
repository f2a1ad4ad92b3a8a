//! Contacts, identities, consent and merging.

use transom::{
    domain::{
        channel::Medium,
        consent::{Choice, Consent, ConsentPurpose, ConsentWord, How, Scope, Wished},
        contact::Profile,
    },
    ports::store::{Consents, Contacts, Identity, Step},
    seal::Sealed,
};

use crate::world::{World, account, address, at, contact, contact_id, hash, key, wrapped};

async fn link(world: &World, n: u8, name: &str, phone: bool) -> Identity {
    let (id, key) = (contact_id(n.into()), wrapped(n));
    world.store.link(&account(), id, &hash(name), &address(name), phone, &key).await.unwrap()
}

/// Contact 1 with a phone and an id, contact 2 with a phone of its own.
async fn two_contacts() -> World {
    let world = World::new().await;
    for n in [1, 2] {
        world.store.put_contact(&account(), &contact(n)).await.unwrap();
    }
    link(&world, 1, "id", false).await;
    link(&world, 1, "phone1", true).await;
    link(&world, 2, "phone2", true).await;
    world
}

async fn leads_to(world: &World, name: &str) -> Identity {
    world.store.identities(&account(), &[hash(name)]).await.unwrap().remove(0).unwrap()
}

#[tokio::test]
async fn identities_are_answered_in_the_order_of_the_questions() {
    let world = two_contacts().await;
    let asked = ["phone2", "nobody", "id", "phone2"].map(hash);
    let found = world.store.identities(&account(), &asked).await.unwrap();
    let ids: Vec<_> = found.iter().map(|found| found.as_ref().map(|it| it.contact)).collect();
    assert_eq!(ids, [Some(contact_id(2)), None, Some(contact_id(1)), Some(contact_id(2))]);
    assert_eq!(found[2].as_ref().unwrap().key, wrapped(1));
    assert_eq!(world.store.identities(&account(), &[]).await.unwrap(), []);
    let many: Vec<_> = (0..250).map(|n| hash(&n.to_string())).collect();
    assert_eq!(world.store.identities(&account(), &many).await.unwrap(), vec![None; 250]);
    assert_eq!(world.store.identities(&"other".parse().unwrap(), &asked).await.unwrap(), vec![None; 4]);
}

#[tokio::test]
async fn an_address_that_was_linked_first_keeps_its_contact_and_the_other_adopts_it() {
    let world = two_contacts().await;
    let found = link(&world, 2, "phone1", true).await;
    assert_eq!((found.contact, found.key), (contact_id(1), wrapped(1)));
    let again = link(&world, 1, "phone1", true).await;
    assert_eq!(again.contact, contact_id(1));
}

#[tokio::test]
async fn a_contact_is_found_with_all_that_is_known_phones_first() {
    let world = two_contacts().await;
    let profile =
        Sealed::new(&Profile { name: Some("Ana".into()), language: None, ..Profile::default() }, &key(1), [3; 12]);
    world.store.set_profile(&account(), contact_id(1), &profile).await.unwrap();
    world.store.record_consent(&account(), contact_id(1), &ConsentWord::Stop.wished(at(5))).await.unwrap();
    world.store.put_contact(&account(), &contact(1)).await.unwrap(); // A repetition puts nothing over it.

    let found = world.store.contact(&account(), contact_id(1)).await.unwrap().unwrap();
    let mut expected = contact(1);
    expected.addresses = vec![(hash("phone1"), address("phone1")), (hash("id"), address("id"))];
    expected.profile = Some(profile.clone());
    expected.consent = Consent { opted_out_at: Some(at(5)), ..Consent::default() };
    assert_eq!(found, expected);
    assert_eq!(world.store.contact(&account(), contact_id(9)).await.unwrap(), None);
    world.store.set_profile(&account(), contact_id(9), &profile).await.unwrap();
    assert_eq!(world.store.contact(&account(), contact_id(9)).await.unwrap(), None);
}

#[tokio::test]
async fn consent_is_the_newest_word_of_each_kind_whatever_the_order() {
    let world = World::new().await;
    let words = [(ConsentWord::Start, 7), (ConsentWord::Stop, 5), (ConsentWord::Stop, 9), (ConsentWord::Stop, 8)];
    for (word, seconds) in words {
        world.store.record_consent(&account(), contact_id(1), &word.wished(at(seconds))).await.unwrap();
    }
    let consent = world.store.consent(&account(), contact_id(1)).await.unwrap();
    let expected = Consent { opted_out_at: Some(at(9)), opted_in_at: Some(at(7)), ..Consent::default() };
    assert_eq!(consent, expected);
    assert_eq!(world.store.consent(&account(), contact_id(2)).await.unwrap(), Consent::default());
}

#[tokio::test]
async fn a_wish_about_one_purpose_raises_only_that_and_an_older_one_nothing() {
    let world = World::new().await;
    let marketing = |choice, seconds| Wished { choice, scope: Scope::MARKETING, at: at(seconds), how: How::WebForm };
    let mut expected = Consent::default();
    for wished in [marketing(Choice::In, 5), marketing(Choice::Out, 9), marketing(Choice::In, 7)] {
        world.store.record_consent(&account(), contact_id(1), &wished).await.unwrap();
        expected = expected.with(&wished);
        assert_eq!(world.store.consent(&account(), contact_id(1)).await.unwrap(), expected);
    }
    let said = expected.specific.of(ConsentPurpose::Marketing, Medium::Sms);
    assert_eq!((said.out, said.back), (Some(at(9)), Some(at(7))));
    // With the contact it is the same.
    world.store.put_contact(&account(), &contact(1)).await.unwrap();
    assert_eq!(world.store.contact(&account(), contact_id(1)).await.unwrap().unwrap().consent, expected);
}

#[tokio::test]
async fn after_a_merge_every_address_leads_to_the_survivor_and_its_key() {
    let world = two_contacts().await;
    for _ in 0..2 {
        let merged = world.store.merge_contacts(&account(), contact_id(1), contact_id(2), at(9)).await.unwrap();
        assert_eq!(merged, Step::Done);
        let found = leads_to(&world, "phone2").await;
        assert_eq!((found.contact, &found.key), (contact_id(1), &wrapped(1)));
        assert_eq!(found.former, Some((contact_id(2), at(9))));
        assert_eq!(leads_to(&world, "phone1").await.former, None);
    }
    let survivor = world.store.contact(&account(), contact_id(1)).await.unwrap().unwrap();
    assert_eq!((survivor.former, survivor.survivor), (vec![contact_id(2)], None));
    let former = world.store.contact(&account(), contact_id(2)).await.unwrap().unwrap();
    assert_eq!((former.survivor, former.key), (Some(contact_id(1)), Some(wrapped(2))));
}

#[tokio::test]
async fn a_merge_that_is_taken_back_leaves_everything_as_it_was() {
    let world = two_contacts().await;
    let before = (
        world.store.contact(&account(), contact_id(1)).await.unwrap(),
        world.store.contact(&account(), contact_id(2)).await.unwrap(),
        leads_to(&world, "phone2").await,
    );
    world.store.merge_contacts(&account(), contact_id(1), contact_id(2), at(9)).await.unwrap();
    let unmerge = async || world.store.unmerge_contacts(&account(), contact_id(1), contact_id(2)).await.unwrap();
    let (account, one, two) = (account(), contact_id(1), contact_id(2));
    assert_eq!(world.store.unmerge_contacts(&account, two, one).await.unwrap(), Step::Lost);
    assert_eq!(unmerge().await, Step::Done);
    assert_eq!(unmerge().await, Step::Lost);
    let after = (
        world.store.contact(&account, one).await.unwrap(),
        world.store.contact(&account, two).await.unwrap(),
        leads_to(&world, "phone2").await,
    );
    assert_eq!(after, before);
}

#[tokio::test]
async fn merges_in_opposite_directions_never_lose_both_contacts() {
    let world = two_contacts().await;
    let account = account();
    let (one, two) = tokio::join!(
        world.store.merge_contacts(&account, contact_id(1), contact_id(2), at(9)),
        world.store.merge_contacts(&account, contact_id(2), contact_id(1), at(9)),
    );
    let mut steps = [one.unwrap(), two.unwrap()];
    steps.sort_by_key(|step| *step == Step::Lost);
    assert_eq!(steps, [Step::Done, Step::Lost]);
    assert_eq!(world.store.merge_contacts(&account, contact_id(1), contact_id(1), at(9)).await.unwrap(), Step::Lost);
    assert_eq!(world.store.merge_contacts(&account, contact_id(1), contact_id(8), at(9)).await.unwrap(), Step::Lost);
}

#[tokio::test]
async fn a_survivor_that_is_merged_itself_brings_its_former_contacts_along() {
    let world = two_contacts().await;
    world.store.put_contact(&account(), &contact(3)).await.unwrap();
    let merge = |survivor, former| world.store.merge_contacts_at_nine(survivor, former);
    assert_eq!(merge(1, 2).await, Step::Done);
    assert_eq!(merge(3, 1).await, Step::Done);
    assert_eq!(merge(1, 2).await, Step::Lost, "the survivor has a survivor");
    let survivor = world.store.contact(&account(), contact_id(3)).await.unwrap().unwrap();
    assert_eq!(survivor.former, [contact_id(1), contact_id(2)]);
    for (name, former) in [("phone1", 1), ("phone2", 2), ("id", 1)] {
        let found = leads_to(&world, name).await;
        assert_eq!((found.contact, found.key), (contact_id(3), wrapped(3)), "{name}");
        assert_eq!(found.former, Some((contact_id(former), at(9))), "{name}");
    }
}

/// A test's shorthand.
trait Merge {
    async fn merge_contacts_at_nine(&self, survivor: u128, former: u128) -> Step;
}
impl<T: Contacts + Sync> Merge for T {
    async fn merge_contacts_at_nine(&self, survivor: u128, former: u128) -> Step {
        self.merge_contacts(&account(), contact_id(survivor), contact_id(former), at(9)).await.unwrap()
    }
}
