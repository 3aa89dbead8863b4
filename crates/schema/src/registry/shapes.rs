//! Where in a method's results capabilities can be.

use std::collections::{HashMap, VecDeque};

use super::Registry;
use crate::model::{Kind, Method, Place, Struct};
use crate::shape::Shape;
use crate::types::{AnyKind, Brand, Type};

/// How many pointers a path may cross. Longer ones are legal and rare; their calls wait for the answer.
const MAX_DEPTH: usize = 4;
/// How many paths a method keeps, shortest first.
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
        let mut search = Search { registry: self, queue: VecDeque::new(), paths: Vec::new(), fields: MAX_FIELDS };
        if let Type::Struct(id, brand) = &method.results
            && !streaming
        {
            search.queue.push_back(Visit {
                id: *id,
                // The interface's own arguments differ from holder to holder; here they count as untyped pointers.
                brand: brand.clone(),
                path: Vec::new(),
                around: vec![*id],
            });
            search.run();
        }
        Shape { streaming, capability_paths: search.paths.into() }
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
}

impl Search<'_> {
    fn run(&mut self) {
        let registry = self.registry;
        while let Some(visit) = self.queue.pop_front() {
            if let Ok(structure) = registry.structure(visit.id) {
                self.structure(structure, &visit, MAX_DEPTH);
            }
        }
    }

    fn structure(&mut self, structure: &Struct, visit: &Visit, groups: usize) {
        let registry = self.registry;
        for field in &structure.fields {
            if self.fields == 0 || self.paths.len() >= MAX_PATHS {
                return;
            }
            self.fields -= 1;
            match &field.place {
                Place::Slot { offset, ty, .. } => self.slot(*offset, &ty.resolve(&visit.brand), visit),
                Place::Group(id) => {
                    if let (Ok(group), Some(groups)) = (registry.structure(*id), groups.checked_sub(1)) {
                        self.structure(group, visit, groups);
                    }
                }
            }
        }
    }

    fn slot(&mut self, offset: u32, ty: &Type, visit: &Visit) {
        let Ok(position) = u16::try_from(offset) else {
            return;
        };
        let path = || visit.path.iter().copied().chain([position]).collect::<Vec<_>>();
        match ty {
            Type::Interface(..) | Type::AnyPointer(AnyKind::Any | AnyKind::Capability) => {
                // Members of a union share their place.
                let path = path().into_boxed_slice();
                if !self.paths.contains(&path) {
                    self.paths.push(path);
                }
            }
            Type::Struct(id, brand) if visit.path.len() + 1 < MAX_DEPTH && !visit.around.contains(id) => {
                self.queue.push_back(Visit {
                    id: *id,
                    brand: brand.clone(),
                    path: path(),
                    around: visit.around.iter().copied().chain([*id]).collect(),
                });
            }
            _ => {}
        }
    }
}
