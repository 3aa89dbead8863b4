//! What a relay must know of a method to pass its calls on without waiting for their answers.

/// The part of a method's schema that routing depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shape {
    /// Declared `-> stream`: its calls carry flow control and are slowed, never refused, when there are many.
    pub streaming: bool,
    /// Every pointer path within the results that may hold a capability, shortest first; none at all where they
    /// cannot be told in full: in recursive structs, behind type parameters, in great depth.
    ///
    /// Each is a list of pointer field positions from the results' root; lists are never crossed, for a pipelined
    /// call cannot cross them either. None begins with another.
    pub capability_paths: Box<[Box<[u16]>]>,
}

/// Where shapes are looked up. What is not known is relayed without pipelining.
pub trait Shapes: Send + Sync {
    /// The shape of one method, where its schema is known.
    fn shape(&self, interface: u64, method: u16) -> Option<&Shape>;
}

/// Knows nothing: every call is relayed whole.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoShapes;

impl Shapes for NoShapes {
    fn shape(&self, _interface: u64, _method: u16) -> Option<&Shape> {
        None
    }
}
