//! Each rule of the queues, by itself.

use std::sync::Mutex;

use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName, SendMessageBatchRequestEntry};

use super::*;

const FIFO: &str = "sends.fifo";
const DEAD: &str = "sends-dead.fifo";
const PLAIN: &str = "bulk";

#[derive(Clone)]
struct World {
    queues: Queues,
    now: Arc<Mutex<Timestamp>>,
}

fn definitions() -> [QueueDefinition; 3] {
    let timeout = SignedDuration::from_secs(360);
    [
        QueueDefinition::new(FIFO, timeout).with_redrive(DEAD, 3),
        QueueDefinition::new(DEAD, timeout),
        QueueDefinition::new(PLAIN, timeout),
    ]
}

impl World {
    fn new() -> Self {
        Self::over(rusqlite::Connection::open_in_memory().unwrap())
    }

    fn over(connection: rusqlite::Connection) -> Self {
        let now = Arc::new(Mutex::new("2026-03-01T09:00:00Z".parse().unwrap()));
        let clock = Arc::clone(&now);
        let queues = Queues::open(connection, definitions(), Arc::new(move || *clock.lock().unwrap())).unwrap();
        Self { queues, now }
    }

    fn later(&self, seconds: i64) {
        *self.now.lock().unwrap() += SignedDuration::from_secs(seconds);
    }

    fn send(&self, body: &str, group: &str, id: &str) -> Sent {
        let message = Outgoing { body, group: Some(group), deduplication_id: Some(id), delay_seconds: 0 };
        self.queues.send(FIFO, &message).unwrap()
    }

    fn send_plain(&self, body: &str, delay_seconds: u32) {
        let message = Outgoing { body, group: None, deduplication_id: None, delay_seconds };
        self.queues.send(PLAIN, &message).unwrap();
    }

    fn receive(&self, queue: &str, most: usize) -> Vec<Message> {
        self.queues.receive(queue, most).unwrap()
    }

    #[track_caller]
    fn check_next(&self, queue: &str, expected: &[&str]) {
        let bodies: Vec<_> = self.receive(queue, 10).into_iter().map(|message| message.body).collect();
        assert_eq!(bodies, expected);
    }
}

#[test]
fn a_group_keeps_its_order_and_is_blocked_while_one_of_it_is_in_flight() {
    let world = World::new();
    world.send("a1", "a", "1");
    world.send("a2", "a", "2");
    world.send("b1", "b", "3");
    let first = world.receive(FIFO, 1).remove(0);
    assert_eq!(first.body, "a1");
    world.check_next(FIFO, &["b1"]);
    world.queues.delete(FIFO, &first.receipt).unwrap();
    world.check_next(FIFO, &["a2"]);
}

#[test]
fn several_of_a_group_come_in_one_batch_in_order() {
    let world = World::new();
    for number in 0..12 {
        world.send(&number.to_string(), "a", &number.to_string());
    }
    world.check_next(FIFO, &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    world.check_next(FIFO, &[]);
}

#[test]
fn a_deduplication_id_counts_for_exactly_five_minutes_even_after_the_message_is_gone() {
    let world = World::new();
    let first = world.send("a1", "a", "same");
    let received = world.receive(FIFO, 1).remove(0);
    world.queues.delete(FIFO, &received.receipt).unwrap();
    world.later(299);
    let again = world.send("a1", "a", "same");
    assert_eq!((again.id, again.sequence_number), (first.id, first.sequence_number));
    assert!(again.repeated);
    world.check_next(FIFO, &[]);
    world.later(1);
    assert!(!world.send("a1", "a", "same").repeated);
    world.check_next(FIFO, &["a1"]);
}

#[test]
fn a_message_that_is_not_deleted_comes_again_at_its_visibility_timeout_counted_up() {
    let world = World::new();
    world.send("a1", "a", "1");
    assert_eq!(world.receive(FIFO, 1)[0].receive_count, 1);
    world.later(359);
    world.check_next(FIFO, &[]);
    assert_eq!(world.queues.next_visible_at(FIFO).unwrap(), Some("2026-03-01T09:06:00Z".parse().unwrap()));
    world.later(1);
    let again = world.receive(FIFO, 1).remove(0);
    assert_eq!(again.receive_count, 2);
    assert_eq!(again.first_received_at, "2026-03-01T09:00:00Z".parse().unwrap());
}

#[test]
fn a_changed_visibility_brings_a_message_back_sooner_or_later() {
    let world = World::new();
    world.send("a1", "a", "1");
    let first = world.receive(FIFO, 1).remove(0);
    world.queues.make_visible_after(FIFO, &first.receipt, 6).unwrap();
    world.later(5);
    world.check_next(FIFO, &[]);
    world.later(1);
    let second = world.receive(FIFO, 1).remove(0);
    assert!(matches!(world.queues.make_visible_after(FIFO, &first.receipt, 1), Err(QueueError::NotInFlight)));
    world.queues.make_visible_after(FIFO, &second.receipt, 1000).unwrap();
    world.later(999);
    world.check_next(FIFO, &[]);
    world.later(1);
    world.check_next(FIFO, &["a1"]);
}

#[test]
fn an_expired_receipt_does_not_delete_on_a_fifo_queue_and_deleting_twice_is_fine() {
    let world = World::new();
    world.send("a1", "a", "1");
    let first = world.receive(FIFO, 1).remove(0);
    world.later(360);
    assert!(matches!(world.queues.delete(FIFO, &first.receipt), Err(QueueError::ReceiptExpired)));
    let second = world.receive(FIFO, 1).remove(0);
    assert!(matches!(world.queues.delete(FIFO, &first.receipt), Err(QueueError::ReceiptExpired)));
    world.queues.delete(FIFO, &second.receipt).unwrap();
    world.queues.delete(FIFO, &second.receipt).unwrap();
    assert!(matches!(world.queues.delete(FIFO, "nonsense"), Err(QueueError::ReceiptInvalid)));
}

#[test]
fn a_message_received_too_often_goes_to_the_dead_letter_queue_and_frees_its_group() {
    let world = World::new();
    world.send("poison", "a", "1");
    for _ in 0..3 {
        assert_eq!(world.receive(FIFO, 1)[0].body, "poison");
        world.later(360);
    }
    world.send("a2", "a", "2");
    world.check_next(FIFO, &["a2"]);
    world.check_next(DEAD, &["poison"]);
}

#[test]
fn a_standard_queue_knows_delays_and_neither_groups_nor_repeats() {
    let world = World::new();
    world.send_plain("same", 0);
    world.send_plain("same", 0);
    world.send_plain("late", 10);
    assert_eq!(world.queues.depth(PLAIN).unwrap(), Depth { visible: 2, in_flight: 0, delayed: 1 });
    world.check_next(PLAIN, &["same", "same"]);
    assert_eq!(world.queues.depth(PLAIN).unwrap(), Depth { visible: 0, in_flight: 2, delayed: 1 });
    world.later(10);
    world.check_next(PLAIN, &["late"]);
    let wrong = Outgoing { body: "x", group: None, deduplication_id: Some("1"), delay_seconds: 0 };
    assert!(matches!(world.queues.send(PLAIN, &wrong), Err(QueueError::InvalidParameter(_))));
}

#[test]
fn a_fifo_message_needs_its_group_and_its_deduplication_id() {
    let world = World::new();
    let message = Outgoing { body: "x", group: Some("a"), deduplication_id: Some("1"), delay_seconds: 0 };
    let refused = |message| world.queues.send(FIFO, &message).unwrap_err().to_string();
    assert_eq!(refused(Outgoing { group: None, ..message }), "the request must contain the parameter MessageGroupId");
    assert!(refused(Outgoing { deduplication_id: None, ..message }).contains("MessageDeduplicationId"));
    assert!(refused(Outgoing { delay_seconds: 1, ..message }).contains("DelaySeconds"));
    assert_eq!(refused(Outgoing { body: "", ..message }), "the request must contain the parameter MessageBody");
    assert!(refused(Outgoing { group: Some("white space"), ..message }).contains("1 to 128"));
}

#[test]
fn after_a_restart_everything_is_there_and_nobody_works_on_anything() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.sqlite");
    {
        let world = World::over(rusqlite::Connection::open(&file).unwrap());
        world.send("a1", "a", "1");
        world.send("a2", "a", "2");
        assert_eq!(world.receive(FIFO, 1).len(), 1);
    }
    let world = World::over(rusqlite::Connection::open(&file).unwrap());
    assert!(world.send("a1", "a", "1").repeated);
    world.check_next(FIFO, &[]);
    assert_eq!(world.queues.reset_in_flight().unwrap(), 1);
    world.check_next(FIFO, &["a1", "a2"]);
}

#[test]
fn two_writers_of_one_file_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queues.sqlite");
    let one = World::over(rusqlite::Connection::open(&file).unwrap());
    let two = World::over(rusqlite::Connection::open(&file).unwrap());
    let thread = std::thread::spawn(move || {
        for number in 0..50 {
            two.send("two", &format!("two{number}"), &format!("two{number}"));
        }
    });
    for number in 0..50 {
        one.send("one", &format!("one{number}"), &format!("one{number}"));
    }
    thread.join().unwrap();
    assert_eq!(one.queues.depth(FIFO).unwrap().visible, 100);
}

#[tokio::test]
async fn a_waiter_is_woken_by_a_message_that_came_before_it_waited() {
    let world = World::new();
    let changed = world.queues.changed(FIFO).unwrap();
    world.send("a1", "a", "1");
    changed.notified().await;
}

#[tokio::test]
async fn the_real_client_sends_receives_defers_and_deletes() {
    let world = World::new();
    let client = world.queues.client();
    let url = client.get_queue_url().queue_name(FIFO).send().await.unwrap().queue_url.unwrap();
    let send = |id: &str| {
        let call = client.send_message().queue_url(&url).message_body("hello").message_group_id("a");
        call.message_deduplication_id(id).send()
    };
    let first = send("1").await.unwrap();
    assert_eq!(first.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!(send("1").await.unwrap().message_id(), first.message_id());
    send("2").await.unwrap();

    let received = client
        .receive_message()
        .queue_url(&url)
        .max_number_of_messages(10)
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap();
    let [one, two] = received.messages() else { panic!("two messages were sent") };
    let attributes = one.attributes().unwrap();
    assert_eq!(attributes[&MessageSystemAttributeName::MessageGroupId], "a");
    assert_eq!(attributes[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    assert_eq!(Some(&attributes[&MessageSystemAttributeName::SequenceNumber]), first.sequence_number.as_ref());

    let receipt = one.receipt_handle().unwrap();
    client.delete_message().queue_url(&url).receipt_handle(receipt).send().await.unwrap();
    let receipt = two.receipt_handle().unwrap();
    let change = client.change_message_visibility().queue_url(&url).receipt_handle(receipt).visibility_timeout(0);
    change.clone().send().await.unwrap();
    let error = change.send().await.unwrap_err().into_service_error();
    assert!(error.is_message_not_inflight(), "{error:?}");

    let wanted = client.get_queue_attributes().queue_url(&url).attribute_names(QueueAttributeName::All);
    let attributes = wanted.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&QueueAttributeName::ApproximateNumberOfMessages], "1");
    assert!(attributes[&QueueAttributeName::RedrivePolicy].contains("\"maxReceiveCount\":3"));
}

#[tokio::test]
async fn a_batch_tells_of_each_entry_and_an_unknown_queue_is_an_error_of_its_own() {
    let world = World::new();
    let client = world.queues.client();
    let entry = |id: &str| SendMessageBatchRequestEntry::builder().id(id).message_body(id);
    let fine = entry("fine").message_group_id("a").message_deduplication_id("1").build().unwrap();
    let wrong = entry("wrong").build().unwrap();
    let answer =
        client.send_message_batch().queue_url(queue_url(FIFO)).entries(fine).entries(wrong).send().await.unwrap();
    assert_eq!(answer.successful()[0].id(), "fine");
    assert_eq!((answer.failed()[0].id(), answer.failed()[0].sender_fault()), ("wrong", true));

    let error = client.get_queue_url().queue_name("none").send().await.unwrap_err().into_service_error();
    assert!(error.is_queue_does_not_exist());
}
