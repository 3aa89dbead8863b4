//! Bytes, which are base64 on the wire.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::read::Reader;
use crate::error::Error;
use crate::json::{Items, Json, Kind};
use crate::value::{Bytes, Container, Value};

/// Writes no padding, and reads what others write: with it or without, and bits that no byte needs.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// `base64, container?`. None where the base64 is no text.
pub(super) fn read<'d>(reader: &mut Reader<'_, 'd>, mut rest: Items<'d>) -> Result<Option<Value>, Error> {
    let Some(Kind::Text(text)) = rest.next().map(Json::kind) else { return Ok(None) };
    reader.spend(text.written_bytes() / 64)?;
    let data = decode(&text.decoded())?;
    let container = match rest.next() {
        None => Container::Uint8Array,
        Some(marker) => container(marker)?,
    };
    Bytes::within(container, data).map(Value::Bytes).map(Some)
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let decoded = BASE64.decode(text).or_else(|_| BASE64.decode(text.replace('-', "+").replace('_', "/")));
    decoded.map_err(|_| Error::type_error("Bytes are not base64."))
}

fn container(marker: Json<'_>) -> Result<Container, Error> {
    let named = marker.text().and_then(|name| Container::named(&name));
    named.ok_or_else(|| Error::type_error("Unknown bytes type marker."))
}

/// Writes `["bytes", base64, container?]`.
pub(super) fn write(bytes: &Bytes, out: &mut String) -> Result<(), Error> {
    bytes.check()?;
    out.push_str("[\"bytes\",\"");
    BASE64.encode_string(&bytes.data, out);
    out.push('"');
    if bytes.container != Container::Uint8Array {
        out.push_str(",\"");
        out.push_str(bytes.container.name());
        out.push('"');
    }
    out.push(']');
    Ok(())
}
