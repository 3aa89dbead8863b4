//! One admission by itself, without a call: what the membrane adds to a call before it begins and after it ends.

use std::rc::Rc;

use capnp::private::capability::ParamsHook;
use capos_schema::Denial;

use crate::admission::Outcome;
use crate::flight::Flight;
use crate::membrane::Membrane;
use crate::message::Body;
use crate::wrapped::Wrapped;

/// An object and arguments to ask about.
pub struct Probe {
    wrapped: Rc<Wrapped>,
    params: Box<dyn ParamsHook>,
}

impl Probe {
    /// Asks about an object that this membrane has wrapped.
    #[must_use]
    pub fn new(membrane: &Membrane, object: &capnp::capability::Client) -> Option<Self> {
        let wrapped = membrane.0.own(&*object.hook)?;
        Some(Self { wrapped, params: Box::new(Body::new(0)) })
    }

    /// Admits one call of this method, and settles it at once.
    pub fn admission(&self, interface: u64, method: u16) -> Result<(), Denial> {
        let (flight, _entry) = Flight::begin(&self.wrapped, (interface, method), &*self.params)?;
        flight.report(Outcome::Done);
        Ok(())
    }
}
