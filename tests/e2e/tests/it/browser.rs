//! The workspace in a real browser, on a real node: each spec of `browser/specs` by its name.
//!
//! `browser/harness.mjs` says what every spec is held to. Pictures are left in `target/browser`.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use capos_testkit::node::program;

/// Longer than any of them takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(900);

fn passes(spec: &str) {
    let runner = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/run.mjs");
    let mut command = Command::new("timeout");
    command.args(["--kill-after=10", &PATIENCE.as_secs().to_string(), "node"]).arg(runner).arg(spec);
    let output = command.env("CAPOS_BIN", program()).output().expect("node is there");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

macro_rules! specs {
    ($($spec:ident),* $(,)?) => {
        $(#[test]
        fn $spec() {
            passes(stringify!($spec));
        })*

        #[test]
        fn every_spec_is_run() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser/specs");
            for file in std::fs::read_dir(folder).expect("the specs are there") {
                let name = file.expect("a file").file_name().into_string().expect("its name is text");
                let spec = name.strip_suffix(".mjs").expect("a spec");
                assert!([$(stringify!($spec)),*].contains(&spec), "{spec} is not listed here");
            }
        }
    };
}

specs! {
    absent,
    administering,
    administration,
    adventure,
    authority,
    bridge,
    capset,
    chat,
    cookies,
    diagnostics,
    ending,
    figures,
    hostile,
    keyboard,
    markers,
    midway,
    paperclips,
    policy,
    recordings,
    resume,
    revoked,
    services,
    session,
    signin,
    silence,
    stopping,
    terminals,
    transcript,
    typing,
    windows,
    workspace,
}
