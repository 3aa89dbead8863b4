//! Arguments and results: lists of values in JavaScript, structs in Cap'n Proto.

use capnweb::{Error, Object, Thrown, Value};
use capos_schema::model::{Field, Place, Struct};
use capos_schema::{MethodRef, Registry, Type};

/// How the members of a parameter or result list are told in JavaScript.
pub(crate) enum Shape<'r> {
    /// There are none.
    Nothing,
    /// The one there is.
    One(&'r Field),
    /// Several, by name.
    Many,
}

impl<'r> Shape<'r> {
    /// The shape of a method's results.
    pub(crate) fn of(registry: &'r Registry, ty: &Type) -> Self {
        match members(registry, ty) {
            None => Self::Nothing,
            Some(structure) => match (&*structure.fields, structure.discriminant) {
                ([], _) => Self::Nothing,
                ([field], None) => Self::One(field),
                _ => Self::Many,
            },
        }
    }

    /// A result list as one value.
    pub(crate) fn fold(&self, results: Value) -> Value {
        match (self, results) {
            (Self::Nothing, _) => Value::Undefined,
            (Self::One(field), Value::Object(object)) => take(object, &field.name),
            (_, results) => results,
        }
    }

    /// A value as a result list.
    pub(crate) fn unfold(&self, value: Value) -> Value {
        match (self, value) {
            (Self::Nothing, _) | (_, Value::Undefined) => Value::Object(Object::new()),
            (Self::One(field), value) => Value::Object([(field.name.clone(), value)].into_iter().collect()),
            (Self::Many, value) => value,
        }
    }
}

/// The struct of a parameter or result list, where it is known.
pub(crate) fn members<'r>(registry: &'r Registry, ty: &Type) -> Option<&'r Struct> {
    match ty {
        Type::Struct(id, _) => registry.structure(*id).ok(),
        _ => None,
    }
}

/// The type of the only member of a list.
pub(crate) fn only(registry: &Registry, ty: &Type) -> Option<Type> {
    let (Type::Struct(_, brand), Shape::One(field)) = (ty, Shape::of(registry, ty)) else {
        return None;
    };
    match &field.place {
        Place::Slot { ty, .. } => Some(ty.resolve(brand).into_owned()),
        Place::Group(_) => None,
    }
}

/// The arguments of a call as the method's parameter list: in the order of the schema, or one object that names them.
pub(crate) fn arrange(registry: &Registry, method: &MethodRef<'_>, arguments: Vec<Value>) -> Result<Value, Thrown> {
    let name = &method.declared.name;
    let unknown = || Error::type_error(format!("{name}: its parameters are not known here"));
    let parameters = members(registry, &method.params).ok_or_else(unknown)?;
    let mut arguments = trimmed(arguments);
    if let ([Value::Object(_)], true) = (&*arguments, is_named(registry, method, parameters)) {
        return Ok(arguments.pop().unwrap_or_default());
    }
    if parameters.discriminant.is_some() && !arguments.is_empty() {
        return Err(Error::type_error(format!("{name}: expected one object with its arguments")).into());
    }
    let most = parameters.fields.len();
    if arguments.len() > most {
        return Err(Error::type_error(format!("{name}: expected at most {most} arguments")).into());
    }
    let named = parameters.fields.iter().zip(arguments).map(|(field, argument)| (field.name.clone(), argument));
    Ok(Value::Object(named.collect()))
}

/// A parameter list as the arguments of a call, in the order of the schema.
pub(crate) fn spread(registry: &Registry, method: &MethodRef<'_>, parameters: Value) -> Vec<Value> {
    let Some(structure) = members(registry, &method.params) else {
        return Vec::new();
    };
    let Value::Object(mut object) = parameters else {
        return Vec::new();
    };
    if structure.discriminant.is_some() {
        return vec![Value::Object(object)];
    }
    trimmed(
        structure
            .fields
            .iter()
            .map(|field| object.get_mut(&field.name).map(std::mem::take).unwrap_or_default())
            .collect(),
    )
}

/// Without the last ones that are not given.
fn trimmed(mut arguments: Vec<Value>) -> Vec<Value> {
    while let Some(Value::Undefined) = arguments.last() {
        arguments.pop();
    }
    arguments
}

/// Whether a single object is the arguments by name: not where the first parameter can be an object itself.
pub(crate) fn is_named(registry: &Registry, method: &MethodRef<'_>, parameters: &Struct) -> bool {
    let Type::Struct(_, brand) = &method.params else {
        return false;
    };
    parameters.discriminant.is_some()
        || parameters.fields.first().is_some_and(|first| match &first.place {
            Place::Group(_) => false,
            Place::Slot { ty, .. } => !can_be_object(registry, &ty.resolve(brand)),
        })
}

fn can_be_object(registry: &Registry, ty: &Type) -> bool {
    match ty {
        Type::Struct(..) | Type::Interface(..) | Type::AnyPointer(_) | Type::Parameter { .. } => true,
        Type::List(element) => members(registry, element.ty()).is_some_and(|structure| structure.pair().is_some()),
        _ => false,
    }
}

fn take(mut object: Object, name: &str) -> Value {
    object.remove(name).unwrap_or_default()
}
