//! What can go wrong, grouped by who must act.

use std::fmt;
use std::io;
use std::path::PathBuf;

use capos_schema::{Code, Denial};

use crate::tls::IdentityChanged;

/// Why the peer's connection is at fault. Each ends that connection and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misuse {
    TooLarge,
    TooManySegments,
    Malformed,
    TooDeep,
    SlowFrame,
    Unread,
    CutShort,
    QuestionInUse,
    UnknownQuestion,
    UnknownExport,
    ExportCount,
    UnknownEmbargo,
    NoPromise,
    Circular,
    WrongReturn,
    Redirected,
    Unsupported,
    LongTransform,
    DeepChain,
    LongResolution,
    TooManyCalls,
    TooManyCancelled,
    TooManyQuestions,
    TooManyExports,
    TooManyImports,
    RetainedResults,
    QueuedOutput,
    HeldInput,
    HeldUp,
    NoSignIn,
    OwnTailCall,
}

impl Misuse {
    fn parts(self) -> (Code, &'static str) {
        use Misuse::*;
        match self {
            TooLarge => (Code::BadRequest, "the message is too large"),
            TooManySegments => (Code::BadRequest, "the message has too many segments"),
            Malformed => (Code::BadRequest, "the message is malformed"),
            TooDeep => (Code::BadRequest, "the message is nested too deeply"),
            SlowFrame => (Code::BadRequest, "a message that was begun came too slowly"),
            Unread => (Code::Overloaded, "what was sent is not being read"),
            CutShort => (Code::BadRequest, "the connection ended within a message"),
            QuestionInUse => (Code::BadRequest, "the question id is in use"),
            UnknownQuestion => (Code::BadRequest, "a return answers no question"),
            UnknownExport => (Code::BadRequest, "the target is not exported"),
            ExportCount => (Code::BadRequest, "more references are released than are held"),
            UnknownEmbargo => (Code::BadRequest, "the embargo is not known"),
            NoPromise => (Code::BadRequest, "the object named is no promise that can be resolved or disembargoed"),
            Circular => (Code::BadRequest, "a promise may not resolve to itself"),
            WrongReturn => (Code::BadRequest, "this kind of return was not asked for"),
            Redirected => (Code::BadRequest, "results may be sent to the caller only"),
            Unsupported => (Code::BadRequest, "this message is not supported"),
            LongTransform => (Code::BadRequest, "the path into the answer is too long"),
            DeepChain => (Code::TooManyCalls, "calls on answers still to come are chained too deeply"),
            LongResolution => (Code::BadRequest, "a promise resolves to too many others in turn"),
            TooManyCalls => (Code::TooManyCalls, Code::TooManyCalls.sentence()),
            TooManyCancelled => (Code::TooManyCalls, "too many calls were cancelled; connect again"),
            TooManyQuestions => (Code::Overloaded, "too many calls wait for this peer's answers"),
            TooManyExports => (Code::Overloaded, "too many references are held; release some first"),
            TooManyImports => (Code::Overloaded, "too many references were passed; release some first"),
            RetainedResults => (Code::Overloaded, "too many results are held; finish calls first"),
            QueuedOutput => (Code::Overloaded, "too much waits to be read"),
            HeldInput => (Code::Overloaded, "the calls in flight are too large together"),
            HeldUp => (Code::Overloaded, "no call in flight ends to make room for the next"),
            NoSignIn => (Code::Unauthenticated, "the time to sign in is over"),
            OwnTailCall => (Code::Internal, Code::Internal.sentence()),
        }
    }
}

impl From<Misuse> for Denial {
    fn from(misuse: Misuse) -> Self {
        let (code, sentence) = misuse.parts();
        Denial::new(code, sentence)
    }
}

/// What a caller of this crate may have to deal with.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// For whoever decides about trust: the server is not the one that was pinned.
    IdentityChanged(IdentityChanged),
    /// For the peer: it did not keep to TLS 1.3, or could not prove who it is.
    Handshake(rustls::Error),
    /// For the caller: this is no name or address a server can have.
    ServerName,
    /// For the caller: this is no fingerprint.
    Fingerprint,
    /// For the operator: no usable certificate authority was given.
    NoAuthority,
    /// For the operator: others may read the identity's file, or replace it.
    IdentityExposed(PathBuf),
    /// For the operator: the identity's file holds no key and certificate.
    IdentityUnreadable,
    /// For the operator: the identity's key is of a kind that nothing can be signed with.
    IdentityKind,
    /// For the operator: there is no certificate in PEM, or one that cannot be read.
    CertificateUnreadable,
    /// For the operator: there is no private key in PEM, or one of a kind that is not used.
    KeyUnreadable,
    /// For the operator: the key is not the certificate's.
    KeyOfAnother,
    /// For us, or the operator: a key or a certificate could not be made or used.
    Certificate(rcgen::Error),
    /// For the operator: the system refused.
    Io(io::Error),
}

impl Error {
    /// Finds the real reason of a failed handshake.
    pub(crate) fn handshake(error: io::Error) -> Self {
        match error.downcast::<rustls::Error>() {
            Ok(error) => error.into(),
            Err(error) => Error::Io(error),
        }
    }
}

impl From<rustls::Error> for Error {
    fn from(error: rustls::Error) -> Self {
        if let rustls::Error::Other(other) = &error
            && let Some(changed) = other.0.downcast_ref::<IdentityChanged>()
        {
            return Error::IdentityChanged(changed.clone());
        }
        Error::Handshake(error)
    }
}

impl From<rcgen::Error> for Error {
    fn from(error: rcgen::Error) -> Self {
        Error::Certificate(error)
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::IdentityChanged(changed) => changed.fmt(f),
            Error::Handshake(error) => write!(f, "the TLS handshake failed: {error}"),
            Error::ServerName => f.write_str("this is no name or address of a server"),
            Error::Fingerprint => f.write_str("a fingerprint is SHA256: and 43 characters of base64"),
            Error::NoAuthority => f.write_str("no usable certificate authority was given"),
            Error::IdentityExposed(path) => {
                write!(f, "{} must belong to this user, and no other may read the key or write there", path.display())
            }
            Error::IdentityUnreadable => f.write_str("the identity's file holds no key and certificate"),
            Error::IdentityKind => f.write_str("the identity's key is no ECDSA key over P-256"),
            Error::CertificateUnreadable => f.write_str("there is no certificate in it that can be read, in PEM"),
            Error::KeyUnreadable => f.write_str("there is no private key in it that can be used, in PEM"),
            Error::KeyOfAnother => f.write_str("the key is not the one of the certificate"),
            Error::Certificate(error) => write!(f, "the certificate could not be made: {error}"),
            Error::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::IdentityChanged(changed) => Some(changed),
            Error::Handshake(error) => Some(error),
            Error::Certificate(error) => Some(error),
            Error::Io(error) => Some(error),
            _ => None,
        }
    }
}
