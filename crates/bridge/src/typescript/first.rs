//! The types of what a program has before it holds a grant: signing in, and the session.
//!
//! What the bridge does by itself is written in `first.ts`; what it leaves to the node is written from the schema.

use capos_schema::{Brand, Error, Registry, Result, Type};

use super::{Item, Way, Writer, comment};

const TEMPLATE: &str = include_str!("first.ts");

/// Types of the schema that the template names, beside those that its methods lead to.
const NAMED: [(&str, Named); 3] =
    [("RemoteAuthKind", Item::Enumeration), ("RemoteAuthStep", structure), ("SessionInfo", structure)];

/// What the id of a type is written as.
type Named = fn(u64) -> Item;

fn structure(id: u64) -> Item {
    Item::Structure(id, Brand::default(), Way::Out)
}

/// The types of the first object of a program and of the session that it gets there, as a module of TypeScript.
///
/// # Errors
/// When the interfaces that they are made of are not known.
pub fn first_typescript(registry: &Registry) -> Result<String> {
    let mut writer = Writer::new(registry);
    for (name, item) in NAMED {
        let id = registry.nodes().find(|node| node.name == name).map(|node| node.id);
        writer.name(&item(id.ok_or_else(|| unknown(name))?))?;
    }
    for line in TEMPLATE.lines() {
        let text = match line.strip_prefix("  @").and_then(|method| method.split_once('.')) {
            Some((interface, method)) => writer.one_method(interface, method)?,
            None => format!("{line}\n"),
        };
        writer.text.push_str(&text);
    }
    writer.finish()
}

fn unknown(name: &str) -> Error {
    Error::schema(format!("{name} is not known"))
}

impl Writer<'_> {
    fn one_method(&mut self, interface: &str, name: &str) -> Result<String> {
        let id = self.registry.interface_id(interface).ok_or_else(|| unknown(interface))?;
        let methods = self.registry.methods(&Type::interface(id))?;
        let method = methods.iter().find(|method| method.declared.name == name).ok_or_else(|| unknown(name))?;
        Ok(comment(&method.declared.doc, 2) + &self.method(method)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{main_object, session, sign_in};

    /// The methods that an interface has in these types.
    fn methods(types: &str, interface: &str) -> Vec<String> {
        let from = types.find(&format!("export interface {interface}")).expect("it is declared");
        let declared = types[from..].split_once("\n}\n").expect("it ends").0;
        let members = declared.lines().filter_map(|line| line.strip_prefix("  "));
        let names = members.filter(|line| line.starts_with(char::is_lowercase)).filter_map(|line| line.split_once('('));
        names.map(|(name, _)| name.to_owned()).collect()
    }

    #[test]
    fn the_types_have_the_methods_that_are_served_and_no_others() {
        let types = first_typescript(Registry::builtin()).unwrap();
        let served: [(&str, &[&str]); 4] = [
            ("Node<", &main_object::METHODS),
            ("SignIn<", &sign_in::METHODS),
            ("Session<", &session::METHODS),
            ("CapSet<", &session::CAP_SET_METHODS),
        ];
        for (interface, served) in served {
            let (mut typed, mut served) = (methods(&types, interface), served.to_vec());
            typed.sort_unstable();
            served.sort_unstable();
            assert_eq!(typed, served, "{interface}");
        }
    }
}
