//! Bytes and what JavaScript holds them in.

use crate::error::Error;

/// Bytes, in the container that JavaScript has them in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// What JavaScript sees.
    pub container: Container,
    /// Little-endian where an element has several.
    pub data: bytes::Bytes,
}

impl Bytes {
    /// Bytes as a `Uint8Array`.
    pub fn new(data: impl Into<bytes::Bytes>) -> Self {
        Self { container: Container::Uint8Array, data: data.into() }
    }

    /// Bytes in that container.
    ///
    /// # Errors
    /// When they are not a whole number of its elements.
    pub fn within(container: Container, data: impl Into<bytes::Bytes>) -> Result<Self, Error> {
        let bytes = Self { container, data: data.into() };
        bytes.check()?;
        Ok(bytes)
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.data.len().is_multiple_of(self.container.element_size()) {
            return Ok(());
        }
        let (length, name, size) = (self.data.len(), self.container.name(), self.container.element_size());
        Err(Error::type_error(format!("{length} bytes are no {name}: its elements have {size}.")))
    }
}

/// What holds bytes in JavaScript.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is what JavaScript calls so")]
pub enum Container {
    ArrayBuffer,
    DataView,
    Int8Array,
    #[default]
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    BigInt64Array,
    BigUint64Array,
    Float32Array,
    Float64Array,
}

impl Container {
    /// Each of them.
    pub const ALL: [Self; 13] = [
        Self::ArrayBuffer,
        Self::DataView,
        Self::Int8Array,
        Self::Uint8Array,
        Self::Uint8ClampedArray,
        Self::Int16Array,
        Self::Uint16Array,
        Self::Int32Array,
        Self::Uint32Array,
        Self::BigInt64Array,
        Self::BigUint64Array,
        Self::Float32Array,
        Self::Float64Array,
    ];

    /// Its name in JavaScript.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ArrayBuffer => "ArrayBuffer",
            Self::DataView => "DataView",
            Self::Int8Array => "Int8Array",
            Self::Uint8Array => "Uint8Array",
            Self::Uint8ClampedArray => "Uint8ClampedArray",
            Self::Int16Array => "Int16Array",
            Self::Uint16Array => "Uint16Array",
            Self::Int32Array => "Int32Array",
            Self::Uint32Array => "Uint32Array",
            Self::BigInt64Array => "BigInt64Array",
            Self::BigUint64Array => "BigUint64Array",
            Self::Float32Array => "Float32Array",
            Self::Float64Array => "Float64Array",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|container| container.name() == name)
    }

    /// The bytes of an element.
    #[must_use]
    pub fn element_size(self) -> usize {
        match self {
            Self::ArrayBuffer | Self::DataView | Self::Int8Array | Self::Uint8Array | Self::Uint8ClampedArray => 1,
            Self::Int16Array | Self::Uint16Array => 2,
            Self::Int32Array | Self::Uint32Array | Self::Float32Array => 4,
            Self::BigInt64Array | Self::BigUint64Array | Self::Float64Array => 8,
        }
    }
}

/// Bytes with a media type. On the wire they are a stream; what was received is whole when a program sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blob {
    /// The media type, or nothing.
    pub mime: String,
    /// The bytes.
    pub data: bytes::Bytes,
}

impl Blob {
    /// Bytes with that media type.
    pub fn new(mime: impl Into<String>, data: impl Into<bytes::Bytes>) -> Self {
        Self { mime: mime.into(), data: data.into() }
    }
}
