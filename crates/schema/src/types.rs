//! Types as schemas name them, generic ones included.
//!
//! **Invariant:** no type nests deeper than [`Type::MAX_DEPTH`], however often generics are applied to it; what would
//! is the untyped pointer instead. So walking, dropping and printing a type never runs away.

use std::borrow::Cow;
use std::sync::Arc;

/// A type of a field, a list's element, a parameter list or a result list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the schema language's own words")]
pub enum Type {
    Void,
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float32,
    Float64,
    Text,
    Data,
    List(Arc<Element>),
    Enum(u64),
    Struct(u64, Brand),
    Interface(u64, Brand),
    AnyPointer(AnyKind),
    /// A type parameter of the generic node `scope`.
    Parameter {
        scope: u64,
        index: u16,
    },
}

/// What an untyped pointer is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnyKind {
    /// Nothing.
    Any,
    /// `AnyStruct`.
    Struct,
    /// `AnyList`.
    List,
    /// `Capability`.
    Capability,
}

/// What a list holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Element {
    depth: u16,
    ty: Type,
}

/// The arguments of a generic type; empty for any other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand(Option<Arc<Arguments>>);

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    depth: u16,
    scopes: Vec<(u64, Binding)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Whatever the place where the type is used has bound.
    Inherit,
    Bound(Arc<[Type]>),
}

impl Type {
    /// The deepest a type nests.
    pub const MAX_DEPTH: u16 = 64;

    /// The untyped pointer.
    pub const ANY: Self = Self::AnyPointer(AnyKind::Any);

    /// A list of that.
    #[must_use]
    pub fn list_of(ty: Self) -> Self {
        let depth = ty.depth() + 1;
        Self::List(Arc::new(Element { depth, ty })).bounded()
    }

    /// A struct that is not generic.
    #[must_use]
    pub fn structure(id: u64) -> Self {
        Self::Struct(id, Brand::default())
    }

    /// An interface that is not generic.
    #[must_use]
    pub fn interface(id: u64) -> Self {
        Self::Interface(id, Brand::default())
    }

    /// Whether values lie in a struct's pointer section.
    #[must_use]
    pub fn is_pointer(&self) -> bool {
        matches!(
            self,
            Self::Text
                | Self::Data
                | Self::List(_)
                | Self::Struct(..)
                | Self::Interface(..)
                | Self::AnyPointer(_)
                | Self::Parameter { .. }
        )
    }

    /// The type with its parameters replaced by what `brand` binds them to.
    #[must_use]
    pub fn resolve(&self, brand: &Brand) -> Cow<'_, Self> {
        match self {
            Self::Parameter { scope, index } => Cow::Owned(brand.argument(*scope, *index)),
            Self::List(element) => match element.ty.resolve(brand) {
                Cow::Borrowed(_) => Cow::Borrowed(self),
                Cow::Owned(ty) => Cow::Owned(Self::list_of(ty)),
            },
            Self::Struct(id, own) if !own.is_empty() => Cow::Owned(Self::Struct(*id, own.resolve(brand)).bounded()),
            Self::Interface(id, own) if !own.is_empty() => {
                Cow::Owned(Self::Interface(*id, own.resolve(brand)).bounded())
            }
            _ => Cow::Borrowed(self),
        }
    }

    fn bounded(self) -> Self {
        if self.depth() > Self::MAX_DEPTH { Self::ANY } else { self }
    }

    fn depth(&self) -> u16 {
        match self {
            Self::List(element) => element.depth,
            Self::Struct(_, brand) | Self::Interface(_, brand) => brand.depth(),
            _ => 0,
        }
    }
}

impl Element {
    /// The element's type.
    #[must_use]
    pub fn ty(&self) -> &Type {
        &self.ty
    }
}

impl Brand {
    pub(crate) fn new(scopes: Vec<(u64, Binding)>) -> Self {
        if scopes.is_empty() {
            return Self(None);
        }
        let deepest = scopes.iter().filter_map(|(_, binding)| match binding {
            Binding::Inherit => None,
            Binding::Bound(types) => types.iter().map(Type::depth).max(),
        });
        let depth = deepest.max().unwrap_or(0) + 1;
        Self(Some(Arc::new(Arguments { depth, scopes })))
    }

    /// Whether nothing is bound.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The types that the generic node `scope` was applied to.
    #[must_use]
    pub fn arguments(&self, scope: u64) -> &[Type] {
        match self.binding(scope) {
            Some(Binding::Bound(types)) => types,
            _ => &[],
        }
    }

    fn argument(&self, scope: u64, index: u16) -> Type {
        let argument = self.arguments(scope).get(usize::from(index));
        argument.cloned().unwrap_or(Type::ANY)
    }

    fn binding(&self, scope: u64) -> Option<&Binding> {
        let scopes = &self.0.as_ref()?.scopes;
        scopes.iter().find(|(id, _)| *id == scope).map(|(_, binding)| binding)
    }

    fn depth(&self) -> u16 {
        self.0.as_ref().map_or(0, |arguments| arguments.depth)
    }

    fn resolve(&self, outer: &Self) -> Self {
        let Some(arguments) = &self.0 else {
            return Self::default();
        };
        let scopes = arguments.scopes.iter().filter_map(|(id, binding)| {
            let bound = match binding {
                Binding::Inherit => outer.binding(*id)?.clone(),
                Binding::Bound(types) => {
                    Binding::Bound(types.iter().map(|ty| ty.resolve(outer).into_owned()).collect())
                }
            };
            Some((*id, bound))
        });
        Self::new(scopes.collect())
    }
}
