//! Who takes part: three accounts with their numbers, twenty guests with their roles.

use std::collections::BTreeMap;

use serde_json::json;
use transom::{
    app::Parts,
    domain::{
        AccountId, ChannelId, EndpointId,
        access::token::ApiToken,
        channel::{Channel, Endpoint, Medium, ProviderKind, SecretName},
        hours::BusinessHours,
        ladder::{Action, Ladder, Moment},
        subscription::{Filter, Payload, SigningSecrets, Subscription},
        template::{Definition, Template},
    },
    ports::store::Stored,
    seal::{Sealed, sha256_hex},
};

use crate::{
    invariants::OF_ACCOUNT,
    outside::{Kind, SECRET},
};

/// Index of an account, a number or a person in the [`Cast`].
pub type Index = usize;

#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    /// Of the JSON API.
    pub token: String,
}

/// One sender address, as both sides know it.
#[derive(Debug, Clone)]
pub struct Number {
    pub account: Index,
    pub provider: ProviderKind,
    pub medium: Medium,
    /// The provider's name of it.
    pub number: String,
    /// `+` and digits.
    pub phone: String,
    /// Of the channel and of the endpoint.
    pub name: String,
    pub sms: Option<Index>,
}

impl Number {
    pub fn public_url(&self) -> String {
        format!("https://hotel.example/webhooks/{}", self.name)
    }
    pub fn signing_secret(&self) -> String {
        format!("signing-secret-of-{}", self.name)
    }
    pub fn access_token(&self) -> String {
        // Twilio signs with the very token that it is called with.
        match self.provider {
            ProviderKind::Meta => format!("access-token-of-{}", self.name),
            ProviderKind::Twilio => self.signing_secret(),
        }
    }
    pub fn account_sid(&self) -> String {
        format!("AC{}", &sha256_hex(self.name.as_bytes())[..32])
    }
    /// Twilio's way to write an address of this number's medium.
    pub fn address(&self, plain: &str) -> String {
        match self.medium {
            Medium::WhatsApp => format!("whatsapp:{plain}"),
            Medium::Sms => plain.to_owned(),
        }
    }
}

/// Somebody with a phone.
#[derive(Debug, Clone)]
pub struct Person {
    /// `+` and digits.
    pub phone: String,
    /// Their id within a business portfolio.
    pub user_id: String,
    pub name: String,
    pub on_whatsapp: bool,
}

/// What a guest does in the reference workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Writes and is answered, all day long.
    Chatty,
    /// Writes and is not answered; comes back by the template's button.
    LeftWaiting,
    /// Is answered after the window's end.
    AnsweredLate,
    /// Says STOP while answers are on their way, and START a day later.
    StopsAndStarts,
    /// Is known by a number, then by an id, then by both.
    TwoNames,
    /// Is not on WhatsApp any more; comes back by the SMS's link from another number.
    Unreachable,
    /// Is written to first, by template.
    Invited,
    /// Is answered in the last seconds of the window, and the first after it.
    Brink,
    /// Gets more answers at once than one customer may.
    Burst,
}

#[derive(Debug, Clone)]
pub struct Guest {
    pub person: Index,
    /// The account's WhatsApp number that they write to.
    pub number: Index,
    pub role: Role,
}

#[derive(Debug, Clone)]
pub struct Cast {
    pub accounts: Vec<Account>,
    pub numbers: Vec<Number>,
    pub people: Vec<Person>,
    pub guests: Vec<Guest>,
    /// The other phone of the unreachable guest.
    pub other_phone: Index,
    /// Who asks to be forgotten, in some seeds.
    pub forgotten: Index,
}

pub const ACCOUNTS: [&str; 3] = ["aurora", "bristol", "citadel"];
const TEMPLATES: [&str; 3] = ["fallback", "answer_waiting", "welcome"];

impl Default for Cast {
    fn default() -> Self {
        use Role::{AnsweredLate, Brink, Burst, Chatty, Invited, LeftWaiting, StopsAndStarts, TwoNames, Unreachable};
        let accounts = ACCOUNTS
            .iter()
            .map(|name| Account { id: name.parse().expect("a slug"), token: format!("token-of-{name}") })
            .collect();
        let number = |account, provider, medium, number: &str, phone: &str, name: &str, sms| Number {
            account,
            provider,
            medium,
            number: number.to_owned(),
            phone: phone.to_owned(),
            name: name.to_owned(),
            sms,
        };
        let (meta, twilio) = (ProviderKind::Meta, ProviderKind::Twilio);
        let numbers = vec![
            number(0, meta, Medium::WhatsApp, "106540352242922", "+15550783881", "aurora-whatsapp", Some(1)),
            number(0, twilio, Medium::Sms, "+14155550111", "+14155550111", "aurora-sms", None),
            number(1, twilio, Medium::WhatsApp, "+14155550100", "+14155550100", "bristol-whatsapp", Some(3)),
            number(1, twilio, Medium::Sms, "+14155550122", "+14155550122", "bristol-sms", None),
            number(2, meta, Medium::WhatsApp, "206540352242922", "+15550783999", "citadel-whatsapp", None),
        ];
        let roles: [(Index, &[Role]); 3] = [
            (0, &[Chatty, Chatty, LeftWaiting, AnsweredLate, StopsAndStarts, TwoNames, Unreachable, Brink]),
            (2, &[Chatty, Chatty, LeftWaiting, AnsweredLate, StopsAndStarts, Invited, Brink]),
            (4, &[Chatty, Chatty, LeftWaiting, TwoNames, Burst]),
        ];
        let mut people = Vec::new();
        let mut guests = Vec::new();
        for (number, roles) in roles {
            for (place, role) in roles.iter().enumerate() {
                // The first guest of the third account is also the first guest of the first one: accounts never meet.
                let person = if number == 4 && place == 0 { 0 } else { people.len() };
                if person == people.len() {
                    people.push(person_at(person, *role != Unreachable));
                }
                guests.push(Guest { person, number, role: *role });
            }
        }
        let other_phone = people.len();
        people.push(person_at(other_phone, true));
        let forgotten = people.len();
        people.push(person_at(forgotten, true));
        Self { accounts, numbers, people, guests, other_phone, forgotten }
    }
}

fn person_at(place: Index, on_whatsapp: bool) -> Person {
    let phone = format!("+1650555{:04}", 1000 + place);
    Person {
        user_id: format!("US.{:020}", 7_000_000_000_000 + place),
        name: format!("Guest {place}"),
        phone,
        on_whatsapp,
    }
}

impl Cast {
    pub fn account_of(&self, number: Index) -> &Account {
        &self.accounts[self.numbers[number].account]
    }

    pub fn person_by_phone(&self, phone: &str) -> Option<Index> {
        self.people.iter().position(|person| person.phone == phone)
    }

    pub fn person_by_user_id(&self, id: &str) -> Option<Index> {
        self.people.iter().position(|person| person.user_id == id)
    }

    pub fn template_by_sid(&self, sid: &str) -> Option<&'static str> {
        TEMPLATES.into_iter().find(|name| content_sid(name) == sid)
    }

    /// The secret's values, as the secret store has them.
    pub fn secret(&self, account: &AccountId, name: &SecretName) -> Option<String> {
        if name.as_str() == "account-key" {
            return Some(sha256_hex(format!("account key of {account}").as_bytes()));
        }
        let number = |suffix: &str| {
            let of = name.as_str().strip_prefix(suffix)?;
            self.numbers.iter().find(|n| n.name == of && self.accounts[n.account].id == *account)
        };
        number("signing-").map(Number::signing_secret).or_else(|| number("access-").map(Number::access_token))
    }

    /// What an account's ladder is. Where nothing goes wrong each account has another, and times are held against it;
    /// elsewhere all have the standard one.
    pub fn ladder(&self, account: &AccountId, calm: bool) -> Ladder {
        let place = self.accounts.iter().position(|it| it.id == *account).filter(|_| calm);
        match place {
            Some(1) => desk_ladder(180, 30, Some(desk_hours())),
            Some(2) => desk_ladder(20, 11 * 60, None),
            Some(_) | None => Ladder::default(),
        }
    }

    /// Stores what the accounts set up.
    pub async fn store(&self, parts: &Parts, calm: bool) -> Stored<()> {
        for number in &self.numbers {
            let account = &self.accounts[number.account].id;
            parts.store.put_endpoint(&endpoint(account, number)).await?;
            parts.store.put_channel(account, &self.channel(number)).await?;
        }
        for account in &self.accounts {
            let hash = sha256_hex(account.token.as_bytes());
            let token = ApiToken::for_everything(&hash, "a program", parts.now());
            parts.store.add_token(&account.id, &hash, &token).await?;
            parts.store.put_ladder(&account.id, &self.ladder(&account.id, calm)).await?;
            for name in TEMPLATES {
                parts.store.put_template(&account.id, &template(name)).await?;
            }
        }
        Ok(())
    }

    /// One account has programs that are told of everything.
    pub async fn subscribe(&self, parts: &Parts) -> Stored<()> {
        let account = &self.accounts[OF_ACCOUNT].id;
        let key = parts.keys(account).await.expect("the account has keys");
        for kind in Kind::ALL {
            let subscription = Subscription {
                batch: None,
                id: kind.name().parse().expect("a slug"),
                account: account.clone(),
                url: format!("https://{}.example/", kind.name()),
                kinds: kind.wants().to_vec(),
                filter: Filter::default(),
                payload: if kind == Kind::Steady { Payload::Full } else { Payload::Thin },
                enabled: true,
                disabled_why: None,
                secrets: Sealed::new(&SigningSecrets::new(SECRET.to_owned()), key.own(), parts.nonce()),
                created_at: parts.now(),
            };
            parts.store.put_subscription(&subscription).await?;
        }
        Ok(())
    }

    fn channel(&self, number: &Number) -> Channel {
        let id = |name: &str| name.parse::<ChannelId>().expect("a slug");
        // Built as the API would read it, so that what is optional has its default.
        serde_json::from_value(json!({
            "id": number.name,
            "medium": number.medium,
            "provider": number.provider,
            "endpoint": number.name,
            "number": number.number,
            "phone": number.phone,
            "credentials": format!("access-{}", number.name),
            "provider_account": (number.provider == ProviderKind::Twilio).then(|| number.account_sid()),
            "sms": number.sms.map(|sms| id(&self.numbers[sms].name)),
            "display_name": "Hotel",
        }))
        .expect("a channel")
    }
}

fn endpoint(account: &AccountId, number: &Number) -> Endpoint {
    let wire = match (number.provider, number.medium) {
        (ProviderKind::Twilio, Medium::WhatsApp) => format!("whatsapp:{}", number.number),
        _ => number.number.clone(),
    };
    Endpoint {
        id: number.name.parse::<EndpointId>().expect("a slug"),
        account: account.clone(),
        provider: number.provider,
        public_url: number.public_url(),
        signing_secret: format!("signing-{}", number.name).parse().expect("a secret's name"),
        verify_token: None,
        numbers: BTreeMap::from([(wire, number.name.parse().expect("a slug"))]),
        early_until: None,
    }
}

fn template(name: &str) -> Template {
    Template {
        references: BTreeMap::from([(ProviderKind::Twilio, content_sid(name))]),
        ..Template::declared(
            name,
            "en",
            Definition::of(format!("The words of {name}.")).living(3600).with_buttons(&["Yes, please"]),
        )
    }
}

fn content_sid(name: &str) -> String {
    format!("HX{}", &sha256_hex(name.as_bytes())[..32])
}

/// The standard steps at other times: the holding message so many minutes before the window's end, the SMS so many after the
/// template.
fn desk_ladder(holding: u32, texted: u32, business_hours: Option<BusinessHours>) -> Ladder {
    let mut ladder = Ladder { business_hours, ..Ladder::default() };
    for step in &mut ladder.steps {
        match (&mut step.when, &step.action) {
            (Moment::BeforeEnd { minutes }, Action::HoldingMessage { .. }) => *minutes = holding,
            (Moment::AfterTemplate { minutes }, _) => *minutes = texted,
            _ => {}
        }
    }
    ladder
}

/// A desk that is closed at night and on Sundays.
fn desk_hours() -> BusinessHours {
    let day = json!([["08:00", "20:00"]]);
    let hours = json!({ "time_zone": "Europe/Madrid", "weekly": {
        "monday": day, "tuesday": day, "wednesday": day, "thursday": day, "friday": day, "saturday": day,
    }});
    serde_json::from_value(hours).expect("they are hours")
}

#[cfg(test)]
mod tests {
    use transom::domain::Phone;

    use super::*;

    #[test]
    fn there_are_three_accounts_and_twenty_guests_and_one_person_is_a_guest_of_two() {
        let cast = Cast::default();
        assert_eq!(cast.accounts.len(), 3);
        assert_eq!(cast.guests.len(), 20);
        assert_eq!(cast.guests.iter().filter(|guest| guest.person == 0).count(), 2);
        for person in &cast.people {
            assert!(Phone::from_e164(&person.phone).is_some(), "{}", person.phone);
        }
    }
}
