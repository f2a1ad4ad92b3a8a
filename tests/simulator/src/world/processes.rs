//! The processes that run the handlers: each with a clock of its own, and with what a process keeps in memory.

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use axum::Router;
use secrecy::SecretString;
use transom::{
    adapters::{
        clock::SystemClock,
        dynamodb::DynamoStore,
        objects::MemoryObjects,
        providers::{ProviderUrls, Providers, http_client},
        sign_in::{Guard, OpenIdSignIn},
    },
    app::Parts,
    domain::{AccountId, Timestamp, channel::SecretName, time::from_millis},
    ports::{Chance, Clock, Secrets, SecretsUnavailable},
};

use super::{CONTACTS_TABLE, MAIN_TABLE, World, events::Teller, queue::Bell};
use crate::{
    cast::Cast,
    defects,
    faults::Faults,
    machine::{Flow, Machine, Millis},
    outside::{Line, Posts},
};

/// How many run at a time.
pub const COUNT: usize = 3;

/// One process.
#[derive(Debug)]
pub struct Process {
    pub parts: Parts,
    pub webhook: webhook::Webhook,
    pub react: react::React,
    pub send: send::Send,
    pub expire: expire::Expire,
    pub publish: publish::Publish,
    pub jobs: jobs::Jobs,
    pub api: Router,
}

pub struct Processes {
    me: Weak<World>,
    client: aws_sdk_dynamodb::Client,
    providers: Arc<Providers>,
    /// The archive of all of them.
    objects: Arc<MemoryObjects>,
    running: Vec<Arc<Process>>,
}

impl Processes {
    pub fn new(
        me: &Weak<World>,
        client: aws_sdk_dynamodb::Client,
        machine: &Machine,
        cast: &Cast,
        faults: &Faults,
    ) -> Self {
        thread_local! {
            /// Only builds requests; making one takes longer than all else here.
            static HTTP: reqwest::Client = http_client().expect("an HTTP client");
        }
        let urls = ProviderUrls { meta: "http://meta.invalid/v26.0".into(), twilio: "http://twilio.invalid".into() };
        let line = Arc::new(Line(me.clone()));
        let providers = Arc::new(Providers::over(line, HTTP.with(Clone::clone), urls));
        let objects = Arc::new(MemoryObjects::default());
        let mut processes = Self { me: me.clone(), client, providers, objects, running: Vec::new() };
        for _ in 0..COUNT {
            let process = processes.make(machine, cast, faults);
            processes.running.push(process);
        }
        processes
    }

    fn make(&self, machine: &Machine, cast: &Cast, faults: &Faults) -> Arc<Process> {
        let skew = machine.pick(-faults.skew, faults.skew);
        let parts = Parts {
            store: Arc::new(DynamoStore::new(self.client.clone(), MAIN_TABLE, CONTACTS_TABLE)),
            clock: Arc::new(ProcessClock { machine: machine.clone(), skew: defects::skew(skew) }),
            chance: Arc::new(MachineChance(machine.clone())),
            secrets: Arc::new(HeldSecrets { me: self.me.clone(), cast: cast.clone() }),
            doorbell: Arc::new(Bell(self.me.clone())),
            events: Arc::new(Teller(self.me.clone())),
            subscribers: Arc::new(Posts(self.me.clone())),
            // Nobody signs in here: programs call.
            sign_in: Arc::new(OpenIdSignIn::new(Guard::default(), Arc::new(SystemClock))),
            jobs: Arc::new(Teller(self.me.clone())),
            objects: self.objects.clone(),
            providers: Arc::clone(&self.providers),
            // Its time is its own; that of the machine it runs on must decide nothing.
            mode: transom::app::Mode { answer_within: std::time::Duration::from_hours(1), ..Default::default() },
            memory: Arc::default(),
        };
        Arc::new(Process {
            webhook: webhook::Webhook::new(parts.clone()),
            react: react::React::new(parts.clone()),
            send: send::Send::new(parts.clone()),
            expire: expire::Expire::new(parts.clone()),
            publish: publish::Publish::new(parts.clone()),
            jobs: jobs::Jobs::new(parts.clone()),
            api: api::router(parts.clone()),
            parts,
        })
    }

    pub fn any(&self, machine: &Machine) -> Arc<Process> {
        let last = i64::try_from(self.running.len()).unwrap_or(1) - 1;
        let place = usize::try_from(machine.pick(0, last)).unwrap_or(0);
        Arc::clone(&self.running[place])
    }

    pub fn renew(&mut self, machine: &Machine, cast: &Cast, faults: &Faults) {
        let fresh = self.make(machine, cast, faults);
        let place = usize::try_from(machine.pick(0, 2)).unwrap_or(0) % self.running.len();
        self.running[place] = fresh;
    }

    pub fn clear(&mut self) {
        self.running.clear();
    }
}

#[derive(Debug)]
struct ProcessClock {
    machine: Machine,
    skew: Millis,
}

impl Clock for ProcessClock {
    fn now(&self) -> Timestamp {
        from_millis(self.machine.now() + self.skew)
    }
}

#[derive(Debug)]
struct MachineChance(Machine);

impl Chance for MachineChance {
    fn bytes(&self, into: &mut [u8]) {
        self.0.bytes(into);
    }
}

/// The secret store. It fails now and then.
#[derive(Debug)]
struct HeldSecrets {
    me: Weak<World>,
    cast: Cast,
}

#[async_trait]
impl Secrets for HeldSecrets {
    async fn get(&self, account: &AccountId, name: &SecretName) -> Result<Vec<SecretString>, SecretsUnavailable> {
        if let Some(world) = self.me.upgrade()
            && world.machine.flow().is_some_and(|flow| flow != Flow::Observer)
            && world.machine.happens(world.faults().secrets_fail)
        {
            return Err(SecretsUnavailable("the secret store is down".into()));
        }
        Ok(self.cast.secret(account, name).map(SecretString::from).into_iter().collect())
    }
}
