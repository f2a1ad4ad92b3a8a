//! Whether every event of a million bodies of all shapes is surfaced, and whether the function takes each. The numbers of
//! bodies for the reader and for the whole function may be given.

use benches::{
    bodies::{Generator, in_short},
    canned::Habits,
    setting::{Setting, request},
};
use transom::{domain::channel::ProviderKind, ports::WebhookCall};

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u64>().ok());
    let (bodies, whole) = (numbers.next().unwrap_or(1_000_000), numbers.next().unwrap_or(20_000));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let setting = runtime.block_on(Setting::new(Habits::default()));
    let provider = setting.parts.providers.get(ProviderKind::Meta);
    let headers = http::HeaderMap::new();
    let mut generator = Generator::new(1, setting.parts.now().as_second());
    let (mut held, mut surfaced, mut bytes) = (0_usize, 0_usize, 0_usize);
    for _ in 0..bodies {
        let batch = generator.next_batch();
        let call = WebhookCall { headers: &headers, query: "", body: batch.json.as_bytes() };
        let read = provider.read(&call);
        held += batch.events.len();
        bytes += batch.json.len();
        surfaced += read.iter().map(in_short).zip(&batch.events).filter(|(read, there)| read == *there).count();
        assert_eq!(read.len(), batch.events.len(), "{}", batch.json);
    }
    println!("Reader: {bodies} bodies, {} MB, {held} events, {surfaced} surfaced as what they are", bytes / 1_000_000);
    assert_eq!(held, surfaced);

    let webhook = setting.webhook();
    let (mut taken, mut events) = (0, 0);
    for _ in 0..whole {
        let batch = generator.next_batch();
        events += batch.events.len();
        let answer = runtime.block_on(webhook::handle(&webhook, request(batch.json.into_bytes()))).expect("an answer");
        taken += u64::from(answer.status() == 200);
    }
    println!("Function: {whole} signed bodies, {events} events, {taken} answered with 200");
    assert_eq!(whole, taken);
}
