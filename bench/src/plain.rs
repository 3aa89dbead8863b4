//! The plain peers: the RPC library with its own network, and a proxy as one would write it by hand.

use std::net::SocketAddr;
use std::rc::Rc;

use capnp::Error;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use capos_testkit::stock;
use tokio::net::{TcpListener, TcpStream};

/// Serves a laboratory of its own to each connection.
pub(crate) async fn serve(listener: TcpListener) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        stock::serve(stream, LabState::new().client());
    }
}

/// Gives each connection a connection of its own to `upstream`, and forwards its calls.
pub(crate) async fn proxy(listener: TcpListener, upstream: SocketAddr) -> anyhow::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let onward = connect(upstream, None).await?;
        stock::serve(stream, forwarder(onward));
    }
}

/// The laboratory at this address, through the library's own network.
pub(crate) async fn connect(address: SocketAddr, window: Option<usize>) -> anyhow::Result<lab::Client> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stock::connect_with_window(stream, window))
}

fn forwarder(onward: lab::Client) -> lab::Client {
    capnp_rpc::new_client(Forwarder { onward })
}

/// Forwards by typed call and copy; what the benchmark does not call stays unimplemented.
struct Forwarder {
    onward: lab::Client,
}

impl lab::Server for Forwarder {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Result<(), Error> {
        let mut request = self.onward.echo_request();
        request.get().set_payload(params.get()?.get_payload()?);
        let response = request.send().promise.await?;
        results.get().set_payload(response.get()?.get_payload()?);
        Ok(())
    }

    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> Result<(), Error> {
        let response = self.onward.next_request().send().promise.await?;
        results.get().set_lab(forwarder(response.get()?.get_lab()?));
        Ok(())
    }

    async fn sink(self: Rc<Self>, params: lab::SinkParams) -> Result<(), Error> {
        let mut request = self.onward.sink_request();
        request.get().set_chunk(params.get()?.get_chunk()?);
        request.send().await
    }

    async fn total(self: Rc<Self>, _: lab::TotalParams, mut results: lab::TotalResults) -> Result<(), Error> {
        let response = self.onward.total_request().send().promise.await?;
        let (total, mut ours) = (response.get()?, results.get());
        ours.set_chunks(total.get_chunks());
        ours.set_bytes(total.get_bytes());
        Ok(())
    }
}
