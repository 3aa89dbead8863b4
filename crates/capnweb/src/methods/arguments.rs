//! Arguments, as closures want them.

use crate::error::Error;
use crate::stream::{Readable, Writable};
use crate::stub::Stub;
use crate::value::{Object, Value};

/// What a value can be taken as.
pub trait FromValue: Sized {
    /// What it is called in an error: "a number".
    const WHAT: &'static str;

    /// Takes it, if it is that.
    fn from_value(value: Value) -> Option<Self>;
}

/// What the arguments of a call can be taken as.
pub trait FromArguments: Sized {
    /// Takes them.
    ///
    /// # Errors
    /// A `TypeError` that says which one is something else.
    fn from_arguments(arguments: Vec<Value>) -> Result<Self, Error>;
}

/// All arguments, however many.
#[derive(Clone, Debug, Default)]
pub struct Rest(pub Vec<Value>);

impl FromArguments for Rest {
    fn from_arguments(arguments: Vec<Value>) -> Result<Self, Error> {
        Ok(Self(arguments))
    }
}

impl FromArguments for () {
    fn from_arguments(_arguments: Vec<Value>) -> Result<Self, Error> {
        Ok(())
    }
}

/// Takes the argument at `place`, counted from one.
fn take<A: FromValue>(place: usize, arguments: &mut impl Iterator<Item = Value>) -> Result<A, Error> {
    A::from_value(arguments.next().unwrap_or_default())
        .ok_or_else(|| Error::type_error(format!("Argument {place} is not {}.", A::WHAT)))
}

macro_rules! tuples {
    ($(($($part:ident $place:literal),+))+) => {$(
        impl<$($part: FromValue),+> FromArguments for ($($part,)+) {
            fn from_arguments(arguments: Vec<Value>) -> Result<Self, Error> {
                let mut arguments = arguments.into_iter();
                Ok(($(take::<$part>($place, &mut arguments)?,)+))
            }
        }
    )+};
}

tuples! {
    (A 1)
    (A 1, B 2)
    (A 1, B 2, C 3)
    (A 1, B 2, C 3, D 4)
    (A 1, B 2, C 3, D 4, E 5)
    (A 1, B 2, C 3, D 4, E 5, F 6)
}

impl FromValue for Value {
    const WHAT: &'static str = "a value";

    fn from_value(value: Value) -> Option<Self> {
        Some(value)
    }
}

/// What may be missing: `undefined` is.
impl<V: FromValue> FromValue for Option<V> {
    const WHAT: &'static str = V::WHAT;

    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Undefined => Some(None),
            value => V::from_value(value).map(Some),
        }
    }
}

impl<V: FromValue> FromValue for Vec<V> {
    const WHAT: &'static str = "an array of what is wanted here";

    fn from_value(value: Value) -> Option<Self> {
        let Value::Array(items) = value else { return None };
        items.into_iter().map(V::from_value).collect()
    }
}

macro_rules! variants {
    ($($kind:ty: $variant:ident, $what:literal;)+) => {$(
        impl FromValue for $kind {
            const WHAT: &'static str = $what;

            fn from_value(value: Value) -> Option<Self> {
                let Value::$variant(value) = value else { return None };
                Some(value)
            }
        }
    )+};
}

variants! {
    bool: Bool, "a boolean";
    f64: Number, "a number";
    String: String, "a string";
    Object: Object, "an object";
    Stub: Stub, "a stub or a function";
    Readable: Readable, "a ReadableStream";
    Writable: Writable, "a WritableStream";
}

macro_rules! whole_numbers {
    ($($kind:ty),+) => {$(
        impl FromValue for $kind {
            const WHAT: &'static str = concat!("a whole number (", stringify!($kind), ")");

            fn from_value(value: Value) -> Option<Self> {
                let Value::Number(number) = value else { return None };
                whole(number).and_then(|number| Self::try_from(number).ok())
            }
        }
    )+};
}

whole_numbers!(u8, u16, u32, u64, usize, i32, i64);

/// A number that JavaScript holds exactly.
fn whole(number: f64) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_991.0;
    #[expect(clippy::cast_possible_truncation, reason = "whole and in range")]
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken<A: FromArguments>(arguments: Vec<Value>) -> Result<A, String> {
        A::from_arguments(arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn what_does_not_fit_is_a_type_error_that_says_where() {
        let outcome = taken::<(f64, String)>(vec![Value::Number(1.0), Value::Bool(true)]);
        assert_eq!(outcome, Err("TypeError: Argument 2 is not a string.".to_owned()));
    }

    #[test]
    fn a_missing_argument_is_undefined_and_one_too_many_is_passed_over() {
        assert_eq!(taken::<(Option<f64>,)>(Vec::new()), Ok((None,)));
        assert_eq!(taken::<()>(vec![Value::Null]), Ok(()));
        assert!(taken::<(f64,)>(Vec::new()).is_err());
    }

    #[test]
    fn whole_numbers_are_whole_and_in_range() {
        let fits = |number| u8::from_value(Value::Number(number));
        assert_eq!([fits(0.0), fits(255.0)], [Some(0), Some(255)]);
        assert_eq!([fits(256.0), fits(-1.0), fits(0.5), fits(f64::NAN), fits(f64::INFINITY)], [None; 5]);
        assert_eq!(u64::from_value(Value::Number(1e300)), None);
    }
}
