//! Drives every row against every contender, round by round.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use capos_testkit::lab_capnp::lab;
use capos_testkit::stock::vat;

use crate::admission;
use crate::capnweb;
use crate::contender::{CONTENDERS, Running};
use crate::fan_out;
use crate::machine::own_cpu;
use crate::node;
use crate::options::Options;
use crate::plain;
use crate::report::{self, Figures, Round, Table};
use crate::row::{Client, ROWS, Row};
use crate::session;

/// Measures and prints.
pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let tables = runtime.block_on(vat(measure(options)))?;
    let costs = if options.row.is_none() { admission::measure(options)? } else { Vec::new() };
    let mut findings = runtime.block_on(vat(session::measure(options)))?;
    if options.wants(fan_out::ROW) {
        options.tell(fan_out::ROW);
        findings.push(runtime.block_on(vat(fan_out::measure(options)))?);
    }
    if options.wants(capnweb::ROW) {
        options.tell(capnweb::ROW);
        findings.push(runtime.block_on(capnweb::measure(options))?);
    }
    anyhow::ensure!(!tables.is_empty() || !findings.is_empty(), "no row has that name");
    if options.json {
        println!("{}", report::json(&tables, &costs, &findings)?);
    } else {
        print!("{}", report::text(&tables, &costs, &findings));
    }
    Ok(())
}

/// Loads one server for a while, so that a profiler can look at it.
pub(crate) fn load(address: SocketAddr, name: &str, length: Duration) -> anyhow::Result<()> {
    let row = ROWS.iter().find(|row| row.name == name).context("no row has that name")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let work = runtime.block_on(vat(async {
        let lab = match row.client {
            Client::Ours => node::connect_to(address, row.window).await?,
            Client::Stock => plain::connect(address, row.window).await?,
        };
        row.load.run(&lab, length).await
    }))?;
    println!("{} operations in {:.2} s", work.operations, work.took.as_secs_f64());
    Ok(())
}

async fn measure(options: &Options) -> anyhow::Result<Vec<Table>> {
    let rows: Vec<&'static Row> = ROWS.iter().filter(|row| options.wants(row.name)).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let running = CONTENDERS.iter().map(Running::start).collect::<Result<Vec<_>, _>>()?;
    let mut tables = Vec::new();
    for row in rows {
        options.tell(row.name);
        tables.push(measure_row(row, &running, options).await?);
    }
    Ok(tables)
}

async fn measure_row(row: &'static Row, running: &[Running], options: &Options) -> anyhow::Result<Table> {
    let mut clients = Vec::new();
    for contender in running {
        let lab = connect(row, contender).await?;
        row.load.run(&lab, options.warm_up).await?;
        clients.push(lab);
    }
    let mut rounds = vec![Vec::new(); running.len()];
    for round in 0..options.rounds {
        for turn in 0..running.len() {
            // Another one begins each round, so that none always follows the same one.
            let index = (round + turn) % running.len();
            rounds[index].push(measure_round(row, &running[index], &clients[index], options).await?);
        }
    }
    let figures = running.iter().zip(rounds);
    Ok(Table {
        row,
        figures: figures.map(|(running, rounds)| Figures { contender: running.contender, rounds }).collect(),
    })
}

async fn connect(row: &Row, running: &Running) -> anyhow::Result<lab::Client> {
    let address = running.address()?;
    match row.client {
        Client::Ours if running.contender.is_ours => node::connect_to(address, row.window).await,
        Client::Ours | Client::Stock => plain::connect(address, row.window).await,
    }
}

async fn measure_round(row: &Row, running: &Running, lab: &lab::Client, options: &Options) -> anyhow::Result<Round> {
    let (servers, client) = (running.cpu()?, own_cpu()?);
    let work = row.load.run(lab, options.slice).await?;
    let (servers, client) = (running.cpu()? - servers, own_cpu()? - client);
    let operations = work.operations as f64;
    Ok(Round {
        rate: row.load.in_units(operations / work.took.as_secs_f64()),
        server_cpu: servers.as_secs_f64() * 1e6 / operations,
        client_cpu: client.as_secs_f64() * 1e6 / operations,
    })
}
