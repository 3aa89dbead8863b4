//! What can go wrong, grouped by who must act.

use capos_schema::{Code, Denial};

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
    TooManyCalls,
    TooManyCancelled,
    TooManyQuestions,
    TooManyExports,
    TooManyImports,
    RetainedResults,
    QueuedOutput,
    HeldInput,
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
            ExportCount => (
                Code::BadRequest,
                "more references are released than are held",
            ),
            UnknownEmbargo => (Code::BadRequest, "the embargo is not known"),
            NoPromise => (
                Code::BadRequest,
                "the object named is no promise that can be resolved or disembargoed",
            ),
            Circular => (Code::BadRequest, "a promise may not resolve to itself"),
            WrongReturn => (Code::BadRequest, "this kind of return was not asked for"),
            Redirected => (Code::BadRequest, "results may be sent to the caller only"),
            Unsupported => (Code::BadRequest, "this message is not supported"),
            LongTransform => (Code::BadRequest, "the path into the answer is too long"),
            TooManyCalls => (Code::TooManyCalls, Code::TooManyCalls.sentence()),
            TooManyCancelled => (
                Code::TooManyCalls,
                "too many calls were cancelled; connect again",
            ),
            TooManyQuestions => (
                Code::Overloaded,
                "too many calls wait for this peer's answers",
            ),
            TooManyExports => (
                Code::Overloaded,
                "too many references are held; release some first",
            ),
            TooManyImports => (
                Code::Overloaded,
                "too many references were passed; release some first",
            ),
            RetainedResults => (
                Code::Overloaded,
                "too many results are held; finish calls first",
            ),
            QueuedOutput => (Code::Overloaded, "too much waits to be read"),
            HeldInput => (
                Code::Overloaded,
                "the calls in flight are too large together",
            ),
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
