//! Where in a method's results capabilities can be.

use std::collections::{HashMap, VecDeque};

use super::Registry;
use crate::model::{Kind, Method, Place, Struct};
use crate::shape::Shape;
use crate::types::{AnyKind, Brand, Type};

/// How many pointers a path may cross.
const MAX_DEPTH: usize = 4;
/// How many paths a method may have.
const MAX_PATHS: usize = 64;
/// How many fields are looked at for one method, so that a wide schema cannot make it slow to load.
const MAX_FIELDS: usize = 1024;

impl Registry {
    pub(super) fn all_shapes(&self) -> HashMap<(u64, u16), Shape> {
        let mut shapes = HashMap::new();
        for node in self.nodes() {
            if let Kind::Interface(interface) = &node.kind {
                for (method, ordinal) in interface.methods.iter().zip(0..) {
                    shapes.insert((node.id, ordinal), self.shape_of(method));
                }
            }
        }
        shapes
    }

    fn shape_of(&self, method: &Method) -> Shape {
        let streaming = method.is_streaming();
        let mut search =
            Search { registry: self, queue: VecDeque::new(), paths: Vec::new(), fields: MAX_FIELDS, complete: true };
        if let Type::Struct(id, brand) = &method.results
            && !streaming
        {
            search.queue.push_back(Visit { id: *id, brand: brand.clone(), path: Vec::new(), around: vec![*id] });
            search.run();
        }
        Shape { streaming, capability_paths: search.paths() }
    }
}

/// A struct on the way to its capabilities.
struct Visit {
    id: u64,
    brand: Brand,
    path: Vec<u16>,
    around: Vec<u64>,
}

struct Search<'r> {
    registry: &'r Registry,
    queue: VecDeque<Visit>,
    paths: Vec<Box<[u16]>>,
    fields: usize,
    /// Whether every place that may hold a capability has been found.
    complete: bool,
}

impl Search<'_> {
    fn run(&mut self) {
        let registry = self.registry;
        while let Some(visit) = self.queue.pop_front() {
            match registry.structure(visit.id) {
                Ok(structure) => self.structure(structure, &visit, MAX_DEPTH),
                Err(_) => self.complete = false,
            }
        }
    }

    /// All paths or none: a relay that knew some would break the calls on the others.
    fn paths(self) -> Box<[Box<[u16]>]> {
        // Members of a union share their place; where one is a capability and another a struct with one in it, no
        // skeleton can serve both.
        let begins = |path: &[u16]| self.paths.iter().any(|other| other.len() > path.len() && other.starts_with(path));
        if !self.complete || self.paths.iter().any(|path| begins(path)) {
            return Box::default();
        }
        self.paths.into()
    }

    fn structure(&mut self, structure: &Struct, visit: &Visit, groups: usize) {
        let registry = self.registry;
        for field in &structure.fields {
            if self.fields == 0 || self.paths.len() >= MAX_PATHS {
                self.complete = false;
                return;
            }
            self.fields -= 1;
            match &field.place {
                Place::Slot { offset, ty, .. } => self.slot(*offset, ty, visit),
                Place::Group(id) => match (registry.structure(*id), groups.checked_sub(1)) {
                    (Ok(group), Some(groups)) => self.structure(group, visit, groups),
                    _ => self.complete = false,
                },
            }
        }
    }

    fn slot(&mut self, offset: u32, declared: &Type, visit: &Visit) {
        let ty = declared.resolve(&visit.brand);
        let path = |position| visit.path.iter().copied().chain([position]).collect::<Vec<_>>();
        match (&*ty, u16::try_from(offset)) {
            // What a parameter is differs from holder to holder, and may be a struct with capabilities in it.
            (Type::AnyPointer(AnyKind::Any), _) if matches!(declared, Type::Parameter { .. }) => self.complete = false,
            (Type::Interface(..) | Type::AnyPointer(AnyKind::Any | AnyKind::Capability), Ok(position)) => {
                let path = path(position).into_boxed_slice();
                // Members of a union share their place.
                if !self.paths.contains(&path) {
                    self.paths.push(path);
                }
            }
            (Type::Struct(id, brand), Ok(position))
                if visit.path.len() + 1 < MAX_DEPTH && !visit.around.contains(id) =>
            {
                self.queue.push_back(Visit {
                    id: *id,
                    brand: brand.clone(),
                    path: path(position),
                    around: visit.around.iter().copied().chain([*id]).collect(),
                });
            }
            (Type::Struct(..) | Type::Interface(..) | Type::Parameter { .. } | Type::AnyPointer(_), _) => {
                self.complete = false;
            }
            _ => {}
        }
    }
}
