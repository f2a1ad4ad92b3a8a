//! Every key of both tables. No other file spells one.

use crate::{
    domain::{
        AccountId, ChannelId, ContactId, ConversationId, EndpointId, JobId, MessageId, StaffId, SubscriptionId, TeamId,
        Timestamp, TokenId,
        consent::ConsentPurpose,
        contact::AddressHash,
        conversation::Tray,
        event::Event,
        ids::{BadId, CannedReplyId, MessageKey, OptInLinkId},
        job::Day,
        time,
        timer::{Timer, hour_of, minute_of},
        work::{NoteAbout, Place as QueuePlace},
    },
    ports::StoreError,
};

/// The names of the key attributes of both tables.
pub const PK: &str = "pk";
pub const SK: &str = "sk";

/// The inbox index and the attributes that it is made of.
pub const INBOX: &str = "inbox";
pub const INBOX_PARTITION: &str = "ip";
pub const INBOX_SORT: &str = "is";

/// A tray is spread over this many partitions of the inbox index.
pub const INBOX_SHARDS: u8 = 4;

/// Sorts after everything that can follow a prefix.
const LAST: char = '\u{10FFFF}';

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub pk: String,
    pub sk: String,
}

/// Rows of one partition whose sort key lies in this range, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Range {
    pub pk: String,
    pub from: String,
    pub to: String,
}

/// What lies at a key of the main table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Head { account: AccountId, conversation: ConversationId },
    Work { account: AccountId, conversation: ConversationId },
    AtWork { account: AccountId, staff: StaffId },
    Message { account: AccountId, id: MessageId },
    Timer,
    Probe { id: String },
    Subscription { account: AccountId, id: SubscriptionId },
    Job { account: AccountId, id: JobId },
    Notice,
    Other,
}

/// An id without its prefix, which its place makes needless.
pub fn bare_contact(id: ContactId) -> String {
    id.to_string().split_off(4)
}
pub fn bare_conversation(id: ConversationId) -> String {
    id.to_string().split_off(4)
}
pub fn contact_of(bare: &str) -> Result<ContactId, BadId> {
    format!("con_{bare}").parse()
}
pub fn conversation_of(bare: &str) -> Result<ConversationId, BadId> {
    format!("cnv_{bare}").parse()
}

fn conversation(account: &AccountId, id: ConversationId) -> String {
    format!("A#{account}#V#{}", bare_conversation(id))
}
fn settings(account: &AccountId) -> String {
    format!("A#{account}#CFG")
}
fn deliveries(account: &AccountId, id: &SubscriptionId) -> String {
    format!("A#{account}#D#{id}")
}
fn jobs(account: &AccountId) -> String {
    format!("A#{account}#J")
}
fn outputs(account: &AccountId) -> String {
    format!("A#{account}#O")
}
fn contact(account: &AccountId, id: ContactId) -> String {
    format!("A#{account}#C#{}", bare_contact(id))
}
fn book(account: &AccountId, id: ContactId) -> String {
    format!("A#{account}#B#{}", bare_contact(id))
}
/// Where notes about this lie.
fn noted(account: &AccountId, about: NoteAbout) -> String {
    match about {
        NoteAbout::Conversation(id) => conversation(account, id),
        NoteAbout::Contact(id) => book(account, id),
    }
}
fn note_place(at: Timestamp, once: u128) -> String {
    format!("O#{}#{once:032x}", sorted_millis(at))
}
fn shelf_of(account: &AccountId, shelf: &str) -> String {
    format!("A#{account}#X#{shelf}")
}
fn suppressed(account: &AccountId) -> String {
    format!("A#{account}#SUP")
}
fn parked_day(account: &AccountId, day: &str) -> String {
    format!("A#{account}#P#{day}")
}

fn at_work(account: &AccountId) -> String {
    format!("A#{account}#W")
}
fn queue(account: &AccountId, team: Option<&TeamId>) -> String {
    // No team's name begins with a hyphen.
    format!("A#{account}#Y#{}", team.map_or("-", TeamId::as_str))
}
fn turn((since, conversation): (Timestamp, ConversationId)) -> String {
    format!("{}#{}", sorted_millis(since), bare_conversation(conversation))
}
fn audit_day(account: &AccountId, day: &str) -> String {
    format!("A#{account}#L#{day}")
}

fn stray_day(day: &str) -> String {
    format!("STRAY#{day}")
}

/// What the partitions begin with that hold conversations: of one account, or of all (and other rows of theirs).
pub fn conversations_prefix(account: Option<&AccountId>) -> String {
    account.map_or_else(|| "A#".to_owned(), |account| format!("A#{account}#V#"))
}

/// What the partitions begin with that hold contacts of an account.
pub fn contacts_prefix(account: &AccountId) -> String {
    format!("A#{account}#C#")
}

/// The contact whose own row lies here.
pub fn contact_in(key: &Key) -> Option<ContactId> {
    let (_, bare) = key.pk.rsplit_once("#C#").filter(|_| key.sk == "C")?;
    contact_of(bare).ok()
}

/// Milliseconds since 1970 at a fixed width, so that text sorts by time.
fn sorted_millis(at: Timestamp) -> String {
    format!("{:013}", at.as_millisecond().max(0))
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    // The main table.

    pub fn head(account: &AccountId, id: ConversationId) -> Self {
        Self::new(conversation(account, id), "H")
    }
    pub fn work(account: &AccountId, id: ConversationId) -> Self {
        Self::new(conversation(account, id), "W")
    }
    pub fn message(account: &AccountId, id: MessageId) -> Self {
        Self::new(conversation(account, id.conversation), format!("M#{}", id.key))
    }
    pub fn client_key(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#K#{hash}"), "K")
    }
    pub fn first_seen(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#S#{hash}"), "S")
    }
    pub fn channel(account: &AccountId, id: &ChannelId) -> Self {
        Self::new(settings(account), format!("CHANNEL#{id}"))
    }
    pub fn gate(account: &AccountId, id: &ChannelId) -> Self {
        Self::new(format!("A#{account}#G#{id}"), "G")
    }
    pub fn ladder(account: &AccountId) -> Self {
        Self::new(settings(account), "LADDER")
    }
    pub fn template(account: &AccountId, name: &str, language: &str) -> Self {
        Self::new(settings(account), format!("TEMPLATE#{name}#{language}"))
    }
    pub fn prices(account: &AccountId) -> Self {
        Self::new(settings(account), "PRICES")
    }
    pub fn template_rules(account: &AccountId) -> Self {
        Self::new(settings(account), "TEMPLATE-RULES")
    }
    pub fn consent_settings(account: &AccountId) -> Self {
        Self::new(settings(account), "WISHES")
    }
    pub fn subscription(account: &AccountId, id: &SubscriptionId) -> Self {
        Self::new(settings(account), format!("SUBSCRIPTION#{id}"))
    }
    pub fn retention(account: &AccountId) -> Self {
        Self::new(settings(account), "RETENTION")
    }
    /// What may not be forgotten: a contact, or the whole account.
    pub fn hold(account: &AccountId, contact: Option<ContactId>) -> Self {
        let sk = contact.map_or_else(|| "HOLD#".to_owned(), |contact| format!("HOLD#{}", bare_contact(contact)));
        Self::new(settings(account), sk)
    }
    pub fn job(account: &AccountId, id: JobId) -> Self {
        Self::new(jobs(account), id.to_string())
    }
    /// Something to tell; beside its conversation, so that the stream orders it with the rest of that.
    pub fn notice(event: &Event) -> Self {
        let pk = match event.about.conversation() {
            Some(id) => conversation(&event.account, id),
            None => format!("A#{}#N", event.account),
        };
        Self::new(pk, format!("N#{}", event.id))
    }
    /// One attempt to tell a subscriber, by the name of its line.
    pub fn delivery(account: &AccountId, id: &SubscriptionId, line: &str) -> Self {
        Self::new(deliveries(account, id), format!("L#{line}"))
    }
    pub fn endpoint(id: &EndpointId) -> Self {
        Self::new(format!("E#{id}"), "E")
    }
    pub fn token(hash: &str) -> Self {
        Self::new(format!("TOKEN#{hash}"), "T")
    }
    /// A token in its account's list.
    pub fn token_line(account: &AccountId, id: &TokenId) -> Self {
        Self::new(settings(account), format!("TOKEN#{id}"))
    }
    pub fn staff(account: &AccountId, id: StaffId) -> Self {
        Self::new(settings(account), format!("STAFF#{id}"))
    }
    pub fn trusts(account: &AccountId) -> Self {
        Self::new(settings(account), "SIGN-IN")
    }
    /// That an account trusts an issuer and client, by what stands for both.
    pub fn trust(hash: &str, account: &AccountId) -> Self {
        Self::new(format!("SIGN-IN#{hash}"), account.to_string())
    }
    /// Whom a subject of an issuer is, by a keyed hash of both.
    pub fn subject(account: &AccountId, hash: &str) -> Self {
        Self::new(format!("A#{account}#U#{hash}"), "U")
    }
    pub fn canned_reply(account: &AccountId, id: &CannedReplyId) -> Self {
        Self::new(settings(account), format!("CANNED#{id}"))
    }
    pub fn work_settings(account: &AccountId) -> Self {
        Self::new(settings(account), "WORK")
    }
    /// A person's desk, and whether they are there.
    pub fn at_work(account: &AccountId, staff: StaffId) -> Self {
        Self::new(at_work(account), staff.to_string())
    }
    /// Where a conversation stands that waits for somebody.
    pub fn entry(account: &AccountId, place: &QueuePlace) -> Self {
        let turn = turn((place.since, place.conversation));
        Self::new(queue(account, place.team.as_ref()), turn)
    }
    /// What staff wrote for each other, beside what it is about.
    pub fn note(account: &AccountId, about: NoteAbout, at: Timestamp, once: u128) -> Self {
        Self::new(noted(account, about), note_place(at, once))
    }
    pub fn opt_in_link(account: &AccountId, id: &OptInLinkId) -> Self {
        Self::new(settings(account), format!("OPT-IN#{id}"))
    }
    pub fn audit(account: &AccountId, at: Timestamp, once: u128) -> Self {
        Self::new(audit_day(account, &day(at)), format!("{}#{once:032x}", sorted_millis(at)))
    }
    /// The line of the audit log at a place, if it is one.
    pub fn audited(account: &AccountId, place: &str) -> Option<Self> {
        let (day, time, once) = parked_parts(place)?;
        Some(Self::new(audit_day(account, day), format!("{time}#{once}")))
    }
    pub fn timer(timer: &Timer) -> Self {
        let pk = format!("T#{}#{}", hour_of(timer.due), timer.shard());
        Self::new(pk, format!("{}#{}", sorted_millis(timer.due), timer.name()))
    }
    pub fn timer_cursor(shard: u8) -> Self {
        Self::new(format!("CURSOR#timers#{shard}"), "C")
    }
    pub fn probe(id: &str) -> Self {
        Self::new(format!("PROBE#{id}"), "P")
    }
    pub fn fence() -> Self {
        Self::new("FENCE".to_owned(), "F")
    }
    /// The stray that an id `{day}.{time}.{hash}` names, if it is one.
    pub fn stray(id: &str) -> Option<Self> {
        let (day, time, hash) = parked_parts(id)?;
        Some(Self::new(stray_day(day), format!("{time}#{hash}")))
    }
    /// A key out of its own text. No partition has a slash.
    pub fn from_text(text: &str) -> Option<Self> {
        text.split_once('/').map(|(pk, sk)| Self::new(pk.to_owned(), sk))
    }
    /// The record that an id `{day}.{time}.{hash}` names, if it is one.
    pub fn parked(account: &AccountId, id: &str) -> Option<Self> {
        let (day, time, hash) = parked_parts(id)?;
        Some(Self::new(parked_day(account, day), format!("{time}#{hash}")))
    }

    /// A part of content that is too large for its row. `tag` names the content, so that parts of two tries to write
    /// it never mix.
    pub fn part(&self, tag: &str, number: u32) -> Self {
        let owner = self.sk.strip_prefix("M#").unwrap_or(&self.sk);
        Self::new(self.pk.clone(), format!("P#{owner}#{tag}#{number:03}"))
    }

    // The table of contacts.

    pub fn identity(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(format!("A#{account}#I#{}", hash.0), "I")
    }
    /// Whom an address led to until they were erased.
    pub fn erased_identity(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(format!("A#{account}#I#{}", hash.0), "E")
    }
    pub fn contact(account: &AccountId, id: ContactId) -> Self {
        Self::new(contact(account, id), "C")
    }
    pub fn consent(account: &AccountId, id: ContactId) -> Self {
        Self::new(contact(account, id), "CONSENT")
    }
    /// What proves a wish, by its place. Not beside the contact, which is read whole whenever somebody is written to.
    pub fn evidence(account: &AccountId, id: ContactId, place: &str) -> Self {
        Self::new(book(account, id), format!("E#{place}"))
    }
    /// The places taken under a contact's cap.
    pub fn capped_sends(account: &AccountId, id: ContactId, purpose: ConsentPurpose) -> Self {
        Self::new(book(account, id), format!("CAP#{}", purpose.word()))
    }
    pub fn suppression(account: &AccountId, hash: &AddressHash) -> Self {
        Self::new(suppressed(account), hash.0.clone())
    }
    /// The key of a parked record.
    pub fn parked_key(account: &AccountId, record: &str) -> Self {
        Self::new(format!("A#{account}#Q"), record)
    }
    /// The key of what a job hands out.
    pub fn output_key(account: &AccountId, job: JobId) -> Self {
        Self::new(outputs(account), job.to_string())
    }
    /// What is kept of a contact and is not read with every message lies in a partition of its own.
    pub fn indexed(account: &AccountId, id: ContactId) -> Self {
        Self::new(book(account, id), "INDEXED")
    }
    /// A word of a contact in the search index.
    pub fn word(account: &AccountId, shelf: &str, place: &str, contact: ContactId) -> Self {
        Self::new(shelf_of(account, shelf), format!("{place}#{}", bare_contact(contact)))
    }
    pub fn former(account: &AccountId, survivor: ContactId, former: ContactId) -> Self {
        Self::new(contact(account, survivor), format!("FORMER#{}", bare_contact(former)))
    }

    /// What lies here, if this is a key of the main table.
    ///
    /// # Errors
    /// [`StoreError::BadRow`] if a conversation's key holds something that is not an id.
    pub fn place(&self) -> Result<Place, StoreError> {
        let bad = |_: BadId| self.unreadable("the key holds something that is not an id");
        let parts: Vec<_> = self.pk.split('#').collect();
        match (parts.as_slice(), self.sk.as_str()) {
            (["A", account, "V", conversation], sk) => {
                let account = account.parse().map_err(bad)?;
                let conversation = conversation_of(conversation).map_err(bad)?;
                match (sk, sk.strip_prefix("M#")) {
                    (sk, _) if sk.starts_with("N#") => Ok(Place::Notice),
                    ("H", _) => Ok(Place::Head { account, conversation }),
                    ("W", _) => Ok(Place::Work { account, conversation }),
                    (_, Some(key)) => {
                        let key = key.parse().map_err(bad)?;
                        Ok(Place::Message { account, id: MessageId { conversation, key } })
                    }
                    (_, None) => Ok(Place::Other),
                }
            }
            (["A", account, "W"], staff) => {
                Ok(Place::AtWork { account: account.parse().map_err(bad)?, staff: staff.parse().map_err(bad)? })
            }
            (["T", _, _], _) => Ok(Place::Timer),
            (["A", account, "CFG"], sk) => match sk.strip_prefix("SUBSCRIPTION#") {
                Some(id) => {
                    Ok(Place::Subscription { account: account.parse().map_err(bad)?, id: id.parse().map_err(bad)? })
                }
                None => Ok(Place::Other),
            },
            (["A", account, "J"], id) => {
                Ok(Place::Job { account: account.parse().map_err(bad)?, id: id.parse().map_err(bad)? })
            }
            (["A", _, "N"], _) => Ok(Place::Notice),
            (["PROBE", id], _) => Ok(Place::Probe { id: (*id).to_owned() }),
            _ => Ok(Place::Other),
        }
    }

    /// The conversation that a row of the main table belongs to.
    pub fn conversation(&self) -> Option<(AccountId, ConversationId)> {
        match self.pk.split('#').collect::<Vec<_>>().as_slice() {
            ["A", account, "V", conversation] => Some((account.parse().ok()?, conversation_of(conversation).ok()?)),
            _ => None,
        }
    }

    pub fn unreadable(&self, why: impl Into<String>) -> StoreError {
        StoreError::BadRow { key: self.to_string(), why: why.into() }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.pk, self.sk)
    }
}

impl Range {
    /// All messages before `before`, if given.
    pub fn messages(account: &AccountId, id: ConversationId, before: Option<MessageKey>) -> Option<Self> {
        let to = match before {
            None => format!("M#{LAST}"),
            // Both ends are included, so the end is the key just before.
            Some(before) => format!("M#{}", MessageKey::from_bits(before.bits().checked_sub(1)?)),
        };
        Some(Self { pk: conversation(account, id), from: "M#".to_owned(), to })
    }
    pub fn messages_from(account: &AccountId, id: ConversationId, from: MessageKey) -> Self {
        Self { pk: conversation(account, id), from: format!("M#{from}"), to: format!("M#{LAST}") }
    }
    pub fn channels(account: &AccountId) -> Self {
        Self::under(settings(account), "CHANNEL#")
    }
    pub fn templates(account: &AccountId, name: Option<&str>) -> Self {
        match name {
            Some(name) => Self::under(settings(account), &format!("TEMPLATE#{name}#")),
            None => Self::under(settings(account), "TEMPLATE#"),
        }
    }
    pub fn subscriptions(account: &AccountId) -> Self {
        Self::under(settings(account), "SUBSCRIPTION#")
    }
    pub fn holds(account: &AccountId) -> Self {
        Self::under(settings(account), "HOLD#")
    }
    /// All work of an account, from `after` on if given; that one included.
    pub fn jobs(account: &AccountId, after: Option<JobId>) -> Self {
        let from = after.map_or_else(|| "job_".to_owned(), |after| after.to_string());
        Self { pk: jobs(account), from, to: format!("job_{LAST}") }
    }
    pub fn output_key(account: &AccountId, job: JobId) -> Self {
        Self { pk: outputs(account), from: job.to_string(), to: job.to_string() }
    }
    pub fn parked_keys(account: &AccountId) -> Self {
        Self { pk: format!("A#{account}#Q"), from: "0".to_owned(), to: LAST.to_string() }
    }
    pub fn parked_key(account: &AccountId, record: &str) -> Self {
        Self { pk: format!("A#{account}#Q"), from: record.to_owned(), to: record.to_owned() }
    }
    pub fn output_keys(account: &AccountId) -> Self {
        Self::under(outputs(account), "job_")
    }
    /// What became of deliveries, before the line named `before` if given; that one included.
    pub fn deliveries(account: &AccountId, id: &SubscriptionId, before: Option<&str>) -> Self {
        let to = before.map_or_else(|| format!("L#{LAST}"), |before| format!("L#{before}"));
        Self { pk: deliveries(account, id), from: "L#".to_owned(), to }
    }
    /// Timers of one hour and shard that are due from `from` to `until`, both included.
    pub fn timers(hour: i64, shard: u8, from: Timestamp, until: Timestamp) -> Self {
        Self {
            pk: format!("T#{hour}#{shard}"),
            from: sorted_millis(from),
            to: format!("{}{LAST}", sorted_millis(until)),
        }
    }
    /// The parked records of one day, of all times or those that sort before the id `before`. Parts lie elsewhere.
    pub fn parked(account: &AccountId, day: &str, before: Option<&str>) -> Self {
        let to = before.and_then(parked_parts).map(|(_, time, hash)| format!("{time}#{hash}"));
        Self { pk: parked_day(account, day), from: "0".to_owned(), to: to.unwrap_or_else(|| ":".to_owned()) }
    }
    pub fn token_lines(account: &AccountId) -> Self {
        Self::under(settings(account), "TOKEN#")
    }
    pub fn trusting(hash: &str) -> Self {
        Self::under(format!("SIGN-IN#{hash}"), "")
    }
    pub fn staff(account: &AccountId) -> Self {
        Self::under(settings(account), "STAFF#")
    }
    pub fn at_work(account: &AccountId) -> Self {
        Self::under(at_work(account), "stf_")
    }
    /// Those who wait for somebody of a team, from a turn on if given; that one included.
    pub fn entries(account: &AccountId, team: Option<&TeamId>, from: Option<(Timestamp, ConversationId)>) -> Self {
        let from = from.map_or_else(|| "0".to_owned(), turn);
        Self { pk: queue(account, team), from, to: ":".to_owned() }
    }
    pub fn canned_replies(account: &AccountId) -> Self {
        Self::under(settings(account), "CANNED#")
    }
    /// All notes, or those before one; that one included.
    pub fn notes(account: &AccountId, about: NoteAbout, before: Option<(Timestamp, u128)>) -> Self {
        let to = before.map_or_else(|| format!("O#{LAST}"), |(at, once)| note_place(at, once));
        Self { pk: noted(account, about), from: "O#".to_owned(), to }
    }
    pub fn opt_in_links(account: &AccountId) -> Self {
        Self::under(settings(account), "OPT-IN#")
    }
    /// The audit log of one day, from its beginning to the place `before` if given; that one included.
    pub fn audit(account: &AccountId, on: Day, before: Option<&str>) -> Self {
        let to = before.and_then(parked_parts).map(|(_, time, once)| format!("{time}#{once}"));
        let pk = audit_day(account, &on.to_string());
        Self { pk, from: "0".to_owned(), to: to.unwrap_or_else(|| ":".to_owned()) }
    }
    pub fn strays(day: &str) -> Self {
        Self { pk: stray_day(day), from: "0".to_owned(), to: ":".to_owned() }
    }
    /// What proves a contact's wishes, before this place if given; that one included.
    pub fn evidence(account: &AccountId, id: ContactId, before: Option<&str>) -> Self {
        let to = before.map_or_else(|| format!("E#{LAST}"), |before| format!("E#{before}"));
        Self { pk: book(account, id), from: "E#".to_owned(), to }
    }
    pub fn suppression(account: &AccountId, hash: &AddressHash) -> Self {
        Self { pk: suppressed(account), from: hash.0.clone(), to: hash.0.clone() }
    }
    /// The list of those that nobody writes to, from this hash on if given; that one included.
    pub fn suppressions(account: &AccountId, after: Option<&AddressHash>) -> Self {
        // Hashes have no character that sorts before the hyphen.
        let from = after.map_or_else(|| "-".to_owned(), |after| after.0.clone());
        Self { pk: suppressed(account), from, to: LAST.to_string() }
    }
    /// Everything of a contact.
    pub fn contact(account: &AccountId, id: ContactId) -> Self {
        Self { pk: contact(account, id), from: "C".to_owned(), to: LAST.to_string() }
    }

    /// Words of the search index whose place begins so.
    pub fn words(account: &AccountId, shelf: &str, place: &str) -> Self {
        Self { pk: shelf_of(account, shelf), from: place.to_owned(), to: format!("{place}{LAST}") }
    }

    fn under(pk: String, prefix: &str) -> Self {
        Self { pk, from: prefix.to_owned(), to: format!("{prefix}{LAST}") }
    }
}

/// The former contact that a row under a contact names.
pub fn former_in(key: &Key) -> Option<ContactId> {
    contact_of(key.sk.strip_prefix("FORMER#")?).ok()
}

/// The contact that a row of the search index leads to.
pub fn found_in(key: &Key) -> Option<ContactId> {
    contact_of(key.sk.rsplit_once('#')?.1).ok()
}

/// The one of the staff that a row of the settings is about.
pub fn staff_in(key: &Key) -> Option<StaffId> {
    key.sk.strip_prefix("STAFF#")?.parse().ok()
}

/// Whose desk lies here.
pub fn staff_at_work(key: &Key) -> Option<StaffId> {
    key.sk.parse().ok()
}

/// Since when which conversation waits in the queue.
pub fn turn_in(key: &Key) -> Option<(Timestamp, ConversationId)> {
    let (millis, bare) = key.sk.split_once('#')?;
    Some((time::from_millis(millis.parse().ok()?), conversation_of(bare).ok()?))
}

/// When a note was written, and what tells it apart.
pub fn note_in(key: &Key) -> Option<(Timestamp, u128)> {
    let (millis, once) = key.sk.strip_prefix("O#")?.split_once('#')?;
    Some((time::from_millis(millis.parse().ok()?), u128::from_str_radix(once, 16).ok()?))
}

/// Where a line of the audit log lies, as text.
pub fn audit_place(key: &Key) -> Option<String> {
    let (_, day) = key.pk.rsplit_once("#L#")?;
    let (time, once) = key.sk.split_once('#')?;
    Some(format!("{day}.{time}.{once}"))
}

/// The place that a line of evidence carries in its key.
pub fn evidence_place_in(key: &Key) -> Option<&str> {
    key.sk.strip_prefix("E#")
}

/// The due time that a timer's row carries in its key.
pub fn due_in(key: &Key) -> Option<Timestamp> {
    let millis = key.sk.split_once('#')?.0;
    millis.parse().ok().map(time::from_millis)
}

fn parked_parts(id: &str) -> Option<(&str, &str, &str)> {
    let mut parts = id.splitn(3, '.');
    let (day, time, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    (digits(day) && digits(time) && !hash.is_empty()).then_some((day, time, hash))
}

/// The UTC day that a time lies in, as parked records are kept by: `2026-03-01`.
pub fn day(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}

/// The day of a parked record's id.
pub fn day_of(parked_id: &str) -> Option<&str> {
    parked_parts(parked_id).map(|(day, _, _)| day)
}

/// The partition of a tray's shard in the inbox index.
pub fn inbox_partition(account: &AccountId, tray: Tray, shard: u8) -> String {
    format!("{account}#{}#{shard}", tray.word())
}

/// The shard of the inbox index that a conversation is filed in.
pub fn inbox_shard(id: ConversationId) -> u8 {
    u8::try_from(id.bits() % u128::from(INBOX_SHARDS)).expect("the remainder is below the number of shards")
}

/// Where a conversation lies within its tray: its last activity in minutes since 1970, and itself.
pub fn inbox_sort(last_activity: Timestamp, id: ConversationId) -> String {
    format!("{}#{}", inbox_minute(last_activity), bare_conversation(id))
}

/// Sorts before every line of the minute that `at` lies in and after every line of earlier ones.
pub fn inbox_minute(at: Timestamp) -> String {
    minute_text(minute_of(at))
}

/// Sorts after every line of the minute that the last instant before `at` lies in.
pub fn inbox_minute_after(at: Timestamp) -> String {
    let whole = at.as_millisecond().rem_euclid(60_000) == 0;
    minute_text(minute_of(at) + i64::from(!whole))
}

fn minute_text(minute: i64) -> String {
    format!("{:010}", minute.max(0))
}

/// The conversation of a line.
pub fn conversation_in(inbox_sort: &str) -> Option<ConversationId> {
    conversation_of(inbox_sort.split_once('#')?.1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> AccountId {
        "demo".parse().unwrap()
    }

    #[test]
    fn a_key_tells_what_lies_there() {
        let id = MessageId { conversation: ConversationId::from_bits(5), key: MessageKey::from_bits(6) };
        assert_eq!(Key::message(&account(), id).place().unwrap(), Place::Message { account: account(), id });
        let head = Key::head(&account(), id.conversation);
        assert_eq!(head.place().unwrap(), Place::Head { account: account(), conversation: id.conversation });
        assert_eq!(head.to_string(), "A#demo#V#00000000000000000000000005/H");
        assert_eq!(Key::message(&account(), id).part("ab", 1).place().unwrap(), Place::Other);
        assert_eq!(Key::ladder(&account()).place().unwrap(), Place::Other);
        let broken = Key { pk: "A#demo#V#nonsense".into(), sk: "H".into() };
        assert!(matches!(broken.place(), Err(StoreError::BadRow { key, .. }) if key == "A#demo#V#nonsense/H"));
    }

    #[test]
    fn only_an_id_of_the_right_form_names_a_parked_record() {
        let key = Key::parked(&account(), "2026-03-01.1772366400000.ab.c").unwrap();
        assert_eq!(key.to_string(), "A#demo#P#2026-03-01/1772366400000#ab.c");
        for bad in ["", "a", "2026-03-01", "2026-03-01.5", "2026#.5.a", "2026-03-01.P#.x", "2026-03-01.5."] {
            assert_eq!(Key::parked(&account(), bad), None, "{bad}");
        }
    }
}
