//! Connections that stop being HTTP.

use hyper::Request;
use hyper::upgrade::{OnUpgrade, on};
use hyper_util::rt::TokioIo;

use crate::server::intake::Intake;
use crate::server::stream::Moved;

/// The connection of a request, once it was answered with 101 and the answer is out.
///
/// None where it was not, or the client has gone. It has no place among the listener's connections any more, and no
/// deadline but those of whoever takes it.
pub fn upgraded<B>(request: &mut Request<B>) -> impl Future<Output = Option<Moved>> + Send + 'static + use<B> {
    let upgrade: OnUpgrade = on(request);
    async move {
        let parts = upgrade.await.ok()?.downcast::<TokioIo<Intake>>().ok()?;
        let (stream, came) = parts.io.into_inner().into_parts();
        let mut read = bytes::BytesMut::from(parts.read_buf);
        read.extend_from_slice(&came);
        Moved::leave(stream, read.freeze()).ok()
    }
}
