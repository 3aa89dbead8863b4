//! An interface in words, with every type that its methods pass.

use std::collections::HashSet;
use std::fmt;

use capos_schema::model::{Enumerant, Field, Interface, Kind, Method, Node, Place, Struct};
use capos_schema::{Registry, Type};

/// How deep groups are followed; the registry bounds no chain of them.
const GROUP_DEPTH: usize = 8;

/// A text that stops growing.
pub(super) struct Text {
    text: String,
    room: usize,
    full: bool,
}

impl Text {
    /// Room for so many bytes, and a line that says where it ended.
    pub(super) fn new(room: usize) -> Self {
        Self { text: String::new(), room, full: false }
    }

    fn line(&mut self, line: fmt::Arguments<'_>) {
        let line = line.to_string();
        self.full |= self.text.len() + line.len() >= self.room;
        if !self.full {
            self.text.push_str(&line);
            self.text.push('\n');
        }
    }

    fn paragraph(&mut self, text: fmt::Arguments<'_>) {
        self.line(format_args!("{text}\n"));
    }

    /// A comment as its author broke it; nothing where there is none.
    fn comment(&mut self, comment: &str) {
        if !comment.is_empty() {
            self.paragraph(format_args!("{comment}"));
        }
    }

    fn finish(self) -> String {
        let end = if self.full { "\n\nThe rest of this page was left out: it is too long." } else { "" };
        format!("{}{end}", self.text.trim_end())
    }
}

/// A page under way.
pub(super) struct Drawing<'r> {
    registry: &'r Registry,
    text: Text,
    /// Structs and enums, in the order in which they were met; each is described once.
    types: Vec<u64>,
    interfaces: Vec<u64>,
    met: HashSet<u64>,
}

impl<'r> Drawing<'r> {
    pub(super) fn new(registry: &'r Registry, text: Text) -> Self {
        Self { registry, text, types: Vec::new(), interfaces: Vec::new(), met: HashSet::new() }
    }

    /// The text, and the interfaces that it speaks of.
    pub(super) fn finish(self) -> (String, Vec<u64>) {
        (self.text.finish(), self.interfaces)
    }

    /// All of an interface's page.
    pub(super) fn interface(&mut self, node: &Node) {
        let Kind::Interface(interface) = &node.kind else { return };
        self.text.comment(&node.doc);
        self.text.paragraph(format_args!("Interface id: `{:#018x}`.", node.id));
        if !node.parameters.is_empty() {
            self.text.paragraph(format_args!("Type parameters: `{}`.", node.parameters.join(", ")));
        }
        self.superclasses(interface);
        self.methods(interface);
        self.all_types();
        self.interfaces.retain(|id| *id != node.id);
    }

    fn superclasses(&mut self, interface: &Interface) {
        if interface.superclasses.is_empty() {
            return;
        }
        let names = interface.superclasses.iter().map(|ty| format!("`{}`", self.meet(ty)));
        let names = names.collect::<Vec<_>>().join(", ");
        self.text.paragraph(format_args!("It has also the methods of {names}."));
    }

    fn methods(&mut self, interface: &Interface) {
        if interface.methods.is_empty() {
            return self.text.paragraph(format_args!("It has no methods of its own."));
        }
        self.text.paragraph(format_args!("## Methods"));
        for (method, ordinal) in interface.methods.iter().zip(0_u32..) {
            self.method(method, ordinal);
        }
    }

    fn method(&mut self, method: &Method, ordinal: u32) {
        let (parameters, results) = (self.list(&method.params), self.results(method));
        self.text.paragraph(format_args!("### {}", method.name));
        self.text.paragraph(format_args!("`{} @{ordinal} {parameters} -> {results}`", method.name));
        self.text.comment(&method.doc);
    }

    fn results(&mut self, method: &Method) -> String {
        if method.is_streaming() { "stream".to_owned() } else { self.list(&method.results) }
    }

    /// A list of parameters or results, or the name of the struct that was declared to be one.
    fn list(&mut self, ty: &Type) -> String {
        let Type::Struct(id, _) = ty else { return self.meet(ty) };
        match self.registry.node(*id) {
            // The compiler gives the lists that it makes structs of a name that nobody can write.
            Some(Node { name, kind: Kind::Struct(structure), .. }) if name.contains('$') => {
                let fields = structure.fields.iter().map(|field| self.signature(field));
                format!("({})", fields.collect::<Vec<_>>().join(", "))
            }
            _ => self.meet(ty),
        }
    }

    fn signature(&mut self, field: &Field) -> String {
        match &field.place {
            Place::Slot { ty, .. } => format!("{} :{}", field.name, self.meet(ty)),
            Place::Group(_) => format!("{} :group", field.name),
        }
    }

    /// A type's name; what it is made of will be described.
    fn meet(&mut self, ty: &Type) -> String {
        let (list, id) = match ty {
            Type::List(element) => return format!("List({})", self.meet(element.ty())),
            Type::Struct(id, _) | Type::Enum(id) => (&mut self.types, id),
            Type::Interface(id, _) => (&mut self.interfaces, id),
            _ => return self.registry.type_name(ty),
        };
        if self.met.insert(*id) {
            list.push(*id);
        }
        self.registry.type_name(ty)
    }

    fn all_types(&mut self) {
        if !self.types.is_empty() {
            self.text.paragraph(format_args!("## Types"));
        }
        let mut next = 0;
        while let Some(id) = self.types.get(next).copied().filter(|_| !self.text.full) {
            self.one_type(id);
            next += 1;
        }
    }

    fn one_type(&mut self, id: u64) {
        let registry = self.registry;
        let Some(node) = registry.node(id) else { return };
        match &node.kind {
            Kind::Struct(structure) => {
                self.heading("struct", node);
                self.fields(structure, 0);
            }
            Kind::Enum(enumerants) => {
                self.heading("enum", node);
                enumerants.iter().for_each(|enumerant| self.enumerant(enumerant));
            }
            Kind::Interface(_) | Kind::Other => {}
        }
        self.text.line(format_args!(""));
    }

    fn heading(&mut self, kind: &str, node: &Node) {
        self.text.paragraph(format_args!("### {kind} {}", node.name));
        self.text.comment(&node.doc);
    }

    fn fields(&mut self, structure: &Struct, depth: usize) {
        for field in &structure.fields {
            let signature = self.signature(field);
            let union = if field.member.is_some() { ", one of the union" } else { "" };
            self.item(depth, &format!("`{signature}`{union}"), &field.doc);
            if self.text.full {
                return;
            }
            if let Place::Group(id) = field.place
                && depth < GROUP_DEPTH
                && let Ok(group) = self.registry.structure(id)
            {
                self.fields(group, depth + 1);
            }
        }
    }

    fn enumerant(&mut self, enumerant: &Enumerant) {
        self.item(0, &format!("`{}`", enumerant.name), &enumerant.doc);
    }

    fn item(&mut self, depth: usize, what: &str, comment: &str) {
        let indent = "  ".repeat(depth);
        let comment = comment.split_whitespace().collect::<Vec<_>>().join(" ");
        let colon = if comment.is_empty() { "" } else { ": " };
        self.text.line(format_args!("{indent}- {what}{colon}{comment}"));
    }
}
