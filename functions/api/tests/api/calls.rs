//! How often a token may call, over all processes.

use axum::http::header;
use transom::seal::sha256_hex;

use crate::world::{OTHER_TOKEN, TOKEN, World};

#[tokio::test]
async fn a_token_may_call_so_often_over_all_processes_and_nobody_elses_calls_count() {
    let world = World::empty().await;
    let other = world.another_process();
    let mut answered = 0;
    for _ in 0..120 {
        for process in [&world, &other] {
            let answer = process.get("/v1/channels").await;
            if answer.status == 200 {
                answered += 1;
                continue;
            }
            answer.is_a_problem(429);
            assert_eq!(answer.body["type"], "urn:transom:problem:too-many-calls");
            let seconds: u64 = answer.headers[header::RETRY_AFTER].to_str().unwrap().parse().unwrap();
            assert!((1..=3).contains(&seconds), "{seconds}");
        }
    }
    assert_eq!(answered, 100, "fifty a second, counted over two");
    world.call(OTHER_TOKEN, "GET", "/v1/channels", None).await.with(200);
    world.turn(jiff::SignedDuration::from_secs(3));
    world.get("/v1/channels").await.with(200);
}

#[tokio::test]
async fn a_tokens_own_limit_counts_from_the_next_call() {
    let world = World::empty().await;
    let hash = sha256_hex(TOKEN.as_bytes());
    let answered = async |calls: usize| {
        let mut answered = 0;
        for _ in 0..calls {
            answered += usize::from(world.get("/v1/channels").await.status == 200);
        }
        answered
    };
    world.parts.store.limit_token(&hash, Some(1)).await.unwrap();
    assert_eq!(answered(5).await, 2);
    world.turn(jiff::SignedDuration::from_secs(3));
    world.parts.store.limit_token(&hash, None).await.unwrap();
    assert_eq!(answered(120).await, 100);
    // A token that is none is told so, however often.
    world.call("no-such-token", "GET", "/v1/channels", None).await.is_a_problem(401);
}
