use crate::{Error, Limits};

use super::ProfileDefinition;

pub(super) fn definition(_text: &str, _limits: &Limits) -> Result<ProfileDefinition, Error> {
    Err(Error::invalid("not yet"))
}
