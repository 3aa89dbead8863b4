// Numbers as words. No DOM here.

/** A length of time, in at most two units: `1 h 5 min`, `42 s`. @param {number} ms */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  let at = parts.findIndex(([of]) => seconds >= Number(of));
  if (at < 0) at = 3;
  const [of, unit] = parts[at];
  const [next, small] = parts[at + 1] ?? [0, ''];
  const whole = Math.floor(seconds / Number(of));
  const rest = next ? Math.floor((seconds % Number(of)) / Number(next)) : 0;
  return rest && whole < 10 ? `${whole} ${unit} ${rest} ${small}` : `${whole} ${unit}`;
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** A size: `1.4 MiB`. @param {number} bytes */
export function size(bytes) {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let at = 0;
  let value = bytes;
  while (value >= 1024 && at < units.length - 1) { value /= 1024; at += 1; }
  return at === 0 ? counted(bytes, 'byte') : `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[at]}`;
}

/** @type {Record<string, string>} */
const STRENGTHS = {
  none: 'nothing proven', localPresence: 'presence at the machine', password: 'password', hardwareKey: 'hardware key', multiParty: 'several people', publicKey: 'key',
};

/** What people call the proof that a session rests on. @param {string} strength */
export function strengthWords(strength) {
  return STRENGTHS[strength] ?? strength;
}
