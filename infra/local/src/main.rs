//! Starts the whole system on this machine.

#![forbid(unsafe_code)]

use std::{process::ExitCode, sync::Arc, time::Duration};

use clap::Parser;
use lambda_runtime::tracing::subscriber;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::signal::unix::{SignalKind, signal};
use transom::{
    adapters::{chance::SystemChance, clock::SystemClock},
    app::jobs,
    telemetry,
};
use transom_local::{
    cli::{Arguments, Command, welcome},
    local::{CannotStart, Faults, Local, Options},
    stand_in::{self, StandIn},
    state::StateFolder,
};

/// How long work that was begun may take to end. What is cut off is taken up again at the next start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Up to where each bucket of a measured time goes.
const MILLISECONDS: [f64; 14] =
    [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 5_000.0, 20_000.0, 60_000.0, 3_600_000.0];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    subscriber::fmt().with_writer(std::io::stderr).with_env_filter(arguments.log.filter()).init();
    let ended: Result<(), Box<dyn std::error::Error>> = match arguments.command.clone() {
        None => run(arguments).await.map_err(Into::into),
        Some(Command::StandIn { webhooks_url }) => stand_in(arguments, webhooks_url).await,
    };
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("transom-local: {}", with_causes(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

async fn stand_in(arguments: Arguments, webhooks_url: String) -> Result<(), Box<dyn std::error::Error>> {
    let stand_in = StandIn::start(stand_in::Options {
        state: StateFolder::open(&arguments.state, arguments.empty)?,
        listen: arguments.listen(),
        webhooks_url,
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
    })
    .await?;
    println!("The outside world is at {}", stand_in.url);
    Ok(stand_in.run(asked_to_stop()).await?)
}

async fn run(arguments: Arguments) -> Result<(), CannotStart> {
    let local = Local::start(Options {
        state: Some(StateFolder::open(&arguments.state, arguments.empty)?),
        listen: arguments.listen(),
        clock: Arc::new(SystemClock),
        chance: Arc::new(SystemChance),
        meta_url: arguments.meta_url,
        twilio_url: arguments.twilio_url,
        public_url: arguments.public_url,
        metrics: Some(metrics()),
        faults: Faults::default(),
    })
    .await?;
    if let Err(trouble) = jobs::arm(&local.parts, &local.demo.account).await {
        tracing::error!(error = &trouble as &dyn std::error::Error, "what is due every day could not be armed");
    }
    let running = local.run();
    println!("{}", welcome(&local));
    asked_to_stop().await;
    let orderly = async {
        // The server last: work that is being ended may still call the stand-in.
        running.stop().await;
        local.stop().await;
    };
    #[expect(clippy::disallowed_methods, reason = "the process ends in real time, whatever its clock says")]
    let ended = tokio::time::timeout(PATIENCE, orderly).await;
    if ended.is_err() {
        tracing::warn!("something did not end in time; it is taken up again at the next start");
    }
    Ok(())
}

/// Begins to count, for `/metrics`.
fn metrics() -> PrometheusHandle {
    let builder = PrometheusBuilder::new().set_buckets(&MILLISECONDS).expect("there are some");
    let handle = builder.install_recorder().expect("nothing else of this process counts");
    telemetry::describe();
    handle
}

/// SIGINT or SIGTERM.
async fn asked_to_stop() {
    let mut interrupt = signal(SignalKind::interrupt()).expect("this runs within the runtime");
    let mut terminate = signal(SignalKind::terminate()).expect("this runs within the runtime");
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
