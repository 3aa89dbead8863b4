//! Capabilities that the node hands over, by the names of the profile's requirements.

use capnp::capability::{Client, FromClientHook};
use capnp::struct_list;
use capnp::traits::HasTypeId;
use capos_schema::service_capnp::named_capability;
use serde::de::DeserializeOwned;

use crate::error::{bad_request, unavailable};
use crate::limits::Limits;

struct Named {
    name: String,
    interface: u64,
    client: Client,
}

/// What the node hands over. What is not taken is released with it.
#[derive(Default)]
pub struct Given {
    named: Vec<Named>,
    settings: String,
}

impl Given {
    pub(crate) fn parse(
        grants: struct_list::Reader<'_, named_capability::Owned>,
        limits: &Limits,
    ) -> Result<Self, capnp::Error> {
        if grants.len() > limits.grants {
            return Err(bad_request("too many capabilities at once"));
        }
        let mut given = Self::default();
        for grant in grants {
            let client: Client = grant.get_capability().get_as_capability()?;
            given.put(grant.get_name()?.to_str()?, grant.get_interface_id(), client);
        }
        Ok(given)
    }

    pub(crate) fn put(&mut self, name: &str, interface: u64, client: Client) {
        self.named.push(Named { name: name.to_owned(), interface, client });
    }

    pub(crate) fn entries(&self) -> impl ExactSizeIterator<Item = (&str, u64, &Client)> {
        self.named.iter().map(|named| (named.name.as_str(), named.interface, &named.client))
    }

    /// The settings of the profile, to be read as the service's own type. Every service has settings of its own kind, so
    /// the type says what is allowed; give it `deny_unknown_fields` and `default`.
    pub fn settings<T: DeserializeOwned>(&self) -> Result<T, capnp::Error> {
        let text = if self.settings.is_empty() { "{}" } else { &self.settings };
        serde_json::from_str(text)
            .map_err(|error| bad_request(format!("the settings of this service's profile: {error}")))
    }

    /// The same with these settings, as JSON: what a node hands over in `begin`, and a test in its place.
    #[must_use]
    pub fn with_settings(mut self, settings: &str) -> Self {
        settings.clone_into(&mut self.settings);
        self
    }

    pub(crate) fn settings_text(&self) -> &str {
        &self.settings
    }

    /// Takes the capability of that name. Without it, or where it is another interface, an error.
    pub fn take<T: FromClientHook + HasTypeId>(&mut self, name: &str) -> Result<T, capnp::Error> {
        self.take_if_given(name)?.ok_or_else(|| unavailable(format!("this service needs {name:?}, and has it not")))
    }

    /// Takes the capability of that name, if it was given: for requirements that the profile calls optional.
    pub fn take_if_given<T: FromClientHook + HasTypeId>(&mut self, name: &str) -> Result<Option<T>, capnp::Error> {
        let Some(at) = self.named.iter().position(|named| named.name == name) else {
            return Ok(None);
        };
        // A cast always succeeds: this is where a capability is checked to be what it is taken for.
        if self.named.get(at).is_none_or(|named| named.interface != T::TYPE_ID) {
            return Err(bad_request(format!("{name:?} is given as another interface")));
        }
        Ok(Some(T::new(self.named.swap_remove(at).client.hook)))
    }

    /// The names of what is still there.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|named| named.name.as_str())
    }
}
