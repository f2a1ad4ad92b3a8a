//! Outages that last: nothing is forgotten while they do, and nobody else stands still.

use crate::world::{ANA, CHANNEL, World};
use serde_json::json;
use transom::app::send::{self, ComeAgain};

/// A doorbell that comes again too often is taken for broken and put aside (the queue's receive limit).
const RECEIVE_LIMIT: usize = 1000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_takes_nothing_for_days_does_not_use_up_the_doorbell() {
    for fault in [
        // An expired token; the fault matrix's D13.
        json!({ "fault": "fail", "status": 401, "code": 190, "times": 100_000 }),
        // Trouble that passes.
        json!({ "fault": "fail", "status": 400, "code": 131_000, "times": 100_000 }),
    ] {
        let world = World::new().await;
        world.fault(fault);
        let content = json!({ "type": "template", "name": "answer_waiting", "language": "en" });
        let body = json!({ "channel": CHANNEL, "to": { "phone": format!("+{ANA}") }, "content": content });
        let id = world.send(body).await;
        world.follow_stream().await;
        let mut receives = 0;
        while let Err(again) = send::answer(&world.parts, &world.ring_for(id)).await {
            let ComeAgain::At(at) = again else { panic!("{again}") };
            receives += 1;
            assert!(receives < RECEIVE_LIMIT, "the doorbell is gone at {}", world.now());
            world.system.turn(at.duration_since(world.now())).await.expect("the clock turns");
        }
        assert_eq!(world.state_of(id).await, "expired");
    }
}
