//! Streams as wholes.

use std::rc::Rc;

use bytes::{Bytes as Data, BytesMut};

use super::custody::{Charge, Custody};
use super::readable::Readable;
use super::survey::survey;
use crate::error::{Error, Outcome, Thrown};
use crate::value::{Blob, Body, Value};

impl Readable {
    /// All chunks, as long as they take about `limit` bytes at most; past it the stream is cancelled.
    ///
    /// # Errors
    /// What the stream failed with, and a `RangeError` past the limit.
    pub async fn collect(&self, limit: usize) -> Result<Vec<Value>, Thrown> {
        let mut chunks = Vec::new();
        let mut taken = 0_usize;
        while let Some(chunk) = self.next().await {
            let chunk = chunk?;
            taken = taken.saturating_add(survey(&chunk).bytes);
            if taken > limit {
                return Err(self.stop_at_limit());
            }
            chunks.push(chunk);
        }
        Ok(chunks)
    }

    /// All bytes of a stream of bytes, `limit` at most; past it the stream is cancelled.
    ///
    /// # Errors
    /// What the stream failed with, a `RangeError` past the limit, a `TypeError` where a chunk is not bytes.
    pub async fn collect_bytes(&self, limit: usize) -> Result<Data, Thrown> {
        self.gather(limit, None).await
    }

    /// The text of a stream of bytes in UTF-8, `limit` bytes at most. What is no UTF-8 becomes U+FFFD, as in JavaScript.
    ///
    /// # Errors
    /// As for the bytes.
    pub async fn collect_text(&self, limit: usize) -> Result<String, Thrown> {
        Ok(text(&self.collect_bytes(limit).await?))
    }

    /// What this stream of a peer's brings as a blob. What is gathered counts as held for the peer.
    pub(crate) async fn blob(self, mime: String, limit: usize) -> Outcome {
        let custody = self.custody();
        let data = self.gather(limit, custody.as_ref()).await?;
        Ok(Blob { mime, data }.into())
    }

    async fn gather(&self, limit: usize, custody: Option<&Rc<Custody>>) -> Result<Data, Thrown> {
        let mut gathered = Gathered { data: BytesMut::new(), limit, custody, charge: None };
        while let Some(chunk) = self.next().await {
            let Value::Bytes(bytes) = chunk? else {
                let error = Thrown::from(Error::type_error("A stream of bytes has a chunk that is not bytes."));
                self.cancel(error.clone());
                return Err(error);
            };
            if !gathered.add(&bytes.data) {
                return Err(self.stop_at_limit());
            }
        }
        Ok(gathered.data.freeze())
    }

    fn stop_at_limit(&self) -> Thrown {
        let error = Thrown::from(Error::range_error("The stream is longer than what is accepted."));
        self.cancel(error.clone());
        error
    }
}

struct Gathered<'a> {
    data: BytesMut,
    limit: usize,
    custody: Option<&'a Rc<Custody>>,
    charge: Option<Charge>,
}

impl Gathered<'_> {
    /// False past the limit.
    fn add(&mut self, bytes: &[u8]) -> bool {
        let fits = self.data.len().checked_add(bytes.len()).is_some_and(|size| size <= self.limit);
        if let Some(custody) = self.custody.filter(|_| fits) {
            let Some(charge) = custody.reserve(bytes.len()) else { return false };
            Charge::merge(&mut self.charge, charge);
        }
        if fits {
            self.data.extend_from_slice(bytes);
        }
        fits
    }
}

impl Body {
    /// Its bytes, `limit` at most.
    ///
    /// # Errors
    /// As [`Readable::collect_bytes`].
    pub async fn bytes(&self, limit: usize) -> Result<Data, Thrown> {
        match self {
            Self::None => Ok(Data::new()),
            Self::Text(text) => Ok(Data::copy_from_slice(text.as_bytes())),
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::Stream(stream) => stream.collect_bytes(limit).await,
        }
    }

    /// Its text, `limit` bytes at most.
    ///
    /// # Errors
    /// As [`Readable::collect_bytes`].
    pub async fn text(&self, limit: usize) -> Result<String, Thrown> {
        match self {
            Self::Text(text) => Ok(text.clone()),
            body => Ok(text(&body.bytes(limit).await?)),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
