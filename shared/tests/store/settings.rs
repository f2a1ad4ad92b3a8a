//! Settings, endpoints and tokens.

use std::collections::BTreeMap;

use transom::{
    domain::{
        access::token::ApiToken,
        channel::{Channel, Endpoint, Medium, ProviderKind},
        ladder::Ladder,
        template::{Definition, Template},
    },
    ports::store::{Access, Settings, Step},
};

use crate::world::{World, account, at};

fn endpoint(owner: &str) -> Endpoint {
    Endpoint {
        id: "meta-app".parse().unwrap(),
        account: owner.parse().unwrap(),
        provider: ProviderKind::Meta,
        public_url: "https://example.com/webhooks/meta-app".into(),
        signing_secret: "app-secret".parse().unwrap(),
        verify_token: None,
        numbers: BTreeMap::from([("106540352242922".to_owned(), "front-desk".parse().unwrap())]),
        early_until: None,
    }
}

fn channel(id: &str) -> Channel {
    Channel {
        id: id.parse().unwrap(),
        medium: Medium::WhatsApp,
        provider: ProviderKind::Meta,
        endpoint: "meta-app".parse().unwrap(),
        number: "106540352242922".into(),
        phone: transom::domain::Phone::parse("+14155550100").unwrap(),
        credentials: "token".parse().unwrap(),
        provider_account: None,
        sms: None,
        display_name: "The Grand".into(),
        messages_per_second: 80,
    }
}

fn template(name: &str, language: &str) -> Template {
    Template {
        references: BTreeMap::from([(ProviderKind::Twilio, "HX1".to_owned())]),
        ..Template::declared(name, language, Definition::of("Hello {{guest}}").living(3600))
    }
}

#[tokio::test]
async fn an_endpoint_belongs_to_the_account_that_put_it_first() {
    let world = World::new().await;
    let (mine, theirs) = (endpoint("mine"), endpoint("theirs"));
    assert_eq!(world.store.put_endpoint(&mine).await.unwrap(), Step::Done);
    assert_eq!(world.store.put_endpoint(&theirs).await.unwrap(), Step::Lost);
    assert_eq!(world.store.put_endpoint(&mine).await.unwrap(), Step::Done);
    assert_eq!(world.store.endpoint(&mine.id).await.unwrap(), Some(mine));
    assert_eq!(world.store.endpoint(&"none".parse().unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn an_accounts_settings_are_found_and_those_of_others_are_not() {
    let world = World::new().await;
    let (store, other) = (&world.store, "other".parse().unwrap());
    let (one, two) = (channel("a"), channel("b"));
    store.put_channel(&account(), &one).await.unwrap();
    store.put_channel(&account(), &two).await.unwrap();
    assert_eq!(store.channels(&account()).await.unwrap(), [one.clone(), two]);
    assert_eq!(store.channel(&account(), &one.id).await.unwrap(), Some(one.clone()));
    assert_eq!(store.channel(&other, &one.id).await.unwrap(), None);

    assert_eq!(store.ladder(&account()).await.unwrap(), None);
    store.put_ladder(&account(), &Ladder::default()).await.unwrap();
    assert_eq!(store.ladder(&account()).await.unwrap(), Some(Ladder::default()));

    store.add_token(&account(), "hash", &ApiToken::for_everything("hash", "test", at(0))).await.unwrap();
    let token = store.token("hash").await.unwrap().unwrap();
    assert_eq!((&token.account, token.calls_per_second, token.seats.len()), (&account(), None, 0));
    assert_eq!(store.limit_token("hash", Some(5)).await.unwrap(), Step::Done);
    assert_eq!(store.limit_token("other", Some(5)).await.unwrap(), Step::Lost);
    store.add_token(&account(), "hash", &ApiToken::for_everything("hash", "test", at(0))).await.unwrap();
    assert_eq!(store.token("hash").await.unwrap().unwrap().calls_per_second, Some(5), "its limit stays");
    assert_eq!(store.token("other").await.unwrap(), None);
}

#[tokio::test]
async fn a_templates_languages_are_found_by_its_name_alone() {
    let world = World::new().await;
    let all = [template("hi", "en"), template("hi", "es"), template("hi#en", "x"), template("ho", "en")];
    for template in &all {
        world.store.put_template(&account(), template).await.unwrap();
    }
    let read = world.store.templates(&account(), Some("hi")).await.unwrap();
    let written = all[..2].iter().map(|template| Template { rev: 1, ..template.clone() });
    assert_eq!(read, written.collect::<Vec<_>>());
    assert_eq!(world.store.templates(&account(), Some("h")).await.unwrap(), []);
    let names = world.store.templates(&account(), None).await.unwrap();
    assert_eq!(names.len(), 4);
}

/// Of two that read the same template, one writes it; and what was forgotten does not come back.
#[tokio::test]
async fn nobodys_change_of_a_template_is_lost() {
    let world = World::new().await;
    let one = template("hi", "en");
    assert_eq!(world.store.put_template(&account(), &one).await.unwrap(), Step::Done);
    assert_eq!(world.store.put_template(&account(), &one).await.unwrap(), Step::Lost, "it is there already");
    let read = world.store.templates(&account(), Some("hi")).await.unwrap().remove(0);
    assert_eq!(world.store.put_template(&account(), &read).await.unwrap(), Step::Done);
    assert_eq!(world.store.put_template(&account(), &read).await.unwrap(), Step::Lost);
    let read = world.store.templates(&account(), Some("hi")).await.unwrap().remove(0);
    world.store.remove_template(&account(), "hi", "en").await.unwrap();
    assert_eq!(world.store.put_template(&account(), &read).await.unwrap(), Step::Lost);
    assert_eq!(world.store.templates(&account(), None).await.unwrap(), []);
}
