//! Access to messages below the level of types. The only place where this crate touches `capnp::private::layout`
//! pointers; every offset is checked here, for the library does not check those it writes to.

use capnp::any_pointer;
use capnp::introspect::{Introspect, Type, TypeVariant};
use capnp::private::layout::{
    ElementSize, ListReader, PointerBuilder, PointerReader, StructBuilder, StructReader, StructSize,
};
use capnp::struct_list;
use capnp::traits::{
    FromPointerBuilder, FromPointerReader, HasStructSize, IntoInternalStructReader, OwnedStruct, SetterInput,
};

use crate::error::{Error, Result};
use crate::model::Struct;
use crate::scalar::{Width, low8, low16, low32};

/// A pointer to read.
pub(crate) struct Pointer<'m>(pub(crate) PointerReader<'m>);

impl<'m> FromPointerReader<'m> for Pointer<'m> {
    fn get_from_pointer(reader: &PointerReader<'m>, _default: Option<&'m [capnp::Word]>) -> capnp::Result<Self> {
        Ok(Self(*reader))
    }
}

impl<'m> Pointer<'m> {
    pub(crate) fn of(any: any_pointer::Reader<'m>) -> Result<Self> {
        any.get_as().map_err(|e| Error::unreadable(&e))
    }

    pub(crate) fn structure(&self) -> Result<StructReader<'m>> {
        self.0.get_struct(None).map_err(|e| Error::unreadable(&e))
    }

    pub(crate) fn scalars(&self, width: Width) -> Result<ListReader<'m>> {
        let list = self.0.get_list(width.element_size(), None);
        list.map_err(|e| Error::unreadable(&e))
    }

    pub(crate) fn pointers(&self) -> Result<capnp::any_pointer_list::Reader<'m>> {
        let list = self.0.get_list(ElementSize::Pointer, None);
        let reader = list.map_err(|e| Error::unreadable(&e))?;
        Ok(capnp::any_pointer_list::Reader { reader })
    }

    pub(crate) fn structs(&self) -> Result<struct_list::Reader<'m, AnyStruct>> {
        FromPointerReader::get_from_pointer(&self.0, None).map_err(|e| Error::unreadable(&e))
    }
}

/// A pointer to write.
pub(crate) struct Slot<'m>(pub(crate) PointerBuilder<'m>);

impl<'m> FromPointerBuilder<'m> for Slot<'m> {
    fn init_pointer(mut builder: PointerBuilder<'m>, _length: u32) -> Self {
        builder.clear();
        Self(builder)
    }

    fn get_from_pointer(builder: PointerBuilder<'m>, _default: Option<&'m [capnp::Word]>) -> capnp::Result<Self> {
        Ok(Self(builder))
    }
}

impl<'m> Slot<'m> {
    pub(crate) fn structure(self, layout: &Struct) -> Target<'m> {
        let size = size_of(layout);
        Target { builder: self.0.init_struct(size), size }
    }

    pub(crate) fn structs(mut self, count: u32, layout: &Struct) -> capnp::Result<Targets<'m>> {
        let size = size_of(layout);
        self.0.reborrow().init_struct_list(count, size);
        // Asking for elements of no size gives those just made, whatever their size.
        let list = FromPointerBuilder::get_from_pointer(self.0, None)?;
        Ok(Targets { list, size })
    }
}

fn size_of(layout: &Struct) -> StructSize {
    StructSize { data: layout.data_words, pointers: layout.pointers }
}

/// A list of structs to write.
pub(crate) struct Targets<'m> {
    list: struct_list::Builder<'m, AnyStruct>,
    size: StructSize,
}

impl Targets<'_> {
    pub(crate) fn get(&mut self, index: u32) -> Option<Target<'_>> {
        let element = self.list.reborrow().try_get(index)?;
        Some(Target { builder: element.0, size: self.size })
    }
}

/// A struct to write.
pub(crate) struct Target<'m> {
    builder: StructBuilder<'m>,
    size: StructSize,
}

impl Target<'_> {
    pub(crate) fn reborrow(&mut self) -> Target<'_> {
        Target { builder: self.builder.reborrow(), size: self.size }
    }

    pub(crate) fn write(&mut self, width: Width, offset: u32, bits: u64) -> Result<()> {
        let at = usize::try_from(offset).map_err(|_| outside())?;
        if !width.fits(offset, self.size.data) {
            return Err(outside());
        }
        match width {
            Width::None => {}
            Width::Bit => self.builder.set_bool_field(at, bits & 1 == 1),
            Width::One => self.builder.set_data_field(at, low8(bits)),
            Width::Two => self.builder.set_data_field(at, low16(bits)),
            Width::Four => self.builder.set_data_field(at, low32(bits)),
            Width::Eight => self.builder.set_data_field(at, bits),
        }
        Ok(())
    }

    pub(crate) fn slot(&mut self, offset: u32) -> Result<Slot<'_>> {
        if offset >= u32::from(self.size.pointers) {
            return Err(outside());
        }
        let at = usize::try_from(offset).map_err(|_| outside())?;
        Ok(Slot(self.builder.reborrow().get_pointer_field(at)))
    }
}

fn outside() -> Error {
    Error::schema("the field lies outside the struct")
}

/// A struct of whatever layout, for the library's typed lists.
pub(crate) struct AnyStruct;

pub(crate) struct AnyStructReader<'m>(pub(crate) StructReader<'m>);

pub(crate) struct AnyStructBuilder<'m>(StructBuilder<'m>);

impl OwnedStruct for AnyStruct {
    type Reader<'m> = AnyStructReader<'m>;
    type Builder<'m> = AnyStructBuilder<'m>;
}

impl Introspect for AnyStruct {
    fn introspect() -> Type {
        TypeVariant::AnyPointer.into()
    }
}

impl<'m> From<StructReader<'m>> for AnyStructReader<'m> {
    fn from(reader: StructReader<'m>) -> Self {
        Self(reader)
    }
}

impl<'m> IntoInternalStructReader<'m> for AnyStructReader<'m> {
    fn into_internal_struct_reader(self) -> StructReader<'m> {
        self.0
    }
}

impl SetterInput<AnyStruct> for AnyStructReader<'_> {
    fn set_pointer_builder(mut builder: PointerBuilder<'_>, input: Self, canonicalize: bool) -> capnp::Result<()> {
        builder.set_struct(&input.0, canonicalize)
    }
}

impl<'m> From<StructBuilder<'m>> for AnyStructBuilder<'m> {
    fn from(builder: StructBuilder<'m>) -> Self {
        Self(builder)
    }
}

impl HasStructSize for AnyStructBuilder<'_> {
    const STRUCT_SIZE: StructSize = StructSize { data: 0, pointers: 0 };
}
