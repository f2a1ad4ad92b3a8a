//! The sender's steps: each is taken once, by one worker, on the state that it read.

use transom::{
    domain::{
        inbound::{ReceiptStatus, ReportedAt},
        message::{Outbound, Way},
        outcome::{Failure, FailureKind},
        reason::Reason,
        sending::{Answer, Delivery, SenderState, Stage},
    },
    ports::store::{Claim, Messages, Report, Step, Verdict},
    seal::Sealed,
};

use crate::world::{World, account, at, claim, key};

fn failure(kind: FailureKind) -> Failure {
    Failure { kind, code: "131047".into() }
}

async fn settle(world: &World, message: &Outbound, attempt: u32, answer: Answer) -> Step {
    let id = Sealed::new(&"wamid.X".to_owned(), &key(7), [9; 12]);
    world.store.settle(message, attempt, &answer, Some(&id), at(30), at(930)).await.unwrap()
}

async fn judge(world: &World, message: &Outbound, verdict: Verdict) -> Step {
    world.store.judge(message, verdict, Reason::WindowClosed, Some(at(6)), at(40)).await.unwrap()
}

/// (Fault matrix C2.)
#[tokio::test]
async fn of_two_workers_one_takes_the_attempt() {
    let world = World::new().await;
    let message = world.queued().await;
    let (claim, store) = (claim(1), &world.store);
    let (one, two) = tokio::join!(store.claim(&message, &claim), store.claim(&message, &claim));
    let mut steps = [one.unwrap(), two.unwrap()];
    steps.sort_by_key(|step| *step == Step::Lost);
    assert_eq!(steps, [Step::Done, Step::Lost]);

    let claimed = world.outbound(message.id).await;
    assert_eq!(claimed.state, SenderState::Claimed { until: at(80) });
    assert_eq!((claimed.attempt, claimed.way, claimed.reason), (1, Some(Way::FreeForm), Some(Reason::WindowOpen)));
    assert_eq!((claimed.planned_with, claimed.changed_at), (Some(at(5)), at(20)));
    assert_eq!(claimed.attempts[0].claimed_at, Some(at(20)));
    assert_eq!(store.claim(&claimed, &crate::world::claim(2)).await.unwrap(), Step::Lost, "a live claim");
}

#[tokio::test]
async fn a_claim_is_lost_if_the_state_or_the_attempt_changed_since_it_was_read() {
    let world = World::new().await;
    let read = world.queued().await;
    // The same attempt in another state.
    assert_eq!(judge(&world, &read, Verdict::Cancelled).await, Step::Done);
    assert_eq!(world.store.claim(&read, &claim(1)).await.unwrap(), Step::Lost);
    // The same state with another attempt: its number is used.
    let world = World::new().await;
    let read = world.queued().await;
    world.claimed(&read).await;
    assert_eq!(world.store.release(&read, 1, Reason::ProviderNotReady, at(30)).await.unwrap(), Step::Done);
    assert_eq!(world.store.claim(&read, &claim(1)).await.unwrap(), Step::Lost);
}

/// Protection: the epoch in the claim's condition. (Fault matrix D24.)
#[tokio::test]
async fn d24_what_a_newer_generation_has_taken_up_an_older_one_cannot_claim() {
    let world = World::new().await;
    let of = |attempt, epoch| Claim { epoch, ..claim(attempt) };
    let read = world.queued().await;
    for (attempt, epoch) in [(1, 1), (2, 2)] {
        let read = world.outbound(read.id).await;
        assert_eq!(world.store.claim(&read, &of(attempt, epoch)).await.unwrap(), Step::Done);
        let claimed = world.outbound(read.id).await;
        assert_eq!(world.store.release(&claimed, attempt, Reason::ProviderNotReady, at(30)).await.unwrap(), Step::Done);
    }
    let read = world.outbound(read.id).await;
    assert_eq!(world.store.claim(&read, &of(3, 1)).await.unwrap(), Step::Lost);
    assert_eq!(world.store.claim(&read, &of(3, 2)).await.unwrap(), Step::Done);
}

#[tokio::test]
async fn an_answer_settles_its_own_attempt_once() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    assert_eq!(settle(&world, &message, 2, Answer::Accepted).await, Step::Lost);
    assert_eq!(settle(&world, &message, 1, Answer::Accepted).await, Step::Done);
    assert_eq!(settle(&world, &message, 1, Answer::Refused(failure(FailureKind::Media))).await, Step::Lost);
    let settled = world.outbound(message.id).await;
    assert_eq!((settled.state, settled.delivery()), (SenderState::Accepted, Delivery::Accepted));
    assert_eq!(settled.attempts[0].answered_at, Some(at(30)));
}

#[tokio::test]
async fn a_refusal_is_final_and_keeps_the_providers_code() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    settle(&world, &message, 1, Answer::Refused(failure(FailureKind::Media))).await;
    let refused = world.outbound(message.id).await;
    assert_eq!(refused.delivery(), Delivery::Failed { failure: failure(FailureKind::Media) });
    assert_eq!(world.store.claim(&refused, &claim(2)).await.unwrap(), Step::Lost);
}

#[tokio::test]
async fn a_closed_window_brings_the_message_back_to_be_claimed_or_held() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    settle(&world, &message, 1, Answer::WindowClosed(failure(FailureKind::WindowClosed))).await;
    let back = world.outbound(message.id).await;
    assert_eq!((back.stage(at(31)), back.met_a_closed_window()), (Stage::Ready, true));
    assert_eq!(judge(&world, &back, Verdict::Waiting).await, Step::Done);
    let held = world.outbound(message.id).await;
    assert_eq!((held.delivery(), held.reason), (Delivery::Held, Some(Reason::WindowClosed)));
    assert_eq!(world.claimed(&held).await.attempt, 2);
}

/// (Fault matrix F10.)
#[tokio::test]
async fn an_unknown_outcome_is_settled_by_a_late_answer_but_never_claimed_again() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    assert_eq!(settle(&world, &message, 1, Answer::Unknown).await, Step::Done);
    let unknown = world.outbound(message.id).await;
    assert_eq!(unknown.state, SenderState::Unknown { until: at(930) });
    assert_eq!(world.store.claim(&unknown, &claim(2)).await.unwrap(), Step::Lost);
    assert_eq!(settle(&world, &message, 1, Answer::Accepted).await, Step::Done);
    assert_eq!(world.outbound(message.id).await.state, SenderState::Accepted);
}

#[tokio::test]
async fn an_overdue_claim_becomes_unknown_and_then_undetermined() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    assert_eq!(message.stage(at(80)), Stage::Overdue);
    assert_eq!(judge(&world, &message, Verdict::Unknown { until: at(940) }).await, Step::Done);
    assert_eq!(judge(&world, &message, Verdict::Unknown { until: at(950) }).await, Step::Lost);
    let unknown = world.outbound(message.id).await;
    assert_eq!(unknown.state, SenderState::Unknown { until: at(940) });
    assert_eq!(judge(&world, &unknown, Verdict::Undetermined).await, Step::Done);
    let undetermined = world.outbound(message.id).await;
    assert_eq!(undetermined.delivery(), Delivery::Undetermined);
    assert_eq!(settle(&world, &message, 1, Answer::Accepted).await, Step::Lost);
}

/// (Fault matrix D4.)
#[tokio::test]
async fn a_released_attempt_leaves_no_trace_but_its_number() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    let release = |attempt| world.store.release(&message, attempt, Reason::ProviderNotReady, at(30));
    assert_eq!(release(2).await.unwrap(), Step::Lost);
    assert_eq!(release(1).await.unwrap(), Step::Done);
    assert_eq!(release(1).await.unwrap(), Step::Lost);
    let released = world.outbound(message.id).await;
    assert_eq!((released.state, released.attempt, released.attempts.len()), (SenderState::Queued, 1, 0));
    assert_eq!(settle(&world, &message, 1, Answer::Accepted).await, Step::Lost);
    let again = world.claimed(&released).await;
    assert_eq!(again.attempts.iter().map(|attempt| attempt.number).collect::<Vec<_>>(), [2]);
}

/// (Fault matrix D9.)
#[tokio::test]
async fn a_message_that_arrived_after_all_is_not_claimed_again() {
    let world = World::new().await;
    let message = world.claimed(&world.queued().await).await;
    let failed = ReceiptStatus::Failed(failure(FailureKind::WindowClosed));
    world
        .store
        .record_receipt(
            &account(),
            message.id,
            1,
            &Report { status: &failed, at: ReportedAt::Provider(at(30)), pricing: None },
        )
        .await
        .unwrap();
    let read = world.outbound(message.id).await;
    assert_eq!(read.stage(at(81)), Stage::Ready);
    // Between the read and the claim the provider reports that it was delivered.
    world
        .store
        .record_receipt(
            &account(),
            message.id,
            1,
            &Report { status: &ReceiptStatus::Delivered, at: ReportedAt::Provider(at(31)), pricing: None },
        )
        .await
        .unwrap();
    assert_eq!(world.store.claim(&read, &claim(2)).await.unwrap(), Step::Lost);
    assert_eq!(world.outbound(message.id).await.delivery(), Delivery::Delivered);
}

/// (Fault matrix D23.)
#[tokio::test]
async fn a_verdict_holds_only_for_the_state_that_was_read() {
    let world = World::new().await;
    let read = world.queued().await;
    let claimed = world.claimed(&read).await;
    assert_eq!(judge(&world, &read, Verdict::Cancelled).await, Step::Lost);
    assert_eq!(world.outbound(read.id).await, claimed);

    for (verdict, state) in [
        (Verdict::Waiting, SenderState::Waiting),
        (Verdict::Refused, SenderState::Refused),
        (Verdict::Expired, SenderState::Expired),
        (Verdict::Cancelled, SenderState::Cancelled),
    ] {
        let world = World::new().await;
        let read = world.queued().await;
        assert_eq!(judge(&world, &read, verdict).await, Step::Done);
        let judged = world.outbound(read.id).await;
        assert_eq!((judged.state, judged.planned_with, judged.changed_at), (state, Some(at(6)), at(40)));
        let expected = if verdict == Verdict::Waiting { Step::Done } else { Step::Lost };
        assert_eq!(world.store.claim(&judged, &claim(1)).await.unwrap(), expected);
    }
}
