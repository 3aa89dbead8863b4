//! Every declaration that is known, by id and by name.
//!
//! **Invariants:** every slot lies within its struct, and outside unions in none other's place; every group is a group of its struct's size; what is named as
//! a struct, enum or interface is one, where it is known at all. An id that is not known is an error for whoever uses
//! it, not for whoever loads: compilers leave out what the requested files do not need.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::model::{Enumerant, Interface, Kind, Method, Node, Struct};
use crate::shape::{Shape, Shapes};
use crate::types::{Brand, Type};

mod annotations;
mod link;
mod load;
mod overlap;
mod read_type;
mod shapes;
mod show;

static BUILTIN: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let builtin = Registry::load(crate::REQUEST, &Limits::default());
    Arc::new(builtin.expect("the schema that the code was generated from is sound"))
});

/// An index over schemas: those compiled in, those loaded at run time, or both.
#[derive(Debug)]
pub struct Registry {
    nodes: HashMap<u64, Arc<Node>>,
    interfaces: HashMap<String, u64>,
    shapes: HashMap<(u64, u16), Shape>,
    requests: HashMap<u64, Arc<[u8]>>,
}

/// A method with all that its interface's type arguments settle.
#[derive(Clone, Debug)]
pub struct MethodRef<'r> {
    /// The interface that declares it: the one to call it by.
    pub interface: u64,
    /// Its number there.
    pub ordinal: u16,
    /// How it was declared.
    pub declared: &'r Method,
    /// The struct that its parameters make.
    pub params: Type,
    /// The struct that its results make.
    pub results: Type,
}

impl Registry {
    /// The published contract.
    #[must_use]
    pub fn builtin() -> &'static Arc<Self> {
        &BUILTIN
    }

    /// A registry of what `request`, a `CodeGeneratorRequest` message of unknown origin, declares.
    ///
    /// # Errors
    /// When the request is damaged, contradicts itself or reaches a limit.
    pub fn load(request: &[u8], limits: &Limits) -> Result<Self> {
        let nodes = load::nodes(request, limits)?;
        let request: Arc<[u8]> = request.into();
        let interfaces = nodes.values().filter(|node| matches!(node.kind, Kind::Interface(_)));
        let requests = interfaces.map(|node| (node.id, Arc::clone(&request))).collect();
        Self::index(nodes, requests)
    }

    /// Both together. Where both have a name, this one's stays.
    ///
    /// # Errors
    /// When they declare the same id, and not alike: two that must be told apart may not look the same.
    pub fn join(self, other: Self) -> Result<Self> {
        let (mut nodes, mut requests) = (self.nodes, self.requests);
        for (id, node) in other.nodes {
            if nodes.get(&id).is_some_and(|own| **own != *node) {
                return Err(Error::schema("another schema declares this id otherwise").within(&node.name));
            }
            nodes.entry(id).or_insert(node);
        }
        for (id, request) in other.requests {
            requests.entry(id).or_insert(request);
        }
        let mut registry = Self::index(nodes, requests)?;
        registry.interfaces.extend(self.interfaces);
        Ok(registry)
    }

    /// The same with the published contract beneath, whose names and shapes it cannot change.
    ///
    /// # Errors
    /// When it declares an id of the contract, and not as the contract does.
    pub fn with_builtin(self) -> Result<Self> {
        let mut nodes = self.nodes;
        for (id, pinned) in &Self::builtin().nodes {
            if nodes.get(id).is_some_and(|own| !link::same_or_older(own, pinned)) {
                let problem = Error::schema("the published contract declares this id otherwise");
                return Err(problem.within(&pinned.name));
            }
            nodes.insert(*id, Arc::clone(pinned));
        }
        let mut requests = self.requests;
        requests.extend(Self::builtin().requests.iter().map(|(id, request)| (*id, Arc::clone(request))));
        let mut registry = Self::index(nodes, requests)?;
        let pinned = Self::builtin().interfaces.iter();
        registry.interfaces.extend(pinned.map(|(name, id)| (name.clone(), *id)));
        Ok(registry)
    }

    fn index(nodes: HashMap<u64, Arc<Node>>, requests: HashMap<u64, Arc<[u8]>>) -> Result<Self> {
        let mut registry = Self { interfaces: HashMap::new(), shapes: HashMap::new(), nodes, requests };
        registry.check_links()?;
        registry.interfaces = registry.names();
        registry.shapes = registry.all_shapes();
        Ok(registry)
    }

    /// Interfaces by name; of several with the same name the one with the lowest id, so that it is always the same.
    fn names(&self) -> HashMap<String, u64> {
        let mut names = HashMap::new();
        for (&id, node) in &self.nodes {
            if matches!(node.kind, Kind::Interface(_)) {
                let first = names.entry(node.name.clone()).or_insert(id);
                *first = id.min(*first);
            }
        }
        names
    }

    /// The declaration with that id.
    #[must_use]
    pub fn node(&self, id: u64) -> Option<&Node> {
        self.nodes.get(&id).map(Arc::as_ref)
    }

    /// Every declaration, in no order.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.values().map(Arc::as_ref)
    }

    /// The request that brought an interface, as it came; nothing for an interface that is not known.
    #[must_use]
    pub fn request_of(&self, interface: u64) -> Option<&Arc<[u8]>> {
        self.requests.get(&interface)
    }

    /// The id of the interface of that name, as `Chat` or `Outer.Inner`.
    #[must_use]
    pub fn interface_id(&self, name: &str) -> Option<u64> {
        self.interfaces.get(name).copied()
    }

    /// The interface with that id.
    ///
    /// # Errors
    /// When it is not known, or no interface.
    pub fn interface(&self, id: u64) -> Result<&Interface> {
        match &self.known(id)?.kind {
            Kind::Interface(interface) => Ok(interface),
            _ => Err(Error::schema(format!("{id:#018x} is no interface"))),
        }
    }

    /// The struct with that id.
    ///
    /// # Errors
    /// When it is not known, or no struct.
    pub fn structure(&self, id: u64) -> Result<&Struct> {
        match &self.known(id)?.kind {
            Kind::Struct(structure) => Ok(structure),
            _ => Err(Error::schema(format!("{id:#018x} is no struct"))),
        }
    }

    /// The values of the enum with that id.
    ///
    /// # Errors
    /// When it is not known, or no enum.
    pub fn enumerants(&self, id: u64) -> Result<&[Enumerant]> {
        match &self.known(id)?.kind {
            Kind::Enum(enumerants) => Ok(enumerants),
            _ => Err(Error::schema(format!("{id:#018x} is no enum"))),
        }
    }

    fn known(&self, id: u64) -> Result<&Node> {
        let node = self.node(id);
        node.ok_or_else(|| Error::schema(format!("{id:#018x} is not declared in the schema")))
    }

    /// The methods of an interface: its own, then those it inherits, nearest first.
    ///
    /// # Errors
    /// When `interface` is no interface type, or it or one that it extends is not known.
    pub fn methods(&self, interface: &Type) -> Result<Vec<MethodRef<'_>>> {
        let mut methods = Vec::new();
        for (id, brand) in self.lineage(interface)? {
            let own = self.interface(id)?.methods.iter().zip(0..);
            methods.extend(own.map(|(method, ordinal)| bind(id, ordinal, method, &brand)));
        }
        Ok(methods)
    }

    /// The method of that name: the interface's own, or the nearest inherited one.
    ///
    /// # Errors
    /// When there is none.
    pub fn method(&self, interface: &Type, name: &str) -> Result<MethodRef<'_>> {
        for (id, brand) in self.lineage(interface)? {
            let mut own = self.interface(id)?.methods.iter().zip(0..);
            if let Some((method, ordinal)) = own.find(|(method, _)| method.name == name) {
                return Ok(bind(id, ordinal, method, &brand));
            }
        }
        Err(Error::value(format!("{} has no method of that name", self.type_name(interface))))
    }

    /// The method with that number in `declaring`, which is the interface itself or one that it extends.
    ///
    /// # Errors
    /// When there is none.
    pub fn method_at(&self, interface: &Type, declaring: u64, ordinal: u16) -> Result<MethodRef<'_>> {
        let none = || Error::value(format!("{} has no such method", self.type_name(interface)));
        let lineage = self.lineage(interface)?;
        let (id, brand) = lineage.into_iter().find(|(id, _)| *id == declaring).ok_or_else(none)?;
        let method = self.interface(id)?.methods.get(usize::from(ordinal)).ok_or_else(none)?;
        Ok(bind(id, ordinal, method, &brand))
    }

    /// Whether `interface` is the interface with that id, or extends it.
    #[must_use]
    pub fn is_a(&self, interface: &Type, id: u64) -> bool {
        self.lineage(interface).is_ok_and(|lineage| lineage.iter().any(|(each, _)| *each == id))
    }

    /// An interface and all that it extends, each once, nearest first.
    fn lineage(&self, interface: &Type) -> Result<Vec<(u64, Brand)>> {
        let Type::Interface(id, brand) = interface else {
            return Err(Error::value("only a capability of a known interface can be called"));
        };
        let mut lineage = vec![(*id, brand.clone())];
        let mut next = 0;
        while let Some((id, brand)) = lineage.get(next).cloned() {
            for superclass in &self.interface(id)?.superclasses {
                if let Type::Interface(id, brand) = superclass.resolve(&brand).into_owned()
                    && lineage.iter().all(|(seen, _)| *seen != id)
                {
                    lineage.push((id, brand));
                }
            }
            next += 1;
            if lineage.len() > MAX_LINEAGE {
                return Err(Error::limit("the interface extends too many others"));
            }
        }
        Ok(lineage)
    }
}

/// How many interfaces one may extend, indirectly too.
const MAX_LINEAGE: usize = 64;

fn bind<'r>(interface: u64, ordinal: u16, declared: &'r Method, brand: &Brand) -> MethodRef<'r> {
    MethodRef {
        interface,
        ordinal,
        declared,
        params: declared.params.resolve(brand).into_owned(),
        results: declared.results.resolve(brand).into_owned(),
    }
}

impl Shapes for Registry {
    fn shape(&self, interface: u64, method: u16) -> Option<&Shape> {
        self.shapes.get(&(interface, method))
    }
}
