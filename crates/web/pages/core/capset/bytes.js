// Bytes as texts of several kinds. No DOM here.

/** @param {Uint8Array} bytes */
export function toBase64(bytes) {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}

/** @param {string} text @returns {Uint8Array} */
export function fromBase64(text) {
  return Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
}

/** The bytes that hexadecimal digits stand for, spaces and line ends between them or not; nothing where they are none. @param {string} text @returns {Uint8Array | null} */
export function fromHex(text) {
  const digits = text.replace(/\s+/g, '');
  if (!/^([0-9a-f]{2})*$/i.test(digits)) return null;
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** Sixteen bytes a line, with what can be seen of them beside. @param {Uint8Array} bytes @param {number} [from] */
export function hexDump(bytes, from = 0) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const digits = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const signs = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${(from + at).toString(16).padStart(6, '0')}  ${digits.padEnd(47)}  ${signs}`);
  }
  return lines.join('\n');
}

/** Signs that act on whoever shows them, or reorder what is read. */
const ACTS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;

/** The text that bytes are, with nothing in it that acts; nothing where they are none. @param {Uint8Array} bytes @returns {string | null} */
export function asText(bytes) {
  try {
    return plain(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

/** @param {string} text */
export function plain(text) {
  return text.replace(ACTS, '\ufffd');
}
