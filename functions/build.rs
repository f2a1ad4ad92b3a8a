//! How every function is linked.
#![expect(clippy::disallowed_methods, reason = "cargo tells a build script everything by its environment")]

fn main() {
    println!("cargo::rerun-if-changed=../build.rs");
    // At a fixed address: 32,000 places in a position-independent function would be corrected at each start, in memory that
    // is then its own (tests/FIGURES.md, section 6). Only Linux is asked, where functions run.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
