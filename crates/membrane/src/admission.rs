//! Who decides on a call, and who is told how it went.

use std::future::Future;
use std::pin::Pin;

use capnp::ErrorKind;
use capnp::any_pointer;
use capnp::private::capability::ParamsHook;
use capos_schema::{Code, Denial};

use crate::reference::{Lineage, Side};

/// One call as a policy sees it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The interface that declares the method.
    pub interface: u64,
    /// The method's ordinal in it.
    pub method: u16,
    /// The object it is for, and how that was come by.
    pub lineage: Lineage,
    /// Where that object lives: [`Side::Inside`] for a call of the grant's holder, [`Side::Outside`] for a callback.
    pub towards: Side,
    pub(crate) params: &'a dyn ParamsHook,
}

impl Call<'_> {
    /// The arguments, for a policy that depends on them or shows them to a person.
    pub fn params(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.params.get()
    }
}

/// A policy's word on one call.
pub enum Admission {
    /// It may go on.
    Allow,
    /// It may not.
    Deny(Denial),
    /// Somebody is asked. Other calls go on meanwhile.
    Later(Pin<Box<dyn Future<Output = Result<(), Denial>>>>),
}

/// Decides on calls after liveness, lease, methods and budgets have let them pass.
pub trait Policy {
    /// Decides at once, or says that it takes time.
    fn admit(&self, call: &Call<'_>) -> Admission;

    /// Whether it is asked about calls of the outside's callbacks too.
    fn covers_callbacks(&self) -> bool {
        false
    }
}

/// Decides whether what one side sends to the other finds room on the way: whoever is granted something does not choose
/// how much it answers, nor does whoever is called back, and must not come to harm by it.
pub trait Outlet {
    /// Decides about so many bytes of a result, or of a call's arguments.
    ///
    /// # Errors
    ///
    /// A denial: the caller of the one that is refused is told it in the place of a result.
    fn admit(&self, bytes: u64) -> Result<(), Denial>;
}

/// Is told of every call that came to an end, the refused ones included.
pub trait Observer {
    /// Called once for each call.
    fn settled(&self, settled: &Settled);

    /// Whether it wants durations. To read the clock twice is the dearest part of an observed call.
    fn times(&self) -> bool {
        true
    }
}

/// How one call went. Never its arguments or results.
#[derive(Clone, Copy, Debug)]
pub struct Settled {
    /// The interface that declares the method.
    pub interface: u64,
    /// The method's ordinal in it.
    pub method: u16,
    /// The object it was for, and how that was come by.
    pub lineage: Lineage,
    /// Where that object lives.
    pub towards: Side,
    /// Whether the policy was asked, and said anything but no: what it keeps for a call that it lets go on is this
    /// call's.
    pub admitted: bool,
    /// From admission to the end, in nanoseconds; 0 for an observer that [times](Observer::times) nothing.
    pub nanoseconds: u64,
    /// The end.
    pub outcome: Outcome,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With a result.
    Done,
    /// Refused, before it began or while it ran.
    Denied(Code),
    /// With an exception of the one who was called.
    Failed(ErrorKind),
    /// The caller did not wait for the end.
    Abandoned,
}

impl Outcome {
    pub(crate) fn of<T>(result: &capnp::Result<T>) -> Self {
        match result {
            Ok(_) => Self::Done,
            Err(error) => match Denial::from_error(error) {
                Some(denial) => Self::Denied(denial.code),
                None => Self::Failed(error.kind),
            },
        }
    }
}

/// The methods that a grant opens.
#[derive(Clone, Debug, Default)]
pub struct Methods {
    listed: Option<Box<[(u64, u16)]>>,
}

impl Methods {
    /// Every method of every object that is reached through the grant.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// These methods alone, given as interface and ordinal, on whatever object is reached.
    #[must_use]
    pub fn only(methods: impl IntoIterator<Item = (u64, u16)>) -> Self {
        let mut listed: Vec<_> = methods.into_iter().collect();
        listed.sort_unstable();
        Self { listed: Some(listed.into()) }
    }

    /// Whether the method is open.
    #[must_use]
    pub fn allow(&self, interface: u64, method: u16) -> bool {
        self.listed.as_ref().is_none_or(|listed| listed.binary_search(&(interface, method)).is_ok())
    }
}
