//! Calls per second of this network against the stock one: the server side differs, the client is stock.
//!
//! `cargo run --release -p capos-rpc --example echo -- [rounds] [seconds per round]`
#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{RpcSystem, twoparty};
use capos_rpc::{Limits, Network, Peer};
use capos_testkit::lab_capnp::lab;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::LocalSet;

#[path = "echo/compat.rs"]
mod compat;
use compat::Compat;

struct Echo;

impl lab::Server for Echo {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Result<(), capnp::Error> {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Stock,
    Buffered,
    Ours,
}

fn cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    Duration::from_nanos(text.split(' ').next().unwrap().parse().unwrap())
}

fn runtime(task: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, task);
}

fn serve(kind: Kind) -> (SocketAddr, mpsc::Receiver<Duration>) {
    let (address, told) = mpsc::channel();
    let (spent, cost) = mpsc::channel();
    std::thread::spawn(move || {
        runtime(async move {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            address.send(listener.local_addr().unwrap()).unwrap();
            let (stream, peer) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let echo: lab::Client = capnp_rpc::new_client(Echo);
            let network: Box<dyn capnp_rpc::VatNetwork<Side>> = match kind {
                Kind::Ours => Box::new(Network::new(stream, Side::Server, Peer::tcp(peer), &Limits::default()).0),
                Kind::Stock => stock(stream, Side::Server, false),
                Kind::Buffered => stock(stream, Side::Server, true),
            };
            let _ = RpcSystem::new(network, Some(echo.client)).await;
            spent.send(cpu()).unwrap();
        });
    });
    (told.recv().unwrap(), cost)
}

fn stock(stream: TcpStream, side: Side, buffered: bool) -> Box<dyn capnp_rpc::VatNetwork<Side>> {
    let (read, write) = stream.into_split();
    let (read, write) = (Compat(read), Compat(write));
    if buffered {
        let (read, write) = (futures::io::BufReader::new(read), futures::io::BufWriter::new(write));
        Box::new(twoparty::VatNetwork::new(read, write, side, Default::default()))
    } else {
        Box::new(twoparty::VatNetwork::new(read, write, side, Default::default()))
    }
}

async fn call(client: &lab::Client) {
    let mut request = client.echo_request();
    request.get().set_payload(&[7; 64]);
    request.send().promise.await.unwrap();
}

/// Calls a second, and the server's CPU time per call.
fn measure(kind: Kind, in_flight: usize, time: Duration) -> (f64, f64) {
    let (address, cost) = serve(kind);
    let (count, counted) = mpsc::channel();
    runtime(async move {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut system = RpcSystem::new(stock(stream, Side::Client, true), None);
        let client: lab::Client = system.bootstrap(Side::Server);
        let disconnector = system.get_disconnector();
        tokio::task::spawn_local(system);
        call(&client).await;
        let start = Instant::now();
        let mut calls = 0u32;
        let mut flying: FuturesUnordered<_> = (0..in_flight).map(|_| call(&client)).collect();
        while flying.next().await.is_some() {
            calls += 1;
            if start.elapsed() < time {
                flying.push(call(&client));
            }
        }
        count.send((calls, start.elapsed())).unwrap();
        let _ = disconnector.await;
    });
    let (calls, elapsed) = counted.recv().unwrap();
    let spent = cost.recv().unwrap();
    (f64::from(calls) / elapsed.as_secs_f64(), spent.as_secs_f64() * 1e6 / f64::from(calls))
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u32>().unwrap());
    let rounds = arguments.next().unwrap_or(5);
    let time = Duration::from_secs(u64::from(arguments.next().unwrap_or(1)));
    for in_flight in [1, 64, 512] {
        let kinds = [Kind::Stock, Kind::Buffered, Kind::Ours];
        let mut rates = [const { Vec::new() }; 3];
        let mut costs = [const { Vec::new() }; 3];
        for _ in 0..rounds {
            for (index, &kind) in kinds.iter().enumerate() {
                let (rate, cost) = measure(kind, in_flight, time);
                rates[index].push(rate);
                costs[index].push(cost);
            }
        }
        let rate = rates.each_mut().map(|values| median(values));
        let cost = costs.each_mut().map(|values| median(values));
        println!(
            "{in_flight:>4} in flight: stock {:>8.0}/s {:>5.2} us, buffered {:>8.0}/s {:>5.2} us, ours {:>8.0}/s {:>5.2} us; rate ours/stock {:.2}, ours/buffered {:.2}",
            rate[0],
            cost[0],
            rate[1],
            cost[1],
            rate[2],
            cost[2],
            rate[2] / rate[0],
            rate[2] / rate[1]
        );
    }
}
