//! How fast the product is beside plain peers, measured side by side in one run.
//!
//! A [`row`] is a load, a [`contender`] is a way to serve it; `measure` drives every row against every contender in interleaved rounds.
//! The row of [`capnweb`] has two servers of its own. The rows of [`session`] are measured on a real node, `capos up`, beside sshd or beside a smaller one of itself.
//! To add a contender, add an entry to [`contender::CONTENDERS`] and, where it needs a process of its own, a word to [`main`].
#![forbid(unsafe_code)]
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to the person who runs it, and its servers to the benchmark"
)]

mod admission;
mod capnweb;
mod confined;
mod contender;
mod fan_out;
mod finding;
mod load;
mod machine;
mod measure;
mod node;
mod options;
mod plain;
mod process;
mod report;
mod row;
mod session;
mod statistics;

use std::time::Duration;

use anyhow::{Context, bail};

const USAGE: &str = "usage: capos-bench measure [--json] [--quick] [--row NAME] [--rounds N]
       capos-bench load ADDRESS ROW [SECONDS]   loads a server that is being profiled
       capos-bench serve-plain              a plain server of the laboratory
       capos-bench proxy-plain UPSTREAM     a plain proxy that forwards each call to UPSTREAM
       capos-bench serve-node               the node, with the laboratory in its own process
       capos-bench serve-confined           the node, with the laboratory in a confined service
       capos-bench serve-chat               the node, with a confined chat
       capos-bench bundled-service NAME     such a service, as the runner starts it

The servers listen on a free loopback port, print it, and end when their standard input does.";

fn main() -> anyhow::Result<()> {
    capos_sandbox::run_if_helper();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (word, rest) = arguments.split_first().context(USAGE)?;
    match word.as_str() {
        "measure" => measure::run(&options::Options::parse(rest)?),
        "load" => {
            let [address, row, rest @ ..] = rest else { bail!("{USAGE}") };
            let seconds = rest.first().map_or(Ok(5), |seconds| seconds.parse()).context("SECONDS wants a number")?;
            measure::load(address.parse()?, row, Duration::from_secs(seconds))
        }
        "serve-plain" => process::serve(plain::serve),
        "proxy-plain" => {
            let upstream = rest.first().context(USAGE)?.parse()?;
            process::serve(move |listener| plain::proxy(listener, upstream))
        }
        "serve-node" => process::serve(node::serve),
        "serve-confined" => serve_service(&confined::LABORATORY),
        "serve-chat" => serve_service(&confined::CHAT),
        "bundled-service" => confined::service(rest.first().context(USAGE)?),
        _ => bail!("{USAGE}"),
    }
}

fn serve_service(hosted: &'static confined::Hosted) -> anyhow::Result<()> {
    process::serve_from(async || confined::Node::start(hosted).await, |listener, node| node.serve(listener))
}
