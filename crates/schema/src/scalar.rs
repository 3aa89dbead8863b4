//! Values in a struct's data section and in lists of scalars, as bits and written down.

use capnp::private::layout::{ElementSize, ListBuilder, ListReader, PrimitiveElement, StructReader};

use crate::error::{Error, Result};
use crate::reflect::Notation;
use crate::types::Type;

/// How much room a scalar takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    None,
    Bit,
    One,
    Two,
    Four,
    Eight,
}

impl Width {
    /// The width of a scalar type; none for a pointer type.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        Some(match ty {
            Type::Void => Self::None,
            Type::Bool => Self::Bit,
            Type::Int8 | Type::UInt8 => Self::One,
            Type::Int16 | Type::UInt16 | Type::Enum(_) => Self::Two,
            Type::Int32 | Type::UInt32 | Type::Float32 => Self::Four,
            Type::Int64 | Type::UInt64 | Type::Float64 => Self::Eight,
            _ => return None,
        })
    }

    pub(crate) fn bits(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Bit => 1,
            Self::One => 8,
            Self::Two => 16,
            Self::Four => 32,
            Self::Eight => 64,
        }
    }

    /// The bits that a value of this width has.
    pub(crate) fn truncate(self, bits: u64) -> u64 {
        bits & u64::MAX.checked_shr(64 - self.bits()).unwrap_or(0)
    }

    /// Whether a field at that position lies within a data section of so many words.
    pub(crate) fn fits(self, offset: u32, words: u16) -> bool {
        (u64::from(offset) + 1) * u64::from(self.bits()) <= u64::from(words) * 64
    }

    pub(crate) fn element_size(self) -> ElementSize {
        match self {
            Self::None => ElementSize::Void,
            Self::Bit => ElementSize::Bit,
            Self::One => ElementSize::Byte,
            Self::Two => ElementSize::TwoBytes,
            Self::Four => ElementSize::FourBytes,
            Self::Eight => ElementSize::EightBytes,
        }
    }

    /// The bits of a field; zero where the struct is too short to have it.
    pub(crate) fn read(self, from: &StructReader<'_>, offset: u32) -> u64 {
        let Ok(at) = usize::try_from(offset) else {
            return 0;
        };
        match self {
            Self::None => 0,
            Self::Bit => from.get_bool_field(at).into(),
            Self::One => from.get_data_field::<u8>(at).into(),
            Self::Two => from.get_data_field::<u16>(at).into(),
            Self::Four => from.get_data_field::<u32>(at).into(),
            Self::Eight => from.get_data_field::<u64>(at),
        }
    }

    /// The bits of a list's element. The index must be within the list.
    pub(crate) fn read_element(self, from: &ListReader<'_>, index: u32) -> u64 {
        match self {
            Self::None => 0,
            Self::Bit => bool::get(from, index).into(),
            Self::One => u8::get(from, index).into(),
            Self::Two => u16::get(from, index).into(),
            Self::Four => u32::get(from, index).into(),
            Self::Eight => u64::get(from, index),
        }
    }

    /// Sets a list's element. The index must be within the list.
    pub(crate) fn write_element(self, to: &ListBuilder<'_>, index: u32, bits: u64) {
        match self {
            Self::None => {}
            Self::Bit => bool::set(to, index, bits & 1 == 1),
            Self::One => u8::set(to, index, low8(bits)),
            Self::Two => u16::set(to, index, low16(bits)),
            Self::Four => u32::set(to, index, low32(bits)),
            Self::Eight => u64::set(to, index, bits),
        }
    }
}

pub(crate) fn low8(bits: u64) -> u8 {
    let [a, ..] = bits.to_le_bytes();
    a
}

pub(crate) fn low16(bits: u64) -> u16 {
    let [a, b, ..] = bits.to_le_bytes();
    u16::from_le_bytes([a, b])
}

pub(crate) fn low32(bits: u64) -> u32 {
    let [a, b, c, d, ..] = bits.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// How a scalar that is no enum is written down.
pub(crate) fn show<N: Notation>(notation: &mut N, ty: &Type, bits: u64) -> N::Value {
    match ty {
        Type::Bool => notation.boolean(bits & 1 == 1),
        Type::Int8 => notation.integer(i8::from_le_bytes([low8(bits)]).into(), false),
        Type::Int16 => notation.integer(i16::from_le_bytes(low16(bits).to_le_bytes()).into(), false),
        Type::Int32 => notation.integer(i32::from_le_bytes(low32(bits).to_le_bytes()).into(), false),
        Type::Int64 => notation.integer(i64::from_le_bytes(bits.to_le_bytes()).into(), true),
        Type::UInt8 => notation.integer(low8(bits).into(), false),
        Type::UInt16 => notation.integer(low16(bits).into(), false),
        Type::UInt32 => notation.integer(low32(bits).into(), false),
        Type::UInt64 => notation.integer(bits.into(), true),
        Type::Float32 => notation.float(f64::from(f32::from_bits(low32(bits)))),
        Type::Float64 => notation.float(f64::from_bits(bits)),
        _ => notation.null(),
    }
}

/// The bits of a scalar that is no enum.
pub(crate) fn bits_of<N: Notation>(notation: &N, ty: &Type, value: &N::Value) -> Result<u64> {
    let integer = |wide: bool, least: i128, most: i128| within(notation.as_integer(value, wide), least, most);
    match ty {
        Type::Bool => notation.as_boolean(value).map(u64::from).ok_or_else(|| Error::value("expected true or false")),
        Type::Int8 => integer(false, i8::MIN.into(), i8::MAX.into()),
        Type::Int16 => integer(false, i16::MIN.into(), i16::MAX.into()),
        Type::Int32 => integer(false, i32::MIN.into(), i32::MAX.into()),
        Type::Int64 => integer(true, i64::MIN.into(), i64::MAX.into()),
        Type::UInt8 => integer(false, 0, u8::MAX.into()),
        Type::UInt16 => integer(false, 0, u16::MAX.into()),
        Type::UInt32 => integer(false, 0, u32::MAX.into()),
        Type::UInt64 => integer(true, 0, u64::MAX.into()),
        Type::Float32 => notation.as_float(value).and_then(single).map(|number| number.to_bits().into()),
        Type::Float64 => notation.as_float(value).map(f64::to_bits),
        _ if notation.is_null(value) => Ok(0),
        _ => Err(Error::value("expected null")),
    }
}

fn within(number: Option<i128>, least: i128, most: i128) -> Result<u64> {
    let problem = || format!("expected a whole number from {least} to {most}");
    let number = number.ok_or_else(|| Error::value(problem()))?;
    if !(least..=most).contains(&number) {
        return Err(Error::range(problem()));
    }
    let [a, b, c, d, e, f, g, h, ..] = number.to_le_bytes();
    Ok(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
}

fn single(number: f64) -> Result<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what the narrower type is for")]
    let narrow = number as f32;
    if number.is_finite() && !narrow.is_finite() {
        return Err(Error::range("the number is beyond the range of Float32"));
    }
    Ok(narrow)
}
