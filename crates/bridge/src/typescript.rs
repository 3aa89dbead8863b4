//! TypeScript's types for an interface and all that it reaches, as `docs/capnweb.md` maps them.
//!
//! What is written stands beside the official package's own types: an interface is an `RpcTarget`, which `RpcStub`
//! turns into what a program holds.

mod first;
mod names;
mod types;

use std::collections::VecDeque;

use capos_schema::model::{Field, Place, Struct};
use capos_schema::{Brand, Error, MethodRef, Registry, Result, Type};

use crate::arguments::{self, Shape};
pub use first::first_typescript;
use names::{Names, comment, parameter};

/// More types than this no schema of people reaches; generic ones can be applied to each other without end.
const MOST_TYPES: usize = 4_096;

/// Which way values go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Way {
    /// To the program.
    Out,
    /// From the program.
    In,
}

/// A declaration to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    /// An object that a program calls.
    Interface(Type),
    /// What a program may give where such an object is expected.
    Like(Type),
    Structure(u64, Brand, Way),
    Enumeration(u64),
}

/// The types of a program that holds `interface`, as a module of TypeScript.
///
/// # Errors
/// When the interface, or one that it reaches, is not known, or it reaches too much.
pub fn typescript(registry: &Registry, interface: &Type) -> Result<String> {
    let mut writer = Writer::new(registry);
    writer.name(&Item::Interface(interface.clone()))?;
    writer.finish()
}

fn head(text: &str) -> String {
    let mut head = String::from("import type { RpcStub, RpcTarget } from \"capnweb\";\n");
    if text.contains("Bytes") {
        head.push_str("\n/** Bytes, in any container. */\nexport type Bytes = ArrayBuffer | ArrayBufferView;\n");
    }
    head
}

struct Writer<'r> {
    registry: &'r Registry,
    names: Names,
    queue: VecDeque<(Item, String)>,
    known: usize,
    text: String,
}

impl<'r> Writer<'r> {
    fn new(registry: &'r Registry) -> Self {
        Self { registry, names: Names::default(), queue: VecDeque::new(), known: 0, text: String::new() }
    }

    /// All of it, with every declaration that was named.
    fn finish(mut self) -> Result<String> {
        while let Some((item, name)) = self.queue.pop_front() {
            let declaration = self.declaration(&item, &name)?;
            self.text.push('\n');
            self.text.push_str(&declaration);
        }
        Ok(format!("{}{}", head(&self.text), self.text))
    }

    /// The name of a declaration, which is written sooner or later.
    fn name(&mut self, item: &Item) -> Result<String> {
        if let Some(name) = self.names.find(item) {
            return Ok(name);
        }
        self.known += 1;
        if self.known > MOST_TYPES {
            return Err(Error::limit("the interface reaches too many types"));
        }
        let name = self.names.choose(self.registry, item);
        self.queue.push_back((item.clone(), name.clone()));
        Ok(name)
    }

    fn declaration(&mut self, item: &Item, name: &str) -> Result<String> {
        match item {
            Item::Interface(ty) => self.interface(ty, name),
            Item::Like(ty) => self.like(ty, name),
            Item::Structure(id, brand, way) => self.structure(*id, brand, *way, name),
            Item::Enumeration(id) => self.enumeration(*id, name),
        }
    }

    fn doc(&self, id: u64) -> String {
        self.registry.node(id).map(|node| comment(&node.doc, 0)).unwrap_or_default()
    }

    fn interface(&mut self, ty: &Type, name: &str) -> Result<String> {
        let id = id_of(ty);
        let mut text = format!("{}export interface {name} extends RpcTarget {{\n", self.doc(id));
        for method in self.registry.methods(ty)? {
            text.push_str(&comment(&method.declared.doc, 2));
            text.push_str(&self.method(&method)?);
        }
        Ok(text + "}\n")
    }

    fn method(&mut self, method: &MethodRef<'r>) -> Result<String> {
        let parameters = self.parameters(method)?;
        let results = self.results(method, Way::Out)?;
        Ok(format!("  {}({parameters}): Promise<{results}>;\n", method.declared.name))
    }

    /// The parameters of a method that the program calls: in order, or one object that names them.
    fn parameters(&mut self, method: &MethodRef<'r>) -> Result<String> {
        let Some((structure, brand)) = self.members(&method.params) else {
            return Ok(String::new());
        };
        let mut list = Vec::new();
        if structure.discriminant.is_none() {
            for field in &structure.fields {
                let ty = self.field(field, brand, Way::In, 2)?;
                list.push(format!("{}?: {ty}", parameter(&field.name)));
            }
        }
        let positional = list.join(", ");
        // By name a single one is no clearer.
        if list.len() == 1 || !arguments::is_named(self.registry, method, structure) {
            return Ok(positional);
        }
        let named = self.literal(structure, brand, Way::In, 2)?;
        let either = if list.is_empty() { String::new() } else { format!("[{positional}] | ") };
        Ok(format!("...args: {either}[named: {named}]"))
    }

    /// The results of a method, going that way.
    fn results(&mut self, method: &MethodRef<'r>, way: Way) -> Result<String> {
        let Some((structure, brand)) = self.members(&method.results) else {
            return Ok("void".to_owned());
        };
        match Shape::of(self.registry, &method.results) {
            Shape::Nothing => Ok("void".to_owned()),
            Shape::One(field) => {
                let ty = self.lone(field, brand, way)?;
                Ok(if field.optional { format!("{ty} | undefined") } else { ty })
            }
            Shape::Many => self.literal(structure, brand, way, 2),
        }
    }

    /// A function that the program gives, for a method of what a service expects.
    fn function(&mut self, method: &MethodRef<'r>) -> Result<String> {
        let mut list = Vec::new();
        if let Some((structure, brand)) = self.members(&method.params) {
            if structure.discriminant.is_some() {
                list.push(format!("parameters: {}", self.literal(structure, brand, Way::Out, 2)?));
            } else {
                for field in &structure.fields {
                    let ty = self.field(field, brand, Way::Out, 2)?;
                    let absent = if field.optional { " | undefined" } else { "" };
                    list.push(format!("{}: {ty}{absent}", parameter(&field.name)));
                }
            }
        }
        let results = match &*self.results(method, Way::In)? {
            "void" => "void".to_owned(),
            results => format!("({results}) | Promise<{results}>"),
        };
        Ok(format!("({}) => {results}", list.join(", ")))
    }

    /// What a program may give where an object of that interface is expected.
    fn like(&mut self, ty: &Type, name: &str) -> Result<String> {
        let interface = self.name(&Item::Interface(ty.clone()))?;
        let methods = self.registry.methods(ty)?;
        let mut text =
            format!("/** What can be given as a `{interface}`. */\nexport type {name} =\n  | RpcStub<{interface}>\n");
        if let [method] = &*methods {
            text.push_str(&format!("  | ({})\n", self.function(method)?));
        }
        if let Some(chunk) = self.chunk(&methods)? {
            text.push_str(&format!("  | WritableStream<{chunk}>\n"));
        }
        text.push_str("  | {\n");
        for method in &methods {
            let function = self.function(method)?;
            text.push_str(&format!("      {}?: {function};\n", method.declared.name));
        }
        Ok(text + "    };\n")
    }

    /// What is written to a stream that stands for an interface with these methods.
    fn chunk(&mut self, methods: &[MethodRef<'r>]) -> Result<Option<String>> {
        let mut streaming = methods.iter().filter(|method| method.declared.is_streaming());
        let (Some(method), None) = (streaming.next(), streaming.next()) else {
            return Ok(None);
        };
        let Some((structure, brand)) = self.members(&method.params) else {
            return Ok(None);
        };
        structure.fields.first().map(|field| self.field(field, brand, Way::Out, 2)).transpose()
    }

    fn structure(&mut self, id: u64, brand: &Brand, way: Way, name: &str) -> Result<String> {
        let structure = self.registry.structure(id)?;
        let (doc, literal) = (self.doc(id), self.literal(structure, brand, way, 0)?);
        Ok(match structure.discriminant {
            Some(_) if way == Way::Out => format!("{doc}export type {name} = {literal};\n"),
            _ => format!("{doc}export interface {name} {literal}\n"),
        })
    }

    fn enumeration(&mut self, id: u64, name: &str) -> Result<String> {
        let mut text = format!("{}export type {name} =\n", self.doc(id));
        for enumerant in self.registry.enumerants(id)? {
            text.push_str(&comment(&enumerant.doc, 2));
            text.push_str(&format!("  | \"{}\"\n", enumerant.name));
        }
        text.push_str("  /** One that this schema does not know. */\n  | number;\n");
        Ok(text)
    }

    fn members<'t>(&self, list: &'t Type) -> Option<(&'r Struct, &'t Brand)> {
        let Type::Struct(_, brand) = list else {
            return None;
        };
        Some((arguments::members(self.registry, list)?, brand))
    }

    /// A result that is alone: what it is when nobody says is not nothing.
    fn lone(&mut self, field: &Field, brand: &Brand, way: Way) -> Result<String> {
        let ty = self.field(field, brand, way, 2)?;
        Ok(ty.strip_suffix(" | null").map_or(ty.clone(), str::to_owned))
    }

    fn field(&mut self, field: &Field, brand: &Brand, way: Way, indent: usize) -> Result<String> {
        match &field.place {
            Place::Slot { ty, .. } => self.ty(&ty.resolve(brand), way),
            Place::Group(id) => self.literal(self.registry.structure(*id)?, brand, way, indent),
        }
    }
}

fn id_of(ty: &Type) -> u64 {
    match ty {
        Type::Interface(id, _) | Type::Struct(id, _) | Type::Enum(id) => *id,
        _ => 0,
    }
}
