//! One service that describes its commands, and what a window asks of it.

use std::num::ParseIntError;

use capos_schema::commands_capnp::{command_argument, command_surface};
use serde::Deserialize;

use super::limits::MenuLimits;
use super::menu::{Menu, OutcomeView};
use super::read;

/// A command as a window asks for it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Which one.
    pub(crate) command: String,
    /// With what. The service holds that against what it described.
    #[serde(default)]
    pub(crate) arguments: Vec<Argument>,
}

/// What one parameter is given.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) value: Value,
}

/// A value for a parameter.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Boolean(bool),
    Text(String),
    Integer(Whole),
}

/// A whole number, as a window gives it: in decimal digits, of which none is lost.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Digits")]
pub(crate) struct Whole(i64);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Digits {
    integer: String,
}

impl TryFrom<Digits> for Whole {
    type Error = ParseIntError;

    fn try_from(digits: Digits) -> Result<Self, ParseIntError> {
        digits.integer.parse().map(Self)
    }
}

/// What came of a command.
pub(crate) struct Came {
    pub(crate) outcome: OutcomeView,
    /// What can be done after it, where the service said so.
    pub(crate) menu: Option<Menu>,
}

/// The commands of one session at a service.
#[derive(Clone)]
pub(crate) struct Surface {
    client: command_surface::Client,
    limits: MenuLimits,
}

impl Surface {
    pub(crate) fn new(client: command_surface::Client, limits: MenuLimits) -> Self {
        Self { client, limits }
    }

    /// What can be done right now.
    pub(crate) async fn menu(&self) -> capnp::Result<Menu> {
        let response = self.client.menu_request().send().promise.await?;
        read::menu(response.get()?.get_menu()?, &self.limits)
    }

    /// Carries out a command.
    pub(crate) async fn invoke(&self, wanted: &Wanted) -> capnp::Result<Came> {
        let mut request = self.client.invoke_request();
        request.get().set_command(&*wanted.command);
        let most = u32::try_from(wanted.arguments.len()).unwrap_or(u32::MAX);
        let mut arguments = request.get().init_arguments(most);
        for (place, argument) in (0..most).zip(&wanted.arguments) {
            argument.write(arguments.reborrow().get(place));
        }
        let response = request.send().promise.await?;
        read::came(response.get()?.get_outcome()?, &self.limits)
    }
}

impl Argument {
    fn write(&self, mut to: command_argument::Builder<'_>) {
        to.set_name(&*self.name);
        let mut given = to.init_value();
        match &self.value {
            Value::Boolean(yes) => given.set_boolean(*yes),
            Value::Integer(number) => given.set_integer(number.0),
            Value::Text(words) => given.set_text(&**words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Result<Value, serde_json::Error> {
        let wanted = format!(r#"{{"command":"do","arguments":[{{"name":"it","value":{value}}}]}}"#);
        serde_json::from_str::<Wanted>(&wanted).map(|mut wanted| wanted.arguments.remove(0).value)
    }

    #[test]
    fn the_greatest_numbers_are_given_with_every_digit() {
        for integer in [i64::MIN, -1, 0, (1 << 53) + 1, i64::MAX] {
            assert_eq!(read(&format!(r#"{{"integer":"{integer}"}}"#)).unwrap(), Value::Integer(Whole(integer)));
        }
        for past in ["9223372036854775808", "-9223372036854775809", "1.5", "1e3", "", " 1", "0x1"] {
            assert!(read(&format!(r#"{{"integer":"{past}"}}"#)).is_err(), "{past}");
        }
    }

    #[test]
    fn digits_in_quotes_are_words_and_a_number_without_them_is_nothing() {
        assert_eq!(read(r#""5""#).unwrap(), Value::Text("5".to_owned()));
        assert_eq!(read("true").unwrap(), Value::Boolean(true));
        for nothing in ["5", "null", "[]", "{}", r#"{"integer":5}"#, r#"{"integer":"5","text":"x"}"#] {
            assert!(read(nothing).is_err(), "{nothing}");
        }
    }
}
