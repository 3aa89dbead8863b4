//! What a command reads.

use capnp::Error;
use capos_schema::shell_capnp::shell_stream;

use crate::terminal::stream::Stream;

/// Bytes in one call: as many as a pipe holds.
const CHUNK: usize = 64 << 10;

/// Gives a command `first` and then all of `input`, as fast as it reads, and then the end. A command that has ended, or
/// has closed what it reads, is given no more.
pub(super) async fn feed(stream: &shell_stream::Client, first: &[u8], input: Option<&Stream>) {
    // What it is that failed shows elsewhere.
    let _ = all(stream, first, input).await;
}

async fn all(stream: &shell_stream::Client, first: &[u8], input: Option<&Stream>) -> Result<(), Error> {
    for chunk in first.chunks(CHUNK) {
        write(stream, chunk).await?;
    }
    if let Some(input) = input {
        let mut chunk = vec![0; CHUNK];
        // One that cannot be read, as a directory, is at its end.
        while let Ok(read @ 1..) = input.read(&mut chunk).await {
            write(stream, chunk.get(..read).unwrap_or_default()).await?;
        }
    }
    stream.close_stdin_request().send().promise.await.map(drop)
}

async fn write(stream: &shell_stream::Client, bytes: &[u8]) -> Result<(), Error> {
    let mut request = stream.write_request();
    request.get().set_data(bytes);
    request.send().await
}
