//! Values in a struct's data section and in lists of scalars, as bits and as JSON.

use capnp::private::layout::{ElementSize, ListBuilder, ListReader, PrimitiveElement, StructReader};
use serde_json::{Number, Value};

use crate::error::{Error, Result};
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

/// The JSON form of a scalar that is no enum.
pub(crate) fn to_json(ty: &Type, bits: u64) -> Value {
    match ty {
        Type::Bool => (bits & 1 == 1).into(),
        Type::Int8 => i8::from_le_bytes([low8(bits)]).into(),
        Type::Int16 => i16::from_le_bytes(low16(bits).to_le_bytes()).into(),
        Type::Int32 => i32::from_le_bytes(low32(bits).to_le_bytes()).into(),
        Type::Int64 => i64::from_le_bytes(bits.to_le_bytes()).to_string().into(),
        Type::UInt8 => low8(bits).into(),
        Type::UInt16 => low16(bits).into(),
        Type::UInt32 => low32(bits).into(),
        Type::UInt64 => bits.to_string().into(),
        Type::Float32 => float(f64::from(f32::from_bits(low32(bits)))),
        Type::Float64 => float(f64::from_bits(bits)),
        _ => Value::Null,
    }
}

fn float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => "NaN".into(),
        None if number > 0.0 => "Infinity".into(),
        None => "-Infinity".into(),
    }
}

/// The bits of a scalar that is no enum.
pub(crate) fn from_json(ty: &Type, value: &Value) -> Result<u64> {
    match ty {
        Type::Bool => value.as_bool().map(u64::from).ok_or_else(|| Error::value("expected true or false")),
        Type::Int8 => integer(value, i8::MIN.into(), i8::MAX.into()),
        Type::Int16 => integer(value, i16::MIN.into(), i16::MAX.into()),
        Type::Int32 => integer(value, i32::MIN.into(), i32::MAX.into()),
        Type::Int64 => integer(value, i64::MIN.into(), i64::MAX.into()),
        Type::UInt8 => integer(value, 0, u8::MAX.into()),
        Type::UInt16 => integer(value, 0, u16::MAX.into()),
        Type::UInt32 => integer(value, 0, u32::MAX.into()),
        Type::UInt64 => integer(value, 0, u64::MAX.into()),
        Type::Float32 => single(value).map(|number| number.to_bits().into()),
        Type::Float64 => double(value).map(f64::to_bits),
        _ if value.is_null() => Ok(0),
        _ => Err(Error::value("expected null")),
    }
}

fn integer(value: &Value, least: i128, most: i128) -> Result<u64> {
    let number = match value {
        Value::Number(number) => {
            let signed = number.as_i64().map(i128::from);
            signed.or_else(|| number.as_u64().map(i128::from))
        }
        // Beyond 2^53 a number does not survive JavaScript.
        Value::String(digits) if most > i128::from(u32::MAX) => digits.parse().ok(),
        _ => None,
    };
    let number = number.filter(|number| (least..=most).contains(number));
    let number = number.ok_or_else(|| Error::value(format!("expected a whole number from {least} to {most}")))?;
    let [a, b, c, d, e, f, g, h, ..] = number.to_le_bytes();
    Ok(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
}

fn double(value: &Value) -> Result<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(name) => match name.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    };
    number.ok_or_else(|| Error::value(r#"expected a number, "NaN", "Infinity" or "-Infinity""#))
}

fn single(value: &Value) -> Result<f32> {
    let number = double(value)?;
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what the narrower type is for")]
    let narrow = number as f32;
    if number.is_finite() && !narrow.is_finite() {
        return Err(Error::value("the number is beyond the range of Float32"));
    }
    Ok(narrow)
}
