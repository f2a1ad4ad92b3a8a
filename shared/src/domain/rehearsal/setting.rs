//! What a rehearsal goes by: a ladder made ready for one channel, with its templates, prices and assumptions.

use std::sync::Arc;

use super::{Assumptions, Customer};
use crate::domain::{
    Phone, Timestamp,
    contact::{Address, AddressHash},
    content::{Content, TemplateContent},
    cost::{Cost, Kind, PriceList, Wish},
    ladder::{ALWAYS_KNOWN, Action, Ladder, Step},
    sending::DEFAULT_LIFE,
    template::{Category, Definition, Place, Status, Template, choose_language},
    time::SignedDuration,
    window::{ServiceWindow, WindowState},
};

/// One ladder on one WhatsApp channel.
#[derive(Debug, Clone)]
pub struct Setting {
    pub(super) ladder: Ladder,
    /// Who carries messages to WhatsApp, by its name in the price list.
    provider: String,
    /// The channel has an SMS channel.
    pub(super) can_text: bool,
    templates: Vec<Prepared>,
    prices: Arc<PriceList>,
    pub(super) assume: Assumptions,
    /// For how long an answer is held whose sender names no end.
    pub(super) life: SignedDuration,
    pub(super) stand_ins: StandIns,
}

/// The template of one step.
#[derive(Debug, Clone)]
struct Prepared {
    step: String,
    languages: Vec<Ready>,
}

/// A template in one language.
#[derive(Debug, Clone)]
pub(super) struct Ready {
    pub template: Template,
    pub status: Status,
    pub category: Category,
    pub content: Content,
}

/// What stands in for what is sealed: an address, an answer's words, its template.
#[derive(Debug, Clone)]
pub(super) struct StandIns {
    pub hash: AddressHash,
    phone: [(AddressHash, Address); 1],
    nameless: [(AddressHash, Address); 1],
    pub text: Content,
    pub template: Template,
    pub of_template: Content,
}

impl StandIns {
    fn new() -> Self {
        let hash = AddressHash("customer".to_owned());
        let phone = Phone::from_e164("+15550100000").expect("it has the form of a number");
        let template = Template::declared("template", "en", Definition::of("…"));
        let content = TemplateContent { name: "template".into(), language: "en".into(), values: [].into() };
        Self {
            phone: [(hash.clone(), Address::Phone(phone))],
            nameless: [(hash.clone(), Address::UserId("XX.1".to_owned()))],
            text: Content::text("…"),
            template,
            of_template: Content::Template(content),
            hash,
        }
    }

    pub(super) fn addresses(&self, customer: &Customer) -> &[(AddressHash, Address)] {
        if customer.has_phone { &self.phone } else { &self.nameless }
    }
}

impl Setting {
    /// `ladder`: as it is for the channel. `templates`: all that the account has; `place`: where the channel's are
    /// approved, `None`: where each stands best.
    pub fn new(
        ladder: Ladder,
        templates: &[Template],
        place: Option<&Place>,
        can_text: bool,
        prices: Arc<PriceList>,
        assume: Assumptions,
    ) -> Self {
        let prepared = ladder.steps.iter().filter_map(|step| prepare(step, templates, place)).collect();
        let provider = place.map_or("", |place| place.provider.word()).to_owned();
        let life = ladder.gives_up_after().unwrap_or(DEFAULT_LIFE);
        Self { ladder, provider, can_text, templates: prepared, prices, assume, life, stand_ins: StandIns::new() }
    }

    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// The template that a step sends this customer: in the language that they would get of those that may be sent.
    pub(super) fn template(&self, step: &Step, customer: &Customer) -> Option<&Ready> {
        let prepared = self.templates.iter().find(|it| it.step == step.name)?;
        let of = |usable: bool| -> Vec<&Template> {
            let fits = |it: &&Ready| !usable || it.status == Status::Approved;
            prepared.languages.iter().filter(fits).map(|it| &it.template).collect()
        };
        let usable = of(true);
        let all = if usable.is_empty() { of(false) } else { usable };
        let chosen = choose_language(&all, customer.language.as_deref(), &self.ladder.default_language)?;
        prepared.languages.iter().find(|it| it.template.language == chosen.language)
    }

    /// What one message is expected to cost.
    pub(super) fn cost(&self, kind: Kind, customer: &Customer, window: ServiceWindow, at: Timestamp) -> Cost {
        let Some(country) = customer.country else { return Cost::unpriced() };
        self.prices.expected(&Wish {
            kind,
            country,
            provider: &self.provider,
            at,
            window_open: matches!(window.state(at), WindowState::Open | WindowState::Closing),
            free_entry: customer.free_entry_until.is_some_and(|until| at < until),
            service_messages_this_month: None,
        })
    }

    /// What a step would cost, if it sends something. `held`: so many answers wait.
    pub(super) fn cost_of_step(
        &self,
        step: &Step,
        customer: &Customer,
        window: ServiceWindow,
        held: usize,
        at: Timestamp,
    ) -> Option<Cost> {
        let one = |kind| Some(self.cost(kind, customer, window, at));
        match &step.action {
            Action::SendTemplate { .. } => {
                let ready = self.template(step, customer);
                one(Kind::Template(ready.map(|it| it.category).unwrap_or_default()))
            }
            Action::SmsInvite { .. } => one(ONE_SMS),
            Action::HoldingMessage { .. } => one(Kind::Service),
            Action::SmsContent {} => one(ONE_SMS).map(|cost| {
                let times = u32::try_from(held).unwrap_or(u32::MAX);
                Cost { amount: cost.amount.map(|amount| amount.times(times)), ..cost }
            }),
            Action::Remind {} | Action::Notify { .. } | Action::Hold {} | Action::GiveUp { .. } => None,
        }
    }
}

/// What an answer says is sealed: an SMS of it is one segment at least. An invitation is checked to be one.
pub(super) const ONE_SMS: Kind = Kind::Sms { segments: 1 };

fn prepare(step: &Step, templates: &[Template], place: Option<&Place>) -> Option<Prepared> {
    let Action::SendTemplate { template: name, values } = &step.action else { return None };
    let category = |template: &Template| place.map_or(template.definition.category, |place| template.category(place));
    let of_name = templates.iter().filter(|template| template.name == *name);
    // What is known of a customer fills it in earnest; a ladder is checked to do without.
    let always = ALWAYS_KNOWN.map(|name| (name.to_owned(), "…".to_owned())).into();
    let languages = of_name.map(|template| Ready {
        status: place.map_or_else(|| template.status_anywhere(), |place| template.status(place)),
        category: category(template),
        content: Content::Template(TemplateContent {
            name: name.clone(),
            language: template.language.clone(),
            values: template.fill_from(values, &always),
        }),
        template: template.clone(),
    });
    Some(Prepared { step: step.name.clone(), languages: languages.collect() })
}
