//! The operator's command line.
#![forbid(unsafe_code)]

mod arguments;
mod aws;
mod commands;
mod here;
mod installation;
mod settings;
mod show;

use std::process::ExitCode;

use arguments::Arguments;
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match commands::run(arguments).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("transom: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(error) = cause {
                eprintln!("  because: {error}");
                cause = error.source();
            }
            ExitCode::FAILURE
        }
    }
}
